//! `/recover`: a new password by a recovery code (`account.md` 5.1).

use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use super::window::{AccountWindow, framed, refusal_line, server_texts};
use crate::api::account::{CODE_CHARS_MAX, FORGOT, RecoverAccount};
use crate::i18n::t_string;
use crate::pages::account_form::{Email, Password, Remember, SecondFactor};
use crate::view::erased::{ErasedView, IntoErased};

/// The page.
#[component]
pub fn RecoverPage() -> impl IntoView {
    framed(form)
}

/// Renders the page.
pub fn form() -> ErasedView {
    let own = server_texts();
    let (title, words) = (t_string!(own, account_pages.recover), t_string!(own, account_pages.recover_what));
    view! {
        <AccountWindow title words>
            <form class="signin-form" method="post" action=RecoverAccount::PATH>
                {refusal_line()}
                <Email />
                <label class="signin-label" for="code">
                    {t_string!(own, account_pages.code)}
                </label>
                <input
                    class="field"
                    id="code"
                    name="code"
                    dir="ltr"
                    required
                    maxlength=CODE_CHARS_MAX
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    aria-describedby="code-hint"
                />
                <small class="signin-hint" id="code-hint">
                    {t_string!(own, account_pages.code_hint)}
                </small>
                <Password is_new=true />
                <SecondFactor name="secondFactor" />
                <Remember />
                <div class="signin-go">
                    <button class="btn" data-kind="default" type="submit">
                        {t_string!(own, account_pages.save)}
                    </button>
                    <a href=FORGOT>{t_string!(own, account_pages.by_mail)}</a>
                </div>
            </form>
        </AccountWindow>
    }
    .erase()
}
