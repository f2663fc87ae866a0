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
    /// What browsers ask before a request, as often as there may be requests: it must not use these up.
    Preflights,
    Orders,
    /// By password. What else Auth may be asked to guess, or to mail, has counts of its own under the same setting: who
    /// mistyped their password ten times can still ask for another one and enter the code that comes.
    SignIn,
    SignUp,
    /// Mails and text messages that somebody lets Auth send.
    AuthMails,
    /// Codes from such messages, and what a new password is asked for.
    AuthCodes,
    SecondFactors,
    Coupons,
    /// Guesses at whose an order is, limited as those at coupons are. Guest tokens can't be guessed, so what asks for one
    /// is not among them: the right one opens its order however many wrong ones came from the same address.
    GuestOrders,
    ProductCreate,
    /// Webhooks with a bad signature.
    WebhooksUnverified,
}

/// Who sends a request.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender {
    /// `None` where nobody knows it: such a sender is nobody, and shares no count with others.
    pub(crate) address: Option<IpAddr>,
    /// Whoever is signed in.
    pub(crate) user: Option<Uuid>,
    pub(crate) is_admin: bool,
}

impl Bucket {
    pub(super) const ALL: [Self; 14] = [
        Self::General,
        Self::Admin,
        Self::Health,
        Self::Preflights,
        Self::Orders,
        Self::SignIn,
        Self::SignUp,
        Self::AuthMails,
        Self::AuthCodes,
        Self::SecondFactors,
        Self::Coupons,
        Self::GuestOrders,
        Self::ProductCreate,
        Self::WebhooksUnverified,
    ];

    /// As clients see it in `RateLimit`, and as metrics call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::General => "general",
            Self::Admin => "admin",
            Self::Health => "health",
            Self::Preflights => "preflights",
            Self::Orders => "orders",
            Self::SignIn => "sign_in",
            Self::SignUp => "sign_up",
            Self::AuthMails => "auth_mails",
            Self::AuthCodes => "auth_codes",
            Self::SecondFactors => "second_factors",
            Self::Coupons => "coupons",
            Self::GuestOrders => "guest_orders",
            Self::ProductCreate => "product_create",
            Self::WebhooksUnverified => "webhooks_unverified",
        }
    }

    /// The setting, or its default while the database was never reached.
    pub(super) fn rate(self, settings: &Settings) -> Rate {
        let (setting, default) = match self {
            Self::General | Self::Preflights => ("rate_limits.general", Rate::new(100, 60)),
            Self::Admin => ("rate_limits.admin", Rate::new(500, 60)),
            Self::Health => ("rate_limits.health", Rate::new(1000, 60)),
            Self::Orders => ("rate_limits.orders", Rate::new(5, 60)),
            Self::SignIn | Self::SignUp | Self::AuthMails | Self::AuthCodes | Self::SecondFactors => {
                ("rate_limits.sign_in", Rate::new(10, 3600))
            }
            Self::Coupons | Self::GuestOrders => ("rate_limits.coupons", Rate::new(30, 60)),
            Self::ProductCreate => ("rate_limits.product_create", Rate::new(20, 3600)),
            Self::WebhooksUnverified => ("rate_limits.webhooks_unverified", Rate::new(60, 60)),
        };
        settings.text(setting).and_then(Rate::parse).unwrap_or(default)
    }

    /// Under what a request is counted here; `None` where this limit is not about its sender.
    pub(super) fn counted(self, sender: &Sender) -> Option<(Self, Key)> {
        let by_address = sender.address.map(Key::from);
        let by_user = sender.user.map(Key::User);
        let admin = by_user.filter(|_| sender.is_admin);
        match self {
            Self::General if admin.is_some() => Some((Self::Admin, admin?)),
            Self::General => Some((self, by_address.or(by_user)?)),
            Self::Orders => Some((self, by_user.or(by_address)?)),
            Self::Admin | Self::ProductCreate => Some((self, admin?)),
            Self::Health
            | Self::Preflights
            | Self::SignIn
            | Self::SignUp
            | Self::AuthMails
            | Self::AuthCodes
            | Self::SecondFactors
            | Self::Coupons
            | Self::GuestOrders
            | Self::WebhooksUnverified => Some((self, by_address?)),
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
        Sender { address: Some(IpAddr::V4(IPV4)), user, is_admin }
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
    fn who_has_no_address_is_counted_by_account_or_not_at_all() {
        let nobody = Sender { address: None, ..sender(None, false) };
        for bucket in Bucket::ALL {
            assert_eq!(bucket.counted(&nobody), None, "{bucket:?}");
        }
        let customer = Sender { address: None, ..sender(Some(SOMEBODY), false) };
        for bucket in [Bucket::General, Bucket::Orders] {
            assert_eq!(bucket.counted(&customer), Some((bucket, Key::User(SOMEBODY))));
        }
        assert_eq!(Bucket::Coupons.counted(&customer), None);
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
