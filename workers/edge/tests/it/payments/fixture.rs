//! A shop that takes all kinds of payment, and how its books are read.

use primostore_edge::Config;
use primostore_edge::config::StripeConfig;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;
use uuid::Uuid;

use super::fake_stripe::FakeStripe;
use super::signature::{signed, unix_now};
use crate::support::{Changed, Session, Supabase, TestEdge, edge, settings, supabase};

pub(super) const LINK_SECRET: &str = "what the payment page and the edge alone know";
pub(super) const STRIPE_KEY: &str = "sk_test_of_the_fake";
pub(super) const WEBHOOK_SECRET: &str = "whsec_of_the_fake";
pub(super) const TEMPLATE: &str =
    "https://pay.example.com/{order_number}?amount={amount}&currency={currency}&until={expires}&sign={signature}";

/// An edge with payment links and a Stripe of its own.
pub(super) struct PaymentFixture {
    pub(super) supabase: &'static Supabase,
    pub(super) edge: TestEdge,
    pub(super) stripe: FakeStripe,
    _settings: Changed,
}

/// An order of one product of 100 MAD, 30 MAD shipping: 130 MAD are due.
pub(super) struct Placed {
    pub(super) id: Uuid,
    pub(super) number: String,
    pub(super) product: Uuid,
    pub(super) guest_token: Option<String>,
    pub(super) customer: Option<Session>,
}

impl PaymentFixture {
    pub(super) async fn open() -> Self {
        Self::with(|_| ()).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        Self::with_settings(&[], change).await
    }

    /// With these settings beside those of payments.
    pub(super) async fn with_settings(others: &[(&str, Value)], change: impl FnOnce(&mut Config)) -> Self {
        let mut changes = vec![
            ("checkout.payment_methods", json!(["cod", "payment_link", "stripe"])),
            ("payment_link.template", json!(TEMPLATE)),
        ];
        changes.extend(others.iter().cloned());
        let settings = settings(&changes).await;
        // As an edge with Stripe's keys said before: some tests have none.
        supabase().await.sql("select public.announce_payment_methods(array['stripe'])").await;
        let stripe = FakeStripe::start(STRIPE_KEY).await;
        let edge = edge_with(&stripe, change).await;
        Self { supabase: supabase().await, edge, stripe, _settings: settings }
    }

    /// Another edge in the place of this one.
    pub(super) async fn restart_edge(&mut self) {
        self.edge = edge_with(&self.stripe, |_| ()).await;
    }

    pub(super) async fn customer(&self) -> Session {
        self.supabase.sign_in(&format!("buyer-{}@example.com", Uuid::new_v4().simple()), "customer").await
    }

    /// A customer's order of one unit; the warehouse has `stock` before it.
    pub(super) async fn order(&self, payment_method: &str, stock: i32) -> Placed {
        let customer = self.customer().await;
        let product = self.supabase.product("100", stock).await;
        self.place(Some(customer), product, payment_method).await
    }

    pub(super) async fn guest_order(&self, payment_method: &str) -> Placed {
        let product = self.supabase.product("100", 3).await;
        self.place(None, product, payment_method).await
    }

    pub(super) async fn place(&self, customer: Option<Session>, product: Uuid, payment_method: &str) -> Placed {
        let order = self.supabase.place_order(customer.as_ref(), product, 1, payment_method).await;
        assert_eq!(order["total"].to_string().parse::<f64>().unwrap(), 130.0, "{order}");
        Placed {
            id: order["id"].as_str().unwrap().parse().unwrap(),
            number: order["order_number"].as_str().unwrap().to_owned(),
            product,
            guest_token: order["guest_token"].as_str().map(str::to_owned),
            customer,
        }
    }

    /// Posts to a route of the edge's own, as `customer` or as nobody.
    pub(super) async fn post(&self, route: &str, customer: Option<&Session>, body: &Value) -> (StatusCode, Value) {
        let key = self.supabase.publishable_key();
        let token = customer.map_or(key, |customer| customer.access_token.as_str());
        let request = self.edge.client().post(format!("{}/functions/v1/{route}", self.edge.url()));
        answer(request.header("apikey", key).bearer_auth(token).json(body)).await
    }

    /// Asks for what its customer needs to pay an order: by `payment-link` or `stripe/create-intent`.
    pub(super) async fn start(&self, route: &str, order: &Placed) -> (StatusCode, Value) {
        let body = json!({ "order_id": order.id, "guest_token": order.guest_token });
        self.post(route, order.customer.as_ref(), &body).await
    }

    /// Starts a Stripe payment; returns the intent's id.
    pub(super) async fn intent(&self, order: &Placed) -> String {
        let (status, answer) = self.start("stripe/create-intent", order).await;
        assert_eq!(status, 200, "{answer}");
        answer["payment_intent_id"].as_str().unwrap().to_owned()
    }

    /// Sends an event of Stripe's once, signed now.
    pub(super) async fn webhook(&self, event: &Value) -> (StatusCode, Value) {
        let body = event.to_string();
        let signature = signed(WEBHOOK_SECRET, unix_now(), &body);
        self.send_signed("stripe/webhook", "stripe-signature", &signature, body).await
    }

    /// Sends a report of the payment page once, signed now.
    pub(super) async fn callback(&self, report: &Value) -> (StatusCode, Value) {
        let body = report.to_string();
        let signature = signed(LINK_SECRET, unix_now(), &body);
        self.send_signed("payment-link/callback", "x-signature", &signature, body).await
    }

