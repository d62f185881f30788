//! Promises of the list of files (`files.md` 1): limits of uploads, rooms that show a file, and its removal.

use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::objects::person::tests::{
    BOTH_KEYS, DIRECT, GROUP, NOW, OLD_KEY, TEXTS, is_safe_to_repeat, leaves_no_trace, opened, stored, tables,
};

const FREE_AT: Millis = NOW + 1_000;
const AVATAR: &str = "up_0123456789abcdef";

fn bring(key: &str, name: &str, bytes: u64) -> ChargeCall {
    ChargeCall { file: Some((key.to_owned(), name.to_owned(), bytes)), is_search: false }
}

fn charged(sql: &PersonSql, call: &ChargeCall, now: Millis) -> Result<(), Refusal> {
    count_use(&sql.0, &Rules::default(), call, now, now + 1_000).map_err(Refusal::from)
}

/// Adds a file that is uploaded and can be requested.
fn brought_by(sql: &PersonSql, key: &str, id: &str, now: Millis) {
    charged(sql, &bring(key, "cat.png", 1), now).unwrap();
    set_id(&sql.0, &FileDoneCall { key: key.to_owned(), id: id.to_owned() }).unwrap();
}

fn with_file() -> PersonSql {
    let sql = tables();
    brought_by(&sql, "files/1", "f1", NOW);
    sql
}

fn shown_in(room: &str, is_shown: bool) -> FileLinkCall {
    FileLinkCall { id: "f1".to_owned(), room: room.to_owned(), is_shown }
}

fn rooms(sql: &PersonSql, id: &str) -> Vec<String> {
    known(&sql.0, id).unwrap().unwrap().rooms
}

fn keys(sql: &PersonSql) -> Vec<String> {
    rows_of(sql, "SELECT key FROM files ORDER BY key")
}

/// A file that was due long ago, past all limits.
fn put_unsealed_file(sql: &PersonSql, key: &str) {
    exec(&sql.0, "INSERT INTO files VALUES (?, 'f', '', 1, 2)", &[key.into()]).unwrap();
}

fn rows_of(sql: &PersonSql, query: &str) -> Vec<String> {
    rows(&sql.0, query, &[], |row| row.text(0)).unwrap()
}

// ---- bringing files

#[test]
fn a_file_reads_back_with_the_name_that_it_was_given() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        for (n, text) in TEXTS.iter().enumerate() {
            let (key, id) = (format!("files/{n}"), format!("f{n}"));
            charged(&sql, &bring(&key, text, 1), NOW).unwrap();
            set_id(&sql.0, &FileDoneCall { key, id: id.clone() }).unwrap();
            let found = known(&sql.0, &id).unwrap().unwrap();
            assert_eq!((found.name.as_str(), found.at), (*text, NOW));
        }
    }
}

#[test]
fn a_file_that_has_not_come_yet_is_found_by_nobody() {
    let sql = tables();
    charged(&sql, &bring("files/1", "cat.png", 1), NOW).unwrap();
    assert!(known(&sql.0, "f1").unwrap().is_none());
    assert_eq!(is_there(&sql.0, "f1"), Ok(false));
    set_id(&sql.0, &FileDoneCall { key: "files/1".to_owned(), id: "f1".to_owned() }).unwrap();
    assert_eq!(is_there(&sql.0, "f1"), Ok(true));
}

#[test]
fn a_file_that_nobody_shows_goes_after_a_while() {
    let sql = tables();
    assert_eq!(due_at(&sql.0), Ok(None));
    charged(&sql, &bring("files/1", "cat.png", 1), NOW).unwrap();
    charged(&sql, &bring("files/2", "dog.png", 1), NOW + 5).unwrap();
    assert_eq!(due_at(&sql.0), Ok(Some(NOW + 1_000)));
}

