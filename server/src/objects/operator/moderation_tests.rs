//! Tests of the tables of moderation (`moderation.md`).

use protocol::words::limits::BAN_MINUTES_MAX;

use super::super::objections;
use super::*;
use crate::calls::moderation::{AnswerCall, ObjectionCall};
use crate::calls::operator::OwnerAct;
use crate::kit::sql::older::contents;
use crate::kit::trace::Trace;

const NOW: Millis = 1_795_000_000_000;

fn operator(what: &str) -> OwnerAct {
    OwnerAct { actor: "owner".to_owned(), what: what.to_owned(), ..OwnerAct::default() }
}

fn give(sql: &OperatorSql, user: &str, role: Option<DeploymentRole>) {
    set_role(sql, &RoleCall { by: operator(user), role }, 1).unwrap();
}

/// Makes tables with an owner and two moderators.
fn staffed() -> OperatorSql {
    let sql = OperatorSql::open(Database::new()).unwrap();
    give(&sql, "boss", Some(DeploymentRole::Owner));
    give(&sql, "mod1", Some(DeploymentRole::Moderator));
    give(&sql, "mod2", Some(DeploymentRole::Moderator));
    sql
}

fn act(kind: ActKind) -> Act {
    let text = |text: &str| Some(text.to_owned());
    let (room, message, user) = (text("general"), text("m-1"), text("user_9"));
    let act = Act { kind, room, message, user, minutes: Some(10), seconds: Some(30), reason: "Spam.".to_owned() };
    let author = act.user.clone();
    let act = act.checked().unwrap();
    // The room finds the writer of a removed message.
    if kind == ActKind::Remove { Act { user: author, ..act } } else { act }
}

fn call(by: &str, act: Act) -> ActCall {
    ActCall { by: by.to_owned(), act, networks: Vec::new(), trace: Trace::default(), report: None }
}

fn on(user: &str, kind: ActKind) -> Act {
    Act { user: Some(user.to_owned()), ..act(kind) }
}

fn refused(result: Result<ShownAct, CallError>) -> Option<Refusal> {
    match result {
        Err(CallError::Refused(refusal)) => Some(refusal),
        _ => None,
    }
}

fn objection(act: &str) -> ObjectionCall {
    ObjectionCall { act: act.to_owned(), text: "It was not me.".to_owned(), trace: Trace::default() }
}

/// Returns audit rows: actor, action, target, result.
fn audit(sql: &OperatorSql) -> Vec<String> {
    let query = "SELECT actor || ' ' || action || ' ' || target || ' ' || result FROM audit ORDER BY place";
    rows(&sql.0, query, &[], |row| row.text(0)).unwrap()
}

#[test]
fn nobody_acts_without_a_role_on_themselves_or_on_people_of_the_same_rank() {
    let sql = staffed();
    let before = contents(&sql.0);
    for (by, user) in [("user_1", "user_9"), ("mod1", "mod1"), ("mod1", "mod2"), ("mod1", "boss"), ("boss", "boss")] {
        let result = add_act(&sql.0, &call(by, on(user, ActKind::Mute)), "a", NOW);
        assert_eq!(refused(result), Some(Refusal::Forbidden), "{by} {user}");
    }
    assert_eq!(contents(&sql.0), before);
    assert!(add_act(&sql.0, &call("boss", on("mod1", ActKind::Mute)), "a", NOW).is_ok());
    give(&sql, "mod1", None);
    let result = add_act(&sql.0, &call("mod1", act(ActKind::Close)), "b", NOW);
    assert_eq!(refused(result), Some(Refusal::Forbidden), "a role that was taken is none");
}

#[test]
fn nobody_with_a_role_frees_themselves() {
    let sql = staffed();
    add_act(&sql.0, &call("boss", on("mod1", ActKind::Mute)), "a", NOW).unwrap();
    let freed = |by| add_act(&sql.0, &call(by, on("mod1", ActKind::Unmute)), by, NOW);
    assert_eq!(refused(freed("mod1")), Some(Refusal::Forbidden));
    assert!(freed("mod2").is_ok());
}

