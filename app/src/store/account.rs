//! The account as its owner sees it (`account.md` 3), for the settings and for the bar about an address that is not confirmed.

use leptos::prelude::{Get, GetUntracked, RwSignal, Set, With};
use protocol::words::event::Millis;

use crate::browser::CallError;

protocol::record! {
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct OwnAccount {
        pub email: String = "email",
        /// The address is confirmed.
        pub is_verified: bool = "verified",
        /// Time of the last proof.
        pub verified_at: Option<Millis> = "verifiedAt",
        /// The deployment sends mail.
        pub has_mail: bool = "mail",
        /// Number of unused recovery codes.
        pub recovery_codes: u32 = "recoveryCodes",
        /// A sign-in with the password asks for a second factor (`account.md` 12).
        pub has_second_factor: bool = "secondFactor",
    }
}

protocol::record! {
    /// Second factor that counts once a code of it has come back to the server.
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub struct NewFactor {
        /// Secret for the authenticator app, in base32.
        pub secret: String = "secret",
        /// Address that opens such an app with the secret.
        pub uri: String = "uri",
        /// QR code of the address, an SVG document; `None` for an address that is too long.
        pub qr: Option<String> = "qr",
        /// Text that goes back with the code.
        pub pending: String = "pending",
    }
}

impl NewFactor {
    /// Returns the secret in groups of four letters, as people type it.
    pub fn grouped_secret(&self) -> String {
        let letters: Vec<char> = self.secret.chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        groups.join(" ")
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub struct KnownAccount {
    /// The account, once it was asked for.
    pub own: RwSignal<Option<OwnAccount>>,
    /// The person has asked for another mail.
    pub is_mail_sent: RwSignal<bool>,
    pub is_bar_closed: RwSignal<bool>,
}

impl KnownAccount {
    /// Returns the address; empty until it is known. Reactive.
    pub fn email(self) -> String {
        self.own.with(|own| own.as_ref().map(|own| own.email.clone())).unwrap_or_default()
    }

    /// Returns `true` if the account has a second factor. Reactive.
    pub fn has_second_factor(self) -> bool {
        self.own.with(|own| own.as_ref().is_some_and(|own| own.has_second_factor))
    }

    /// Returns `true` if a mail can confirm the address. Reactive.
    pub fn wants_proof(self) -> bool {
        self.own.with(|own| own.as_ref().is_some_and(|own| own.has_mail && !own.is_verified))
    }

    /// Returns `true` while the bar is to be shown. Reactive.
    pub fn has_bar(self) -> bool {
        self.wants_proof() && !self.is_bar_closed.get()
    }
}

/// Open form of the section in the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountForm {
    #[default]
    Closed,
    Address,
    Password,
    /// A second factor, or its end.
    SecondFactor,
}

/// Result of the last action in the section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AccountOutcome {
    Done(AccountForm),
    Refused(CallError),
}

/// State of the section while it is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccountSection {
    pub form: RwSignal<AccountForm>,
    pub outcome: RwSignal<Option<AccountOutcome>>,
    /// New recovery codes, which the server tells once.
    pub codes: RwSignal<Vec<String>>,
    /// They replaced codes that were left.
    pub are_codes_replaced: RwSignal<bool>,
    pub are_copied: RwSignal<bool>,
    /// New second factor, while its form waits for the first code.
    pub new_factor: RwSignal<Option<NewFactor>>,
}

impl AccountSection {
    /// Opens a form, or closes it if it is open. A second factor that was begun is forgotten.
    pub fn turn_to(self, form: AccountForm) {
        self.outcome.set(None);
        self.new_factor.set(None);
        let next = if self.form.get_untracked() == form { AccountForm::Closed } else { form };
        self.form.set(next);
    }

    /// Closes a form after its answer, unless another one was opened since. The section itself may be closed by now.
    pub fn end(self, form: AccountForm) {
        if self.form.try_get_untracked() == Some(form) {
            self.form.set(AccountForm::Closed);
            self.new_factor.set(None);
        }
        let _ = self.outcome.try_set(Some(AccountOutcome::Done(form)));
    }

    /// Shows a new second factor, unless its form was closed since.
    pub fn show_factor(self, new: Option<NewFactor>) {
        if self.form.try_get_untracked() == Some(AccountForm::SecondFactor) {
            self.new_factor.set(new);
        }
    }

