//! The form on `/admin` that makes a link to a new password (`account.md` 5.2), and its result.

use protocol::words::limits::EMAIL_BYTES_MAX;

use super::content::RecoveryLink;
use super::elements::{FormText, refusal};
use crate::pages::document::Notice;
use crate::prelude::*;

/// Form in the section of people. The link is shown once, as text that can be copied: whoever opens it has used its page.
#[component]
pub fn Recovery(t: ServerTexts, csrf: String, recovery: Option<RecoveryLink>) -> impl IntoView {
    let typed = match &recovery {
        Some(RecoveryLink::Made { email, .. } | RecoveryLink::Unknown { email }) => email.clone(),
        None => String::new(),
    };
    let wrong = matches!(recovery, Some(RecoveryLink::Unknown { .. })).then_some("recovery");
    let answer = recovery.map(|recovery| answer(t, recovery));
    view! {
        <h3 id=wrong.is_none().then_some("recovery")>{t_string!(t, admin.recovery)}</h3>
        <p>{t_string!(t, admin.recovery_hint)}</p>
        {answer}
        <form method="post" action="/admin#recovery" class="admin-search">
            <input type="hidden" name="csrf" value=csrf />
            <input type="hidden" name="do" value="recovery" />
            <FormText
                label=t_string!(t, admin.address)
                kind="email"
                name="email"
                value=typed
                maxlength=EMAIL_BYTES_MAX
                wrong
            />
            <button class="btn">{t_string!(t, admin.make_link)}</button>
        </form>
        {refusal(wrong, t_string!(t, admin.unknown_address))}
    }
}

fn answer(t: ServerTexts, recovery: RecoveryLink) -> ErasedView {
    match recovery {
        RecoveryLink::Unknown { .. } => ().erase(),
        RecoveryLink::Made { url, .. } => view! {
            <Notice kind="ok">{t_string!(t, admin.link_made)}</Notice>
            <div class="admin-search">
                <label>
                    {format!("{} ", t_string!(t, admin.link))}
                    <input dir="ltr" class="field" type="text" value=url readonly />
                </label>
            </div>
        }
        .erase(),
    }
}
