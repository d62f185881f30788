//! People who are in the room (`messenger.md` 5.7): the server shows the first of them and a number, and the others in pages.

use super::copy::Ask;
use super::state::RoomClient;
use crate::client::effect::Show;
use crate::client::person::Person;
use crate::codec::json::json_text;
use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;
use crate::words::limits::{PAGE_EVENTS_DEFAULT, PARTICIPANTS_TOLD_MAX, RECEIPT_PEOPLE_MAX};

/// Known part of the people who are here.
#[derive(Clone, Debug, Default)]
pub(super) struct PeopleList {
    /// User ids of the shown people.
    known: SortedMap<String, ()>,
    /// Number of people, if the server counts them; else everybody is known.
    count: Option<u32>,
    /// Number that was shown last.
    shown: Option<u32>,
    /// Requested page.
    pub(super) asked: Option<Ask>,
    /// User id after which the next page begins; empty for the first page.
    after: String,
}

impl PeopleList {
    fn here(&self) -> u32 {
        self.count.unwrap_or(u32::try_from(self.known.len()).unwrap_or(u32::MAX))
    }

    /// Returns `true` if there are people who were not shown.
    pub(super) fn is_partial(&self) -> bool {
        self.here() as usize > self.known.len()
    }

    /// Returns `true` if receipts of single people do not count any more.
    pub(super) fn is_of_many(&self) -> bool {
        self.here() as usize > RECEIPT_PEOPLE_MAX
    }

    fn add(&mut self, people: &[Person]) {
        people.iter().for_each(|person| _ = self.known.insert(person.user.clone(), ()));
    }

    /// Forgets what was asked on a socket that is gone.
    pub(super) fn lost(&mut self) {
        self.asked = None;
        self.after.clear();
    }
}

impl RoomClient {
    /// Handles the list that comes with a join.
    pub(super) fn people_came(&mut self, all: Vec<Person>, count: Option<u32>) {
        self.people.known.clear();
        self.people.add(&all);
        self.people.count = count;
        self.here(&all);
        self.show(Show::Participants(all));
        self.people.shown = None;
        self.show_here();
    }

    /// Handles a change. A room that has become small is completed.
    pub(super) fn people_changed(&mut self, now: Millis, joined: Vec<Person>, left: Vec<String>, count: Option<u32>) {
        left.iter().for_each(|user| _ = self.people.known.remove(user));
        self.people.add(&joined);
        self.people.count = count;
        self.came_and_left(&joined, &left);
        self.show(Show::ParticipantsDelta { joined, left });
        self.show_here();
        if self.people.here() as usize <= PARTICIPANTS_TOLD_MAX {
            self.ask_people(now);
        }
    }

    /// Handles a page. After the last one, the next request begins anew.
    pub(super) fn people_loaded(
        &mut self,
        rid: Option<&str>,
        items: Vec<Person>,
        next: Option<String>,
        count: Option<u32>,
    ) {
        if self.people.asked.as_ref().is_none_or(|ask| Some(ask.rid.as_str()) != rid) {
            return;
        }
        self.people.asked = None;
        self.people.after = next.unwrap_or_default();
        self.people.add(&items);
        self.people.count = count;
        self.came_and_left(&items, &[]);
        self.show(Show::ParticipantsDelta { joined: items, left: Vec::new() });
        self.show_here();
    }

    /// Requests a page if somebody is unknown, and none is requested yet.
    pub(super) fn ask_people(&mut self, now: Millis) {
        if !self.link.is_live() || self.people.asked.is_some() || !self.people.is_partial() {
            return;
        }
        let rid = self.rid();
        let after = json_text(&self.people.after);
        self.send(format!(
            "{{\"type\":\"participants\",\"rid\":\"{rid}\",\"after\":{after},\"limit\":{PAGE_EVENTS_DEFAULT}}}"
        ));
        self.link.expect_answer(now);
        self.people.asked = Some(Ask { rid, again_at: None });
    }

    fn show_here(&mut self) {
        let here = self.people.here();
        if self.people.shown.replace(here) != Some(here) {
            self.show(Show::Here(here));
        }
    }
}
