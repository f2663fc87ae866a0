use std::net::IpAddr;

use super::*;
use serde_json::json;
use uuid::Uuid;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// 15 seconds before the end of a minute.
const NOW: Duration = Duration::from_millis(3_600_045_000);

const PLACE_ORDER: &[Bucket] = &[Bucket::General, Bucket::Orders];
const COUPON: &[Bucket] = &[Bucket::General, Bucket::Coupons];

fn count(
    limits: &Limits,
    settings: &Settings,
    buckets: &[Bucket],
    user: Option<u128>,
) -> Result<Option<LimitState>, LimitState> {
    let sender = Sender { address: Some(ADDRESS), user: user.map(Uuid::from_u128), is_admin: false };
    limits.count(buckets, &sender, NOW, settings)
}

fn told(state: &LimitState) -> [String; 2] {
    let mut headers = HeaderMap::new();
    state.write(&mut headers);
    ["ratelimit-policy", "ratelimit"].map(|name| headers[name].to_str().unwrap().to_owned())
}

#[test]
fn as_many_as_allowed_pass_and_the_next_is_told_when() {
    let (limits, settings) = (Limits::default(), Settings::default());
    for left in (0..5).rev() {
        let state = count(&limits, &settings, PLACE_ORDER, None).unwrap().unwrap();
        assert_eq!(told(&state), ["\"orders\";q=5;w=60".to_owned(), format!("\"orders\";r={left};t=15")]);
    }
    let refused = count(&limits, &settings, PLACE_ORDER, None).unwrap_err();
    assert_eq!((refused.limit(), refused.retry_after()), ("orders", 15));
    assert_eq!(told(&refused)[1], "\"orders\";r=0;t=15");
}

#[test]
fn one_customer_s_orders_do_not_count_for_another() {
    let (limits, settings) = (Limits::default(), Settings::default());
    for _ in 0..5 {
        count(&limits, &settings, PLACE_ORDER, Some(1)).unwrap();
    }
    assert!(count(&limits, &settings, PLACE_ORDER, Some(1)).is_err());
    assert!(count(&limits, &settings, PLACE_ORDER, Some(2)).is_ok());
    assert!(count(&limits, &settings, PLACE_ORDER, None).is_ok());
}

#[test]
fn the_tightest_limit_is_told() {
    let (limits, settings) = (Limits::default(), Settings::default());
    let state = count(&limits, &settings, &[Bucket::General], None).unwrap().unwrap();
    assert_eq!(told(&state), ["\"general\";q=100;w=60", "\"general\";r=99;t=15"]);
    let state = count(&limits, &settings, COUPON, None).unwrap().unwrap();
    assert_eq!(told(&state)[1], "\"coupons\";r=29;t=15");
}

#[test]
fn a_changed_setting_holds_at_once_and_an_unchanged_one_keeps_its_counts() {
    let limits = Limits::default();
    let settings = |orders: &str, coupons: &str| {
        Settings::of(json!({ "rate_limits.orders": orders, "rate_limits.coupons": coupons }))
    };
    let (before, after) = (settings("1/hour", "1/hour"), settings("2/hour", "1/hour"));
    for buckets in [PLACE_ORDER, COUPON] {
        assert!(count(&limits, &before, buckets, None).is_ok());
        assert!(count(&limits, &before, buckets, None).is_err());
    }
    assert!(count(&limits, &after, PLACE_ORDER, None).is_ok());
    assert!(count(&limits, &after, COUPON, None).is_err());
}

#[test]
fn what_has_no_limit_is_not_counted() {
    let (limits, settings) = (Limits::default(), Settings::default());
    for _ in 0..200 {
        assert_eq!(count(&limits, &settings, &[], None), Ok(None));
    }
}
