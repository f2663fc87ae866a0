//! What is counted, and under what.

use std::net::{IpAddr, Ipv4Addr};

use http::Method;
use url::form_urlencoded;
use uuid::Uuid;

use super::rate::Rate;
use crate::guard::path::{Service, Target};
use crate::shop::Shop;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Bucket {
    General,
    Admin,
    Health,
    Orders,
    SignIn,
    Coupons,
    /// Guesses at whose an order is, limited as those at coupons are. Guest tokens can't be guessed, so what asks for one
    /// is not among them: the right one opens its order however many wrong ones came from the same address.
    GuestOrders,
    ProductCreate,
}

impl Bucket {
    pub(super) const ALL: [Self; 8] = [
        Self::General,
        Self::Admin,
        Self::Health,
        Self::Orders,
        Self::SignIn,
        Self::Coupons,
        Self::GuestOrders,
        Self::ProductCreate,
    ];

    /// As clients see it in `RateLimit`, and as metrics call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Admin => "admin",
            Self::Health => "health",
            Self::Orders => "orders",
            Self::SignIn => "sign_in",
            Self::Coupons => "coupons",
            Self::GuestOrders => "guest_orders",
            Self::ProductCreate => "product_create",
        }
    }

    /// The setting, or its default while the database was never reached.
    pub(super) fn rate(self, shop: &Shop) -> Rate {
        let (setting, default) = match self {
            Self::General => ("rate_limits.general", Rate::new(100, 60)),
            Self::Admin => ("rate_limits.admin", Rate::new(500, 60)),
            Self::Health => ("rate_limits.health", Rate::new(1000, 60)),
            Self::Orders => ("rate_limits.orders", Rate::new(5, 60)),
            Self::SignIn => ("rate_limits.sign_in", Rate::new(10, 3600)),
            Self::Coupons | Self::GuestOrders => ("rate_limits.coupons", Rate::new(30, 60)),
            Self::ProductCreate => ("rate_limits.product_create", Rate::new(20, 3600)),
        };
        shop.text(setting).and_then(Rate::parse).unwrap_or(default)
    }
}

/// Under what a request is counted: who is one customer. The database says so in `private.client_network`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    Address(Ipv4Addr),
    /// The first 64 bits: one customer has them all.
    Network([u16; 4]),
    User(Uuid),
}

impl From<IpAddr> for Key {
    fn from(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::Address(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::Network([a, b, c, d])
            }
        }
    }
}

/// All that a request counts under. `user` is whoever is signed in.
pub(super) fn of(
    method: &Method,
    target: &Target,
    query: Option<&str>,
    address: IpAddr,
    user: Option<Uuid>,
    is_admin: bool,
) -> Vec<(Bucket, Key)> {
    let by_address = Key::from(address);
    if target.service == Service::Health {
        return vec![(Bucket::Health, by_address)];
    }
    let mut counted = vec![match user {
        Some(user) if is_admin => (Bucket::Admin, Key::User(user)),
        _ => (Bucket::General, by_address),
    }];
    let special = match target.path.as_str() {
        "rest/v1/rpc/place_order" => Some((Bucket::Orders, user.map_or(by_address, Key::User))),
        "rest/v1/rpc/validate_coupon" => Some((Bucket::Coupons, by_address)),
        "rest/v1/rpc/track_order" => Some((Bucket::GuestOrders, by_address)),
        "rest/v1/products" if matches!(*method, Method::POST | Method::PUT) => {
            user.filter(|_| is_admin).map(|user| (Bucket::ProductCreate, Key::User(user)))
        }
        "auth/v1/token" if may_be_password(query) => Some((Bucket::SignIn, by_address)),
        _ => None,
    };
    counted.extend(special);
    counted
}

/// Whether a token is asked for with a password, as far as Auth may read it: not when it is clearly for something else.
fn may_be_password(query: Option<&str>) -> bool {
    const OTHERS: [&str; 4] = ["refresh_token", "pkce", "id_token", "web3"];
    let mut grants = form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name == "grant_type")
        .map(|(_, grant)| OTHERS.contains(&grant.as_ref()))
        .peekable();
    grants.peek().is_none() || grants.any(|is_other| !is_other)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IPV4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const ADDRESS: IpAddr = IpAddr::V4(IPV4);
    const SOMEBODY: Uuid = Uuid::from_u128(7);

    fn buckets(method: Method, path: &str, user: Option<Uuid>, is_admin: bool) -> Vec<Bucket> {
        let (path, query) = path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let target = Target::of(path).unwrap();
        of(&method, &target, query, ADDRESS, user, is_admin).into_iter().map(|(bucket, _)| bucket).collect()
    }

    #[test]
    fn what_is_special_counts_twice() {
        let guest = |path| buckets(Method::POST, path, None, false);
        assert_eq!(guest("/rest/v1/products"), [Bucket::General]);
        assert_eq!(guest("/rest/v1/rpc/place_order"), [Bucket::General, Bucket::Orders]);
        assert_eq!(guest("/rest/v1/rpc/place%5Forder/"), [Bucket::General, Bucket::Orders]);
        assert_eq!(guest("/rest/v1/rpc/validate_coupon"), [Bucket::General, Bucket::Coupons]);
        assert_eq!(guest("/rest/v1/rpc/track_order"), [Bucket::General, Bucket::GuestOrders]);
        assert_eq!(guest("/rest/v1/rpc/guest_order"), [Bucket::General]);
        assert_eq!(guest("/health/detailed"), [Bucket::Health]);
        assert_eq!(guest("/healthy"), [Bucket::General]);
    }

    #[test]
    fn admins_have_their_own_limits() {
        let admin = |method, path| buckets(method, path, Some(SOMEBODY), true);
        assert_eq!(admin(Method::GET, "/rest/v1/products"), [Bucket::Admin]);
        assert_eq!(admin(Method::POST, "/rest/v1/products"), [Bucket::Admin, Bucket::ProductCreate]);
        let customer = buckets(Method::POST, "/rest/v1/products", Some(SOMEBODY), false);
        assert_eq!(customer, [Bucket::General]);
    }

    #[test]
    fn only_sign_ins_by_password_count_as_such() {
        let token = |query| buckets(Method::POST, &format!("/auth/v1/token{query}"), None, false).len() == 2;
        assert!(token("?grant_type=password") && token("?grant_type=pass%77ord") && token(""));
        assert!(token("?grant_type=refresh_token&grant_type=password"));
        assert!(token("?grant_type=password&grant_type=refresh_token"));
        assert!(!token("?grant_type=refresh_token") && !token("?grant_type=pkce"));
    }

    #[test]
    fn orders_are_counted_by_customer_and_by_address_for_guests() {
        let target = Target::of("/rest/v1/rpc/place_order").unwrap();
        let key = |user| of(&Method::POST, &target, None, ADDRESS, user, false)[1].1;
        assert_eq!(key(None), Key::Address(IPV4));
        assert_eq!(key(Some(SOMEBODY)), Key::User(SOMEBODY));
    }

    #[test]
    fn a_customer_s_ipv6_network_is_one_address() {
        let key = |text: &str| Key::from(text.parse::<IpAddr>().unwrap());
        assert_eq!(key("2001:db8:1:2::1"), key("2001:db8:1:2:ffff::9"));
        assert_ne!(key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        assert_ne!(key("192.0.2.1"), key("192.0.2.2"));
    }

    #[test]
    fn every_bucket_has_its_place() {
        for (place, bucket) in Bucket::ALL.into_iter().enumerate() {
            assert_eq!(bucket as usize, place);
        }
    }
}
