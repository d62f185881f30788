//! Tests of the queue of reports (`moderation.md` 7): it has each report once, and each answer leaves one audit row.

use protocol::people::moderation::{Act, ActKind, DeploymentRole};

use super::super::moderation::{add_act, set_role, standing};
use super::*;
use crate::calls::moderation::{ActCall, RoleCall};
use crate::kit::sql::older::contents;
use crate::kit::trace::Trace;

const NOW: Millis = 1_795_000_000_000;
const DIRECT: &str = "dm_user_1____user_9";

fn empty() -> OperatorSql {
    OperatorSql::open(Database::new()).unwrap()
}

fn report(id: &str, room: &str, message: &str) -> QueuedReport {
    let [id, reporter, reason, user, room, message] =
        [id, "user_1", "spam", "user_9", room, message].map(str::to_owned);
    QueuedReport { id, at: NOW, reporter, reason, user, room, message }
}

fn queue(reports: &[QueuedReport]) -> OperatorSql {
    let sql = empty();
    add(&sql.0, reports).unwrap();
    sql
}

fn operator(what: &str) -> OwnerAct {
    OwnerAct { actor: "owner".to_owned(), what: what.to_owned(), ..OwnerAct::default() }
}

/// Returns the ids of open reports.
fn waiting(sql: &OperatorSql) -> Vec<String> {
    list(&sql.0, 0).unwrap().reports.into_iter().map(|report| report.id).collect()
}

fn rows_with(sql: &OperatorSql, id: &str) -> u64 {
    number(&sql.0, "SELECT count(*) FROM reports WHERE id = ?", &[id.into()]).unwrap()
}

/// Returns audit rows: action, target, result.
fn audit(sql: &OperatorSql) -> Vec<String> {
    let query = "SELECT action || ' ' || target || ' ' || result FROM audit ORDER BY place";
    rows(&sql.0, query, &[], |row| row.text(0)).unwrap()
}

/// Returns an act of the operator that answers a report.
fn answer(report: &str, kind: ActKind) -> ActCall {
    let text = |text: &str| Some(text.to_owned());
    let (room, message, user) = (text("general"), text("m-1"), text("user_9"));
    let act = Act { kind, room, message, user: user.clone(), minutes: Some(60), seconds: None, reason: "Spam.".into() };
    let act = Act { user, ..act.checked().unwrap() };
    ActCall { by: "owner".into(), act, networks: Vec::new(), trace: Trace::default(), report: text(report) }
}

#[test]
fn a_report_stands_there_once_however_often_it_is_delivered() {
    let (first, second) = (report("a", "general", "m-1"), report("b", "", ""));
    let sql = queue(&[first.clone(), second.clone()]);
    add(&sql.0, &[second.clone(), first.clone()]).unwrap();
    assert_eq!(list(&sql.0, 0), Ok(ReportPage { reports: vec![first.clone(), second], next: None }));
    dismiss(&sql, &operator("a"), NOW).unwrap();
    add(&sql.0, &[first]).unwrap();
    assert_eq!(waiting(&sql), ["b"], "nor does it come back when it is answered");
}

#[test]
fn a_page_has_fifty_reports_and_says_where_the_next_begins() {
    let all: Vec<QueuedReport> = (0..=REPORTS_SHOWN_MAX).map(|n| report(&format!("r{n}"), "", "")).collect();
    let sql = queue(&all);
    let first = list(&sql.0, 0).unwrap();
    assert_eq!((first.reports.len(), first.reports[0].id.as_str()), (REPORTS_SHOWN_MAX, "r0"));
    let last = list(&sql.0, first.next.unwrap()).unwrap();
    assert_eq!((last.reports.len(), last.next), (1, None));
}

#[test]
fn a_full_queue_of_open_reports_lets_the_oldest_go_of_whoever_reports_most() {
    let of = |id: &str, reporter: &str| QueuedReport { reporter: reporter.to_owned(), ..report(id, "", "") };
    let reporter = |n: u64| if n.is_multiple_of(4) { "user_2" } else { "user_1" };
    let all: Vec<QueuedReport> = (0..OPEN_REPORTS_MAX).map(|n| of(&format!("r{n}"), reporter(n))).collect();
    let sql = queue(&all);
    add(&sql.0, &[of("honest", "user_3"), of("honest too", "user_4")]).unwrap();
    let gone: Vec<&QueuedReport> = all.iter().filter(|one| rows_with(&sql, &one.id) == 0).collect();
    assert_eq!(gone, [&all[1], &all[2]]);
    assert_eq!(["honest", "honest too"].map(|id| rows_with(&sql, id)), [1, 1]);
}

