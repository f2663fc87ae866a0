//! A purchase, with `postgrest`: from the catalogue to the order.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::person::{Person, new_email};
use crate::shop::{Shop, amount, answer, both_doors, rows, text};
use crate::warehouse::on_sale;

/// Something on sale, as a visitor finds it.
async fn product(shop: &Shop) -> Value {
    let slug = on_sale().await;
    // The crate calls functions with POST, where PostgREST ignores the `Range` that its `limit` sends: the function's own
    // arguments say how many.
    let arguments = json!({ "q": slug, "in_stock": true, "page": 1, "page_size": 1 }).to_string();
    let found = answer(shop.rest.rpc("search_products", arguments).select("id,slug,price")).await.unwrap();
    assert_eq!(rows(&found).iter().map(|row| text(row, "slug")).collect::<Vec<_>>(), [slug]);
    rows(&found)[0].clone()
}

/// What `place_order` is told: how to pay and where to send it.
async fn checkout(shop: &Shop, subtotal: &Value) -> Value {
    let arguments = json!({ "country": "MA", "city": "Fès", "subtotal": subtotal });
    let options = answer(shop.rest.rpc("shipping_options", arguments.to_string())).await.unwrap();
    json!({
        "payment_method": "cod",
        "shipping_method_id": rows(&options)[0]["id"],
        "shipping_address": {
            "full_name": "Salma Idrissi", "line1": "12 rue Talaa Kebira", "city": "Fès", "country": "MA",
        },
        "idempotency_key": Uuid::new_v4(),
    })
}

/// An order of one unit of something, by whom the token says.
pub(crate) async fn order(shop: &Shop, token: &str) -> Value {
    let product = product(shop).await;
    let mut order = checkout(shop, &product["price"]).await;
    order["items"] = json!([{ "product_id": product["id"], "quantity": 1 }]);
    answer(shop.rest.rpc("place_order", order.to_string()).auth(token)).await.unwrap()
}

#[tokio::test]
async fn a_visitor_browses_the_catalogue() {
    for shop in both_doors().await {
        let request = shop.rest.from("products").select("id,slug,name,price,in_stock,category:categories(name)");
        let listed = answer(request.gte("price", "50").order("price.asc,id.asc").range(0, 4)).await.unwrap();
        let prices: Vec<f64> = rows(&listed).iter().map(|row| amount(row, "price")).collect();
        assert!(prices.len() == 5 && prices.is_sorted() && prices[0] >= 50.0, "{listed}");
        let slug = text(&rows(&listed)[0], "slug");
        let one = answer(shop.rest.from("products").select("*").eq("slug", slug).single()).await.unwrap();
        assert_eq!(one["id"], rows(&listed)[0]["id"]);
    }
}

#[tokio::test]
async fn a_guest_buys_and_reads_the_order_with_its_token() {
    for shop in both_doors().await {
        let product = product(&shop).await;
        let mut order = checkout(&shop, &product["price"]).await;
        order["items"] = json!([{ "product_id": product["id"], "quantity": 1 }]);
        order["guest_email"] = json!(new_email());
        let placed = answer(shop.rest.rpc("place_order", order.to_string())).await.unwrap();
        assert_eq!(amount(&placed, "subtotal"), amount(&product, "price"));

        let question = json!({ "order_number": placed["order_number"], "guest_token": placed["guest_token"] });
        let read = answer(shop.rest.rpc("guest_order", question.to_string())).await.unwrap();
        assert_eq!((text(&read, "id"), amount(&read, "total")), (text(&placed, "id"), amount(&placed, "total")));
        let guess = json!({ "order_number": placed["order_number"], "guest_token": "guess" });
        assert_eq!(answer(shop.rest.rpc("guest_order", guess.to_string())).await, Ok(Value::Null));
    }
}

#[tokio::test]
async fn a_customer_buys_their_cart_and_reads_the_order() {
    for shop in both_doors().await {
        let customer = Person::customer().await;
        let token = shop.sign_in(customer.credentials()).await.access_token;
        let product = product(&shop).await;
        let line = json!({ "product_id": product["id"], "quantity": 1 }).to_string();
        let cart = answer(shop.rest.rpc("add_to_cart", line).auth(&token)).await.unwrap();
        assert_eq!((amount(&cart, "item_count"), amount(&cart, "subtotal")), (1.0, amount(&product, "price")));

        let order = checkout(&shop, &cart["subtotal"]).await.to_string();
        let placed = answer(shop.rest.rpc("place_order", &order).auth(&token)).await.unwrap();
        let again = answer(shop.rest.rpc("place_order", &order).auth(&token)).await.unwrap();
        assert_eq!(again["id"], placed["id"], "asking twice buys once");
        let emptied = answer(shop.rest.rpc("get_cart", "{}").auth(&token)).await.unwrap();
        assert_eq!(emptied["item_count"], 0);

        let request = shop.rest.from("orders").select("id,total,items:order_items(product_id,quantity)").auth(&token);
        let orders = answer(request).await.unwrap();
        let [read] = rows(&orders) else { panic!("one order was expected: {orders}") };
        assert_eq!((text(read, "id"), amount(read, "total")), (text(&placed, "id"), amount(&placed, "total")));
        assert_eq!(read["items"], json!([{ "product_id": product["id"], "quantity": 1 }]));
    }
}

#[tokio::test]
async fn more_than_there_is_is_refused_by_its_code() {
    for shop in both_doors().await {
        let customer = Person::customer().await;
        let token = shop.sign_in(customer.credentials()).await.access_token;
        let line = json!({ "product_id": product(&shop).await["id"], "quantity": 999 }).to_string();
        let refused = answer(shop.rest.rpc("add_to_cart", line).auth(&token)).await;
        assert_eq!(refused, Err((409, "out_of_stock".to_owned())));
    }
}

#[tokio::test]
async fn another_customers_order_is_not_there() {
    for shop in both_doors().await {
        let (buyer, other) = (Person::customer().await, Person::customer().await);
        let token = shop.sign_in(buyer.credentials()).await.access_token;
        let placed = order(&shop, &token).await;
        let by_id = || shop.rest.from("orders").select("id").eq("id", text(&placed, "id"));
        assert_eq!(rows(&answer(by_id().auth(&token)).await.unwrap()).len(), 1);
        let token = shop.sign_in(other.credentials()).await.access_token;
        assert_eq!(answer(by_id().auth(&token)).await, Ok(json!([])));
    }
}
