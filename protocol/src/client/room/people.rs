//! People in the room (`messenger.md` 5.7): the server sends the first of them and their number, and the others in pages.

use super::copy::Ask;
use super::state::RoomClient;
use crate::client::effect::Show;
use crate::client::person::Person;
use crate::codec::json::json_text;
use crate::codec::sorted::SortedMap;
use crate::words::event::Millis;
use crate::words::limits::{PAGE_EVENTS_DEFAULT, PARTICIPANTS_TOLD_MAX, RECEIPT_PEOPLE_MAX};

/// Known people in the room.
#[derive(Clone, Debug, Default)]
pub(super) struct PeopleList {
    /// User ids of the shown people.
    known: SortedMap<String, ()>,
    /// Number of people, if the server counts them; else all are known.
    count: Option<u32>,
    /// Last shown number.
    shown: Option<u32>,
    pub(super) asked: Option<Ask>,
    /// `true` if a page was requested before the end of a join, or on a lost socket.
    pub(super) is_wanted: bool,
    /// User id after which the next page begins; empty for the first page.
    after: String,
    /// `true` if the last request was for the first page.
    is_first: bool,
}

impl PeopleList {
    fn here(&self) -> u32 {
        self.count.unwrap_or(u32::try_from(self.known.len()).unwrap_or(u32::MAX))
    }

    /// Returns `true` if some people are not shown.
    pub(super) fn is_partial(&self) -> bool {
        self.here() as usize > self.known.len()
    }

    /// Returns `true` if some people are not shown, although one page would have them all.
    fn is_small_part(&self) -> bool {
        self.is_partial() && self.here() as usize <= PARTICIPANTS_TOLD_MAX
    }

    /// Returns `true` if there are too many people for receipts of each.
    pub(super) fn is_of_many(&self) -> bool {
        self.here() as usize > RECEIPT_PEOPLE_MAX
    }

    fn add(&mut self, people: &[Person]) {
        people.iter().for_each(|person| _ = self.known.insert(person.user.clone(), ()));
    }

    /// Handles the end of the socket: its request is repeated on the next one, from the first page on.
    pub(super) fn lost(&mut self) {
        self.is_wanted |= self.asked.take().is_some();
        self.after.clear();
    }
}

impl RoomClient {
    /// Handles the list of a join.
    pub(super) fn people_came(&mut self, all: Vec<Person>, count: Option<u32>) {
        self.people.known.clear();
        self.people.add(&all);
        self.people.count = count;
        self.here(&all);
        self.show(Show::Participants(all));
        self.people.shown = None;
        self.show_here();
    }

    /// Handles a change. If the room has become small, all people are loaded.
    pub(super) fn people_changed(&mut self, now: Millis, joined: Vec<Person>, left: Vec<String>, count: Option<u32>) {
        left.iter().for_each(|user| _ = self.people.known.remove(user));
        self.people.add(&joined);
        self.people.count = count;
        self.came_and_left(&joined, &left);
        self.show(Show::ParticipantsDelta { joined, left });
        self.show_here();
        self.complete_people(now);
    }

    /// Handles a page. After the last one, the next request begins anew.
    pub(super) fn people_loaded(
        &mut self,
        now: Millis,
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
        // The room may have become small between two pages, so that people of the earlier ones were only counted.
        if !self.people.is_first {
            self.complete_people(now);
        }
    }

    /// Requests all people of a room that has become small.
    fn complete_people(&mut self, now: Millis) {
        if self.people.is_small_part() && self.people.asked.is_none() {
            self.people.after.clear();
            self.ask_people(now);
        }
    }

    /// Requests a page if some people are unknown and no page is requested yet. During a join the request waits for its end.
    pub(super) fn ask_people(&mut self, now: Millis) {
        self.people.is_wanted = !self.link.is_live();
        if self.people.is_wanted || self.people.asked.is_some() || !self.people.is_partial() {
            return;
        }
        self.people.is_first = self.people.after.is_empty();
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
