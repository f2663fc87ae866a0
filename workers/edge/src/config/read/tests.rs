use std::collections::HashMap;

use super::*;

const SECRET: &str = "sb_secret_0123456789012345678901_abcdefgh";

fn read(variables: &[(&str, &str)]) -> Result<(Config, Vec<String>), Faults> {
    let mut all = HashMap::from([
        ("SUPABASE_URL", "https://ref.supabase.co"),
        ("SUPABASE_SECRET_KEY", SECRET),
        ("ALLOWED_ORIGINS", "https://shop.example"),
        ("CLIENT_IP_HEADER", "cf-connecting-ip"),
    ]);
    all.extend(variables.iter().copied());
    Config::from_variables(|name| all.get(name).map(|value| (*value).to_owned()))
}

fn faults(variables: &[(&str, &str)]) -> Vec<&'static str> {
    read(variables).unwrap_err().0.iter().map(|fault| fault.variable).collect()
}

fn warnings(variables: &[(&str, &str)]) -> Vec<String> {
    let (_, warnings) = read(variables).unwrap();
    warnings.iter().map(|warning| warning.split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn little_is_needed_and_the_rest_follows_from_it() {
    let (config, warnings) = read(&[]).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(config.address, "0.0.0.0:8080".parse().unwrap());
    assert_eq!(config.metrics_address, "127.0.0.1:9464".parse().ok());
    assert_eq!(config.jwks_url.as_str(), "https://ref.supabase.co/auth/v1/.well-known/jwks.json");
    assert_eq!(config.jwt_issuer, "https://ref.supabase.co/auth/v1");
    assert_eq!(config.max_request_bytes, 10 * 1024 * 1024);
    assert_eq!((config.upstream_timeout.as_secs(), config.shutdown_timeout.as_secs()), (30, 30));
    assert_eq!(config.allowed_origins, AllowedOrigins::These(vec![HeaderValue::from_static("https://shop.example")]));
    assert!(config.jwt_secret.is_none() && config.stripe.is_none() && config.payment_link_secret.is_none());
}

#[test]
fn capacity_is_generous_and_can_be_changed() {
    let (config, _) = read(&[("MAX_CONNECTIONS", "7"), ("MAX_WEBSOCKETS_PER_ADDRESS", "3")]).unwrap();
    let capacity = config.capacity;
    assert_eq!((capacity.connections, capacity.connections_per_address), (7, 256));
    assert_eq!((capacity.websockets, capacity.websockets_per_address), (1024, 3));
    assert_eq!(faults(&[("MAX_CONNECTIONS", "0"), ("MAX_WEBSOCKETS", "many")]), ["MAX_CONNECTIONS", "MAX_WEBSOCKETS"]);
}

#[test]
fn auth_is_told_addresses_only_with_a_key_that_it_believes() {
    assert!(!read(&[]).unwrap().0.auth_ip_forwarding);
    assert!(read(&[("AUTH_IP_FORWARDING", "true")]).unwrap().0.auth_ip_forwarding);
    assert_eq!(faults(&[("AUTH_IP_FORWARDING", "yes")]), ["AUTH_IP_FORWARDING"]);
    let legacy = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoic2VydmljZV9yb2xlIn0.x";
    assert_eq!(faults(&[("AUTH_IP_FORWARDING", "true"), ("SUPABASE_SECRET_KEY", legacy)]), ["AUTH_IP_FORWARDING"]);
}

#[test]
fn all_faults_are_told_at_once() {
    let found = faults(&[
        ("EDGE_ADDRESS", "8080"),
        ("METRICS_ADDRESS", "somewhere"),
        ("SUPABASE_URL", "ref.supabase.co"),
        ("SUPABASE_SECRET_KEY", "sb_publishable_abc"),
        ("SUPABASE_JWKS_URL", "http://keys.example/jwks.json"),
        ("ALLOWED_ORIGINS", "https://shop.example/"),
        ("CLIENT_IP_HEADER", "x forwarded"),
        ("MAX_REQUEST_SIZE_MB", "ten"),
        ("UPSTREAM_TIMEOUT_SECONDS", "0"),
        ("PAYMENT_LINK_SECRET", "0123456789012345678901234567890123"),
        ("STRIPE_SECRET_KEY", "sk_test_1"),
    ]);
    for name in [
        "EDGE_ADDRESS",
        "METRICS_ADDRESS",
        "SUPABASE_URL",
        "SUPABASE_SECRET_KEY",
        "SUPABASE_JWKS_URL",
        "ALLOWED_ORIGINS",
        "CLIENT_IP_HEADER",
        "MAX_REQUEST_SIZE_MB",
        "UPSTREAM_TIMEOUT_SECONDS",
        "EDGE_PUBLIC_URL",
        "STRIPE_WEBHOOK_SECRET",
    ] {
        assert_eq!(found.iter().filter(|found| **found == name).count(), 1, "{name} in {found:?}");
    }
}

#[test]
fn what_is_missing_is_named() {
    let faults = Config::from_variables(|_| None).unwrap_err();
    let names: Vec<_> = faults.0.iter().map(|fault| fault.variable).collect();
    assert_eq!(names, ["SUPABASE_URL", "SUPABASE_SECRET_KEY"]);
    assert!(faults.to_string().contains("SUPABASE_URL is missing; write"));
}

#[test]
fn no_value_is_repeated_in_faults_or_warnings() {
    const WORD: &str = "hunter2";
    let mut names = vec!["SUPABASE_URL", "SUPABASE_SECRET_KEY", "SUPABASE_PUBLISHABLE_KEY", "SUPABASE_JWKS_URL"];
    names.extend(["SUPABASE_JWT_SECRET", "ALLOWED_ORIGINS", "MAX_REQUEST_SIZE_MB", "EDGE_ADDRESS", "METRICS_ADDRESS"]);
    names.extend(["MONITOR_TOKEN", "PAYMENT_LINK_SECRET", "STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"]);
    for name in names {
        for value in [WORD.to_owned(), format!("http://user:{WORD}@shop.example"), format!("{WORD} {WORD}")] {
            let told = match read(&[(name, &value)]) {
                Ok((config, warnings)) => {
                    let public = matches!(name, "SUPABASE_PUBLISHABLE_KEY");
                    let config = if public { String::new() } else { format!("{config:?}") };
                    format!("{warnings:?} {config}")
                }
                Err(faults) => format!("{faults} {faults:?}"),
            };
            assert!(!told.contains(WORD), "{name}: {told}");
        }
    }
}

#[test]
fn risky_settings_are_warned_about() {
    for (name, value) in [
        ("ALLOWED_ORIGINS", "*"),
        ("ALLOWED_ORIGINS", ""),
        ("SUPABASE_JWT_SECRET", "short"),
        ("CLIENT_IP_HEADER", ""),
        ("METRICS_ADDRESS", "0.0.0.0:9464"),
        ("PAYMENT_LINK_SECRET", "short"),
        ("MONITOR_TOKEN", "short"),
    ] {
        let variables = [(name, value), ("EDGE_PUBLIC_URL", "https://api.shop.example")];
        assert_eq!(warnings(&variables), [name], "{name}={value}");
    }
    assert_eq!(warnings(&[("EDGE_PUBLIC_URL", "http://api.shop.example")]), ["EDGE_PUBLIC_URL"]);
    let remote = [("SUPABASE_URL", "http://db.example"), ("SUPABASE_JWKS_URL", "https://db.example/jwks.json")];
    assert_eq!(warnings(&remote), ["SUPABASE_URL"]);
    let stripe = [
        ("STRIPE_SECRET_KEY", "sk_test_1"),
        ("STRIPE_WEBHOOK_SECRET", "whsec_1"),
        ("STRIPE_API_BASE", "http://127.0.0.1:12111"),
    ];
    assert_eq!(warnings(&stripe), ["STRIPE_API_BASE"]);
}

#[test]
fn on_this_machine_http_and_the_peer_s_address_are_fine() {
    let local = [
        ("EDGE_ADDRESS", "127.0.0.1:9000"),
        ("SUPABASE_URL", "http://127.0.0.1:54321"),
        ("CLIENT_IP_HEADER", ""),
        ("PAYMENT_LINK_SECRET", "0123456789012345678901234567890123"),
        ("METRICS_ADDRESS", "off"),
    ];
    let (config, warnings) = read(&local).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    assert_eq!(config.public_url, "http://127.0.0.1:9000");
    assert_eq!(config.jwks_url.as_str(), "http://127.0.0.1:54321/auth/v1/.well-known/jwks.json");
    assert_eq!(config.metrics_address, None);
}

#[test]
fn signing_keys_come_over_https_from_afar() {
    assert_eq!(faults(&[("SUPABASE_URL", "http://db.example")]), ["SUPABASE_JWKS_URL"]);
}

#[test]
fn keys_are_not_mistaken_for_each_other() {
    assert_eq!(faults(&[("SUPABASE_PUBLISHABLE_KEY", SECRET)])[0], "SUPABASE_SECRET_KEY");
    assert_eq!(faults(&[("SUPABASE_PUBLISHABLE_KEY", "sb_secret_other")]), ["SUPABASE_PUBLISHABLE_KEY"]);
    assert_eq!(
        faults(&[("STRIPE_SECRET_KEY", "pk_test_1"), ("STRIPE_WEBHOOK_SECRET", "whsec_1")]),
        ["STRIPE_SECRET_KEY"]
    );
}

#[test]
fn origins_are_written_as_browsers_write_them() {
    for wrong in
        ["shop.example", "https://shop.example/", "https://Shop.example", "https://shop.example:443", "null", "*,*"]
    {
        assert_eq!(faults(&[("ALLOWED_ORIGINS", wrong)]), ["ALLOWED_ORIGINS"], "{wrong}");
    }
    let (config, _) = read(&[("ALLOWED_ORIGINS", "https://a.example, http://localhost:5173")]).unwrap();
    assert!(matches!(config.allowed_origins, AllowedOrigins::These(origins) if origins.len() == 2));
}
