//! The table. The first row that a request suits is its own, so what is special stands before what is general.

use url::form_urlencoded;

use super::route::{BodyRule, Callers, HeaderPolicy, MediaTypes, Route, Service, TokenRule};
use crate::limits::Bucket::{
    AuthCodes, AuthMails, Coupons, General, GuestOrders, Health, Orders, ProductCreate, SecondFactors, SignIn, SignUp,
    WebhooksUnverified,
};

const KIB: u64 = 1024;

const JSON: MediaTypes = MediaTypes { accepted: &["application/json"], expected: "application/json" };
const JSON_OR_FORM: MediaTypes = MediaTypes {
    accepted: &["application/json", "application/x-www-form-urlencoded"],
    expected: "application/json or a form",
};
const OF_POSTGREST: MediaTypes = MediaTypes {
    accepted: &[
        "application/json",
        "application/x-www-form-urlencoded",
        "text/csv",
        // <https://docs.postgrest.org/en/stable/references/api/resource_representation.html>
        "application/vnd.pgrst*+json",
    ],
    expected: "application/json, text/csv or a form",
};

/// What no row names.
pub(super) const OTHER: Route = Route {
    methods: &[],
    pattern: "/**",
    query: None,
    service: Service::Other,
    is_proxied: false,
    is_websocket: false,
    allows_any_name: false,
    limits: &[General],
    refusal_limits: &[],
    is_blockable: true,
    allows_any_agent: false,
    body: BodyRule::ANY,
    tokens: TokenRule::Optional,
    needs_api_key: false,
    callers: Callers::ANYBODY,
    headers: HeaderPolicy::Standard,
    logged_as: None,
};

const REST: Route = Route {
    pattern: "/rest/v1/**",
    service: Service::Rest,
    is_proxied: true,
    body: BodyRule { media_types: Some(OF_POSTGREST), ..BodyRule::ANY },
    tokens: TokenRule::Verified,
    needs_api_key: true,
    ..OTHER
};

const AUTH: Route = Route {
    pattern: "/auth/v1/**",
    service: Service::Auth,
    is_proxied: true,
    body: BodyRule { media_types: Some(JSON_OR_FORM), ..BodyRule::ANY },
    tokens: TokenRule::PassedOn,
    ..OTHER
};

const STORAGE: Route = Route {
    pattern: "/storage/v1/**",
    service: Service::Storage,
    is_proxied: true,
    allows_any_name: true,
    tokens: TokenRule::Verified,
    headers: HeaderPolicy::Uploads,
    ..OTHER
};

const REALTIME: Route = Route {
    pattern: "/realtime/v1/**",
    service: Service::Realtime,
    is_proxied: true,
    is_websocket: true,
    body: BodyRule { media_types: Some(JSON), ..BodyRule::ANY },
    tokens: TokenRule::Verified,
    needs_api_key: true,
    ..OTHER
};

const FUNCTIONS: Route =
    Route { pattern: "/functions/v1/**", service: Service::Functions, tokens: TokenRule::Verified, ..OTHER };

/// A report of a payment provider, who signs it: only what is not signed right is counted.
const WEBHOOK: Route = Route {
    methods: &["POST"],
    limits: &[],
    refusal_limits: &[WebhooksUnverified],
    is_blockable: false,
    allows_any_agent: true,
    // Whatever is there is not ours.
    tokens: TokenRule::PassedOn,
    ..FUNCTIONS
};

/// A customer asks for a way to pay an order.
const PAY_ORDER: BodyRule = BodyRule { limit: Some(64 * KIB), media_types: Some(JSON), is_required: true };

const PAY: Route = Route {
    pattern: "/pay/**",
    service: Service::Pay,
    // A payment link must not be told to the page it leads to: its own policy is the stricter.
    headers: HeaderPolicy::HandlersFirst,
    // What follows is a customer's token.
    logged_as: Some("/pay/…"),
    ..OTHER
};

const HEALTH: Route = Route { pattern: "/health/**", service: Service::Health, limits: &[Health], ..OTHER };

/// All routes but [`OTHER`].
pub(super) static ROUTES: &[Route] = &[
    Route { pattern: "/rest/v1/rpc/place_order", limits: &[General, Orders], ..REST },
    Route { pattern: "/rest/v1/rpc/validate_coupon", limits: &[General, Coupons], ..REST },
    Route { pattern: "/rest/v1/rpc/track_order", limits: &[General, GuestOrders], ..REST },
    Route { methods: &["POST", "PUT"], pattern: "/rest/v1/products", limits: &[General, ProductCreate], ..REST },
    REST,
    Route { pattern: "/auth/v1/token", query: Some(may_be_password), limits: &[General, SignIn], ..AUTH },
    Route { pattern: "/auth/v1/signup", limits: &[General, SignUp], ..AUTH },
    Route { pattern: "/auth/v1/otp", limits: &[General, AuthMails], ..AUTH },
    Route { pattern: "/auth/v1/magiclink", limits: &[General, AuthMails], ..AUTH },
    Route { pattern: "/auth/v1/recover", limits: &[General, AuthMails], ..AUTH },
    Route { pattern: "/auth/v1/resend", limits: &[General, AuthMails], ..AUTH },
    Route { pattern: "/auth/v1/reauthenticate", limits: &[General, AuthMails], ..AUTH },
    // The link in a mail, a GET, holds what nobody can guess, and programs that check mails open it too.
    Route { methods: &["POST"], pattern: "/auth/v1/verify", limits: &[General, AuthCodes], ..AUTH },
    // A new password may need the code of `reauthenticate`, or the old one.
    Route { methods: &["PUT"], pattern: "/auth/v1/user", limits: &[General, AuthCodes], ..AUTH },
    Route { pattern: "/auth/v1/factors/{id}/verify", limits: &[General, SecondFactors], ..AUTH },
    AUTH,
    // A page shows a hundred of them, and anybody may see them.
    Route {
        methods: &["GET"],
        pattern: "/storage/v1/object/public/**",
        limits: &[],
        is_blockable: false,
        tokens: TokenRule::PassedOn,
        ..STORAGE
    },
    STORAGE,
    REALTIME,
    // The form is read, and its fields limited, by the handler.
    Route { methods: &["POST"], pattern: "/functions/v1/product-images", callers: Callers::ADMINS, ..FUNCTIONS },
    Route { methods: &["DELETE"], pattern: "/functions/v1/product-images/{id}", callers: Callers::ADMINS, ..FUNCTIONS },
    Route { methods: &["POST"], pattern: "/functions/v1/payment-link", body: PAY_ORDER, ..FUNCTIONS },
    Route {
        pattern: "/functions/v1/payment-link/callback",
        body: BodyRule { limit: Some(64 * KIB), ..BodyRule::ANY },
        ..WEBHOOK
    },
    Route { methods: &["POST"], pattern: "/functions/v1/stripe/create-intent", body: PAY_ORDER, ..FUNCTIONS },
    Route {
        pattern: "/functions/v1/stripe/webhook",
        // Stripe's events are far smaller.
        body: BodyRule { limit: Some(1024 * KIB), ..BodyRule::ANY },
        ..WEBHOOK
    },
    FUNCTIONS,
    PAY,
    Route { methods: &["GET"], pattern: "/health/detailed", callers: Callers::ADMINS_AND_MONITORS, ..HEALTH },
    HEALTH,
];

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
mod tests;
