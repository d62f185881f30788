//! The person's arrangement of the contact list: groups, order, folded sections, and the rows in view (`ux.md` 1.2).
//!
//! Pure. `session::arrangement` stores it on this device, and `session::home` brings favourites, groups and nicknames of an account to its
//! other devices.

use super::conversation::MessageDialog;
use super::moderation::ModerationSubject;
use super::quick_texts::QuickText;
use super::relations::PersonRef;
use super::reports::Outcome;

/// Default idle minutes after which the person is shown as away (`ux.md` 1.1).
pub const AWAY_MIN_DEFAULT: u8 = 5;
/// Largest choice of minutes; 0 = never.
pub const AWAY_MIN_MAX: u8 = 60;
/// Number of earlier personal messages that are offered.
pub const MESSAGES_MAX: usize = 10;
/// Number of recent conversations whose order is stored.
const RECENT_MAX: usize = 200;
/// Margin beyond both edges of the view whose rows are in the document, so that they are ready before they scroll in.
const MARGIN_PX: f64 = 400.0;
/// Number of rows that are added and removed at once, so that most frames of a scroll change nothing.
const BLOCK_ROWS: usize = 8;

protocol::words! {
    /// Criterion of the order within a group.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Sort {
        /// By status, then by name.
        #[default]
        Status = "status",
        Name = "name",
        /// By last conversation, then by name.
        Recent = "recent",
    }
}

protocol::words! {
    /// Height of the rows; its word is the value of `data-density`.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub enum Density {
        /// 24 px, without pictures.
        Compact = "compact",
        /// 44 px.
        #[default]
        Cosy = "cosy",
        /// 56 px.
        Large = "large",
    }
}

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct ContactGroup {
        /// Name, unique among the groups.
        pub name: String = "name",
        /// User ids.
        pub members: Vec<String> = "members",
        /// Id on all devices (`home.md` 4); empty until the group is sent to them.
        pub id: String = "id" or String::new(),
    }
}

impl ContactGroup {
    fn holds(&self, user: &str) -> bool {
        self.members.iter().any(|member| member == user)
    }
}

