//! Laws of groups (`messenger.md` 3, `people.md` 2): permissions, readable positions, and the next owner.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use protocol::log::Range;
use protocol::machines::room::{
    Actor, DIRECTORY, Erasure, GroupChange, GroupStore, NewGroup, Newcomer, Outbound, Role, RoomAuditEntry,
    RoomSettings, RoomStore, Visibility, Wire,
};
use protocol::words::ids::UserId;
use protocol::words::limits::{GROUP_ABSENCE_MS, GROUP_MEMBERS_MAX, PRINCIPAL_LOG_SOCKETS_MAX, RECEIPT_PEOPLE_MAX};
use protocol::words::refusal::{Denied, Refusal};

use crate::stage::{LawFixture, chat, principal};

const GROUP: &str = "grp_0123456789abc";

fn user(n: usize) -> UserId {
    UserId::parse(&format!("user_{n}")).unwrap()
}

fn actor(n: usize) -> Actor {
    Actor { user: user(n), name: format!("Name {n}") }
}

fn newcomer(n: usize, is_asked: bool) -> Newcomer {
    Newcomer { user: user(n), name: format!("Name {n}"), is_asked, by_invite: false }
}

fn add(n: usize) -> GroupChange {
    GroupChange::Add { people: vec![newcomer(n, false)] }
}

fn ask(n: usize) -> GroupChange {
    GroupChange::Add { people: vec![newcomer(n, true)] }
}

fn remove(n: usize) -> GroupChange {
    GroupChange::Remove { user: user(n) }
}

fn role(n: usize, role: Role) -> GroupChange {
    GroupChange::SetRole { user: user(n), role }
}

fn rename(name: &str) -> GroupChange {
    GroupChange::Describe { name: Some(name.to_owned()), topic: None }
}

/// Makes a group of user 1 with these others.
fn group(visibility: Visibility, others: &[usize]) -> LawFixture {
    let mut stage = LawFixture::with(GROUP, RoomSettings::default());
    let people = others.iter().map(|n| newcomer(*n, false)).collect();
    let plan = NewGroup { name: "Crew".into(), visibility, people };
    let made = stage.turn(|stage, out| stage.room.make_group(&mut stage.store, stage.now, &actor(1), &plan, out));
    made.unwrap();
    stage
}

#[test]
fn the_same_wish_makes_one_group() {
    let mut stage = LawFixture::with(GROUP, RoomSettings::default());
    let plan = |name: &str, is_asked| {
        let people = vec![newcomer(2, is_asked)];
        NewGroup { name: name.into(), visibility: Visibility::Public, people }
    };
    let mut make = |by, plan: &NewGroup| {
        stage.turn(|stage, out| stage.room.make_group(&mut stage.store, stage.now, &actor(by), plan, out))
    };
    assert_eq!(make(1, &plan("Crew", false)), Ok(true));
    // The creator does not decide whether a person must be asked first.
    assert_eq!(make(1, &plan("Crew", true)), Ok(false));
    for (by, other) in [(1, plan("Crews", false)), (2, plan("Crew", false))] {
        assert_eq!(make(by, &other), Err(Denied::Refused(Refusal::IdReused)));
    }
    // The same holds if the group has another name by now.
    change(&mut stage, 1, &rename("Choir")).unwrap();
    let again = stage
        .turn(|stage, out| stage.room.make_group(&mut stage.store, stage.now, &actor(1), &plan("Crew", false), out));
    assert_eq!((again, stage.room.group().unwrap().people().count()), (Ok(false), 2));
}

fn change(stage: &mut LawFixture, by: usize, change: &GroupChange) -> Result<(), Refusal> {
    let done = stage.turn(|stage, out| {
        stage.now += 1;
        stage.room.change_group(&mut stage.store, stage.now, &actor(by), change, out)
    });
    stage.forget_closed();
    match done {
        Ok(()) => Ok(()),
        Err(Denied::Refused(refusal)) => Err(refusal),
        Err(Denied::Broken(fault)) => panic!("{fault}"),
    }
}

