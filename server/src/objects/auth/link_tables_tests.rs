//! Tests of the table of links in mails (`account.md` 2).

use protocol::testing::ODD_TEXTS;
use protocol::words::limits::SEQ_MAX;

use super::super::tables::AuthSql;
use super::*;
use crate::kit::sql::older::contents;

const NOW: Millis = 1_000;

fn empty() -> LinksSql {
    let sql = Database::new();
    AuthSql::open(sql.clone()).unwrap();
    LinksSql(sql)
}

/// Returns a link of `u_1` for `a@x` that lives for a second.
fn link(purpose: LinkPurpose) -> StoredLink {
    let (email, user) = ("a@x".to_owned(), "u_1".to_owned());
    StoredLink { purpose, email, user, data: String::new(), expires_at: NOW + 1_000 }
}

fn of(user: &str, purpose: LinkPurpose) -> StoredLink {
    StoredLink { user: user.to_owned(), ..link(purpose) }
}

#[test]
fn a_link_reads_as_it_was_stored_until_its_time_is_over() {
    for purpose in LinkPurpose::ALL {
        for (n, text) in ODD_TEXTS.iter().enumerate() {
            let sql = empty();
            let text = || (*text).to_owned();
            let expires_at = if n == 0 { SEQ_MAX } else { 5 };
            let stored = StoredLink { purpose, email: text(), user: text(), data: text(), expires_at };
            sql.add(&text(), &stored).unwrap();
            assert_eq!(sql.find(&text(), expires_at - 1), Ok(Some(stored)));
            assert_eq!(sql.find(&text(), expires_at), Ok(None), "it is over");
        }
    }
}

#[test]
fn a_link_is_found_by_its_whole_hash_alone() {
    let sql = empty();
    sql.add("h1", &link(LinkPurpose::Reset)).unwrap();
    for other in ["h", "H1", "h11", "%", ""] {
        assert_eq!(sql.find(other, NOW), Ok(None), "{other}");
    }
    assert!(sql.add("h1", &link(LinkPurpose::Verify)).is_err(), "a token is of one link");
}

#[test]
fn a_link_works_once() {
    let sql = empty();
    sql.add("h1", &link(LinkPurpose::Reset)).unwrap();
    sql.add("h2", &link(LinkPurpose::Reset)).unwrap();
    for _ in 0..2 {
        sql.remove("h1").unwrap();
        assert_eq!((sql.find("h1", NOW), sql.find("h2", NOW)), (Ok(None), Ok(Some(link(LinkPurpose::Reset)))));
    }
}

#[test]
fn links_of_an_address_are_counted_by_kind_while_they_work() {
    let sql = empty();
    let other = StoredLink { email: "b@x".to_owned(), ..link(LinkPurpose::Reset) };
    let over = StoredLink { expires_at: NOW, ..link(LinkPurpose::Reset) };
    let nobodys = of("", LinkPurpose::Reset);
    let links = [link(LinkPurpose::Reset), link(LinkPurpose::Verify), other, over, nobodys];
    for (n, link) in links.iter().enumerate() {
        sql.add(&n.to_string(), link).unwrap();
    }
    let live = |email, purpose, now| sql.live(email, purpose, now).unwrap();
    assert_eq!(live("a@x", LinkPurpose::Reset, NOW), 2, "an address without account has as many as one with it");
    assert_eq!(live("a@x", LinkPurpose::Reset, NOW - 1), 3);
    assert_eq!((live("a@x", LinkPurpose::Verify, NOW), live("a@x", LinkPurpose::Undo, NOW)), (1, 0));
    assert_eq!((live("b@x", LinkPurpose::Reset, NOW), live("A@x", LinkPurpose::Reset, NOW)), (1, 0));
}

#[test]
fn a_link_of_an_operator_takes_no_place() {
    let sql = empty();
    sql.add("h1", &StoredLink { data: OF_OPERATOR.to_owned(), ..link(LinkPurpose::Reset) }).unwrap();
    assert_eq!(sql.live("a@x", LinkPurpose::Reset, NOW), Ok(0));
    sql.add("h2", &link(LinkPurpose::Reset)).unwrap();
    assert_eq!(sql.live("a@x", LinkPurpose::Reset, NOW), Ok(1));
}

#[test]
fn an_address_is_kept_for_the_account_that_can_take_it_back_and_only_while_it_can() {
    let sql = empty();
    for purpose in [LinkPurpose::Verify, LinkPurpose::Reset, LinkPurpose::Change] {
        sql.add(purpose.as_str(), &link(purpose)).unwrap();
    }
    assert_eq!(sql.is_reserved("a@x", "u_2", NOW), Ok(false), "no other link keeps it");
    sql.add("h1", &link(LinkPurpose::Undo)).unwrap();
    let reserved = |email, user, now| sql.is_reserved(email, user, now).unwrap();
    assert!(reserved("a@x", "u_2", NOW) && reserved("a@x", "u_2", NOW + 999));
    assert!(!reserved("a@x", "u_2", NOW + 1_000) && !reserved("a@x", "u_1", NOW) && !reserved("b@x", "u_2", NOW));
}

#[test]
fn links_of_an_account_go_by_kind_or_all_and_those_of_others_stay() {
    let sql = empty();
    for user in ["u_1", "u_2"] {
        for purpose in LinkPurpose::ALL {
            sql.add(&format!("{user} {}", purpose.as_str()), &of(user, purpose)).unwrap();
        }
    }
    let left = |user: &str| {
        let is_there = |purpose: &LinkPurpose| {
            let found = sql.find(&format!("{user} {}", purpose.as_str()), NOW).unwrap();
            found.is_some_and(|found| found == of(user, *purpose))
        };
        LinkPurpose::ALL.into_iter().filter(is_there).collect::<Vec<LinkPurpose>>()
    };
    sql.remove_of("u_1", LinkPurpose::Reset).unwrap();
    assert_eq!(left("u_1"), [LinkPurpose::Verify, LinkPurpose::Change, LinkPurpose::Undo]);
    sql.remove_all_of("u_1").unwrap();
    assert_eq!((left("u_1"), left("u_2")), (vec![], LinkPurpose::ALL.to_vec()));
}

#[test]
fn links_that_are_over_are_removed_at_their_time() {
    let sql = empty();
    assert_eq!(sql.next_due(), Ok(None));
    for (hash, expires_at) in [("h1", 9), ("h2", 7), ("h3", SEQ_MAX)] {
        sql.add(hash, &StoredLink { expires_at, ..link(LinkPurpose::Verify) }).unwrap();
    }
    assert_eq!(sql.next_due(), Ok(Some(7)));
    let before = contents(&sql.0);
    sql.remove_expired(6).unwrap();
    assert_eq!(contents(&sql.0), before);
    sql.remove_expired(7).unwrap();
    assert_eq!(sql.next_due(), Ok(Some(9)));
    sql.remove_expired(9).unwrap();
    assert_eq!(sql.next_due(), Ok(Some(SEQ_MAX)));
}

#[test]
fn a_purpose_that_is_not_understood_is_a_fault() {
    let sql = empty();
    exec(&sql.0, "INSERT INTO links VALUES ('h1', 'other', 'a@x', 'u_1', '', 2000)", &[]).unwrap();
    assert!(sql.find("h1", NOW).is_err());
}