#[test]
fn so_many_accounts_have_a_role_and_no_more() {
    let sql = staffed();
    let fill = "INSERT INTO roles WITH RECURSIVE n(i) AS (SELECT 4 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                SELECT 'u_' || i, 'moderator', 1 FROM n";
    exec(&sql.0, fill, &[(MODERATORS_MAX as u64).into()]).unwrap();
    let give = |user, role| set_role(&sql, &RoleCall { by: operator(user), role: Some(role) }, NOW);
    assert!(matches!(give("u_bo", DeploymentRole::Moderator), Err(CallError::Refused(_))));
    assert!(give("mod1", DeploymentRole::Owner).is_ok(), "whoever has one can get another");
    assert_eq!(count(&sql.0, "roles"), Ok(MODERATORS_MAX as u64));
}

#[test]
fn a_role_that_is_given_or_taken_is_written_down_once() {
    let sql = OperatorSql::open(Database::new()).unwrap();
    for role in
        [Some(DeploymentRole::Moderator), Some(DeploymentRole::Moderator), Some(DeploymentRole::Owner), None, None]
    {
        give(&sql, "user_1", role);
    }
    let expected = ["role_give user_1 moderator", "role_give user_1 owner", "role_take user_1 owner"];
    assert_eq!(audit(&sql), expected.map(|row| format!("owner {row}")));
}

#[test]
fn every_act_is_one_row_of_the_audit_log_and_ends_what_it_says() {
    let sql = staffed();
    let mut expected = audit(&sql);
    for (n, kind) in ActKind::ALL.into_iter().enumerate() {
        let (act, id) = (act(kind), format!("a{n}"));
        expected.push(format!("mod1 {} {} {id}", kind.action(), act.target()));
        let shown = add_act(&sql.0, &call("mod1", act), &id, NOW).unwrap();
        assert_eq!((shown.id, shown.kind.as_str()), (id, kind.as_str()));
    }
    assert_eq!(audit(&sql), expected);
    let left = standing(&sql.0, NOW).unwrap();
    assert_eq!((left.mutes, left.bans), (Vec::new(), Vec::new()));
    assert_eq!(left.rooms, [RoomRule { room: "general".to_owned(), slow_s: 30, is_closed: false }]);
}

#[test]
fn what_is_so_already_is_a_conflict_and_leaves_no_act() {
    let sql = staffed();
    let before = contents(&sql.0);
    for kind in [ActKind::Unmute, ActKind::Unban, ActKind::Open] {
        assert_eq!(refused(add_act(&sql.0, &call("mod1", act(kind)), "a", NOW)), Some(Refusal::Conflict), "{kind:?}");
    }
    assert_eq!(contents(&sql.0), before);
    add_act(&sql.0, &call("mod1", act(ActKind::Close)), "a", NOW).unwrap();
    assert_eq!(refused(add_act(&sql.0, &call("mod1", act(ActKind::Close)), "b", NOW)), Some(Refusal::Conflict));
}

#[test]
fn a_guest_is_banned_with_the_network_and_both_end_together() {
    let sql = staffed();
    let networks = vec!["198.51.100.0/24".to_owned()];
    let ban = ActCall { networks, ..call("mod1", on("guest_1", ActKind::Ban)) };
    add_act(&sql.0, &ban, "a", NOW).unwrap();
    let stands = |now| standing(&sql.0, now).unwrap().bans.len();
    assert_eq!([stands(NOW), stands(NOW + 600_000)], [2, 0]);
    add_act(&sql.0, &call("mod1", on("guest_1", ActKind::Unban)), "b", NOW).unwrap();
    assert_eq!(stands(NOW), 0);
}

#[test]
fn a_newer_ban_takes_the_place_of_the_whole_older_one_and_a_shared_network_keeps_the_later_end() {
    let sql = staffed();
    let ban = |user: &str, minutes, network: &str, id: &str| {
        let act = Act { minutes: Some(minutes), ..on(user, ActKind::Ban) };
        let networks = vec![network.to_owned()];
        add_act(&sql.0, &ActCall { networks, ..call("mod1", act) }, id, NOW).unwrap();
    };
    let stands = || -> Vec<String> {
        let bans = standing(&sql.0, NOW).unwrap().bans;
        bans.into_iter().map(|ban| format!("{} {} {}", ban.subject, ban.act, (ban.until - NOW) / 60_000)).collect()
    };
    ban("guest_1", 10, "198.51.100.0/24", "a");
    ban("guest_1", 20, "203.0.113.0/24", "b");
    assert_eq!(stands(), ["203.0.113.0/24 b 20", "guest_1 b 20"]);
    ban("guest_2", 10, "203.0.113.0/24", "c");
    assert_eq!(stands(), ["203.0.113.0/24 b 20", "guest_1 b 20", "guest_2 c 10"]);
    ban("guest_2", 30, "203.0.113.0/24", "d");
    assert_eq!(stands(), ["203.0.113.0/24 d 30", "guest_1 b 20", "guest_2 d 30"]);
}