#[test]
fn an_invitation_is_declined_as_long_as_nobody_has_answered_it() {
    let mut stage = group(Visibility::Private, &[]);
    for declined in [true, false] {
        assert_eq!(change(&mut stage, 1, &ask(2)), Ok(()));
        if !declined {
            assert_eq!(change(&mut stage, 2, &GroupChange::Enter), Ok(()));
        }
        for n in [2, 1, 3] {
            assert_eq!(change(&mut stage, n, &GroupChange::Decline), Ok(()));
        }
        let known = stage.room.group().unwrap().find("user_2").is_none();
        assert_eq!(
            (known, roles(&stage).len()),
            (declined, if declined { 1 } else { 2 }),
            "the owner stays in any case"
        );
    }
}

#[test]
fn an_invitation_counts_for_whoever_is_not_there_and_not_asked() {
    let mut stage = group(Visibility::Public, &[2, 3, 4]);
    for (by, wish) in [(1, ask(5)), (2, ask(6)), (1, remove(3))] {
        assert_eq!(change(&mut stage, by, &wish), Ok(()));
    }
    let known = |by, others: &[usize]| {
        let others: Vec<UserId> = others.iter().map(|n| user(*n)).collect();
        stage.room.group().unwrap().invited_by(by, &others)
    };
    assert_eq!((known("user_1", &[]), known("user_2", &[])), (vec![user(5)], vec![user(6)]));
    assert_eq!(known("user_1", &[2, 3, 6, 7]), [user(2), user(5), user(6)], "who was sent away is asked anew");
}

/// Returns the acts of the change for the operators' audit log.
fn acts(stage: &mut LawFixture, by: usize, change: &GroupChange) -> Vec<(String, &'static str, String)> {
    let mut out = Outbound::default();
    let _ = stage.room.change_group(&mut stage.store, stage.now, &actor(by), change, &mut out);
    out.acts.into_iter().map(|RoomAuditEntry { actor, what, target }| (actor, what, target)).collect()
}

#[test]
fn what_is_done_to_a_group_is_written_down_and_what_is_refused_is_not() {
    let mut stage = group(Visibility::Private, &[2]);
    let act = |by: usize, what, target: &str| (format!("user_{by}"), what, target.to_owned());
    assert_eq!(acts(&mut stage, 2, &add(3)), [act(2, "member_add", "user_3")]);
    let comes = GroupChange::Add { people: vec![Newcomer { by_invite: true, ..newcomer(4, false) }] };
    assert_eq!(acts(&mut stage, 2, &comes), [act(4, "member_add", "user_4")], "nobody's who only made the invite");
    assert_eq!(acts(&mut stage, 1, &role(2, Role::Admin)), [act(1, "role", "user_2")]);
    assert_eq!(acts(&mut stage, 1, &role(2, Role::Admin)), [], "nothing happened");
    assert_eq!(acts(&mut stage, 2, &remove(3)), [act(2, "member_remove", "user_3")]);
    assert_eq!(acts(&mut stage, 2, &remove(2)), [act(2, "member_remove", "user_2")]);
    assert_eq!(acts(&mut stage, 2, &GroupChange::Delete), []);
    assert_eq!(acts(&mut stage, 1, &GroupChange::Delete), [act(1, "room_delete", GROUP)]);
}

fn roles(stage: &LawFixture) -> Vec<(String, Role)> {
    let group = stage.room.group().unwrap();
    group.people().map(|member| (member.user.to_string(), member.role)).collect()
}

fn may_read(stage: &LawFixture, n: usize) -> Result<Vec<u64>, Refusal> {
    match stage.room.page(&stage.store, &principal(&format!("user_{n}")), None, Range::Since(0), 200) {
        Ok(page) => Ok(page.events.iter().map(|event| event.seq).collect()),
        Err(Denied::Refused(refusal)) => Err(refusal),
        Err(Denied::Broken(fault)) => panic!("{fault}"),
    }
}

