//! Joining, leaving, and what becomes of the sockets of a person or a session (`messenger.md` 5.1 and 5.4 *Join*).

use super::connection::{Connection, Wire};
use super::group::Role;
use super::notification::{Notification, Welcome};
use super::outbound::Outbound;
use super::own_bot::BotScope;
use super::state::{Live, Room};
use super::step::Step;
use super::store::RoomStore;
use crate::log::{Cursor, Page, Range};
use crate::machines::presence::Card;
use crate::words::closing::CloseCode;
use crate::words::event::Millis;
use crate::words::ids::{RoomForm, is_integration};
use crate::words::limits::{HIDDEN_SENT_MAX, JOIN_EVENTS, LAG_BYTES_MAX, LOG_SOCKETS_MAX, PRINCIPAL_LOG_SOCKETS_MAX};
use crate::words::principal::{Principal, UserKind};
use crate::words::refusal::{Denied, Fault, Refusal};
use crate::words::socket::ConnKey;

/// Person who wants to join.
#[derive(Clone, Debug)]
pub struct Join {
    pub id: String,
    pub principal: Principal,
    pub card: Card,
    pub wire: Wire,
    /// Id of their device, if the client sends one: of one device only the newest socket stays.
    pub device: Option<String>,
    /// Their client takes the participants in pages (`messenger.md` 5.7).
    pub is_paged: bool,
    /// Their position, if they were here before.
    pub cursor: Option<Cursor>,
}

impl Room {
    /// Checks that one more socket of this person fits (`core.md` 5). Sockets of the same `device` are about to be replaced.
    pub fn has_place_for(&self, principal: &Principal, device: Option<&str>) -> Result<(), Refusal> {
        let user = principal.user.as_str();
        let older = self.sockets_of_device(user, device).len();
        let own = self.conns_where(|live| live.state.principal.user.as_str() == user && !live.is_expelled).len();
        if self.conns.len() - older >= LOG_SOCKETS_MAX || own.saturating_sub(older) >= PRINCIPAL_LOG_SOCKETS_MAX {
            return Err(Refusal::TooManySockets);
        }
        Ok(())
    }

    /// Returns the number of the person's sockets here that close when one of `device` comes.
    pub fn freed_by(&self, principal: &Principal, device: Option<&str>) -> usize {
        self.sockets_of_device(principal.user.as_str(), device).len()
    }

    fn sockets_of_device(&self, user: &str, device: Option<&str>) -> Vec<ConnKey> {
        self.conns_where(|live| {
            let state = &live.state;
            let is_same = state.device.as_deref() == device && state.principal.user.as_str() == user;
            device.is_some() && is_same && !live.is_expelled
        })
    }

    /// Accepts a socket: `welcome`, participants, missed events, then live, all in one step (`core.md` 2 *Order*).
    pub fn join(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        join: Join,
        out: &mut Outbound,
    ) -> Result<ConnKey, Denied> {
        let step = &mut Step { store, now, out };
        let floor = self.floor_of(step.store, &join.principal)?;
        self.check_bot_scope(join.principal.user.as_str(), BotScope::Read)?;
        self.has_place_for(&join.principal, join.device.as_deref())?;
        let Join { id, principal, card, wire, device, is_paged, cursor } = join;
        let (user, session) = (principal.user.as_str().to_owned(), principal.session.clone());
        step.out.counters.resumed.extend(cursor.is_some().then_some(wire));
        let was_seen = self.is_seen(&user);
        let older = self.sockets_of_device(&user, device.as_deref());
        let state = Connection {
            id,
            principal,
            card,
            wire,
            device,
            is_paged,
            floor,
            cursor: None,
            lagging: false,
            joined_at: now,
            heard_at: now,
            has_no_heartbeat: false,
            typing_until: 0,
            is_reported: false,
            head_at_join: self.log.head(),
            shaken: Vec::new(),
            bad_frames: String::new(),
        };
        let conn = self.add(state, now);
        self.update_presence(step, &user)?;
        if wire == Wire::Packets {
            step.out.begin(conn);
            self.refresh_roster(&user, now);
            self.occupancy_changed(now, &user, was_seen, Some(conn), step.out);
            self.replay_packets(step, conn, cursor)?;
        } else {
            self.welcome(step, conn, cursor)?;
            step.out.begin(conn);
            self.occupancy_changed(now, &user, was_seen, None, step.out);
        }
        // Older sockets close only now, so that the person does not leave in between (`core.md` 7).
        for conn in older {
            step.out.close(conn, CloseCode::Superseded.code(), "superseded");
            self.leave(now, conn, step.out);
        }
        // A bot has no object that would have to know.
        if !is_integration(&user) {
            self.reports.came(&user, &session, self.sockets_of(&user), now);
        }
        Ok(conn)
    }

