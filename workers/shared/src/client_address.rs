//! Tells the database who the client is, when what the database sees is only our own address.

use std::net::IpAddr;

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The header's name; `private.client_ip()` verifies it.
pub const CLIENT_HEADER: &str = "x-primostore-client";

/// The secret that the database shares with the edge.
#[derive(Clone)]
pub struct SigningKey(Vec<u8>);

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SigningKey(…)")
    }
}

impl SigningKey {
    /// A key from its hexadecimal form; `None` when the text isn't that.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text).ok().filter(|key| !key.is_empty()).map(Self)
    }

    /// The header's value for a request made for `ip` at `unix_time` (seconds), bound to its request id.
    #[must_use]
    pub fn client_header(&self, ip: IpAddr, unix_time: u64, request_id: &str) -> String {
        // An HMAC key may have any length.
        let mut mac = match Hmac::<Sha256>::new_from_slice(&self.0) {
            Ok(mac) => mac,
            Err(_) => unreachable!("HMAC takes keys of any length"),
        };
        mac.update(format!("v1|{ip}|{unix_time}|{request_id}").as_bytes());
        let signature = hex::encode(mac.finalize().into_bytes());
        format!("v1;ip={ip};t={unix_time};sig={signature}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_address_time_and_signature() {
        let key = SigningKey::from_hex("6b6579").unwrap();
        let header = key.client_header("203.0.113.9".parse().unwrap(), 1_700_000_000, "abc");
        // printf 'v1|203.0.113.9|1700000000|abc' | openssl dgst -sha256 -hmac key
        let signature = "b7ab45d02d2e408c06bbca64e17e8cffe7ce11fa7ba01343924b400fbfd8511d";
        assert_eq!(header, format!("v1;ip=203.0.113.9;t=1700000000;sig={signature}"));
    }

    #[test]
    fn a_key_is_never_printed() {
        let key = SigningKey::from_hex("6b6579").unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
    }

    #[test]
    fn only_hexadecimal_text_is_a_key() {
        assert!(SigningKey::from_hex("").is_none() && SigningKey::from_hex("zz").is_none());
    }
}
