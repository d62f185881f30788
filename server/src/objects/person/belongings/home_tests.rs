//! Promises of the rows of what an account arranges (`home.md`): the last word of each field, in pages by version, within limits.

use protocol::words::limits::SEQ_MAX;

use super::*;
use crate::kit::sql::Database;
use crate::objects::person::tests::{
    BOTH_KEYS, NOW, OLD_KEY, TEXTS, is_safe_to_repeat, leaves_no_trace, opened, stored, tables,
};

fn entry(name: &str, value: Value, at: Millis, by: char) -> HomeEntry {
    HomeEntry { name: name.to_owned(), word: HomeWord { value, at, by: by.to_string().repeat(16) } }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Stores words as a call does. Returns the answer.
fn put(sql: &PersonSql, said: &[HomeEntry], now: Millis) -> Result<HomePage, CallError> {
    let mut writing = plan(sql, said, now)?;
    if !writing.words.is_empty() {
        writing.answer.version = save(sql, &writing.words, now)?;
    }
    Ok(writing.answer)
}

/// Returns the limit of a refusal.
fn limit(refused: Result<HomePage, CallError>) -> Option<u64> {
    match refused {
        Err(CallError::Refused(refusal)) => refusal.limit(),
        _ => None,
    }
}

#[test]
fn a_word_reads_back_as_it_was_said() {
    for keys in ["", OLD_KEY] {
        let sql = opened(&Database::new(), keys);
        for (number, value) in TEXTS.into_iter().zip(1..) {
            let said = entry("nickname/u_bo", text(number), NOW + value, 'a');
            let answer = put(&sql, std::slice::from_ref(&said), NOW).unwrap();
            assert_eq!((answer.version, answer.before, answer.fields), (value, Some(value - 1), Vec::new()));
            assert_eq!(page(&sql, 0).unwrap().fields, [said]);
        }
    }
}

#[test]
fn values_of_any_kind_read_back() {
    let sql = tables();
    for value in ["true", "[]", "{\"name\":\"Work\",\"place\":3}", "1.50e3", "null"] {
        let said = entry("group/g1", Value::parse(value).unwrap(), page(&sql, 0).unwrap().version, 'a');
        put(&sql, std::slice::from_ref(&said), NOW).unwrap();
        assert_eq!(page(&sql, 0).unwrap().fields, [said]);
    }
}

#[test]
fn an_earlier_word_changes_nothing_and_hears_the_later_one_also_after_a_removal() {
    let sql = tables();
    for value in [text("later"), Value::Null] {
        let later = entry("nickname/u_bo", value, NOW + 5, 'b');
        put(&sql, std::slice::from_ref(&later), NOW).unwrap();
        let before = stored(&sql.0, "home");
        let answer = put(&sql, &[entry("nickname/u_bo", text("earlier"), NOW + 4, 'c')], NOW).unwrap();
        assert_eq!((answer.fields.as_slice(), stored(&sql.0, "home")), ([later].as_slice(), before));
        exec(&sql.0, "DELETE FROM home", &[]).unwrap();
    }
}

#[test]
fn the_same_call_again_changes_nothing() {
    let sql = tables();
    let said = [entry("favourite/u_bo", Value::Bool(true), NOW, 'a'), entry("look/theme", text("dusk"), SEQ_MAX, 'a')];
    is_safe_to_repeat(&sql.0, || drop(put(&sql, &said, NOW).unwrap()));
    let answer = put(&sql, &said, NOW).unwrap();
    assert_eq!(
        (answer.version, answer.before, answer.fields.len()),
        (2, Some(2), 1),
        "the corrected time is told again"
    );
}

#[test]
fn of_a_field_that_a_call_names_twice_the_later_word_counts() {
    let sql = tables();
    let said = [entry("look/theme", text("dusk"), NOW + 1, 'a'), entry("look/theme", text("glass"), NOW, 'a')];
    let answer = put(&sql, &said, NOW).unwrap();
    assert_eq!((answer.version, answer.fields.as_slice()), (1, &said[..1]));
}

#[test]
fn pages_follow_each_other_without_gap() {
    let sql = tables();
    let all: Vec<HomeEntry> =
        (0..450).map(|number| entry(&format!("favourite/u_{number:03}"), Value::Bool(true), NOW, 'a')).collect();
    for part in all.chunks(HOME_AT_ONCE_MAX) {
        put(&sql, part, NOW).unwrap();
    }
    let (mut since, mut read, mut more) = (0, Vec::new(), true);
    while more {
        let page = page(&sql, since).unwrap();
        (since, more) = (page.version, page.more);
        read.extend(page.fields);
    }
    assert_eq!((since, read), (450, all));
    assert_eq!(page(&sql, 450).unwrap().fields, []);
    assert_eq!(page(&sql, 451).unwrap().fields.len(), HOME_AT_ONCE_MAX, "a version that never was");
    put(&sql, &[entry("favourite/u_000", Value::Null, NOW + 1, 'b')], NOW).unwrap();
    assert_eq!(page(&sql, 450).unwrap().fields, [entry("favourite/u_000", Value::Null, NOW + 1, 'b')]);
}

#[test]
fn a_full_store_takes_removals_and_changes_and_nothing_more() {
    let sql = tables();
    let name = |number: usize| format!("favourite/u_{number:04}");
    let all: Vec<HomeEntry> =
        (0..HOME_FIELDS_MAX).map(|number| entry(&name(number), Value::Bool(true), NOW, 'a')).collect();
    put(&sql, &all, NOW).unwrap();
    let more = entry(&name(HOME_FIELDS_MAX), Value::Bool(true), NOW, 'a');
    assert_eq!(limit(put(&sql, std::slice::from_ref(&more), NOW)), Some(HOME_FIELDS_MAX as u64));
    put(&sql, &[entry(&name(0), Value::Null, NOW + 1, 'a'), more], NOW).unwrap();
    put(&sql, &[entry(&name(1), text("x"), NOW + 1, 'a')], NOW).unwrap();
}

#[test]
fn an_account_with_more_than_is_allowed_now_takes_what_needs_no_more_space() {
    let sql = tables();
    let many = "INSERT INTO home WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i <= ?) \
                SELECT 'favourite/u_' || i, 'true', 1, 'aaaaaaaaaaaaaaaa', i, 20, 1 FROM n";
    exec(&sql.0, many, &[(HOME_FIELDS_MAX as u64).into()]).unwrap();
    assert_eq!(stored(&sql.0, "home").len(), HOME_FIELDS_MAX + 1);
    put(&sql, &[entry("favourite/u_1", Value::Bool(false), NOW, 'b')], NOW).unwrap();
    put(&sql, &[entry("favourite/u_2", Value::Null, NOW, 'b')], NOW).unwrap();
    let refused = put(&sql, &[entry("favourite/u_bo", Value::Bool(true), NOW, 'b')], NOW);
    assert_eq!(limit(refused), Some(HOME_FIELDS_MAX as u64));
}

#[test]
fn names_and_values_have_a_size_together() {
    let sql = tables();
    let large = |number: usize, length: usize| entry(&format!("chat/{number:04}"), text(&"x".repeat(length)), NOW, 'a');
    let each = 2_000 + "chat/0000".len() + 2;
    let all: Vec<HomeEntry> = (0..HOME_BYTES_MAX / each).map(|number| large(number, 2_000)).collect();
    put(&sql, &all, NOW).unwrap();
    assert_eq!(limit(put(&sql, &[large(9_999, 2_000)], NOW)), Some(HOME_BYTES_MAX as u64));
    put(&sql, &[entry("chat/0000", Value::Null, NOW + 1, 'a')], NOW).unwrap();
    put(&sql, &[large(9_999, 2_000)], NOW).unwrap();
}

#[test]
fn a_removed_field_is_remembered_for_its_time() {
    let sql = tables();
    let stays = entry("look/motion", text("calm"), NOW, 'a');
    put(&sql, &[entry("look/theme", Value::Null, NOW, 'a'), stays.clone()], NOW).unwrap();
    forget_removed(&sql.0, NOW + HOME_REMOVED_MS - 1).unwrap();
    assert_eq!(stored(&sql.0, "home").len(), 2);
    is_safe_to_repeat(&sql.0, || forget_removed(&sql.0, NOW + HOME_REMOVED_MS).unwrap());
    let page = page(&sql, 0).unwrap();
    assert_eq!((page.version, page.fields), (2, vec![stays]), "versions do not begin anew");
}

#[test]
fn of_too_many_removed_fields_the_latest_are_remembered() {
    let sql = tables();
    let all: Vec<HomeEntry> =
        (0..HOME_FIELDS_MAX + 2).map(|number| entry(&format!("member/{number:04}"), Value::Null, NOW, 'a')).collect();
    put(&sql, &all, NOW).unwrap();
    let first = ["member/0000", "member/0001", "member/0002"].map(|name| known(&sql.0, name).unwrap().is_some());
    assert_eq!((stored(&sql.0, "home").len(), first), (HOME_FIELDS_MAX, [false, false, true]));
}

#[test]
fn the_archive_has_what_is_not_removed() {
    let sql = tables();
    assert_eq!(archived(&sql.0), Ok(String::new()));
    put(&sql, &[entry("look/theme", Value::Null, NOW, 'a'), entry("look/motion", text("calm"), NOW, 'a')], NOW)
        .unwrap();
    let expected = format!("{{\"look/motion\":{{\"value\":\"calm\",\"at\":{NOW},\"by\":\"aaaaaaaaaaaaaaaa\"}}}}\n");
    assert_eq!(archived(&sql.0), Ok(expected));
}

#[test]
fn values_are_sealed_and_open_under_a_newer_key() {
    let sql = opened(&Database::new(), OLD_KEY);
    let said = entry("nickname/u_bo", text("kingfisher"), NOW, 'a');
    put(&sql, std::slice::from_ref(&said), NOW).unwrap();
    assert!(!stored(&sql.0, "home").concat().contains("kingfisher"));
    assert_eq!(page(&opened(&sql.0, BOTH_KEYS), 0).unwrap().fields, [said]);
}

#[test]
fn words_that_do_not_commit_leave_no_trace() {
    let sql = tables();
    put(&sql, &[entry("look/theme", text("dusk"), NOW, 'a')], NOW).unwrap();
    leaves_no_trace(&sql.0, || drop(put(&sql, &[entry("look/theme", text("glass"), NOW + 1, 'a')], NOW).unwrap()));
}
