//! Tests of the tables of mail (`account.md` 1).

use protocol::testing::ODD_TEXTS;

use super::super::tables::{AuthSql, STEPS};
use super::*;
use crate::kit::jobs::{Jobs, all, find};
use crate::kit::sql::older::older;

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
    let (sql, jobs) = (empty(), Jobs::of(&[]));
    for (id, name) in [("m1", "a"), ("m2", "b"), ("m3", "a")] {
        let waiting = WaitingMail { written_at: 1_000, link_end: None, mail: mail_to(name) };
        jobs.add(&sql.0, id, &waiting, 1_000).unwrap();
    }
    sql.remove_to("a@example.org").unwrap();
    assert_eq!(all::<WaitingMail>(&sql.0).unwrap().into_iter().map(|(id, _)| id).collect::<Vec<_>>(), ["m2"]);
}

#[test]
fn what_an_earlier_version_has_not_sent_waits_still() {
    let known = STEPS.iter().position(|step| *step == AS_JOBS).unwrap();
    let sql = older(&STEPS[..known], &[]);
    for (at, odd) in ODD_TEXTS.iter().enumerate() {
        let values = [(at as u64).into(), (*odd).into(), (*odd).into(), (*odd).into(), (*odd).into(), 7_u64.into()];
        let query = "INSERT INTO mails VALUES (?, ?, ?, ?, ?, ?, 8, 9, iif(?1 = 0, NULL, 5))";
        exec(&sql, &query.replace("VALUES (?,", "VALUES (cast(?1 AS INTEGER),"), &values).unwrap();
    }
    AuthSql::open(sql.clone()).unwrap();
    for (at, odd) in ODD_TEXTS.iter().enumerate() {
        let [to, subject, text, html] = [*odd; 4].map(str::to_owned);
        let mail = Mail { to, subject, text, html };
        let wanted = WaitingMail { written_at: 7, link_end: (at > 0).then_some(5), mail };
        assert_eq!(find(&sql, &at.to_string()), Ok(Some(wanted)));
    }
    let times = rows(&sql, "SELECT DISTINCT due_at, tries FROM jobs", &[], |row| Ok((row.number(0)?, row.number(1)?)));
    assert_eq!(times, Ok(vec![(8, 9)]));
}
