//! What the shop's own services do past row level security, with the secret key.

use postgrest::Postgrest;
use serde_json::json;
use uuid::Uuid;

use crate::shop::{answer, rows};
use crate::stack::stack;

/// The API with the secret key. That isn't a JWT either, and goes into `apikey` alone.
pub(crate) async fn service() -> Postgrest {
    let stack = stack().await;
    Postgrest::new(format!("{}/rest/v1", stack.api_url)).insert_header("apikey", &stack.secret_key)
}

/// The slug of a new product, of which there are a few.
pub(crate) async fn on_sale() -> String {
    let service = service().await;
    let slug = format!("product-{}", Uuid::new_v4().simple());
    let row = json!({ "slug": slug, "sku": slug.to_uppercase(), "name": slug, "price": 110 });
    let made = answer(service.from("products").insert(row.to_string()).select("id")).await.unwrap();
    let delivery = json!({ "product_id": rows(&made)[0]["id"], "quantity": 10, "reason": "Delivery" });
    answer(service.rpc("admin_adjust_stock", delivery.to_string())).await.unwrap();
    slug
}
