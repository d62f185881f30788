//! Views of a person for each viewer: settings (`settings.md` 1) and blocks (`messenger.md` 4 *Blocking*) decide about them.

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
    pub is_contact: bool,
    /// The two have a direct conversation, by the person's own object.
    pub is_partner: bool,
    /// Both are in a private group.
    pub shares_group: bool,
    /// Both have live sockets in a room.
    pub shares_room: bool,
}

/// View that was stored for a formerly blocked person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiftedBlock {
    /// View of the person that the viewer had in the block.
    pub view: Visible,
    pub at: Millis,
}

/// Views of a person for each viewer. They never leave the server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresenceViews {
    visible: Visible,
    #[serde(default)]
    audiences: Audiences,
    /// Contacts; stored only if the settings depend on them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    contacts: BTreeSet<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    blocked: BTreeMap<String, Visible>,
    /// Views of formerly blocked people, until the status changes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    lifted: BTreeMap<String, LiftedBlock>,
    /// Name and picture that were chosen last, visible or not. Stored only if there are people who must not learn when they become visible.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    chosen: Option<(String, String)>,
}

impl PresenceViews {
    /// Returns the views of a person who looks the same to everybody.
    pub fn plain(visible: Visible) -> Self {
        Self::new(visible, Audiences::default(), BTreeSet::new(), BTreeMap::new())
    }

    /// Returns the views of a person whose full view is `visible`.
    pub fn new(
        visible: Visible,
        audiences: Audiences,
        contacts: BTreeSet<String>,
        blocked: BTreeMap<String, Visible>,
    ) -> Self {
        let contacts = if audiences.prefer_contacts() { contacts } else { BTreeSet::new() };
        Self { visible, audiences, contacts, blocked, lifted: BTreeMap::new(), chosen: None }
    }

    /// Returns the views with this profile, which may not be visible to others yet.
    pub fn with_profile(self, name: &str, avatar: &str) -> Self {
        let hides = self.audiences.presence != Audience::Everyone;
        Self { chosen: hides.then(|| (name.to_owned(), avatar.to_owned())), ..self }
    }

    /// Returns the views of a person who has ended these blocks.
    pub fn with_lifted(self, lifted: BTreeMap<String, LiftedBlock>) -> Self {
        Self { lifted, ..self }
    }

    pub fn id(&self) -> &str {
        &self.visible.id
    }

    /// Returns the view of `viewer`; the person's own view is complete. A blocked viewer has the view that was stored at the block.
    ///
    /// After the end of a block there seems to be no change, or the person seems to come at that time. If they came before the departure
    /// that the viewer has seen, that would reveal the block (`messenger.md` 4).
    pub fn to(&self, viewer: &str) -> Visible {
        if let Some(view) = self.blocked.get(viewer).or_else(|| self.frozen_view_for(viewer)) {
            return view.clone();
        }
        let seen = self.of(self.visible.clone(), viewer);
        match self.lifted.get(viewer) {
            Some(lifted) => Visible { since: seen.since.max(lifted.at), ..seen },
            None => seen,
        }
    }

    /// Returns the view that `viewer` still has although their block has ended, as long as the person would be offline for them without it,
    /// too. Another `since`, or another profile, would reveal that the person was online in the meantime.
    pub fn frozen_view_for(&self, viewer: &str) -> Option<&Visible> {
        let lifted = self.lifted.get(viewer)?;
        (self.of(self.visible.clone(), viewer).status == OFFLINE).then_some(&lifted.view)
    }

    /// Returns the presence that `viewer` with these ties to the person may see; `None` if there is none. Notifications and answers with a
    /// presence follow this rule.
    ///
    /// A person who appears offline is in no room: any other answer would reveal that they are there.
    pub fn visible_for(&self, viewer: &str, ties: PresenceTies) -> Option<Visible> {
        let visible = self.to(viewer);
        let PresenceTies { is_public, is_contact, is_partner, shares_group, shares_room } = ties;
        let meets = shares_room && visible.status != OFFLINE;
        let is_own = viewer == self.visible.id;
        (is_own || is_public || is_contact || is_partner || shares_group || meets).then_some(visible)
    }

    pub fn to_a_stranger(&self) -> Visible {
        self.of_stranger(self.visible.clone())
    }

    /// Returns the view of an unknown viewer if the person's full view were `visible`.
    pub fn of_stranger(&self, visible: Visible) -> Visible {
        self.of(visible, "")
    }

    /// Returns the view of `viewer` if the person's full view were `visible`, blocks aside. If the viewer may not see the presence, the
    /// person is offline without a time and without a status text.
    ///
    /// The profile does not reveal when they are online, as it does for others (`settings.md` 1): a persona looks as if nobody played it,
    /// and everybody else has the profile that they chose last.
    pub fn of(&self, visible: Visible, viewer: &str) -> Visible {
        let sees = |audience: Audience| viewer == self.visible.id || audience.holds(self.contacts.contains(viewer));
        let (sees_presence, sees_picture) = (sees(self.audiences.presence), sees(self.audiences.picture));
        let mut seen = visible;
        if !sees_presence {
            seen = seen.without_presence();
            // A persona that became an account has a profile of its own (`account.md` 10).
            if let Some(cast) = personas::find(&seen.id).filter(|_| !seen.is_account) {
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
            is_account: false,
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
        assert_eq!((here.to("u_cy"), here.frozen_view_for("u_eve")), (ada(), None), "others see what is true");
        let came = Visible { since: 70, ..ada() };
        assert_eq!(seen(came.clone(), Audience::Everyone).to("u_eve"), came, "here since after it");
        // They appear offline, with another name, since a moment within the block.
        let hidden = Visible { status: OFFLINE.to_owned(), since: 55, display_name: "A.".to_owned(), ..ada() };
        for looks in [seen(hidden, Audience::Everyone), seen(ada(), Audience::Nobody)] {
            assert_eq!((looks.to("u_eve"), looks.frozen_view_for("u_eve")), (view.clone(), Some(&view)));
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
                assert_eq!(looks.visible_for(viewer, none), None, "{viewer}");
                for ties in each {
                    let is_met_gone = ties.shares_room && looks.to(viewer).status == OFFLINE;
                    let expected = (!is_met_gone).then(|| looks.to(viewer));
                    assert_eq!(looks.visible_for(viewer, ties), expected, "{viewer} {ties:?}");
                }
            }
            assert_eq!(looks.visible_for("u_ada", none), Some(ada()), "one sees oneself");
        }
    }

    #[test]
    fn whom_nobody_has_to_know_is_not_told_on() {
        let contacts: BTreeSet<String> = ["u_bo".to_owned()].into_iter().collect();
        let looks = PresenceViews::new(ada(), Audiences::default(), contacts, BTreeMap::new());
        assert_eq!(looks, PresenceViews::plain(ada()));
    }
}
