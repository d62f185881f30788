//! Parts of a conversation outside of the log: typing, the cursor report, the server's clock (`messenger.md` 5.3 and 5.4, `core.md` 5).

use super::report::Report;
use super::state::RoomClient;
use super::typists::Typist;
use crate::client::effect::Show;
use crate::words::event::Millis;
use crate::words::limits::{TYPING_CLIENT_MS, TYPING_MS, TYPING_RENEW_MS};

impl RoomClient {
    // ---- own typing

    pub(super) fn type_key(&mut self, now: Millis, is_typing: bool) {
        if !self.link.is_live() {
            return;
        }
        let is_recent = |within: Millis| self.typing_sent_at.is_some_and(|at| now.saturating_sub(at) < within);
        if is_typing && !is_recent(TYPING_RENEW_MS) {
            self.typing_sent_at = Some(now);
            self.send("{\"type\":\"typing\",\"isTyping\":true}".to_owned());
        } else if !is_typing && is_recent(TYPING_MS) {
            self.typing_sent_at = None;
            self.send("{\"type\":\"typing\",\"isTyping\":false}".to_owned());
        }
    }

    // ---- others typing

    pub(super) fn typist(&mut self, now: Millis, user: String, name: String, is_typing: bool) {
        if user == self.own_user {
            return;
        }
        if !is_typing {
            return self.end_typing(&user);
        }
        let typist = Typist { name: name.clone(), until: now + TYPING_CLIENT_MS };
        if self.typists.insert(user.clone(), typist).is_none() {
            self.show(Show::Typing { user, name, is_typing: true });
        }
    }

    pub(super) fn end_typing(&mut self, user: &str) {
        if let Some(Typist { name, .. }) = self.typists.remove(user) {
            self.show(Show::Typing { user: user.to_owned(), name, is_typing: false });
        }
    }

    /// Ends the typing indicators of people who have not repeated them within [`TYPING_CLIENT_MS`].
    pub(super) fn expire_typists(&mut self, now: Millis) {
        self.end_typing_where(|typist| typist.until <= now);
    }

    pub(super) fn forget_typists(&mut self) {
        self.end_typing_where(|_| true);
    }

    fn end_typing_where(&mut self, is_over: impl Fn(&Typist) -> bool) {
        let over = self.typists.iter().filter(|(_, typist)| is_over(typist)).map(|(user, _)| user.clone());
        let over: Vec<String> = over.collect();
        over.iter().for_each(|user| self.end_typing(user));
    }

    // ---- flow control

    /// Reports the position of this device, so that the server knows if it has to stop live delivery (`core.md` 5).
    pub(super) fn report_cursor(&mut self, now: Millis) {
        if self.report.is_due(now) {
            self.report = Report::default();
            self.send(format!("{{\"type\":\"cursor\",\"seq\":{}}}", self.copy.seq));
        }
    }

    // ---- the server's clock

    pub(super) fn clock_answer(&mut self, now: Millis, t: Option<Millis>, timestamp: Millis) {
        let Some(t) = t else {
            return;
        };
        let before = self.offset.ms();
        if let Some(probe) = self.offset.answered(now, t, timestamp) {
            self.send(probe);
        } else if self.offset.ms() != before {
            self.show(Show::ClockOffset(self.offset.ms()));
        }
    }
}
