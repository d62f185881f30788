//! The account of the person (`account.md` 3, 5.1, 6, 12): whether its address is confirmed, and the changes of its owner. Its devices
//! (`sign-in.md` 2) and passkeys (`sign-in.md` 7), the archive of its data, and its deletion (`leaving.md` 1).

use leptos::prelude::*;
use leptos::task::spawn_local;
use protocol::codec::json::{Read, Value, json_text, member, push_member, write};
use protocol::words::event::Millis;

use super::contacts::read_items;
use super::deferred_tasks::DeferredTask;
use super::ending::{deleted_path, forget_list};
use super::engine::State;
use super::{Me, Session};
use crate::browser::{CallError, clock, device, fetch, passkeys, timer};
use crate::store::account::{AccountForm, AccountSection, NewFactor, OwnAccount};
use crate::store::leaving::{Archive, DeletionForm};
use crate::store::passkeys::{Passkey, PasskeyAction, Passkeys, Problem};
use crate::store::renewal::Renewal;
use crate::store::toasts::News;

const ACCOUNT: &str = "/api/me/account";
const EMAIL: &str = "/api/me/email";
const PASSWORD: &str = "/api/me/password";
const CODES: &str = "/api/me/recovery-codes";
const FACTOR: &str = "/api/me/second-factor";
const SEND: &str = "/api/auth/email/send";
const UPGRADE: &str = "/api/me/upgrade";
const DEVICES: &str = "/api/me/sessions";
const PASSKEYS: &str = "/api/auth/passkey";
const EXPORT: &str = "/api/export";
/// Code of a passkey that the browser did not make.
const NOT_MADE: &str = "NOT_MADE";
/// Pause before the state of an archive is requested again.
const POLL_MS: u32 = 2_000;
/// Time after the sign-in in which a page says that the account is restored.
const RESTORED_MS: Millis = 60_000;
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

