//! Turns of a hub room (`core.md` 5.1): what its sockets bring, one step for all of it, and what is done once that is committed.

use std::rc::Rc;

use protocol::machines::hub::{Hub, HubFrame, HubOut, HubStep, Item};
use protocol::trust::sealing::is_about_keys;
use protocol::words::closing::CloseCode;
use protocol::words::event::Millis;
use protocol::words::refusal::{Denied, Fault};
use protocol::words::socket::ConnKey;
use wasm_bindgen_futures::spawn_local;
use worker::WebSocket;

use super::archive;
use super::metrics::{count_closed, count_stored, count_turn};
use super::object::{AUDIT_MS, HubArrival, HubMemory, HubObject};
use super::tables::HubSql;
use crate::calls::flags;
use crate::kit::gathering::{Gathered, Gathering};
use crate::kit::shell::{Base, Shell, broken};
use crate::kit::{attachments, sql};
use crate::runtime::{self, Sockets};
use crate::telemetry;

impl HubObject {
    /// Notes what a socket brought; the turn ends when no further event is pending (`core.md` 5.1).
    pub(super) fn arrived(self: &Rc<Self>, socket: &WebSocket, arrival: HubArrival) {
        if let Err(fault) = self.wake(None) {
            return self.break_down(&fault);
        }
        let Some(conn) = Sockets::key(socket) else {
            return runtime::close_quietly(socket, CloseCode::Policy.code(), "no session");
        };
        self.note_arrival(conn, arrival, false);
    }

    /// Returns `true` if it is known whether anybody may write: frames come here without passing the door. Only the first answer is waited
    /// for; later, what is old counts until it is asked again.
    fn knows_switches(self: &Rc<Self>) -> bool {
        if flags::is_old() && !self.is_asking.replace(true) {
            let object = Rc::clone(self);
            spawn_local(async move {
                flags::refresh(&object.env).await;
                object.is_asking.set(false);
                object.end_turn();
            });
        }
        flags::known(flags::Flag::Maintenance).is_some()
    }

    /// Data points of sockets that went.
    fn note_closed(&self, closed: &[(ConnKey, u16)]) {
        let memory = self.base.memory.borrow();
        let Some(HubMemory { hub, .. }) = memory.as_ref() else { return };
        for (conn, code) in closed {
            if let Some(state) = hub.connection(*conn) {
                count_closed(&self.metrics, state, *code, hub.log().meta().head);
            }
        }
    }

