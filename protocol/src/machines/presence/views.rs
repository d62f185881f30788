//! Views of a person, one for each viewer: what the person shows to whom (`settings.md` 1), and what the people see whom they
//! have blocked (`messenger.md` 4 *Blocking*).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::people::contacts::{Audience, Audiences};
use crate::people::names::GUEST_AVATAR;
use crate::words::event::Millis;
use crate::words::personas;
use crate::words::status::{OFFLINE, Visible};

/// Ties that make the presence of a person the business of another (`sign-in.md` 1, `presence.md` 2, `presence.md`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PresenceTies {
    /// The person is of the cast, or a program.
    pub is_public: bool,
    /// The two are contacts.
    pub is_contact: bool,
    /// The two have a direct conversation, as the person's own object knows it.
    pub is_partner: bool,
    /// Both are in a private group.
    pub shares_group: bool,
    /// Both have live sockets in a room.
    pub shares_room: bool,
}

/// View that was kept for somebody whose block has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftedBlock {
    /// View of the person that the viewer had in the block.
    pub view: Visible,
    /// Time at which the block ended.
    pub at: Millis,
}

/// Views of a person, one for each viewer. They never leave the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceViews {
    visible: Visible,
    #[serde(default)]
    audiences: Audiences,
    /// Kept only where it matters who is one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    contacts: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    blocked: BTreeMap<String, Visible>,
    /// Kept for those whose block has ended since the status changed last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lifted: BTreeMap<String, LiftedBlock>,
    /// The name and the picture that they chose last, seen or not. Kept only where there are people who must not learn when they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chosen: Option<(String, String)>,
}

impl PresenceViews {
    /// Somebody who looks the same to everybody.
    pub fn plain(visible: Visible) -> Self {
        Self::new(visible, Audiences::default(), BTreeSet::new(), BTreeMap::new())
    }

    /// Somebody who looks like `visible` to whoever may see all of it.
    pub fn new(
        visible: Visible,
        audiences: Audiences,
        contacts: BTreeSet<String>,
        blocked: BTreeMap<String, Visible>,
    ) -> Self {
        let contacts = if audiences.prefer_contacts() { contacts } else { BTreeSet::new() };
        Self { visible, audiences, contacts, blocked, lifted: BTreeMap::new(), chosen: None }
    }

    /// Returns the looks of somebody with this profile, seen by others by now or not.
    pub fn with_profile(self, name: &str, avatar: &str) -> Self {
        let hides = self.audiences.presence != Audience::Everyone;
        Self { chosen: hides.then(|| (name.to_owned(), avatar.to_owned())), ..self }
    }

    /// Returns the looks of somebody who has ended these blocks.
    pub fn with_lifted(self, lifted: BTreeMap<String, LiftedBlock>) -> Self {
        Self { lifted, ..self }
    }

    /// The person's id.
    pub fn id(&self) -> &str {
        &self.visible.id
    }

    /// Returns what `viewer` sees; the person sees all of themselves. A blocked viewer sees what was kept for them at the block.
    ///
    /// The end of a block looks as if nothing had happened, or as if the person came then: a coming before the going that the viewer
    /// has seen would tell of the block (`messenger.md` 4).
    pub fn to(&self, viewer: &str) -> Visible {
        if let Some(view) = self.blocked.get(viewer).or_else(|| self.still_kept_for(viewer)) {
            return view.clone();
        }
        let seen = self.of(self.visible.clone(), viewer);
        match self.lifted.get(viewer) {
            Some(lifted) => Visible { since: seen.since.max(lifted.at), ..seen },
            None => seen,
        }
    }

    /// Returns the view that `viewer` goes on to have although their block has ended: as long as they would see the person as offline
    /// without it, too. Another `since`, or another profile, would tell that the person was there meanwhile.
    pub fn still_kept_for(&self, viewer: &str) -> Option<&Visible> {
        let lifted = self.lifted.get(viewer)?;
        (self.of(self.visible.clone(), viewer).status == OFFLINE).then_some(&lifted.view)
    }

