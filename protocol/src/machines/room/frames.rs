//! Frames of a socket: which part of the room they go to, and what an unusable one is answered (`messenger.md` 5.2).

use super::client_frame::{BadFrame, ClientFrame, HistoryAsk, ParticipantsAsk};
use super::counters::rule_of;
use super::notification::Notification;
use super::outbound::Outbound;
use super::state::Room;
use super::step::Step;
use super::store::RoomStore;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::limits::ROOM_HEARTBEAT_MS;
use crate::words::rate::{LimitRule, Rule};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

impl Room {
    /// Handles one frame of a socket that its door has parsed. Only faults are returned; the sender is notified of everything else.
    pub fn frame(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        conn: ConnKey,
        frame: Result<ClientFrame, BadFrame>,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        let step = &mut Step { store, now, out };
        let Some(allowed) = self.listen(now, conn, step.out) else {
            return Ok(());
        };
        let (id, rid) = (frame_id(&frame), frame_rid(&frame));
        let rule = if allowed.is_ok() { frame.as_ref().map_or(LimitRule::Frame, rule_of) } else { LimitRule::Frame };
        let result = match (allowed, frame) {
            (Err(refusal), _) => Err(Denied::Refused(refusal)),
            (Ok(()), Err(bad)) => Err(Denied::Refused(bad.refusal)),
            (Ok(()), Ok(frame)) => self.act(step, conn, frame),
        };
        match result {
            Ok(()) => Ok(()),
            Err(Denied::Broken(fault)) => Err(fault),
            Err(Denied::Refused(refusal)) => {
                step.out.counters.refused(&refusal, rule);
                self.refuse(now, conn, (id, rid), refusal, step.out);
                Ok(())
            }
        }
    }

    /// Notes that a socket sent a frame. Returns `None` if the socket is about to be closed; else whether the frame is within its limit.
    pub(super) fn listen(&mut self, now: Millis, conn: ConnKey, out: &mut Outbound) -> Option<Result<(), Refusal>> {
        let live = self.conns.get_mut(&conn).filter(|live| !live.is_expelled)?;
        if now.saturating_sub(live.state.heard_at) >= ROOM_HEARTBEAT_MS {
            live.state.heard_at = now;
            out.changed.push(conn);
        }
        if live.flood.charge(&self.flood_rule, now).is_err() {
            out.counters.limited.push(LimitRule::Frame);
            self.expel(now, conn, CloseCode::RateLimited.code(), "retry-after=10", out);
            return None;
        }
        Some(live.frames.charge(&self.settings.rules.frame, now))
    }

    fn act(&mut self, step: &mut Step<'_, impl RoomStore>, conn: ConnKey, frame: ClientFrame) -> Result<(), Denied> {
        if matches!(frame, ClientFrame::Write(_) | ClientFrame::Change(_) | ClientFrame::Typing { .. }) {
            self.check_proved(conn)?;
        }
        self.check_bot_frame(conn, &frame)?;
        match frame {
            ClientFrame::Write(write) => self.write(step, conn, write),
            ClientFrame::Change(change) => self.change_frame(step, conn, change),
            ClientFrame::Seen(seen) => self.seen_frame(step, conn, &seen),
            ClientFrame::Typing { is_typing } => {
                self.typing_frame(step.now, conn, is_typing, None, step.out);
                Ok(())
            }
            ClientFrame::History(ask) => self.ask_history(step, conn, ask),
            ClientFrame::Participants(ask) => self.ask_participants(step, conn, ask),
            ClientFrame::Ping { t } => {
                step.out.one(conn, Notification::Pong { t, now: step.now });
                Ok(())
            }
            ClientFrame::Cursor { seq } => {
                self.set_cursor(conn, seq, step.out);
                Ok(())
            }
            ClientFrame::Presence(change) => {
                step.out.presence.push((conn, change));
                Ok(())
            }
            ClientFrame::Watch { .. } => Err(Refusal::UnknownType.into()),
        }
    }

    /// Refuses to write for an account whose address is not proved, where the deployment requires that (`account.md` 3).
    pub(super) fn check_proved(&self, conn: ConnKey) -> Result<(), Refusal> {
        let is_unproved = self.conns.get(&conn).is_some_and(|live| live.state.card.is_unproved);
        if self.settings.requires_verified && is_unproved { Err(Refusal::EmailUnverified) } else { Ok(()) }
    }

    /// Refuses a frame. A socket that sends only invalid frames is closed (`messenger.md` 5.2).
    pub(super) fn refuse(
        &mut self,
        now: Millis,
        conn: ConnKey,
        (id, rid): (Option<String>, Option<String>),
        refusal: Refusal,
        out: &mut Outbound,
    ) {
        let is_last = refusal.is_bad_frame() && self.is_one_too_many(now, conn, out);
        out.one(conn, Notification::Error { id, rid, refusal, fatal: is_last });
        if is_last {
            self.expel(now, conn, CloseCode::Policy.code(), "too many unusable frames", out);
        }
    }

    /// Counts an unusable frame of a socket. True when it was one more than is taken.
    pub(super) fn is_one_too_many(&mut self, now: Millis, conn: ConnKey, out: &mut Outbound) -> bool {
        let Some(live) = self.conns.get_mut(&conn) else {
            return false;
        };
        let is_last = live.bad_frames.charge(&Rule::bad_frames(), now).is_err();
        live.state.bad_frames = live.bad_frames.text();
        out.changed.push(conn);
        is_last
    }

    /// Closes one socket for its own fault. Later frames of it are ignored.
    pub fn expel(&mut self, _now: Millis, conn: ConnKey, code: u16, reason: &str, out: &mut Outbound) {
        self.end_socket(conn, code, reason, out);
    }

    pub(super) fn end_socket(&mut self, conn: ConnKey, code: u16, reason: &str, out: &mut Outbound) {
        out.close(conn, code, reason);
        if code == CloseCode::RateLimited.code() {
            out.act(&self.user_of(conn), "rate_limit_close", self.id.as_str());
        }
        // The person leaves when the close event comes; until then they only receive frames that name this socket.
        if let Some(live) = self.conns.get_mut(&conn) {
            live.state.lagging = true;
            live.is_expelled = true;
        }
    }
}

/// The `id` by which a refusal of this frame is found again.
pub fn frame_id(frame: &Result<ClientFrame, BadFrame>) -> Option<String> {
    match frame {
        Ok(ClientFrame::Write(write)) => Some(write.id.clone()),
        Ok(ClientFrame::Change(change)) => Some(change.id.clone()),
        Err(BadFrame { id, .. }) => id.clone(),
        Ok(_) => None,
    }
}

/// The `rid` of a page that was asked for.
pub fn frame_rid(frame: &Result<ClientFrame, BadFrame>) -> Option<String> {
    match frame {
        Ok(ClientFrame::History(HistoryAsk { rid, .. }) | ClientFrame::Participants(ParticipantsAsk { rid, .. }))
        | Err(BadFrame { rid, .. }) => rid.clone(),
        Ok(_) => None,
    }
}
