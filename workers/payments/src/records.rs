//! Payments as the database keeps them: its functions in `sql/payments/api`.

use primostore_shared::{Database, DatabaseError, Origin};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::amount::Amount;

/// Who takes the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The shop's own payment page.
    PaymentLink,
    /// Stripe.
    Stripe,
}

/// A payment that a customer makes.
#[derive(Clone, Debug, Deserialize)]
pub struct Payment {
    /// Its id.
    pub payment_id: Uuid,
    /// The order's id.
    pub order_id: Uuid,
    /// The order's number, as customers see it.
    pub order_number: String,
    /// What is due.
    pub amount: Amount,
    /// Three letters.
    pub currency: String,
    /// As in `payments.status`.
    pub status: String,
    /// The provider's own id of it.
    pub provider_reference: Option<String>,
    /// When it can't be used any more, for a payment link.
    pub expires_at: Option<String>,
    /// Where the customer pays, for a payment link.
    pub url: Option<String>,
}

impl Payment {
    /// Refuses a payment that was made or given up while its customer was about to begin.
    ///
    /// # Errors
    /// [`NotDue`].
    pub fn still_due(self) -> Result<Self, NotDue> {
        match self.status.as_str() {
            "pending" | "failed" => Ok(self),
            "cancelled" => Err(NotDue::Cancelled),
            _ => Err(NotDue::Paid),
        }
    }
}

/// Why a payment is not to be made any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDue {
    /// The money is there, or was.
    #[error("the order is paid already")]
    Paid,
    /// It was given up.
    #[error("the order is not to be paid any more")]
    Cancelled,
}

/// What a payment link leads to.
#[derive(Clone, Debug, Deserialize)]
pub struct LinkTarget {
    /// The order's number, as customers see it.
    pub order_number: String,
    /// What is due.
    pub amount: Amount,
    /// Three letters.
    pub currency: String,
    /// The customer's; unknown when the account is gone.
    pub email: Option<String>,
    /// The order's, such as `fr`.
    pub language: String,
    /// Unix seconds.
    pub expires: Option<u64>,
    /// The setting `payment_link.template`.
    pub template: Option<String>,
    /// Whether it can be used.
    pub status: LinkStatus,
}

/// Whether a payment link can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// It leads to the payment page.
    Open,
    /// Its time is over.
    Expired,
    /// The order is paid.
    Paid,
    /// The order is not to be paid any more.
    Closed,
}

/// What a provider reported.
#[derive(Clone, Debug, Serialize)]
pub struct Event<'a> {
    /// Who reports it.
    pub provider: Provider,
    /// The provider's id of the event.
    pub event_id: &'a str,
    /// The provider's name for its kind.
    pub event_type: &'a str,
    /// What it says about the money.
    pub outcome: Outcome,
    /// What of it is kept.
    pub payload: Value,
    /// The order's id, where the event names it.
    pub order_id: Option<Uuid>,
    /// The order's number, where the event names it.
    pub order_number: Option<&'a str>,
    /// The provider's id of the payment.
    pub provider_reference: Option<&'a str>,
    /// How much money it is about.
    pub amount: Option<Amount>,
    /// Three letters, in any case.
    pub currency: Option<&'a str>,
}

/// What an event says about the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It was collected.
    Paid,
    /// An attempt failed; another may follow.
    Failed,
    /// None will come.
    Cancelled,
    /// Nothing that concerns an order.
    Ignored,
}

/// What a provider reported about money that went back, or that a bank wants back.
#[derive(Clone, Debug, Serialize)]
pub struct RefundEvent<'a> {
    /// Who reports it.
    pub provider: Provider,
    /// The provider's id of the event.
    pub event_id: &'a str,
    /// The provider's name for its kind.
    pub event_type: &'a str,
    /// What it says about the money.
    pub outcome: RefundOutcome,
    /// What of it is kept.
    pub payload: Value,
    /// The provider's id of the payment.
    pub provider_reference: &'a str,
    /// The provider's id of the refund, the dispute, or the charge whose total it is.
    pub refund_reference: &'a str,
    /// How much money it is about.
    pub amount: Option<Amount>,
    /// Three letters, in any case.
    pub currency: Option<&'a str>,
    /// Ours, where the refund was made with it.
    pub refund_id: Option<Uuid>,
    /// The provider's reason.
    pub reason: Option<&'a str>,
    /// Why the money did not arrive.
    pub error: Option<&'a str>,
}

