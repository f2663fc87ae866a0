//! What is to be said of a route.

use http::Method;

use crate::limits::Bucket;

/// A row of the table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Route {
    /// Empty for any. `GET` stands for `HEAD` too.
    pub(crate) methods: &'static [&'static str],
    /// A path; `{…}` is one segment, `**` at the end any number of them, none included.
    pub(crate) pattern: &'static str,
    /// What the query must be like; `None` for any.
    pub(crate) query: Option<fn(Option<&str>) -> bool>,
    pub(crate) service: Service,
    /// Whether Supabase serves it; else the edge does.
    pub(crate) is_proxied: bool,
    /// Whether it may become a WebSocket.
    pub(crate) is_websocket: bool,
    /// Whether the last segments are names of others' choice, which may be odd.
    pub(crate) allows_any_name: bool,
    /// What a request counts under, before anything else is done for it; empty where it is not counted.
    pub(crate) limits: &'static [Bucket],
    /// What a request counts under once its handler has refused it as forged ([`crate::error::Refusal`]): with empty
    /// `limits`, one that is right is never counted.
    pub(crate) refusal_limits: &'static [Bucket],
    /// Whether the sender may be blocked for a time, for refusals here or elsewhere: not where others than visitors send, or
    /// where nothing is counted. Blocks that somebody chose hold everywhere.
    pub(crate) is_blockable: bool,
    /// Whether programs with a blocked name may call: where the handler knows the sender by a signature.
    pub(crate) allows_any_agent: bool,
    pub(crate) body: BodyRule,
    pub(crate) tokens: TokenRule,
    /// Whether Supabase wants an `apikey` beside a user's token.
    pub(crate) needs_api_key: bool,
    pub(crate) callers: Callers,
    pub(crate) headers: HeaderPolicy,
    /// What logs show of the path, where that is not all of it.
    pub(crate) logged_as: Option<&'static str>,
}

/// Whose route it is.
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

/// What a body may be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BodyRule {
    /// In bytes; `MAX_REQUEST_SIZE_MB` where it is less, or nothing is said.
    pub(crate) limit: Option<u64>,
    /// `None` where the service or the handler judges.
    pub(crate) media_types: Option<MediaTypes>,
    /// Whether the media type is looked at even where nothing is sent.
    pub(crate) is_required: bool,
}

/// Kinds of content.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MediaTypes {
    /// In lower case; a `*` stands for anything.
    pub(crate) accepted: &'static [&'static str],
    /// The same, human-readable.
    pub(crate) expected: &'static str,
}

/// What becomes of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenRule {
    /// One that is not valid is refused.
    Verified,
    /// One that is not valid counts as none: it may be of another kind, such as a monitor's.
    Optional,
    /// It is the service's own business.
    PassedOn,
}

/// Who may call. Of whoever may not, those without a valid token are told `unauthenticated`, the others `forbidden`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Callers {
    /// Without a user's token.
    pub(crate) anonymous: bool,
    /// Users.
    pub(crate) users: bool,
    /// Those whom the database holds for admins, and who gave the second factor where it asks for one.
    pub(crate) admins: bool,
    /// With the secret key.
    pub(crate) service: bool,
    /// With `MONITOR_TOKEN`.
    pub(crate) monitors: bool,
}

/// What browsers are told to be careful with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HeaderPolicy {
    /// The same on every answer.
    Standard,
    /// The same where the handler says nothing stricter.
    HandlersFirst,
    /// For what somebody uploaded: it may be a page, and must not act in the shop's name.
    Uploads,
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
}

impl Route {
    /// Whether a request is this route's.
    pub(super) fn serves(&self, method: &Method, path: &str, query: Option<&str>) -> bool {
        let method = if *method == Method::HEAD { "GET" } else { method.as_str() };
        (self.methods.is_empty() || self.methods.contains(&method))
            && matches(self.pattern, path)
            && self.query.is_none_or(|suits| suits(query))
    }
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    for expected in pattern.split('/') {
        if expected == "**" {
            return true;
        }
        match segments.next() {
            Some(segment) if segment == expected => {}
            Some(segment) if expected.starts_with('{') && !segment.is_empty() => {}
            _ => return false,
        }
    }
    segments.next().is_none()
}

impl MediaTypes {
    /// Whether a media type, in lower case, is one of these.
    pub(crate) fn accept(&self, media_type: &str) -> bool {
        self.accepted.iter().any(|accepted| match accepted.split_once('*') {
            Some((start, end)) => media_type.starts_with(start) && media_type.ends_with(end),
            None => media_type == *accepted,
        })
    }
}

impl BodyRule {
    /// Whatever the service or the handler reads.
    pub(crate) const ANY: Self = Self { limit: None, media_types: None, is_required: false };

    /// What should have been sent instead; `None` where `media_type` is right.
    pub(crate) fn expected_instead(&self, media_type: &str, has_body: bool) -> Option<&'static str> {
        let media_types = self.media_types.filter(|_| has_body || self.is_required)?;
        (!media_types.accept(media_type)).then_some(media_types.expected)
    }
}

impl Callers {
    pub(crate) const ANYBODY: Self = Self { anonymous: true, users: true, admins: true, service: true, monitors: true };
    pub(crate) const ADMINS: Self =
        Self { anonymous: false, users: false, admins: true, service: true, monitors: false };
    pub(crate) const ADMINS_AND_MONITORS: Self = Self { monitors: true, ..Self::ADMINS };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_path_or_everything_under_one() {
        for (pattern, path, expected) in [
            ("/health", "/health", true),
            ("/health", "/health/detailed", false),
            ("/health/**", "/health", true),
            ("/health/**", "/health/", true),
            ("/health/**", "/health/detailed", true),
            ("/health/**", "/healthy", false),
            ("/images/{id}", "/images/7", true),
            ("/images/{id}", "/images/", false),
            ("/images/{id}", "/images/7/8", false),
        ] {
            assert_eq!(matches(pattern, path), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn a_star_stands_for_anything_in_a_media_type() {
        let types = MediaTypes { accepted: &["text/csv", "application/vnd.pgrst*+json"], expected: "" };
        assert!(types.accept("text/csv") && types.accept("application/vnd.pgrst.object+json"));
        assert!(!types.accept("") && !types.accept("text/csv2") && !types.accept("application/vnd.pgrst"));
    }
}
