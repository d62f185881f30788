//! Promises of the rows of archived files: the file for a place, holes, files that are gone.

use protocol::words::limits::SEQ_MAX;

use super::super::tables::tests::on;
use super::*;
use crate::kit::sql::Database;

fn file(first: u64, last: u64) -> ArchivedFile {
    ArchivedFile { first, last }
}

fn with_files(files: &[(u64, u64)]) -> HubSql {
    let store = on(&Database::new(), "");
    for (at, (first, last)) in (1..).zip(files) {
        store.note_archived(file(*first, *last), at).unwrap();
    }
    store
}

/// Files that are read one after the other by a reader who begins after `since`.
fn read_from(store: &HubSql, mut since: u64) -> Vec<(u64, u64)> {
    let mut read = Vec::new();
    while let Some(ArchivedFile { first, last }) = store.archived_after(since).unwrap() {
        assert!(last > since, "{last} after {since}");
        read.push((first, last));
        since = last;
    }
    read
}

#[test]
fn a_reader_begins_in_the_file_with_its_place_and_reads_each_file_once() {
    let files = [(1, 64), (65, 65), (66, 129), (130, 1_000)];
    let store = with_files(&files);
    for (since, skipped) in [(0, 0), (1, 0), (63, 0), (64, 1), (65, 2), (128, 2), (129, 3), (999, 3), (1_000, 4)] {
        assert_eq!(read_from(&store, since), files[skipped..], "{since}");
    }
    assert_eq!(store.archived_after(SEQ_MAX), Ok(None));
}

#[test]
fn a_hole_is_skipped_from_any_place_in_it() {
    let store = with_files(&[(10, 19), (40, 49)]);
    for (since, next) in [(0, Some((10, 19))), (9, Some((10, 19))), (19, Some((40, 49))), (30, Some((40, 49)))] {
        assert_eq!(store.archived_after(since), Ok(next.map(|(first, last)| file(first, last))), "{since}");
    }
    assert_eq!(store.archived_after(49), Ok(None));
}

#[test]
fn of_two_files_with_one_beginning_the_longer_one_counts_whichever_is_noted_first() {
    for files in [[(1, 3), (1, 64)], [(1, 64), (1, 3)]] {
        assert_eq!(read_from(&with_files(&files), 0), [(1, 64)]);
    }
}

#[test]
fn a_file_that_is_gone_and_files_that_expired_are_a_hole() {
    let store = with_files(&[(1, 9), (10, 19), (20, 29)]);
    store.forget_archived(file(10, 19)).unwrap();
    assert_eq!(read_from(&store, 0), [(1, 9), (20, 29)]);
    store.forget_expired(2).unwrap();
    assert_eq!(read_from(&store, 0), [(20, 29)]);
    store.forget_expired(0).unwrap();
    assert_eq!(read_from(&store, 0), [(20, 29)]);
    store.forget_expired(3).unwrap();
    assert_eq!(read_from(&store, 0), []);
}

#[test]
fn earlier_files_are_listed_once() {
    let sql = Database::new();
    for is_listed in [false, true, true] {
        assert_eq!(on(&sql, "").is_archive_listed(), Ok(is_listed));
        on(&sql, "").set_archive_listed().unwrap();
    }
}

#[test]
fn a_name_is_that_of_its_file_and_another_name_is_none() {
    for one in [file(1, 1), file(1, 64), file(7, SEQ_MAX)] {
        assert_eq!(ArchivedFile::of_name(&one.name()), Some(one));
    }
    assert_eq!(file(65, 128).name(), "65-128.jsonl.gz");
    for bad in ["", "65-128", "65.jsonl.gz", "-5.jsonl.gz", "a-b.jsonl.gz", "1-2-3.jsonl.gz", "x/1-2.jsonl.gz"] {
        assert_eq!(ArchivedFile::of_name(bad), None, "{bad}");
    }
}
