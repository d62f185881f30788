//! `/forgot`: a mail with a link for a new password (`account.md` 4). The answer is the same for every address. Without mail, the page leads
//! to the ways that need none (`account.md` 5).

use leptos::server_fn::ServerFn;

use super::window::{AccountWindow, framed, last_refusal, result, result_line, server_texts};
use crate::api::PortHandle;
use crate::api::account::{FORGOT, ForgotPassword, RECOVER};
use crate::pages::account_form::Email;
use crate::pages::form_field::keeping_typed;
use crate::pages::frame::asked;
use crate::prelude::*;

#[component]
pub fn ForgotPage() -> impl IntoView {
    let sends_mail = use_context::<PortHandle>().is_some_and(|PortHandle(port)| port.sends_mail());
    framed(move || form(sends_mail))
}

/// Renders the page, with its form if the deployment sends mail.
pub fn form(sends_mail: bool) -> ErasedView {
    let own = server_texts();
    let title = t_string!(own, account_pages.forgot);
    let (words, content) = match (sends_mail, asked("sent").is_some()) {
        (false, _) => (t_string!(own, account_pages.without_mail), without_mail(own)),
        (true, true) => (t_string!(own, account_pages.look), sent(own)),
        (true, false) => (t_string!(own, account_pages.forgot_what), open(own)),
    };
    // The answer has the way back as its button.
    let has_way_back = sends_mail && asked("sent").is_some();
    view! {
        <AccountWindow title words has_way_back>
            {content}
        </AccountWindow>
    }
    .erase()
}

fn open(own: ServerTexts) -> ErasedView {
    let refused = last_refusal();
    view! {
        <form class="signin-form" method="post" action=ForgotPassword::PATH>
            {refused.line(None)}
            <Email refused />
            <div class="signin-go">
                <button class="btn" data-kind="default" type="submit">
                    {t_string!(own, account_pages.send)}
                </button>
                <a href=keeping_typed(RECOVER)>{t_string!(own, account_pages.use_code)}</a>
            </div>
        </form>
    }
    .erase()
}

fn sent(own: ServerTexts) -> ErasedView {
    let line = result_line("ok", t_string!(own, account_pages.sent));
    view! {
        <div class="signin-form">
            {line}
            <div class="signin-go">
                <a class="btn" data-kind="default" href="/sign-in">
                    {t_string!(use_i18n(), account.back)}
                </a>
                <a href=FORGOT>{t_string!(own, account_pages.other_address)}</a>
            </div>
        </div>
    }
    .erase()
}

fn without_mail(own: ServerTexts) -> ErasedView {
    let line = result_line("info", t_string!(own, account_pages.no_mail));
    result(line, RECOVER.to_owned(), t_string!(own, account_pages.use_code))
}
