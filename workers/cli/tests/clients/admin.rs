//! An admin's look at the shop, with `postgrest`, and a customer's attempt at it.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::person::Person;
use crate::purchase::order;
use crate::shop::{Shop, answer, both_doors, rows, text};

/// A product that isn't on sale, made by an admin.
async fn hidden_product(shop: &Shop, admin_token: &str) -> Value {
    let slug = format!("product-{}", Uuid::new_v4().simple());
    let row = json!({ "slug": slug, "sku": slug.to_uppercase(), "name": slug, "price": 10, "is_active": false });
    let made = answer(shop.rest.from("products").insert(row.to_string()).select("id,slug").auth(admin_token)).await;
    rows(&made.unwrap())[0].clone()
}

#[tokio::test]
async fn an_admin_sees_products_that_are_not_on_sale_and_a_customer_does_not() {
    for shop in both_doors().await {
        let admin = shop.sign_in(Person::admin().await.credentials()).await.access_token;
        let customer = shop.sign_in(Person::customer().await.credentials()).await.access_token;
        let product = hidden_product(&shop, &admin).await;
        let by_slug = || shop.rest.from("products").select("id,is_active").eq("slug", text(&product, "slug"));
        let expected = json!([{ "id": product["id"], "is_active": false }]);
        assert_eq!(answer(by_slug().auth(&admin)).await, Ok(expected));
        assert_eq!(answer(by_slug().auth(&customer)).await, Ok(json!([])));
        assert_eq!(answer(by_slug()).await, Ok(json!([])));
    }
}

#[tokio::test]
async fn an_admin_reads_the_orders_of_all() {
    for shop in both_doors().await {
        let (admin, buyer) = (Person::admin().await, Person::customer().await);
        let admin = shop.sign_in(admin.credentials()).await.access_token;
        let customer = shop.sign_in(buyer.credentials()).await.access_token;
        let placed = order(&shop, &customer).await;

        let number = text(&placed, "order_number");
        let by_number =
            || shop.rest.from("orders").select("order_number,guest_email,user_id").eq("order_number", number);
        let expected = json!([{ "order_number": number, "guest_email": null, "user_id": buyer.id }]);
        assert_eq!(answer(by_number().auth(&admin)).await, Ok(expected));
    }
}

#[tokio::test]
async fn what_is_for_admins_is_refused_to_a_customer_and_to_a_visitor() {
    for shop in both_doors().await {
        let admin = shop.sign_in(Person::admin().await.credentials()).await.access_token;
        let customer = shop.sign_in(Person::customer().await.credentials()).await.access_token;
        let may_i = || shop.rest.rpc("require_admin", "{}");
        assert_eq!(answer(may_i().auth(&admin)).await, Ok(Value::Null));
        assert_eq!(answer(may_i().auth(&customer)).await, Err((403, "forbidden".to_owned())));
        assert_eq!(answer(may_i()).await, Err((401, "unauthenticated".to_owned())));
        let delivery = json!({ "product_id": Uuid::nil(), "quantity": 1, "reason": "Delivery" }).to_string();
        let refused = answer(shop.rest.rpc("admin_adjust_stock", delivery).auth(&customer)).await;
        assert_eq!(refused, Err((403, "forbidden".to_owned())));
    }
}

#[tokio::test]
async fn a_customer_changes_no_product() {
    for shop in both_doors().await {
        let admin = shop.sign_in(Person::admin().await.credentials()).await.access_token;
        let customer = shop.sign_in(Person::customer().await.credentials()).await.access_token;
        let product = hidden_product(&shop, &admin).await;
        let by_id = || shop.rest.from("products").eq("id", text(&product, "id"));
        let change = json!({ "name": "Mine" }).to_string();
        assert_eq!(answer(by_id().update(&change).auth(&customer)).await, Ok(json!([])));
        let changed = answer(by_id().update(&change).auth(&admin)).await.unwrap();
        assert_eq!(text(&rows(&changed)[0], "name"), "Mine");
    }
}
