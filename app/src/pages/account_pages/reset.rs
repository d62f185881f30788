//! `/reset?token=`: a new password by the link of a mail or of the operator (`account.md` 4, 5.2).

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::window::{AccountWindow, LinkState, link_fields, linked, refusal_line, result, result_line, server_texts};
use crate::api::account::{FORGOT, RESET, ResetPassword};
use crate::i18n::t_string;
use crate::pages::account_form::{Password, Remember};
use crate::view::erased::{ErasedView, IntoErased};

/// The page.
#[component]
pub fn ResetPage() -> impl IntoView {
    linked(RESET, form)
}

/// Renders the page for the state of its link.
pub fn form(link: LinkState) -> ErasedView {
    let own = server_texts();
    let title = t_string!(own, account_pages.reset);
    let LinkState::Open { token, email } = link else {
        let line = result_line("error", t_string!(own, account_pages.gone));
        let content = result(line, FORGOT, t_string!(own, account_pages.ask_again));
        return view! { <AccountWindow title words=t_string!(own, account_pages.gone_what)>{content}</AccountWindow> }
            .erase();
    };
    view! {
        <AccountWindow title words=t_string!(own, account_pages.reset_what) token=token.clone()>
            <form class="signin-form" method="post" action=ResetPassword::PATH>
                {refusal_line()}
                {link_fields(token, email)}
                <Password is_new=true />
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
