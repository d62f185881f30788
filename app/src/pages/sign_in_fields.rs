//! Fields of the forms by which people sign in.

use protocol::words::status::Status;

use super::address_wait::wait_words;
use super::form_field::{FormRefusal, typed};
use super::frame::{asked, own_appearance};
use crate::address_wait::AddressWait;
use crate::prelude::*;
use crate::ui::words::status_word;

/// Line with the last refusal, unless it is about one field. A persona in use can be taken over once it is idle (`sign-in.md` 1).
#[component]
pub fn ErrorLine(refused: FormRefusal, is_of_account: bool) -> impl IntoView {
    let i18n = use_i18n();
    let is_taken = refused.code == "PERSONA_TAKEN";
    view! {
        {refused.line(AddressWait::of(asked).map(|wait| wait_words(wait, is_of_account)))}
        {is_taken.then(|| view! {
            <label class="check">
                <input type="checkbox" name="takeover" value="true" />
                {t_string!(i18n, sign_in.takeover)}
            </label>
        })}
    }
}

/// Choice of the first status.
#[component]
pub fn StatusChoice(
    /// `true` in the form of accounts. An account may keep its present status, which another device may have set: a hidden person must not
    /// become visible by a sign-in on a new device.
    is_of_account: bool,
    /// Last refusal of the form: what was chosen in another one stays there.
    refused: FormRefusal,
) -> impl IntoView {
    let i18n = use_i18n();
    let (id, label) = match is_of_account {
        true => ("account-status", t_string!(i18n, account.status)),
        false => ("status", t_string!(i18n, sign_in.status)),
    };
    let bead = |status: Status| {
        let symbol = format!("#{}", crate::ui::icon::bead_symbol(status.as_str()));
        view! { <svg class="st" data-status=status.as_str()><use href=symbol /></svg> }
    };
    // The status of the form that is shown again, or the one that was chosen last on this device.
    let kept = typed("status").filter(|_| !refused.code.is_empty());
    let chosen = kept.map_or_else(|| own_appearance().status, |word| Status::parse(&word));
    let last = chosen.or((!is_of_account).then_some(Status::Online));
    let option = move |status: Status| {
        let word = status_word(i18n, status.as_str());
        view! { <option value=status.as_str() selected=Some(status) == last>{word}</option> }
    };
    let as_before = is_of_account.then(|| {
        let word = t_string!(i18n, account.status_as_before);
        view! { <option value="" selected=last.is_none()>{word}</option> }
    });
    view! {
        <label class="signin-label" for=id>{label}</label>
        <span class="select">
            <span class="select-beads" aria-hidden="true">{Status::ALL.map(bead).collect_view()}</span>
            <select class="field" id=id name="status">{as_before} {Status::ALL.map(option).collect_view()}</select>
        </span>
    }
    .erase()
}
