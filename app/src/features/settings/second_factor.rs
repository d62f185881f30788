//! Second factor in the section of the account (`account.md` 12): its row, and the form that makes or ends it.

use protocol::codec::percent;

use super::account::{form, opener};
use super::account_fields::{factor_field, secret, what_ends};
use crate::store::account::{AccountForm, AccountSection, KnownAccount, NewFactor};
use crate::store::passkeys::KeptPasskeys;
use crate::ui::prelude::*;

/// Id of the button that opens the form.
pub(super) const TO_FACTOR: &str = "to-account-factor";
/// Id of the title of the row, which describes that button.
const TITLE: &str = "account-factor";
/// Ids of the fields, of which the first one takes the focus when it appears.
pub(super) const PASSWORD: &str = "account-factor-password";
pub(super) const CODE: &str = "account-factor-code";
/// Side of the QR code.
const QR_PX: &str = "232";

/// Part of the form.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// The form is closed.
    Closed,
    /// The password, for a new factor.
    Password,
    /// The secret of the new factor, and its first code.
    FirstCode,
    /// Password and code, for the end of the factor.
    End,
}

impl Step {
    /// Returns the part that is shown. Reactive.
    fn of(section: AccountSection, account: KnownAccount) -> Self {
        match section.form.get() {
            AccountForm::SecondFactor if account.has_second_factor() => Self::End,
            AccountForm::SecondFactor if section.new_factor.with(Option::is_some) => Self::FirstCode,
            AccountForm::SecondFactor => Self::Password,
            AccountForm::Closed | AccountForm::Address | AccountForm::Password => Self::Closed,
        }
    }
}

/// Row with the state of the factor, and the button that opens the form.
pub(super) fn factor_row(section: AccountSection) -> ErasedView {
    let (account, i18n) = (use_session().account, use_i18n());
    let state = move || match account.has_second_factor() {
        true => t_string!(i18n, own_account.factor.on),
        false => t_string!(i18n, own_account.factor.off),
    };
    let words = move || match account.has_second_factor() {
        true => t_string!(i18n, own_account.factor.turn_off),
        false => t_string!(i18n, own_account.factor.set_up),
    };
    view! {
        <div class="setting-row" data-also=said!(sections.also.factor)>
            <span class="grow">
                <b id=TITLE>{said!(own_account.factor.title)}</b>
                " "
                <small class="setting-note">{text(state)}</small>
            </span>
            {opener(section, TO_FACTOR, AccountForm::SecondFactor, text(words), Some(TITLE))}
        </div>
    }
    .client_only()
}

/// The form, while it is open.
pub(super) fn factor_form(section: AccountSection, refusal: FormRefusal) -> ErasedView {
    let account = use_session().account;
    let step = Memo::new(move |_| Step::of(section, account));
    choice(move || match step.get() {
        Step::Closed => ().client_only(),
        Step::Password => password_step(section, refusal),
        Step::FirstCode => code_step(section, refusal),
        Step::End => end_step(section, refusal),
    })
}

fn password_step(section: AccountSection, refusal: FormRefusal) -> ErasedView {
    let session = use_session();
    let password = RwSignal::new(String::new());
    let submit = move || {
        session.run_for(&password.get_untracked(), move |state, password| state.begin_second_factor(section, password));
    };
    dom::focus_by_id(PASSWORD);
    let field = secret(refusal, PASSWORD, said!(own_account.current), password);
    form(section, submit_handler(submit), field, said!(own_account.factor.next))
}

fn code_step(section: AccountSection, refusal: FormRefusal) -> ErasedView {
    let session = use_session();
    let new = section.new_factor.get_untracked().unwrap_or_default();
    let (key, code) = (new.grouped_secret(), RwSignal::new(String::new()));
    let NewFactor { uri, qr, pending, .. } = new;
    let keeping = KeptPasskeys::new(session.account);
    let submit = move || session.confirm_second_factor(section, &pending, &code.get_untracked(), keeping.chosen());
    dom::focus_by_id(CODE);
    let fields = view! {
        {qr.map(|qr| drawing(&qr))}
        <div class="setting-row">
            <span class="grow">
                {said!(own_account.factor.by_hand)} " " <code dir="ltr">{key}</code>
            </span>
            <a class="btn" href=uri>{said!(own_account.factor.open)}</a>
        </div>
        {factor_field(refusal, CODE, true, code)}
        {what_ends(keeping)}
    };
    form(section, submit_handler(submit), fields.client_only(), said!(own_account.factor.turn_on))
}

/// QR code of a new factor. The document has a white ground of its own, so that it can be scanned in every theme.
fn drawing(qr: &str) -> ErasedView {
    let source = format!("data:image/svg+xml,{}", percent::encoded(qr));
    view! {
        <p>{said!(own_account.factor.scan)}</p>
        <img src=source alt=said!(own_account.factor.qr) width=QR_PX height=QR_PX />
    }
    .client_only()
}

fn end_step(section: AccountSection, refusal: FormRefusal) -> ErasedView {
    let session = use_session();
    let (password, code) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let submit = move || session.end_second_factor(section, &password.get_untracked(), &code.get_untracked());
    dom::focus_by_id(PASSWORD);
    let fields = view! {
        {secret(refusal, PASSWORD, said!(own_account.current), password)}
        {factor_field(refusal, CODE, false, code)}
    };
    form(section, submit_handler(submit), fields.client_only(), said!(own_account.factor.turn_off))
}
