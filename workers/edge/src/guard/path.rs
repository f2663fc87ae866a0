//! What a request's path means, however it is written.

use percent_encoding::percent_decode_str;

/// Whose path it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Rest,
    Auth,
    Storage,
    Realtime,
    /// The edge's own, under `/functions/v1`.
    Functions,
    /// The edge's own payment links.
    Pay,
    Health,
    Other,
}

impl Service {
    /// A word for logs and metrics.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rest => "rest",
            Self::Auth => "auth",
            Self::Storage => "storage",
            Self::Realtime => "realtime",
            Self::Functions => "functions",
            Self::Pay => "pay",
            Self::Health => "health",
            Self::Other => "other",
        }
    }

    /// The service of a path as it was sent.
    pub(crate) fn of(path: &str) -> Self {
        let under = |root: &str| path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        match path {
            _ if under("/rest/v1") => Self::Rest,
            _ if under("/auth/v1") => Self::Auth,
            _ if under("/storage/v1") => Self::Storage,
            _ if under("/realtime/v1") => Self::Realtime,
            _ if under("/functions/v1") => Self::Functions,
            _ if under("/pay") => Self::Pay,
            _ if under("/health") => Self::Health,
            _ => Self::Other,
        }
    }
}

/// A path read unescaped, without slashes at its ends: `/rest/v1/rpc/place%5Forder/` is `rest/v1/rpc/place_order`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) service: Service,
    pub(super) path: String,
}

impl Target {
    /// `None` for a path that means different things to different servers: it could dodge a limit, or leave its service.
    pub(super) fn of(sent: &str) -> Option<Self> {
        let path = percent_decode_str(sent).decode_utf8().ok()?;
        let inner = path.strip_prefix('/')?;
        if path.chars().any(char::is_control) || inner.split(['/', '\\']).any(|part| matches!(part, "." | "..")) {
            return None;
        }
        // The names of objects may hold more.
        let service = Service::of(sent);
        let slashes = |text: &str| text.bytes().filter(|byte| *byte == b'/').count();
        let odd = path.contains("//") || path.contains('\\') || slashes(&path) != slashes(sent);
        if odd && service != Service::Storage {
            return None;
        }
        Some(Self { service: Service::of(&path), path: path.trim_matches('/').to_owned() })
    }
}

/// A path for logs: what follows `/pay/` is a customer's token.
pub(super) fn for_logs(sent: &str) -> &str {
    if Service::of(sent) == Service::Pay { "/pay/…" } else { sent }
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
            let target = Target::of(sent).unwrap();
            assert_eq!((target.service, target.path.as_str()), (Service::Rest, "rest/v1/rpc/place_order"), "{sent}");
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
            "/storage/v1/..%2f..%2frest/v1/products",
            "/rest/v1/products%00",
            "/rest/v1/%ff",
            "*",
        ] {
            assert_eq!(Target::of(sent), None, "{sent}");
        }
    }

    #[test]
    fn objects_may_have_odd_names() {
        for sent in [
            "/storage/v1/object/b/a%20b.png",
            "/storage/v1/object/b/a//b",
            "/storage/v1/object/b/a%2Fb",
            "/storage/v1/object/b/...",
        ] {
            assert_eq!(Target::of(sent).unwrap().service, Service::Storage, "{sent}");
        }
    }

    #[test]
    fn a_payment_link_s_token_is_not_logged() {
        assert_eq!(for_logs("/pay/secret"), "/pay/…");
        assert_eq!(for_logs("/payments"), "/payments");
    }
}
