//! Tests of the tables of rules for messages (`moderation.md` 8).

use super::super::moderation::standing;
use super::*;
use crate::calls::operator::OwnerAct;
use crate::kit::sql::older::contents;

fn empty() -> OperatorSql {
    OperatorSql::open(Database::new()).unwrap()
}

fn operator(what: &str) -> OwnerAct {
    OwnerAct { actor: "owner".to_owned(), what: what.to_owned(), ..OwnerAct::default() }
}

fn set(sql: &OperatorSql, kind: RuleKind, pattern: &str, effect: Option<RuleEffect>) -> Result<(), CallError> {
    set_rule(sql, &RuleCall { by: operator(pattern), kind, effect }, 7)
}

/// Returns audit rows: action, target, result.
fn audit(sql: &OperatorSql) -> Vec<String> {
    let query = "SELECT action || ' ' || target || ' ' || result FROM audit ORDER BY place";
    rows(&sql.0, query, &[], |row| row.text(0)).unwrap()
}

fn names(sql: &OperatorSql) -> Vec<String> {
    let rules = read(&sql.0).unwrap().rules;
    rules.iter().map(|rule| format!("{} {}", rule.name(), rule.effect.as_str())).collect()
}

#[test]
fn a_rule_takes_the_place_of_the_same_pattern_and_every_change_is_one_row() {
    let sql = empty();
    assert_eq!(read(&sql.0), Ok(WritingRules::default()));
    for (kind, pattern, effect) in [
        (RuleKind::Word, "spam*", Some(RuleEffect::Hold)),
        (RuleKind::Word, "spam*", Some(RuleEffect::Hold)),
        (RuleKind::Word, "spam*", Some(RuleEffect::Refuse)),
        (RuleKind::Link, "*", Some(RuleEffect::Hold)),
        (RuleKind::Link, "spam*", None),
    ] {
        set(&sql, kind, pattern, effect).unwrap();
    }
    assert_eq!(names(&sql), ["word spam* refuse", "link * hold"]);
    set(&sql, RuleKind::Word, "spam*", None).unwrap();
    assert_eq!(names(&sql), ["link * hold"]);
    let expected = ["set word spam* hold", "set word spam* refuse", "set link * hold", "remove word spam* refuse"];
    assert_eq!(audit(&sql), expected.map(|row| format!("writing_rule_{row}")));
}

#[test]
fn first_messages_are_held_as_long_as_the_operator_wants_it() {
    let sql = empty();
    for is_held in [false, true, true, false] {
        set_first_message(&sql, &FirstMessageCall { by: operator(""), is_held }, 7).unwrap();
        assert_eq!(read(&sql.0).map(|rules| rules.holds_first), Ok(is_held));
    }
    assert_eq!(audit(&sql), ["first_message  hold", "first_message  off"]);
}

#[test]
fn what_stands_has_the_rules_and_their_number_is_limited() {
    let sql = empty();
    for n in 0..WRITING_RULES_MAX {
        set(&sql, RuleKind::Word, &format!("w{n}"), Some(RuleEffect::Hold)).unwrap();
    }
    let before = contents(&sql.0);
    let refused = set(&sql, RuleKind::Word, "more", Some(RuleEffect::Hold));
    assert!(matches!(refused, Err(CallError::Refused(Refusal::Validation { limit: Some(200), .. }))));
    assert_eq!(contents(&sql.0), before);
    set(&sql, RuleKind::Word, "w0", Some(RuleEffect::Allow)).unwrap();
    let known = standing(&sql.0, 7).unwrap().writing;
    assert_eq!((known.rules.len(), known.holds_first), (WRITING_RULES_MAX, false));
}
