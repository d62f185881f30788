//! Number of people in the room, for sockets of the packet door, and notifications of people who come (`wasmchannel.md` 3.2).

use std::collections::{BTreeMap, BTreeSet};

use super::connection::Wire;
use super::notification::{Notification, PacketNotification};
use super::outbound::Outbound;
use super::state::{Live, Room};
use crate::words::event::Millis;
use crate::words::limits::JOINED_GRACE_MS;
use crate::words::socket::ConnKey;

impl Room {
    /// Handles a person who came, left or changed: sends the packet door the new number, and who came. People who appear offline or are
    /// invisible are not reported to others; `newcomer` receives the number in any case.
    pub(super) fn occupancy_changed(
        &mut self,
        now: Millis,
        user: &str,
        was_seen: bool,
        newcomer: Option<ConnKey>,
        out: &mut Outbound,
    ) {
        if !self.is_here(user) {
            self.occupancy.typing.remove(user);
        }
        let packets = self.conns_where(|live| live.state.wire == Wire::Packets && !live.is_expelled);
        if packets.is_empty() {
            return;
        }
        let is_seen = self.is_seen(user);
        let knowing: Vec<ConnKey> =
            packets.into_iter().filter(|conn| self.knows_of(&self.user_of(*conn), user)).collect();
        if was_seen || is_seen {
            self.send_online_count(&knowing, out);
        } else if let Some(newcomer) = newcomer {
            self.send_online_count(&[newcomer], out);
        }
        self.occupancy.left_at.retain(|_, at| *at + JOINED_GRACE_MS > now);
        if was_seen && !is_seen {
            self.occupancy.left_at.insert(user.to_owned(), now);
        }
        if !was_seen && is_seen && self.occupancy.left_at.remove(user).is_none() {
            self.notify_joined(user, &knowing, out);
        }
    }

    fn notify_joined(&self, user: &str, knowing: &[ConnKey], out: &mut Outbound) {
        let Some(name) = self.card_of(user).map(|card| self.name_of(user, &card.name)) else {
            return;
        };
        let others: Vec<ConnKey> = knowing.iter().filter(|conn| self.user_of(**conn) != user).copied().collect();
        out.only(others, Notification::Packet(PacketNotification::Joined { user: user.to_owned(), name }));
    }

    /// Returns the packet door's sockets that count `user`.
    pub(super) fn packets_counting(&self, user: &str) -> BTreeSet<ConnKey> {
        if !self.is_seen(user) {
            return BTreeSet::default();
        }
        let counts = |live: &Live| self.knows_of(live.state.principal.user.as_str(), user);
        let packets = self.conns_where(|live| live.state.wire == Wire::Packets && !live.is_expelled && counts(live));
        packets.into_iter().collect()
    }

    /// Sends the number again to sockets for which it has changed because the visibility of `user` did. Nobody came or left.
    pub(super) fn count_anew(&self, user: &str, before: &BTreeSet<ConnKey>, out: &mut Outbound) {
        let now = self.packets_counting(user);
        let changed: Vec<ConnKey> = now.symmetric_difference(before).copied().collect();
        self.send_online_count(&changed, out);
    }

    pub(super) fn send_online_count(&self, packets: &[ConnKey], out: &mut Outbound) {
        let here = self.shown_here();
        let mut by_count: BTreeMap<usize, Vec<ConnKey>> = BTreeMap::new();
        for conn in packets {
            let count = if self.people.is_empty() {
                here.len()
            } else {
                let viewer = self.user_of(*conn);
                here.iter().filter(|user| self.knows_of(&viewer, user)).count()
            };
            by_count.entry(count).or_default().push(*conn);
        }
        for (count, conns) in by_count {
            out.only(conns, Notification::Packet(PacketNotification::OnlineUsers { count }));
        }
    }
}