#[test]
fn everybody_may_what_their_role_allows_and_nothing_more() {
    use Refusal::{Forbidden, NotFound};
    // Owner 1, admin 2, members 3 and 4, invited 5, stranger 6.
    let fresh = || {
        let mut stage = group(Visibility::Private, &[2, 3, 4]);
        change(&mut stage, 1, &role(2, Role::Admin)).unwrap();
        change(&mut stage, 1, &ask(5)).unwrap();
        stage
    };
    let cases: [(GroupChange, [Result<(), Refusal>; 5]); 9] = [
        (rename("New"), [Ok(()), Ok(()), Err(Forbidden), Err(NotFound), Err(NotFound)]),
        (GroupChange::Delete, [Ok(()), Err(Forbidden), Err(Forbidden), Err(NotFound), Err(NotFound)]),
        (add(7), [Ok(()), Ok(()), Ok(()), Err(NotFound), Err(NotFound)]),
        (role(4, Role::Admin), [Ok(()), Err(Forbidden), Err(Forbidden), Err(NotFound), Err(NotFound)]),
        (role(1, Role::Member), [Err(Forbidden), Err(Forbidden), Err(Forbidden), Err(NotFound), Err(NotFound)]),
        (role(4, Role::Owner), [Err(Forbidden), Err(Forbidden), Err(Forbidden), Err(NotFound), Err(NotFound)]),
        (remove(4), [Ok(()), Ok(()), Err(Forbidden), Err(NotFound), Err(NotFound)]),
        (remove(9), [Err(NotFound), Err(NotFound), Err(NotFound), Err(NotFound), Err(NotFound)]),
        (GroupChange::Enter, [Ok(()), Ok(()), Ok(()), Ok(()), Err(NotFound)]),
    ];
    for (wanted, expected) in cases {
        for (by, expected) in [1, 2, 3, 5, 6].into_iter().zip(expected) {
            assert_eq!(change(&mut fresh(), by, &wanted), expected, "user_{by}: {wanted:?}");
        }
    }
    assert_eq!(change(&mut fresh(), 2, &remove(1)), Err(Forbidden), "nobody sends the owner away");
    assert_eq!(change(&mut fresh(), 3, &remove(5)), Err(Forbidden), "an invitation of somebody else");
    assert_eq!(change(&mut fresh(), 5, &remove(5)), Ok(()), "saying no");
    assert_eq!(change(&mut fresh(), 6, &remove(6)), Err(NotFound));
}

#[test]
fn who_joins_later_sees_nothing_of_before_by_any_way() {
    let mut stage = group(Visibility::Private, &[2]);
    let two = stage.join("user_2", Wire::Single, None);
    (1..=5).for_each(|n| stage.send(two, &chat(n, "before")));
    let head = stage.room.log().head();
    change(&mut stage, 1, &add(3)).unwrap();
    stage.send(two, &chat(6, "after"));
    let own: Vec<u64> = (head + 1..=stage.room.log().head()).collect();
    assert_eq!(may_read(&stage, 3).unwrap(), own, "since 0");
    let three = principal("user_3");
    for range in [Range::Before(head + 2), Range::Before(2), Range::Newest, Range::Since(1)] {
        let page = stage.room.page(&stage.store, &three, None, range, 200).unwrap();
        assert!(page.events.iter().all(|event| event.seq > head), "{range:?}");
    }
    for since in [None, Some(0), Some(head)] {
        let socket = stage.join("user_3", Wire::Single, since);
        assert!(stage.seqs(socket).iter().all(|seq| *seq > head), "joined with {since:?}");
        assert!(stage.got[&socket][0].contains(&format!("\"oldest\":{}", head + 1)), "{}", stage.got[&socket][0]);
        stage.leave(socket);
    }
    change(&mut stage, 1, &remove(3)).unwrap();
    assert_eq!(may_read(&stage, 3), Err(Refusal::NotFound));
    stage.send(two, &chat(7, "while away"));
    let away_to = stage.room.log().head();
    change(&mut stage, 1, &add(3)).unwrap();
    assert_eq!(may_read(&stage, 3).unwrap(), [away_to + 1], "coming back begins anew");
}