protocol::settings! {
    /// Everything that the person has arranged.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Arrangement {
        sort: Sort as "sort" = Sort::default(),
        density: Density as "density" = Density::default(),
        /// User ids of favourites.
        favourites: Vec<String> as "favourites" = Vec::new(),
        /// Groups in their order in the list. A person may be in several.
        groups: Vec<ContactGroup> as "groups" = Vec::new(),
        /// Keys of the sections that the person has folded ([`SectionKind::key`]).
        folded: Vec<String> as "folded" = Vec::new(),
        /// Keys of unfolded sections that are folded by default.
        unfolded: Vec<String> as "unfolded" = Vec::new(),
        /// User ids by last conversation, the latest first.
        recent: Vec<String> as "recent" = Vec::new(),
        /// Idle minutes after which the person is shown as away; 0 = never.
        away_min: u8 as "awayMin" = AWAY_MIN_DEFAULT,
        /// Earlier personal messages, the latest first.
        messages: Vec<String> as "messages" = Vec::new(),
        /// Nicknames that the person gives to others.
        nicknames: Vec<PersonRef> as "nicknames" = Vec::new(),
        /// Time zone that was shared last (`session::people`); empty = none.
        zone: String as "zone" = String::new(),
        has_closed_steps: bool as "closedSteps" = false,
        /// The person has said something while the first steps were shown.
        has_said_hello: bool as "saidHello" = false,
        /// The person has sent a contact request, or has a contact: the second of the first steps is done, also after a request is withdrawn.
        has_found_somebody: bool as "foundSomebody" = false,
        quick_texts: Vec<QuickText> as "quickTexts" = Vec::new(),
        /// Automatic answer to direct messages while the person is away (`ux.md` 2.13); empty = none.
        auto_reply: String as "autoReply" = String::new(),
        /// The list of an account does not show its characters ([`super::characters`]).
        hides_characters: bool as "hidesCharacters" = false,
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ListDialog {
    #[default]
    Closed,
    /// Order, height, groups, idle minutes.
    Options,
    /// Favourite and groups of a person.
    Person(PersonRef),
    /// Status with an end.
    Until,
    /// Own name and picture.
    Profile,
    /// Question before a guest signs out.
    GuestSignOut,
    /// Sheet of keys.
    Keys,
    Emoticons,
    QuickTexts,
    /// Report of the person in `Relations::asked`, with the initial outcome: `Nothing`, except in a story.
    Report(Outcome),
    /// Acts of a moderator on a person or a public room (`ux.md` 2.14).
    Moderate(ModerationSubject),
    /// Dialog about a message, which opens in the same way.
    Message(MessageDialog),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SectionKind {
    /// Favourites who are online.
    Favourites,
    /// Members of a group who are online.
    Group(String),
    /// All other people who are online.
    People,
    Rooms,
    Offline,
    /// Characters of an account's list, online or offline.
    Characters,
    Bots,
}

impl SectionKind {
    pub fn key(&self) -> String {
        match self {
            Self::Favourites => "favourites".to_owned(),
            Self::Group(name) => format!("group/{name}"),
            Self::People => "people".to_owned(),
            Self::Rooms => "rooms".to_owned(),
            Self::Offline => "offline".to_owned(),
            Self::Characters => "characters".to_owned(),
            Self::Bots => "bots".to_owned(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPerson {
    pub id: String,
    /// Display name in lower case.
    pub name: String,
    /// Rank of the status; `None` = offline.
    pub rank: Option<usize>,
    /// The person is a character of an account's list ([`super::characters`]).
    pub is_character: bool,
}

/// Section of the list with its people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub kind: SectionKind,
    /// Number of its people, online or not.
    pub total: usize,
    /// Shown people: indexes of the arranged slice.
    pub rows: Vec<usize>,
}

impl Arrangement {
    /// Returns `true` if the list differs from the server's only in folded sections.
    pub fn is_plain(&self) -> bool {
        let has_default_order = self.sort == Sort::default() && self.density == Density::default();
        has_default_order && self.favourites.is_empty() && self.groups.is_empty()
    }

    pub fn is_in(&self, user: &str, group: &str) -> bool {
        self.groups.iter().any(|one| one.name == group && one.holds(user))
    }

    /// Returns `true` if a person is a favourite, or in a group.
    pub fn has(&self, user: &str) -> bool {
        self.favourites.iter().any(|one| one == user) || self.groups.iter().any(|group| group.holds(user))
    }

    /// Adds a person to a group (made if it is new), or removes them.
    pub fn put_into(&mut self, user: &str, group: &str, is_in: bool) {
        self.add_group(group);
        if let Some(group) = self.groups.iter_mut().find(|one| one.name == group) {
            group.members.retain(|member| member != user);
            if is_in {
                group.members.push(user.to_owned());
            }
        }
    }

    /// Renames a group. An empty name and that of another group change nothing.
    pub fn rename_group(&mut self, group: &str, name: &str) {
        if name.is_empty() || self.groups.iter().any(|one| one.name == name) {
            return;
        }
        let (old, new) = (SectionKind::Group(group.to_owned()).key(), SectionKind::Group(name.to_owned()).key());
        self.folded.iter_mut().filter(|key| **key == old).for_each(|key| key.clone_from(&new));
        self.groups.iter_mut().filter(|one| one.name == group).for_each(|one| name.clone_into(&mut one.name));
    }

    pub fn move_group(&mut self, group: &str, is_up: bool) {
        shift(&mut self.groups, |one| one.name == group, is_up);
    }

    /// Sets a nickname; an empty one removes it.
    pub fn call(&mut self, user: &str, nickname: &str) {
        self.nicknames.retain(|one| one.id != user);
        if !nickname.is_empty() {
            self.nicknames.push(PersonRef { id: user.to_owned(), name: nickname.to_owned() });
        }
    }

    /// Makes a group. An empty or existing name makes none.
    pub fn add_group(&mut self, name: &str) {
        if !name.is_empty() && self.groups.iter().all(|group| group.name != name) {
            self.groups.push(ContactGroup { name: name.to_owned(), members: Vec::new(), id: String::new() });
        }
    }

    /// Removes a group; its members stay in the list.
    pub fn remove_group(&mut self, name: &str) {
        self.groups.retain(|group| group.name != name);
    }

    /// Returns `true` if a section is folded. The section of offline people is folded by default (`ux.md` 4.6).
    pub fn folds(&self, kind: &SectionKind) -> bool {
        let key = kind.key();
        let is_by_itself = *kind == SectionKind::Offline && !self.unfolded.contains(&key);
        is_by_itself || self.folded.contains(&key)
    }

    pub fn fold(&mut self, kind: &SectionKind, is_folded: bool) {
        let key = kind.key();
        self.folded.retain(|other| *other != key);
        self.unfolded.retain(|other| *other != key);
        if is_folded { &mut self.folded } else { &mut self.unfolded }.push(key);
    }

    /// Adds a person to the favourites, or removes them.
    pub fn favour(&mut self, user: &str) {
        toggle(&mut self.favourites, user.to_owned());
    }

    /// Records a conversation with a person.
    pub fn talked_to(&mut self, user: &str) {
        put_first(&mut self.recent, user, RECENT_MAX);
    }

    /// Records a chosen personal message.
    pub fn said(&mut self, message: &str) {
        if !message.is_empty() {
            put_first(&mut self.messages, message, MESSAGES_MAX);
        }
    }

    /// Returns the sections in order, without empty ones and without the rooms.
    pub fn sections(&self, people: &[ListedPerson]) -> Vec<Section> {
        let groups = self.groups.iter().map(|group| SectionKind::Group(group.name.clone()));
        let last = [SectionKind::People, SectionKind::Offline, SectionKind::Characters];
        let kinds = [SectionKind::Favourites].into_iter().chain(groups).chain(last);
        let mut sections: Vec<(Section, Vec<Key>)> =
            kinds.map(|kind| (Section { kind, total: 0, rows: Vec::new() }, Vec::new())).collect();
        let characters = sections.len() - 1;
        let (others, offline) = (characters - 2, characters - 1);
        for (at, person) in people.iter().enumerate() {
            let mut homes = self.homes_of(&person.id, if person.is_character { characters } else { others });
            homes.iter().for_each(|home| sections[*home].0.total += 1);
            if person.rank.is_none() && homes != [characters] {
                sections[offline].0.total += 1;
                homes = vec![offline];
            }
            for home in homes {
                let (section, keys) = &mut sections[home];
                let key = self.key_of(person);
                let to = keys.partition_point(|other| *other <= key);
                keys.insert(to, key);
                section.rows.insert(to, at);
            }
        }
        sections.into_iter().map(|(section, _)| section).filter(|section| section.total > 0).collect()
    }

    /// Returns the indexes of a person's sections; `others` is the one of those without a group.
    fn homes_of(&self, user: &str, others: usize) -> Vec<usize> {
        let is_favourite = self.favourites.iter().any(|favourite| favourite == user);
        let groups = self.groups.iter().enumerate().filter(|(_, group)| group.holds(user)).map(|(at, _)| at + 1);
        let homes: Vec<usize> = is_favourite.then_some(0).into_iter().chain(groups).collect();
        if homes.is_empty() { vec![others] } else { homes }
    }

    fn key_of(&self, person: &ListedPerson) -> Key {
        let rank = match self.sort {
            // Offline characters stand below the others.
            Sort::Status => person.rank.unwrap_or(usize::MAX),
            Sort::Name => 0,
            Sort::Recent => self.recent.iter().position(|id| *id == person.id).unwrap_or(RECENT_MAX),
        };
        (rank, person.name.clone())
    }
}

/// Key by which a section is sorted.
type Key = (usize, String);

/// Removes an element, or adds it to the end.
pub fn toggle<T: PartialEq>(all: &mut Vec<T>, one: T) {
    match all.iter().position(|other| *other == one) {
        Some(at) => drop(all.remove(at)),
        None => all.push(one),
    }
}

/// Moves an element one place up or down.
pub(super) fn shift<T>(all: &mut [T], is_it: impl Fn(&T) -> bool, is_up: bool) {
    let Some(at) = all.iter().position(is_it) else { return };
    let to = if is_up { at.checked_sub(1) } else { Some(at + 1).filter(|to| *to < all.len()) };
    if let Some(to) = to {
        all.swap(at, to);
    }
}

fn put_first(all: &mut Vec<String>, one: &str, count_max: usize) {
    all.retain(|other| other != one);
    all.insert(0, one.to_owned());
    all.truncate(count_max);
}

/// Size of a section.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Extent {
    /// Number of rows; 0 when it is folded.
    pub rows: usize,
    pub head_px: f64,
    pub row_px: f64,
}

/// Returns the rows of each section, from and to, in or near a view of `view_px` that begins at `top_px`.
pub fn rows_in_view(extents: &[Extent], top_px: f64, view_px: f64) -> Vec<(usize, usize)> {
    let mut begin_px = 0.0;
    let in_view = |extent: &Extent| {
        let rows_px = begin_px + extent.head_px;
        begin_px = rows_px + extent.row_px * extent.rows as f64;
        // The conversion turns negative values into 0.
        let row_at = |y_px: f64| ((y_px - rows_px) / extent.row_px.max(1.0)) as usize;
        let from = row_at(top_px - MARGIN_PX);
        let from = if from < extent.rows { from - from % BLOCK_ROWS } else { extent.rows };
        let to = (row_at(top_px + view_px + MARGIN_PX) + 1).next_multiple_of(BLOCK_ROWS).min(extent.rows);
        (from, if top_px + view_px + MARGIN_PX < rows_px { from } else { to.max(from) })
    };
    extents.iter().map(in_view).collect()
}

/// Returns the top of a row of a section; `None` is its head.
pub fn row_top_px(extents: &[Extent], section: usize, row: Option<usize>) -> f64 {
    let height_px = |extent: &Extent| extent.head_px + extent.row_px * extent.rows as f64;
    let above_px: f64 = extents.iter().take(section).map(height_px).sum();
    let within_px = |extent: &Extent| row.map_or(0.0, |row| extent.head_px + extent.row_px * row as f64);
    above_px + extents.get(section).map_or(0.0, within_px)
}

#[cfg(test)]
mod tests {
    use protocol::codec::json;

    use super::*;

    fn listed(id: &str, rank: Option<usize>) -> ListedPerson {
        ListedPerson { id: id.to_owned(), name: id.to_owned(), rank, is_character: false }
    }

    fn character(id: &str, rank: Option<usize>) -> ListedPerson {
        ListedPerson { is_character: true, ..listed(id, rank) }
    }

    fn shown(arrangement: &Arrangement, people: &[ListedPerson]) -> Vec<(String, usize, String)> {
        let names = |rows: &[usize]| rows.iter().map(|at| people[*at].id.clone()).collect::<Vec<_>>().join(" ");
        let sections = arrangement.sections(people);
        sections.iter().map(|section| (section.kind.key(), section.total, names(&section.rows))).collect()
    }

    fn of(key: &str, total: usize, rows: &str) -> (String, usize, String) {
        (key.to_owned(), total, rows.to_owned())
    }

    #[test]
    fn everybody_stands_where_they_belong_and_is_counted_there() {
        let people = [
            listed("ann", Some(1)),
            listed("bob", None),
            listed("cid", Some(0)),
            listed("dan", Some(0)),
            listed("eve", None),
        ];
        let mut arrangement = Arrangement::default();
        assert_eq!(shown(&arrangement, &people), [of("people", 5, "cid dan ann"), of("offline", 2, "bob eve")]);
        arrangement.favour("ann");
        for (user, group) in [("bob", "Work"), ("cid", "Work"), ("ann", "Work"), ("cid", "Band"), ("bob", "Band")] {
            arrangement.put_into(user, group, true);
        }
        let expected = [
            of("favourites", 1, "ann"),
            of("group/Work", 3, "cid ann"),
            of("group/Band", 2, "cid"),
            of("people", 2, "dan"),
            of("offline", 2, "bob eve"),
        ];
        assert_eq!(shown(&arrangement, &people), expected);
        arrangement.favour("ann");
        arrangement.put_into("cid", "Work", false);
        assert_eq!(shown(&arrangement, &people)[0], of("group/Work", 2, "ann"));
        arrangement.remove_group("Work");
        arrangement.remove_group("Band");
        assert_eq!(shown(&arrangement, &people)[0], of("people", 5, "cid dan ann"));
    }

    #[test]
    fn characters_stand_apart_unless_the_person_has_arranged_them() {
        let people = [
            listed("ann", Some(0)),
            listed("bob", None),
            character("jon", None),
            character("kim", Some(1)),
            character("leo", Some(0)),
            character("max", None),
        ];
        let mut arrangement = Arrangement::default();
        let expected = [of("people", 2, "ann"), of("offline", 1, "bob"), of("characters", 4, "leo kim jon max")];
        assert_eq!(shown(&arrangement, &people), expected);
        arrangement.favour("leo");
        arrangement.put_into("jon", "Work", true);
        let expected = [
            of("favourites", 1, "leo"),
            of("group/Work", 1, ""),
            of("people", 2, "ann"),
            of("offline", 2, "bob jon"),
            of("characters", 2, "kim max"),
        ];
        assert_eq!(shown(&arrangement, &people), expected);
        assert_eq!(shown(&Arrangement { sort: Sort::Name, ..Arrangement::default() }, &people)[2].2, "jon kim leo max");
        arrangement.fold(&SectionKind::Characters, true);
        assert!(arrangement.folds(&SectionKind::Characters));
        arrangement.fold(&SectionKind::Characters, false);
        assert!(!arrangement.folds(&SectionKind::Characters));
    }

    #[test]
    fn the_order_is_by_status_by_name_or_by_the_last_conversation() {
        let people = [listed("c", Some(0)), listed("b", Some(2)), listed("a", Some(1))];
        let order = |sort| {
            shown(&Arrangement { sort, recent: vec!["b".into()], ..Arrangement::default() }, &people)[0].2.clone()
        };
        assert_eq!([Sort::Status, Sort::Name, Sort::Recent].map(order), ["c a b", "a b c", "b a c"]);
    }

    #[test]
    fn what_was_last_comes_first_and_once() {
        let mut arrangement = Arrangement::default();
        for message in ["one", "two", "", "one"] {
            arrangement.said(message);
        }
        assert_eq!(arrangement.messages, ["one", "two"]);
        (0..20).for_each(|n| arrangement.said(&n.to_string()));
        assert_eq!((arrangement.messages.len(), arrangement.messages[0].as_str()), (MESSAGES_MAX, "19"));
    }

    #[test]
    fn a_group_has_a_name_of_its_own() {
        let mut arrangement = Arrangement::default();
        for name in ["Work", "", "Work", "Home"] {
            arrangement.add_group(name);
        }
        assert_eq!(arrangement.groups.iter().map(|group| group.name.as_str()).collect::<Vec<_>>(), ["Work", "Home"]);
        arrangement.put_into("ann", "Work", true);
        arrangement.put_into("ann", "Home", true);
        arrangement.fold(&SectionKind::Group("Work".to_owned()), true);
        arrangement.rename_group("Work", "Home");
        assert!(arrangement.is_in("ann", "Work"), "two groups of one name would be one");
        arrangement.rename_group("Work", "Play");
        assert!(arrangement.is_in("ann", "Play") && arrangement.is_in("ann", "Home"));
        assert_eq!(arrangement.folded, ["group/Play"]);
        let order = |arrangement: &Arrangement| {
            arrangement.groups.iter().map(|group| group.name.clone()).collect::<Vec<_>>().join(" ")
        };
        arrangement.move_group("Play", true);
        assert_eq!(order(&arrangement), "Play Home");
        arrangement.move_group("Play", false);
        arrangement.move_group("Play", false);
        assert_eq!(order(&arrangement), "Home Play");
    }

    #[test]
    fn who_is_not_here_is_folded_away_until_the_person_says_otherwise() {
        let mut arrangement = Arrangement::default();
        let folded = |arrangement: &Arrangement| {
            [SectionKind::People, SectionKind::Rooms, SectionKind::Offline].map(|kind| arrangement.folds(&kind))
        };
        assert_eq!(folded(&arrangement), [false, false, true]);
        arrangement.fold(&SectionKind::Offline, false);
        assert_eq!(folded(&arrangement), [false; 3]);
        arrangement.fold(&SectionKind::Offline, true);
        arrangement.fold(&SectionKind::People, true);
        assert_eq!(folded(&arrangement), [true, false, true]);
        arrangement.fold(&SectionKind::People, false);
        assert_eq!(folded(&arrangement), [false, false, true]);
    }

    #[test]
    fn a_nickname_is_the_persons_own_word() {
        let mut arrangement = Arrangement::default();
        arrangement.call("ann", "Boss");
        arrangement.call("ann", "Annie");
        assert_eq!(arrangement.nicknames, [PersonRef { id: "ann".to_owned(), name: "Annie".to_owned() }]);
        arrangement.call("ann", "");
        assert!(arrangement.nicknames.is_empty());
    }

    #[test]
    fn only_rows_near_the_view_are_in_it() {
        let extents = [
            Extent { rows: 1_000, head_px: 24.0, row_px: 44.0 },
            Extent { rows: 0, head_px: 24.0, row_px: 24.0 },
            Extent { rows: 500, head_px: 24.0, row_px: 24.0 },
        ];
        let whole_px = row_top_px(&extents, 2, Some(500));
        assert_eq!(whole_px, 24.0 + 44_000.0 + 24.0 + 24.0 + 12_000.0);
        for top_px in (0..whole_px as usize).step_by(97) {
            let windows = rows_in_view(&extents, top_px as f64, 600.0);
            for (section, (from, to)) in windows.iter().copied().enumerate() {
                assert!(from <= to && to <= extents[section].rows && to - from < 80, "{top_px}: {windows:?}");
                // Every row whose position is in the view is in the document.
                for row in (0..extents[section].rows).step_by(7) {
                    let at_px = row_top_px(&extents, section, Some(row));
                    if at_px + extents[section].row_px > top_px as f64 && at_px < top_px as f64 + 600.0 {
                        assert!((from..to).contains(&row), "{top_px}: row {row} of {section} is not in {windows:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn most_frames_of_a_list_that_is_scrolled_change_nothing() {
        let extents = [Extent { rows: 1_000, head_px: 24.0, row_px: 44.0 }];
        let mut windows: Vec<_> =
            (0..1_000).map(|frame| rows_in_view(&extents, f64::from(frame) * 40.0, 600.0)).collect();
        windows.dedup();
        assert!(windows.len() < 2 * 1_000 * 40 / 44 / BLOCK_ROWS + 2, "{}", windows.len());
    }

    #[test]
    fn what_is_stored_reads_back_and_what_is_missing_is_the_default() {
        let mut arrangement = Arrangement { sort: Sort::Recent, away_min: 0, ..Arrangement::default() };
        arrangement.put_into("ann", "Work \"&\" more", true);
        arrangement.call("ann", "Annie");
        arrangement.fold(&SectionKind::Rooms, true);
        arrangement.fold(&SectionKind::Offline, false);
        arrangement.has_closed_steps = true;
        arrangement.has_said_hello = true;
        arrangement.has_found_somebody = true;
        arrangement.hides_characters = true;
        assert_eq!(json::read(&json::write(&arrangement)), Some(arrangement));
        assert_eq!(json::read("{}"), Some(Arrangement::default()));
        assert_eq!(json::read("{\"sort\":\"size\",\"awayMin\":900}"), Some(Arrangement::default()));
    }
}