#[test]
fn a_picture_that_comes_again_stays_longer_while_it_is_not_shown() {
    let sql = tables();
    brought_by(&sql, "avatars/1", AVATAR, NOW);
    charged(&sql, &bring("avatars/1", "", 1), NOW + 50).unwrap();
    assert_eq!((due_at(&sql.0), keys(&sql).len()), (Ok(Some(NOW + 1_050)), 1));
    assert_eq!(known(&sql.0, AVATAR).unwrap().unwrap().at, NOW + 50);
}

#[test]
fn a_picture_that_comes_again_is_not_freed_by_that_while_it_is_shown() {
    let sql = tables();
    brought_by(&sql, "avatars/1", AVATAR, NOW);
    show(&sql.0, AVATAR, FREE_AT).unwrap();
    charged(&sql, &bring("avatars/1", "", 1), NOW + 50).unwrap();
    assert_eq!(due_at(&sql.0), Ok(None));
}

#[test]
fn files_previews_and_looks_for_somebody_have_each_a_limit_of_their_own() {
    let sql = tables();
    let [search, preview] = [true, false].map(|is_search| ChargeCall { file: None, is_search });
    let until_refused = |call: &ChargeCall| (0..400).take_while(|_| charged(&sql, call, NOW).is_ok()).count();
    assert_eq!([&search, &preview].map(until_refused), [20, 20]);
    let refused = charged(&sql, &search, NOW).unwrap_err();
    assert!(matches!(refused, Refusal::RateLimited { retry_after_ms: 60_000 }), "{refused:?}");
    let files = (0..400_u64).take_while(|n| charged(&sql, &bring(&n.to_string(), "", 1), NOW).is_ok()).count();
    assert_eq!((files, keys(&sql).len()), (30, 30), "what is refused leaves no row");
}

#[test]
fn so_many_bytes_may_come_in_a_day_and_more_when_the_first_are_a_day_old() {
    let sql = tables();
    let half = FILES_DAY_BYTES_MAX / 2;
    for (key, now) in [("1", NOW), ("2", NOW + 5)] {
        charged(&sql, &bring(key, "", half), now).unwrap();
    }
    let refused = charged(&sql, &bring("3", "", 1), NOW + 9).unwrap_err();
    assert!(matches!(refused, Refusal::RateLimited { retry_after_ms } if retry_after_ms == DAY_MS - 9), "{refused:?}");
    assert_eq!(charged(&sql, &bring("3", "", half), NOW + DAY_MS), Ok(()));
    assert!(charged(&sql, &bring("4", "", 1), NOW + DAY_MS).is_err());
}

#[test]
fn a_file_larger_than_a_day_is_refused_at_once() {
    let sql = tables();
    let refused = charged(&sql, &bring("1", "", FILES_DAY_BYTES_MAX + 1), NOW).unwrap_err();
    assert!(matches!(refused, Refusal::RateLimited { retry_after_ms } if retry_after_ms == DAY_MS), "{refused:?}");
}

// ---- who shows them

#[test]
fn a_file_stays_while_a_room_shows_it() {
    let sql = with_file();
    for room in ["general", GROUP] {
        is_safe_to_repeat(&sql.0, || link(&sql.0, &shown_in(room, true), FREE_AT).unwrap());
    }
    assert_eq!(due_at(&sql.0), Ok(None));
    link(&sql.0, &shown_in("general", false), FREE_AT).unwrap();
    assert_eq!(due_at(&sql.0), Ok(None), "another one shows it");
    is_safe_to_repeat(&sql.0, || link(&sql.0, &shown_in(GROUP, false), FREE_AT).unwrap());
    assert_eq!(due_at(&sql.0), Ok(Some(FREE_AT)));
}

#[test]
fn a_room_that_says_again_that_it_shows_nothing_keeps_no_file_longer() {
    let sql = with_file();
    link(&sql.0, &shown_in("general", true), FREE_AT).unwrap();
    for later in [0, 50] {
        link(&sql.0, &shown_in("general", false), FREE_AT + later).unwrap();
    }
    assert_eq!(due_at(&sql.0), Ok(Some(FREE_AT)));
}

