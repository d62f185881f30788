//! Tests of names that reveal other people in the room (`sign-in.md` 1.7, `messenger.md` 4 *Blocking*).

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Outbound;
use super::notification::{Notification, Participant};
use super::tests::{RoomFixture, principal};
use crate::content::look_alikes::skeleton;
use crate::people::contacts::Audience;
use crate::words::event::Millis;
use crate::words::principal::Principal;
use crate::words::socket::ConnKey;
use crate::words::status::Status;

const USERS: [&str; 4] = ["g_aaaaaaaaaaaaa", "g_bbbbbbbbbbbbb", "g_ccccccccccccc", "g_ddddddddddddd"];
const SOON: Millis = 500;

/// Names that one socket has received, by user.
type NamesByUser = BTreeMap<String, String>;

fn called(user: &str, name: &str) -> Principal {
    Principal { name: name.to_owned(), ..principal(user) }
}

fn rows(people: &[Participant]) -> Vec<(String, String)> {
    people.iter().map(|one| (one.user.clone(), one.name.clone())).collect()
}

impl RoomFixture {
    fn come(&mut self, user: &str, name: &str) -> (ConnKey, Outbound) {
        self.join_as(called(user, name), Status::Online, None).unwrap()
    }

    fn hides_from_all(&mut self, user: &str, hides: bool) -> Outbound {
        let audience = if hides { Audience::Nobody } else { Audience::Everyone };
        self.change_privacy(user, |privacy| privacy.settings.who_sees_presence = audience)
    }

    /// Returns the participants that this turn sent to a socket, in order.
    fn lists_at(&self, out: &Outbound, conn: ConnKey) -> Vec<Notification> {
        let mut received = Vec::new();
        let deliveries = out.deliveries(&self.room.targets(), |notification| {
            received.push(notification.clone());
            (received.len() - 1).to_string()
        });
        let own = deliveries.iter().filter(|delivery| delivery.conns.contains(&conn));
        let places = own.flat_map(|delivery| delivery.frames.iter().map(|frame| frame.to_string()));
        let sent = places.filter_map(|place| received.get(place.parse::<usize>().ok()?).cloned());
        sent.filter(|notification| {
            matches!(notification, Notification::Participants { .. } | Notification::ParticipantsChanged { .. })
        })
        .collect()
    }

    fn soon(&mut self) -> Outbound {
        self.now += SOON;
        self.tick()
    }
}

fn follow(shown: &mut NamesByUser, notifications: Vec<Notification>) {
    for notification in notifications {
        match notification {
            Notification::Participants { rows: all, .. } => {
                *shown = all.iter().flat_map(|row| rows(&[row.participant().clone()])).collect()
            }
            Notification::ParticipantsChanged { joined, left, .. } => {
                shown.extend(rows(&joined));
                shown.retain(|user, _| !left.contains(user));
            }
            _ => {}
        }
    }
}

