//! The part of the `auth` object that sends mail (`account.md` 1.2).
//!
//! A mail is a row that is committed with its act, and deleted when the mail service has accepted it. During an attempt the row is due after
//! the longest attempt, so the alarm only repeats an attempt whose result was lost.

use std::rc::Rc;

use protocol::people::session::shard_of_text;
use protocol::words::event::Millis;
use protocol::words::limits::{MAIL_ATTEMPT_MS_MAX, MAIL_LIFE_MS};
use protocol::words::refusal::{Fault, Refusal};
use protocol::words::retry::retry_delay_ms;
use serde_json::json;
use wasm_bindgen_futures::spawn_local;

use super::object::AuthObject;
use super::outbox_tables::WaitingMail;
use crate::calls::mail::{CountMail, KeptMail, Mail, MailCount};
use crate::config::Environment;
use crate::kit::call;
use crate::kit::request::Request;
use crate::outbound::mail::{self, MailFailure};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Time after which the result of an attempt counts as lost.
pub(super) const LOST_MS: Millis = 2 * MAIL_ATTEMPT_MS_MAX;
/// Number of mails that are sent concurrently.
const AT_ONCE: u64 = 32;

impl AuthObject {
    /// Writes a mail in the transaction of its act ([`Self::commit`], which sends it). The link in the mail works until `link_end`, after
    /// which the mail is not sent.
    pub(super) fn add_mail(&self, mail: &Mail, link_end: Option<Millis>, now: Millis) -> Result<(), Fault> {
        let id = runtime::new_uuid();
        self.mails()?.add(&id, mail, link_end, (now, now + LOST_MS))?;
        self.new_mails.borrow_mut().push(id);
        Ok(())
    }

    /// Sends the mails of a committed act in the background.
    pub(super) fn send_new_mails(self: &Rc<Self>) {
        for id in self.new_mails.take() {
            let object = Rc::clone(self);
            spawn_local(async move {
                // The answer goes out first, so that its time does not reveal if there is a mail.
                runtime::sleep(0).await;
                match object.mails().and_then(|sql| sql.find(&id)) {
                    Ok(Some(waiting)) => object.attempt_mail(&waiting).await,
                    Ok(None) => {}
                    Err(fault) => telemetry::fault("mail", &fault),
                }
            });
        }
    }

    /// Stores a mail of another part of the Worker.
    pub(super) fn post_mail(self: &Rc<Self>, mail: &Mail) -> Result<(), CallError> {
        self.commit(|| Ok(self.add_mail(mail, None, runtime::now_ms())?))
    }

    /// Sends due mails concurrently in the background, because the alarm has other duties. Mails beyond one batch wait until the attempts of
    /// this batch are over, so that the alarm does not ring again at once.
    pub(super) fn send_due_mails(self: &Rc<Self>, now: Millis) -> Result<(), Fault> {
        let sql = self.mails()?;
        let due = sql.due(now, AT_ONCE)?;
        if due.is_empty() {
            return Ok(());
        }
        self.in_one_step(|| {
            due.iter().try_for_each(|waiting| sql.begin_attempt(&waiting.id, now + LOST_MS))?;
            sql.postpone(now, now + MAIL_ATTEMPT_MS_MAX)
        })?;
        let object = Rc::clone(self);
        spawn_local(async move {
            call::in_portions(due.iter().map(|waiting| object.attempt_mail(waiting))).await;
        });
        Ok(())
    }

    async fn attempt_mail(&self, waiting: &WaitingMail) {
        let sent = if is_useless(waiting, runtime::now_ms()) {
            Err(MailFailure::Final("its link has ended".to_owned()))
        } else if !self.is_permitted(waiting).await {
            Err(MailFailure::Final("its address has got enough".to_owned()))
        } else {
            mail::send(&self.env, self.config, &waiting.id, &waiting.mail).await
        };
        if let Err(fault) = self.note_attempt(waiting, sent) {
            telemetry::fault("mail", &fault);
        }
    }

    /// Returns `true` if the address may get the mail. The shard of the address counts the mails of all shards, at their first attempt. If
    /// that shard does not answer, the mail is sent, so that none is lost.
    async fn is_permitted(&self, waiting: &WaitingMail) -> bool {
        if waiting.tries > 0 {
            return true;
        }
        let to = waiting.mail.to.clone();
        let (shard, question) = (shard_of_text(&to), MailCount { to, is_note: waiting.link_end.is_none() });
        let counted = CountMail::ask(&self.env, &shard, &question).await;
        counted.inspect_err(|error| telemetry::call_failed("mail-count", error)).unwrap_or(true)
    }

