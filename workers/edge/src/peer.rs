//! What the address at the other end of a connection tells.

use std::net::IpAddr;

use primostore_shared::environment::kinds::is_private;

/// Whether a peer of this address is a gateway, such as a container's network has, or another proxy that tells no address:
/// everybody comes from there, so it says nothing about who does. What comes from the machine itself is taken for its own.
pub(crate) fn is_gateway(peer: IpAddr) -> bool {
    let peer = peer.to_canonical();
    // 100.64.0.0/10, RFC 6598.
    let is_shared = matches!(peer, IpAddr::V4(peer) if peer.octets()[0] == 100 && peer.octets()[1] & 0xc0 == 64);
    !peer.is_loopback() && (is_private(peer) || is_shared)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_container_s_network_is_a_gateway_and_the_internet_and_the_machine_itself_are_not() {
        for (address, expected) in [
            ("10.88.0.1", true),
            ("172.17.0.1", true),
            ("192.168.1.1", true),
            ("100.64.0.1", true),
            ("::ffff:10.0.2.100", true),
            ("fd00::1", true),
            ("203.0.113.7", false),
            ("100.128.0.1", false),
            ("2001:db8::1", false),
            ("127.0.0.1", false),
            ("::1", false),
        ] {
            assert_eq!(is_gateway(address.parse().unwrap()), expected, "{address}");
        }
    }
}