#[test]
fn a_name_does_not_tell_of_somebody_who_is_not_here_for_the_reader() {
    let [viewer, plain, shy, _] = USERS;
    let mut stage = RoomFixture::new("general");
    let [(eye, _), (max, _)] = [(viewer, "Eve"), (plain, "Max")].map(|(user, name)| stage.come(user, name));
    stage.soon();
    stage.hides_from_all(shy, true);
    let (hidden, out) = stage.come(shy, "MAX");
    assert!(stage.lists_at(&out, eye).is_empty());
    let sent = stage.soon();
    assert!(stage.lists_at(&sent, eye).is_empty() && stage.lists_at(&sent, max).is_empty());
    let names = |stage: &RoomFixture, viewer: &str| -> Vec<String> {
        rows(&stage.room.people_seen_by(viewer)).into_iter().map(|(_, name)| name).collect()
    };
    assert_eq!(names(&stage, viewer), ["Eve", "Max"]);
    assert_eq!(names(&stage, shy), ["Eve", "Max (bbbb)", "MAX (cccc)"], "who hides sees both");
    // All people read the messages of both. For a visible person, the other one gets a distinct name.
    let said = |stage: &mut RoomFixture, conn| {
        let out = stage.chat(conn);
        stage.got(&out, eye)[0].contains("bbbb)") || stage.got(&out, eye)[0].contains("cccc)")
    };
    assert_eq!((said(&mut stage, max), said(&mut stage, hidden)), (false, true));

    // A person who becomes visible gets a distinct name from then on. So does the person with the same name, for readers who did not see
    // the first.
    let out = stage.hides_from_all(shy, false);
    let [Notification::ParticipantsChanged { joined, left, .. }] = &stage.lists_at(&out, eye)[..] else {
        panic!("one notification")
    };
    let both = [(shy.to_owned(), "MAX (cccc)".to_owned()), (plain.to_owned(), "Max (bbbb)".to_owned())];
    assert_eq!((rows(joined), left.len()), (both.to_vec(), 0));
    assert_eq!((said(&mut stage, max), said(&mut stage, hidden)), (true, true));
    let out = stage.hides_from_all(shy, true);
    let [Notification::ParticipantsChanged { joined, left, .. }] = &stage.lists_at(&out, eye)[..] else {
        panic!("one notification")
    };
    assert_eq!((rows(joined), &left[..]), (vec![(plain.to_owned(), "Max".to_owned())], &[shy.to_owned()][..]));
    stage.room.leave(stage.now, hidden, &mut Outbound::default());
    let out = stage.soon();
    assert!(stage.lists_at(&out, eye).is_empty() && stage.lists_at(&out, max).is_empty());
}

#[test]
fn a_crowd_that_comes_at_once_with_wishes_of_their_own_is_told_of_together() {
    let mut stage = RoomFixture::new("general");
    let (eye, _) = stage.come(USERS[0], "Eve");
    stage.soon();
    for user in &USERS[1..] {
        let out = stage.hides_from_all(user, false);
        assert!(stage.lists_at(&out, eye).is_empty());
        stage.come(user, user);
    }
    let out = stage.soon();
    let [Notification::ParticipantsChanged { joined, .. }] = &stage.lists_at(&out, eye)[..] else {
        panic!("one notification")
    };
    assert_eq!(joined.len(), USERS.len() - 1);
}

#[derive(Clone, Debug)]
enum Step {
    Come(usize, usize),
    Go(usize),
    Hide(usize, bool),
    Block(usize, usize, bool),
    Later,
}

fn a_step() -> impl Strategy<Value = Step> {
    let who = || 0..USERS.len();
    prop_oneof![
        4 => (who(), 0..3_usize).prop_map(|(who, name)| Step::Come(who, name)),
        2 => who().prop_map(Step::Go),
        2 => (who(), any::<bool>()).prop_map(|(who, hides)| Step::Hide(who, hides)),
        2 => (who(), who(), any::<bool>()).prop_map(|(one, other, is)| Step::Block(one, other, is)),
        3 => Just(Step::Later),
    ]
}

/// Step of one of [`USERS`], hidden or not.
#[derive(Clone, Debug)]
enum VisibilityStep {
    Come(usize),
    Go,
}

fn a_deed() -> impl Strategy<Value = Option<(usize, VisibilityStep)>> {
    let deed = prop_oneof![3 => (0..3_usize).prop_map(VisibilityStep::Come), 1 => Just(VisibilityStep::Go)];
    prop_oneof![3 => (0..USERS.len(), deed).prop_map(Some), 2 => Just(None)]
}

