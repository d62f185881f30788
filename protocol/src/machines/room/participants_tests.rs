//! Tests of the participants in pages (`messenger.md` 5.7).

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::tests::{RoomFixture, principal};
use super::{Delivery, Join, Outbound, Wire};
use crate::machines::presence::Card;
use crate::people::contacts::Audience;
use crate::wire::messenger::frame_json;
use crate::words::event::Millis;
use crate::words::limits::PARTICIPANTS_TOLD_MAX;
use crate::words::rate::Rule;
use crate::words::socket::ConnKey;
use crate::words::status::Status;

/// Time after which a pending delta is due.
const SOON: Millis = 500;
const VIEWER: &str = "g_viewerviewer1";

fn guest(at: usize) -> String {
    format!("g_{at:013}")
}

impl RoomFixture {
    /// Lets a person in, by a client that takes pages or by an older one.
    fn enter(&mut self, user: &str, name: &str, is_paged: bool) -> (ConnKey, Outbound) {
        let mut out = Outbound::default();
        let join = Join {
            id: "c".into(),
            principal: principal(user),
            card: Card { name: name.into(), avatar: "av_01".into(), version: 1, ..Card::default() },
            wire: Wire::Single,
            device: None,
            is_paged,
            cursor: None,
        };
        let conn = self.room.join(&mut self.store, self.now, join, &mut out).unwrap();
        (conn, out)
    }

    /// Lets a crowd in, and sends the delta.
    fn gather(&mut self, people: usize) -> Vec<ConnKey> {
        let conns = (0..people).map(|at| self.enter(&guest(at), &format!("N{at}"), false).0).collect();
        self.flush();
        conns
    }

    fn flush(&mut self) -> Outbound {
        self.now += SOON;
        self.tick()
    }

    fn frames(&self, out: &Outbound, conn: ConnKey) -> Vec<Value> {
        self.got(out, conn).iter().map(|frame| serde_json::from_str(frame).unwrap()).collect()
    }

    /// Returns the only frame about participants in this turn.
    fn told(&self, out: &Outbound, conn: ConnKey) -> Option<Value> {
        let mut frames = self.frames(out, conn).into_iter().filter(|frame| frame["type"] == "participants");
        let first = frames.next();
        assert_eq!(frames.next(), None);
        first
    }

    /// Returns the bytes of all frames to all sockets.
    fn bytes_sent(&self, out: &Outbound) -> usize {
        let deliveries = out.deliveries(&self.room.targets(), |notification| frame_json("general", notification));
        let of_one = |delivery: &Delivery| delivery.frames.iter().map(|frame| frame.len()).sum::<usize>();
        deliveries.iter().map(|delivery| delivery.conns.len() * of_one(delivery)).sum()
    }

    /// Asks for a page.
    fn page(&mut self, conn: ConnKey, after: &str, limit: usize) -> Value {
        let ask = format!("{{\"type\":\"participants\",\"rid\":\"p\",\"after\":\"{after}\",\"limit\":{limit}}}");
        let out = self.frame(conn, &ask);
        self.frames(&out, conn).pop().unwrap()
    }
}

