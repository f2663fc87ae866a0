use http::Method;

use super::*;
use crate::limits::Bucket;
use crate::routes::{admitted, find, path_for_logs};

fn row(method: Method, address: &str) -> &'static Route {
    admitted(&method, &address.parse().unwrap()).unwrap()
}

fn limits(method: Method, address: &str) -> &'static [Bucket] {
    row(method, address).limits
}

/// A row in one line: methods and pattern, limits, size and kind of the body, who may call, whether it blocks.
fn line(route: &Route) -> String {
    let methods = if route.methods.is_empty() { "ANY".to_owned() } else { route.methods.join("|") };
    let body = match (route.body.limit, route.body.media_types) {
        (limit, None) => limit.map_or("any body".to_owned(), |limit| format!("{limit} bytes")),
        (None, Some(types)) => types.expected.to_owned(),
        (Some(limit), Some(types)) => format!("{limit} bytes of {}", types.expected),
    };
    let callers = match route.callers {
        Callers::ANYBODY => "anybody",
        Callers::ADMINS => "admins",
        Callers::ADMINS_AND_MONITORS => "admins and monitors",
        _ => "others",
    };
    let query = if route.query.is_some() { "?" } else { "" };
    let refused = match route.refusal_limits {
        [] => String::new(),
        limits => format!(" when refused {limits:?}"),
    };
    let blocks = if route.is_blockable { "" } else { ", blocks nobody" };
    format!("{methods} {}{query}, {:?}{refused}, {body}, {callers}{blocks}", route.pattern, route.limits)
}

#[test]
fn these_are_the_routes_and_their_rules() {
    const REST_BODY: &str = "application/json, text/csv or a form";
    const AUTH_BODY: &str = "application/json or a form";
    let lines: Vec<String> = ROUTES.iter().chain([&OTHER]).map(line).collect();
    assert_eq!(
        lines,
        [
            format!("ANY /rest/v1/rpc/place_order, [General, Orders], {REST_BODY}, anybody"),
            format!("ANY /rest/v1/rpc/validate_coupon, [General, Coupons], {REST_BODY}, anybody"),
            format!("ANY /rest/v1/rpc/track_order, [General, GuestOrders], {REST_BODY}, anybody"),
            format!("POST|PUT /rest/v1/products, [General, ProductCreate], {REST_BODY}, anybody"),
            format!("ANY /rest/v1/**, [General], {REST_BODY}, anybody"),
            format!("ANY /auth/v1/token?, [General, SignIn], {AUTH_BODY}, anybody"),
            format!("ANY /auth/v1/signup, [General, SignUp], {AUTH_BODY}, anybody"),
            format!("ANY /auth/v1/otp, [General, AuthMails], {AUTH_BODY}, anybody"),
            format!("ANY /auth/v1/magiclink, [General, AuthMails], {AUTH_BODY}, anybody"),
            format!("ANY /auth/v1/recover, [General, AuthMails], {AUTH_BODY}, anybody"),
            format!("ANY /auth/v1/resend, [General, AuthMails], {AUTH_BODY}, anybody"),
            format!("ANY /auth/v1/reauthenticate, [General, AuthMails], {AUTH_BODY}, anybody"),
            format!("POST /auth/v1/verify, [General, AuthCodes], {AUTH_BODY}, anybody"),
            format!("PUT /auth/v1/user, [General, AuthCodes], {AUTH_BODY}, anybody"),
            format!("ANY /auth/v1/factors/{{id}}/verify, [General, SecondFactors], {AUTH_BODY}, anybody"),
            format!("ANY /auth/v1/**, [General], {AUTH_BODY}, anybody"),
            "GET /storage/v1/object/public/**, [], any body, anybody, blocks nobody".to_owned(),
            "ANY /storage/v1/**, [General], any body, anybody".to_owned(),
            "ANY /realtime/v1/**, [General], application/json, anybody".to_owned(),
            "POST /functions/v1/product-images, [General], any body, admins".to_owned(),
            "DELETE /functions/v1/product-images/{id}, [General], any body, admins".to_owned(),
            "POST /functions/v1/payment-link, [General], 65536 bytes of application/json, anybody".to_owned(),
            "POST /functions/v1/payment-link/callback, [] when refused [WebhooksUnverified], 65536 bytes, anybody, blocks \
             nobody"
                .to_owned(),
            "POST /functions/v1/stripe/create-intent, [General], 65536 bytes of application/json, anybody".to_owned(),
            "POST /functions/v1/stripe/webhook, [] when refused [WebhooksUnverified], 1048576 bytes, anybody, blocks nobody"
                .to_owned(),
            "ANY /functions/v1/**, [General], any body, anybody".to_owned(),
            "ANY /pay/**, [General], any body, anybody".to_owned(),
            "GET /health/detailed, [Health], any body, admins and monitors".to_owned(),
            "ANY /health/**, [Health], any body, anybody".to_owned(),
            "ANY /**, [General], any body, anybody".to_owned(),
        ]
    );
}

#[test]
fn every_row_can_be_reached() {
    for (place, route) in ROUTES.iter().enumerate() {
        let path = route.pattern.replace("{id}", "7").replace("/**", "/x");
        let method = route.methods.first().map_or(Method::PATCH, |method| method.parse().unwrap());
        let found = ROUTES.iter().position(|row| row.serves(&method, &path, None));
        assert_eq!(found, Some(place), "{}", route.pattern);
    }
}

