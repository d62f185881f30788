//! Tests of the tables of a directory shard (`core.md` 1.1, `people.md` 4 and 5).

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::people::handle::{HandleEntry, given_up, taken};
use protocol::testing::{ODD_TEXTS, cases};

use super::*;
use crate::calls::directory::{ForgetOwnerCall, HandleWordCall, OwnedHashCall};
use crate::kit::sql::older::{contents, older};

/// Time of the reports, in ms.
const NOW: Millis = 1_795_000_000_000;

fn empty() -> NamesSql {
    NamesSql::open(Database::new()).unwrap()
}

fn named(kind: &str, name: &str) -> NameCall {
    NameCall { kind: kind.to_owned(), name: name.to_owned() }
}

/// Returns tables with these names, each with its kind.
fn with(names: &[(&str, &str)]) -> NamesSql {
    let sql = empty();
    for (kind, name) in names {
        sql.add(&named(kind, name), 7).unwrap();
    }
    sql
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

// ---- names

#[test]
fn a_name_is_noted_once_with_the_time_of_the_first_time() {
    let sql = empty();
    for now in [7, 9] {
        sql.add(&named("guest", "g_1"), now).unwrap();
    }
    assert_eq!(contents(&sql.0)[0], "names: 'guest', 'g_1', 7");
    assert_eq!(sql.counts(NOW), Ok(vec![("cfm_names{kind=\"guest\"}".to_owned(), 1)]));
}

#[test]
fn guests_and_accounts_are_somebody_and_nothing_else_is() {
    let sql = with(&[("guest", "g_1"), ("account", "u_1"), ("room", "lobby"), ("hub", "hub:a")]);
    let asked = texts(&["u_1", "lobby", "u_2", "hub:a", "g_1", "G_1", "", "%"]);
    assert_eq!(sql.known(&asked), Ok(texts(&["u_1", "g_1"])));
    assert_eq!(sql.known(&[]), Ok(vec![]));
}

#[test]
fn names_are_compared_to_the_letter() {
    for text in ODD_TEXTS {
        let sql = with(&[("account", text)]);
        assert_eq!(sql.known(&texts(&ODD_TEXTS)), Ok(texts(&[text])), "{text:?}");
    }
}

#[test]
fn a_name_that_is_removed_is_nobody_and_one_of_another_kind_stays() {
    let sql = with(&[("guest", "x"), ("account", "x"), ("guest", "y")]);
    for _ in 0..2 {
        sql.remove(&named("guest", "x")).unwrap();
        assert_eq!(sql.known(&texts(&["x", "y"])), Ok(texts(&["x", "y"])));
    }
    sql.remove(&named("account", "x")).unwrap();
    assert_eq!(sql.known(&texts(&["x", "y"])), Ok(texts(&["y"])));
}

// ---- what logs have counted

fn metrics_report(name: &str, gauges: &[(&str, u64)], counters: &[(&str, u64)]) -> MetricsReport {
    let owned =
        |numbers: &[(&str, u64)]| numbers.iter().map(|(metric, value)| ((*metric).to_owned(), *value)).collect();
    MetricsReport { name: name.to_owned(), gauges: owned(gauges), counters: owned(counters) }
}

/// Returns tables with a gauge of these logs.
fn gauged(metric: &str, values: &[(&str, u64)]) -> NamesSql {
    let sql = empty();
    for (name, value) in values {
        sql.count(&metrics_report(name, &[(metric, *value)], &[]), NOW).unwrap();
    }
    sql
}

fn sum(sql: &NamesSql, metric: &str) -> Option<u64> {
    sql.counts(NOW).unwrap().into_iter().find(|(known, _)| known == metric).map(|(_, value)| value)
}

#[test]
fn a_gauge_is_what_was_told_last_and_a_counter_all_that_was_told() {
    let sql = empty();
    for value in [5, 0, 3] {
        sql.count(&metrics_report("rm:a", &[("g", value)], &[("c", value)]), NOW).unwrap();
    }
    assert_eq!((sum(&sql, "g"), sum(&sql, "c"), sum(&sql, "x")), (Some(3), Some(8), None));
}

#[test]
fn the_numbers_of_all_logs_are_added_by_metric_and_names_by_kind() {
    let sql = with(&[("guest", "g_1"), ("guest", "g_2"), ("room", "a")]);
    for name in ["rm:a", "rm:b"] {
        sql.count(&metrics_report(name, &[("g", 2)], &[("c", 3)]), NOW).unwrap();
    }
    sql.count(&metrics_report("rm:a", &[("other", 9)], &[]), NOW).unwrap();
    let mut counts = sql.counts(NOW).unwrap();
    counts.sort();
    let wanted = [("c", 6), ("cfm_names{kind=\"guest\"}", 2), ("cfm_names{kind=\"room\"}", 1), ("g", 4), ("other", 9)];
    assert_eq!(counts, wanted.map(|(metric, value)| (metric.to_owned(), value)));
}

#[test]
fn of_ages_of_jobs_the_largest_counts_and_logs_in_which_jobs_wait_are_named() {
    let metric = "cfm_job_age_seconds{kind=\"mails\"}";
    let sql = gauged(metric, &[("auth:01", 7), ("auth:02", 700), ("auth:03", 0)]);
    assert_eq!(sum(&sql, metric), Some(700));
    let later = sql.counts(NOW + 60_000).unwrap();
    assert_eq!(later, [(metric.to_owned(), 760)], "it grows although the object says nothing more");
    let mut backlogs = sql.backlogs().unwrap();
    backlogs.sort();
    assert_eq!(backlogs, ["auth:01", "auth:02"]);
}

#[test]
fn a_log_that_tells_nothing_is_not_noted() {
    let sql = empty();
    sql.count(&metrics_report("rm:a", &[], &[]), NOW).unwrap();
    assert_eq!((contents(&sql.0).len(), sql.counts(NOW)), (1, Ok(vec![])), "the version of the tables");
}

#[test]
fn the_largest_numbers_are_counted() {
    let sql = gauged("g", &[("rm:a", SEQ_MAX)]);
    sql.count(&metrics_report("rm:a", &[], &[("c", SEQ_MAX - 1)]), NOW).unwrap();
    sql.count(&metrics_report("rm:a", &[], &[("c", 1)]), NOW).unwrap();
    assert_eq!((sum(&sql, "g"), sum(&sql, "c")), (Some(SEQ_MAX), Some(SEQ_MAX)));
}

#[test]
fn logs_in_which_something_waits_are_named_before_those_that_gave_something_up() {
    let sql = gauged("cfm_dead_letters", &[("hub:dead", 1), ("hub:both", 2), ("hub:well", 0)]);
    for (name, depth) in [("hub:both", 3), ("hub:waits", 1), ("hub:dead", 0), ("hub:well", 0), ("ls:0a", 5)] {
        sql.count(&metrics_report(name, &[("cfm_outbox_depth", depth), ("cfm_sockets", 9)], &[]), NOW).unwrap();
    }
    let mut backlogs = sql.backlogs().unwrap();
    assert_eq!(backlogs.pop(), Some("hub:dead".to_owned()));
    backlogs.sort();
    assert_eq!(backlogs, ["hub:both", "hub:waits"]);
}

#[test]
fn so_many_logs_in_which_something_waits_are_named_and_none_that_only_gave_up_before_them() {
    let sql = empty();
    for n in 0..BACKLOGS_MAX {
        sql.count(&metrics_report(&format!("hub:dead-{n}"), &[("cfm_dead_letters", 9)], &[]), NOW).unwrap();
        sql.count(&metrics_report(&format!("hub:waits-{n}"), &[("cfm_outbox_depth", 1)], &[]), NOW).unwrap();
    }
    let backlogs = sql.backlogs().unwrap();
    assert_eq!(backlogs.len() as u64, BACKLOGS_MAX);
    assert!(backlogs.iter().all(|name| name.starts_with("hub:waits")));
}

#[test]
fn logs_with_most_dead_letters_come_first_and_one_without_is_not_named() {
    let sql = gauged("cfm_dead_letters", &[("hub:a", 1), ("ls:0a", 3), ("hub:well", 0)]);
    sql.count(&metrics_report("rm:grp_b", &[("cfm_bot_dead_letters", 1)], &[]), NOW).unwrap();
    sql.count(&metrics_report("hub:waits", &[("cfm_outbox_depth", 9)], &[]), NOW).unwrap();
    let logs = [("ls:0a", 3), ("hub:a", 1), ("rm:grp_b", 1)].map(|(log, letters)| (log.to_owned(), letters));
    assert_eq!(sql.dead_logs(), Ok(logs.to_vec()));
    for n in 0..ADMIN_ROOMS_MAX {
        sql.count(&metrics_report(&format!("hub:{n}"), &[("cfm_dead_letters", 9)], &[]), NOW).unwrap();
    }
    let named = sql.dead_logs().unwrap();
    assert_eq!((named.len() as u64, named.iter().all(|(_, letters)| *letters == 9)), (ADMIN_ROOMS_MAX, true));
}

#[test]
fn logs_with_most_sockets_come_first_of_all_their_doors_together() {
    let sql = empty();
    let doors = |sockets: &[u64]| -> Vec<(String, u64)> {
        ["cfm_sockets{door=\"messenger\"}", "cfm_sockets{door=\"wasmchannel\"}"]
            .iter()
            .zip(sockets)
            .map(|(door, count)| ((*door).to_owned(), *count))
            .collect()
    };
    for (name, sockets) in [("rm:b", [1, 2]), ("rm:a", [0, 3]), ("rm:c", [4, 0]), ("rm:nobody", [0, 0])] {
        let gauges = doors(&sockets);
        sql.count(&MetricsReport { name: name.to_owned(), gauges, counters: Vec::new() }, NOW).unwrap();
    }
    // Metrics with other names are no sockets.
    sql.count(
        &metrics_report("rm:nobody", &[("cfm_socket", 9), ("cfm_messages", 9), ("cfm_sockets~", 9), ("cfm_t", 9)], &[]),
        NOW,
    )
    .unwrap();
    let wanted = [("", 3), ("rm:c", 4), ("rm:a", 3), ("rm:b", 3)].map(|(name, count)| (name.to_owned(), count));
    assert_eq!(sql.live(), Ok(wanted.to_vec()));
}

#[test]
fn so_many_logs_with_sockets_are_named_and_all_are_counted() {
    let sql = empty();
    for n in 0..ADMIN_ROOMS_MAX + 5 {
        sql.count(&metrics_report(&format!("rm:{n}"), &[("cfm_sockets{door=\"hub\"}", n + 1)], &[]), NOW).unwrap();
    }
    let live = sql.live().unwrap();
    assert_eq!((live.len() as u64, &live[0]), (ADMIN_ROOMS_MAX + 1, &(String::new(), ADMIN_ROOMS_MAX + 5)));
    assert!(live[1..].is_sorted_by_key(|(_, count)| std::cmp::Reverse(*count)));
    assert_eq!(live[1].1, ADMIN_ROOMS_MAX + 5);
    assert_eq!(empty().live(), Ok(vec![(String::new(), 0)]));
}

// ---- logs

#[test]
fn logs_are_listed_under_the_names_of_their_objects_each_once() {
    let sql = with(&[("hub", "hub:x"), ("room", "lobby"), ("guest", "g_1"), ("account", "u_1"), ("room", "grp_1")]);
    for (room, is_gone) in [("grp_1", false), ("grp_2", true)] {
        sql.update_group(&PublicGroupCall { is_gone, ..group(room, 1, "A", 1) }).unwrap();
    }
    assert_eq!(sql.logs(""), Ok(texts(&["hub:x", "me:g_1", "me:u_1", "rm:grp_1", "rm:grp_2", "rm:lobby"])));
    assert_eq!(sql.logs("me:u_1"), Ok(texts(&["rm:grp_1", "rm:grp_2", "rm:lobby"])));
    assert_eq!(sql.logs("rm:lobby"), Ok(vec![]));
}

#[test]
fn all_logs_are_listed_page_by_page() {
    let sql = empty();
    let count = 2 * REBUILD_LOGS_PAGE + 1;
    let name = |n: u32| format!("{:05}", n * 3 % count);
    for n in 0..count {
        sql.add(&named("room", &name(n)), 7).unwrap();
    }
    let (mut pages, mut listed) = (Vec::new(), Vec::new());
    loop {
        let page = sql.logs(listed.last().map_or("", |last: &String| last)).unwrap();
        if page.is_empty() {
            break;
        }
        pages.push(page.len() as u32);
        listed.extend(page);
    }
    assert_eq!(pages, [REBUILD_LOGS_PAGE, REBUILD_LOGS_PAGE, 1]);
    assert_eq!(listed, (0..count).map(|n| format!("rm:{n:05}")).collect::<Vec<String>>());
}

// ---- public groups

fn group(room: &str, version: u64, name: &str, member_count: usize) -> PublicGroupCall {
    PublicGroupCall { room: room.to_owned(), version, name: name.to_owned(), member_count, is_gone: false }
}

fn grouped(groups: &[(&str, &str, usize)]) -> NamesSql {
    let sql = empty();
    for (room, name, count) in groups {
        sql.update_group(&group(room, 1, name, *count)).unwrap();
    }
    sql
}

fn all(part: &str) -> FindGroupsCall {
    FindGroupsCall { part: part.to_owned(), after: None, limit: 9 }
}

fn found(sql: &NamesSql, part: &str, after: Option<(u64, &str)>, limit: usize) -> Vec<String> {
    let after = after.map(|(count, room)| (count, room.to_owned()));
    let call = FindGroupsCall { part: part.to_owned(), after, limit };
    sql.find_groups(&call).unwrap().into_iter().map(|(room, _)| room).collect()
}

#[test]
fn a_group_is_found_by_a_part_of_its_name_as_it_is_compared() {
    let sql = grouped(&[("grp_1", "Ｃaｆé Mondschein", 3), ("grp_2", "50% off_er", 2), ("grp_3", "שלום 🌙", 1)]);
    for (part, rooms) in [
        ("café", vec!["grp_1"]),
        ("mondsch", vec!["grp_1"]),
        ("%", vec!["grp_2"]),
        ("_", vec!["grp_2"]),
        ("🌙", vec!["grp_3"]),
        ("שלום", vec!["grp_3"]),
        ("o", vec!["grp_1", "grp_2"]),
        ("", vec!["grp_1", "grp_2", "grp_3"]),
        ("Mond", vec![]),
        ("'", vec![]),
    ] {
        assert_eq!(found(&sql, part, None, 9), rooms, "{part}");
    }
}

#[test]
fn groups_with_most_people_come_first_and_go_on_where_a_page_ended() {
    let groups: Vec<(String, usize)> = (0..20).map(|n| (format!("grp_{n:02}"), n * 7 % 4)).collect();
    let sql = grouped(&groups.iter().map(|(room, count)| (room.as_str(), "A", *count)).collect::<Vec<_>>());
    let mut wanted = groups.clone();
    wanted.sort_by_key(|(room, count)| (std::cmp::Reverse(*count), room.clone()));
    for limit in [1, 3, 20, 99] {
        let (mut after, mut all) = (None, Vec::new());
        loop {
            let call = FindGroupsCall { part: String::new(), after: after.clone(), limit };
            let page = sql.find_groups(&call).unwrap();
            assert!(page.len() <= limit);
            let Some((room, count)) = page.last() else { break };
            after = Some((*count, room.clone()));
            all.extend(page.into_iter().map(|(room, count)| (room, count as usize)));
        }
        assert_eq!(all, wanted, "{limit}");
    }
}

#[test]
fn a_page_goes_on_after_a_group_that_has_gone_meanwhile() {
    let sql = grouped(&[("grp_1", "A", 3), ("grp_2", "A", 3), ("grp_3", "A", 3), ("grp_4", "A", 1)]);
    sql.update_group(&PublicGroupCall { is_gone: true, ..group("grp_2", 2, "A", 3) }).unwrap();
    assert_eq!(found(&sql, "", Some((3, "grp_2")), 9), ["grp_3", "grp_4"]);
    assert_eq!(found(&sql, "", Some((1, "grp_4")), 9), [""; 0]);
}

#[test]
fn word_of_a_group_that_comes_late_or_again_changes_nothing() {
    let sql = grouped(&[]);
    sql.update_group(&group("grp_1", 5, "New", 9)).unwrap();
    let before = contents(&sql.0);
    for version in [5, 4, 0] {
        sql.update_group(&PublicGroupCall { is_gone: true, ..group("grp_1", version, "Old", 1) }).unwrap();
        assert_eq!(contents(&sql.0), before, "{version}");
    }
    sql.update_group(&group("grp_1", 6, "Newer", 2)).unwrap();
    assert_eq!(sql.find_groups(&all("newer")), Ok(vec![("grp_1".to_owned(), 2)]));
}

#[test]
fn a_group_that_is_gone_is_not_found_until_a_later_word() {
    let sql = grouped(&[("grp_1", "A", 3), ("grp_2", "A", 0)]);
    sql.update_group(&PublicGroupCall { is_gone: true, ..group("grp_1", 2, "A", 3) }).unwrap();
    assert_eq!(found(&sql, "", None, 9), ["grp_2"]);
    sql.update_group(&group("grp_1", 3, "A", 1)).unwrap();
    assert_eq!(sql.find_groups(&all("")), Ok(vec![("grp_1".to_owned(), 1), ("grp_2".to_owned(), 0)]));
}

// ---- invites

fn invite(hash: &str, user: &str, until: Millis) -> OwnedHashCall {
    OwnedHashCall { hash: hash.to_owned(), user: user.to_owned(), until }
}

fn makers(sql: &NamesSql, hashes: &[&str]) -> Vec<String> {
    hashes.iter().map(|hash| sql.owner_of(INVITES, hash).unwrap()).collect()
}

#[test]
fn an_invite_is_whose_it_was_first() {
    let sql = empty();
    for (user, until) in [("u_1", 9), ("u_1", 9), ("u_2", SEQ_MAX)] {
        assert_eq!(sql.add_invite(&invite("h1", user, until)), Ok(true));
    }
    assert_eq!(makers(&sql, &["h1", "h", "H1", "%", ""]), ["u_1", "", "", "", ""]);
    assert_eq!(sql.forget_ended(INVITES, 8), Ok(Some(9)));
}

#[test]
fn an_invite_is_forgotten_by_its_maker_alone() {
    let sql = empty();
    sql.add_invite(&invite("h1", "u_1", 9)).unwrap();
    sql.add_invite(&invite("h2", "u_1", 9)).unwrap();
    sql.forget_invite(&invite("h1", "u_2", 9)).unwrap();
    assert_eq!(makers(&sql, &["h1", "h2"]), ["u_1", "u_1"]);
    for _ in 0..2 {
        assert_eq!(sql.forget_invite(&invite("h1", "u_1", 0)), Ok(true));
        assert_eq!(makers(&sql, &["h1", "h2"]), ["", "u_1"]);
    }
}

#[test]
fn invites_that_are_over_are_forgotten_and_the_next_one_rings() {
    let sql = empty();
    assert_eq!(sql.forget_ended(INVITES, 7), Ok(None));
    for (hash, until) in [("h1", 7), ("h2", 8), ("h3", SEQ_MAX)] {
        sql.add_invite(&invite(hash, "u_1", until)).unwrap();
    }
    for (now, next, left) in [(6, Some(7), ["u_1"; 3]), (7, Some(8), ["", "u_1", "u_1"]), (SEQ_MAX, None, [""; 3])] {
        assert_eq!(
            (sql.forget_ended(INVITES, now), makers(&sql, &["h1", "h2", "h3"])),
            (Ok(next), texts(&left)),
            "{now}"
        );
    }
}

// ---- push addresses

#[test]
fn a_push_address_is_whose_it_was_handed_over_last_until_its_end() {
    let sql = empty();
    let take = |hash: &str, user: &str, until| {
        let call = OwnedHashCall { hash: hash.to_owned(), user: user.to_owned(), until };
        assert_eq!(sql.take_endpoint(&call), Ok(true));
    };
    let whose = |hash: &str| sql.owner_of(ENDPOINTS, hash).unwrap();
    assert_eq!(whose("h1"), "");
    take("h1", "u_1", SEQ_MAX);
    take("h2", "u_1", 9);
    take("h1", "u_2", 8);
    assert_eq!(["h1", "h2", "H1", ""].map(whose), ["u_2", "u_1", "", ""]);
    assert_eq!(sql.forget_ended(ENDPOINTS, 7), Ok(Some(8)));
    assert_eq!(sql.forget_ended(ENDPOINTS, 8), Ok(Some(9)));
    assert_eq!(["h1", "h2"].map(whose), ["", "u_1"]);
    sql.forget_person(&ForgetOwnerCall { user: "u_1".to_owned(), free_at: 9 }).unwrap();
    assert_eq!((whose("h2"), sql.forget_ended(ENDPOINTS, 8)), (String::new(), Ok(None)));
}

// ---- handles

fn word(handle: &str, user: &str, rev: u64) -> HandleWordCall {
    HandleWordCall { handle: handle.to_owned(), user: user.to_owned(), rev, free_at: 100, is_gone: false }
}

fn owner(sql: &NamesSql, handle: &str) -> String {
    sql.whose_handle(handle).unwrap()
}

#[test]
fn of_two_who_want_one_handle_one_gets_it() {
    let sql = empty();
    assert_eq!(
        ["u_1", "u_2", "u_1"].map(|user| sql.take_handle(&word("mia", user, 1), 7).unwrap()),
        [true, false, true]
    );
    assert_eq!(
        (owner(&sql, "mia"), owner(&sql, "Mia"), owner(&sql, "mi")),
        ("u_1".to_owned(), String::new(), String::new())
    );
}

#[test]
fn a_handle_that_was_given_up_is_kept_for_its_owner_until_it_is_anybodys() {
    let sql = empty();
    sql.take_handle(&word("mia", "u_1", 1), 7).unwrap();
    assert_eq!(sql.give_handle(&word("mia", "u_2", 9)), Ok(false), "it is not theirs");
    assert_eq!((sql.give_handle(&word("mia", "u_1", 2)), owner(&sql, "mia")), (Ok(true), String::new()));
    assert_eq!(sql.take_handle(&word("mia", "u_2", 1), 99), Ok(false));
    assert_eq!(sql.take_handle(&word("mia", "u_2", 1), 100), Ok(true));
    assert_eq!(owner(&sql, "mia"), "u_2");
}

#[test]
fn a_word_that_comes_late_changes_nothing() {
    let sql = empty();
    // The release arrives before the claim.
    assert_eq!(sql.give_handle(&word("mia", "u_1", 2)), Ok(true));
    let before = contents(&sql.0);
    assert_eq!(
        (sql.take_handle(&word("mia", "u_1", 1), 7), sql.give_handle(&word("mia", "u_1", 1))),
        (Ok(false), Ok(false))
    );
    assert_eq!(contents(&sql.0), before);
    assert_eq!((sql.take_handle(&word("mia", "u_1", SEQ_MAX), 7), owner(&sql, "mia")), (Ok(true), "u_1".to_owned()));
}

#[test]
fn of_somebody_who_is_gone_for_good_it_is_not_kept_who_they_were() {
    let sql = empty();
    for handle in ["mia", "nora", "kim"] {
        sql.take_handle(&word(handle, "u_1", 1), 7).unwrap();
    }
    sql.take_handle(&word("jonas", "u_2", 1), 7).unwrap();
    sql.add_invite(&invite("h1", "u_1", 90)).unwrap();
    sql.add_invite(&invite("h2", "u_2", 90)).unwrap();
    sql.give_handle(&word("kim", "u_1", 2)).unwrap();
    sql.give_handle(&HandleWordCall { is_gone: true, ..word("mia", "u_1", 2) }).unwrap();
    let nobodys = rows(&sql.0, "SELECT handle FROM handles WHERE user = ''", &[], |row| row.text(0)).unwrap();
    assert_eq!(nobodys, ["mia"]);
    for _ in 0..2 {
        assert_eq!(sql.forget_person(&ForgetOwnerCall { user: "u_1".to_owned(), free_at: 50 }), Ok(true));
        assert!(!contents(&sql.0).concat().contains("u_1"));
        assert_eq!((owner(&sql, "jonas").as_str(), makers(&sql, &["h1", "h2"])), ("u_2", texts(&["", "u_2"])));
    }
    // Each handle stays reserved as long as its first release said.
    let takes = |handle, now| sql.take_handle(&word(handle, "u_3", 1), now).unwrap();
    assert_eq!([takes("mia", 99), takes("nora", 49), takes("kim", 99)], [false, false, false]);
    assert_eq!([takes("mia", 100), takes("nora", 50), takes("kim", 100)], [true, true, true]);
}

#[test]
fn handles_that_are_anybodys_are_forgotten_when_no_word_about_them_can_be_on_its_way() {
    let sql = empty();
    sql.take_handle(&word("jonas", "u_2", 1), 7).unwrap();
    assert_eq!(sql.forget_free_handles(SEQ_MAX, 0), Ok(None), "who has one keeps it");
    for (handle, free_at) in [("mia", 100), ("nora", 200)] {
        sql.give_handle(&HandleWordCall { free_at, ..word(handle, "u_1", 1) }).unwrap();
    }
    let rows =
        |sql: &NamesSql| rows(&sql.0, "SELECT handle FROM handles ORDER BY handle", &[], |row| row.text(0)).unwrap();
    for (now, next, left) in [
        (149, Some(150), vec!["jonas", "mia", "nora"]),
        (150, Some(250), vec!["jonas", "nora"]),
        (250, None, vec!["jonas"]),
    ] {
        assert_eq!((sql.forget_free_handles(now, 50), rows(&sql)), (Ok(next), texts(&left)), "{now}");
    }
}

#[test]
fn the_alarm_rings_for_whatever_is_over_first() {
    let sql = empty();
    assert_eq!(sql.forget_over(7, 50), Ok(None));
    sql.give_handle(&word("mia", "u_1", 1)).unwrap();
    assert_eq!(sql.forget_over(7, 50), Ok(Some(150)));
    sql.add_invite(&invite("h1", "u_1", 120)).unwrap();
    assert_eq!([119, 120, 150].map(|now| sql.forget_over(now, 50).unwrap()), [Some(120), Some(150), None]);
}

#[derive(Clone, Debug)]
struct Said {
    is_wish: bool,
    handle: usize,
    user: usize,
    rev: u64,
    free_at: Millis,
}

fn said() -> impl Strategy<Value = Said> {
    (any::<bool>(), 0..4_usize, 0..3_usize, 0..6_u64, 0..40_u64)
        .prop_map(|(is_wish, handle, user, rev, free_at)| Said { is_wish, handle, user, rev, free_at })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(100), failure_persistence: None, ..ProptestConfig::default() })]

    /// Calls about a group in any order, also repeated, end in its newest state.
    #[test]
    fn words_about_a_group_in_every_order_end_in_the_newest(order in vec(0..6_u64, 6..30)) {
        let sql = empty();
        for version in order.iter().chain([&5]) {
            let is_gone = version % 3 == 2;
            sql.update_group(&PublicGroupCall { is_gone, ..group("grp_1", *version, &format!("N{version}"), *version as usize) }).unwrap();
        }
        let wanted = empty();
        wanted.update_group(&PublicGroupCall { is_gone: true, ..group("grp_1", 5, "N5", 5) }).unwrap();
        prop_assert_eq!(contents(&sql.0), contents(&wanted.0));
    }

    /// Rows store exactly the result of the rule in `protocol`.
    #[test]
    fn handles_in_rows_are_as_the_rule_has_them(words in vec(said(), 1..60)) {
        let (sql, mut known) = (empty(), BTreeMap::<String, HandleEntry>::new());
        for (now, said) in (0..).zip(words) {
            let (handle, user) = (ODD_TEXTS[said.handle].to_owned(), format!("u_{}", said.user));
            let call = HandleWordCall { free_at: said.free_at, ..word(&handle, &user, said.rev) };
            let before = known.get(&handle).cloned();
            let (entry, done) = if said.is_wish {
                (taken(before, &user, said.rev, now), sql.take_handle(&call, now))
            } else {
                (given_up(before, &user, said.rev, said.free_at), sql.give_handle(&call))
            };
            prop_assert_eq!(done, Ok(entry.is_some()));
            if let Some(entry) = entry {
                known.insert(handle, entry);
            }
            for handle in ODD_TEXTS {
                let wanted = known.get(handle).filter(|entry| entry.free_at.is_none()).map(|entry| entry.user.clone());
                prop_assert_eq!(owner(&sql, handle), wanted.unwrap_or_default());
            }
        }
    }
}

