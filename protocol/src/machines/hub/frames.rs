//! Incoming frames of sockets, and messages that requests write (`messagehub.md` 1.2, 2, 3).

use std::rc::Rc;

use super::connection::HubWire;
use super::item::Body;
use super::log::{HubAppended, HubDraft, HubPosted, HubWrite};
use super::outbound::HubOut;
use super::refusal::HubRefusal;
use super::state::Hub;
use super::store::HubStore;
use super::words::{BadOp, ClientOp, HubNotification, RawFrame, TOO_LARGE_REASON};
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::limits::{HUB_FRAME_BYTES_MAX, HUB_OUTBOX_MAX, OVERLOADED_RETRY_MS, ROOM_HEARTBEAT_MS};
use crate::words::rate::Rule;
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;
use crate::words::status::Status;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Writer {
    /// Principal of the writer; `None` for the anonymous.
    pub principal: Option<String>,
    pub payer: String,
}

pub struct HubStep<'a, S> {
    pub store: &'a mut S,
    pub now: Millis,
    /// Generator of ids: gives a fresh one at each call.
    pub fresh_id: &'a dyn Fn() -> String,
    pub out: &'a mut HubOut,
}

/// Interval in which the time of a socket's last frame is stored: much shorter than the silence that closes it.
const LAST_FRAME_STORED_MS: Millis = ROOM_HEARTBEAT_MS / 6;

impl Hub {
    /// Stores a message and sends it to everybody except `conn`.
    /// Errors: `ID_REUSED` for a known id with another body, `RATE_LIMITED`, `OVERLOADED` if too much waits for receivers, or during
    /// maintenance.
    pub fn write<S: HubStore>(
        &mut self,
        step: &mut HubStep<'_, S>,
        writer: &Writer,
        conn: Option<ConnKey>,
        write: HubWrite,
    ) -> Result<HubPosted, Denied> {
        let HubWrite { id, content_type, body } = write;
        let (is_keyed, bytes, now) = (id.is_some(), body.bytes().len() as u64, step.now);
        let id = id.unwrap_or_else(step.fresh_id);
        let allow = self.rate_allowance.check(step.store, &self.rule, &writer.payer, bytes, now)?;
        let allow = if self.is_maintained || self.receivers.waiting() > HUB_OUTBOX_MAX {
            Err(Refusal::Overloaded { retry_after_ms: OVERLOADED_RETRY_MS })
        } else {
            allow
        };
        let (sender, payer) = (writer.principal.clone(), writer.payer.clone());
        let draft = HubDraft { id: id.clone(), is_keyed, sender, payer, content_type, body };
        let appended = self.log.append(step.store, now, draft, allow);
        let is_limited = matches!(appended, Err(Denied::Refused(Refusal::RateLimited { .. })));
        step.out.counters.rate_limited += u64::from(is_limited);
        match appended? {
            HubAppended::Duplicate { seq, ts } => {
                step.out.counters.replayed += 1;
                Ok(HubPosted { id, seq, ts, duplicate: true })
            }
            HubAppended::New(item) => {
                self.rate_allowance.charge(&self.rule, &writer.payer, bytes, now);
                let posted = HubPosted { id, seq: item.seq, ts: item.ts, duplicate: false };
                self.fill_outbox(step, item.seq)?;
                if let Some(live) =
                    conn.and_then(|conn| self.conns.get_mut(&conn)).filter(|live| live.state.sent_to.is_some())
                {
                    live.wrote(item.seq);
                    step.out.changed.extend(conn);
                }
                step.out.message(conn, Rc::new(item));
                Ok(posted)
            }
        }
    }

    /// A text frame.
    pub fn text<S: HubStore>(&mut self, step: &mut HubStep<'_, S>, conn: ConnKey, frame: &str) -> Result<(), Fault> {
        match self.on_frame(conn, step) {
            None => return Ok(()),
            Some(HubWire::Raw) => {}
            Some(wire) => return self.enveloped(step, conn, frame, wire),
        }
        match RawFrame::of_text(frame) {
            RawFrame::Empty => _ = self.may_say(step, conn),
            RawFrame::Ping if self.may_say(step, conn) => step.out.text(conn, "pong"),
            RawFrame::Ping => {}
            RawFrame::TooLarge => self.expel_too_large(conn, step.out),
            RawFrame::Message { id } => return self.raw(step, conn, id, Body::Text(frame.to_owned())),
        }
        Ok(())
    }