fn ids(rows: &Value) -> Vec<String> {
    rows.as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn who_joins_a_large_room_is_told_the_first_rows_and_the_number() {
    let mut stage = RoomFixture::new("general");
    let conns = stage.gather(300);
    stage.chat(conns[7]);
    let (conn, out) = stage.enter(VIEWER, "Eve", true);
    let list = stage.told(&out, conn).unwrap();
    assert_eq!(list["count"], 301);
    let rows = ids(&list["participants"]);
    assert_eq!(rows.len(), PARTICIPANTS_TOLD_MAX);
    assert_eq!(rows[..3], [VIEWER.to_owned(), guest(7), guest(299)], "the own row, the last writer, the last who came");
    let bytes: usize = stage.got(&out, conn).iter().map(String::len).sum();
    assert!(bytes < 8_000, "{bytes}");

    let (old, out) = stage.enter("user_7", "Mia", false);
    let list = stage.told(&out, old).unwrap();
    assert_eq!((ids(&list["participants"]).len(), list.get("count")), (302, None), "an older client is told all");
}

#[test]
fn a_crowd_that_joins_is_told_less_than_8_kilobytes_each() {
    const PEOPLE: usize = 300;
    // So many come between two deltas.
    for at_once in [30, PEOPLE] {
        let mut stage = RoomFixture::new("general");
        let mut bytes = 0;
        for at in 1..=PEOPLE {
            let (_, joined) = stage.enter(&guest(at), &format!("Person {at}"), true);
            bytes += stage.bytes_sent(&joined);
            if at % at_once == 0 {
                let delta = stage.flush();
                bytes += stage.bytes_sent(&delta);
            }
        }
        assert!(bytes / PEOPLE < 8_000, "{}", bytes / PEOPLE);
    }
}

#[test]
fn contacts_come_before_the_others() {
    let mut stage = RoomFixture::new("general");
    stage.gather(PARTICIPANTS_TOLD_MAX + 20);
    stage
        .change_privacy(VIEWER, |privacy| privacy.contacts = BTreeSet::from([guest(3), guest(1), "user_9".to_owned()]));
    let (conn, out) = stage.enter(VIEWER, "Eve", true);
    let rows = ids(&stage.told(&out, conn).unwrap()["participants"]);
    assert_eq!(rows[..4], [VIEWER.to_owned(), guest(1), guest(3), guest(PARTICIPANTS_TOLD_MAX + 19)]);
    assert_eq!(rows.iter().collect::<BTreeSet<_>>().len(), rows.len(), "nobody is there twice");
}

#[test]
fn a_large_room_counts_who_comes_and_names_who_changed_or_left() {
    let mut stage = RoomFixture::new("general");
    let (eye, _) = stage.enter(VIEWER, "Eve", true);
    let (old, _) = stage.enter("user_7", "Mia", false);
    let conns = stage.gather(PARTICIPANTS_TOLD_MAX - 3);
    stage.enter("user_1", "Jo", false);
    let out = stage.flush();
    let delta = stage.told(&out, eye).unwrap();
    assert_eq!((ids(&delta["joined"]), &delta["count"]), (vec!["user_1".to_owned()], &PARTICIPANTS_TOLD_MAX.into()));

    stage.enter("user_2", "Bo", false);
    let out = stage.flush();
    let delta = stage.told(&out, eye).unwrap();
    assert_eq!((ids(&delta["joined"]).len(), &delta["count"]), (0, &(PARTICIPANTS_TOLD_MAX + 1).into()));
    let delta = stage.told(&out, old).unwrap();
    assert_eq!((ids(&delta["joined"]), delta.get("count")), (vec!["user_2".to_owned()], None));

    let card = Card { name: "Bob".into(), avatar: "av_01".into(), version: 2, ..Card::default() };
    let mut out = Outbound::default();
    stage.room.set_card(&mut stage.store, stage.now, "user_2", &card, &mut out).unwrap();
    stage.room.leave(stage.now, conns[0], &mut out);
    let out = stage.flush();
    let delta = stage.told(&out, eye).unwrap();
    assert_eq!((&delta["joined"][0]["displayName"], &delta["left"][0]), (&"Bob".into(), &guest(0).into()));
    assert_eq!(delta["count"], PARTICIPANTS_TOLD_MAX);
}

#[test]
fn a_newcomer_who_changes_after_a_list_had_them_is_told_anew() {
    let mut stage = RoomFixture::new("general");
    stage.gather(PARTICIPANTS_TOLD_MAX);
    stage.enter("g_aaaaaaaaaaaaa", "Max", false);
    let (eye, _) = stage.enter(VIEWER, "Eve", true);
    stage.enter("g_bbbbbbbbbbbbb", "MAX", false);
    let out = stage.flush();
    let rows = stage.told(&out, eye).unwrap()["joined"].clone();
    assert_eq!((ids(&rows).len(), &rows[0]["displayName"]), (1, &"Max (aaaa)".into()), "the other one is only counted");
}

#[test]
fn pages_have_everybody_once_and_go_on_after_an_id() {
    let mut stage = RoomFixture::new("general");
    let conns = stage.gather(5);
    let (eye, _) = stage.enter(VIEWER, "Eve", true);
    stage.flush();
    let page = stage.page(eye, "", 2);
    assert_eq!((ids(&page["items"]), &page["next"]), (vec![guest(0), guest(1)], &guest(1).into()));
    assert_eq!((&page["more"], &page["count"], &page["rid"]), (&true.into(), &6.into(), &"p".into()));
    // The person at whom the next page begins may be gone by then.
    stage.room.leave(stage.now, conns[1], &mut Outbound::default());
    let page = stage.page(eye, &guest(1), 200);
    assert_eq!(ids(&page["items"]), [guest(2), guest(3), guest(4), VIEWER.to_owned()]);
    assert_eq!((&page["more"], &page["count"]), (&false.into(), &5.into()));
    let page = stage.page(eye, "z", 2);
    assert_eq!((ids(&page["items"]).len(), &page["next"], &page["more"]), (0, &"z".into(), &false.into()));
}

#[test]
fn pages_are_limited_like_those_of_history() {
    let mut stage = RoomFixture::new("general");
    let (eye, _) = stage.enter(VIEWER, "Eve", true);
    let answers: Vec<Value> = (0..21).map(|_| stage.page(eye, "", 1)).collect();
    assert!(answers[..20].iter().all(|answer| answer["type"] == "participants_page"));
    assert_eq!((&answers[20]["code"], &answers[20]["rid"]), (&"RATE_LIMITED".into(), &"p".into()));
}

#[test]
fn nobody_is_counted_or_paged_for_whom_they_hide_from() {
    let mut stage = RoomFixture::new("general");
    stage.gather(PARTICIPANTS_TOLD_MAX);
    let (eye, _) = stage.enter(VIEWER, "Eve", true);
    stage.flush();
    stage.change_privacy("user_1", |privacy| privacy.settings.who_sees_presence = Audience::Nobody);
    let (own, out) = stage.enter("user_1", "Jo", true);
    assert_eq!(stage.told(&out, own).unwrap()["count"], PARTICIPANTS_TOLD_MAX + 2);
    let out = stage.flush();
    assert_eq!(stage.told(&out, eye), None, "not even the time says that somebody came");
    let page = stage.page(eye, "", 200);
    assert_eq!(
        (ids(&page["items"]).len(), &page["count"]),
        (PARTICIPANTS_TOLD_MAX + 1, &(PARTICIPANTS_TOLD_MAX + 1).into())
    );
    // The end of hiding looks like an arrival, which a large room only counts.
    let out = stage.change_privacy("user_1", |privacy| privacy.settings.who_sees_presence = Audience::Everyone);
    let delta = stage.told(&out, eye).unwrap();
    assert_eq!((ids(&delta["joined"]).len(), &delta["count"]), (0, &(PARTICIPANTS_TOLD_MAX + 2).into()));
}

#[test]
fn a_client_that_takes_pages_takes_them_after_a_sleep() {
    let mut stage = RoomFixture::new("general");
    let (eye, _) = stage.enter(VIEWER, "Eve", true);
    let attached = serde_json::to_string(stage.room.connection(eye).unwrap()).unwrap();
    let mut woken = RoomFixture::on("general", stage.store);
    let eye = woken.room.restore(serde_json::from_str(&attached).unwrap(), woken.now);
    woken.enter("user_1", "Jo", false);
    let out = woken.flush();
    assert_eq!(woken.told(&out, eye).unwrap()["count"], 2);
}

/// Step of a room around the size that is told in full.
#[derive(Clone, Debug)]
enum Step {
    Come(usize),
    Leave(usize),
    Look(usize, usize, Status),
    /// The viewer's client that takes pages connects anew.
    Reconnect,
    Hide(usize, bool),
    Wait,
    Page(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let who = || 0..6_usize;
    let status = prop_oneof![Just(Status::Online), Just(Status::Away), Just(Status::AppearOffline)];
    prop_oneof![
        5 => who().prop_map(Step::Come),
        3 => who().prop_map(Step::Leave),
        3 => (who(), 0..3_usize, status).prop_map(|(who, name, status)| Step::Look(who, name, status)),
        1 => (who(), any::<bool>()).prop_map(|(who, hides)| Step::Hide(who, hides)),
        3 => Just(Step::Wait),
        2 => Just(Step::Reconnect),
        3 => (1..80_usize).prop_map(Step::Page),
    ]
}

/// Rows that a client has, by id, and the number that it knows.
#[derive(Default)]
struct Shown {
    rows: BTreeMap<String, Value>,
    count: Option<Value>,
}

impl Shown {
    fn follow(&mut self, frames: Vec<Value>) {
        for frame in frames {
            if frame.get("participants").is_some() {
                self.rows.clear();
            }
            for rows in ["participants", "joined", "items"].iter().filter_map(|name| frame[name].as_array()) {
                self.rows.extend(rows.iter().map(|row| (row["id"].as_str().unwrap().to_owned(), row.clone())));
            }
            for left in frame["left"].as_array().into_iter().flatten() {
                self.rows.remove(left.as_str().unwrap());
            }
            self.count = frame.get("count").cloned().or(self.count.take());
        }
    }
}

/// One person with two clients: one takes pages, the other one does not.
struct Scene {
    stage: RoomFixture,
    eyes: [(ConnKey, Shown); 2],
    here: BTreeMap<usize, ConnKey>,
    versions: u64,
    after: String,
    /// People who have been there since the first page was asked for.
    stayed: BTreeSet<String>,
    paged: BTreeSet<String>,
}

impl Scene {
    fn new() -> Self {
        let mut stage = RoomFixture::new("general");
        stage.room.settings.rules.history = Rule::default();
        stage.gather(PARTICIPANTS_TOLD_MAX - 2);
        let eyes = [true, false].map(|is_paged| {
            let (conn, out) = stage.enter(VIEWER, "Eve", is_paged);
            let mut shown = Shown::default();
            shown.follow(stage.frames(&out, conn));
            (conn, shown)
        });
        let mut scene = Self {
            stage,
            eyes,
            here: BTreeMap::new(),
            versions: 1,
            after: String::new(),
            stayed: BTreeSet::new(),
            paged: BTreeSet::new(),
        };
        scene.wait();
        scene
    }

    fn hear(&mut self, out: &Outbound) {
        for (conn, shown) in &mut self.eyes {
            shown.follow(self.stage.frames(out, *conn));
        }
    }

    fn wait(&mut self) {
        let out = self.stage.flush();
        self.hear(&out);
    }

    fn user(who: usize) -> String {
        format!("g_{who}aaaaaaaaaaaa")
    }

    fn take(&mut self, step: Step) {
        let mut out = Outbound::default();
        match step {
            Step::Come(who) if self.here.contains_key(&who) => {}
            Step::Come(who) => {
                let (conn, entered) = self.stage.enter(&Self::user(who), "Max", who % 2 == 0);
                self.here.insert(who, conn);
                out = entered;
            }
            Step::Leave(who) => {
                if let Some(conn) = self.here.remove(&who) {
                    self.stage.room.leave(self.stage.now, conn, &mut out);
                    self.stayed.remove(&Self::user(who));
                }
            }
            Step::Look(who, name, status) => {
                self.versions += 1;
                let name = ["Max", "MAX", "N3"][name].to_owned();
                let card = Card { name, avatar: "av_01".into(), status, version: self.versions, ..Card::default() };
                let RoomFixture { room, store, now, .. } = &mut self.stage;
                room.set_card(store, *now, &Self::user(who), &card, &mut out).unwrap();
            }
            Step::Hide(who, hides) => {
                let audience = if hides { Audience::Nobody } else { Audience::Everyone };
                let change = |privacy: &mut crate::people::contacts::Privacy| {
                    privacy.settings.who_sees_presence = audience;
                };
                out = self.stage.change_privacy(&Self::user(who), change);
            }
            Step::Reconnect => {
                let (conn, entered) = self.stage.enter(VIEWER, "Eve", true);
                let (left, _) = std::mem::replace(&mut self.eyes[0], (conn, Shown::default()));
                out = entered;
                self.stage.room.leave(self.stage.now, left, &mut out);
                self.after.clear();
            }
            Step::Wait => return self.wait(),
            Step::Page(limit) => return self.page(limit),
        }
        self.hear(&out);
    }

    /// Asks for the next page; after the last one everybody who stayed was in one of them.
    fn page(&mut self, limit: usize) {
        let visible = || self.stage.room.people_seen_by(VIEWER).into_iter().map(|one| one.user).collect();
        if self.after.is_empty() {
            (self.stayed, self.paged) = (visible(), BTreeSet::new());
        }
        let now: BTreeSet<String> = visible();
        self.stayed.retain(|user| now.contains(user));
        let page = self.stage.page(self.eyes[0].0, &self.after, limit);
        for user in ids(&page["items"]) {
            assert!(self.paged.insert(user), "nobody is there twice");
        }
        self.after = page["next"].as_str().unwrap().to_owned();
        if page["more"] == false {
            assert!(self.stayed.is_subset(&self.paged), "nobody is missing who stayed");
            self.after.clear();
        }
        self.eyes[0].1.follow(vec![page]);
    }

    fn check(&self) {
        let [(_, paged), (_, all)] = &self.eyes;
        assert_eq!(paged.count, Some(all.rows.len().into()));
        for (user, row) in &paged.rows {
            assert_eq!(Some(row), all.rows.get(user));
        }
        assert!(paged.rows.contains_key(VIEWER));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// A list in parts is a part of the whole list, and its number is right.
    #[test]
    fn a_part_of_the_list_is_never_wrong(steps in vec(step(), 1..60)) {
        let mut scene = Scene::new();
        for step in steps {
            let is_flushed = matches!(step, Step::Wait);
            scene.take(step);
            if is_flushed {
                scene.check();
            }
        }
    }
}