#[test]
fn a_room_cannot_show_a_file_that_is_not_there() {
    let sql = tables();
    link(&sql.0, &shown_in("general", true), FREE_AT).unwrap();
    assert_eq!(stored(&sql.0, "file_rooms"), Vec::<String>::new());
}

#[test]
fn rooms_that_show_a_file_are_asked_first_then_those_where_the_person_is() {
    let sql = with_file();
    for room in ["lobby", "zoo"] {
        sql.add_live("s1", room).unwrap();
    }
    exec(&sql.0, "INSERT INTO groups VALUES (?, 1, 'member', '', '', '', 5, 0, 0, 1)", &[GROUP.into()]).unwrap();
    link(&sql.0, &shown_in("zoo", true), FREE_AT).unwrap();
    assert_eq!(rooms(&sql, "f1"), ["zoo", "lobby", GROUP]);
}

#[test]
fn a_room_that_is_named_twice_is_asked_once() {
    let sql = with_file();
    for session in ["s1", "s2"] {
        sql.add_live(session, "general").unwrap();
    }
    link(&sql.0, &shown_in("general", true), FREE_AT).unwrap();
    assert_eq!(rooms(&sql, "f1"), ["general"]);
}

#[test]
fn direct_conversations_are_told_to_nobody_who_asks_for_a_file() {
    let sql = with_file();
    sql.add_live("s1", DIRECT).unwrap();
    link(&sql.0, &shown_in(DIRECT, true), FREE_AT).unwrap();
    link(&sql.0, &shown_in("dmx", true), FREE_AT).unwrap();
    assert_eq!(rooms(&sql, "f1"), ["dmx"]);
}

#[test]
fn so_many_rooms_are_asked_and_no_more_those_first_that_show_it() {
    let sql = with_file();
    for n in 0..FILE_ROOMS_ASKED_MAX {
        sql.add_live("s1", &format!("a{n:03}")).unwrap();
    }
    link(&sql.0, &shown_in("zoo", true), FREE_AT).unwrap();
    let asked = rooms(&sql, "f1");
    assert_eq!((asked.len(), asked[0].as_str()), (FILE_ROOMS_ASKED_MAX, "zoo"));
}

// ---- pictures of oneself

#[test]
fn the_picture_that_is_shown_stays_and_the_others_go_after_a_while() {
    let sql = tables();
    for (key, id) in [("a/1", AVATAR), ("a/2", "up_fedcba9876543210"), ("files/1", "f1")] {
        brought_by(&sql, key, id, NOW);
    }
    let shown = || rows_of(&sql, "SELECT key FROM files WHERE free_at IS NULL ORDER BY key");
    is_safe_to_repeat(&sql.0, || show(&sql.0, AVATAR, FREE_AT).unwrap());
    assert_eq!(shown(), ["a/1"]);
    show(&sql.0, "up_fedcba9876543210", FREE_AT).unwrap();
    assert_eq!(shown(), ["a/2"]);
    show(&sql.0, "cat", FREE_AT).unwrap();
    assert_eq!(shown(), Vec::<String>::new());
}

#[test]
fn to_show_another_picture_frees_no_file_that_a_room_shows() {
    let sql = with_file();
    link(&sql.0, &shown_in("general", true), FREE_AT).unwrap();
    show(&sql.0, "", FREE_AT).unwrap();
    assert_eq!(due_at(&sql.0), Ok(None));
}

#[test]
fn a_picture_that_waits_to_go_keeps_its_time_when_others_are_shown() {
    let sql = tables();
    brought_by(&sql, "a/1", AVATAR, NOW);
    for later in [0, 50] {
        show(&sql.0, "", FREE_AT + later).unwrap();
    }
    assert_eq!(due_at(&sql.0), Ok(Some(NOW + 1_000)));
}

