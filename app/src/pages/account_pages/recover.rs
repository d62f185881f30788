//! `/recover`: a new password by a recovery code (`account.md` 5.1).

use leptos::server_fn::ServerFn;

use super::window::{AccountWindow, framed, last_refusal, server_texts};
use crate::api::account::{CODE_CHARS_MAX, FORGOT, RecoverAccount};
use crate::pages::account_form::{Email, Password, Remember, SecondFactor};
use crate::pages::form_field::{FormField, WrongField, keeping_typed};
use crate::prelude::*;

#[component]
pub fn RecoverPage() -> impl IntoView {
    framed(form)
}

pub fn form() -> ErasedView {
    let own = server_texts();
    let (title, words) = (t_string!(own, account_pages.recover), t_string!(own, account_pages.recover_what));
    let refused = last_refusal().with_password(&[WrongField::Password]);
    let hint = t_string!(own, account_pages.code_hint);
    let hint = view! { <small class="signin-hint" id="code-hint">{hint}</small> }.erase();
    view! {
        <AccountWindow title words>
            <form class="signin-form" method="post" action=RecoverAccount::PATH>
                {refused.line(None)}
                <Email refused=refused.clone() />
                <FormField
                    id="code"
                    name="code"
                    label=t_string!(own, account_pages.code)
                    refusal=refused.of(WrongField::Proof)
                    hint=Some(hint)
                    dir=Some("ltr")
                    maxlength=CODE_CHARS_MAX.to_owned()
                    autocomplete="off"
                    is_code=true
                />
                <Password is_new=true refused=refused.clone() label=t_string!(own, own_account.next) />
                <SecondFactor name="secondFactor" refused />
                <Remember />
                <div class="signin-go">
                    <button class="btn" data-kind="default" type="submit">
                        {t_string!(own, account_pages.save)}
                    </button>
                    <a href=keeping_typed(FORGOT)>{t_string!(own, account_pages.by_mail)}</a>
                </div>
            </form>
        </AccountWindow>
    }
    .erase()
}
