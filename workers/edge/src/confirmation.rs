//! Whether Auth makes sure that an e-mail address is its owner's.

use std::time::Duration;

use primostore_shared::Project;
use primostore_shared::probe::ProbeError;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

/// What operators are told where it does not. `rpc/claim_guest_orders` goes by confirmed addresses.
pub(crate) const WARNING: &str = "Auth confirms e-mail addresses without a mail: whoever signs up first with a guest's \
    address gets their orders; turn on \"Confirm email\" in the project's settings of Auth";

/// How long until Auth is asked again, where it did not answer.
const ASK_AGAIN: Duration = Duration::from_secs(5);

/// What Auth tells about itself: <https://supabase.com/docs/reference/self-hosting-auth/returns-the-configuration-settings-for-the-gotrue-server>.
#[derive(Deserialize)]
struct AuthSettings {
    #[serde(default)]
    mailer_autoconfirm: bool,
}

/// Whether addresses count as confirmed before their owner has followed a link. What can't be read warns of nothing.
///
/// # Errors
/// [`ProbeError`], where Auth does not say.
pub(crate) async fn is_off(project: &Project) -> Result<bool, ProbeError> {
    let answer = project.probe("/auth/v1/settings").await?;
    Ok(serde_json::from_slice::<AuthSettings>(&answer).is_ok_and(|settings| settings.mailer_autoconfirm))
}

/// Logs the warning where it is due, once Auth has answered. Ends then, or at `stop`.
pub(crate) async fn warn(project: Project, stop: CancellationToken) {
    let warning = async {
        loop {
            match is_off(&project).await {
                Ok(true) => return tracing::warn!("{WARNING}"),
                Ok(false) => return,
                Err(error) => tracing::debug!(%error, "Auth does not tell its settings; asking again"),
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    };
    stop.run_until_cancelled(warning).await;
}