#[test]
fn a_service_is_told_by_the_path_alone() {
    for (path, service) in [
        ("/rest/v1", Service::Rest),
        ("/rest/v1/products", Service::Rest),
        ("/rest/v10", Service::Other),
        ("/auth/v1/token", Service::Auth),
        ("/pay/secret", Service::Pay),
        ("/payments", Service::Other),
        ("/healthy", Service::Other),
    ] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
            assert_eq!(find(&method, path, None).service, service, "{method} {path}");
        }
    }
    assert_eq!(row(Method::GET, "/%72est/v1/products").service, Service::Rest);
    assert_eq!(row(Method::GET, "/storage/v1/object/b/a//b").service, Service::Storage);
}

#[test]
fn what_is_special_counts_twice() {
    let post = |address| limits(Method::POST, address);
    assert_eq!(post("/rest/v1/rpc/place%5Forder/"), [Bucket::General, Bucket::Orders]);
    assert_eq!(post("/rest/v1/rpc/guest_order"), [Bucket::General]);
    assert_eq!(post("/rest/v1/products"), [Bucket::General, Bucket::ProductCreate]);
    assert_eq!(limits(Method::GET, "/rest/v1/products"), [Bucket::General]);
    assert_eq!(post("/health/detailed"), [Bucket::Health]);
    assert_eq!(post("/healthy"), [Bucket::General]);
}

#[test]
fn only_sign_ins_by_password_count_as_such() {
    let token = |query| limits(Method::POST, &format!("/auth/v1/token{query}")).contains(&Bucket::SignIn);
    assert!(token("?grant_type=password") && token("?grant_type=pass%77ord") && token(""));
    assert!(token("?grant_type=refresh_token&grant_type=password"));
    assert!(token("?grant_type=password&grant_type=refresh_token"));
    assert!(!token("?grant_type=refresh_token") && !token("?grant_type=pkce"));
}

#[test]
fn whatever_can_be_guessed_at_auth_or_makes_it_send_something_is_limited() {
    for (method, path, limit) in [
        (Method::POST, "signup", Bucket::SignUp),
        (Method::POST, "otp", Bucket::AuthMails),
        (Method::POST, "magiclink", Bucket::AuthMails),
        (Method::POST, "recover", Bucket::AuthMails),
        (Method::POST, "resend", Bucket::AuthMails),
        (Method::GET, "reauthenticate", Bucket::AuthMails),
        (Method::POST, "verify", Bucket::AuthCodes),
        (Method::PUT, "user", Bucket::AuthCodes),
        (Method::POST, "factors/7/verify", Bucket::SecondFactors),
    ] {
        assert_eq!(limits(method, &format!("/auth/v1/{path}")), [Bucket::General, limit], "{path}");
    }
    for (method, path) in [(Method::GET, "user"), (Method::GET, "verify"), (Method::POST, "factors/7/challenge")] {
        assert_eq!(limits(method, &format!("/auth/v1/{path}")), [Bucket::General], "{path}");
    }
}

#[test]
fn each_service_reads_its_own_kinds() {
    for (path, kind, right) in [
        ("/rest/v1/products", "application/json", true),
        ("/rest/v1/products", "application/vnd.pgrst.object+json", true),
        ("/rest/v1/products", "text/csv", true),
        ("/rest/v1/products", "application/x-www-form-urlencoded", true),
        ("/rest/v1/products", "text/plain", false),
        ("/rest/v1/products", "application/octet-stream", false),
        ("/rest/v1/products", "multipart/form-data", false),
        ("/rest/v1/products", "", false),
        ("/auth/v1/token", "application/json", true),
        ("/auth/v1/token", "text/csv", false),
        ("/storage/v1/object/b/a.png", "image/png", true),
        ("/functions/v1/product-images", "multipart/form-data", true),
        ("/functions/v1/payment-link", "application/json", true),
        ("/functions/v1/payment-link", "application/jsonx", false),
        ("/functions/v1/payment-link", "text/plain", false),
    ] {
        let body = row(Method::POST, path).body;
        assert_eq!(body.expected_instead(kind, true).is_none(), right, "{path} {kind}");
    }
    assert_eq!(row(Method::POST, "/rest/v1/rpc/x").body.expected_instead("", false), None);
    assert!(row(Method::POST, "/functions/v1/payment-link").body.expected_instead("", false).is_some());
}

#[test]
fn only_admins_get_to_what_is_theirs_however_it_is_asked_for() {
    for (method, address) in [
        (Method::POST, "/functions/v1/product-images"),
        (Method::POST, "/functions/v1/product%2Dimages/"),
        (Method::DELETE, "/functions/v1/product-images/7"),
        (Method::GET, "/health/detailed"),
        (Method::HEAD, "/health/detailed"),
    ] {
        assert!(!row(method.clone(), address).callers.anonymous, "{method} {address}");
    }
}

#[test]
fn a_payment_link_s_token_is_not_logged() {
    assert_eq!(path_for_logs(&Method::GET, "/pay/secret"), "/pay/…");
    assert_eq!(path_for_logs(&Method::GET, "/payments"), "/payments");
}