// ---- earlier versions

const INSERTS: &[(&str, &str)] = &[
    ("names", "INSERT INTO names VALUES ('account', 'u_1', 7), ('room', 'lobby', 7)"),
    ("public_groups", "INSERT INTO public_groups VALUES ('grp_1', 5, 'crew', 3, 0)"),
    ("counts", "INSERT INTO counts VALUES ('rm:lobby', 'cfm_messages_total', 9)"),
    ("handles", "INSERT INTO handles VALUES ('mia', 'u_1', 1, NULL), ('nora', 'u_1', 2, 100)"),
    ("invites", "INSERT INTO invites VALUES ('h1', 'u_1', 100)"),
    ("push_endpoints", "INSERT INTO push_endpoints VALUES ('h1', 'u_1', 100)"),
];

#[test]
fn a_shard_of_every_earlier_version_knows_what_it_knew() {
    for version in 1..=STEPS.len() {
        let sql = NamesSql::open(older(&STEPS[..version], INSERTS)).unwrap();
        let since = |first: usize, text: &str| if version >= first { text.to_owned() } else { String::new() };
        assert_eq!(sql.known(&texts(&["u_1", "lobby"])), Ok(texts(&["u_1"])));
        assert_eq!(found(&sql, "rew", None, 9).concat(), since(2, "grp_1"), "{version}");
        assert_eq!(sum(&sql, "cfm_messages_total"), (version >= 3).then_some(9), "{version}");
        assert_eq!([owner(&sql, "mia"), owner(&sql, "nora")], [since(4, "u_1"), String::new()], "{version}");
        assert_eq!(makers(&sql, &["h1"]), [since(5, "u_1")], "{version}");
        assert_eq!(sql.owner_of(ENDPOINTS, "h1"), Ok(since(7, "u_1")), "{version}");
    }
}

#[test]
fn a_shard_of_every_earlier_version_learns_what_is_new() {
    for version in 1..=STEPS.len() {
        let sql = NamesSql::open(older(&STEPS[..version], INSERTS)).unwrap();
        sql.update_group(&group("grp_1", 6, "Band", 4)).unwrap();
        sql.count(&metrics_report("rm:lobby", &[], &[("new", 1)]), NOW).unwrap();
        assert!(
            sql.take_handle(&word("jonas", "u_2", 1), 7).unwrap() && sql.add_invite(&invite("h2", "u_2", 9)).unwrap()
        );
        assert_eq!(
            (found(&sql, "band", None, 9).len(), sum(&sql, "new"), makers(&sql, &["h2"])),
            (1, Some(1), texts(&["u_2"])),
            "{version}"
        );
    }
}

#[test]
fn another_wake_changes_nothing() {
    for version in 1..=STEPS.len() {
        let sql = NamesSql::open(older(&STEPS[..version], INSERTS)).unwrap().0;
        let before = contents(&sql);
        NamesSql::open(sql.clone()).unwrap();
        assert_eq!(contents(&sql), before);
    }
}