#[test]
fn sockets_of_whoever_is_sent_away_close_and_get_nothing_more() {
    let mut stage = group(Visibility::Private, &[2, 3]);
    let (one, three) = (stage.join("user_1", Wire::Single, None), stage.join("user_3", Wire::Single, None));
    let mut out = protocol::machines::room::Outbound::default();
    stage.room.change_group(&mut stage.store, stage.now, &actor(1), &remove(3), &mut out).unwrap();
    assert_eq!(out.closes.iter().map(|close| close.code).collect::<Vec<_>>(), [4403]);
    assert_eq!(stage.room.targets().len(), 1, "only the owner's socket is left");
    stage.forget_closed();
    assert!(stage.is_open(one) && !stage.is_open(three));
    let refused = stage.turn(|stage, out| stage.join_in(out, "user_3", Wire::Single, None));
    assert_eq!(refused, Err(Denied::Refused(Refusal::NotFound)));

    let mut out = protocol::machines::room::Outbound::default();
    stage.room.change_group(&mut stage.store, stage.now, &actor(1), &GroupChange::Delete, &mut out).unwrap();
    assert_eq!(out.closes.iter().map(|close| close.code).collect::<Vec<_>>(), [4404]);
    assert_eq!(may_read(&stage, 1), Err(Refusal::NotFound));
    stage.forget_closed();
    stage.sleep();
    assert_eq!(may_read(&stage, 1), Err(Refusal::NotFound), "also after waking");
}

#[test]
fn an_owner_who_leaves_is_followed_by_the_oldest_admin_or_member() {
    let mut stage = group(Visibility::Private, &[2, 3, 4]);
    change(&mut stage, 1, &role(4, Role::Admin)).unwrap();
    change(&mut stage, 1, &role(3, Role::Admin)).unwrap();
    change(&mut stage, 1, &remove(1)).unwrap();
    let expected = [("user_2", Role::Member), ("user_3", Role::Owner), ("user_4", Role::Admin)];
    assert_eq!(roles(&stage), expected.map(|(user, role)| (user.to_owned(), role)));
    change(&mut stage, 3, &remove(3)).unwrap();
    change(&mut stage, 4, &remove(4)).unwrap();
    assert_eq!(roles(&stage), [("user_2".to_owned(), Role::Owner)]);
    change(&mut stage, 2, &remove(2)).unwrap();
    assert!(stage.room.group().unwrap().record.is_deleted, "the last one takes it with them");
}

#[test]
fn no_bot_follows_an_owner_and_a_group_of_bots_alone_ends() {
    let mut stage = group(Visibility::Public, &[]);
    let bot = Newcomer { user: UserId::parse("bot_nova").unwrap(), ..newcomer(0, false) };
    change(&mut stage, 1, &GroupChange::Add { people: vec![bot] }).unwrap();
    change(&mut stage, 1, &add(2)).unwrap();
    change(&mut stage, 1, &remove(1)).unwrap();
    let followed = [("bot_nova".to_owned(), Role::Member), ("user_2".to_owned(), Role::Owner)];
    assert_eq!(roles(&stage).into_iter().collect::<BTreeSet<_>>(), BTreeSet::from(followed));
    change(&mut stage, 2, &remove(2)).unwrap();
    assert!(stage.room.group().unwrap().record.is_deleted);
}

#[test]
fn a_full_group_and_nobody_more_those_who_were_asked_included() {
    let others: Vec<usize> = (2..GROUP_MEMBERS_MAX).collect();
    let mut stage = group(Visibility::Private, &others);
    assert_eq!(roles(&stage).len(), GROUP_MEMBERS_MAX - 1);
    let two = GroupChange::Add { people: vec![newcomer(200, true), newcomer(201, false)] };
    let head = stage.room.log().head();
    assert_eq!(change(&mut stage, 1, &two), Err(Refusal::RoomFull));
    assert_eq!(stage.room.log().head(), head, "all or nobody");
    assert_eq!(change(&mut stage, 1, &ask(200)), Ok(()));
    assert_eq!(change(&mut stage, 1, &add(201)), Err(Refusal::RoomFull), "the place is kept");
    assert_eq!(change(&mut stage, 200, &GroupChange::Enter), Ok(()), "a yes is never too late");
    assert_eq!(change(&mut stage, 1, &add(5)), Ok(()), "who is in it takes no place");
}

