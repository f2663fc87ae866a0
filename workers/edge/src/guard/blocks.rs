//! Who is not let in at all.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv6Net};

use crate::routes::Route;
use crate::settings::Settings;

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    Address,
    UserAgent,
}

/// Whether an address or a user agent is blocked on a route: by a setting, by somebody, or for a time after many refusals.
/// `route` is `None` where nothing is served.
pub(super) fn of(
    settings: &Settings,
    address: Option<IpAddr>,
    user_agent: Option<&str>,
    route: Option<&Route>,
) -> Option<Block> {
    let is_blockable = route.is_none_or(|route| route.is_blockable);
    let is_blocked = |address: IpAddr| {
        let customer = customer(address);
        settings.blocked_networks.iter().any(|network| network.contains(&address))
            || settings.blocked_manually.contains(&customer)
            || (is_blockable && settings.limits_enabled() && settings.blocked_for_a_time.contains(&customer))
    };
    if address.is_some_and(is_blocked) {
        return Some(Block::Address);
    }
    let user_agent = user_agent.filter(|_| route.is_none_or(|route| !route.allows_any_agent))?.to_lowercase();
    settings.blocked_user_agents.iter().any(|part| user_agent.contains(part)).then_some(Block::UserAgent)
}

/// Whom an address stands for: an IPv6 customer has a /64, as the database has it in `private.client_network`.
fn customer(address: IpAddr) -> IpNet {
    match address {
        IpAddr::V4(_) => IpNet::from(address),
        IpAddr::V6(address) => IpNet::V6(Ipv6Net::new_assert(address, 64).trunc()),
    }
}

#[cfg(test)]
mod tests {
    use http::Method;
    use serde_json::json;

    use super::*;
    use crate::routes;

    const WEBHOOK: (Method, &str) = (Method::POST, "/functions/v1/stripe/webhook");
    const PICTURE: (Method, &str) = (Method::GET, "/storage/v1/object/public/product-images/a.webp");

    fn block(settings: &Settings, address: &str, user_agent: &str) -> Option<Block> {
        of(settings, Some(address.parse().unwrap()), Some(user_agent), None)
    }

    fn block_on(
        (method, path): &(Method, &str),
        settings: &Settings,
        address: &str,
        user_agent: &str,
    ) -> Option<Block> {
        let route = routes::find(method, path, None);
        of(settings, Some(address.parse().unwrap()), Some(user_agent), Some(route))
    }

    #[test]
    fn scanners_are_known_before_the_settings_are() {
        let settings = Settings::default();
        assert_eq!(block(&settings, "192.0.2.1", "Mozilla/5.0 (compatible; NIKTO/2.1)"), Some(Block::UserAgent));
        assert_eq!(block(&settings, "192.0.2.1", "Mozilla/5.0"), None);
        assert_eq!(of(&settings, Some("192.0.2.1".parse().unwrap()), None, None), None);
        assert_eq!(of(&settings, None, Some("nikto"), None), Some(Block::UserAgent));
    }

    #[test]
    fn networks_and_addresses_of_the_settings_are_blocked() {
        let settings =
            Settings::of(json!({ "security.blocked_ips": ["192.0.2.0/24", "2001:db8::/32", "198.51.100.7", "junk"] }));
        for blocked in ["192.0.2.255", "2001:db8::1", "198.51.100.7"] {
            assert_eq!(block(&settings, blocked, ""), Some(Block::Address), "{blocked}");
        }
        for free in ["192.0.3.1", "198.51.100.8", "2001:db9::1"] {
            assert_eq!(block(&settings, free, ""), None, "{free}");
        }
    }

    #[test]
    fn a_block_for_a_time_is_a_customer_s() {
        let mut settings = Settings::default();
        settings.blocked_for_a_time.insert("2001:db8:7:7::/64".parse().unwrap());
        settings.blocked_for_a_time.insert("192.0.2.1/32".parse().unwrap());
        for blocked in ["2001:db8:7:7::1", "2001:db8:7:7:ffff::99", "192.0.2.1"] {
            assert_eq!(block(&settings, blocked, ""), Some(Block::Address), "{blocked}");
        }
        for free in ["2001:db8:7:8::1", "192.0.2.2"] {
            assert_eq!(block(&settings, free, ""), None, "{free}");
        }
    }

    #[test]
    fn a_block_for_a_time_ends_while_limits_are_off() {
        let mut settings = Settings::of(json!({ "rate_limits.enabled": true }));
        settings.blocked_for_a_time.insert("192.0.2.1/32".parse().unwrap());
        assert_eq!(block(&settings, "192.0.2.1", ""), Some(Block::Address));
        let mut settings = Settings::of(json!({ "rate_limits.enabled": false }));
        settings.blocked_for_a_time.insert("192.0.2.1/32".parse().unwrap());
        assert_eq!(block(&settings, "192.0.2.1", ""), None);
    }

    #[test]
    fn a_block_that_somebody_chose_holds_while_limits_are_off_and_everywhere() {
        let mut settings =
            Settings::of(json!({ "rate_limits.enabled": false, "security.blocked_ips": ["198.51.100.7"] }));
        settings.blocked_manually.insert("192.0.2.1/32".parse().unwrap());
        for blocked in ["192.0.2.1", "198.51.100.7"] {
            assert_eq!(block(&settings, blocked, ""), Some(Block::Address), "{blocked}");
            for route in [WEBHOOK, PICTURE] {
                assert_eq!(block_on(&route, &settings, blocked, ""), Some(Block::Address), "{blocked}");
            }
        }
    }

    #[test]
    fn a_block_for_a_time_stops_no_webhook_and_no_picture() {
        let mut settings = Settings::default();
        settings.blocked_for_a_time.insert("192.0.2.1/32".parse().unwrap());
        for route in [WEBHOOK, PICTURE] {
            assert_eq!(block_on(&route, &settings, "192.0.2.1", ""), None);
        }
        assert_eq!(block_on(&WEBHOOK, &settings, "192.0.2.2", "nmap"), None, "a signature says more than a name");
        assert_eq!(block_on(&PICTURE, &settings, "192.0.2.2", "nmap"), Some(Block::UserAgent));
    }
}
