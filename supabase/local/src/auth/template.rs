//! The mails that a project words itself: HTML with Auth's variables, as in `{{ .ConfirmationURL }}`.

use std::fmt::Write as _;

/// The variables of Supabase Auth's templates that the local Auth knows.
#[derive(Debug, Default)]
pub(super) struct Variables<'a> {
    pub(super) confirmation_url: &'a str,
    pub(super) token: &'a str,
    pub(super) token_hash: &'a str,
    pub(super) site_url: &'a str,
    pub(super) redirect_to: &'a str,
    pub(super) email: &'a str,
    pub(super) new_email: &'a str,
}

impl Variables<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        Some(match name {
            "ConfirmationURL" => self.confirmation_url,
            "Token" => self.token,
            "TokenHash" => self.token_hash,
            "SiteURL" => self.site_url,
            "RedirectTo" => self.redirect_to,
            "Email" => self.email,
            "NewEmail" => self.new_email,
            _ => return None,
        })
    }
}

/// A mail's subject and HTML, each where the project words it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template {
    subject: Option<String>,
    html: Option<String>,
}

impl Template {
    /// # Errors
    /// What in it isn't one of Auth's variables.
    pub(crate) fn new(subject: Option<String>, html: Option<String>) -> Result<Self, String> {
        for text in [&subject, &html].into_iter().flatten() {
            fill(text, &Variables::default(), str::to_owned)?;
        }
        Ok(Self { subject, html })
    }

    /// The subject; as `usual` where the project has none.
    pub(super) fn subject(&self, usual: &str, variables: &Variables<'_>) -> String {
        let text = self.subject.as_deref().unwrap_or(usual);
        fill(text, variables, str::to_owned).unwrap_or_else(|_| usual.to_owned())
    }

    /// The HTML, where the project has one.
    pub(super) fn html(&self, variables: &Variables<'_>) -> Option<String> {
        fill(self.html.as_deref()?, variables, escaped).ok()
    }
}

/// The text with each `{{ .Name }}` replaced.
fn fill(text: &str, variables: &Variables<'_>, write: fn(&str) -> String) -> Result<String, String> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (action, tail) = after.split_once("}}").ok_or_else(|| "`{{` is not closed".to_owned())?;
        let name = action.trim().strip_prefix('.').unwrap_or_default();
        let value = variables.get(name).ok_or_else(|| format!("the local Auth doesn't know `{{{{{action}}}}}`"))?;
        filled.push_str(before);
        filled.push_str(&write(value));
        rest = tail;
    }
    filled.push_str(rest);
    Ok(filled)
}

/// Text as HTML shows it, in elements and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(html, "&#{};", u32::from(character));
            }
            other => html.push(other),
        }
    }
    html
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_filled_in_and_can_not_become_html() {
        let html = "<a href=\"{{ .ConfirmationURL }}\">{{.Email}}</a>".to_owned();
        let template = Template::new(Some("Hello {{ .Email }}".to_owned()), Some(html)).unwrap();
        let variables =
            Variables { confirmation_url: "http://a.test/?a=1&b=2", email: "<b>@a.test", ..Variables::default() };
        assert_eq!(template.html(&variables).unwrap(), "<a href=\"http://a.test/?a=1&#38;b=2\">&#60;b&#62;@a.test</a>");
        assert_eq!(template.subject("Usual", &variables), "Hello <b>@a.test");
        assert_eq!(Template::default().subject("Usual", &variables), "Usual");
    }

    #[test]
    fn what_is_no_variable_is_told_when_the_template_is_read() {
        for html in ["{{ .Nonsense }}", "{{ if .Email }}", "{{ .Email"] {
            assert!(Template::new(None, Some(html.to_owned())).is_err(), "{html}");
        }
    }
}
