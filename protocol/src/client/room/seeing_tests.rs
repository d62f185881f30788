//! Tests of the receipts that a writer sees (`messenger.md` 8): those of all members, or of any one in a group of more than 20.

use super::RoomClient;
use crate::client::effect::{Effect, Input, Saved, Show};

/// Open conversation with the last shown receipts of the others: delivered, read.
struct Eyes {
    client: RoomClient,
    reach: (u64, u64),
    head: u64,
}

impl Eyes {
    /// Joins at `head` with these receipts: user, delivered, read.
    fn joined(room: &str, head: u64, receipts: &[(&str, u64, u64)]) -> Self {
        let mut eyes = Self { client: RoomClient::new(room, "me", Saved::default(), 1), reach: (0, 0), head: 0 };
        eyes.feed(Input::Open);
        eyes.come(head, receipts);
        eyes.text(&format!("{{\"type\":\"history\",\"messages\":[],\"head\":{head},\"next\":1,\"more\":false}}"));
        eyes
    }

    fn come(&mut self, head: u64, receipts: &[(&str, u64, u64)]) {
        let receipts = receipts
            .iter()
            .map(|(user, delivered, read)| format!("\"{user}\":{{\"deliveredSeq\":{delivered},\"readSeq\":{read}}}"));
        let receipts = receipts.collect::<Vec<_>>().join(",");
        self.head = head;
        self.feed(Input::SocketOpened);
        self.text(&format!(
            "{{\"type\":\"welcome\",\"epoch\":\"9f31c0aa\",\"head\":{head},\"oldest\":1,\"timestamp\":0,\"resumed\":true,\
             \"receipts\":{{{receipts}}}}}"
        ));
    }

    fn feed(&mut self, input: Input) {
        for effect in self.client.handle(0, input) {
            if let Effect::Show(show) = effect
                && let Show::Reach { delivered, read } = *show
            {
                self.reach = (delivered, read);
            }
        }
    }

    fn text(&mut self, text: &str) {
        self.feed(Input::Text(text.to_owned()));
    }

    fn receipt(&mut self, user: &str, seq: u64, status: &str) {
        self.text(&format!(
            "{{\"type\":\"delivery_status\",\"senderId\":\"{user}\",\"upToSeq\":{seq},\"status\":\"{status}\"}}"
        ));
    }

    fn note(&mut self, code: &str, sender: &str, user: &str) {
        self.head += 1;
        let text = note(self.head, code, sender, user);
        self.text(&text);
    }

    fn here(&mut self, members: &str) {
        self.text(&format!("{{\"type\":\"participants\",\"roomId\":\"r\",{members}}}"));
    }
}

fn note(seq: u64, code: &str, sender: &str, user: &str) -> String {
    format!(
        "{{\"type\":\"system\",\"seq\":{seq},\"id\":\"n{seq}\",\"senderId\":\"{sender}\",\"displayName\":\"N\",\
         \"timestamp\":{seq},\"code\":\"{code}\",\"userId\":\"{user}\",\"userName\":\"N\"}}"
    )
}

const GROUP: &str = "grp_0123456789abc";

#[test]
fn among_few_a_message_is_delivered_when_all_the_others_have_it() {
    let mut eyes = Eyes::joined(GROUP, 9, &[("me", 9, 9), ("a", 5, 3), ("b", 2, 2), ("c", 0, 0)]);
    assert_eq!(eyes.reach, (0, 0), "one of them has nothing");
    eyes.receipt("c", 9, "delivered");
    assert_eq!(eyes.reach, (2, 0));
    eyes.receipt("c", 9, "read");
    assert_eq!(eyes.reach, (2, 2));
    eyes.receipt("me", 9, "read");
    assert_eq!(eyes.reach, (2, 2), "the own cursor is none of the others'");
}

#[test]
fn among_more_than_twenty_it_is_delivered_when_any_of_them_has_it() {
    let names: Vec<String> = (0..20).map(|n| format!("user_{n:02}")).collect();
    let receipts = |count: usize| -> Vec<(&str, u64, u64)> {
        let others = names[..count].iter().enumerate().map(|(n, name)| (name.as_str(), n as u64, 1));
        std::iter::once(("me", 90, 90)).chain(others).collect()
    };
    assert_eq!(Eyes::joined(GROUP, 90, &receipts(19)).reach, (0, 1), "20 people with the writer");
    let mut eyes = Eyes::joined(GROUP, 90, &receipts(20));
    assert_eq!(eyes.reach, (19, 1));
    eyes.receipt("user_03", 44, "read");
    assert_eq!(eyes.reach, (44, 44));
    eyes.note("member_left", "user_03", "");
    eyes.receipt("user_00", 50, "delivered");
    assert_eq!(eyes.reach, (44, 44), "19 others are few again; what was shown stays");
}