    /// A binary frame.
    pub fn binary<S: HubStore>(
        &mut self,
        step: &mut HubStep<'_, S>,
        conn: ConnKey,
        frame: Vec<u8>,
    ) -> Result<(), Fault> {
        match self.on_frame(conn, step) {
            None => return Ok(()),
            Some(HubWire::Raw) => {}
            Some(_) => {
                self.expel(conn, CloseCode::WrongType.code(), "text frames only", step.out);
                return Ok(());
            }
        }
        match RawFrame::of_bytes(&frame) {
            RawFrame::Empty | RawFrame::Ping => _ = self.may_say(step, conn),
            RawFrame::TooLarge => self.expel_too_large(conn, step.out),
            RawFrame::Message { .. } => return self.raw(step, conn, None, Body::Bytes(frame)),
        }
        Ok(())
    }

    fn expel_too_large(&mut self, conn: ConnKey, out: &mut HubOut) {
        out.counters.too_large += 1;
        self.expel(conn, CloseCode::TooLarge.code(), TOO_LARGE_REASON, out);
    }

    /// Notes that a socket sent a frame. The time is stored from time to time, to outlast a sleep.
    fn on_frame<S>(&mut self, conn: ConnKey, step: &mut HubStep<'_, S>) -> Option<HubWire> {
        let live = self.conns.get_mut(&conn).filter(|live| !live.is_expelled)?;
        live.state.last_frame_at = step.now;
        if step.now.saturating_sub(live.stored_frame_at) >= LAST_FRAME_STORED_MS {
            live.stored_frame_at = step.now;
            step.out.changed.push(conn);
        }
        Some(live.state.wire)
    }

    /// Counts a frame that is no message. Returns `false` if it is ignored, because its sender was refused or removed.
    fn may_say<S>(&mut self, step: &mut HubStep<'_, S>, conn: ConnKey) -> bool {
        let (frame, flood) = (&self.settings.frame, &self.flood_rule);
        let Some(live) = self.conns.get_mut(&conn) else { return false };
        let is_flood = live.flood.charge(flood, step.now).is_err();
        let allowed = live.frames.charge(frame, step.now);
        let is_raw = live.state.wire == HubWire::Raw;
        let Err(refusal) = allowed else { return true };
        step.out.counters.rate_limited += 1;
        if is_flood {
            self.expel(conn, CloseCode::RateLimited.code(), "retry-after=10", step.out);
        } else if !is_raw {
            step.out.one(conn, HubNotification::Error { id: None, refusal: refusal.into() });
        }
        false
    }

    fn writer_of(&self, conn: ConnKey) -> Result<Writer, Denied> {
        let live = self.conns.get(&conn).ok_or(Refusal::NotFound)?;
        if !live.state.may_write {
            return Err(Refusal::Forbidden.into());
        }
        Ok(Writer { principal: live.state.principal.clone(), payer: live.state.payer.clone() })
    }

    /// A raw frame has no answer: what cannot be stored ends the socket. The id is the application's and only in passing ours:
    /// with other bytes behind it, it is an ordinary message.
    fn raw<S: HubStore>(
        &mut self,
        step: &mut HubStep<'_, S>,
        conn: ConnKey,
        id: Option<String>,
        body: Body,
    ) -> Result<(), Fault> {
        let content_type = body.default_type().to_owned();
        // Only a frame with an id may have to be written a second time.
        let again = id.is_some().then(|| HubWrite { id: None, content_type: content_type.clone(), body: body.clone() });
        let write = HubWrite { id, content_type, body };
        let written =
            self.writer_of(conn).and_then(|writer| match (self.write(step, &writer, Some(conn), write), again) {
                (Err(Denied::Refused(Refusal::IdReused)), Some(again)) => self.write(step, &writer, Some(conn), again),
                (written, _) => written,
            });
        match written {
            Ok(_) => Ok(()),
            Err(Denied::Broken(fault)) => Err(fault),
            Err(Denied::Refused(refusal)) => {
                let reason = match refusal.retry_after_ms() {
                    Some(wait_ms) => format!("retry-after={}", wait_ms.div_ceil(1_000).max(1)),
                    None => refusal.code().to_owned(),
                };
                self.expel(conn, refusal.close_code(), &reason, step.out);
                Ok(())
            }
        }
    }

