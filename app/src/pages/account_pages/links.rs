//! `/verify?token=` and `/undo?token=` (`account.md` 3, 6.3). Opening a page changes nothing; its button uses the link.

use leptos::server_fn::ServerFn;

use super::window::{AccountWindow, LinkState, last_refusal, link_fields, linked, result, result_line, server_texts};
use crate::api::PortHandle;
use crate::api::account::{ClientPage, FORGOT, UNDO, UndoAddress, VERIFY, VerifyAddress};
use crate::pages::frame::asked;
use crate::prelude::*;

/// `/verify`.
#[component]
pub fn VerifyPage() -> impl IntoView {
    linked(VERIFY, verify_form)
}

/// `/undo`.
#[component]
pub fn UndoPage() -> impl IntoView {
    linked(UNDO, undo_form)
}

/// Renders the page that confirms an address.
pub fn verify_form(link: LinkState) -> ErasedView {
    let own = server_texts();
    let title = match link {
        LinkState::Done => t_string!(own, account_pages.verified_title),
        _ => t_string!(own, account_pages.verify),
    };
    let (words, token, content) = match link {
        LinkState::Open { token, link } => {
            let words = match link.is_own {
                true => t_string!(own, account_pages.verify_what),
                false => t_string!(own, account_pages.verify_elsewhere),
            };
            let button = t_string!(own, account_pages.verify);
            (words, token.clone(), button_form(VerifyAddress::PATH, token, link.email, button))
        }
        LinkState::Done => {
            let (leads_to, link) = match client_page() {
                Some(page) => (page.url, t_string!(own, account_pages.next)),
                None => way_on(),
            };
            let line = result_line("ok", t_string!(own, account_pages.verified));
            (t_string!(own, account_pages.thanks), String::new(), result(line, leads_to, link))
        }
        LinkState::Gone => {
            let (leads_to, link) = way_on();
            let line = result_line("info", t_string!(own, account_pages.verify_gone));
            (t_string!(own, account_pages.gone), String::new(), result(line, leads_to, link))
        }
    };
    view! { <AccountWindow title words token>{content}</AccountWindow> }.erase()
}

/// Renders the page that takes a change of address back. Whoever changed the address knew the password, so it leads to a new one.
pub fn undo_form(link: LinkState) -> ErasedView {
    let own = server_texts();
    let title = match link {
        LinkState::Done => t_string!(own, account_pages.undone_title),
        _ => t_string!(own, account_pages.undo),
    };
    let (words, token, content) = match link {
        LinkState::Open { token, link } => {
            let button = t_string!(own, account_pages.undo_now);
            (
                t_string!(own, account_pages.undo_what),
                token.clone(),
                button_form(UndoAddress::PATH, token, link.email, button),
            )
        }
        LinkState::Done => {
            let line = result_line("ok", t_string!(own, account_pages.undone));
            (t_string!(own, account_pages.undone_what), String::new(), to_forgot(own, line))
        }
        LinkState::Gone => {
            let line = result_line("info", t_string!(own, account_pages.undo_gone));
            (t_string!(own, account_pages.gone), String::new(), to_forgot(own, line))
        }
    };
    view! { <AccountWindow title words token>{content}</AccountWindow> }.erase()
}

fn button_form(action: &'static str, token: String, email: String, button: &'static str) -> ErasedView {
    view! {
        <form class="signin-form" method="post" action=action>
            {last_refusal().within(&[]).line(None)}
            {link_fields(token, email)}
            {client_page().map(|page| view! { <input type="hidden" name="next" value=page.url /> })}
            <div class="signin-go">
                <button class="btn" data-kind="default" type="submit">
                    {button}
                </button>
            </div>
        </form>
    }
    .erase()
}

fn to_forgot(own: ServerTexts, line: ErasedView) -> ErasedView {
    result(line, FORGOT.to_owned(), t_string!(own, account_pages.reset))
}

/// Returns the page that a visitor goes on with: the messenger, or the sign-in page without a session.
fn way_on() -> (String, &'static str) {
    let is_signed_in = use_context::<PortHandle>().is_some_and(|PortHandle(port)| port.shows_session());
    match is_signed_in {
        true => ("/app".to_owned(), t_string!(server_texts(), account_pages.go_on)),
        false => ("/sign-in".to_owned(), t_string!(use_i18n(), app.sign_in)),
    }
}

/// Returns the page of the client that asked for the mail, where it named one.
fn client_page() -> Option<ClientPage> {
    let PortHandle(port) = use_context::<PortHandle>()?;
    port.client_page(&asked("callbackURL")?)
}
