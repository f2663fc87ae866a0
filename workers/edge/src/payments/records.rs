//! Payments as the database keeps them: its functions in `sql/payments/api`.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::already_paid;
use super::amount::Amount;
use super::request::PaymentRequest;
use crate::edge::Edge;
use crate::error::ApiError;
use crate::visitor::Visitor;

/// Who takes the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Provider {
    PaymentLink,
    Stripe,
}

/// A payment that a customer makes.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Payment {
    pub(crate) payment_id: Uuid,
    pub(crate) order_id: Uuid,
    pub(crate) order_number: String,
    pub(crate) amount: Amount,
    pub(crate) currency: String,
    pub(crate) status: String,
    /// The provider's own id of it.
    pub(crate) provider_reference: Option<String>,
    /// When it can't be used any more, for a payment link.
    pub(crate) expires_at: Option<String>,
    /// Where the customer pays, for a payment link.
    pub(crate) url: Option<String>,
}

impl Payment {
    /// Refuses a payment that was made or given up while its customer was about to begin.
    pub(crate) fn still_due(self) -> Result<Self, ApiError> {
        match self.status.as_str() {
            "pending" | "failed" => Ok(self),
            "cancelled" => {
                let message = "The order is not to be paid any more.";
                Err(ApiError::new(StatusCode::CONFLICT, "invalid_transition", message))
            }
            _ => Err(already_paid()),
        }
    }
}

/// What a payment link leads to.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Target {
    pub(crate) order_number: String,
    pub(crate) amount: Amount,
    pub(crate) currency: String,
    /// The customer's; unknown when the account is gone.
    pub(crate) email: Option<String>,
    /// The order's, such as `fr`.
    pub(crate) language: String,
    /// Unix seconds.
    pub(crate) expires: Option<u64>,
    /// The setting `payment_link.template`.
    pub(crate) template: Option<String>,
    pub(crate) status: TargetStatus,
}

/// Whether a payment link can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TargetStatus {
    Open,
    Expired,
    Paid,
    Closed,
}

/// What a provider reported.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Event<'a> {
    pub(crate) provider: Provider,
    pub(crate) event_id: &'a str,
    pub(crate) event_type: &'a str,
    pub(crate) outcome: Outcome,
    /// What of it is kept.
    pub(crate) payload: Value,
    pub(crate) order_id: Option<Uuid>,
    pub(crate) order_number: Option<&'a str>,
    pub(crate) provider_reference: Option<&'a str>,
    pub(crate) amount: Option<Amount>,
    pub(crate) currency: Option<&'a str>,
}

/// What an event says about the money.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Outcome {
    Paid,
    Failed,
    Cancelled,
    Ignored,
}

/// What a provider reported about money that went back, or that a bank wants back.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RefundEvent<'a> {
    pub(crate) provider: Provider,
    pub(crate) event_id: &'a str,
    pub(crate) event_type: &'a str,
    pub(crate) outcome: RefundOutcome,
    /// What of it is kept.
    pub(crate) payload: Value,
    /// The provider's id of the payment.
    pub(crate) provider_reference: &'a str,
    /// The provider's id of the refund, the dispute, or the charge whose total it is.
    pub(crate) refund_reference: &'a str,
    pub(crate) amount: Option<Amount>,
    pub(crate) currency: Option<&'a str>,
    /// Ours, where the refund was made with it.
    pub(crate) refund_id: Option<Uuid>,
    pub(crate) reason: Option<&'a str>,
    pub(crate) error: Option<&'a str>,
}

/// What an event says about money that went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundOutcome {
    Pending,
    Succeeded,
    Failed,
    /// No refund is named: the amount is all that was refunded of a charge.
    Total,
    Disputed,
    DisputeWon,
    DisputeLost,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Booked {
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

impl Edge {
    /// The payment with which a customer pays an order now; `not_found` when the order isn't theirs.
    pub(crate) async fn start_payment(
        &self,
        visitor: &Visitor,
        provider: Provider,
        request: &PaymentRequest,
    ) -> Result<Payment, ApiError> {
        let arguments = json!({
            "order_id": request.order_id,
            "provider": provider,
            "user_id": visitor.user().map(|user| user.id),
            "guest_token": request.guest_token,
        });
        let payment: Option<Payment> = self.database.call("start_payment", &arguments, &self.origin(visitor)).await?;
        payment.ok_or_else(|| ApiError::not_found("There is no such order."))
    }

    /// Keeps where the customer pays. Returns the payment as it is then.
    pub(crate) async fn set_payment_url(
        &self,
        visitor: &Visitor,
        payment_id: Uuid,
        url: &str,
    ) -> Result<Payment, ApiError> {
        let arguments = json!({ "payment_id": payment_id, "url": url });
        Ok(self.database.call("set_payment_reference", &arguments, &self.origin(visitor)).await?)
    }

    /// Keeps the provider's id, unless there is another one than `replaces`. Returns the payment as it is then.
    pub(crate) async fn set_payment_reference(
        &self,
        visitor: &Visitor,
        payment_id: Uuid,
        reference: &str,
        replaces: Option<&str>,
    ) -> Result<Payment, ApiError> {
        let arguments = json!({ "payment_id": payment_id, "provider_reference": reference, "replaces": replaces });
        Ok(self.database.call("set_payment_reference", &arguments, &self.origin(visitor)).await?)
    }

    /// What a payment link leads to; `None` when there is no such link.
    pub(crate) async fn payment_link_target(
        &self,
        visitor: &Visitor,
        payment_id: Uuid,
    ) -> Result<Option<Target>, ApiError> {
        let arguments = json!({ "payment_id": payment_id });
        Ok(self.database.call("payment_link_target", &arguments, &self.origin(visitor)).await?)
    }

    /// Books what a provider reported, once, after its signature was verified.
    pub(crate) async fn record_payment_event(&self, visitor: &Visitor, event: &Event<'_>) -> Result<Booked, ApiError> {
        self.book(visitor, "record_payment_event", event, (event.event_id, event.event_type)).await
    }

    /// Books what a provider reported about money that went back, once, after its signature was verified.
    pub(crate) async fn record_refund_event(
        &self,
        visitor: &Visitor,
        event: &RefundEvent<'_>,
    ) -> Result<Booked, ApiError> {
        self.book(visitor, "record_refund_event", event, (event.event_id, event.event_type)).await
    }

    async fn book(
        &self,
        visitor: &Visitor,
        function: &str,
        event: &(impl Serialize + Sync),
        (event_id, event_type): (&str, &str),
    ) -> Result<Booked, ApiError> {
        let answer: Result<Answer, _> = self.database.call(function, event, &self.origin(visitor)).await;
        let booked = match answer {
            Ok(answer) => answer.result,
            Err(error) => {
                // Money may hang on it, and the one who reports it has no admin to tell.
                tracing::error!(event_id, event_type, %error, "a payment provider's event was not booked");
                return Err(error.into());
            }
        };
        tracing::info!(event_id, event_type, ?booked, "a payment provider reported");
        Ok(booked)
    }
}
