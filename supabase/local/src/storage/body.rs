//! Request bodies: small JSON, and uploads as streams.

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{State, StorageError};

/// The largest JSON body, in bytes.
const MAX_JSON: usize = 1024 * 1024;
/// The largest form field beside the file, in bytes.
const MAX_FIELD: usize = 1024 * 1024;
/// How much of a refused upload is read before the answer, in bytes, so that the client gets to see the answer.
const MAX_DRAINED: usize = 64 * 1024 * 1024;

/// A JSON body; an empty one counts as `{}`.
pub(super) struct JsonBody<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<State> for JsonBody<T> {
    type Rejection = StorageError;

    async fn from_request(request: Request, _: &State) -> Result<Self, StorageError> {
        let bytes = axum::body::to_bytes(request.into_body(), MAX_JSON)
            .await
            .map_err(|error| StorageError::InvalidRequest(format!("body can't be read: {error}")))?;
        let text: &[u8] = if bytes.is_empty() { b"{}" } else { &bytes };
        serde_json::from_slice(text)
            .map(Self)
            .map_err(|error| StorageError::InvalidRequest(format!("body is invalid: {error}")))
    }
}

/// An upload whose content hasn't been read yet.
pub(super) struct Incoming {
    pub(super) mime_type: String,
    pub(super) cache_control: String,
    pub(super) user_metadata: Option<Value>,
    /// What the client says the content's size is, in bytes; unknown in forms.
    pub(super) content_length: Option<u64>,
    pub(super) content: BoxStream<'static, Result<Bytes, StorageError>>,
}

impl Incoming {
    /// Takes the file out of a request: a form with the fields before the file, or the body as it is.
    pub(super) async fn from_request(request: Request) -> Result<Self, StorageError> {
        let (parts, body) = request.into_parts();
        let content_type = header(&parts.headers, CONTENT_TYPE.as_str());
        let stream = body.into_data_stream();
        if let Some(boundary) = content_type.as_deref().and_then(|value| multer::parse_boundary(value).ok()) {
            return Self::from_form(multer::Multipart::new(stream, boundary)).await;
        }
        let user_metadata = header(&parts.headers, "x-metadata")
            .and_then(|text| STANDARD.decode(text).ok())
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        Ok(Self {
            mime_type: content_type.unwrap_or_else(|| "application/octet-stream".to_owned()),
            cache_control: header(&parts.headers, CACHE_CONTROL.as_str()).unwrap_or_else(|| "no-cache".to_owned()),
            user_metadata,
            content_length: header(&parts.headers, CONTENT_LENGTH.as_str()).and_then(|text| text.parse().ok()),
            content: stream.map_err(|error| unreadable(&error)).boxed(),
        })
    }

    async fn from_form(mut form: multer::Multipart<'static>) -> Result<Self, StorageError> {
        let mut cache_control = "no-cache".to_owned();
        let mut user_metadata = None;
        let mut mime_type = None;
        while let Some(mut field) = form.next_field().await.map_err(|error| unreadable(&error))? {
            if field.file_name().is_some() {
                let own_type = field.content_type().map(ToString::to_string);
                return Ok(Self {
                    mime_type: mime_type.or(own_type).unwrap_or_else(|| "application/octet-stream".to_owned()),
                    cache_control,
                    user_metadata,
                    content_length: None,
                    content: field.map_err(|error| unreadable(&error)).boxed(),
                });
            }
            let mut text = Vec::new();
            while let Some(chunk) = field.chunk().await.map_err(|error| unreadable(&error))? {
                if text.len() + chunk.len() > MAX_FIELD {
                    return Err(StorageError::TooLarge("form field"));
                }
                text.extend_from_slice(&chunk);
            }
            let text = String::from_utf8_lossy(&text).into_owned();
            match field.name() {
                Some("cacheControl") => cache_control = format!("max-age={text}"),
                Some("contentType") => mime_type = Some(text),
                Some("metadata" | "userMetadata") => user_metadata = serde_json::from_str(&text).ok(),
                _ => {}
            }
        }
        Err(StorageError::NoContent)
    }

    /// Reads on and drops what a refused client still sends.
    pub(super) async fn drain(&mut self) {
        let mut drained = 0;
        while drained < MAX_DRAINED
            && let Some(Ok(chunk)) = self.content.next().await
        {
            drained += chunk.len();
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn unreadable(error: &dyn std::fmt::Display) -> StorageError {
    StorageError::InvalidRequest(format!("the upload can't be read: {error}"))
}
