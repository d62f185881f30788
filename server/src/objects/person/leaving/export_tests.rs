//! Promises of the rows of an archive (`leaving.md` 1): one within a day, pieces in their order, and none that is left.

use protocol::trust::sealing::{ContentKeys, SEED_BYTES};
use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::trace::Trace;
use crate::objects::person::leaving::export_files::written;
use crate::objects::person::tables::PersonSql;
use crate::objects::person::tests::{
    BOTH_KEYS, NOW, OLD_KEY, TEXTS, full_tables, leaves_no_trace, opened, stored, tables,
};

const WHO: &str = "{\"user\":\"u_mia\",\"kind\":\"user\",\"session\":\"s1\",\"name\":\"Mia\",\"avatar\":\"cat\",\
                   \"visible_from\":0,\"expires_at\":0}";

fn begun(sql: &PersonSql, id: &str, now: Millis, names: &[&str]) {
    let call = ExportCall { who: WHO.to_owned(), id: None, trace: Trace::default() };
    let plan: Vec<(&str, String, String)> =
        names.iter().map(|name| ("file", (*name).to_owned(), "about".to_owned())).collect();
    start(&sql.0, &call, (now, "u_mia"), (id, b"".as_slice()), &plan).unwrap();
}

/// Time until another archive may be requested.
fn wait_ms(sql: &PersonSql, now: Millis, visible_from: Millis) -> Millis {
    match check_is_first(&sql.0, now, visible_from) {
        Ok(()) => 0,
        Err(CallError::Refused(Refusal::RateLimited { retry_after_ms })) => retry_after_ms,
        Err(other) => panic!("{other:?}"),
    }
}

fn states(sql: &PersonSql) -> Vec<(String, String)> {
    rows(&sql.0, "SELECT id, state FROM exports ORDER BY at", &[], |row| Ok((row.text(0)?, row.text(1)?))).unwrap()
}

fn items(sql: &PersonSql) -> Vec<Item> {
    rows(&sql.0, &format!("{ITEMS} ORDER BY no"), &[], |row| item_in(&sql.0, row, NOW)).unwrap()
}

#[test]
fn one_archive_may_be_asked_for_within_a_day() {
    let sql = tables();
    assert_eq!(wait_ms(&sql, NOW, 0), 0);
    begun(&sql, "e1", NOW, &[]);
    assert_eq!([0, EXPORT_MS - 1, EXPORT_MS].map(|later| wait_ms(&sql, NOW + later, 0)), [EXPORT_MS, 1, 0]);
}

#[test]
fn the_archive_of_an_earlier_player_keeps_nobody_from_their_own() {
    let sql = tables();
    begun(&sql, "e1", NOW, &[]);
    assert_eq!([NOW - 1, NOW].map(|visible_from| wait_ms(&sql, NOW + 5, visible_from)), [EXPORT_MS - 5, 0]);
}

#[test]
fn a_new_archive_ends_those_before_and_what_was_put_together_of_them() {
    let sql = full_tables();
    begun(&sql, "e2", SEQ_MAX, &["profile.json"]);
    let wanted = [("e1", EXPIRED), ("e2", RUNNING)].map(|(id, state)| (id.to_owned(), state.to_owned()));
    assert_eq!(states(&sql), wanted);
    assert_eq!(items(&sql).iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), ["profile.json"]);
    for table in ["export_bytes", "export_parts"] {
        assert_eq!(stored(&sql.0, table), Vec::<String>::new(), "{table}");
    }
}

#[test]
fn a_plan_reads_back_in_its_order_whatever_files_are_called() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        begun(&sql, "e1", NOW, &TEXTS);
        let read = items(&sql);
        assert_eq!(read.iter().map(|item| item.name.as_str()).collect::<Vec<_>>(), TEXTS);
        assert!(read.iter().all(|item| item.cursor == 0 && item.entry.is_none() && item.about == "about"));
        assert_eq!(written(&sql.0), Ok(Vec::new()), "nothing of it is in the archive yet");
    }
}

#[test]
fn an_archive_is_due_at_once_and_begins_as_an_act() {
    let sql = tables();
    assert_eq!(due_at(&sql.0), Ok(None));
    begun(&sql, "e1", NOW, &[]);
    assert_eq!(due_at(&sql.0), Ok(Some(NOW)));
    assert_eq!(stored(&sql.0, "audit"), [format!("1, {NOW}, 'u_mia', 'export', 'e1', '', '', 'ok', 0")]);
}

#[test]
fn a_job_reads_back_as_it_was_begun() {
    let sql = tables();
    begun(&sql, "e1", NOW, &[]);
    let job = rows(&sql.0, JOBS, &[], job_in).unwrap().pop().unwrap();
    assert_eq!((job.id.as_str(), job.at, job.who.as_str(), job.state.as_str()), ("e1", NOW, WHO, RUNNING));
    assert_eq!((job.written, job.due_at, job.tries, job.upload.as_str()), (0, NOW, 0, ""));
    assert_eq!(job.principal.user.as_str(), "u_mia");
}

