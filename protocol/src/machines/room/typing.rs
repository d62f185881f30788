//! Notifications about typing (`messenger.md` 5.4 *typing*). The people and their times are in `typists`.

use std::rc::Rc;

use super::notification::Notification;
use super::outbound::Outbound;
use super::own_bot::BotScope;
use super::state::Room;
use crate::words::event::Millis;
use crate::words::limits::{TYPING_MS, TYPING_OWED_MS_MAX};
use crate::words::refusal::Refusal;
use crate::words::socket::ConnKey;

impl Room {
    /// Handles a typing frame. `payload`: the content of a packet, if it was one.
    pub(super) fn typing_frame(
        &mut self,
        now: Millis,
        conn: ConnKey,
        is_typing: bool,
        payload: Option<Rc<[u8]>>,
        out: &mut Outbound,
    ) {
        let Some(live) = self.conns.get(&conn) else {
            return;
        };
        let user = live.state.principal.user.as_str().to_owned();
        // Nobody waits for words that cannot come (`moderation.md` 2.1, `integrations.md` 7.2).
        let may_write = self.check_moderation(&user, now).and_then(|()| self.check_bot_scope(&user, BotScope::Write));
        if is_typing && may_write.is_err() {
            return;
        }
        let name = self.name_of(&user, &live.state.card.name);
        if !live.state.card.is_seen() || !self.settings_of(&user).typing {
            return;
        }
        if !is_typing {
            let was_shown = self.typing.end(&user);
            // A packet is passed on even if nobody was shown as typing (`wasmchannel.md` 3.2).
            if was_shown.is_some() || payload.is_some() {
                self.send_typing_end(user, was_shown.unwrap_or(name), payload, out);
            }
            return;
        }
        if self.send_typing(now, user, name, payload, out)
            && let Some(live) = self.conns.get_mut(&conn)
        {
            // Only that typing is shown has to outlive a sleep; renewals need not be written each time.
            live.state.typing_until = now + TYPING_MS;
            out.changed.push(conn);
        }
    }

    /// Notifies the others that a person or bot types, at most once a second. Returns `true` if they did not know.
    pub(super) fn send_typing(
        &mut self,
        now: Millis,
        user: String,
        name: String,
        payload: Option<Rc<[u8]>>,
        out: &mut Outbound,
    ) -> bool {
        // Packets have a rate of their own, which was charged before (`packets`).
        let rule = &self.settings.rules.typing;
        let charged = if payload.is_some() { Ok(()) } else { self.typing_relayed.charge(rule, &user, now) };
        let is_new = self.typing.begin(&user, &name, now);
        match charged {
            Ok(()) => {
                self.typing.owe(&user, None);
                out.except(
                    self.deaf_to_typing_of(&user),
                    Notification::Typing { user, name, is_typing: true, payload },
                );
            }
            // A person who continues to type within a second of the last notification, after a message, is shown when that second is over:
            // their device repeats it only after two seconds. A longer delay is dropped, because the room may sleep.
            Err(Refusal::RateLimited { retry_after_ms }) if retry_after_ms <= TYPING_OWED_MS_MAX => {
                self.typing.owe(&user, Some(now + retry_after_ms))
            }
            Err(_) => {}
        }
        is_new
    }

    /// Notifies the others of people whose typing could not be reported before.
    pub(super) fn send_due_typing(&mut self, now: Millis, out: &mut Outbound) {
        for (user, name) in self.typing.owed(now) {
            self.typing.owe(&user, None);
            if self.typing_relayed.charge(&self.settings.rules.typing, &user, now).is_ok() {
                let deaf = self.deaf_to_typing_of(&user);
                out.except(deaf, Notification::Typing { user, name, is_typing: true, payload: None });
            }
        }
    }

    pub(super) fn stop_typing(&mut self, user: &str, out: &mut Outbound) {
        if let Some(name) = self.typing.end(user) {
            self.send_typing_end(user.to_owned(), name, None, out);
        }
    }

    pub(super) fn send_typing_end(
        &mut self,
        user: String,
        name: String,
        payload: Option<Rc<[u8]>>,
        out: &mut Outbound,
    ) {
        let own = self.conns_of(&user);
        for conn in &own {
            if let Some(live) = self.conns.get_mut(conn).filter(|live| live.state.typing_until > 0) {
                live.state.typing_until = 0;
                out.changed.push(*conn);
            }
        }
        let deaf = self.deaf_to_typing_of(&user);
        out.except(deaf, Notification::Typing { user, name, is_typing: false, payload });
    }
}
