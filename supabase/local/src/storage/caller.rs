//! Who makes a request: the claims of the bearer token, or nobody (`anon`).

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{State, StorageError};

/// The identity and circumstances of a request, as policies see them.
#[derive(Debug, Clone)]
pub(super) struct Caller {
    /// The database role to act as.
    pub(super) role: String,
    /// The token's claims as JSON text.
    pub(super) claims: String,
    /// The token's subject: the user's id.
    pub(super) subject: Option<String>,
    /// Request headers as a JSON object, method and path, for policies that look at them.
    pub(super) headers: String,
    pub(super) method: String,
    pub(super) path: String,
}

impl Caller {
    /// Storage itself, past row level security, within the same request.
    pub(super) fn as_service(&self) -> Self {
        let role = "service_role".to_owned();
        Self { claims: json!({ "role": role }).to_string(), role, subject: None, ..self.clone() }
    }

    /// The owner of what this caller creates, as `owner_id` keeps it.
    pub(super) fn owner_id(&self) -> Option<&str> {
        self.subject.as_deref()
    }

    fn from_claims(claims: &Map<String, Value>, parts: &Parts) -> Self {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
        let headers: Map<String, Value> = parts
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.to_string(), Value::from(value.to_str().ok()?))))
            .collect();
        Self {
            role: text("role").unwrap_or("anon").to_owned(),
            subject: text("sub").map(str::to_owned),
            claims: Value::Object(claims.clone()).to_string(),
            headers: Value::Object(headers).to_string(),
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
        }
    }
}

/// The deprecated `owner` column holds only UUIDs.
pub(super) fn owner_uuid(owner_id: Option<&str>) -> Option<Uuid> {
    owner_id.and_then(|id| Uuid::parse_str(id).ok())
}

impl FromRequestParts<State> for Caller {
    type Rejection = StorageError;

    /// A missing token makes the caller `anon`; a bad one is refused.
    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, StorageError> {
        let claims = match parts.headers.get(AUTHORIZATION) {
            None => Map::from_iter([("role".to_owned(), Value::from("anon"))]),
            Some(header) => {
                let token = header
                    .to_str()
                    .ok()
                    .and_then(|text| text.split_once(' '))
                    .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"))
                    .map(|(_, token)| token.trim())
                    .ok_or_else(|| StorageError::AccessDenied("Invalid Compact JWS".to_owned()))?;
                state.keys().verify(token).map_err(|error| StorageError::AccessDenied(error.to_string()))?
            }
        };
        Ok(Self::from_claims(&claims, parts))
    }
}
