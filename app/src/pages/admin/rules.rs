//! Rules for what people write on `/admin` (`moderation.md` 8): a table, a form for one more, and a switch for first messages.

use protocol::words::limits::WRITING_PATTERN_CHARS_MAX;

use super::OwnerForm;
use super::content::{WritingRow, WritingSection};
use super::elements::{FormChoice, FormText, Table, options, refusal};
use crate::pages::document::words_about;
use crate::prelude::*;

/// Content of the section of the rules.
#[component]
pub fn WritingRules(t: ServerTexts, csrf: String, writing: WritingSection) -> impl IntoView {
    let WritingSection { rules, holds_first, unusable } = writing;
    let rows = if rules.is_empty() {
        view! { <p>{t_string!(t, writing_rules.none)}</p> }.erase()
    } else {
        let heads = vec![
            t_string!(t, writing_rules.kind),
            t_string!(t, writing_rules.pattern),
            t_string!(t, writing_rules.effect),
            "",
        ];
        let row = |rule: WritingRow| view! { <Rule t csrf=csrf.clone() rule /> };
        let rows: Vec<_> = rules.into_iter().map(row).collect();
        view! { <Table heads>{rows}</Table> }.erase()
    };
    let of_first = csrf.clone();
    view! {
        {rows}
        <RuleForm t csrf unusable />
        <FirstMessage t csrf=of_first holds_first />
    }
}

#[component]
fn Rule(t: ServerTexts, csrf: String, rule: WritingRow) -> impl IntoView {
    let WritingRow { kind, pattern, effect } = rule;
    let kind_words = if kind == "link" { t_string!(t, writing_rules.link) } else { t_string!(t, writing_rules.word) };
    let effect_words = match effect.as_str() {
        "allow" => t_string!(t, writing_rules.allow),
        "hold" => t_string!(t, writing_rules.hold),
        _ => t_string!(t, writing_rules.refuse),
    };
    let (remove, stored) = (words_about(t_string!(t, writing_rules.remove), &pattern), pattern.clone());
    view! {
        <tr>
            <td>{kind_words}</td>
            <th scope="row">{pattern}</th>
            <td>{effect_words}</td>
            <td>
                <OwnerForm action="rule" place="#rules" csrf>
                    <input type="hidden" name="kind" value=kind />
                    <input type="hidden" name="pattern" value=stored />
                    <button class="btn" data-kind="small">{remove}</button>
                </OwnerForm>
            </td>
        </tr>
    }
}

#[component]
fn RuleForm(
    t: ServerTexts,
    csrf: String,
    /// Rule with a pattern that cannot be used.
    unusable: Option<WritingRow>,
) -> impl IntoView {
    let wrong = unusable.is_some().then_some("rules");
    let WritingRow { kind, pattern, effect } = unusable.unwrap_or_default();
    let kinds = [("word", t_string!(t, writing_rules.word)), ("link", t_string!(t, writing_rules.link))];
    let effects = [
        ("hold", t_string!(t, writing_rules.hold)),
        ("refuse", t_string!(t, writing_rules.refuse)),
        ("allow", t_string!(t, writing_rules.allow)),
    ];
    view! {
        <form method="post" action="/admin#rules" class="admin-search">
            <input type="hidden" name="csrf" value=csrf />
            <input type="hidden" name="do" value="rule" />
            <FormChoice label=t_string!(t, writing_rules.kind) name="kind" options=options(kinds, Some(&kind)) />
            <FormText
                label=t_string!(t, writing_rules.pattern)
                name="pattern"
                value=pattern
                maxlength=WRITING_PATTERN_CHARS_MAX
                wrong
            />
            <FormChoice label=t_string!(t, writing_rules.effect) name="effect" options=options(effects, Some(&effect)) />
            <button class="btn">{t_string!(t, writing_rules.set)}</button>
        </form>
        {refusal(wrong, t_string!(t, writing_rules.unusable))}
        <p>{t_string!(t, writing_rules.hint)}</p>
    }
}

#[component]
fn FirstMessage(t: ServerTexts, csrf: String, holds_first: bool) -> impl IntoView {
    let (state, words, effect) = if holds_first {
        (t_string!(t, writing_rules.first_held), t_string!(t, writing_rules.free_first), "off")
    } else {
        (t_string!(t, writing_rules.first_free), t_string!(t, writing_rules.hold_first), "hold")
    };
    view! {
        <h3>{t_string!(t, writing_rules.first)}</h3>
        <p>{state}</p>
        <OwnerForm action="first_message" place="#rules" csrf>
            <input type="hidden" name="effect" value=effect />
            <button class="btn">{words}</button>
        </OwnerForm>
    }
}