#[test]
fn a_public_group_is_open_but_not_to_those_who_were_sent_away() {
    let mut stage = group(Visibility::Public, &[2, 3]);
    let before = stage.room.log().head();
    let two = stage.join("user_2", Wire::Single, None);
    stage.send(two, &chat(1, "hello"));
    assert_eq!(may_read(&stage, 9).unwrap().len(), 1, "whoever comes reads everything");
    change(&mut stage, 9, &GroupChange::Enter).unwrap();
    change(&mut stage, 1, &remove(3)).unwrap();
    assert_eq!(stage.room.log().head(), before + 1, "its log is for what people say");
    assert_eq!(may_read(&stage, 3), Err(Refusal::Forbidden));
    assert_eq!(change(&mut stage, 3, &GroupChange::Enter), Err(Refusal::Forbidden));
    assert_eq!(change(&mut stage, 2, &add(3)), Err(Refusal::Forbidden), "only who sends away lets back");
    change(&mut stage, 1, &add(3)).unwrap();
    assert_eq!(may_read(&stage, 3).unwrap().len(), 1);
    assert!(stage.store.notifications().unwrap().iter().any(|notification| notification.about == DIRECTORY));
}

#[test]
fn of_whoever_was_sent_away_or_asked_and_goes_for_good_no_row_is_left() {
    let mut stage = group(Visibility::Public, &[2, 3]);
    change(&mut stage, 1, &remove(3)).unwrap();
    change(&mut stage, 1, &ask(4)).unwrap();
    for n in [3, 4] {
        let gone = stage.turn(|stage, out| {
            stage.room.forget_person(&mut stage.store, stage.now, &user(n), &Erasure::default(), out)
        });
        assert_eq!(gone.unwrap().next, None);
        let stored = stage.store.group().unwrap().unwrap();
        assert_eq!((stored.find(user(n).as_str()), stage.room.group()), (None, Some(&stored)), "user {n}");
    }
    assert_eq!(roles(&stage).len(), 2, "who is in the group stays");
}

#[test]
fn an_invite_undoes_no_expulsion_whoever_made_it_and_does_not_say_so() {
    let comes = |n| GroupChange::Add { people: vec![Newcomer { by_invite: true, ..newcomer(n, false) }] };
    for visibility in [Visibility::Public, Visibility::Private] {
        let mut stage = group(visibility, &[2, 3]);
        let left = GroupChange::Remove { user: user(2) };
        change(&mut stage, 2, &comes(4)).unwrap();
        assert!(roles(&stage).contains(&("user_4".to_owned(), Role::Member)));
        change(&mut stage, 2, &left).unwrap();
        assert_eq!(change(&mut stage, 2, &comes(5)), Err(Refusal::NotFound), "who left brings nobody");
    }
    let mut stage = group(Visibility::Public, &[2, 3]);
    change(&mut stage, 1, &remove(3)).unwrap();
    for maker in [1, 2] {
        assert_eq!(change(&mut stage, maker, &comes(3)), Err(Refusal::NotFound), "also a link of the owner");
        assert_eq!(may_read(&stage, 3), Err(Refusal::Forbidden));
    }
    change(&mut stage, 1, &add(3)).unwrap();
}

#[test]
fn every_change_leaves_news_for_those_it_concerns_in_the_same_step() {
    let mut stage = group(Visibility::Private, &[2]);
    let about = |stage: &LawFixture| -> BTreeMap<String, u64> {
        stage
            .store
            .notifications()
            .unwrap()
            .into_iter()
            .map(|notification| (notification.about, notification.version))
            .collect()
    };
    assert_eq!(about(&stage).keys().cloned().collect::<Vec<_>>(), ["user_1", "user_2"]);
    let before = about(&stage)["user_2"];
    change(&mut stage, 1, &remove(2)).unwrap();
    assert!(about(&stage)["user_2"] > before, "newer news take the place of older ones");
    stage.store.notification_done("user_2", before).unwrap();
    assert!(about(&stage).contains_key("user_2"), "what was told before is not what happened since");
    let version = about(&stage)["user_2"];
    stage.store.notification_done("user_2", version).unwrap();
    assert!(!about(&stage).contains_key("user_2"));
}

#[test]
fn absent_members_get_what_was_written_and_nobody_else() {
    let mut stage = group(Visibility::Private, &[2, 3]);
    change(&mut stage, 1, &ask(4)).unwrap();
    let one = stage.join("user_1", Wire::Single, None);
    stage.join("user_2", Wire::Single, None);
    stage.send(one, &chat(1, "hello"));
    let waiting = |stage: &LawFixture| -> Vec<String> {
        stage.store.outbox().unwrap().into_iter().map(|entry| entry.user).collect()
    };
    assert_eq!(waiting(&stage), ["user_3"], "not who is here, not who was only asked");
    change(&mut stage, 1, &remove(3)).unwrap();
    assert_eq!(waiting(&stage), [""; 0], "who is sent away is told nothing more");
}

