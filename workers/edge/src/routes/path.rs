//! What a request's path means, however it is written.

use percent_encoding::percent_decode_str;

/// A path read unescaped, without a slash at its end: `/rest/v1/rpc/place%5Forder/` is `/rest/v1/rpc/place_order`. `None`
/// for a path that means different things to different servers: it could dodge a limit, or leave its service.
/// `allows_any_name` is for a service whose last segments are names of others' choice.
pub(super) fn normalized(sent: &str, allows_any_name: bool) -> Option<String> {
    let path = percent_decode_str(sent).decode_utf8().ok()?;
    let inner = path.strip_prefix('/')?;
    if path.chars().any(char::is_control) || inner.split(['/', '\\']).any(|part| matches!(part, "." | "..")) {
        return None;
    }
    let slashes = |text: &str| text.bytes().filter(|byte| *byte == b'/').count();
    let odd = path.contains("//") || path.contains('\\') || slashes(&path) != slashes(sent);
    if odd && !allows_any_name {
        return None;
    }
    Some(format!("/{}", path.trim_matches('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_place_has_one_name() {
        for sent in [
            "/rest/v1/rpc/place_order",
            "/rest/v1/rpc/place%5Forder",
            "/rest/v1/rpc/place_order/",
            "/%72est/v1/rpc/place_order",
        ] {
            assert_eq!(normalized(sent, false).as_deref(), Some("/rest/v1/rpc/place_order"), "{sent}");
        }
    }

    #[test]
    fn a_path_of_two_meanings_is_refused() {
        for sent in [
            "//rest/v1/products",
            "/rest/v1//rpc/place_order",
            "/rest/v1/../v1/products",
            "/rest/v1/%2e%2E/products",
            "/rest%2Fv1/products",
            "/rest/v1/rpc\\place_order",
            "/rest/v1/products%00",
            "/rest/v1/%ff",
            "*",
        ] {
            assert_eq!(normalized(sent, false), None, "{sent}");
        }
    }

    #[test]
    fn objects_may_have_odd_names_and_leave_their_service_all_the_same_not() {
        for sent in ["/storage/v1/object/b/a//b", "/storage/v1/object/b/a%2Fb", "/storage/v1/object/b/..."] {
            assert!(normalized(sent, true).is_some(), "{sent}");
        }
        assert_eq!(normalized("/storage/v1/..%2f..%2frest/v1/products", true), None);
    }
}