#[test]
fn a_picture_of_an_earlier_player_is_not_one_s_own() {
    let sql = tables();
    brought_by(&sql, "a/1", AVATAR, NOW);
    assert_eq!((brought(&sql, AVATAR), brought(&sql, "up_0")), (Ok(true), Ok(false)));
    sql.set_fact(Fact::VisibleFrom, NOW).unwrap();
    assert_eq!(brought(&sql, AVATAR), Ok(false));
}

// ---- when they go

#[test]
fn files_that_are_due_are_found_by_nobody_from_then_on_and_forgotten() {
    let sql = with_file();
    brought_by(&sql, "files/2", "f2", NOW + 5);
    let due = take_due(&sql.0, &[], NOW + 1_000, SEQ_MAX).unwrap();
    assert_eq!(
        (due.as_slice(), is_there(&sql.0, "f1"), is_there(&sql.0, "f2")),
        (["files/1".to_owned()].as_slice(), Ok(false), Ok(true))
    );
    is_safe_to_repeat(&sql.0, || forget(&sql.0, &due, NOW + 1_000).unwrap());
    assert_eq!(keys(&sql), ["files/2"]);
}

#[test]
fn a_picture_that_somebody_still_sees_stays_although_it_is_due() {
    let sql = tables();
    brought_by(&sql, "a/1", AVATAR, NOW);
    assert_eq!(take_due(&sql.0, &[AVATAR.to_owned()], NOW + 1_000, FREE_AT + 50), Ok(Vec::new()));
    assert_eq!((is_there(&sql.0, AVATAR), due_at(&sql.0)), (Ok(true), Ok(Some(FREE_AT + 50))));
}

#[test]
fn to_be_seen_shortens_the_life_of_no_picture() {
    let sql = tables();
    brought_by(&sql, "a/1", AVATAR, NOW);
    show(&sql.0, AVATAR, FREE_AT).unwrap();
    take_due(&sql.0, &[AVATAR.to_owned()], NOW, NOW + 1).unwrap();
    assert_eq!(due_at(&sql.0), Ok(None));
}

#[test]
fn a_file_that_came_again_while_it_was_removed_stays() {
    let sql = tables();
    brought_by(&sql, "a/1", AVATAR, NOW);
    let due = take_due(&sql.0, &[], NOW + 1_000, SEQ_MAX).unwrap();
    charged(&sql, &bring("a/1", "", 1), NOW + 1_000).unwrap();
    forget(&sql.0, &due, NOW + 1_000).unwrap();
    assert_eq!(keys(&sql), ["a/1"]);
}

#[test]
fn so_many_files_go_at_once_and_the_rest_with_the_next_alarm() {
    let sql = tables();
    for n in 0..REMOVED_AT_ONCE + 1 {
        put_unsealed_file(&sql, &n.to_string());
    }
    for left in [1, 0] {
        let due = take_due(&sql.0, &[], NOW, SEQ_MAX).unwrap();
        forget(&sql.0, &due, NOW).unwrap();
        assert_eq!(keys(&sql).len(), left);
    }
}

// ---- at rest

#[test]
fn names_are_sealed_and_open_under_a_newer_key_and_not_without_one() {
    let sql = opened(&Database::new(), OLD_KEY);
    charged(&sql, &bring("files/1", "kingfisher.png", 1), NOW).unwrap();
    set_id(&sql.0, &FileDoneCall { key: "files/1".to_owned(), id: "f1".to_owned() }).unwrap();
    assert!(!stored(&sql.0, "files").concat().contains("kingfisher"));
    assert_eq!(known(&opened(&sql.0, BOTH_KEYS).0, "f1").unwrap().unwrap().name, "kingfisher.png");
    let shut = opened(&sql.0, "");
    assert!(known(&shut.0, "f1").is_err() && charged(&shut, &bring("files/2", "open.png", 1), NOW).is_err());
}

#[test]
fn a_charge_that_does_not_commit_leaves_no_trace() {
    let sql = tables();
    leaves_no_trace(&sql.0, || charged(&sql, &bring("files/1", "cat.png", 1), NOW).unwrap());
}
