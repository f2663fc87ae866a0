//! What a customer sees where a payment link leads nowhere.

use axum::response::{Html, IntoResponse, Response};
use http::header::{ACCEPT, ACCEPT_LANGUAGE, CONTENT_LANGUAGE, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, StatusCode};
use primostore_payments::records::NotDue;

use crate::error::ApiError;
use crate::http_headers::text;

/// Why a payment link leads nowhere.
#[derive(Debug)]
pub(super) enum LinkError {
    /// It is none of ours.
    Unknown,
    /// Its time is over.
    Expired,
    /// The order is paid.
    Paid,
    /// The order is not to be paid any more.
    Closed,
    /// Something failed.
    Failed(ApiError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    French,
    Arabic,
    English,
}

impl Language {
    /// The one of ours that `Accept-Language` likes best; French where it likes none.
    fn of(headers: &HeaderMap) -> Self {
        let mut best = (Self::French, 0.0);
        for range in text(headers, ACCEPT_LANGUAGE).unwrap_or_default().split(',') {
            let (tag, weight) = range.split_once(';').unwrap_or((range, "q=1"));
            let language = match tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "fr" => Self::French,
                "ar" => Self::Arabic,
                "en" => Self::English,
                _ => continue,
            };
            let weight: f32 = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()).unwrap_or(0.0);
            if weight > best.1 {
                best = (language, weight);
            }
        }
        best.0
    }

    fn tag(self) -> &'static str {
        match self {
            Self::French => "fr",
            Self::Arabic => "ar",
            Self::English => "en",
        }
    }
}

/// The answer: a page for browsers, JSON for programs.
pub(super) fn answer(error: LinkError, headers: &HeaderMap) -> Response {
    let language = Language::of(headers);
    let (title, explanation) = words(&error, language);
    let error = api_error(error);
    if !text(headers, ACCEPT).is_some_and(|accepted| accepted.contains("text/html")) {
        return error.into_response();
    }
    let tag = language.tag();
    let direction = if language == Language::Arabic { "rtl" } else { "ltr" };
    let page = format!(
        "<!doctype html>\n<html lang=\"{tag}\" dir=\"{direction}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>\n<p>{explanation}</p>\n</body>\n</html>\n"
    );
    let mut response = (error.status, [(CONTENT_LANGUAGE, tag)], Html(page)).into_response();
    if let Some(seconds) = error.retry_after {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

impl<E: Into<ApiError>> From<E> for LinkError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

fn api_error(error: LinkError) -> ApiError {
    match error {
        LinkError::Unknown => ApiError::not_found("There is no such payment link."),
        LinkError::Expired => ApiError::new(StatusCode::GONE, "not_found", "This payment link has expired.")
            .hint("Ask the shop for a new one."),
        LinkError::Paid => NotDue::Paid.into(),
        LinkError::Closed => ApiError::new(StatusCode::GONE, "not_found", "This order is not to be paid any more."),
        LinkError::Failed(error) => error,
    }
}

fn words(error: &LinkError, language: Language) -> (&'static str, &'static str) {
    use Language::{Arabic, English, French};
    match (error, language) {
        (LinkError::Unknown, French) => {
            ("Lien inconnu", "Vérifiez l’adresse, ou demandez un nouveau lien à la boutique.")
        }
        (LinkError::Unknown, Arabic) => ("رابط غير معروف", "تحقق من العنوان، أو اطلب رابطا جديدا من المتجر."),
        (LinkError::Unknown, English) => ("Unknown link", "Check the address, or ask the shop for a new link."),
        (LinkError::Expired, French) => {
            ("Lien expiré", "Ouvrez votre commande dans la boutique pour obtenir un nouveau lien.")
        }
        (LinkError::Expired, Arabic) => ("انتهت صلاحية الرابط", "افتح طلبك في المتجر للحصول على رابط جديد."),
        (LinkError::Expired, English) => ("This link has expired", "Open your order in the shop to get a new link."),
        (LinkError::Paid, French) => ("Commande déjà payée", "Merci, votre paiement a bien été reçu."),
        (LinkError::Paid, Arabic) => ("تم دفع هذا الطلب", "شكرا لك، لقد توصلنا بأدائك."),
        (LinkError::Paid, English) => ("This order is paid", "Thank you, your payment has arrived."),
        (LinkError::Closed, French) => ("Commande close", "Cette commande n’est plus à payer."),
        (LinkError::Closed, Arabic) => ("الطلب مغلق", "لم يعد هذا الطلب قابلا للدفع."),
        (LinkError::Closed, English) => ("This order is closed", "It is not to be paid any more."),
        (LinkError::Failed(_), French) => {
            ("Un instant", "Le paiement n’est pas disponible pour le moment. Réessayez dans un instant.")
        }
        (LinkError::Failed(_), Arabic) => ("لحظة من فضلك", "الدفع غير متاح حاليا. حاول مرة أخرى بعد قليل."),
        (LinkError::Failed(_), English) => ("One moment", "Payment is not available right now. Try again in a moment."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn liked(accept_language: &str) -> Language {
        Language::of(&HeaderMap::from_iter([(ACCEPT_LANGUAGE, accept_language.parse().unwrap())]))
    }

    #[test]
    fn the_page_speaks_the_language_that_is_liked_best() {
        assert_eq!(liked("ar"), Language::Arabic);
        assert_eq!(liked("ar-MA,fr;q=0.8"), Language::Arabic);
        assert_eq!(liked("en-GB;q=0.7, fr-FR;q=0.9"), Language::French);
        assert_eq!(liked("de, en;q=0.5"), Language::English);
        assert_eq!(liked("EN"), Language::English);
    }

    #[test]
    fn it_speaks_french_to_others() {
        for header in ["", "de", "*", "ar;q=0", "en;q=x", ";;,,"] {
            assert_eq!(liked(header), Language::French, "{header}");
        }
    }

    #[test]
    fn browsers_get_a_page_and_programs_json() {
        let html = HeaderMap::from_iter([(ACCEPT, "text/html,application/xhtml+xml".parse().unwrap())]);
        let page = answer(LinkError::Failed(ApiError::upstream_unavailable(StatusCode::SERVICE_UNAVAILABLE)), &html);
        assert_eq!(page.status(), 503);
        assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
        assert_eq!(page.headers()["retry-after"], "5");
        let json = answer(LinkError::Paid, &HeaderMap::new());
        assert_eq!(json.status(), 409);
        assert_eq!(json.headers()["content-type"], "application/json");
    }
}
