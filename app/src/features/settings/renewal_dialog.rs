//! Dialog that asks the person to sign in again when the session ends or has ended. The page and its unsent messages stay.

use leptos::html;
use leptos::prelude::*;
use protocol::words::limits::{EMAIL_BYTES_MAX, PASSWORD_BYTES_MAX};
use protocol::words::principal::UserKind;

use super::account_fields::factor_field;
use crate::api::account::SECOND_FACTOR;
use crate::browser::{dom, people_check};
use crate::i18n::{said, t_string, use_i18n};
use crate::session::{Session, use_session};
use crate::store::renewal::{Renewal, SignInAgain};
use crate::ui::dialog::{self, DialogRef};
use crate::ui::password::show_password;
use crate::ui::words::sign_in_error;
use crate::view::bindings::{handler, switch, text, when};
use crate::view::erased::{ErasedView, IntoErased};

/// Id of the field for the second factor.
const CODE: &str = "again-code";

/// The dialog, while it is needed.
#[component]
pub fn RenewalDialog() -> impl IntoView {
    let session = use_session();
    when(move || session.renewal.get() != Renewal::Nothing, move || view! { <Open /> }.client_only())
}

#[component]
fn Open() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let (frame, check) = (DialogRef::new(), NodeRef::<html::Div>::new());
    Effect::new(move |_| {
        dialog::show(frame);
        if let Some(site_key) = session.sign_in_check.with_value(|check| check.site_key.clone()) {
            people_check::show(check, &site_key);
        }
    });
    let has_ended = move || session.renewal.get() == Renewal::Ended;
    let closed = move |_| {
        session.renew_later();
        // Without a session there is no way back to the page.
        if session.renewal.get_untracked() == Renewal::Ended {
            dialog::show(frame);
        }
    };
    let (form, code) = (RwSignal::new(SignInAgain::default()), RwSignal::new(String::new()));
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        session.sign_in_again(SignInAgain { code: code.get_untracked(), ..form.get_untracked() });
    };
    let asks_factor = asks_factor(session);
    let kind = session.me.with_untracked(|me| me.kind);
    let is_stale = move || session.renewal.get() == Renewal::Stale;
    let words = move || match (has_ended(), session.ending_in_s.get()) {
        (false, _) if is_stale() => t_string!(i18n, passkeys.again).to_owned(),
        (false, Some(seconds)) => t_string!(i18n, renewal.ending, seconds = seconds),
        (false, None) => t_string!(i18n, connection.ending).to_owned(),
        (true, _) if kind == UserKind::Guest => t_string!(i18n, renewal.guest_ended).to_owned(),
        (true, _) => t_string!(i18n, renewal.ended).to_owned(),
    };
    let error = move || session.renewal_error.get().map(|code| sign_in_error(i18n, &code, "")).unwrap_or_default();
    view! {
        <dialog class="dialog" aria-labelledby="renewal-title" node_ref=frame on:close=handler(closed)>
            <div class="caption">
                <h2 class="caption-title" id="renewal-title">{said!(i18n, renewal.title)}</h2>
            </div>
            <form class="window-body" on:submit=handler(submit)>
                <div class="dialog-body">
                    <p>{text(words)}</p>
                    {when(move || session.renewal_error.get().is_some(), move || dialog::complaint(text(error)))}
                    {(kind == UserKind::User).then(|| account_fields(form))}
                    {when(move || asks_factor.get(), move || second_factor(session, code))}
                    <div node_ref=check></div>
                </div>
                <div class="dialog-foot">
                    {when(move || !has_ended(), later)}
                    <button class="btn" type="button" on:click=handler(move |_| session.sign_out())>
                        {said!(i18n, renewal.somebody_else)}
                    </button>
                    {(kind != UserKind::Guest).then(|| view! {
                        <button class="btn" type="submit" data-kind="default">
                            {said!(i18n, renewal.submit)}
                        </button>
                    })}
                </div>
            </form>
        </dialog>
    }
    .client_only()
}

/// Returns `true` if the account is known to have a second factor, and from the time at which the server has asked for one.
fn asks_factor(session: Session) -> Memo<bool> {
    let is_asked = move || session.renewal_error.with(|code| code.as_deref() == Some(SECOND_FACTOR));
    // The field stays while the form is sent again.
    Memo::new(move |before: Option<&bool>| is_asked() || session.account.has_second_factor() || before == Some(&true))
}

fn second_factor(session: Session, code: RwSignal<String>) -> ErasedView {
    // The dialog begins at its first field.
    if session.renewal_error.with_untracked(Option::is_some) {
        dom::focus_by_id(CODE);
    }
    factor_field(CODE, false, code)
}

fn later() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    view! {
        <button class="btn" type="button" on:click=handler(move |_| session.renew_later())>
            {said!(i18n, renewal.later)}
        </button>
    }
    .client_only()
}

fn account_fields(form: RwSignal<SignInAgain>) -> ErasedView {
    let i18n = use_i18n();
    view! {
        <label class="label" for="again-email">{said!(i18n, account.email)}</label>
        <input
            class="field"
            id="again-email"
            type="email"
            required
            maxlength=EMAIL_BYTES_MAX.to_string()
            autocomplete="username"
            on:input=handler(move |event| form.update(|form| form.email = event_target_value(&event)))
        />
        <label class="label" for="again-password">{said!(i18n, account.password)}</label>
        <input
            class="field"
            id="again-password"
            type="password"
            required
            maxlength=PASSWORD_BYTES_MAX.to_string()
            autocomplete="current-password"
            on:input=handler(move |event| form.update(|form| form.password = event_target_value(&event)))
        />
        {show_password(false)}
        <label class="check">
            <input
                type="checkbox"
                prop:checked=switch(move || form.with(|form| form.remember))
                on:change=handler(move |_| form.update(|form| form.remember = !form.remember))
            />
            {said!(i18n, account.remember)}
        </label>
    }
    .client_only()
}
