//! Changes of a person's privacy settings (`settings.md` 1, `messenger.md` 4 *Blocking*): notifications of a room when they change, and
//! their removal.

use std::collections::{BTreeMap, BTreeSet};

use super::group_presence::broken_only;
use super::outbound::Outbound;
use super::receipt::Receipt;
use super::state::Room;
use super::step::Step;
use super::store::{PeopleStore, RoomStore};
use crate::people::contacts::{Privacy, PrivacyRecord};
use crate::words::event::Millis;
use crate::words::ids::RoomForm;
use crate::words::refusal::Fault;

impl Room {
    /// Stores the settings from a person's own object. Settings that are older than the stored ones change nothing.
    pub fn set_privacy(
        &mut self,
        store: &mut impl RoomStore,
        now: Millis,
        user: &str,
        privacy: Privacy,
        out: &mut Outbound,
    ) -> Result<(), Fault> {
        let pin_seers = self.pin_seers(store)?;
        let before = self.people.get(user).cloned();
        if before.as_ref().is_some_and(|known| known.is_told && known.privacy.version >= privacy.version) {
            return Ok(());
        }
        if self.roster.was_announced(user) {
            // Earlier events are reported by the settings of that time, such as a departure. A person whom nobody was notified of yet is in
            // the next delta, by the new settings, so that a crowd is reported together.
            self.notify_occupancy_early(out);
        }
        let (looked, counted) = (self.visibility_to_others(user), self.packets_counting(user));
        // A former contact has to be invited again before they may write.
        let has_parted =
            before.as_ref().is_some_and(|known| known.privacy.contacts.difference(&privacy.contacts).next().is_some());
        let invites = before.as_ref().is_some_and(|known| known.invites) && !has_parted;
        let opened = before.as_ref().is_some_and(|known| known.opened || known.invites);
        let blocked = |privacy: Option<&Privacy>| -> BTreeSet<String> {
            privacy.map(|privacy| privacy.hides.blocked().map(str::to_owned).collect()).unwrap_or_default()
        };
        let (was, is) = (blocked(before.as_ref().map(|known| &known.privacy)), blocked(Some(&privacy)));
        let hidden_before = before.as_ref().map(|known| &known.privacy.hidden_from);
        let hides_anew = hidden_before.map_or(!privacy.hidden_from.is_empty(), |before| *before != privacy.hidden_from);
        if was != is || hides_anew || !privacy.settings.typing {
            self.stop_typing(user, out);
        }
        for other in is.difference(&was) {
            // Typing is hidden in both directions from now on, so it must not stay visible.
            self.stop_typing(other, out);
        }
        let frozen = self.receipts_withheld(store, user, before, &privacy)?;
        let known = PrivacyRecord { privacy, is_told: true, invites, opened, frozen };
        store.save_known(user, &known)?;
        self.people.insert(user.to_owned(), known);
        self.appear_anew(user, &looked, out);
        self.count_anew(user, &counted, out);
        // The person's presence for everybody may have changed.
        let step = &mut Step { store, now, out };
        broken_only(self.update_presence(step, user))?;
        self.send_pin_again(step, &pin_seers)
    }

    /// Returns the receipts of `user` as each person sees them for whom they do not grow, or have not grown since.
    fn receipts_withheld(
        &self,
        store: &impl RoomStore,
        user: &str,
        before: Option<PrivacyRecord>,
        privacy: &Privacy,
    ) -> Result<BTreeMap<String, (u64, u64)>, Fault> {
        let was = before.as_ref().map(|known| known.privacy.without_receipts()).unwrap_or_default();
        let (is, people) = (privacy.without_receipts(), self.other_people(user));
        let mut frozen = before.map(|known| known.frozen).unwrap_or_default();
        frozen.retain(|other, _| is.contains(other) || people.contains(other));
        for other in is.difference(&was).filter(|other| people.contains(other)) {
            let Receipt { shown_delivered, shown_read, .. } = store.receipt(user)?.unwrap_or_default();
            // After an earlier time the other person still sees the receipts of that time, until this person is active.
            frozen.entry(other.clone()).or_insert((shown_delivered, shown_read));
        }
        for other in was.difference(&is).filter(|other| people.contains(other)) {
            // The end reveals no receipts from that time (`Room::thaw`), and a person who came during it has seen none.
            frozen.entry(other.clone()).or_default();
        }
        Ok(frozen)
    }

    /// Removes the settings of absent people from a public room.
    pub fn forget_strangers(&mut self, store: &mut impl PeopleStore, out: &mut Outbound) -> Result<(), Fault> {
        if !matches!(self.id.form(), RoomForm::Public) {
            return Ok(());
        }
        let gone: Vec<String> = self.people.keys().filter(|user| !self.is_here(user)).cloned().collect();
        if !gone.is_empty() {
            // A departure is reported by the settings of that person.
            self.notify_occupancy_early(out);
        }
        for user in gone {
            store.forget_known(&user)?;
            self.people.remove(&user);
        }
        Ok(())
    }
}