#[test]
fn full_parts_of_an_archive_are_of_one_size_in_the_bucket_sealed_or_not() {
    let sql = tables();
    begun(&sql, "e1", NOW, &[]);
    let mut job = rows(&sql.0, JOBS, &[], job_in).unwrap().pop().unwrap();
    assert!(job.header.is_empty() && [1, 2].iter().all(|number| part_bytes(&job, *number) == EXPORT_PART_BYTES));
    let call = ExportCall { who: WHO.to_owned(), id: None, trace: Trace::default() };
    let cipher = ContentKeys::parse(OLD_KEY).unwrap().file_sealer("exports/u_mia/e2.zip", &[7; SEED_BYTES]).unwrap();
    let cipher = cipher.unwrap();
    start(&sql.0, &call, (NOW + 1, "u_mia"), ("e2", cipher.header().as_slice()), &[]).unwrap();
    job = rows(&sql.0, &format!("{JOBS} WHERE id = 'e2'"), &[], job_in).unwrap().pop().unwrap();
    assert_eq!(job.header, cipher.header());
    for number in [1, 2, 3] {
        let part = vec![7; part_bytes(&job, number)];
        let first = ((number - 1) * PART_SEGMENTS) as u32;
        assert_eq!(cipher.seal_part(first, &part, false).unwrap().len(), EXPORT_PART_BYTES, "{number}");
    }
}

#[test]
fn a_full_part_goes_out_only_if_more_waits_behind_it() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        begun(&sql, "e1", NOW, &[]);
        let job = rows(&sql.0, JOBS, &[], job_in).unwrap().pop().unwrap();
        for (waits, wanted) in [
            (EXPORT_PART_BYTES, None),
            (EXPORT_PART_BYTES + 1, Some((EXPORT_PART_BYTES, 1))),
            (2 * EXPORT_PART_BYTES + 1, Some((EXPORT_PART_BYTES, EXPORT_PART_BYTES + 1))),
        ] {
            exec(&sql.0, "DELETE FROM export_bytes", &[]).unwrap();
            wait_with(&sql.0, &vec![7; waits]).unwrap();
            let found = full_part(&sql.0, &job).unwrap();
            assert_eq!(found.map(|(part, rest)| (part.len(), rest.len())), wanted, "{waits} with {keys:?}");
        }
    }
}

#[test]
fn bytes_that_wait_come_out_in_the_order_in_which_they_came() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        let large: Vec<u8> = (0..2 * ROW_BYTES + 7).map(|n| (n % 251) as u8).collect();
        for piece in [b"first".as_slice(), &[], &large, b"\x01cfm:last\x00"] {
            wait_with(&sql.0, piece).unwrap();
        }
        assert_eq!(waiting(&sql.0), Ok([b"first".as_slice(), &large, b"\x01cfm:last\x00"].concat()));
        assert_eq!(stored(&sql.0, "export_bytes").len(), 5, "no row is larger than a row may be");
    }
}

#[test]
fn bytes_that_are_written_are_counted_for_their_archive() {
    let sql = tables();
    begun(&sql, "e1", NOW, &[]);
    let job = rows(&sql.0, JOBS, &[], job_in).unwrap().pop().unwrap();
    for piece in [b"first".as_slice(), b"", b"second"] {
        append(&sql.0, &job, piece).unwrap();
    }
    let written = rows(&sql.0, "SELECT written FROM exports", &[], number);
    assert_eq!((written, waiting(&sql.0)), (Ok(vec![11]), Ok(b"firstsecond".to_vec())));
}

#[test]
fn pieces_are_forgotten_when_no_archive_needs_them() {
    for (state, is_retained) in [(RUNNING, true), (CLOSING, true), (READY, false), (EXPIRED, false)] {
        let sql = full_tables();
        exec(&sql.0, "UPDATE exports SET state = ?", &[state.into()]).unwrap();
        forget_pieces(&sql.0).unwrap();
        for table in ["export_items", "export_bytes", "export_parts"] {
            assert_eq!(!stored(&sql.0, table).is_empty(), is_retained, "{state}: {table}");
        }
    }
}

#[test]
fn paths_and_bytes_are_sealed_and_open_under_a_newer_key_and_not_without_one() {
    let sql = opened(&Database::new(), OLD_KEY);
    begun(&sql, "e1", NOW, &["files/kingfisher.png"]);
    wait_with(&sql.0, b"kingfisher").unwrap();
    let raw = [stored(&sql.0, "export_items"), stored(&sql.0, "export_bytes")].concat().concat();
    let hex: String = b"kingfisher".iter().map(|byte| format!("{byte:02X}")).collect();
    assert!(!raw.contains("kingfisher") && !raw.contains(&hex));
    let rotated = opened(&sql.0, BOTH_KEYS);
    assert_eq!(
        (items(&rotated)[0].name.as_str(), waiting(&rotated.0)),
        ("files/kingfisher.png", Ok(b"kingfisher".to_vec()))
    );
    let shut = opened(&sql.0, "");
    assert!(waiting(&shut.0).is_err() && wait_with(&shut.0, b"open").is_err());
}

#[test]
fn a_beginning_that_does_not_commit_leaves_no_trace() {
    let sql = full_tables();
    leaves_no_trace(&sql.0, || begun(&sql, "e2", NOW, &["profile.json"]));
}
