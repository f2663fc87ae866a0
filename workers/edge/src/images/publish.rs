//! Puts a prepared picture into Storage and into the table: both or neither.

use futures_util::future::join_all;
use http::Method;
use primostore_shared::{DatabaseError, Storage, StorageError};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::form::Details;
use super::picture::Picture;
use super::{AdminSession, BUCKET, no_such_product, removal};
use crate::error::ApiError;

/// PostgreSQL's code for a row that refers to none.
const FOREIGN_KEY_VIOLATION: &str = "23503";

/// A row of `product_images`.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
pub(super) struct ProductImage {
    id: Uuid,
    product_id: Uuid,
    /// The name of the object in Storage.
    storage_path: Option<String>,
    /// Where everybody can see it.
    url: String,
    alt: Option<String>,
    sort_order: i32,
    is_primary: bool,
    /// Whether everybody may see the row: not while its product is hidden.
    is_on_show: bool,
    /// Pixels.
    width: Option<i32>,
    /// Pixels.
    height: Option<i32>,
    /// Smaller sizes, largest first.
    variants: Vec<Variant>,
    /// ISO 8601.
    created_at: String,
    /// ISO 8601.
    updated_at: String,
}

/// The same picture in a smaller size.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
struct Variant {
    /// Pixels.
    width: u32,
    /// Pixels.
    height: u32,
    /// Where everybody can see it.
    url: String,
    /// The name of the object in Storage.
    storage_path: Option<String>,
}

/// Announces the objects, uploads them, and adds the row in the admin's name. The announcement makes sure that objects
/// without a row are removed, by us at once or by the sweep.
pub(super) async fn publish(
    session: AdminSession,
    details: Details,
    product: Uuid,
    picture: Picture,
) -> Result<ProductImage, ApiError> {
    let id = Uuid::new_v4();
    // Names that nobody guesses, for content that never changes.
    let extension = picture.format.extension();
    let paths: Vec<String> =
        picture.sizes.iter().map(|size| format!("{product}/{id}/{}.{extension}", size.name)).collect();
    let (pictures, origin) = (&session.pictures, &session.origin);
    pictures.database.call::<()>("announce_uploads", &json!({ "paths": paths }), origin).await?;

    if let Err((error, is_final)) = upload(&pictures.storage, &paths, &picture).await {
        removal::remove_announced(pictures, &paths, is_final, origin).await;
        return Err(error.into());
    }

    let url = |path: &str| format!("{}{}", pictures.public_url, Storage::public_path(BUCKET, path));
    let mut sizes = picture.sizes.iter().zip(&paths).map(
        |(size, path)| json!({ "width": size.width, "height": size.height, "url": url(path), "storage_path": path }),
    );
    let mut row = sizes.next().unwrap_or_default();
    row["id"] = json!(id);
    row["product_id"] = json!(product);
    row["alt"] = json!(details.alt);
    row["is_primary"] = json!(details.is_primary);
    row["sort_order"] = json!(details.sort_order);
    row["variants"] = sizes.collect();
    let rows: Result<Vec<ProductImage>, _> = session.send(Method::POST, "product_images", Some(&row)).await;
    match rows.map(|mut rows| rows.pop()) {
        Ok(Some(row)) => Ok(row),
        Ok(None) => Err(DatabaseError::Unreadable("no row came back".to_owned()).into()),
        Err(error) => {
            // Without a clear answer the row may be there: then the objects are its own, else the sweep's.
            if let DatabaseError::Refused(refusal) = &error
                && refusal.status < 500
            {
                removal::remove_announced(pictures, &paths, true, origin).await;
            }
            Err(match error {
                DatabaseError::Refused(refusal) if refusal.code == FOREIGN_KEY_VIOLATION => no_such_product(),
                error => error.into(),
            })
        }
    }
}

/// Uploads all sizes at once. When one fails, says why, and whether nothing can still arrive.
async fn upload(storage: &Storage, paths: &[String], picture: &Picture) -> Result<(), (StorageError, bool)> {
    let content_type = picture.format.content_type();
    let uploads = picture
        .sizes
        .iter()
        .zip(paths)
        .map(|(size, path)| storage.upload(BUCKET, path, size.content.clone(), content_type));
    let mut is_final = true;
    let mut failure = None;
    // All of them are waited for: one that is given up may still arrive after it was removed.
    for outcome in join_all(uploads).await {
        if let Err(error) = outcome {
            is_final &= error.is_final();
            failure.get_or_insert(error);
        }
    }
    failure.map_or(Ok(()), |error| Err((error, is_final)))
}