    /// Returns the refusal that is shown. Reactive.
    pub fn refusal(self) -> Option<CallError> {
        match self.outcome.get() {
            Some(AccountOutcome::Refused(error)) => Some(error),
            _ => None,
        }
    }

    /// Shows a refusal; the form stays open.
    pub fn fail(self, error: CallError) {
        let _ = self.outcome.try_set(Some(AccountOutcome::Refused(error)));
    }
}

#[cfg(test)]
mod tests {
    use leptos::prelude::Owner;
    use protocol::codec::json;

    use super::*;

    fn account(is_verified: bool, has_mail: bool) -> OwnAccount {
        let email = "mia@example.org".to_owned();
        OwnAccount { email, is_verified, has_mail, recovery_codes: 3, ..OwnAccount::default() }
    }

    #[test]
    fn the_answer_of_the_server_is_read() {
        let answer = |has_second_factor: bool| {
            let account = r#""email":"mia@example.org","verified":false,"mail":true,"recoveryCodes":3"#;
            json::read::<OwnAccount>(&format!("{{{account},\"secondFactor\":{has_second_factor}}}"))
        };
        assert_eq!(answer(false), Some(account(false, true)));
        assert_eq!(answer(true), Some(OwnAccount { has_second_factor: true, ..account(false, true) }));
    }

    #[test]
    fn a_new_second_factor_is_read_and_its_secret_is_in_groups() {
        let answer = r#"{"secret":"GEZDGNBVGY3T","uri":"otpauth://totp/a","qr":null,"pending":"p"}"#;
        let new: NewFactor = json::read(answer).unwrap();
        assert_eq!(new.grouped_secret(), "GEZD GNBV GY3T");
        assert_eq!((new.uri.as_str(), new.qr, new.pending.as_str()), ("otpauth://totp/a", None, "p"));
    }

    #[test]
    fn a_new_second_factor_is_shown_as_long_as_its_form_is_open() {
        Owner::new().with(|| {
            let (section, new) = (AccountSection::default(), Some(NewFactor::default()));
            section.show_factor(new.clone());
            assert_eq!(section.new_factor.get_untracked(), None, "the form is closed");
            section.turn_to(AccountForm::SecondFactor);
            section.show_factor(new.clone());
            section.end(AccountForm::Password);
            assert_eq!(section.new_factor.get_untracked(), new, "another form has ended");
            section.end(AccountForm::SecondFactor);
            assert_eq!(section.new_factor.get_untracked(), None);
            section.turn_to(AccountForm::SecondFactor);
            section.show_factor(new);
            section.turn_to(AccountForm::Address);
            assert_eq!(section.new_factor.get_untracked(), None);
        });
    }

    #[test]
    fn the_bar_is_for_an_address_that_a_mail_can_confirm() {
        Owner::new().with(|| {
            let known = KnownAccount::default();
            assert!(!known.has_bar() && known.email().is_empty());
            for (is_verified, has_mail) in [(true, true), (true, false), (false, false), (false, true)] {
                known.own.set(Some(account(is_verified, has_mail)));
                assert_eq!(known.has_bar(), !is_verified && has_mail);
            }
            known.is_bar_closed.set(true);
            assert!(!known.has_bar() && known.wants_proof());
        });
    }

    #[test]
    fn a_refusal_leaves_the_form_open_and_a_result_closes_it() {
        Owner::new().with(|| {
            let section = AccountSection::default();
            section.turn_to(AccountForm::Password);
            let limit = CallError { retry_after_ms: Some(3_180_000), ..CallError::of("RATE_LIMITED") };
            section.fail(limit.clone());
            assert_eq!((section.form.get_untracked(), section.refusal()), (AccountForm::Password, Some(limit)));
            section.turn_to(AccountForm::Address);
            assert_eq!((section.form.get_untracked(), section.outcome.get_untracked()), (AccountForm::Address, None));
            section.end(AccountForm::Password);
            assert_eq!(section.form.get_untracked(), AccountForm::Address);
            section.end(AccountForm::Address);
            assert_eq!(section.form.get_untracked(), AccountForm::Closed);
            section.turn_to(AccountForm::Password);
            section.turn_to(AccountForm::Password);
            assert_eq!(section.form.get_untracked(), AccountForm::Closed);
        });
    }
}
