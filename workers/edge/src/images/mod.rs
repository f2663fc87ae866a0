//! Pictures of products: checked, re-encoded, in up to three sizes.
//!
//! What a client sends is never stored. It is decoded, turned upright, brought to sRGB and encoded anew, which leaves
//! behind metadata and whatever else a file may carry. A JPEG stays a JPEG. A PNG or WebP stays one, without loss; an opaque
//! one that would take more than 1 MiB so is a photo, and becomes a JPEG.

mod colour;
mod form;
mod jpeg;
mod picture;
mod processing;
mod publish;
mod removal;
mod resize;

use std::sync::Arc;

use axum::Json;
use axum::extract::{FromRef, FromRequest as _, Multipart, Path, Request, State};
use http::{Method, StatusCode};
use primostore_shared::{Database, Origin, Storage};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::error::{ApiError, ErrorBody};
use crate::faults::Faults;
use crate::request_context::{Admin, RequestContext};
use publish::ProductImage;

/// The bucket that the database makes for them.
const BUCKET: &str = "product-images";
/// The largest file that the bucket takes, in bytes.
const LARGEST_OBJECT: u64 = 10 * 1024 * 1024;

/// Where pictures are kept, and how they are reached. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Pictures {
    pub(crate) database: Database,
    pub(crate) storage: Storage,
    /// The edge's own address, with which the address of every picture begins.
    pub(crate) public_url: String,
    /// The largest request, in bytes; a file has at most what the bucket takes.
    pub(crate) max_request_bytes: u64,
    /// How many files may be uploaded, and wait for their turn, at a time: each is in memory.
    pub(crate) uploads: Arc<Semaphore>,
    /// What goes on when the client has gone: a stop waits for it.
    pub(crate) tasks: TaskTracker,
}

/// The routes, which the guard keeps for admins.
pub(crate) fn routes<S>() -> OpenApiRouter<S>
where
    S: Clone + Send + Sync + 'static,
    Pictures: FromRef<S>,
{
    OpenApiRouter::new().routes(routes!(upload)).routes(routes!(delete))
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
    State(pictures): State<Pictures>,
    admin: Admin,
    context: RequestContext,
    request: Request,
) -> Result<(StatusCode, Json<ProductImage>), ApiError> {
    let place = Arc::clone(&pictures.uploads).try_acquire_owned().map_err(|_| ApiError::busy())?;
    let session = AdminSession { pictures, origin: context.origin(), admin };
    let form = Multipart::from_request(request, &())
        .await
        .map_err(|_| ApiError::unsupported_media_type("multipart/form-data"))?;
    let upload = form::read(form, session.pictures.max_request_bytes.min(LARGEST_OBJECT)).await?;
    session.require_product(upload.product_id).await?;
    let picture = processing::prepare(upload.file).await?;
    // As a task of its own: a client that goes away now must not leave half of it behind.
    let tasks = session.pictures.tasks.clone();
    let publishing = tasks.spawn(async move {
        let _place = place;
        publish::publish(session, upload.details, upload.product_id, picture).await
    });
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
async fn delete(
    State(pictures): State<Pictures>,
    admin: Admin,
    context: RequestContext,
    Path(id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let session = AdminSession { pictures, origin: context.origin(), admin };
    let id: Uuid = id.parse().map_err(|_| no_such_picture())?;
    // As a task of its own, as above.
    let tasks = session.pictures.tasks.clone();
    let deleting = tasks.spawn(async move {
        let path = format!("product_images?id=eq.{id}&select=id");
        let deleted: Vec<Value> = session.send(Method::DELETE, &path, None).await?;
        if deleted.is_empty() {
            return Err(no_such_picture());
        }
        // The database has queued the objects.
        removal::remove_queued(&session.pictures, &session.origin).await;
        Ok(StatusCode::NO_CONTENT)
    });
    deleting.await.map_err(|error| broken(&error))?
}

/// An admin at work on pictures: the database is called in their name.
struct AdminSession {
    pictures: Pictures,
    origin: Origin,
    admin: Admin,
}

impl AdminSession {
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
        let caller = (self.admin.api_key.as_str(), self.admin.token.as_str());
        self.pictures.database.send_as(method, path, body, caller, "return=representation", &self.origin).await
    }
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