    /// The first words on a socket of the messenger's door.
    fn welcome(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        conn: ConnKey,
        cursor: Option<Cursor>,
    ) -> Result<(), Fault> {
        let Some(Connection { id, principal, floor, is_paged, .. }) = self.connection(conn).cloned() else {
            return Ok(());
        };
        let (user, expires_at) = (principal.user.as_str().to_owned(), principal.expires_at);
        let role = self.group.as_ref().and_then(|group| group.role_of(&user)).unwrap_or(Role::Member);
        let is_good = cursor.as_ref().is_none_or(|cursor| self.log.accepts(cursor));
        let welcome = Welcome {
            epoch: self.log.epoch(),
            head: self.log.head(),
            oldest: self.log.oldest().max(floor + 1),
            connection: id,
            now: step.now,
            expires_at,
            user: user.clone(),
            role,
            nudge_limit: self.settings.rules.nudge.text(),
            resumed: cursor.is_some() && is_good,
            receipts: self.receipts_for(step.store, &user)?,
            hidden: step.store.hidden_ids(&user, floor, HIDDEN_SENT_MAX)?,
            pin: self.pinned_for(step.store, &user, self.privacy_of(&user), floor)?,
            reviewed: self.reviewed_for(step.store, &principal, step.now)?,
            commands: self.commands_for(&user),
        };
        step.out.one(conn, Notification::Welcome(Box::new(welcome)));
        if !self.is_direct() {
            self.refresh_roster(&user, step.now);
            let participants = if is_paged { self.first_participants(&user) } else { self.all_participants(&user) };
            step.out.one(conn, participants);
            self.note_list_given(&user);
        }
        if let Some(count) = self.waiting_for(&principal) {
            step.out.one(conn, Notification::Waiting { count });
        }
        match cursor {
            Some(cursor) if is_good => self.replay(step, conn, cursor.seq)?,
            stale => {
                if stale.is_some() {
                    step.out.one(conn, Notification::Reset { epoch: self.log.epoch(), head: self.log.head() });
                }
                let page = self.page_on(step.store, conn, Range::Newest)?;
                step.out.one(conn, self.history(page, None));
            }
        }
        Ok(())
    }

    /// Pushes everything after `since`; a client that is hopelessly far behind asks for the rest itself.
    fn replay(&mut self, step: &mut Step<'_, impl RoomStore>, conn: ConnKey, since: u64) -> Result<(), Fault> {
        let mut since = since;
        let mut bytes = 0;
        loop {
            let page = self.page_on(step.store, conn, Range::Since(since))?;
            bytes += page.events.iter().map(|event| event.body.len() as u64).sum::<u64>();
            let (next, more) = (page.next, page.more);
            step.out.one(conn, self.history(page, None));
            if !more {
                return Ok(());
            }
            if bytes > LAG_BYTES_MAX {
                match self.conns.get_mut(&conn).filter(|live| live.state.wire == Wire::Packets) {
                    // Packets have no way to ask for the rest: it follows by itself.
                    Some(live) => {
                        (live.state.lagging, live.state.cursor) = (true, Some(next));
                        step.out.changed.push(conn);
                    }
                    None => self.fall_behind(conn, step.out),
                }
                return Ok(());
            }
            since = next;
        }
    }

    /// Replays messages to a socket that sent its position; without a cursor, history is loaded over REST.
    fn replay_packets(
        &mut self,
        step: &mut Step<'_, impl RoomStore>,
        conn: ConnKey,
        cursor: Option<Cursor>,
    ) -> Result<(), Fault> {
        match cursor {
            None => Ok(()),
            Some(cursor) if self.log.accepts(&cursor) => self.replay(step, conn, cursor.seq),
            Some(_) => {
                let page = self.page_on(step.store, conn, Range::Newest)?;
                step.out.one(conn, self.history(page, None));
                Ok(())
            }
        }
    }

    fn page_on(&self, store: &impl RoomStore, conn: ConnKey, range: Range) -> Result<Page, Fault> {
        let (user, floor) = (self.user_of(conn), self.conns.get(&conn).map_or(0, |live| live.state.floor));
        self.page_for(store, (&user, self.privacy_of(&user)), range, JOIN_EVENTS, floor)
    }

    /// Returns the packet socket that is furthest behind, and its position.
    pub(super) fn packets_behind(&self) -> Option<(u64, ConnKey)> {
        let is_behind = |live: &Live| live.state.lagging && !live.is_expelled && live.state.wire == Wire::Packets;
        let behind = self.conns.iter().filter(|(_, live)| is_behind(live));
        behind.filter_map(|(conn, live)| Some((live.state.cursor?, *conn))).min()
    }

    /// Sends it one more portion. After the last one it is live again.
    pub(super) fn replay_more(&mut self, step: &mut Step<'_, impl RoomStore>) -> Result<(), Fault> {
        let Some((since, conn)) = self.packets_behind() else { return Ok(()) };
        let Some(live) = self.conns.get_mut(&conn) else { return Ok(()) };
        (live.state.lagging, live.state.cursor) = (false, None);
        step.out.begin(conn);
        step.out.changed.push(conn);
        self.replay(step, conn, since)
    }