    /// Returns what `viewer`, who has these ties to the person, is told of their presence; `None` where that is nothing. Presence is
    /// pushed by this rule, and every answer that tells of it goes by it.
    ///
    /// A person who shows as gone is in no room: another answer would tell that they are there after all.
    pub fn told_to(&self, viewer: &str, ties: PresenceTies) -> Option<Visible> {
        let visible = self.to(viewer);
        let PresenceTies { is_public, is_contact, is_partner, shares_group, shares_room } = ties;
        let meets = shares_room && visible.status != OFFLINE;
        let is_own = viewer == self.visible.id;
        (is_own || is_public || is_contact || is_partner || shares_group || meets).then_some(visible)
    }

    /// Returns what a viewer sees of whom nothing is known.
    pub fn to_a_stranger(&self) -> Visible {
        self.of_stranger(self.visible.clone())
    }

    /// Returns what a viewer sees of whom nothing is known, if the person looked like `visible`.
    pub fn of_stranger(&self, visible: Visible) -> Visible {
        self.of(visible, "")
    }

    /// Returns what `viewer` would see if the person looked like `visible`, blocks aside. A person whose presence the viewer may not see
    /// is offline, nobody knows since when, and says nothing.
    ///
    /// Nor does the profile of that person tell of coming and going, which it does with what others see (`settings.md` 1): a persona
    /// looks as if nobody played it, anybody else as they chose last.
    pub fn of(&self, visible: Visible, viewer: &str) -> Visible {
        let sees = |audience: Audience| viewer == self.visible.id || audience.holds(self.contacts.contains(viewer));
        let (sees_presence, sees_picture) = (sees(self.audiences.presence), sees(self.audiences.picture));
        let mut seen = visible;
        if !sees_presence {
            seen = seen.without_presence();
            if let Some(cast) = personas::find(&seen.id) {
                return Visible {
                    display_name: cast.name.to_owned(),
                    avatar_id: cast.avatar.to_owned(),
                    personal_message: cast.message_en.to_owned(),
                    ..seen
                };
            }
            if let Some((name, avatar)) = &self.chosen {
                seen.display_name.clone_from(name);
                seen.avatar_id.clone_from(avatar);
            }
        }
        if !sees_picture {
            seen.avatar_id = GUEST_AVATAR.to_owned();
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::status::OFFLINE;

    fn ada() -> Visible {
        Visible {
            id: "u_ada".to_owned(),
            display_name: "Ada".to_owned(),
            status: "away".to_owned(),
            personal_message: "on the train".to_owned(),
            avatar_id: "av_04".to_owned(),
            since: 40,
        }
    }

    fn looks(presence: Audience, picture: Audience) -> PresenceViews {
        let gone = Visible { status: OFFLINE.to_owned(), since: 7, ..ada() };
        let contacts = ["u_bo".to_owned()].into_iter().collect();
        PresenceViews::new(
            ada(),
            Audiences { presence, picture },
            contacts,
            [("u_eve".to_owned(), gone)].into_iter().collect(),
        )
    }

    #[test]
    fn each_sees_what_they_may() {
        let all = [Audience::Everyone, Audience::Contacts, Audience::Nobody];
        for (presence, picture) in all.into_iter().flat_map(|one| all.map(|other| (one, other))) {
            let looks = looks(presence, picture);
            for (viewer, is_contact) in [("u_bo", true), ("u_cy", false), ("", false)] {
                let seen = looks.to(viewer);
                let expected = if presence.holds(is_contact) { ("away", "on the train", 40) } else { (OFFLINE, "", 0) };
                assert_eq!((&*seen.status, &*seen.personal_message, seen.since), expected, "{viewer} {presence:?}");
                let avatar = if picture.holds(is_contact) { "av_04" } else { GUEST_AVATAR };
                assert_eq!((&*seen.avatar_id, &*seen.display_name), (avatar, "Ada"), "{viewer} {picture:?}");
            }
            assert_eq!(looks.to("u_ada"), ada(), "all of it is theirs");
            assert_eq!(looks.to_a_stranger(), looks.to("u_cy"));
            assert_eq!((looks.to("u_eve").since, looks.id()), (7, "u_ada"), "what was seen before a block stays");
        }
    }

    #[test]
    fn the_end_of_a_block_looks_like_nothing_or_like_a_coming() {
        let view = Visible { status: OFFLINE.to_owned(), since: 50, ..ada() };
        let lifted: BTreeMap<String, LiftedBlock> =
            [("u_eve".to_owned(), LiftedBlock { view: view.clone(), at: 60 })].into();
        let seen = |visible: Visible, presence: Audience| {
            let audiences = Audiences { presence, picture: Audience::Everyone };
            PresenceViews::new(visible, audiences, BTreeSet::new(), BTreeMap::new()).with_lifted(lifted.clone())
        };
        let here = seen(ada(), Audience::Everyone);
        assert_eq!(here.to("u_eve"), Visible { since: 60, ..ada() }, "here since before the block");
        assert_eq!((here.to("u_cy"), here.still_kept_for("u_eve")), (ada(), None), "others see what is true");
        let came = Visible { since: 70, ..ada() };
        assert_eq!(seen(came.clone(), Audience::Everyone).to("u_eve"), came, "here since after it");
        // They appear offline, with another name, since a moment within the block.
        let hidden = Visible { status: OFFLINE.to_owned(), since: 55, display_name: "A.".to_owned(), ..ada() };
        for looks in [seen(hidden, Audience::Everyone), seen(ada(), Audience::Nobody)] {
            assert_eq!((looks.to("u_eve"), looks.still_kept_for("u_eve")), (view.clone(), Some(&view)));
        }
        let again = PresenceViews { blocked: [("u_eve".to_owned(), came.clone())].into(), ..here };
        assert_eq!(again.to("u_eve"), came, "a block goes before one that has ended");
    }

    #[test]
    fn who_hides_their_presence_looks_the_same_here_and_gone() {
        for picture in [Audience::Everyone, Audience::Nobody] {
            let looks = looks(Audience::Contacts, picture);
            let gone = Visible { status: OFFLINE.to_owned(), since: 90, ..ada() };
            assert_eq!(looks.of(gone, "u_cy"), looks.to("u_cy"));
        }
    }

    #[test]
    fn nothing_is_told_without_a_tie_and_no_more_with_one_than_is_shown() {
        let none = PresenceTies::default();
        let each = [
            PresenceTies { is_public: true, ..none },
            PresenceTies { is_contact: true, ..none },
            PresenceTies { is_partner: true, ..none },
            PresenceTies { shares_group: true, ..none },
            PresenceTies { shares_room: true, ..none },
        ];
        for looks in [looks(Audience::Everyone, Audience::Everyone), looks(Audience::Nobody, Audience::Nobody)] {
            for viewer in ["u_bo", "u_cy", "u_eve"] {
                assert_eq!(looks.told_to(viewer, none), None, "{viewer}");
                for ties in each {
                    let is_met_gone = ties.shares_room && looks.to(viewer).status == OFFLINE;
                    let expected = (!is_met_gone).then(|| looks.to(viewer));
                    assert_eq!(looks.told_to(viewer, ties), expected, "{viewer} {ties:?}");
                }
            }
            assert_eq!(looks.told_to("u_ada", none), Some(ada()), "one sees oneself");
        }
    }

    #[test]
    fn whom_nobody_has_to_know_is_not_told_on() {
        let contacts: BTreeSet<String> = ["u_bo".to_owned()].into_iter().collect();
        let looks = PresenceViews::new(ada(), Audiences::default(), contacts, BTreeMap::new());
        assert_eq!(looks, PresenceViews::plain(ada()));
    }
}