    pub(super) async fn send_signed(
        &self,
        route: &str,
        header: &str,
        signature: &str,
        body: String,
    ) -> (StatusCode, Value) {
        let request = self.edge.client().post(format!("{}/functions/v1/{route}", self.edge.url()));
        answer(request.header("content-type", "application/json").header(header, signature).body(body)).await
    }

    /// A report that an order was paid: 130 MAD.
    pub(super) fn report(&self, order: &Placed) -> Value {
        json!({
            "event_id": format!("report-{}", Uuid::new_v4()), "order_number": order.number, "amount": 130.00,
            "currency": "MAD", "reference": format!("bank-{}", Uuid::new_v4()), "status": "paid",
        })
    }

    /// The hold of an order's units has lapsed.
    pub(super) async fn lapse(&self, order: &Placed) {
        let id = order.id;
        self.supabase
            .sql(&format!(
                "update public.stock_reservations set expires_at = now() - interval '1 minute' where order_id = '{id}'; \
                 update public.orders set reservation_expires_at = now() - interval '1 minute' where id = '{id}'"
            ))
            .await;
    }

    /// The customer cancels their order.
    pub(super) async fn cancel(&self, order: &Placed) -> (StatusCode, Value) {
        let (key, customer) = (self.supabase.publishable_key(), order.customer.as_ref().unwrap());
        let body = json!({ "order_id": order.id, "reason": "Changed my mind" });
        self.supabase.send(Method::POST, "/rest/v1/rpc/cancel_order", key, Some(&customer.access_token), &body).await
    }

    /// An order's status and payment status, and each of its payments: provider, status, and why it is to be refunded.
    pub(super) async fn state(&self, order: &Placed) -> String {
        let id = order.id;
        self.supabase
            .query_one(&format!(
                "select concat_ws(', ', status || ' ' || payment_status, ( \
                     select string_agg(concat_ws(' ', provider, status, refund_due_reason), ', ' order by created_at, id) \
                     from public.payments where order_id = '{id}' \
                 )) from public.orders where id = '{id}'"
            ))
            .await
    }

    /// Units in the warehouse and promised ones, after the ledger, the reservations and the inventory were compared, and
    /// paid orders with the money that came.
    pub(super) async fn books(&self, product: Uuid) -> (i32, i32) {
        let agree: String = self
            .supabase
            .query_one(&format!(
                "select concat_ws(' ', \
                     stock = (select sum(quantity) from public.stock_movements where product_id = '{product}' \
                         and kind in ('receive', 'adjust', 'sell', 'restock')), \
                     reserved_stock = (select coalesce(sum(case kind when 'sell' then quantity else -quantity end), 0) \
                         from public.stock_movements where product_id = '{product}' and kind in ('sell', 'reserve', 'release')), \
                     reserved_stock = (select coalesce(sum(quantity), 0) from public.stock_reservations \
                         where product_id = '{product}' and status = 'active'), \
                     not exists (select from public.orders inner join public.order_items on order_items.order_id = orders.id \
                         where order_items.product_id = '{product}' and (orders.payment_status = 'paid') <> exists ( \
                             select from public.payments where order_id = orders.id and payments.status = 'paid')) \
                 ) from public.inventory where product_id = '{product}'"
            ))
            .await;
        assert_eq!(agree, "t t t t", "the books agree");
        let count = |column| format!("select {column} from public.inventory where product_id = '{product}'");
        (self.supabase.query_one(&count("stock")).await, self.supabase.query_one(&count("reserved_stock")).await)
    }

    /// What the admins were told about an order: topics of messages and events of the security log.
    pub(super) async fn told(&self, order: &Placed) -> String {
        let id = order.id;
        self.supabase
            .query_one(&format!(
                "select concat_ws(', ', \
                     (select string_agg(topic, ' ' order by id) from private.outbox \
                         where topic like 'payment.%' and payload ->> 'order_id' = '{id}'), \
                     (select string_agg(event_type || ' ' || severity, ' ' order by created_at) from public.security_logs \
                         where request_data ->> 'order_id' = '{id}'))"
            ))
            .await
    }

    /// What was given back of an order: `refunded_amount`, and each refund: status, amount and the provider's id.
    pub(super) async fn refunds(&self, order: &Placed) -> String {
        let id = order.id;
        self.supabase
            .query_one(&format!(
                "select concat_ws(', ', refunded_amount::text, ( \
                     select string_agg(concat_ws(' ', status, amount, provider_reference), ', ' order by provider_reference) \
                     from public.refunds where order_id = '{id}' \
                 )) from public.orders where id = '{id}'"
            ))
            .await
    }

    /// How many events were stored about payments of an order.
    pub(super) async fn events(&self, order: &Placed) -> i64 {
        let id = order.id;
        self.supabase
            .query_one(&format!(
                "select count(*) from public.payment_events inner join public.payments \
                 on payments.id = payment_events.payment_id where payments.order_id = '{id}'"
            ))
            .await
    }
}

async fn edge_with(stripe: &FakeStripe, change: impl FnOnce(&mut Config)) -> TestEdge {
    edge(|config| {
        config.payment_link_secret = Some(SecretString::from(LINK_SECRET));
        config.stripe = Some(StripeConfig {
            secret_key: SecretString::from(STRIPE_KEY),
            webhook_secret: SecretString::from(WEBHOOK_SECRET),
            api_base: Url::parse(stripe.url()).unwrap(),
        });
        change(config);
    })
    .await
}

/// A request's answer, as JSON or else as text.
pub(super) async fn answer(request: reqwest::RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
}

/// An error's status and code.
pub(super) fn refusal((status, answer): &(StatusCode, Value)) -> String {
    format!("{} {}", status.as_u16(), answer["code"].as_str().unwrap_or_default())
}
