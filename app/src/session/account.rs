//! The account of the person (`account.md` 3, 5.1, 6, 12): whether its address is confirmed, and the changes of its owner.

use leptos::prelude::*;
use protocol::codec::json::{Read, json_text, member, write};

use super::deferred_tasks::DeferredTask;
use super::engine::State;
use super::{Me, Session};
use crate::browser::{CallError, device};
use crate::store::account::{AccountForm, AccountSection, NewFactor, OwnAccount};
use crate::store::renewal::Renewal;
use crate::store::toasts::News;

const ACCOUNT: &str = "/api/me/account";
const EMAIL: &str = "/api/me/email";
const PASSWORD: &str = "/api/me/password";
const CODES: &str = "/api/me/recovery-codes";
const FACTOR: &str = "/api/me/second-factor";
const SEND: &str = "/api/auth/email/send";
const UPGRADE: &str = "/api/me/upgrade";

/// Note on this device that the address of the person is confirmed; empty if it is no longer.
const CONFIRMED: &str = "address-confirmed";

impl Session {
    /// Returns `true` for the session of an account. Not reactive: a view that stays open follows [`Me::is_account`] of `me`.
    pub fn is_account(self) -> bool {
        self.me.with_untracked(Me::is_account)
    }

    /// Asks whether the address is confirmed, unless this device knows that it is. Call it once.
    pub fn check_address(self) {
        if self.is_account() {
            self.run(|state| {
                if state.persistence.note(CONFIRMED).is_none_or(|note| note.is_empty()) {
                    state.load_account();
                }
            });
        }
    }

    /// Asks for another address, which gets a link.
    pub fn change_address(self, section: AccountSection, email: &str, password: &str) {
        let body = format!("{{\"email\":{},\"password\":{}}}", json_text(email.trim()), json_text(password));
        self.run(move |state| state.change_account(section, AccountForm::Address, EMAIL, body));
    }

    /// Changes the password, which signs out all other devices, and ends the passkeys that the person did not keep.
    pub fn change_password(self, section: AccountSection, current: &str, next: &str, kept: Option<Vec<String>>) {
        let kept = passkeys_member(kept);
        let body = format!("{{\"current\":{},\"next\":{}{kept}}}", json_text(current), json_text(next));
        self.run(move |state| state.change_account(section, AccountForm::Password, PASSWORD, body));
    }

    /// Makes the second factor that was begun, with its first code. It signs out all other devices, and ends the passkeys that the person did
    /// not keep.
    pub fn confirm_second_factor(self, section: AccountSection, pending: &str, code: &str, kept: Option<Vec<String>>) {
        let kept = passkeys_member(kept);
        let body = format!("{{\"pending\":{},\"code\":{}{kept}}}", json_text(pending), json_text(code));
        self.run(move |state| state.set_second_factor(section, true, body));
    }

    /// Ends the second factor. `code` is one of the authenticator app, or a recovery code.
    pub fn end_second_factor(self, section: AccountSection, password: &str, code: &str) {
        let body = format!("{{\"password\":{},\"code\":{}}}", json_text(password), json_text(code));
        self.run(move |state| state.set_second_factor(section, false, body));
    }
}

/// Returns the passkeys that stay as a further member of a body; nothing where there were none to choose from.
fn passkeys_member(kept: Option<Vec<String>>) -> String {
    // None of them is a choice, too.
    kept.map(|kept| format!(",\"passkeys\":{}", write(&kept))).unwrap_or_default()
}

impl State {
    /// Sends the mail that confirms the address again.
    pub fn send_verification(&mut self) {
        self.ask("POST", SEND, Some("{}".to_owned()), |state, _| state.session.account.is_mail_sent.set(true));
    }

    /// Loads the account. Without an answer the page shows nothing of it; the settings ask again.
    pub fn load_account(&mut self) {
        self.query(ACCOUNT, ACCOUNT, |state, data| {
            let Some(own) = OwnAccount::read(&data) else { return };
            let note = if own.is_verified { "1" } else { "" };
            state.persistence.save_note(CONFIRMED, note.to_owned());
            // The browser shows both beside the passkeys of the account.
            let name = state.session.me.with_untracked(|me| json_text(&me.display_name));
            let members = format!("\"name\":{},\"displayName\":{name}", json_text(&own.email));
            state.run_or_defer(DeferredTask::Passkeys("signalCurrentUserDetails", members));
            state.session.account.own.set(Some(own));
        });
    }