    /// Runs `work` as one synchronous step after what arrived earlier: one transaction, and only after it what it has to say.
    pub(super) fn turn<T>(
        self: &Rc<Self>,
        work: impl FnMut(&mut Hub, &mut HubStep<'_, HubSql>) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.end_turn();
        self.step(work)
    }

    fn step<T>(
        self: &Rc<Self>,
        mut work: impl FnMut(&mut Hub, &mut HubStep<'_, HubSql>) -> Result<T, Denied>,
    ) -> Result<T, Denied> {
        self.run_step(true, |HubMemory { hub, store }, now, out| {
            hub.set_maintained(flags::known(flags::Flag::Maintenance) == Some(true));
            hub.set_replays_archive(flags::known(flags::Flag::ArchiveReplay) == Some(true));
            if let Some(limits) = flags::limits_of(hub.room()).filter(|limits| limits != hub.limits()) {
                store.set_limits(&limits)?;
                hub.set_limits(limits);
            }
            work(hub, &mut HubStep { store, now, fresh_id: &runtime::new_uuid, out })
        })
    }

    pub(super) fn go_on(self: &Rc<Self>) {
        // After a sleep nothing may be known: whether sockets read the archive must not be guessed, or they would miss a part.
        if flags::known(flags::Flag::ArchiveReplay).is_none() {
            let object = Rc::clone(self);
            return spawn_local(async move {
                flags::learn(&object.env).await;
                object.go_on();
            });
        }
        // A fault was logged where it was born.
        let _ = self.turn(|hub, step| Ok(hub.serve(step.store, step.now, step.out)?));
    }

    /// Gives the socket that waits at `since` messages of the archive.
    pub(super) fn serve_archived(self: &Rc<Self>, since: u64, items: Option<&[Item]>) -> Result<(), Fault> {
        let served = self.turn(|hub, step| {
            hub.serve_archived(step.now, since, items, step.out);
            Ok(())
        });
        served.map_err(broken)
    }
}

impl Shell for HubObject {
    type Memory = HubMemory;
    type Out = HubOut;
    const SUBJECT: &'static str = "hub";

    fn base(&self) -> &Base<HubMemory> {
        &self.base
    }

    fn end_step(memory: &mut HubMemory, out: &mut HubOut) {
        memory.hub.end_turn(out);
    }

    fn carry_out(self: &Rc<Self>, began_at: Millis, _is_stored: bool, out: HubOut) {
        let mut failed = Vec::new();
        let now = runtime::now_ms();
        let (sockets, serve_at, wants_archive) = {
            let memory = self.base.memory.borrow();
            let Some(HubMemory { hub, .. }) = memory.as_ref() else {
                return;
            };
            for delivery in out.deliveries(hub.targets()) {
                for frame in &delivery.frames {
                    failed.extend(match frame {
                        HubFrame::Text(text) => self.base.sockets.send(&delivery.conns, text),
                        HubFrame::Bytes(bytes) => self.base.sockets.send_bytes(&delivery.conns, bytes),
                    });
                }
            }
            for conn in &out.changed {
                if let (Some(connection), Some(socket)) = (hub.connection(*conn), self.base.sockets.get(*conn)) {
                    self.attach(&socket, connection);
                }
            }
            self.readers.publish(hub.log().meta().epoch, &out.stored);
            (hub.count(), hub.serve_at(now), hub.archive_wanted(now).is_some())
        };
        for close in &out.closes {
            if let Some(socket) = self.base.sockets.get(close.conn) {
                runtime::close_quietly(&socket, close.code, &close.reason);
            }
        }
        count_turn(&self.metrics, out.counters, &out.closes, failed.len());
        for conn in failed {
            if let Some(socket) = self.base.sockets.remove(conn) {
                runtime::close_quietly(&socket, CloseCode::Broken.code(), "send failed");
            }
            self.gathered.add(conn, HubArrival::Closed(CloseCode::Broken.code()));
            self.gathered.listen(&self.base.state);
        }
        if let Some(at) = serve_at {
            self.portions.arrange(now, at);
        }
        if wants_archive {
            archive::serve_sockets(self);
        }
        if out.outbox_filled {
            self.deliveries.begin();
        }
        let arrived_at = self.gathered.take_began_at().unwrap_or(began_at);
        self.traces.add(&out);
        if !out.stored.is_empty() {
            self.metrics.fanned_out(now.saturating_sub(arrived_at));
            count_stored(self, began_at, &out, sockets);
            // The alarm finds the earliest duty; the hot path only sees to it that the alarm rings.
            self.arrange_alarm(now + AUDIT_MS);
        } else if let Some(at) = self.metrics.report_at(now, sockets) {
            self.arrange_alarm(at);
        }
    }

    fn undo(self: &Rc<Self>, fault: &Fault) {
        telemetry::fault(Self::SUBJECT, fault);
        self.start_again();
        // Stored duties go on by the alarm, even if nobody connects.
        self.arrange_alarm(runtime::now_ms() + AUDIT_MS);
    }

    fn drop_waiting(&self) {
        self.gathered.take();
        self.gathered.resume(None);
        self.readers.end_all();
    }
}

impl Gathering for HubObject {
    type Arrival = HubArrival;

    fn gathered(&self) -> &Gathered<HubArrival> {
        &self.gathered
    }

    /// Frames come here without passing the door: it has to be known whether anybody may write.
    fn may_answer(self: &Rc<Self>) -> bool {
        self.knows_switches()
    }

    fn answer(self: &Rc<Self>, arrivals: Vec<(ConnKey, HubArrival)>) {
        let closed: Vec<(ConnKey, u16)> = arrivals
            .iter()
            .filter_map(|(conn, arrival)| match arrival {
                HubArrival::Closed(code) => Some((*conn, *code)),
                _ => None,
            })
            .collect();
        self.note_closed(&closed);
        let speakers: Vec<ConnKey> = arrivals.iter().map(|(conn, _)| *conn).collect();
        let mut arrivals = arrivals.into_iter();
        let done = self.step(|hub, step| {
            for (conn, arrival) in arrivals.by_ref() {
                match arrival {
                    HubArrival::Text(text) => hub.text(step, conn, &text)?,
                    HubArrival::Bytes(bytes) => hub.binary(step, conn, bytes)?,
                    HubArrival::Closed(_) => hub.leave(conn, step.out),
                }
            }
            Ok(())
        });
        if matches!(&done, Err(Denied::Broken(fault)) if is_about_keys(fault)) {
            self.send_away(speakers);
        }
        for (conn, _) in closed {
            if let Some(Err(fault)) =
                self.base.sockets.remove(conn).map(|socket| attachments::forget(&sql::of(&self.base.state), &socket))
            {
                telemetry::fault("hub_forget", &fault);
            }
        }
    }
}