#[test]
fn a_network_of_two_bans_is_free_when_both_are_over_whichever_ends_first() {
    const NETWORK: &str = "203.0.113.0/24";
    let banned = || {
        let sql = staffed();
        for (user, minutes, id) in [("guest_1", 10, "short"), ("guest_2", 30, "long")] {
            let act = Act { minutes: Some(minutes), ..on(user, ActKind::Ban) };
            let call = ActCall { networks: vec![NETWORK.to_owned()], ..call("mod1", act) };
            add_act(&sql.0, &call, id, NOW).unwrap();
        }
        sql
    };
    let act_on_network = |sql: &OperatorSql, now| {
        let bans = standing(&sql.0, now).unwrap().bans;
        let own: Vec<Ban> = bans.into_iter().filter(|ban| ban.subject == NETWORK).collect();
        assert!(own.len() <= 1, "{own:?}");
        own.into_iter().next().map(|ban| ban.act)
    };
    let unban = |sql: &OperatorSql, user: &str| {
        add_act(&sql.0, &call("mod1", on(user, ActKind::Unban)), &format!("free_{user}"), NOW).unwrap();
    };
    for (first, then, left) in [("guest_2", "guest_1", "short"), ("guest_1", "guest_2", "long")] {
        let sql = banned();
        assert_eq!(act_on_network(&sql, NOW).as_deref(), Some("long"));
        unban(&sql, first);
        assert_eq!(act_on_network(&sql, NOW).as_deref(), Some(left), "{first} is free");
        unban(&sql, then);
        assert_eq!(act_on_network(&sql, NOW), None);
    }
    let sql = banned();
    let after = |minutes: Millis| act_on_network(&sql, NOW + minutes * 60_000);
    assert_eq!([after(10).as_deref(), after(30).as_deref()], [Some("long"), None]);
    objections::add(&sql.0, &objection("long"), NOW).unwrap();
    objections::answer(&sql, &AnswerCall { by: operator("long"), is_lifted: true }, NOW).unwrap();
    assert_eq!([after(9).as_deref(), after(10).as_deref()], [Some("short"), None]);
}

#[test]
fn somebody_who_has_a_role_by_now_is_freed_by_anybody_with_a_role() {
    let sql = staffed();
    for (n, kind) in [ActKind::Mute, ActKind::Ban].into_iter().enumerate() {
        add_act(&sql.0, &call("mod1", act(kind)), &format!("a{n}"), NOW).unwrap();
    }
    give(&sql, "user_9", Some(DeploymentRole::Moderator));
    for (n, kind) in [ActKind::Unmute, ActKind::Unban].into_iter().enumerate() {
        assert!(add_act(&sql.0, &call("mod1", act(kind)), &format!("b{n}"), NOW).is_ok(), "{kind:?}");
    }
}

#[test]
fn a_mute_is_over_at_its_end_and_takes_no_place_from_then_on() {
    let sql = staffed();
    let fill = "INSERT INTO mutes WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) \
                SELECT 'u_' || i, ?, 'x' FROM n";
    exec(&sql.0, fill, &[(MODERATION_ROWS_MAX as u64).into(), (NOW + 5).into()]).unwrap();
    let in_force = |now| standing(&sql.0, now).unwrap().mutes.len();
    assert_eq!([in_force(NOW + 4), in_force(NOW + 5)], [MODERATION_ROWS_MAX, 0]);
    let muted = |now| add_act(&sql.0, &call("mod1", act(ActKind::Mute)), "a", now);
    assert!(refused(muted(NOW + 4)).is_some());
    assert!(muted(NOW + 5).is_ok());
}