    fn enveloped<S: HubStore>(
        &mut self,
        step: &mut HubStep<'_, S>,
        conn: ConnKey,
        frame: &str,
        wire: HubWire,
    ) -> Result<(), Fault> {
        if frame.len() > HUB_FRAME_BYTES_MAX {
            self.expel_too_large(conn, step.out);
            return Ok(());
        }
        let frames = if wire == HubWire::Batch { ClientOp::frames_in(frame) } else { Ok(vec![frame]) };
        let frames = match frames {
            Ok(frames) => frames,
            Err(refusal) => {
                self.refuse(step.now, conn, None, refusal, step.out);
                return Ok(());
            }
        };
        for frame in frames {
            if self.conns.get(&conn).is_none_or(|live| live.is_expelled) {
                break;
            }
            match ClientOp::read(frame) {
                Ok(op) => self.apply_op(step, conn, op)?,
                Err(BadOp { id, refusal }) => self.refuse(step.now, conn, id, refusal, step.out),
            }
        }
        Ok(())
    }

    fn apply_op<S: HubStore>(&mut self, step: &mut HubStep<'_, S>, conn: ConnKey, op: ClientOp) -> Result<(), Fault> {
        // Messages have a limit of their own, and so have reports: as many as there are messages to report.
        let is_free = match &op {
            ClientOp::Send(_) => true,
            ClientOp::Cursor { seq } => self.is_progress(conn, *seq),
            ClientOp::Status { .. } | ClientOp::Ping { .. } => false,
        };
        if !is_free && !self.may_say(step, conn) {
            return Ok(());
        }
        match op {
            ClientOp::Ping { t } => step.out.one(conn, HubNotification::Pong { t, ts: step.now }),
            ClientOp::Cursor { seq } => self.report_cursor(step, conn, seq)?,
            ClientOp::Status { status } => self.show_as(step.now, conn, status, step.out),
            ClientOp::Send(write) => {
                let named = write.id.clone();
                match self.writer_of(conn).and_then(|writer| self.write(step, &writer, Some(conn), write)) {
                    Ok(posted) => step.out.one(conn, HubNotification::Ack(posted)),
                    Err(Denied::Refused(refusal)) => self.refuse(step.now, conn, named, refusal.into(), step.out),
                    Err(Denied::Broken(fault)) => return Err(fault),
                }
            }
        }
        Ok(())
    }

    /// Returns `true` if a report is newer than the last one: there are never more of these than messages.
    fn is_progress(&self, conn: ConnKey, seq: u64) -> bool {
        let cursor = self.conns.get(&conn).and_then(|live| live.state.cursor);
        cursor.is_none_or(|cursor| seq.min(self.log.meta().head) > cursor)
    }

    /// Changes the visible status. Everybody receives it, so it has a limit of its own.
    fn show_as(&mut self, now: Millis, conn: ConnKey, status: &'static str, out: &mut HubOut) {
        let Some(live) = self.conns.get_mut(&conn) else {
            return;
        };
        if let Err(refusal) = live.shown.charge(&self.settings.status, now) {
            out.counters.rate_limited += 1;
            return out.one(conn, HubNotification::Error { id: None, refusal: refusal.into() });
        }
        live.state.status = Status::parse(status).unwrap_or_default();
        out.changed.push(conn);
        out.others(conn, HubNotification::Status { principal: live.state.principal.clone(), status });
    }

    /// Refuses a frame. Invalid ones are counted, and too many close the socket (1008).
    fn refuse(&mut self, now: Millis, conn: ConnKey, id: Option<String>, refusal: HubRefusal, out: &mut HubOut) {
        out.one(conn, HubNotification::Error { id, refusal });
        if !matches!(
            refusal,
            HubRefusal::BadFrame | HubRefusal::TooLarge | HubRefusal::BadId | HubRefusal::BodyRequired
        ) {
            return;
        }
        let Some(live) = self.conns.get_mut(&conn) else {
            return;
        };
        let is_too_many = live.bad_frames.charge(&Rule::bad_frames(), now).is_err();
        live.state.bad_frames = live.bad_frames.text();
        out.changed.push(conn);
        if is_too_many {
            self.expel(conn, CloseCode::Policy.code(), "too many unusable frames", out);
        }
    }

    /// Notifies live readers that are too far behind; once a turn, after its frames.
    pub fn end_turn(&mut self, out: &mut HubOut) {
        if !out.stored.is_empty() {
            self.find_laggards(out);
        }
    }
}
