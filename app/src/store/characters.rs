//! Characters of an account's list (`ux.md` 1.2): the personas that are no contacts of the account.
//!
//! Guests and personas have them among the people, so nothing here concerns their lists.

use leptos::prelude::*;
use protocol::people::contacts::Relation;
use protocol::words::personas::is_persona;

use super::arrangement::Arrangement;
use super::relations::Contact;
use super::roster::{PersonHandle, Roster, RosterPerson, VisibleRows};

/// Returns the rows of an account with the characters apart from the people. `is_search` says that the rows are those of a search, which
/// finds hidden characters, too. Reactive.
pub fn set_apart(rows: VisibleRows, contacts: &[Contact], arrangement: &Arrangement, is_search: bool) -> VisibleRows {
    let are_shown = is_search || !arrangement.hides_characters;
    let VisibleRows { rooms, online, offline, bots, mut characters } = rows;
    let mut people_of = |all: Vec<PersonHandle>| {
        let mut people = Vec::new();
        for handle in all {
            handle.person.with(|person| {
                if !is_character(person, contacts) {
                    people.push(handle);
                } else if are_shown || stays(&handle, person, arrangement) {
                    characters.push(handle);
                }
            });
        }
        people
    };
    let (online, offline) = (people_of(online), people_of(offline));
    VisibleRows { rooms, online, offline, bots, characters }
}

/// Returns `true` if the list has a persona, whom an account can hide. Reactive.
pub fn has_personas(roster: &Roster) -> bool {
    roster.people.with(|all| all.iter().any(|handle| handle.person.with(|person| is_character(person, &[]))))
}

/// Returns `true` for a persona that is no contact. A persona that became an account is a person like others (`account.md` 10).
fn is_character(person: &RosterPerson, contacts: &[Contact]) -> bool {
    let is_contact = || contacts.iter().any(|one| one.id == person.id && one.relation == Relation::Contact);
    is_persona(&person.id) && !person.is_account && !is_contact()
}

/// Returns `true` for a hidden character that the list still shows: one that the account has arranged, or that has something to say.
fn stays(handle: &PersonHandle, person: &RosterPerson, arrangement: &Arrangement) -> bool {
    handle.activity.with(|activity| activity.unread > 0 || !activity.draft.is_empty()) || arrangement.has(&person.id)
}

#[cfg(test)]
mod tests {
    use protocol::words::principal::UserKind;
    use protocol::words::status::{OFFLINE, Status};

    use super::*;
    use crate::boot::BootPerson;

    fn person(id: &str, kind: UserKind, status: &str) -> BootPerson {
        BootPerson {
            id: id.to_owned(),
            kind,
            display_name: id.to_owned(),
            status: status.to_owned(),
            personal_message: String::new(),
            avatar_id: "av_01".to_owned(),
            since: 0,
            unread: 0,
        }
    }

    fn cast() -> Roster {
        let online = Status::Online.as_str();
        let people = [
            person("u_ann", UserKind::User, online),
            person("u_bob", UserKind::User, OFFLINE),
            person("user_1", UserKind::Persona, OFFLINE),
            person("user_2", UserKind::Persona, online),
            person("user_3", UserKind::Persona, online),
            person("user_4", UserKind::User, online),
        ];
        Roster::new("u_me", &people, &[], RwSignal::new("en".to_owned()))
    }

    fn contact(id: &str) -> Contact {
        let (name, note) = (id.to_owned(), String::new());
        Contact { id: id.to_owned(), name, relation: Relation::Contact, note, added_at: 0 }
    }

    fn names(handles: &[PersonHandle]) -> String {
        handles.iter().map(|handle| handle.person.with_untracked(|one| one.id.clone())).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn personas_that_are_no_contacts_stand_apart() {
        Owner::new().with(|| {
            let roster = cast();
            let rows = set_apart(roster.shown(""), &[contact("user_3")], &Arrangement::default(), false);
            assert_eq!(names(&rows.online), "u_ann user_3 user_4");
            assert_eq!(names(&rows.offline), "u_bob");
            assert_eq!(names(&rows.characters), "user_2 user_1");
            assert!(has_personas(&roster));
        });
    }

    #[test]
    fn of_hidden_characters_those_stay_that_are_arranged_or_have_something_to_say() {
        Owner::new().with(|| {
            let roster = cast();
            let mut arrangement = Arrangement { hides_characters: true, ..Arrangement::default() };
            let shown = |arrangement: &Arrangement, is_search| {
                names(&set_apart(roster.shown(""), &[], arrangement, is_search).characters)
            };
            assert_eq!(shown(&arrangement, false), "");
            assert_eq!(shown(&arrangement, true), "user_2 user_3 user_1", "a search finds them");
            arrangement.favour("user_2");
            let activity = |user| roster.member("", Some(user)).unwrap().activity();
            activity("user_1").update(|one| one.unread = 1);
            activity("user_3").update(|one| one.draft = "hi".to_owned());
            assert_eq!(shown(&arrangement, false), "user_2 user_3 user_1");
        });
    }
}