    /// Counts a mail to an address of this shard. A notice to a verified address is always sent and does not count. Otherwise an intruder
    /// could use up the limit first, and the owner would get neither notices nor a link to a new password.
    pub(super) fn count_mail(&self, call: &MailCount) -> Result<bool, CallError> {
        let (now, to) = (runtime::now_ms(), call.to.as_str());
        if call.is_note {
            let is_proved = self.accounts()?.account(to)?.is_some_and(|account| account.verified_at.is_some());
            if is_proved || self.links()?.is_reserved(to, "", now)? {
                return Ok(true);
            }
        }
        Ok(self.caused_mails()?.take_place(to, call.is_note, now)?)
    }

    /// Stores the result of an attempt. The log line has no address.
    fn note_attempt(&self, waiting: &WaitingMail, sent: Result<(), MailFailure>) -> Result<(), Fault> {
        let (now, sql) = (runtime::now_ms(), self.mails()?);
        let Err(failure) = sent else { return sql.remove(&waiting.id) };
        let (next, words) = match failure {
            MailFailure::Temporary(words) => (next_attempt(waiting, now), words),
            MailFailure::Final(words) => (None, words),
        };
        let fields = json!({ "mail": waiting.id, "tries": waiting.tries + 1, "error": words });
        match next {
            Some(at) => {
                telemetry::event("mail_delayed", fields);
                sql.delay(&waiting.id, at)?;
                self.ring_by(at);
            }
            None => {
                telemetry::event("mail_failed", fields);
                sql.remove(&waiting.id)?;
            }
        }
        Ok(())
    }

    // ---- development mailbox

    pub(super) fn keep_mail(&self, kept: &KeptMail) -> Result<(), CallError> {
        self.check_mailbox()?;
        Ok(self.mails()?.keep(kept)?)
    }

    pub(super) fn kept_mails(&self) -> Result<Vec<KeptMail>, CallError> {
        self.check_mailbox()?;
        Ok(self.mails()?.kept()?)
    }

    /// Refuses in production, which has no mailbox (`account.md` 1.3).
    fn check_mailbox(&self) -> Result<(), Refusal> {
        match self.config.environment {
            Environment::Dev => Ok(()),
            Environment::Production => Err(Refusal::NotFound),
        }
    }
}

/// Returns the time of the next attempt; `None` after the last one, a day after the mail was written or at the end of its link.
fn next_attempt(waiting: &WaitingMail, now: Millis) -> Option<Millis> {
    let last = waiting.written_at + MAIL_LIFE_MS;
    let next = (now < last).then(|| last.min(now + retry_delay_ms(waiting.tries)));
    next.filter(|at| !is_useless(waiting, *at))
}

/// Returns `true` if the link in the mail has expired at `at`.
fn is_useless(waiting: &WaitingMail, at: Millis) -> bool {
    waiting.link_end.is_some_and(|end| end <= at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_the_last_attempt_is_a_day_after_the_first() {
        let [to, subject, text, html] = ["a@example.org", "S", "T", "H"].map(str::to_owned);
        let mail = Mail { to, subject, text, html };
        let mut waiting = WaitingMail { id: String::new(), written_at: 1_000, tries: 0, link_end: None, mail };
        let (mut now, mut pauses) = (waiting.written_at, Vec::new());
        while let Some(at) = next_attempt(&waiting, now) {
            pauses.push(at - now);
            (now, waiting.tries) = (at, waiting.tries + 1);
        }
        assert_eq!(now, 1_000 + MAIL_LIFE_MS);
        let (last, others) = pauses.split_last().unwrap();
        assert!(others.is_sorted() && others.first() < others.last(), "{pauses:?}");
        assert!(*last > 0);
    }

    #[test]
    fn a_mail_is_not_sent_once_its_link_has_ended() {
        let [to, subject, text, html] = ["a@example.org", "S", "T", "H"].map(str::to_owned);
        let mail = Mail { to, subject, text, html };
        let end = 1_000 + 30 * 60_000;
        let mut waiting = WaitingMail { id: String::new(), written_at: 1_000, tries: 0, link_end: Some(end), mail };
        let mut now = waiting.written_at;
        while let Some(at) = next_attempt(&waiting, now) {
            assert!(at < end && !is_useless(&waiting, at));
            (now, waiting.tries) = (at, waiting.tries + 1);
        }
        assert!(waiting.tries > 5 && is_useless(&waiting, end), "{}", waiting.tries);
    }
}
