//! Window of the pages around an account, and the state of a link.

use protocol::words::refusal::Refusal;

use crate::api::PortHandle;
use crate::api::account::{PageLink, SECOND_FACTOR, known_token};
use crate::pages::form_field::FormRefusal;
use crate::pages::frame::{BrandWindow, Frame, asked, own_appearance};
use crate::pages::languages::languages;
use crate::pages::notice::Unavailable;
use crate::pages::sign_in::chosen_appearance;
use crate::ui::prelude::*;
use crate::ui::words::sign_in_error;

/// State of the link that leads to a page.
pub enum LinkState {
    /// The link is good.
    Open {
        token: String,
        /// Address, and what the link may end.
        link: PageLink,
    },
    /// The link was just used.
    Done,
    /// The link is used, expired or unknown.
    Gone,
}

/// Texts of these pages, which no browser loads.
pub fn server_texts() -> ServerTexts {
    ServerTexts(use_i18n().locale())
}

/// Window with a brand, like that of the sign-in page.
#[component]
pub fn AccountWindow(
    title: &'static str,
    /// Sentence under the heading.
    words: &'static str,
    /// Token of the page's link, which the links to other languages keep; empty without one.
    #[prop(default = String::new())]
    token: String,
    /// The content leads back to the sign-in page, so the foot does not.
    #[prop(default = false)]
    has_way_back: bool,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let way_back = (!has_way_back).then(|| {
        view! { <span class="foot-item"><a href="/sign-in">{t_string!(i18n, account.back)}</a> " ·"</span> }.erase()
    });
    let query = if token.is_empty() { token } else { format!("&token={token}") };
    let foot = view! {
        {way_back} " "
        <span class="foot-item"><a href="/privacy">{t_string!(i18n, app.privacy)}</a> " ·"</span> " "
        {languages(i18n.locale(), "", &query)}
    }
    .erase();
    view! { <BrandWindow title words content=children().erase() foot /> }.erase()
}

/// Renders a page without a link, in the language and look of the visitor.
pub fn framed(form: impl FnOnce() -> ErasedView + Send + 'static) -> ErasedView {
    view! { <Frame appearance=chosen_appearance(own_appearance())>{form()}</Frame> }.erase()
}

/// Renders the page of a link. Its state is read on the server, which uses nothing up (`account.md` 2).
pub fn linked(page: &'static str, form: fn(LinkState) -> ErasedView) -> impl IntoView {
    let shown = move || {
        Suspend::new(async move {
            match read_link(page).await {
                Ok(state) => framed(move || form(state)),
                Err(_) => view! { <Unavailable /> }.erase(),
            }
        })
    };
    view! { <Suspense>{shown}</Suspense> }
}

/// Returns the state of the link in the address.
async fn read_link(page: &'static str) -> Result<LinkState, Refusal> {
    if asked("done").is_some() {
        return Ok(LinkState::Done);
    }
    let typed = asked("token").unwrap_or_default();
    let token = known_token(&typed).to_owned();
    if token.is_empty() {
        return Ok(LinkState::Gone);
    }
    let PortHandle(port) = use_context::<PortHandle>().ok_or(Refusal::Internal)?;
    match port.read_link(page, token.clone()).await {
        Ok(link) => Ok(LinkState::Open { token, link }),
        Err(refusal) if refusal.field() == Some("token") => Ok(LinkState::Gone),
        Err(refusal) => Err(refusal),
    }
}

/// Returns the refusal of the page's form.
pub fn last_refusal() -> FormRefusal {
    FormRefusal::asked(|i18n, code, member| {
        let own = ServerTexts(i18n.locale());
        match (code, member) {
            ("VALIDATION", "token") => t_string!(own, account_pages.gone).to_owned(),
            ("BAD_CREDENTIALS", _) => t_string!(own, account_pages.wrong_code).to_owned(),
            ("MAIL_OFF", _) => t_string!(own, account_pages.no_mail).to_owned(),
            ("VALIDATION", "email" | "password") | (SECOND_FACTOR | "EMAIL_TAKEN", _) => {
                sign_in_error(i18n, code, member)
            }
            _ => t_string!(i18n, refused.other).to_owned(),
        }
    })
}

/// Renders the line with a result. `kind` is `ok`, `info` or `error`.
pub fn result_line(kind: &'static str, words: &'static str) -> ErasedView {
    let drawing = match kind {
        "ok" => "ic-check",
        "info" => "ic-info",
        _ => "ic-warn",
    };
    view! {
        <div class="bar" data-kind=kind role="status">
            {icon(drawing, "14")} <span>{words}</span>
        </div>
    }
    .erase()
}

/// Renders a result and the page to go on with.
pub fn result(line: ErasedView, leads_to: String, link: &'static str) -> ErasedView {
    view! {
        <div class="signin-form">
            {line}
            <div class="signin-go">
                <a class="btn" data-kind="default" href=leads_to>
                    {link}
                </a>
            </div>
        </div>
    }
    .erase()
}

/// Renders the token of a link for its form, and the address that the link is for.
pub fn link_fields(token: String, email: String) -> ErasedView {
    view! {
        <input type="hidden" name="token" value=token />
        <label class="signin-label" for="email">
            {t_string!(use_i18n(), account.email)}
        </label>
        <input class="field" id="email" type="email" autocomplete="username" readonly value=email />
    }
    .erase()
}
