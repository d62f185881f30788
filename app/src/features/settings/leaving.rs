//! Section of the settings for the person's own data: an archive, and the deletion of the account. Both explain the effect before they
//! start (`leaving.md` 2).

use protocol::words::principal::UserKind;

use super::account_fields::{password_refusal, secret};
use super::rows::heading;
use crate::browser::{CallError, people_check};
use crate::store::leaving::{Archive, DeletionForm};
use crate::ui::prelude::*;

/// Id of the form of the deletion, and of the button that opens it.
const FORM: &str = "farewell";
const TO_FORM: &str = "to-farewell";
/// Id of the field for the password of an account.
const PASSWORD: &str = "farewell-password";

#[component]
pub fn LeavingSettings() -> impl IntoView {
    let session = use_session();
    let archive = RwSignal::new(Archive::default());
    session.run(move |state| state.load_archive(archive));
    let kind = session.me.with_untracked(|me| me.kind);
    let is_leaving = RwSignal::new(false);
    // Personas are shared, so they cannot be deleted.
    let may_leave = matches!(kind, UserKind::User | UserKind::Guest);
    let leave = may_leave.then(|| {
        view! {
            {when(move || !is_leaving.get(), move || leave_row(is_leaving))}
            {when(move || is_leaving.get(), move || farewell(kind, is_leaving))}
        }
    });
    view! {
        <fieldset class="setting" aria-label=said!(leaving.title)>
            {heading(said!(leaving.title))}
            {archive_row(archive)}
            {leave}
        </fieldset>
    }
    .client_only()
}

fn archive_row(archive: RwSignal<Archive>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let note = move || match archive.get() {
        archive if archive.is_running() => t_string!(i18n, leaving.running).to_owned(),
        Archive { url: Some(_), expires_at: Some(at), .. } => {
            let language = session.settings.language.get();
            let (date, time) = (clock::date_text(at, &language), clock::time_text(at, &language));
            t_string!(i18n, leaving.ready, date = date, time = time)
        }
        _ => t_string!(i18n, leaving.what_export).to_owned(),
    };
    let has_none = move || archive.with(|archive| archive.state.is_none());
    let is_ready = move || archive.with(|archive| archive.url.is_some());
    let make = move || {
        let make = handler(move |_| session.run(move |state| state.make_archive(archive)));
        button(said!(leaving.export), make).client_only()
    };
    let fetch = move || {
        let url = archive.with_untracked(|archive| archive.url.clone()).unwrap_or_default();
        view! { <a class="btn" href=url download="">{said!(leaving.fetch)}</a> }.client_only()
    };
    view! {
        <div class="setting-row">
            <span class="grow" role="status">{text(note)}</span>
            {when(has_none, make)}
            {when(is_ready, fetch)}
        </div>
    }
    .client_only()
}

fn leave_row(is_leaving: RwSignal<bool>) -> ErasedView {
    view! {
        <div class="setting-row">
            <button id=TO_FORM class="btn" type="button" on:click=handler(move |_| is_leaving.set(true))>
                {said!(leaving.delete)}
            </button>
        </div>
    }
    .client_only()
}

/// Closes the form. The button that opens it is drawn again, and gets the focus back.
fn close(is_leaving: RwSignal<bool>) {
    is_leaving.set(false);
    dom::focus_by_id(TO_FORM);
}

/// Form of the deletion: its effect, its choices, and the proof of the person.
fn farewell(kind: UserKind, is_leaving: RwSignal<bool>) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let code = session.home.story_value.get_untracked();
    let refused = RwSignal::new((!code.is_empty()).then(|| CallError::of(code)));
    let (form, password) = (RwSignal::new(DeletionForm::default()), RwSignal::new(String::new()));
    let check = NodeRef::<html::Div>::new();
    let is_account = kind == UserKind::User;
    let refusal = password_refusal(refused, if is_account { PASSWORD } else { NO_FIELD });
    Effect::new(move |_| {
        let site_key = session.sign_in_check.with_value(|check| check.site_key.clone());
        if let Some(site_key) = site_key.filter(|_| !is_account) {
            people_check::show(check, &site_key);
        }
    });
    // The person has this time to come back, counted from the request.
    let until = clock::server_now_ms() + session.limits.account_undo_ms;
    let words = move || match is_account {
        true => {
            let language = session.settings.language.get();
            let (date, time) = (clock::date_text(until, &language), clock::time_text(until, &language));
            t_string!(i18n, leaving.what_account, date = date, time = time)
        }
        false => t_string!(i18n, leaving.what_guest).to_owned(),
    };
    let submit = move || {
        let (password, token) = (password.get_untracked(), session.check_token());
        let form = DeletionForm { password, token, ..form.get_untracked() };
        session.run(move |state| state.leave_for_good(&form, refused));
    };
    dom::focus_soon(format!("#{FORM} input"));
    view! {
        <form id=FORM class="setting-form" on:submit=submit_handler(submit)>
            <p>{text(words)}</p>
            {choice(form, false)}
            {choice(form, true)}
            {is_account.then(|| secret(refusal, PASSWORD, said!(account.password), password))}
            <div node_ref=check></div>
            {refusal.of_form()}
            <div class="setting-row">
                <button class="btn" type="submit">{said!(leaving.delete)}</button>
                {button(said!(dialogs.cancel), handler(move |_| close(is_leaving)))}
            </div>
        </form>
    }
    .client_only()
}

fn choice(form: RwSignal<DeletionForm>, keeps_words: bool) -> ErasedView {
    let i18n = use_i18n();
    let words = move || match keeps_words {
        true => t_string!(i18n, leaving.anonymise),
        false => t_string!(i18n, leaving.remove),
    };
    let is_it = move || form.with(|form| form.keeps_words == keeps_words);
    let chosen = handler(move |_| form.update(|form| form.keeps_words = keeps_words));
    radio("farewell", text(words), Box::new(is_it), chosen)
}
