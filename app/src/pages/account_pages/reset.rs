//! `/reset?token=`: a new password by the link of a mail or of the operator (`account.md` 4, 5.2).

use leptos::server_fn::ServerFn;
use protocol::words::iso::iso_utc;
use protocol::words::language::numeric_day;

use super::window::{AccountWindow, LinkState, last_refusal, link_fields, linked, result, result_line, server_texts};
use crate::api::account::{FORGOT, PagePasskey, RESET, ResetPassword};
use crate::pages::account_form::{Password, Remember, SecondFactor};
use crate::pages::form_field::{WrongField, typed};
use crate::prelude::*;

#[component]
pub fn ResetPage() -> impl IntoView {
    linked(RESET, form)
}

/// Renders the page for the state of its link.
pub fn form(link: LinkState) -> ErasedView {
    let own = server_texts();
    let title = t_string!(own, account_pages.reset);
    let LinkState::Open { token, link } = link else {
        let line = result_line("info", t_string!(own, account_pages.gone_what));
        let content = result(line, FORGOT.to_owned(), t_string!(own, account_pages.ask_again));
        return view! { <AccountWindow title words=t_string!(own, account_pages.gone)>{content}</AccountWindow> }
            .erase();
    };
    let refused = last_refusal().within(&[WrongField::Password, WrongField::Factor]);
    let refused = refused.with_password(&[WrongField::Password]);
    view! {
        <AccountWindow title words=t_string!(own, account_pages.reset_what) token=token.clone()>
            <form class="signin-form" method="post" action=ResetPassword::PATH>
                {refused.line(None)}
                {link_fields(token, link.email)}
                {kept_passkeys(&link.passkeys)}
                <Password is_new=true refused=refused.clone() label=t_string!(own, own_account.next) />
                <SecondFactor name="secondFactor" refused is_known=link.asks_factor />
                <Remember />
                <div class="signin-go">
                    <button class="btn" data-kind="default" type="submit">
                        {t_string!(own, account_pages.save)}
                    </button>
                </div>
            </form>
        </AccountWindow>
    }
    .erase()
}

/// Renders the passkeys with their days, and a choice for each of them, which a refused form has kept.
fn kept_passkeys(passkeys: &[PagePasskey]) -> Option<ErasedView> {
    let (own, i18n, chosen) = (server_texts(), use_i18n(), typed("keep"));
    let row = |passkey: &PagePasskey| {
        let PagePasskey { id, name, created_at, is_kept } = passkey.clone();
        let is_kept = chosen.as_ref().map_or(is_kept, |ids| ids.split(' ').any(|chosen| chosen == id));
        let made = iso_utc(created_at);
        // The server does not know the person's zone, so the day is that of UTC.
        let day = numeric_day(made.get(..10).unwrap_or_default(), own.0.as_str());
        view! {
            <label class="check">
                <input type="checkbox" name="keep[]" value=id checked=is_kept />
                <bdi>{name}</bdi>
                " "
                <small>{t_string!(i18n, passkeys.made, date = day)}</small>
            </label>
        }
        .erase()
    };
    let rows: Vec<ErasedView> = passkeys.iter().map(row).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <fieldset class="signin-form" aria-describedby="passkeys-hint">
                <legend class="signin-label">{t_string!(own, account_pages.passkeys)}</legend>
                {rows}
                <small class="signin-hint" id="passkeys-hint">
                    {t_string!(own, account_pages.passkeys_hint)}
                </small>
            </fieldset>
        }
        .erase()
    })
}
