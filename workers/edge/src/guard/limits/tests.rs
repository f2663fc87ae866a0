use super::*;
use serde_json::json;

const ADDRESS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

/// 15 seconds before the end of a minute.
const NOW: Duration = Duration::from_millis(3_600_045_000);

fn count(limits: &Limits, shop: &Shop, path: &str, user: Option<u128>) -> Result<Standing, Standing> {
    let target = Target::of(path).unwrap();
    let asking = Asking {
        method: &Method::POST,
        target: &target,
        query: None,
        address: ADDRESS,
        user: user.map(Uuid::from_u128),
        is_admin: false,
        now: NOW,
    };
    limits.count(&asking, shop)
}

fn told(standing: &Standing) -> [String; 2] {
    let mut headers = HeaderMap::new();
    standing.tell(&mut headers);
    ["ratelimit-policy", "ratelimit"].map(|name| headers[name].to_str().unwrap().to_owned())
}

#[test]
fn as_many_as_allowed_pass_and_the_next_is_told_when() {
    let (limits, shop) = (Limits::default(), Shop::default());
    for left in (0..5).rev() {
        let standing = count(&limits, &shop, "/rest/v1/rpc/place_order", None).unwrap();
        assert_eq!(told(&standing), ["\"orders\";q=5;w=60".to_owned(), format!("\"orders\";r={left};t=15")]);
    }
    let refused = count(&limits, &shop, "/rest/v1/rpc/place_order", None).unwrap_err();
    assert_eq!((refused.limit(), refused.retry_after()), ("orders", 15));
    assert_eq!(told(&refused)[1], "\"orders\";r=0;t=15");
}

#[test]
fn one_customer_s_orders_do_not_count_for_another() {
    let (limits, shop) = (Limits::default(), Shop::default());
    for _ in 0..5 {
        count(&limits, &shop, "/rest/v1/rpc/place_order", Some(1)).unwrap();
    }
    assert!(count(&limits, &shop, "/rest/v1/rpc/place_order", Some(1)).is_err());
    assert!(count(&limits, &shop, "/rest/v1/rpc/place_order", Some(2)).is_ok());
    assert!(count(&limits, &shop, "/rest/v1/rpc/place_order", None).is_ok());
}

#[test]
fn the_tightest_limit_is_told() {
    let (limits, shop) = (Limits::default(), Shop::default());
    let standing = count(&limits, &shop, "/rest/v1/products", None).unwrap();
    assert_eq!(told(&standing), ["\"general\";q=100;w=60", "\"general\";r=99;t=15"]);
    let standing = count(&limits, &shop, "/rest/v1/rpc/validate_coupon", None).unwrap();
    assert_eq!(told(&standing)[1], "\"coupons\";r=29;t=15");
}

#[test]
fn a_changed_setting_holds_at_once_and_an_unchanged_one_keeps_its_counts() {
    let limits = Limits::default();
    let shop =
        |orders: &str, coupons: &str| Shop::of(json!({ "rate_limits.orders": orders, "rate_limits.coupons": coupons }));
    let (before, after) = (shop("1/hour", "1/hour"), shop("2/hour", "1/hour"));
    for path in ["/rest/v1/rpc/place_order", "/rest/v1/rpc/validate_coupon"] {
        assert!(count(&limits, &before, path, None).is_ok());
        assert!(count(&limits, &before, path, None).is_err());
    }
    assert!(count(&limits, &after, "/rest/v1/rpc/place_order", None).is_ok());
    assert!(count(&limits, &after, "/rest/v1/rpc/validate_coupon", None).is_err());
}
