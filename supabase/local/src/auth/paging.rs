//! Pages of lists, and the headers that tell how many there are.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};

use super::error::AuthError;

const TOTAL: HeaderName = HeaderName::from_static("x-total-count");

/// How many rows a page has when nothing is said.
const DEFAULT_SIZE: i64 = 50;
/// The most rows of a page.
const MAX_SIZE: i64 = 1000;

/// The wanted page. Empty texts count as absent, as `auth-js` sends them.
#[derive(Debug)]
pub(super) struct PageQuery {
    page: Option<String>,
    per_page: Option<String>,
}

/// A page; the first is 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    number: i64,
    pub(super) size: i64,
}

impl PageQuery {
    pub(super) fn new(page: Option<String>, per_page: Option<String>) -> Self {
        Self { page, per_page }
    }

    /// # Errors
    /// 400 `validation_failed` for what isn't a number, or less than 1.
    pub(super) fn page(&self) -> Result<Page, AuthError> {
        let number = |text: Option<&String>, default: i64| match text.filter(|text| !text.is_empty()) {
            None => Ok(default),
            Some(text) => text
                .parse()
                .ok()
                .filter(|number| *number >= 1)
                .ok_or_else(|| AuthError::invalid(format!("Bad Pagination Parameters: \"{text}\" is not a page"))),
        };
        Ok(Page {
            number: number(self.page.as_ref(), 1)?,
            size: number(self.per_page.as_ref(), DEFAULT_SIZE)?.min(MAX_SIZE),
        })
    }
}

impl Page {
    /// How many rows come before it.
    pub(super) fn offset(self) -> i64 {
        self.size.saturating_mul(self.number - 1)
    }

    /// `Link` and `X-Total-Count` for a list of `total` rows. `auth-js` takes the page for the first parameter.
    pub(super) fn headers(self, path: &str, total: i64) -> Result<HeaderMap, AuthError> {
        let last = (total + self.size - 1) / self.size;
        let link =
            |page: i64, relation: &str| format!("<{path}?page={page}&per_page={}>; rel=\"{relation}\"", self.size);
        let mut links = Vec::new();
        if last > self.number {
            links.push(link(self.number + 1, "next"));
        }
        links.push(link(last, "last"));
        let value = HeaderValue::from_str(&links.join(", ")).map_err(AuthError::internal)?;
        Ok(HeaderMap::from_iter([(header::LINK, value), (TOTAL, HeaderValue::from(total))]))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn page(page: &str, per_page: &str) -> Result<Page, AuthError> {
        PageQuery::new(Some(page.to_owned()), Some(per_page.to_owned())).page()
    }

    #[test]
    fn pages_have_fifty_rows_and_never_more_than_a_thousand() {
        assert_eq!(page("", "").unwrap(), Page { number: 1, size: 50 });
        assert_eq!(page("3", "10").unwrap().offset(), 20);
        assert_eq!(page("1", "100000").unwrap().size, 1000);
        for (number, size) in [("0", ""), ("-1", ""), ("x", ""), ("", "0"), ("1.5", "")] {
            assert!(page(number, size).is_err(), "{number} {size}");
        }
        assert!(page(&i64::MAX.to_string(), "50").unwrap().offset() > 0);
    }

    #[test]
    fn headers_lead_to_the_next_and_the_last_page() {
        let link = |number, total| {
            let headers = page(number, "10").unwrap().headers("/admin/users", total).unwrap();
            assert_eq!(headers[TOTAL], total.to_string());
            headers[header::LINK].to_str().unwrap().to_owned()
        };
        assert_eq!(
            link("1", 21),
            "</admin/users?page=2&per_page=10>; rel=\"next\", </admin/users?page=3&per_page=10>; rel=\"last\""
        );
        assert_eq!(link("3", 21), "</admin/users?page=3&per_page=10>; rel=\"last\"");
    }
}
