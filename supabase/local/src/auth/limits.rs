//! How often one address, and how often all together, may ask for what costs or tells something: `[auth.rate_limit]`.
//!
//! As in Supabase Auth, requests are counted by address only where a header is set to tell it, and mails only where a
//! mail server sends them.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::caller::Client;
use super::error::AuthError;
use crate::project_config::RateLimit;

const HOUR: Duration = Duration::from_secs(3600);
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// What may come at once, however slowly it may go on.
const BURST: u32 = 30;

/// What is counted by address.
#[derive(Debug, Clone, Copy)]
pub(super) enum Action {
    /// Signing up, and asking for a mail to sign in with.
    SignInOrUp,
    SignUpAnonymously,
    /// Password, refresh token or code for a session.
    Token,
    /// The link or code of a mail.
    Verification,
}

/// The counters.
pub(super) struct Limits {
    sign_in_or_up: DefaultKeyedRateLimiter<String>,
    anonymous: DefaultKeyedRateLimiter<String>,
    token: DefaultKeyedRateLimiter<String>,
    verification: DefaultKeyedRateLimiter<String>,
    mails: Option<DefaultDirectRateLimiter>,
}

impl Limits {
    /// `sends_mails`: whether a mail server is set.
    pub(super) fn new(limits: &RateLimit, sends_mails: bool) -> Self {
        Self {
            sign_in_or_up: RateLimiter::keyed(quota(limits.sign_in_sign_ups, FIVE_MINUTES, BURST)),
            anonymous: RateLimiter::keyed(quota(limits.anonymous_users, HOUR, limits.anonymous_users)),
            token: RateLimiter::keyed(quota(limits.token_refresh, FIVE_MINUTES, BURST)),
            verification: RateLimiter::keyed(quota(limits.token_verifications, FIVE_MINUTES, BURST)),
            mails: sends_mails.then(|| RateLimiter::direct(quota(limits.email_sent, HOUR, limits.email_sent))),
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// 429 `over_request_rate_limit`.
    pub(super) fn count(&self, action: Action, client: &Client) -> Result<(), AuthError> {
        let Some(key) = &client.limited_by else { return Ok(()) };
        let limiter = match action {
            Action::SignInOrUp => &self.sign_in_or_up,
            Action::SignUpAnonymously => &self.anonymous,
            Action::Token => &self.token,
            Action::Verification => &self.verification,
        };
        limiter.check_key(key).map_err(|_| AuthError::too_many("over_request_rate_limit", "Request rate limit reached"))
    }

    /// Counts a mail.
    ///
    /// # Errors
    /// 429 `over_email_send_rate_limit`.
    pub(super) fn count_mail(&self) -> Result<(), AuthError> {
        match self.mails.as_ref().map(RateLimiter::check) {
            Some(Err(_)) => Err(AuthError::too_many("over_email_send_rate_limit", "email rate limit exceeded")),
            _ => Ok(()),
        }
    }
}

/// So many within the time, in the long run. A limit of none is one of the least there is: one.
fn quota(number: u32, within: Duration, burst: u32) -> Quota {
    let number = NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
    let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(within / number.get()).unwrap_or(Quota::per_hour(number)).allow_burst(burst)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: Option<&str>) -> Client {
        Client { limited_by: key.map(str::to_owned), ..Client::default() }
    }

    #[test]
    fn each_address_has_a_limit_of_its_own() {
        let limits = Limits::new(&RateLimit::default(), false);
        for _ in 0..BURST {
            assert!(limits.count(Action::SignInOrUp, &of(Some("192.0.2.1"))).is_ok());
        }
        let refused = limits.count(Action::SignInOrUp, &of(Some("192.0.2.1"))).map_err(|error| error.code());
        assert_eq!(refused, Err((http::StatusCode::TOO_MANY_REQUESTS, "over_request_rate_limit")));
        assert!(limits.count(Action::SignInOrUp, &of(Some("192.0.2.2"))).is_ok());
        assert!(limits.count(Action::Token, &of(Some("192.0.2.1"))).is_ok(), "other actions are counted apart");
    }

    #[test]
    fn where_nothing_tells_the_address_nothing_is_counted() {
        let limits = Limits::new(&RateLimit::default(), false);
        for _ in 0..=2 * BURST {
            assert!(limits.count(Action::Verification, &of(None)).is_ok());
        }
    }

    #[test]
    fn mails_are_counted_where_a_server_sends_them() {
        let limit = RateLimit::default().email_sent;
        let (sent, kept) = (Limits::new(&RateLimit::default(), true), Limits::new(&RateLimit::default(), false));
        for _ in 0..limit {
            assert!(sent.count_mail().is_ok() && kept.count_mail().is_ok());
        }
        assert_eq!(sent.count_mail().map_err(|error| error.code().1), Err("over_email_send_rate_limit"));
        assert!(kept.count_mail().is_ok());
    }
}