/// Returns the frames to all people from whom the last one of [`USERS`] hides, while all perform these steps. `is_there`: the last one is
/// present at all. That person hides from everybody, or has blocked the first.
fn shown_in(deeds: &[Option<(usize, VisibilityStep)>], blocks: bool, is_there: bool) -> Vec<String> {
    let mut stage = RoomFixture::new("general");
    let hidden = USERS.len() - 1;
    let mut conns = [None; USERS.len()];
    let mut shown = Vec::new();
    for deed in deeds {
        let mut out = Outbound::default();
        match deed {
            Some((who, _)) if *who == hidden && !is_there => {}
            Some((who, VisibilityStep::Come(name))) if conns[*who].is_none() => {
                // A public room may have forgotten the settings of the hidden person.
                if *who == hidden && stage.room.privacy_of(USERS[hidden]).is_none() {
                    match blocks {
                        true => stage.blocks(USERS[hidden], USERS[0], true),
                        false => stage.hides_from_all(USERS[hidden], true),
                    };
                }
                let (conn, sent) = stage.come(USERS[*who], ["Max", "m a x", "Ada"][*name]);
                (conns[*who], out) = (Some(conn), sent);
            }
            Some((_, VisibilityStep::Come(_))) => {}
            Some((who, VisibilityStep::Go)) => {
                if let Some(conn) = conns[*who].take() {
                    stage.room.leave(stage.now, conn, &mut out);
                }
            }
            None => out = stage.soon(),
        }
        for (who, conn) in conns[..if blocks { 1 } else { hidden }].iter().enumerate() {
            for notification in conn.iter().flat_map(|conn| stage.lists_at(&out, *conn)) {
                shown.push(match notification {
                    Notification::Participants { rows: all, .. } => {
                        let all = all.iter().flat_map(|row| rows(&[row.participant().clone()]));
                        format!("{who} lists {:?}", all.collect::<Vec<_>>())
                    }
                    Notification::ParticipantsChanged { joined, left, .. } => {
                        format!("{who} hears {:?} {left:?}", rows(&joined))
                    }
                    other => panic!("{other:?}"),
                });
            }
        }
    }
    shown
}

proptest! {
    /// Nothing that a person receives reveals a hidden one, not even the number of frames.
    #[test]
    fn whoever_hides_changes_nothing_for_others(deeds in proptest::collection::vec(a_deed(), 1..40), blocks: bool) {
        prop_assert_eq!(shown_in(&deeds, blocks, true), shown_in(&deeds, blocks, false));
    }
}

proptest! {
    /// After any steps, everybody's deltas add up to the list that they would get if they joined now. Names in it are made distinct exactly
    /// where its reader sees two equal ones.
    #[test]
    fn deltas_end_at_the_list_and_names_are_told_apart_by_what_the_reader_sees(
        steps in proptest::collection::vec(a_step(), 1..40)
    ) {
        let mut stage = RoomFixture::new("general");
        let mut conns: [Option<(ConnKey, NamesByUser)>; 4] = [const { None }; 4];
        for step in steps.into_iter().chain([Step::Later]) {
            let mut outs = Vec::new();
            match step {
                Step::Come(who, name) => {
                    if conns[who].is_none() {
                        let (conn, out) = stage.come(USERS[who], ["Max", "m a x", "Ada"][name]);
                        conns[who] = Some((conn, NamesByUser::new()));
                        outs.push(out);
                    }
                }
                Step::Go(who) => {
                    if let Some((conn, _)) = conns[who].take() {
                        let mut out = Outbound::default();
                        stage.room.leave(stage.now, conn, &mut out);
                        stage.room.forget_strangers(&mut stage.store, &mut out).unwrap();
                        outs.push(out);
                    }
                }
                Step::Hide(who, hides) => outs.push(stage.hides_from_all(USERS[who], hides)),
                Step::Block(one, other, is_blocked) if one != other => {
                    outs.push(stage.blocks(USERS[one], USERS[other], is_blocked));
                }
                Step::Block(..) => {}
                Step::Later => outs.push(stage.soon()),
            }
            let is_settled = stage.room.timer_at().is_none();
            for out in &outs {
                for (conn, shown) in conns.iter_mut().flatten() {
                    follow(shown, stage.lists_at(out, *conn));
                }
            }
            for (who, place) in conns.iter().enumerate() {
                let Some((_, shown)) = place.as_ref().filter(|_| is_settled) else { continue };
                let list: NamesByUser = rows(&stage.room.people_seen_by(USERS[who])).into_iter().collect();
                prop_assert_eq!(shown, &list, "{}", USERS[who]);
                let plain = |name: &str| skeleton(name.split(" (").next().unwrap_or_default());
                for (user, name) in list.iter() {
                    let is_shared = list.values().filter(|other| plain(other) == plain(name)).count() > 1;
                    prop_assert_eq!(name.contains(" ("), is_shared, "{} sees {}", USERS[who], user);
                }
            }
        }
    }
}
