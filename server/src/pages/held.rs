//! Held messages on `/moderation` (`moderation.md` 8.2): what the section of people with a role shows, and the action of its forms.
//! `app::pages::held` renders it.

use app::pages::held::{HeldRoom, HeldSection, Judged};
use app::pages::moderation::{FormOutcome, MODERATION};
use protocol::words::ids::UserId;
use protocol::words::refusal::Refusal;

use super::admin_people;
use super::app::session_of_form;
use crate::auth::session;
use crate::calls::auth::ValidSession;
use crate::calls::flags;
use crate::doors::messenger::held::{self, HeldInRoom};
use crate::http::form::Form;
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;
use crate::telemetry;

/// Gathers what waits in public rooms; `None` for a person without a role.
pub async fn gather(incoming: &Incoming, checked: &ValidSession) -> Result<Option<HeldSection>, CallError> {
    let Some(rooms) = held::list_all(incoming, &checked.principal).await? else { return Ok(None) };
    let (csrf, judged) = (checked.csrf.clone(), judged(incoming).await);
    Ok(Some(HeldSection { csrf, rooms: rooms.into_iter().filter_map(shown).collect(), judged }))
}

/// Returns the address that says the verdict of a form and names the writer.
pub fn judged_place(form: &Form) -> String {
    let user = form.field("user");
    match UserId::parse(&user) {
        Ok(_) => format!("{MODERATION}?done={}&done_to={user}#held", form.field("verdict")),
        Err(_) => format!("{MODERATION}#held"),
    }
}

/// Returns the verdict that [`judged_place`] has put into the address.
async fn judged(incoming: &Incoming) -> Option<Judged> {
    let is_published = match incoming.query("done")?.as_str() {
        "publish" => true,
        "drop" => false,
        _ => return None,
    };
    let user = UserId::parse(&incoming.query("done_to")?).ok()?;
    let name = admin_people::name_of(incoming, &user).await.unwrap_or_else(|| user.as_str().to_owned());
    Some(Judged { is_published, name })
}

/// Returns a room that has something to show. A room that does not answer must not take the page with it.
fn shown((room, held): HeldInRoom) -> Option<HeldRoom> {
    match held {
        Ok(held) if held.is_empty() => None,
        Ok(held) => Some(HeldRoom { room, messages: Some(held) }),
        Err(error) => {
            telemetry::call_failed("held", &error);
            Some(HeldRoom { room, messages: None })
        }
    }
}

/// Carries out the verdict of a form. Returns what the page says instead of going back to it.
pub async fn judge(incoming: &Incoming, form: &Form) -> Result<Option<FormOutcome>, CallError> {
    let checked = session_of_form(incoming, form.field("csrf"), String::new()).await?;
    flags::check_writes(&incoming.env).await?;
    session::check_may_write(incoming, &checked)?;
    let (room, id, verdict) = (form.field("room"), form.field("id"), form.field("verdict"));
    match held::judge_form(incoming, checked.principal, (&room, &id, &verdict)).await {
        Ok(()) => Ok(None),
        // Somebody has judged it since the page was shown, or its writer took it back.
        Err(CallError::Refused(Refusal::NotFound)) => Ok(Some(FormOutcome::NotHeld)),
        Err(error) => Err(error),
    }
}
