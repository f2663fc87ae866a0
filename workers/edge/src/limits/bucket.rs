//! The limits: each one's name, its setting, and who is counted under it. Which routes count under which is in
//! [`crate::routes`].

use std::net::{IpAddr, Ipv4Addr};

use uuid::Uuid;

use super::rate::Rate;
use crate::settings::Settings;

/// What is counted together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// Every request; admins have [`Self::Admin`] instead.
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

/// Who sends a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    pub(crate) address: IpAddr,
    /// Whoever is signed in.
    pub(crate) user: Option<Uuid>,
    pub(crate) is_admin: bool,
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
    pub(super) fn rate(self, settings: &Settings) -> Rate {
        let (setting, default) = match self {
            Self::General => ("rate_limits.general", Rate::new(100, 60)),
            Self::Admin => ("rate_limits.admin", Rate::new(500, 60)),
            Self::Health => ("rate_limits.health", Rate::new(1000, 60)),
            Self::Orders => ("rate_limits.orders", Rate::new(5, 60)),
            Self::SignIn => ("rate_limits.sign_in", Rate::new(10, 3600)),
            Self::Coupons | Self::GuestOrders => ("rate_limits.coupons", Rate::new(30, 60)),
            Self::ProductCreate => ("rate_limits.product_create", Rate::new(20, 3600)),
        };
        settings.text(setting).and_then(Rate::parse).unwrap_or(default)
    }

    /// Under what a request is counted here; `None` where this limit is not about its sender.
    pub(super) fn counted(self, sender: &Sender) -> Option<(Self, Key)> {
        let by_address = Key::from(sender.address);
        let admin = sender.user.filter(|_| sender.is_admin).map(Key::User);
        match self {
            Self::General => Some(admin.map_or((Self::General, by_address), |admin| (Self::Admin, admin))),
            Self::Orders => Some((self, sender.user.map_or(by_address, Key::User))),
            Self::Admin | Self::ProductCreate => Some((self, admin?)),
            Self::Health | Self::SignIn | Self::Coupons | Self::GuestOrders => Some((self, by_address)),
        }
    }
}

/// Under what a request is counted: who is one customer. The database says so in `private.client_network`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
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

#[cfg(test)]
mod tests {
    use super::*;

    const IPV4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    const SOMEBODY: Uuid = Uuid::from_u128(7);

    fn sender(user: Option<Uuid>, is_admin: bool) -> Sender {
        Sender { address: IpAddr::V4(IPV4), user, is_admin }
    }

    #[test]
    fn admins_have_their_own_limits() {
        let admin = sender(Some(SOMEBODY), true);
        assert_eq!(Bucket::General.counted(&admin), Some((Bucket::Admin, Key::User(SOMEBODY))));
        assert_eq!(Bucket::ProductCreate.counted(&admin), Some((Bucket::ProductCreate, Key::User(SOMEBODY))));
        let customer = sender(Some(SOMEBODY), false);
        assert_eq!(Bucket::General.counted(&customer), Some((Bucket::General, Key::Address(IPV4))));
        assert_eq!(Bucket::ProductCreate.counted(&customer), None);
    }

    #[test]
    fn orders_are_counted_by_customer_and_by_address_for_guests() {
        let key = |user| Bucket::Orders.counted(&sender(user, false)).unwrap().1;
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