    /// Handles a socket that has closed, on either side.
    pub fn leave(&mut self, now: Millis, conn: ConnKey, out: &mut Outbound) {
        let was_seen = self.is_seen(&self.user_of(conn));
        let Some(live) = self.conns.remove(&conn) else {
            return;
        };
        let user = live.state.principal.user.as_str().to_owned();
        self.occupancy_changed(now, &user, was_seen, None, out);
        if !self.is_here(&user) {
            self.stop_typing(&user, out);
        }
        self.refresh_roster(&user, now);
        if !self.is_here(&user) {
            self.begin_absence(&user, now);
        }
        if !is_integration(&user) {
            self.reports.went(&user, now);
        }
        if self.conns.is_empty() && !self.shows_anybody() {
            self.sweep_at = None;
        }
        out.counters.gone.push((conn, live.state));
    }

    /// Closes the sockets of a person who is not in the group any more (`core.md` 7).
    pub(super) fn show_out(&mut self, now: Millis, user: &str, out: &mut Outbound) {
        for conn in self.conns_of(user) {
            out.close(conn, CloseCode::Forbidden.code(), "not a member any more");
            self.leave(now, conn, out);
        }
        self.absent.remove(user);
    }

    /// Closes a person's newest sockets here, because they have too many sockets in all (`core.md` 5).
    pub fn close_newest(&mut self, now: Millis, user: &str, count: usize, out: &mut Outbound) {
        let refusal = Refusal::TooManySockets;
        for conn in self.conns_of(user).into_iter().rev().take(count) {
            out.close(conn, refusal.close_code(), refusal.close_reason());
            self.leave(now, conn, out);
        }
    }

    /// Handles a socket that broke or was silent for too long: events that it did not confirm may have been lost. They are stored for the
    /// person like events during an absence (`push.md` 1).
    pub fn lose(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        conn: ConnKey,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        let Some(Connection { principal, floor, head_at_join, .. }) = self.connection(conn).cloned() else {
            return Ok(());
        };
        self.leave(now, conn, out);
        let user = principal.user.as_str();
        let is_theirs = match self.id.form() {
            RoomForm::Public => false,
            RoomForm::Group => self.group.as_ref().is_some_and(|group| group.member(user).is_some()),
            RoomForm::Direct(..) => true,
        };
        // Not all clients confirm events. Of two sockets, the one that ends last may have been accepted long after the other broke.
        let came = store.receipt(user)?.map_or(head_at_join, |receipt| receipt.delivered).max(floor);
        if !is_theirs || self.is_here(user) || store.unread(user, came, 1)?.is_empty() {
            return Ok(());
        }
        for seq in [came + 1, self.log.head()] {
            store.outbox_add(user, seq, false, now)?;
        }
        out.outbox_filled = true;
        Ok(())
    }

    /// Ends every socket of a session on behalf of the person's own object (`core.md` 5: revocation and expiry). It is unknown if they
    /// received the last events. Events of one player of a persona stay closed to the next all the same.
    pub fn end_session(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        session: &str,
        code: u16,
        reason: &str,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        for conn in self.conns_where(|live| live.state.principal.session == session) {
            let Some(principal) = self.conns.get(&conn).map(|live| live.state.principal.clone()) else { continue };
            out.close(conn, code, reason);
            if principal.kind == UserKind::Persona {
                self.leave(now, conn, out);
            } else {
                self.lose(store, now, conn, out)?;
            }
            self.reports.ended(principal.user.as_str(), session);
        }
        Ok(())
    }

    /// A session's expiry moved, or the end of one that cannot slide is near.
    pub fn notify_session(&mut self, session: &str, notification: &Notification, out: &mut Outbound) {
        for conn in self.conns_where(|live| live.state.principal.session == session) {
            if let (Notification::Session { expires_at }, Some(live)) = (notification, self.conns.get_mut(&conn)) {
                live.state.principal.expires_at = *expires_at;
                out.changed.push(conn);
            }
            out.one(conn, notification.clone());
        }
    }

    /// Takes over the new card of a person, where it is newer than the known one.
    pub fn set_card(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        user: &str,
        card: &Card,
        out: &mut Outbound,
    ) -> Result<(), Denied> {
        let step = &mut Step { store, now, out };
        let own = self
            .conns_where(|live| live.state.principal.user.as_str() == user && live.state.card.version < card.version);
        if own.is_empty() {
            return Ok(());
        }
        let was_seen = self.is_seen(user);
        let was_elsewhere = self.card_of(user).is_some_and(|card| card.elsewhere);
        for conn in &own {
            if let Some(live) = self.conns.get_mut(conn) {
                live.state.card = card.clone();
                if card.is_account {
                    live.state.principal.kind = UserKind::User;
                }
            }
        }
        if was_seen != self.is_seen(user) {
            self.occupancy_changed(now, user, was_seen, None, step.out);
        }
        step.out.changed.extend(own);
        if card.elsewhere && !was_elsewhere {
            self.notify_late_device(step, user, card.elsewhere_since)?;
        }
        if !card.is_seen() {
            self.stop_typing(user, step.out);
        }
        self.refresh_roster(user, now);
        self.update_presence(step, user)
    }
}
