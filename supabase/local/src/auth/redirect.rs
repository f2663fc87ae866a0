//! Where links may lead: to the application, and to what the allow-list names.

use axum::http::HeaderMap;
use axum::http::header::REFERER;
use url::Url;

use super::Config;

/// The address a link shall lead to: the one asked for, else the page that asked, else the application. What isn't
/// allowed counts as not asked for.
pub(super) fn target(config: &Config, wanted: Option<&str>, headers: &HeaderMap) -> String {
    let referrer = headers.get(REFERER).and_then(|value| value.to_str().ok());
    [wanted, referrer]
        .into_iter()
        .flatten()
        .find(|url| is_allowed(config, url))
        .unwrap_or(&config.settings.site_url)
        .to_owned()
}

fn is_allowed(config: &Config, wanted: &str) -> bool {
    let Ok(mut url) = Url::parse(wanted) else { return false };
    if url.host_str().is_some() {
        let site = Url::parse(&config.settings.site_url);
        // The port is left out of it, as Supabase Auth does: a development server may move.
        let same_host = site.is_ok_and(|site| site.host_str() == url.host_str());
        if same_host && matches!(url.scheme(), "http" | "https") {
            return true;
        }
    }
    // User info could make an address look like an allowed one.
    if !url.username().is_empty() || url.password().is_some() {
        return false;
    }
    url.set_query(None);
    url.set_fragment(None);
    let plain = url.as_str();
    config
        .redirects
        .iter()
        .any(|pattern| pattern.fits(plain) || plain.strip_suffix('/').is_some_and(|plain| pattern.fits(plain)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        Config::of_site(
            "http://127.0.0.1:3000",
            &["https://shop.example/welcome", "https://*.shop.example/**", "shop://callback"],
        )
    }

    #[test]
    fn links_lead_to_the_site_and_to_allowed_addresses() {
        let config = config();
        for url in [
            "http://127.0.0.1:3000/reset?step=2",
            "http://127.0.0.1:5173/",
            "https://shop.example/welcome",
            "https://shop.example/welcome?code=1#top",
            "https://pr-12.shop.example/a/b",
            "shop://callback",
        ] {
            assert_eq!(target(&config, Some(url), &HeaderMap::new()), url);
        }
    }

    #[test]
    fn links_to_elsewhere_lead_to_the_site() {
        let config = config();
        for url in [
            "https://evil.example/",
            "https://shop.example/other",
            "https://a.b.shop.example/",
            "https://evil.example/.shop.example/",
            "https://evil.example@shop.example/welcome",
            "https://shop.example:welcome@evil.example/",
            "javascript:alert(1)",
            "javascript://127.0.0.1/%0aalert(1)",
            "//evil.example",
            "nonsense",
        ] {
            assert_eq!(target(&config, Some(url), &HeaderMap::new()), config.settings.site_url, "{url}");
        }
    }

    #[test]
    fn without_a_wish_links_lead_back_to_the_page_that_asked() {
        let config = config();
        let mut headers = HeaderMap::new();
        headers.insert(REFERER, axum::http::HeaderValue::from_static("http://127.0.0.1:3000/account"));
        assert_eq!(target(&config, None, &headers), "http://127.0.0.1:3000/account");
        assert_eq!(target(&config, None, &HeaderMap::new()), config.settings.site_url);
    }
}
