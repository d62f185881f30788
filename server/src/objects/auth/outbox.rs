//! The part of the `auth` object that sends mail (`account.md` 1.2).
//!
//! A mail is a job that is committed with its act. It is done when the mail service has accepted the mail, or never will.

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
use crate::kit::jobs::{Attempt, Job, Outcome};
use crate::kit::request::Request;
use crate::kit::sql;
use crate::outbound::mail::{self, MailFailure};
use crate::runtime::call_error::CallError;
use crate::{runtime, telemetry};

/// Time after which the result of the first attempt counts as lost.
const LOST_MS: Millis = 2 * MAIL_ATTEMPT_MS_MAX;

impl Job for WaitingMail {
    const KIND: &'static str = "mails";
    const FIRST_MS: Millis = LOST_MS;
    type Context = Rc<AuthObject>;

    async fn run(&self, object: &Rc<AuthObject>, attempt: Attempt<'_>) -> Outcome {
        let sent = if self.is_useless(runtime::now_ms()) {
            Err(MailFailure::Final("its link has ended".to_owned()))
        } else if !object.is_permitted(self, attempt).await {
            Err(MailFailure::Final("its address has got enough".to_owned()))
        } else {
            mail::send(&object.env, object.config, attempt.key, &self.mail).await
        };
        self.after(attempt, sent, runtime::now_ms())
    }
}

impl WaitingMail {
    /// Returns the outcome of an attempt, and logs a failure. The log line has no address.
    fn after(&self, attempt: Attempt<'_>, sent: Result<(), MailFailure>, now: Millis) -> Outcome {
        let Err(failure) = sent else { return Outcome::Done };
        let (next, words) = match failure {
            MailFailure::Temporary(words) => (self.next_attempt(attempt.tries, now), words),
            MailFailure::Final(words) => (None, words),
        };
        let name = if next.is_some() { "mail_delayed" } else { "mail_failed" };
        telemetry::event(name, json!({ "mail": attempt.key, "tries": attempt.tries + 1, "error": words }));
        next.map_or(Outcome::Done, Outcome::At)
    }

    /// Returns the time of the next attempt; `None` after the last one, a day after the mail was written or at the end of its link.
    fn next_attempt(&self, tries: u32, now: Millis) -> Option<Millis> {
        let last = self.written_at + MAIL_LIFE_MS;
        let next = (now < last).then(|| last.min(now + retry_delay_ms(tries)));
        next.filter(|at| !self.is_useless(*at))
    }

    /// Returns `true` if the link in the mail has expired at `at`.
    fn is_useless(&self, at: Millis) -> bool {
        self.link_end.is_some_and(|end| end <= at)
    }
}

impl AuthObject {
    /// Writes a mail in the transaction of its act ([`Self::commit`], which sends it). The link in the mail works until `link_end`, after
    /// which the mail is not sent.
    pub(super) fn add_mail(&self, mail: &Mail, link_end: Option<Millis>, now: Millis) -> Result<(), Fault> {
        let (id, waiting) = (runtime::new_uuid(), WaitingMail { written_at: now, link_end, mail: mail.clone() });
        self.jobs.add(&sql::of(&self.state), &id, &waiting, now)?;
        self.new_mails.borrow_mut().push(id);
        Ok(())
    }

    /// Writes the mail that tells the owner of an act, if one is sent.
    pub(super) fn add_notice(&self, mail: Option<&Mail>, now: Millis) -> Result<(), Fault> {
        mail.map_or(Ok(()), |mail| self.add_mail(mail, None, now))
    }

    /// Sends the mails of a committed act in the background.
    pub(super) fn send_new_mails(self: &Rc<Self>) {
        for id in self.new_mails.take() {
            let object = Rc::clone(self);
            spawn_local(async move {
                // The answer goes out first, so that its time does not reveal if there is a mail.
                runtime::sleep(0).await;
                let sent = object.jobs.run_now::<WaitingMail>(&sql::of(&object.state), &object, &id).await;
                object.note_sent(sent);
            });
        }
    }

    /// Sends due mails in the background, because the alarm has other duties.
    pub(super) fn send_due_mails(self: &Rc<Self>, now: Millis) -> Result<(), Fault> {
        if self.jobs.due_at(&sql::of(&self.state))?.is_none_or(|at| at > now) {
            return Ok(());
        }
        let object = Rc::clone(self);
        spawn_local(async move {
            object.note_sent(object.jobs.run_due::<WaitingMail>(&sql::of(&object.state), &object).await);
        });
        Ok(())
    }

    /// Sets the alarm for mails that were not sent.
    fn note_sent(&self, sent: Result<(), Fault>) {
        if let Err(fault) = sent.and_then(|()| self.arrange_alarm(&self.sql()?)) {
            self.retry_after("mail", &fault);
        }
    }

    /// Stores a mail of another part of the Worker.
    pub(super) fn post_mail(self: &Rc<Self>, mail: &Mail) -> Result<(), CallError> {
        self.commit(|| Ok(self.add_mail(mail, None, runtime::now_ms())?))
    }

    /// Returns `true` if the address may get the mail. The shard of the address counts the mails of all shards, at their first attempt. If
    /// that shard does not answer, the mail is sent, so that none is lost.
    async fn is_permitted(&self, waiting: &WaitingMail, attempt: Attempt<'_>) -> bool {
        if attempt.tries > 0 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_the_last_attempt_is_a_day_after_the_first() {
        let [to, subject, text, html] = ["a@example.org", "S", "T", "H"].map(str::to_owned);
        let mail = Mail { to, subject, text, html };
        let waiting = WaitingMail { written_at: 1_000, link_end: None, mail };
        let (mut now, mut tries, mut pauses) = (waiting.written_at, 0, Vec::new());
        while let Some(at) = waiting.next_attempt(tries, now) {
            pauses.push(at - now);
            (now, tries) = (at, tries + 1);
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
        let waiting = WaitingMail { written_at: 1_000, link_end: Some(end), mail };
        let (mut now, mut tries) = (waiting.written_at, 0);
        while let Some(at) = waiting.next_attempt(tries, now) {
            assert!(at < end && !waiting.is_useless(at));
            (now, tries) = (at, tries + 1);
        }
        assert!(tries > 5 && waiting.is_useless(end), "{tries}");
    }

    #[test]
    fn a_mail_is_tried_again_after_a_failure_that_passes_and_after_no_other() {
        let [to, subject, text, html] = ["a@example.org", "S", "T", "H"].map(str::to_owned);
        let mail = Mail { to, subject, text, html };
        let waiting = WaitingMail { written_at: 1_000, link_end: None, mail };
        let after = |sent| waiting.after(Attempt { key: "m1", tries: 0, is_by_alarm: true }, sent, 2_000);
        assert_eq!(after(Ok(())), Outcome::Done);
        assert_eq!(after(Err(MailFailure::Temporary("busy".to_owned()))), Outcome::At(2_000 + retry_delay_ms(0)));
        assert_eq!(after(Err(MailFailure::Final("no such address".to_owned()))), Outcome::Done);
    }
}
