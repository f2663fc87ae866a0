//! What a shop must have before somebody can buy from it, made past the edge.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::supabase::Supabase;

/// A user who is signed in.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) user_id: Uuid,
    pub(crate) email: String,
    pub(crate) access_token: String,
}

const PASSWORD: &str = "correct horse battery staple";

impl Supabase {
    /// Signs somebody in, who is created when needed. `role` is `customer` or `admin`.
    pub(crate) async fn sign_in(&self, email: &str, role: &str) -> Session {
        let email = email.to_lowercase();
        let user = json!({ "email": email, "password": PASSWORD, "email_confirm": true });
        let (status, answer) = self.service(Method::POST, "/auth/v1/admin/users", &user).await;
        assert!(status.is_success() || answer["error_code"] == "email_exists", "{status} {answer}");
        if role == "admin" {
            let of_user = format!("(select id from auth.users where email = '{email}')");
            self.sql(&format!("update public.user_profiles set role = 'admin' where id = {of_user}")).await;
        }
        let credentials = json!({ "email": email, "password": PASSWORD });
        let key = self.publishable_key().to_owned();
        let (status, answer) =
            self.send(Method::POST, "/auth/v1/token?grant_type=password", &key, None, &credentials).await;
        assert!(status.is_success(), "{status} {answer}");
        Session {
            user_id: answer["user"]["id"].as_str().unwrap().parse().unwrap(),
            email,
            access_token: answer["access_token"].as_str().unwrap().to_owned(),
        }
    }

    /// A product on sale, with a name of its own and this many units in the warehouse.
    pub(crate) async fn product(&self, price: &str, stock: i32) -> Uuid {
        let slug = format!("product-{}", Uuid::new_v4().simple());
        let row =
            json!({ "slug": slug, "sku": slug.to_uppercase(), "name": format!("Article {slug}"), "price": price });
        let (status, rows) = self.service(Method::POST, "/rest/v1/products?select=id", &row).await;
        assert!(status.is_success(), "{status} {rows}");
        let id: Uuid = rows[0]["id"].as_str().unwrap().parse().unwrap();
        if stock > 0 {
            let delivery = json!({ "product_id": id, "quantity": stock, "reason": "Delivery" });
            let (status, answer) = self.service(Method::POST, "/rest/v1/rpc/admin_adjust_stock", &delivery).await;
            assert!(status.is_success(), "{status} {answer}");
        }
        id
    }

    /// Orders units of a product; `None` is a guest. Returns what `place_order` answers.
    pub(crate) async fn place_order(
        &self,
        session: Option<&Session>,
        product: Uuid,
        quantity: i32,
        payment_method: &str,
    ) -> Value {
        let method: Uuid = self
            .query_one(
                "with made as (insert into public.shipping_methods (name, price, zones) values ('Courier', 30, '{MA}') \
                 returning id) select id from made",
            )
            .await;
        let mut order = json!({
            "shipping_address": {
                "full_name": "Salma Idrissi", "phone": "+212 600-000000", "line1": "12 rue Talaa Kebira", "city": "Fès",
                "country": "MA",
            },
            "shipping_method_id": method,
            "payment_method": payment_method,
            "items": [{ "product_id": product, "quantity": quantity }],
        });
        if session.is_none() {
            order["guest_email"] = json!(format!("guest-{}@example.com", Uuid::new_v4().simple()));
        }
        let key = self.publishable_key().to_owned();
        let token = session.map(|session| session.access_token.as_str());
        let (status, answer) = self.send(Method::POST, "/rest/v1/rpc/place_order", &key, token, &order).await;
        assert!(status.is_success(), "{status} {answer}");
        answer
    }

    /// A request with the secret key.
    pub(crate) async fn service(&self, method: Method, path: &str, body: &Value) -> (reqwest::StatusCode, Value) {
        let key = self.secret_key().to_owned();
        self.send(method, path, &key, None, body).await
    }

    /// A request with this key, as whom the token says, or else the key.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        key: &str,
        token: Option<&str>,
        body: &Value,
    ) -> (reqwest::StatusCode, Value) {
        let request = self
            .client()
            .request(method, format!("{}{path}", self.url()))
            .header("apikey", key)
            .header("prefer", "return=representation")
            .bearer_auth(token.unwrap_or(key))
            .json(body);
        self.on_its_threads(async move {
            let response = request.send().await.unwrap();
            let status = response.status();
            let text = response.text().await.unwrap();
            (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
        })
        .await
    }
}