#[test]
fn welcome_tells_how_far_everybody_in_a_large_group_has_come() {
    let others: Vec<usize> = (2..=RECEIPT_PEOPLE_MAX + 5).collect();
    let mut stage = group(Visibility::Private, &others);
    let (one, two) = (stage.join("user_1", Wire::Single, None), stage.join("user_2", Wire::Single, None));
    stage.send(one, &chat(1, "hi"));
    stage.send(two, r#"{"type":"ack","upToSeq":1,"status":"read"}"#);
    stage.sleep();
    let again = stage.join("user_1", Wire::Single, None);
    let welcome: serde_json::Value = serde_json::from_str(&stage.got[&again][0]).unwrap();
    assert_eq!(welcome["receipts"].as_object().unwrap().len(), others.len() + 1);
    assert_eq!(welcome["receipts"]["user_2"], serde_json::json!({ "deliveredSeq": 1, "readSeq": 1 }));
    // Events from before the join are not for the new member, so nothing waits.
    let floor = stage.room.log().head();
    change(&mut stage, 1, &add(99)).unwrap();
    let later = stage.join("user_1", Wire::Single, None);
    let welcome: serde_json::Value = serde_json::from_str(&stage.got[&later][0]).unwrap();
    assert_eq!(welcome["receipts"]["user_99"], serde_json::json!({ "deliveredSeq": floor, "readSeq": floor }));
}

#[test]
fn coming_and_going_is_said_once_per_person_with_a_grace() {
    let mut stage = group(Visibility::Private, &[2]);
    let one = stage.join("user_1", Wire::Single, None);
    let codes = |stage: &LawFixture, socket: usize| -> Vec<String> {
        let texts = stage.got[&socket].iter().filter(|text| text.contains("\"type\":\"system\""));
        let live = texts.filter(|text| !text.contains("\"type\":\"history\""));
        live.map(|text| text.split("\"code\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned()).collect()
    };
    let first = stage.join("user_2", Wire::Single, None);
    let second = stage.join("user_2", Wire::Single, None);
    stage.leave(first);
    stage.leave(second);
    let tick = |stage: &mut LawFixture| {
        stage.turn(|stage, out| stage.room.tick(&mut stage.store, stage.now, out)).unwrap();
    };
    stage.now += GROUP_ABSENCE_MS - 1;
    tick(&mut stage);
    assert_eq!(codes(&stage, one), ["joined"], "per person, not per device");
    let third = stage.join("user_2", Wire::Single, None);
    stage.now += GROUP_ABSENCE_MS;
    tick(&mut stage);
    assert_eq!(codes(&stage, one), ["joined"], "came back in time");
    stage.leave(third);
    stage.sleep();
    let sweep = |stage: &mut LawFixture| {
        stage.turn(|stage, out| stage.room.sweep(&mut stage.store, stage.now, |_| Some(stage.now), out)).unwrap();
    };
    sweep(&mut stage);
    stage.now += GROUP_ABSENCE_MS;
    sweep(&mut stage);
    assert_eq!(codes(&stage, one), ["joined", "left"], "also told by a room that slept in between");
}

#[derive(Clone, Debug)]
enum Step {
    Change(usize, GroupChange),
    Say(usize),
    Join(usize, bool),
    Leave(usize),
    Sleep,
}

fn step() -> impl Strategy<Value = Step> {
    let who = 1..5_usize;
    let wanted = prop_oneof![
        (who.clone(), any::<bool>()).prop_map(|(n, is_asked)| GroupChange::Add { people: vec![newcomer(n, is_asked)] }),
        who.clone().prop_map(remove),
        who.clone().prop_map(|n| role(n, Role::Admin)),
        Just(GroupChange::Enter),
        Just(rename("Other")),
    ];
    prop_oneof![
        4 => (who.clone(), wanted).prop_map(|(by, wanted)| Step::Change(by, wanted)),
        4 => who.clone().prop_map(Step::Say),
        3 => (who.clone(), any::<bool>()).prop_map(|(n, knows)| Step::Join(n, knows)),
        1 => who.prop_map(Step::Leave),
        1 => Just(Step::Sleep),
    ]
}

/// Model of a group that knows only one rule: an event may be read by the members at its time.
#[derive(Default)]
struct Model {
    readers: BTreeMap<u64, BTreeSet<String>>,
    joined_at: BTreeMap<usize, (String, u64)>,
}

impl Model {
    fn note_new(&mut self, stage: &LawFixture) {
        let known = self.readers.len() as u64;
        let people: BTreeSet<String> = roles(stage).into_iter().map(|(user, _)| user).collect();
        for seq in known + 1..=stage.room.log().head() {
            self.readers.insert(seq, people.clone());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// In every case there is one owner, only members have sockets, and each person gets exactly the events during the membership.
    #[test]
    fn nobody_reads_what_lies_before_their_coming_or_after_their_going(steps in prop::collection::vec(step(), 1..60)) {
        let mut stage = group(Visibility::Private, &[2]);
        let mut model = Model::default();
        model.note_new(&stage);
        let mut written = 0;
        for step in steps {
            match step {
                Step::Change(by, wanted) => { let _ = change(&mut stage, by, &wanted); }
                Step::Say(n) => {
                    let own = model.joined_at.iter().find(|(socket, (user, _))| {
                        stage.is_open(**socket) && *user == format!("user_{n}")
                    });
                    if let Some(socket) = own.map(|(socket, _)| *socket) {
                        written += 1;
                        stage.send(socket, &chat(written, "x"));
                    }
                }
                Step::Join(n, knows) => {
                    let name = format!("user_{n}");
                    let since = knows.then(|| stage.room.log().head() / 2);
                    let is_in = roles(&stage).iter().any(|(user, _)| *user == name);
                    let own = model.joined_at.iter().filter(|(socket, (user, _))| *user == name && stage.is_open(**socket));
                    let has_place = own.count() < PRINCIPAL_LOG_SOCKETS_MAX;
                    let joined = stage.turn(|stage, out| stage.join_in(out, &name, Wire::Single, since));
                    prop_assert_eq!(joined.is_ok(), is_in && has_place);
                    if let Ok(socket) = joined {
                        model.joined_at.insert(socket, (name, stage.room.log().head()));
                    }
                }
                Step::Leave(n) => {
                    let name = format!("user_{n}");
                    let open: Vec<usize> = model.joined_at.keys().copied().filter(|socket| stage.is_open(*socket)).collect();
                    for socket in open.into_iter().filter(|socket| model.joined_at[socket].0 == name) {
                        stage.leave(socket);
                    }
                }
                Step::Sleep => stage.sleep(),
            }
            if stage.room.group().unwrap().record.is_deleted {
                prop_assert!(model.joined_at.keys().all(|socket| !stage.is_open(*socket)));
                return Ok(());
            }
            model.note_new(&stage);
            let people = roles(&stage);
            prop_assert_eq!(people.iter().filter(|(_, role)| *role == Role::Owner).count(), 1);
            for (socket, (user, from)) in &model.joined_at {
                let seqs = stage.seqs(*socket);
                prop_assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "gap: {:?}", seqs);
                for seq in &seqs {
                    prop_assert!(model.readers[seq].contains(user), "{} got {}", user, seq);
                }
                if stage.is_open(*socket) {
                    prop_assert!(people.iter().any(|(member, _)| member == user), "{} is still connected", user);
                    prop_assert_eq!(seqs.last().copied().unwrap_or(*from), stage.room.log().head());
                }
            }
            for n in 1..5 {
                let name = format!("user_{n}");
                let first = people.iter().any(|(user, _)| *user == name).then(|| {
                    model.readers.iter().rev().take_while(|(_, readers)| readers.contains(&name)).last().map(|(seq, _)| *seq)
                }).flatten();
                match (first, may_read(&stage, n)) {
                    (Some(first), Ok(seqs)) => prop_assert_eq!(seqs, (first..=stage.room.log().head()).collect::<Vec<_>>()),
                    (None, Err(refusal)) => prop_assert_eq!(refusal, Refusal::NotFound),
                    (first, read) => prop_assert!(false, "{}: {:?} but {:?}", name, first, read),
                }
            }
        }
    }
}
