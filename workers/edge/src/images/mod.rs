//! Pictures of products: checked, re-encoded, in up to three sizes.
//!
//! What a client sends is never stored. It is decoded, turned upright, brought to sRGB and encoded anew, which leaves
//! behind metadata and whatever else a file may carry. A JPEG stays a JPEG. A PNG or WebP stays one, without loss; an opaque
//! one that would take more than 1 MiB so is a photo, and becomes a JPEG.

mod colour;
mod form;
mod jpeg;
mod picture;
mod publish;
mod removal;
mod resize;
mod workshop;

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Multipart, Path, Request, State};
use futures_util::StreamExt as _;
use http::{Method, StatusCode};
use primostore_shared::Origin;
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::time::timeout;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::edge::Edge;
use crate::error::{ApiError, ErrorBody};
use crate::faults::Faults;
use crate::visitor::{Caller, Visitor};
use publish::ProductImage;

/// The bucket that the database makes for them.
const BUCKET: &str = "product-images";
/// The largest file that the bucket takes, in bytes.
const LARGEST_OBJECT: u64 = 10 * 1024 * 1024;
/// How long a refused client may go on sending before it is answered anyhow.
const DRAIN_WITHIN: Duration = Duration::from_secs(10);

/// The routes.
pub(crate) fn routes() -> OpenApiRouter<Edge> {
    // The guard limits what a request holds, and the form what its fields do.
    OpenApiRouter::new().routes(routes!(upload)).routes(routes!(delete)).layer(DefaultBodyLimit::disable())
}

/// Add a picture to a product.
#[utoipa::path(
    post,
    path = "/functions/v1/product-images",
    tag = "product-images",
    request_body(content = form::Form, content_type = "multipart/form-data"),
    responses(
        (status = 201, description = "The picture, as the table has it.", body = ProductImage),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`forbidden`, `mfa_required`", body = ErrorBody),
        (status = 413, description = "`payload_too_large`", body = ErrorBody),
        (status = 415, description = "`unsupported_media_type`: not a multipart form", body = ErrorBody),
        (status = 422, description = "`invalid_input`, with a reason for each field in `details`", body = ErrorBody),
        (status = 502, description = "`upstream_unavailable`", body = ErrorBody),
        (status = 503, description = "`upstream_unavailable`, or `busy`", body = ErrorBody),
        (status = 504, description = "`upstream_unavailable`", body = ErrorBody),
    ),
)]
async fn upload(
    State(edge): State<Edge>,
    visitor: Visitor,
    request: Request,
) -> Result<(StatusCode, Json<ProductImage>), ApiError> {
    let admin = match Admin::admit(&edge, &visitor).await {
        Ok(admin) => admin,
        Err(refusal) => {
            drain(request.into_body()).await;
            return Err(refusal);
        }
    };
    let form = Multipart::from_request(request, &())
        .await
        .map_err(|_| ApiError::unsupported_media_type("multipart/form-data"))?;
    let upload = form::read(form, edge.config.max_request_bytes).await?;
    admin.require_product(upload.product_id).await?;
    let picture = workshop::prepare(upload.file).await?;
    // As a task of its own: a client that goes away now must not leave half of it behind.
    let publishing = edge.tasks.spawn(publish::publish(admin, upload.details, upload.product_id, picture));
    let row = publishing.await.map_err(|error| broken(&error))??;
    Ok((StatusCode::CREATED, Json(row)))
}

/// Delete a picture of a product.
#[utoipa::path(
    delete,
    path = "/functions/v1/product-images/{id}",
    tag = "product-images",
    params(("id" = Uuid, Path, description = "The picture's `id`.")),
    responses(
        (status = 204, description = "It is gone."),
        (status = 401, description = "`unauthenticated`", body = ErrorBody),
        (status = 403, description = "`forbidden`, `mfa_required`", body = ErrorBody),
        (status = 404, description = "`not_found`", body = ErrorBody),
        (status = 502, description = "`upstream_unavailable`", body = ErrorBody),
        (status = 503, description = "`upstream_unavailable`", body = ErrorBody),
        (status = 504, description = "`upstream_unavailable`", body = ErrorBody),
    ),
)]
async fn delete(State(edge): State<Edge>, visitor: Visitor, Path(id): Path<String>) -> Result<StatusCode, ApiError> {
    let admin = Admin::admit(&edge, &visitor).await?;
    let id: Uuid = id.parse().map_err(|_| no_such_picture())?;
    // As a task of its own, as above.
    let deleting = edge.tasks.spawn(async move {
        let path = format!("product_images?id=eq.{id}&select=id");
        let deleted: Vec<Value> = admin.send(Method::DELETE, &path, None).await?;
        if deleted.is_empty() {
            return Err(no_such_picture());
        }
        // The database has queued the objects.
        removal::remove_queued(&admin.edge, &admin.origin).await;
        Ok(StatusCode::NO_CONTENT)
    });
    deleting.await.map_err(|error| broken(&error))?
}

/// A caller whom the database holds for an admin, and in whose name it is called.
struct Admin {
    edge: Edge,
    origin: Origin,
    api_key: String,
    token: String,
}

impl Admin {
    async fn admit(edge: &Edge, visitor: &Visitor) -> Result<Self, ApiError> {
        let (api_key, token) = match &visitor.caller {
            Caller::Anonymous => return Err(ApiError::unauthenticated()),
            Caller::User(user) => (user.api_key.clone(), user.token.clone()),
            Caller::Service => {
                let key = edge.config.secret_key.expose_secret();
                (key.to_owned(), key.to_owned())
            }
        };
        let admin = Self { edge: edge.clone(), origin: edge.origin(visitor), api_key, token };
        let caller = (admin.api_key.as_str(), admin.token.as_str());
        edge.database.call_as::<()>("require_admin", &json!({}), caller, &admin.origin).await?;
        Ok(admin)
    }

    async fn require_product(&self, id: Uuid) -> Result<(), ApiError> {
        let found: Vec<Value> = self.send(Method::GET, &format!("products?id=eq.{id}&select=id"), None).await?;
        if found.is_empty() { Err(no_such_product()) } else { Ok(()) }
    }

    /// A request to a table, in the admin's name.
    async fn send<T: serde::de::DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<T, primostore_shared::DatabaseError> {
        let caller = (self.api_key.as_str(), self.token.as_str());
        self.edge.database.send_as(method, path, body, caller, "return=representation", &self.origin).await
    }
}

/// Reads on and drops what a refused client still sends, so that it gets to see the answer.
async fn drain(body: Body) {
    let mut rest = body.into_data_stream();
    let _ = timeout(DRAIN_WITHIN, async { while let Some(Ok(_)) = rest.next().await {} }).await;
}

fn no_such_picture() -> ApiError {
    ApiError::not_found("There is no such picture.")
}

fn no_such_product() -> ApiError {
    Faults::of("product_id", json!(["unknown"]), "is not a product").into()
}

/// A task of ours panicked.
fn broken(error: &tokio::task::JoinError) -> ApiError {
    tracing::error!(%error, "a picture's task broke");
    ApiError::upstream_unavailable(StatusCode::BAD_GATEWAY)
}