#[test]
fn a_full_queue_lets_the_oldest_answered_report_go_and_takes_none_while_all_are_open_and_of_different_people() {
    let of = |n| QueuedReport { reporter: format!("user_{n}"), ..report(&format!("r{n}"), "", "") };
    let all: Vec<QueuedReport> = (0..OPEN_REPORTS_MAX).map(of).collect();
    let sql = queue(&all);
    let fresh = |id: &str| QueuedReport { reporter: id.to_owned(), ..report(id, "", "") };
    let before = contents(&sql.0);
    add(&sql.0, &[fresh("one more")]).unwrap();
    assert_eq!(contents(&sql.0), before);
    for (id, at) in [("r7", NOW), ("r3", NOW + 1)] {
        dismiss(&sql, &operator(id), at).unwrap();
    }
    add(&sql.0, &[fresh("one more")]).unwrap();
    assert_eq!(counts(&sql.0, NOW).unwrap().open, OPEN_REPORTS_MAX - 1);
    let left = || rows(&sql.0, "SELECT id FROM reports WHERE result <> ''", &[], |row| row.text(0));
    assert_eq!(left(), Ok(vec!["r3".to_owned()]), "the one that was answered first has gone");
    add(&sql.0, &[fresh("one more"), fresh("another"), fresh("none")]).unwrap();
    assert_eq!((left(), rows_with(&sql, "none")), (Ok(Vec::new()), 0));
    assert_eq!(rows_with(&sql, "another"), 1);
}

#[test]
fn a_look_at_a_private_conversation_is_a_row_and_one_at_a_public_room_is_none() {
    let sql = queue(&[report("a", "general", "m-1"), report("b", DIRECT, "m-2"), report("c", DIRECT, "")]);
    for id in ["a", "b", "c", "unknown"] {
        let opened = open(&sql, &operator(id), NOW).unwrap();
        assert_eq!(opened.first().map(|opened| opened.others), Some(2).filter(|_| id != "unknown"), "{id}");
    }
    assert_eq!(audit(&sql), [format!("report_view user_9 {DIRECT}/m-2 ok")]);
}

#[test]
fn an_opened_report_shows_the_last_three_acts_on_the_person() {
    let sql = queue(&[
        report("a", "", ""),
        report("b", "", ""),
        report("c", "", ""),
        report("d", "", ""),
        report("e", "", ""),
    ]);
    for (n, id) in ["a", "b", "c", "d"].into_iter().enumerate() {
        add_act(&sql.0, &answer(id, ActKind::Mute), &format!("act{n}"), NOW).unwrap();
    }
    let opened = open(&sql, &operator("e"), NOW).unwrap().remove(0);
    assert_eq!(opened.acts.into_iter().map(|act| act.id).collect::<Vec<_>>(), ["act3", "act2", "act1"]);
    assert_eq!(opened.others, 4, "answered ones count");
    assert!(open(&sql, &operator("a"), NOW).unwrap().is_empty(), "nobody has to answer it any more");
}

#[test]
fn an_act_of_an_operator_answers_the_report_in_the_same_step_and_needs_no_role() {
    let sql = queue(&[report("a", "", "")]);
    add_act(&sql.0, &answer("a", ActKind::Mute), "act", NOW).unwrap();
    assert!(waiting(&sql).is_empty());
    assert_eq!(audit(&sql), ["moderation_mute user_9 act", "report_answer user_9 acted"]);
    assert_eq!(standing(&sql.0, NOW).unwrap().mutes.len(), 1);
    let before = contents(&sql.0);
    for id in ["a", "unknown"] {
        let again = add_act(&sql.0, &answer(id, ActKind::Mute), "again", NOW);
        assert!(matches!(again, Err(CallError::Refused(Refusal::NotFound))), "{id}");
    }
    assert_eq!(contents(&sql.0), before);
}

