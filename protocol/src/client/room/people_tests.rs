//! Tests of the people of a large conversation (`messenger.md` 5.7).

use super::RoomClient;
use crate::client::effect::{Effect, Input, Saved, Show};
use crate::words::event::Millis;

#[derive(Default)]
struct Heard {
    sent: Vec<String>,
    here: Option<u32>,
    reach: (u64, u64),
}

struct Page {
    client: RoomClient,
    heard: Heard,
    now: Millis,
}

impl Page {
    fn joined(people: &str) -> Self {
        let client = RoomClient::new("general", "me", Saved::default(), 1);
        let mut page = Self { client, heard: Heard::default(), now: 0 };
        page.feed(Input::Open);
        page.feed(Input::SocketOpened);
        page.text(r#"{"type":"welcome","epoch":"9f31c0aa","head":0,"oldest":1,"timestamp":0,"resumed":true}"#);
        page.text(people);
        page.text(r#"{"type":"history","messages":[],"head":0,"next":0,"more":false}"#);
        page
    }

    fn rejoin(&mut self, people: &str) {
        self.feed(Input::SocketClosed { code: 1006, reason: String::new() });
        self.now = self.client.wake_at().unwrap();
        self.feed(Input::Time);
        self.feed(Input::SocketOpened);
        self.text(r#"{"type":"welcome","epoch":"9f31c0aa","head":0,"oldest":1,"timestamp":0,"resumed":true}"#);
        self.text(people);
        self.text(r#"{"type":"history","messages":[],"head":0,"next":0,"more":false}"#);
    }

    fn feed(&mut self, input: Input) {
        for effect in self.client.handle(self.now, input) {
            match effect {
                Effect::Send(text) if text.contains("\"participants\"") => self.heard.sent.push(text),
                Effect::Show(show) => match *show {
                    Show::Here(here) => self.heard.here = Some(here),
                    Show::Reach { delivered, read } => self.heard.reach = (delivered, read),
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.feed(Input::Text(text.to_owned()));
    }

    fn asked(&mut self) -> Vec<String> {
        std::mem::take(&mut self.heard.sent)
    }
}

fn ask(rid: u32, after: &str) -> String {
    format!(r#"{{"type":"participants","rid":"r{rid}","after":"{after}","limit":100}}"#)
}

#[test]
fn pages_are_asked_for_one_after_another_until_everybody_is_known() {
    let mut page = Page::joined(r#"{"type":"participants","participants":[{"id":"me"}],"count":300}"#);
    assert_eq!((page.heard.here, page.asked().len()), (Some(300), 0), "nobody has looked at the list");
    page.feed(Input::LoadPeople);
    page.feed(Input::LoadPeople);
    assert_eq!(page.asked(), [ask(1, "")]);
    page.text(r#"{"type":"participants_page","rid":"other","items":[],"next":"x","more":false,"count":1}"#);
    page.feed(Input::LoadPeople);
    assert_eq!(page.asked().len(), 0, "the answer has not come");
    page.text(r#"{"type":"participants_page","rid":"r1","items":[{"id":"a"}],"next":"a","more":true,"count":3}"#);
    page.feed(Input::LoadPeople);
    assert_eq!((page.heard.here, page.asked()), (Some(3), vec![ask(2, "a")]));
    page.text(r#"{"type":"participants_page","rid":"r2","items":[{"id":"b"}],"next":"b","more":false,"count":3}"#);
    page.feed(Input::LoadPeople);
    assert_eq!(page.asked().len(), 0, "everybody is known");
}

#[test]
fn a_room_that_became_small_is_completed() {
    let mut page = Page::joined(r#"{"type":"participants","participants":[{"id":"me"},{"id":"a"}],"count":52}"#);
    page.text(r#"{"type":"participants","joined":[],"left":["x"],"count":51}"#);
    assert_eq!(page.asked().len(), 0);
    page.text(r#"{"type":"participants","joined":[],"left":["y"],"count":50}"#);
    assert_eq!((page.heard.here, page.asked()), (Some(50), vec![ask(1, "")]));
}

#[test]
fn a_room_that_became_small_between_two_pages_is_completed_from_the_first_one() {
    let mut page = Page::joined(r#"{"type":"participants","participants":[{"id":"me"}],"count":300}"#);
    page.feed(Input::LoadPeople);
    page.text(r#"{"type":"participants_page","rid":"r1","items":[{"id":"c"}],"next":"c","more":true,"count":300}"#);
    page.feed(Input::LoadPeople);
    assert_eq!(page.asked(), [ask(1, ""), ask(2, "c")]);
    page.text(r#"{"type":"participants","joined":[],"left":["x"],"count":4}"#);
    assert_eq!(page.asked().len(), 0, "a page is on its way");
    page.text(r#"{"type":"participants_page","rid":"r2","items":[{"id":"d"}],"next":"d","more":false,"count":4}"#);
    assert_eq!(page.asked(), [ask(3, "")], "somebody before the second page was only counted");
    page.text(r#"{"type":"participants_page","rid":"r3","items":[{"id":"a"}],"next":"a","more":false,"count":5}"#);
    assert_eq!(page.asked().len(), 0, "the first page is not asked for twice");
}

#[test]
fn a_request_that_went_with_its_socket_is_repeated_after_the_next_join() {
    let people = r#"{"type":"participants","participants":[{"id":"me"}],"count":300}"#;
    let mut page = Page::joined(people);
    page.feed(Input::LoadPeople);
    page.text(r#"{"type":"participants_page","rid":"r1","items":[{"id":"a"}],"next":"a","more":true,"count":300}"#);
    page.feed(Input::LoadPeople);
    assert_eq!(page.asked(), [ask(1, ""), ask(2, "a")]);
    page.rejoin(people);
    assert_eq!(page.asked(), [ask(3, "")], "the new list begins anew");
    page.text(r#"{"type":"participants_page","rid":"r3","items":[{"id":"a"}],"next":"a","more":true,"count":300}"#);
    page.rejoin(people);
    assert_eq!(page.asked().len(), 0, "nothing was wanted any more");
}

#[test]
fn a_request_that_is_refused_for_now_is_repeated() {
    let mut page = Page::joined(r#"{"type":"participants","participants":[{"id":"me"}],"count":300}"#);
    page.feed(Input::LoadPeople);
    page.asked();
    page.text(r#"{"type":"error","code":"RATE_LIMITED","message":"Too fast.","rid":"r1","retryAfterMs":0}"#);
    page.feed(Input::Time);
    assert_eq!(page.asked(), [ask(2, "")]);
}

#[test]
fn an_older_server_tells_everybody_and_is_asked_for_nothing() {
    let mut page = Page::joined(r#"{"type":"participants","participants":[{"id":"me"},{"id":"a"}]}"#);
    page.text(r#"{"type":"participants","joined":[{"id":"b"}],"left":["a","c"]}"#);
    page.feed(Input::LoadPeople);
    assert_eq!((page.heard.here, page.asked().len()), (Some(2), 0));
}

#[test]
fn a_message_has_reached_all_only_when_all_are_known() {
    let mut page = Page::joined(r#"{"type":"participants","participants":[{"id":"me"},{"id":"a"}],"count":3}"#);
    page.text(r#"{"type":"delivery_status","senderId":"a","upToSeq":4,"status":"delivered"}"#);
    assert_eq!(page.heard.reach, (0, 0), "somebody is unknown");
    page.text(r#"{"type":"participants","joined":[{"id":"b"}],"left":[],"count":3}"#);
    page.text(r#"{"type":"delivery_status","senderId":"b","upToSeq":3,"status":"delivered"}"#);
    assert_eq!(page.heard.reach, (3, 0));
    let mut page = Page::joined(r#"{"type":"participants","participants":[{"id":"me"},{"id":"a"}],"count":300}"#);
    page.text(r#"{"type":"delivery_status","senderId":"a","upToSeq":4,"status":"delivered"}"#);
    assert_eq!(page.heard.reach, (4, 0), "among many, one is enough");
}
