//! The mails: what each is for, and its words where the project has none.

use chrono::{DateTime, Utc};

use super::one_time::Kind;
use super::template::{Variables, escaped};
use super::users::User;
use crate::project_config::TemplateName;

/// A mail that holds a link and a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Letter {
    Confirmation,
    Recovery,
    MagicLink,
    Invitation,
    /// To the address that the user shall have.
    EmailChangeNew,
    /// To the address that the user has.
    EmailChangeCurrent,
    /// A code alone, for a change of the password.
    Reauthentication,
}

impl Letter {
    /// The `type` of the link, as `/verify` reads it.
    pub(super) fn verification_type(self) -> &'static str {
        match self {
            Self::Confirmation => "signup",
            Self::Recovery => "recovery",
            Self::MagicLink => "magiclink",
            Self::Invitation => "invite",
            Self::EmailChangeNew | Self::EmailChangeCurrent => "email_change",
            Self::Reauthentication => "reauthentication",
        }
    }

    /// What the token in it is for.
    pub(super) fn kind(self) -> Kind {
        match self {
            Self::Confirmation | Self::Invitation => Kind::Confirmation,
            Self::Recovery | Self::MagicLink => Kind::Recovery,
            Self::EmailChangeNew => Kind::EmailChangeNew,
            Self::EmailChangeCurrent => Kind::EmailChangeCurrent,
            Self::Reauthentication => Kind::Reauthentication,
        }
    }

    /// The method of the session that a PKCE flow with this link leads to.
    pub(super) fn purpose(self) -> &'static str {
        match self {
            Self::Confirmation => "email/signup",
            other => other.verification_type(),
        }
    }

    pub(super) fn template(self) -> TemplateName {
        match self {
            Self::Confirmation => TemplateName::Confirmation,
            Self::Recovery => TemplateName::Recovery,
            Self::MagicLink => TemplateName::MagicLink,
            Self::Invitation => TemplateName::Invite,
            Self::EmailChangeNew | Self::EmailChangeCurrent => TemplateName::EmailChange,
            Self::Reauthentication => TemplateName::Reauthentication,
        }
    }

    /// When the user's last letter of this kind was sent.
    pub(super) fn last_sent(self, user: &User) -> Option<DateTime<Utc>> {
        match self {
            Self::Confirmation => user.confirmation_sent_at,
            Self::Recovery | Self::MagicLink => user.recovery_sent_at,
            Self::Reauthentication => user.reauthentication_sent_at,
            // An admin invites as often as they like; a change of address is two letters, asked about once before both.
            Self::Invitation | Self::EmailChangeNew | Self::EmailChangeCurrent => None,
        }
    }

    pub(super) fn subject(self) -> &'static str {
        match self {
            Self::Confirmation => "Confirm your e-mail address",
            Self::Recovery => "Reset your password",
            Self::MagicLink => "Your sign-in link",
            Self::Invitation => "You have been invited",
            Self::EmailChangeNew | Self::EmailChangeCurrent => "Confirm your new e-mail address",
            Self::Reauthentication => "Confirm that it is you",
        }
    }

    /// What the link or the code is to be used for.
    pub(super) fn purpose_in_words(self) -> &'static str {
        match self {
            Self::Confirmation => "confirm your e-mail address",
            Self::Recovery => "choose a new password",
            Self::MagicLink => "sign in",
            Self::Invitation => "accept the invitation",
            Self::EmailChangeNew | Self::EmailChangeCurrent => "confirm the change of your e-mail address",
            Self::Reauthentication => "change your password",
        }
    }

    pub(super) fn text(self, variables: &Variables<'_>, minutes: i64) -> String {
        let (purpose, link, code) = (self.purpose_in_words(), variables.confirmation_url, variables.token);
        if self == Self::Reauthentication {
            return format!(
                "Enter this code to {purpose}: {code}\n\n\
                It works once, within {minutes} minutes. If you didn't ask for this, ignore this message.\n"
            );
        }
        format!(
            "Follow this link to {purpose}:\n\n{link}\n\nOr enter this code: {code}\n\n\
            Both work once, within {minutes} minutes. If you didn't ask for this, ignore this message.\n"
        )
    }

    /// The HTML where the project has none of its own.
    pub(super) fn html(self, variables: &Variables<'_>, minutes: i64) -> String {
        let (subject, purpose) = (self.subject(), self.purpose_in_words());
        let (link, code) = (escaped(variables.confirmation_url), escaped(variables.token));
        let way = if self == Self::Reauthentication {
            format!("<p>Enter this code to {purpose}: <strong>{code}</strong></p>")
        } else {
            format!(
                "<p><a href=\"{link}\">Follow this link to {purpose}</a></p>\n\
                <p>Or enter this code: <strong>{code}</strong></p>"
            )
        };
        format!(
            "<h2>{subject}</h2>\n{way}\n\
            <p>Good once, within {minutes} minutes. If you didn't ask for this, ignore this message.</p>\n"
        )
    }
}
