//! News of a person's wishes (`settings.md` 1, `messenger.md` 4 *Blocking*): what a room tells others when they change, and when it forgets them.

use std::collections::BTreeSet;

use super::attendance::broken_only;
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
    /// Takes over what a person's own object says. Older news than what is known changes nothing.
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
        if self.roster.has_told(user) {
            // What happened before is told by the wishes that held then: that they went, if they did. Of whom nobody was told yet the
            // next delta tells, by those that hold then; so a crowd that comes at once is told of together.
            self.tell_company_early(out);
        }
        let (looked, counted) = (self.visibility_to_others(user), self.packets_counting(user));
        // Whoever is no contact any more has to be turned to again before they may write.
        let has_parted =
            before.as_ref().is_some_and(|known| known.privacy.contacts.difference(&privacy.contacts).next().is_some());
        let invites = before.as_ref().is_some_and(|known| known.invites) && !has_parted;
        let opened = before.as_ref().is_some_and(|known| known.opened || known.invites);
        let blocked = |privacy: Option<&Privacy>| -> BTreeSet<String> {
            privacy.map(|privacy| privacy.hides.blocked().map(str::to_owned).collect()).unwrap_or_default()
        };
        let (was, is) = (blocked(before.as_ref().map(|known| &known.privacy)), blocked(Some(&privacy)));
        if was != is || !privacy.settings.typing {
            self.stop_typing(user, out);
        }
        for other in is.difference(&was) {
            // Typing passes in neither direction from here on: what is shown of it must not stay.
            self.stop_typing(other, out);
        }
        let people = self.other_people(user);
        let mut frozen = before.map(|known| known.frozen).unwrap_or_default();
        frozen.retain(|other, _| is.contains(other) || people.contains(other));
        for other in is.difference(&was).filter(|other| people.contains(other)) {
            let Receipt { shown_delivered, shown_read, .. } = store.receipt(user)?.unwrap_or_default();
            // Of whom nothing was heard since an earlier block the other one knows what they knew then.
            frozen.entry(other.clone()).or_insert((shown_delivered, shown_read));
        }
        for other in was.difference(&is).filter(|other| people.contains(other)) {
            // That a block ends brings no receipts from its time (`Room::thaw`), and whoever came into it has seen none.
            frozen.entry(other.clone()).or_default();
        }
        let known = PrivacyRecord { privacy, is_told: true, invites, opened, frozen };
        store.save_known(user, &known)?;
        self.people.insert(user.to_owned(), known);
        self.appear_anew(user, &looked, out);
        self.count_anew(user, &counted, out);
        // Whether they are here for everybody may have changed.
        let step = &mut Step { store, now, out };
        broken_only(self.attend(step, user))?;
        self.tell_pin_anew(step, &pin_seers)
    }

    /// Public rooms know nobody for long: forgets the wishes of people who are not here.
    pub fn forget_strangers(&mut self, store: &mut impl PeopleStore, out: &mut Outbound) -> Result<(), Fault> {
        if !matches!(self.id.form(), RoomForm::Public) {
            return Ok(());
        }
        let gone: Vec<String> = self.people.keys().filter(|user| !self.is_here(user)).cloned().collect();
        if !gone.is_empty() {
            // Who went is told of by the wishes that they had.
            self.tell_company_early(out);
        }
        for user in gone {
            store.forget_known(&user)?;
            self.people.remove(&user);
        }
        Ok(())
    }
}
