//! Rules for messages in the operator's object (`moderation.md` 8). `protocol::people::moderation` matches them.

use protocol::people::moderation::{RuleEffect, RuleKind, WritingRule, WritingRules};
use protocol::words::event::Millis;
use protocol::words::limits::WRITING_RULES_MAX;
use protocol::words::refusal::{Fault, Refusal};

use super::tables::OperatorSql;
use crate::calls::writing_rules::{FirstMessageCall, RuleCall};
use crate::kit::sql::{Database, exec, rows};
use crate::runtime::call_error::CallError;

/// Migration step of the tables. A row of `first_message` means that first messages are held.
pub(super) const STEP: &[&str] = &[
    "CREATE TABLE writing_rules (kind TEXT NOT NULL, pattern TEXT NOT NULL, effect TEXT NOT NULL, at INTEGER NOT NULL, \
     PRIMARY KEY (kind, pattern)) STRICT, WITHOUT ROWID",
    "CREATE TABLE first_message (one INTEGER PRIMARY KEY CHECK (one = 1), at INTEGER NOT NULL) STRICT",
];

const FIRST_MESSAGE_ACTION: &str = "first_message";

pub(super) fn read(sql: &Database) -> Result<WritingRules, Fault> {
    let query = "SELECT kind, pattern, effect FROM writing_rules ORDER BY kind DESC, pattern";
    let found = rows(sql, query, &[], |row| Ok((row.text(0)?, row.text(1)?, row.text(2)?)))?;
    let rule = |(kind, pattern, effect): (String, String, String)| {
        Some(WritingRule { kind: RuleKind::parse(&kind)?, pattern, effect: RuleEffect::parse(&effect)? })
    };
    let holds_first = !rows(sql, "SELECT one FROM first_message", &[], |row| row.number(0))?.is_empty();
    Ok(WritingRules { rules: found.into_iter().filter_map(rule).collect(), holds_first })
}

/// Sets or removes a rule. A call that changes nothing leaves no audit row.
pub(super) fn set_rule(sql: &OperatorSql, call: &RuleCall, now: Millis) -> Result<(), CallError> {
    let (kind, pattern) = (call.kind, call.by.what.as_str());
    let known = read(&sql.0)?;
    let before = known.rules.iter().find(|rule| rule.kind == kind && rule.pattern == pattern);
    if before.map(|rule| rule.effect) == call.effect {
        return Ok(());
    }
    let target = format!("{} {pattern}", kind.as_str());
    match call.effect {
        Some(effect) => {
            if before.is_none() && known.rules.len() >= WRITING_RULES_MAX {
                return Err(Refusal::over_limit("pattern", "There are too many rules.", WRITING_RULES_MAX).into());
            }
            let values = [kind.as_str().into(), pattern.into(), effect.as_str().into(), now.into()];
            exec(&sql.0, "INSERT OR REPLACE INTO writing_rules VALUES (?, ?, ?, ?)", &values)?;
            sql.write(&call.by, "writing_rule_set", &target, effect.as_str(), now)?;
        }
        None => {
            let values = [kind.as_str().into(), pattern.into()];
            exec(&sql.0, "DELETE FROM writing_rules WHERE kind = ? AND pattern = ?", &values)?;
            let effect = before.map_or("", |rule| rule.effect.as_str());
            sql.write(&call.by, "writing_rule_remove", &target, effect, now)?;
        }
    }
    Ok(())
}

/// Sets the rule for first messages. A call that changes nothing leaves no audit row.
pub(super) fn set_first_message(sql: &OperatorSql, call: &FirstMessageCall, now: Millis) -> Result<(), CallError> {
    if read(&sql.0)?.holds_first == call.is_held {
        return Ok(());
    }
    let result = if call.is_held {
        exec(&sql.0, "INSERT INTO first_message VALUES (1, ?)", &[now.into()])?;
        "hold"
    } else {
        exec(&sql.0, "DELETE FROM first_message", &[])?;
        "off"
    };
    Ok(sql.write(&call.by, FIRST_MESSAGE_ACTION, "", result, now)?)
}

#[cfg(test)]
#[path = "writing_rules_tests.rs"]
mod tests;
