//! Signs as the payment page and Stripe do, by code of the tests' own.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

pub(super) fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Hex HMAC-SHA256.
pub(super) fn hmac_hex(secret: &str, message: &str) -> String {
    let mut hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    hmac.update(message.as_bytes());
    hex::encode(hmac.finalize().into_bytes())
}

/// `t=TIME,v1=HEX` over `time.body`.
pub(super) fn signed(secret: &str, time: u64, body: &str) -> String {
    format!("t={time},v1={}", hmac_hex(secret, &format!("{time}.{body}")))
}