#[test]
fn an_operator_acts_as_an_owner_and_a_refused_act_leaves_the_report_open() {
    let sql = queue(&[report("a", "", "")]);
    let give = |role| set_role(&sql, &RoleCall { by: operator("user_9"), role: Some(role) }, NOW).unwrap();
    give(DeploymentRole::Owner);
    let refused = add_act(&sql.0, &answer("a", ActKind::Mute), "act", NOW);
    assert!(matches!(refused, Err(CallError::Refused(Refusal::Forbidden))));
    assert_eq!(waiting(&sql), ["a"]);
    give(DeploymentRole::Moderator);
    add_act(&sql.0, &answer("a", ActKind::Mute), "act", NOW).unwrap();
    assert!(waiting(&sql).is_empty());
}

#[test]
fn a_removed_message_answers_all_reports_on_it_and_no_others() {
    let other = QueuedReport { user: "user_8".to_owned(), ..report("d", "general", "m-1") };
    let sql = queue(&[
        report("a", "general", "m-1"),
        report("b", "general", "m-1"),
        report("c", "general", "m-2"),
        other,
        report("e", "", ""),
        report("f", "music", "m-1"),
    ]);
    add_act(&sql.0, &answer("b", ActKind::Remove), "act", NOW).unwrap();
    assert_eq!(waiting(&sql), ["c", "d", "e", "f"]);
    add_act(&sql.0, &answer("d", ActKind::Remove), "again", NOW).unwrap();
    assert_eq!(waiting(&sql), ["c", "e", "f"], "a message that was removed before answers the report as well");
    let removals = rows(&sql.0, "SELECT id FROM acts", &[], |row| row.text(0));
    assert_eq!(removals, Ok(vec!["act".to_owned()]));
    dismiss(&sql, &operator("e"), NOW).unwrap();
    assert_eq!(audit(&sql).last().map(String::as_str), Some("report_answer user_9 dismissed"));
    let again = dismiss(&sql, &operator("e"), NOW);
    assert!(matches!(again, Err(CallError::Refused(Refusal::NotFound))));
}

#[test]
fn a_removal_that_the_room_has_done_is_an_act_although_somebody_else_has_answered_the_report() {
    let sql = queue(&[report("a", "general", "m-1")]);
    dismiss(&sql, &operator("a"), NOW).unwrap();
    add_act(&sql.0, &answer("a", ActKind::Remove), "act", NOW).unwrap();
    let rows_of_acts = ["report_answer user_9 general/m-1 dismissed", "moderation_remove general/m-1 act"];
    assert_eq!(audit(&sql), rows_of_acts, "and the answer stays as it was");
}

#[test]
fn open_reports_are_counted_with_those_of_yesterday_and_the_oldest() {
    let sql = empty();
    assert_eq!(counts(&sql.0, NOW), Ok(ReportCounts::default()));
    let at = |id: &str, at| QueuedReport { at, ..report(id, "", "") };
    add(&sql.0, &[at("a", NOW), at("b", NOW - REPORT_OLD_MS), at("c", NOW - REPORT_OLD_MS - 1)]).unwrap();
    let oldest_at = Some(NOW - REPORT_OLD_MS - 1);
    assert_eq!(counts(&sql.0, NOW), Ok(ReportCounts { open: 3, old: 1, oldest_at }));
    dismiss(&sql, &operator("c"), NOW).unwrap();
    assert_eq!(counts(&sql.0, NOW), Ok(ReportCounts { open: 2, old: 0, oldest_at: Some(NOW - REPORT_OLD_MS) }));
}

#[test]
fn answered_reports_go_with_their_time_and_open_ones_never() {
    let sql = queue(&[report("a", "", ""), report("b", "", "")]);
    dismiss(&sql, &operator("a"), NOW).unwrap();
    forget(&sql.0, NOW).unwrap();
    assert_eq!(rows(&sql.0, "SELECT count(*) FROM reports", &[], |row| row.number(0)), Ok(vec![2]));
    forget(&sql.0, NOW + 1).unwrap();
    assert_eq!(waiting(&sql), ["b"]);
    assert_eq!(rows(&sql.0, "SELECT count(*) FROM reports", &[], |row| row.number(0)), Ok(vec![1]));
}

#[test]
fn an_answer_that_does_not_commit_is_none() {
    let sql = queue(&[report("a", "", "")]);
    let before = contents(&sql.0);
    assert!(!sql.0.in_transaction(|| {
        assert!(add_act(&sql.0, &answer("a", ActKind::Mute), "act", NOW).is_ok());
        false
    }));
    assert_eq!(contents(&sql.0), before);
}