/// What an event says about money that went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundOutcome {
    /// It is on its way.
    Pending,
    /// It went back.
    Succeeded,
    /// It did not arrive.
    Failed,
    /// No refund is named: the amount is all that was refunded of a charge.
    Total,
    /// The customer's bank wants it back.
    Disputed,
    /// The shop keeps it.
    DisputeWon,
    /// The bank took it.
    DisputeLost,
}

/// What became of an event.
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Booked {
    /// It was reported before.
    Duplicate,
    /// The order is paid.
    Paid,
    /// The attempt came to nothing.
    Failed,
    /// There was nothing to do, or it came too late.
    Ignored,
    /// No order is meant.
    UnknownOrder,
    /// Amount, currency or order is not what is due.
    Mismatch,
    /// The money is booked, and has to be given back.
    RefundDue,
    /// Money went back.
    Refunded,
    /// Money is on its way back.
    RefundPending,
    /// Money did not arrive back.
    RefundFailed,
    /// The customer's bank wants the money back.
    Disputed,
    /// The shop keeps disputed money.
    DisputeWon,
    /// The customer's bank took the money.
    DisputeLost,
}

#[derive(Deserialize)]
struct Answer {
    result: Booked,
}

/// Payments in the database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Payments(Database);

impl Payments {
    /// The payments of a shop's database.
    #[must_use]
    pub fn new(database: Database) -> Self {
        Self(database)
    }

    /// The payment with which a customer pays an order now: a user, or a guest with the order's token. `None` when there is
    /// no such order of theirs.
    ///
    /// # Errors
    /// [`DatabaseError`], also where the order is not to be paid, or not this way.
    pub async fn start(
        &self,
        provider: Provider,
        order_id: Uuid,
        user_id: Option<Uuid>,
        guest_token: Option<&str>,
        origin: &Origin,
    ) -> Result<Option<Payment>, DatabaseError> {
        let arguments =
            json!({ "order_id": order_id, "provider": provider, "user_id": user_id, "guest_token": guest_token });
        self.0.call("start_payment", &arguments, origin).await
    }

    /// Keeps where the customer pays. Returns the payment as it is then.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn set_url(&self, payment_id: Uuid, url: &str, origin: &Origin) -> Result<Payment, DatabaseError> {
        let arguments = json!({ "payment_id": payment_id, "url": url });
        self.0.call("set_payment_reference", &arguments, origin).await
    }

    /// Keeps the provider's id, unless there is another one than `replaces`. Returns the payment as it is then.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn set_reference(
        &self,
        payment_id: Uuid,
        reference: &str,
        replaces: Option<&str>,
        origin: &Origin,
    ) -> Result<Payment, DatabaseError> {
        let arguments = json!({ "payment_id": payment_id, "provider_reference": reference, "replaces": replaces });
        self.0.call("set_payment_reference", &arguments, origin).await
    }

    /// What a payment link leads to; `None` when there is no such link.
    ///
    /// # Errors
    /// [`DatabaseError`].
    pub async fn link_target(&self, payment_id: Uuid, origin: &Origin) -> Result<Option<LinkTarget>, DatabaseError> {
        self.0.call("payment_link_target", &json!({ "payment_id": payment_id }), origin).await
    }

    /// Books what a provider reported, once. Verify its signature first.
    ///
    /// # Errors
    /// [`DatabaseError`]; it is logged here, because money may hang on it.
    pub async fn record_event(&self, event: &Event<'_>, origin: &Origin) -> Result<Booked, DatabaseError> {
        self.book("record_payment_event", event, (event.event_id, event.event_type), origin).await
    }

    /// Books what a provider reported about money that went back, once. Verify its signature first.
    ///
    /// # Errors
    /// [`DatabaseError`]; it is logged here, because money may hang on it.
    pub async fn record_refund_event(&self, event: &RefundEvent<'_>, origin: &Origin) -> Result<Booked, DatabaseError> {
        self.book("record_refund_event", event, (event.event_id, event.event_type), origin).await
    }

    async fn book(
        &self,
        function: &str,
        event: &(impl Serialize + Sync),
        (event_id, event_type): (&str, &str),
        origin: &Origin,
    ) -> Result<Booked, DatabaseError> {
        let answer: Result<Answer, _> = self.0.call(function, event, origin).await;
        let booked = match answer {
            Ok(answer) => answer.result,
            Err(error) => {
                // Whoever reports it has no admin to tell.
                tracing::error!(event_id, event_type, %error, "a payment provider's event was not booked");
                return Err(error);
            }
        };
        tracing::info!(event_id, event_type, ?booked, "a payment provider reported");
        Ok(booked)
    }
}