/// Makes a passkey by the browser, and sends it to the server.
async fn make_passkey(csrf: &str, name: &str) -> Result<(), CallError> {
    let asked = fetch::call("POST", &format!("{PASSKEYS}/register/begin"), csrf, Some("{}".to_owned())).await?;
    let mut body = passkeys::make(&asked).await.ok_or_else(|| CallError::of(NOT_MADE))?;
    // The object gets one more member.
    body.truncate(body.len().saturating_sub(1));
    push_member(&mut body, "name", &name.to_owned());
    body.push('}');
    fetch::call("POST", &format!("{PASSKEYS}/register/finish"), csrf, Some(body)).await.map(drop)
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

    // ---- Devices

    pub fn load_devices(&mut self) {
        self.query_again(DEVICES, DEVICES, |state, list| match list {
            Ok(list) => state.session.devices.set(read_items(&list)),
            Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
        });
    }

    /// Signs all other devices out (`account.md` 6.4).
    pub fn end_other_devices(&mut self) {
        self.end_devices(format!("{DEVICES}?others=1"));
    }

    pub fn end_device(&mut self, id: &str) {
        self.end_devices(format!("{DEVICES}/{id}"));
    }

    fn end_devices(&mut self, path: String) {
        self.ask_quietly("DELETE", path, None, |state, answer| {
            // A device that is gone already counts as signed out.
            if let Some(error) = answer.err().filter(|error| error.code != "NOT_FOUND") {
                state.show_refused("DELETE", &error);
            }
            state.load_devices();
        });
    }

    // ---- Passkeys

    /// Loads the list again, and shows it when it arrives. The browser then stops offering what is not on it.
    pub fn load_passkeys(&mut self, place: Passkeys) {
        self.query_again(PASSKEYS, PASSKEYS, move |state, list| match list {
            Ok(list) => {
                let items: Vec<Passkey> = read_items(&list);
                let ids: Vec<String> = items.iter().map(|passkey| passkey.id.clone()).collect();
                let members = format!("\"allAcceptedCredentialIds\":{}", write(&ids));
                passkeys::report("signalAllAcceptedCredentials", &state.own_id, &members);
                let _ = place.items.try_set(items);
            }
            Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
        });
    }

    pub fn add_passkey(&mut self, place: Passkeys, name: String) {
        place.problem.set(None);
        let (csrf, caller) = (self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let made = make_passkey(&csrf, &name).await;
            caller.run(move |state| state.passkeys_changed(place, &PasskeyAction::Nothing, made));
        });
    }

    /// Renames a passkey, or removes it.
    pub fn change_passkey(&mut self, place: Passkeys, id: &str, name: Option<String>) {
        let (method, body, doing) = match &name {
            Some(name) => {
                let body = format!("{{\"name\":{}}}", json_text(name));
                ("PATCH", Some(body), PasskeyAction::Renaming(id.to_owned()))
            }
            None => ("DELETE", None, PasskeyAction::Removing(id.to_owned())),
        };
        self.ask_quietly(method, format!("{PASSKEYS}/{id}"), body, move |state, answer| {
            state.passkeys_changed(place, &doing, answer.map(drop));
        });
    }

    fn passkeys_changed(&mut self, place: Passkeys, doing: &PasskeyAction, result: Result<(), CallError>) {
        let fail = |problem| {
            let _ = place.problem.try_set(Some(problem));
        };
        match result {
            Ok(()) => place.end(doing),
            Err(error) => match error.code.as_str() {
                "REAUTH_REQUIRED" => return self.ask_person(Renewal::Stale),
                "CONFLICT" => fail(Problem::Full),
                NOT_MADE => fail(Problem::NotMade),
                // The next list shows that the passkey is gone.
                "NOT_FOUND" => place.end(doing),
                _ => self.show_refusal_in(place.refused, "name", &error),
            },
        }
        self.load_passkeys(place);
    }

    // ---- Archive and deletion

    /// Loads the state of the newest archive, repeatedly while one is being made and `place` exists.
    pub fn load_archive(&mut self, place: RwSignal<Archive>) {
        let caller = self.caller.clone();
        spawn_local(async move {
            loop {
                let found = fetch::get::<Archive>(EXPORT).await;
                let is_running = found.as_ref().is_ok_and(|archive| archive.is_running());
                let job = caller.clone();
                let is_shown = place.try_get_untracked().is_some();
                job.run(move |state| match found {
                    Ok(archive) => drop(place.try_set(archive)),
                    Err(error) => state.show_refusal(&error.code, error.retry_after_ms),
                });
                if !is_running || !is_shown {
                    return;
                }
                timer::wait(POLL_MS).await;
            }
        });
    }

    pub fn make_archive(&mut self, place: RwSignal<Archive>) {
        self.ask("POST", EXPORT, None, move |state, _| state.load_archive(place));
    }

    /// Says that the sign-in to this page took the deletion of the account back. A page that starts later says nothing.
    pub(super) fn say_restored(&mut self) {
        let restored_at = self.session.home.restored_at.get_value();
        if restored_at != 0 && clock::now_ms().abs_diff(restored_at) < RESTORED_MS {
            self.show_news(News::AccountRestored, None);
        }
    }

    /// Deletes the account, and leaves the page after that; `refused` gets a refusal.
    pub fn leave_for_good(&mut self, form: &DeletionForm, refused: RwSignal<Option<CallError>>) {
        refused.set(None);
        let messages = if form.keeps_words { "anonymise" } else { "remove" };
        let (password, token) = (json_text(&form.password), json_text(&form.token));
        let body = format!("{{\"messages\":\"{messages}\",\"password\":{password},\"token\":{token}}}");
        let (csrf, caller) = (self.csrf.clone(), self.caller.clone());
        spawn_local(async move {
            let left = fetch::call("DELETE", "/api/me", &csrf, Some(body)).await;
            caller.run(move |state| match left {
                Ok(answer) => {
                    // Nobody finds this list again.
                    forget_list(&state.own_id);
                    let path = deleted_path(answer.get("deletesAt").and_then(Value::as_u64).unwrap_or_default());
                    state.leave(move || device::go_to(&path));
                }
                Err(error) => drop(refused.try_set(Some(error))),
            });
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
