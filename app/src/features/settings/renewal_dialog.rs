//! Dialog that asks the person to sign in again when the session ends or has ended. The page and its unsent messages stay.

use protocol::words::principal::UserKind;

use super::account_fields::{email_field, factor_field, secret};
use crate::api::account::SECOND_FACTOR;
use crate::browser::{CallError, people_check};
use crate::store::renewal::{Renewal, SignInAgain};
use crate::ui::prelude::*;
use crate::ui::words::{refused_words, sign_in_error};

const EMAIL: &str = "again-email";
const PASSWORD: &str = "again-password";
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
    let (frame, people) = (DialogRef::new(), NodeRef::<html::Div>::new());
    Effect::new(move |_| {
        dialog::show(frame);
        if let Some(site_key) = session.sign_in_check.with_value(|check| check.site_key.clone()) {
            people_check::show(people, &site_key);
        }
    });
    let has_ended = move || session.renewal.get() == Renewal::Ended;
    let closed = move |_| {
        session.run(State::renew_later);
        // Without a session there is no way back to the page.
        if session.renewal.get_untracked() == Renewal::Ended {
            dialog::show(frame);
        }
    };
    let kind = session.me.with_untracked(|me| me.kind);
    let ([email, password, code], remember) = ([(); 3].map(|()| RwSignal::new(String::new())), RwSignal::new(false));
    let refusal = refusal(session, kind);
    let submit = move || {
        let [email, password, code] = [email, password, code].map(|field| field.get_untracked());
        let (remember, token) = (remember.get_untracked(), session.check_token());
        let form = SignInAgain { email, password, code, remember, token };
        session.run(move |state| state.sign_in_again(form));
    };
    let asks_factor = asks_factor(session);
    let is_stale = move || session.renewal.get() == Renewal::Stale;
    let words = move || match (has_ended(), session.ending_in_s.get()) {
        (false, _) if is_stale() => t_string!(i18n, passkeys.again).to_owned(),
        (false, Some(seconds)) => t_string!(i18n, renewal.ending, seconds = seconds),
        (false, None) => t_string!(i18n, connection.ending).to_owned(),
        (true, _) if kind == UserKind::Guest => t_string!(i18n, renewal.guest_ended).to_owned(),
        (true, _) => t_string!(i18n, renewal.ended).to_owned(),
    };
    view! {
        <dialog class="dialog" aria-labelledby="renewal-title" node_ref=frame on:close=handler(closed)>
            <div class="caption">
                <h2 class="caption-title" id="renewal-title">{said!(renewal.title)}</h2>
            </div>
            <form class="window-body" on:submit=submit_handler(submit)>
                <div class="dialog-body">
                    <p>{text(words)}</p>
                    {refusal.of_form()}
                    {(kind == UserKind::User).then(|| account_fields(refusal, email, password, remember))}
                    {when(move || asks_factor.get(), move || factor_field(refusal, CODE, false, code))}
                    <div node_ref=people></div>
                </div>
                <div class="dialog-foot">
                    {when(move || !has_ended(), later)}
                    {button(said!(renewal.somebody_else), handler(move |_| session.run(State::sign_out)))}
                    {(kind != UserKind::Guest).then(|| view! {
                        <button class="btn" type="submit" data-kind="default">
                            {said!(renewal.submit)}
                        </button>
                    })}
                </div>
            </form>
        </dialog>
    }
    .client_only()
}

/// Refusal of the sign-in. Only an account has fields.
fn refusal(session: Session, kind: UserKind) -> FormRefusal {
    let i18n = use_i18n();
    let wrong_field = move |error: &CallError| match error.code.as_str() {
        _ if kind != UserKind::User => NO_FIELD,
        _ if error.is_about("email") => EMAIL,
        "BAD_CREDENTIALS" => PASSWORD,
        SECOND_FACTOR => CODE,
        _ => NO_FIELD,
    };
    let words = move |error: &CallError| {
        refused_words(i18n, error, |code| sign_in_error(i18n, code, error.field.as_deref().unwrap_or_default()))
    };
    FormRefusal::of(session.renewal_error, wrong_field, words)
}

/// Returns `true` if the account is known to have a second factor, and from the time at which the server has asked for one.
fn asks_factor(session: Session) -> Memo<bool> {
    let is_asked =
        move || session.renewal_error.with(|error| error.as_ref().is_some_and(|error| error.code == SECOND_FACTOR));
    // The field stays while the form is sent again.
    Memo::new(move |before: Option<&bool>| is_asked() || session.account.has_second_factor() || before == Some(&true))
}

fn later() -> ErasedView {
    let session = use_session();
    button(said!(renewal.later), handler(move |_| session.run(State::renew_later))).client_only()
}

fn account_fields(
    refusal: FormRefusal,
    email: RwSignal<String>,
    password: RwSignal<String>,
    remember: RwSignal<bool>,
) -> ErasedView {
    view! {
        {email_field(refusal, EMAIL, said!(account.email), "username", email)}
        {secret(refusal, PASSWORD, said!(account.password), password)}
        {check(remember, said!(account.remember))}
    }
    .client_only()
}
