//! Tests of the tables of mail (`account.md` 1).

use protocol::testing::ODD_TEXTS;
use protocol::words::limits::SEQ_MAX;

use super::super::tables::AuthSql;
use super::*;

fn empty() -> MailsSql {
    let sql = Database::new();
    AuthSql::open(sql.clone()).unwrap();
    MailsSql(sql)
}

fn mail_to(name: &str) -> Mail {
    let text = |part: &str| format!("{part} for {name}");
    Mail { to: format!("{name}@example.org"), subject: text("subject"), text: text("text"), html: text("html") }
}

fn kept_as(id: &str, at: Millis) -> KeptMail {
    KeptMail { id: id.to_owned(), at, mail: mail_to(id) }
}

/// Returns the ids of due mails.
fn due(sql: &MailsSql, now: Millis) -> Vec<String> {
    sql.due(now, 100).unwrap().into_iter().map(|waiting| waiting.id).collect()
}

#[test]
fn a_mail_reads_as_it_was_written() {
    let sql = empty();
    for (id, link_end) in [("m1", None), ("m0", Some(7_000))] {
        sql.add(id, &mail_to("a"), link_end, (1_000, 5_000)).unwrap();
        let wanted = WaitingMail { id: id.to_owned(), written_at: 1_000, tries: 0, link_end, mail: mail_to("a") };
        assert_eq!(sql.find(id), Ok(Some(wanted)));
    }
    assert_eq!(sql.find("m2"), Ok(None));
    for (at, odd) in ODD_TEXTS.iter().enumerate() {
        let mail = Mail { to: (*odd).to_owned(), ..mail_to(odd) };
        sql.add(&format!("odd {at}"), &mail, Some(SEQ_MAX), (SEQ_MAX, SEQ_MAX)).unwrap();
        assert_eq!(sql.find(&format!("odd {at}")).unwrap().unwrap().mail, mail);
    }
}

#[test]
fn the_oldest_of_the_due_mails_come_first() {
    let sql = empty();
    for (id, due_at) in [("m1", 3_000), ("m2", 1_000), ("m3", 2_000)] {
        sql.add(id, &mail_to(id), None, (1_000, due_at)).unwrap();
    }
    assert_eq!((due(&sql, 999), due(&sql, 2_000)), (vec![], vec!["m2".to_owned(), "m3".to_owned()]));
    assert_eq!(sql.due(3_000, 1).unwrap().len(), 1);
    assert_eq!(sql.next_due(), Ok(Some(1_000)));
}

#[test]
fn while_an_attempt_goes_on_there_is_no_other_and_a_failed_one_counts() {
    let sql = empty();
    sql.add("m1", &mail_to("a"), None, (1_000, 1_000)).unwrap();
    sql.begin_attempt("m1", 9_000).unwrap();
    assert_eq!((due(&sql, 8_999), due(&sql, 9_000)), (vec![], vec!["m1".to_owned()]));
    sql.delay("m1", 10_000).unwrap();
    sql.delay("m1", 11_000).unwrap();
    let waiting = sql.find("m1").unwrap().unwrap();
    assert_eq!((waiting.tries, waiting.written_at, sql.next_due()), (2, 1_000, Ok(Some(11_000))));
    sql.remove("m1").unwrap();
    assert_eq!((sql.find("m1"), sql.next_due()), (Ok(None), Ok(None)));
    // An attempt that ends after its mail was removed does not restore it.
    sql.delay("m1", 12_000).unwrap();
    assert_eq!(sql.next_due(), Ok(None));
}

#[test]
fn what_is_beyond_a_portion_waits_and_nothing_else_does() {
    let sql = empty();
    for (id, due_at) in [("m1", 1_000), ("m2", 2_000), ("m3", 9_000)] {
        sql.add(id, &mail_to(id), None, (1_000, due_at)).unwrap();
    }
    sql.begin_attempt("m1", 7_000).unwrap();
    sql.postpone(2_000, 5_000).unwrap();
    assert_eq!((due(&sql, 4_999), sql.next_due()), (vec![], Ok(Some(5_000))));
    assert_eq!(due(&sql, 9_000), ["m2", "m1", "m3"]);
    assert_eq!(sql.find("m2").unwrap().unwrap().tries, 0, "nobody has tried it");
}

#[test]
fn the_mailbox_keeps_each_mail_once_and_the_newest() {
    let sql = empty();
    for at in 0..KEPT_MAILS_MAX + 5 {
        sql.keep(&kept_as(&format!("m{at}"), at)).unwrap();
        sql.keep(&kept_as(&format!("m{at}"), at + 1)).unwrap();
    }
    let kept = sql.kept().unwrap();
    let newest_first: Vec<Millis> = (5..KEPT_MAILS_MAX + 5).rev().collect();
    assert_eq!(kept.iter().map(|kept| kept.at).collect::<Vec<Millis>>(), newest_first);
    assert_eq!(kept[0], kept_as(&format!("m{}", KEPT_MAILS_MAX + 4), KEPT_MAILS_MAX + 4));
}

#[test]
fn with_its_account_an_address_loses_what_waits_for_it() {
    let sql = empty();
    for (id, name) in [("m1", "a"), ("m2", "b"), ("m3", "a")] {
        sql.add(id, &mail_to(name), None, (1_000, 1_000)).unwrap();
    }
    sql.remove_to("a@example.org").unwrap();
    assert_eq!(due(&sql, 1_000), ["m2".to_owned()]);
}