    /// Handles the report that the address is proved: the bar goes.
    pub(super) fn address_changed(&mut self, is_verified: bool) {
        self.load_account();
        self.announce_address(is_verified);
    }

    fn announce_address(&mut self, is_verified: bool) {
        if is_verified {
            self.show_news(News::AddressConfirmed, None);
        }
    }

    fn change_account(&mut self, section: AccountSection, form: AccountForm, path: &'static str, body: String) {
        let _ = section.outcome.try_set(None);
        self.ask_quietly("POST", path.to_owned(), Some(body), move |state, answer| match answer {
            Ok(_) => {
                section.end(form);
                // A new password has signed out the other devices and ended the recovery codes.
                if form == AccountForm::Password {
                    state.load_devices();
                    state.load_account();
                }
            }
            Err(error) => section.fail(error),
        });
    }

    /// Makes a guest or a persona an account (`account.md` 10). The page begins anew as that of the account.
    pub fn upgrade(&mut self, section: AccountSection, email: &str, password: &str) {
        let body = format!("{{\"email\":{},\"password\":{}}}", json_text(email.trim()), json_text(password));
        let _ = section.outcome.try_set(None);
        self.ask_quietly("POST", UPGRADE, Some(body), move |state, answer| match answer {
            Ok(_) => state.persistence.become_account(device::reload),
            Err(error) => section.fail(error),
        });
    }

    /// Begins a second factor: its secret is shown, and counts once a code of it has come back.
    pub fn begin_second_factor(&mut self, section: AccountSection, password: &str) {
        let body = format!("{{\"password\":{}}}", json_text(password));
        let _ = section.outcome.try_set(None);
        self.ask_quietly("POST", FACTOR, Some(body), move |state, answer| match answer {
            Ok(new) => section.show_factor(NewFactor::read(&new)),
            Err(error) => state.factor_refused(section, error),
        });
    }

    fn set_second_factor(&mut self, section: AccountSection, is_made: bool, body: String) {
        let _ = section.outcome.try_set(None);
        let method = if is_made { "PUT" } else { "DELETE" };
        self.ask_quietly(method, FACTOR, Some(body), move |state, answer| match answer {
            Ok(_) => {
                let account = state.session.account.own;
                account.update(|own| {
                    if let Some(own) = own {
                        own.has_second_factor = is_made;
                    }
                });
                section.end(AccountForm::SecondFactor);
                // A new factor has signed out the other devices and ended the recovery codes; its end may have used one up.
                state.load_devices();
                state.load_account();
            }
            Err(error) => {
                // The secret is too old, and the form begins again.
                if is_made && error.code == "VALIDATION" {
                    section.show_factor(None);
                }
                state.factor_refused(section, error);
            }
        });
    }

    fn factor_refused(&mut self, section: AccountSection, error: CallError) {
        // The account is no longer as this page knows it.
        if error.code == "CONFLICT" {
            self.load_account();
        }
        section.fail(error);
    }

    /// Makes recovery codes, which replace the earlier ones. The section shows them once.
    pub fn make_recovery_codes(&mut self, section: AccountSection) {
        let _ = section.outcome.try_set(None);
        self.ask_quietly("POST", CODES, Some("{}".to_owned()), move |state, answer| match answer {
            Ok(made) => {
                let own = state.session.account.own;
                let had_codes = own.with_untracked(|own| own.as_ref().is_some_and(|own| own.recovery_codes > 0));
                let _ = section.are_codes_replaced.try_set(had_codes);
                let _ = section.are_copied.try_set(false);
                let _ = section.codes.try_set(member(&made, "codes").unwrap_or_default());
                state.load_account();
            }
            Err(error) if error.code == "REAUTH_REQUIRED" => state.ask_person(Renewal::Stale),
            Err(error) => section.fail(error),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::engine::on_page;
    use crate::store::toasts::ToastKind;

    #[test]
    fn an_address_that_is_proved_is_announced_and_one_that_is_no_longer_is_not() {
        on_page(|state| {
            for (is_verified, news) in [(false, None), (true, Some(News::AddressConfirmed))] {
                state.announce_address(is_verified);
                let said = state.session.toasts.said.get_untracked().map(|said| said.kind);
                assert_eq!(said, news.map(ToastKind::News));
            }
        });
    }
}
