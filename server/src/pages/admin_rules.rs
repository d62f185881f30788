//! Rules for what people write on `/admin` (`moderation.md` 8): what the section shows, and the actions of its forms.

use app::pages::admin::content::{WritingRow, WritingSection};
use protocol::people::moderation::{RuleEffect, RuleKind, WritingRule, WritingRules, read_pattern};
use protocol::words::refusal::Refusal;

use crate::calls::writing_rules::{FirstMessageCall, RuleCall, set_first_message, set_rule};
use crate::doors::messagehub::operation;
use crate::http::form::Form;
use crate::http::incoming::Incoming;
use crate::runtime::call_error::CallError;

pub const ACTIONS: [&str; 2] = ["rule", "first_message"];

pub fn section(writing: WritingRules) -> WritingSection {
    let row = |rule: WritingRule| WritingRow {
        kind: rule.kind.as_str().to_owned(),
        pattern: rule.pattern,
        effect: rule.effect.as_str().to_owned(),
    };
    let rules = writing.rules.into_iter().map(row).collect();
    WritingSection { rules, holds_first: writing.holds_first, unusable: None }
}

/// Carries out an action in the name of an operator.
///
/// # Errors
///
/// `VALIDATION` where the form cannot be used.
pub async fn act(incoming: &Incoming, owner: &str, form: &Form) -> Result<(), CallError> {
    let by = |what: String| operation::act(incoming, owner.to_owned(), what);
    if form.field("do") == "first_message" {
        let is_held = match form.field("effect").as_str() {
            "hold" => true,
            "off" => false,
            _ => return Err(unknown("effect").into()),
        };
        return set_first_message(&incoming.env, &FirstMessageCall { by: by(String::new()), is_held }).await;
    }
    let kind = RuleKind::parse(&form.field("kind")).ok_or(unknown("kind"))?;
    let effect = match form.field("effect").as_str() {
        "" => None,
        effect => Some(RuleEffect::parse(effect).ok_or(unknown("effect"))?),
    };
    let pattern = form.field("pattern");
    // The row of a rule names its pattern as it is stored.
    let pattern = if effect.is_some() { read_pattern(kind, &pattern)? } else { pattern };
    set_rule(&incoming.env, &RuleCall { by: by(pattern), kind, effect }).await
}

fn unknown(field: &'static str) -> Refusal {
    Refusal::validation(field, "This is not known.")
}