#[test]
fn the_same_removal_is_the_same_act() {
    let sql = staffed();
    let first = add_act(&sql.0, &call("mod1", act(ActKind::Remove)), "a", NOW).unwrap();
    let rows = audit(&sql).len();
    let second = add_act(&sql.0, &call("mod2", act(ActKind::Remove)), "b", NOW + 1).unwrap();
    assert_eq!((second, audit(&sql).len()), (first, rows));
}

#[test]
fn the_person_sees_the_own_acts_for_a_while_and_objects_once() {
    let sql = staffed();
    add_act(&sql.0, &call("mod1", act(ActKind::Mute)), "a", NOW).unwrap();
    add_act(&sql.0, &call("mod1", act(ActKind::Slow)), "b", NOW).unwrap();
    let object = |id: &str, now| {
        let (act, text) = (id.to_owned(), "It was not me.".to_owned());
        objections::add(&sql.0, &ObjectionCall { act, text, trace: Trace::default() }, now)
    };
    let code = |result: Result<(), CallError>| match result {
        Err(CallError::Refused(refusal)) => refusal.code(),
        _ => "",
    };
    assert_eq!([code(object("b", NOW)), code(object("c", NOW))], ["NOT_FOUND"; 2], "an act on a room is on nobody");
    assert_eq!(code(object("a", NOW + OBJECTION_MS)), "NOT_FOUND");
    assert_eq!([code(object("a", NOW + 1)), code(object("a", NOW + 2))], ["", "CONFLICT"]);
    let own = own_acts(&sql.0, "user_9", NOW + 3).unwrap();
    assert_eq!((own.len(), own[0].objection.as_deref(), own[0].until), (1, Some("open"), Some(NOW + 600_000)));
    assert_eq!(own_acts(&sql.0, "user_9", NOW + OBJECTION_MS), Ok(Vec::new()));
    assert_eq!(own_acts(&sql.0, "mod1", NOW), Ok(Vec::new()));
    let archived = objections::archived(&sql.0, "user_9", NOW + 3).unwrap();
    assert_eq!((archived.len(), &archived[0].act, archived[0].objected_at), (1, &own[0], Some(NOW + 1)));
    assert_eq!(archived[0].text.as_deref(), Some("It was not me."));
    assert_eq!(objections::archived(&sql.0, "mod1", NOW), Ok(Vec::new()));
    let open = objections::open(&sql.0).unwrap();
    assert_eq!((open[0].user.as_str(), open[0].text.as_str()), ("user_9", "It was not me."));
    assert_eq!(audit(&sql).last().map(String::as_str), Some("user_9 moderation_objection a ok"));
}

#[test]
fn an_objection_that_is_granted_ends_the_act_and_one_that_is_not_leaves_it() {
    for (is_lifted, left) in [(true, 0), (false, 1)] {
        let sql = staffed();
        let ban = Act { minutes: Some(BAN_MINUTES_MAX), ..act(ActKind::Ban) };
        add_act(&sql.0, &call("mod1", ban), "a", NOW).unwrap();
        let objection = ObjectionCall { act: "a".to_owned(), text: "No.".to_owned(), trace: Trace::default() };
        objections::add(&sql.0, &objection, NOW).unwrap();
        let answer = || objections::answer(&sql, &AnswerCall { by: operator("a"), is_lifted }, NOW);
        assert!(answer().is_ok() && answer().is_err(), "once");
        assert_eq!(standing(&sql.0, NOW).unwrap().bans.len(), left);
        assert_eq!(objections::open(&sql.0), Ok(Vec::new()));
    }
}

#[test]
fn old_acts_go_with_their_objections_and_what_stands_goes_on() {
    let sql = staffed();
    add_act(&sql.0, &call("mod1", Act { minutes: None, ..act(ActKind::Ban) }), "a", NOW).unwrap();
    let objection = ObjectionCall { act: "a".to_owned(), text: "No.".to_owned(), trace: Trace::default() };
    objections::add(&sql.0, &objection, NOW).unwrap();
    forget(&sql.0, NOW).unwrap();
    assert_eq!(objections::open(&sql.0).unwrap().len(), 1);
    forget(&sql.0, NOW + 1).unwrap();
    assert_eq!((count(&sql.0, "acts"), count(&sql.0, "objections"), count(&sql.0, "bans")), (Ok(0), Ok(0), Ok(1)));
}