#[test]
fn a_group_waits_for_who_is_in_it_and_for_nobody_else() {
    let begun = || Eyes::joined(GROUP, 9, &[("me", 9, 9), ("a", 9, 9), ("b", 4, 4)]);
    for (code, sender, user) in [("member_removed", "a", "b"), ("member_left", "b", "")] {
        let mut eyes = begun();
        assert_eq!(eyes.reach, (4, 4), "{code}");
        eyes.note(code, sender, user);
        assert_eq!(eyes.reach, (9, 9), "{code}: who is not in it any more is not waited for");
        eyes.receipt("b", 6, "read");
        eyes.receipt("a", 10, "read");
        assert_eq!(eyes.reach, (10, 10), "{code}: nor by a word that comes late");
    }
    for (code, sender, user) in [("member_added", "a", "c"), ("member_joined", "c", "")] {
        let mut eyes = begun();
        eyes.note(code, sender, user);
        eyes.receipt("b", 9, "read");
        assert_eq!(eyes.reach, (9, 9), "{code}: what was before is not theirs to get");
        for user in ["a", "b"] {
            eyes.receipt(user, 12, "read");
        }
        assert_eq!(eyes.reach, (9, 9), "{code}: a newcomer who has not said anything yet has nothing of it");
        eyes.receipt("c", 12, "delivered");
        assert_eq!(eyes.reach, (12, 9), "{code}");
        eyes.note("member_removed", "a", "c");
        assert_eq!(eyes.reach, (12, 12), "{code}");
    }
    let mut eyes = begun();
    eyes.note("left", "b", "");
    eyes.here(r#""joined":[],"left":["b"]"#);
    assert_eq!(eyes.reach, (4, 4), "who is in it and not here is waited for");
}

#[test]
fn what_the_log_told_before_the_welcome_is_not_taken_for_news() {
    let mut eyes = Eyes::joined(GROUP, 1, &[("me", 1, 1), ("a", 1, 1), ("b", 0, 0)]);
    eyes.feed(Input::SocketClosed { code: 1006, reason: String::new() });
    let at = eyes.client.wake_at().unwrap();
    eyes.client.handle(at, Input::Time);
    eyes.come(4, &[("me", 1, 1), ("a", 4, 4), ("b", 0, 0)]);
    let events = [note(2, "member_removed", "a", "b"), note(3, "member_added", "a", "b"), note(4, "joined", "b", "")];
    eyes.text(&format!(
        "{{\"type\":\"history\",\"messages\":[{}],\"head\":4,\"next\":4,\"more\":false}}",
        events.join(",")
    ));
    assert_eq!(eyes.client.seq(), 4);
    assert_eq!(eyes.reach, (0, 0), "they went and came again, and have nothing");
}

#[test]
fn a_public_room_waits_for_who_is_here() {
    let person = |user: &str| format!("{{\"id\":\"{user}\",\"displayName\":\"N\",\"status\":\"online\"}}");
    let mut eyes = Eyes::joined("general", 9, &[("me", 9, 9), ("a", 9, 0)]);
    eyes.here(&format!("\"participants\":[{},{}]", person("me"), person("a")));
    assert_eq!(eyes.reach, (9, 0));
    eyes.here(&format!("\"joined\":[{},{}],\"left\":[]", person("b"), person("me")));
    eyes.receipt("a", 12, "delivered");
    assert_eq!(eyes.reach, (9, 0), "who came has not said anything yet");
    eyes.here(r#""joined":[],"left":["b"]"#);
    assert_eq!(eyes.reach, (12, 0));
    eyes.receipt("b", 9, "delivered");
    eyes.receipt("a", 13, "delivered");
    assert_eq!(eyes.reach, (13, 0), "who is not here is not waited for");
    let crowd = (0..20).map(|n| person(&format!("user_{n}"))).collect::<Vec<_>>().join(",");
    eyes.here(&format!("\"joined\":[{crowd}],\"left\":[]"));
    eyes.receipt("user_7", 20, "delivered");
    assert_eq!(eyes.reach, (20, 0), "any of many");
}
