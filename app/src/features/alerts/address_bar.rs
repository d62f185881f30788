//! Bar above the contact list of an account whose address is not confirmed (`account.md` 3). It sends the mail again, and can be closed until
//! the page is loaded the next time.

use crate::ui::prelude::*;

/// Renders the bar, as soon as the server has told that the address is not confirmed.
pub fn address_bar() -> ErasedView {
    let session = use_session();
    load_view_when(move || session.account.has_bar(), whole_bar)
}

lazy_view! {
    home:
    /// The bar itself.
    pub fn whole_bar() {
        use_i18n().add_lazy_texts();
        let session = use_session();
        when(move || session.account.has_bar(), bar).erase()
    }
}

fn bar() -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let account = session.account;
    let words = move || match account.is_mail_sent.get() {
        true => t_string!(i18n, own_account.sent).to_owned(),
        false => t_string!(i18n, own_account.confirm, email = account.email()),
    };
    view! {
        <div class="bar address-bar" data-kind="info">
            {icon("ic-info", "14")}
            <span role="status">{text(words)}</span>
            {when(move || !account.is_mail_sent.get(), send_again)}
            {icon_button(
                "ic-close",
                "14",
                &|| said!(own_account.hide),
                handler(move |_| account.is_bar_closed.set(true)),
            )}
        </div>
    }
    .client_only()
}

/// Button that sends the mail again.
pub fn send_again() -> ErasedView {
    let session = use_session();
    button(said!(own_account.send), handler(move |_| session.run(State::send_verification))).client_only()
}
