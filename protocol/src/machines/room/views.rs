//! Content of a changed message: its body with other members (`core.md` 1.2, `messenger.md` 3.2).
//!
//! Pure functions of text. Permissions are in `mutating`, storage in `change_store`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::reaction::StoredReaction;
use crate::codec::json::{Value, json_text, write};
use crate::content::emoji::of_one_kind;
use crate::content::files::keeps_card;
use crate::content::own_emoticons::{emoticons_in, still_used};
use crate::words::event::{Kind, Millis};
use crate::words::limits::REACTION_USERS_SHOWN_MAX;
use crate::words::refusal::Fault;

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ReactionCount {
    /// Name or emoji.
    pub reaction: String,
    pub count: usize,
    /// The first of them.
    pub users: Vec<String>,
}

/// Returns `true` for the body of a message that was edited, or has reactions.
pub(super) fn is_changed(body: &str) -> bool {
    ["\"editedAt\":", "\"reactions\":"].iter().any(|mark| body.contains(mark))
}

/// Returns `body` with another text, edited at `at`. Members that depend on the old text are removed: the card of an address that is no
/// longer in it, and unused emoticons of the writer.
pub fn edited(body: &str, content: &str, at: Millis) -> Result<String, Fault> {
    let mut changes = vec![("content", Some(json_text(content))), ("editedAt", Some(at.to_string()))];
    if body.contains("\"link\":{") || body.contains("\"emoticons\":[") {
        changes.extend(made_of_words(body, content));
    }
    with_members(body, &changes)
}

/// Returns the members that depend on a message's text, for the text `content`.
fn made_of_words(body: &str, content: &str) -> Vec<(&'static str, Option<String>)> {
    let said = Value::parse(body).unwrap_or(Value::Null);
    let before = said.get("content").and_then(Value::as_str).unwrap_or_default();
    let url = said.get("link").and_then(|link| link.get("url")).and_then(Value::as_str);
    let mut members = Vec::new();
    if url.is_some_and(|url| !keeps_card(url, before, content)) {
        members.push(("link", None));
    }
    let embedded = emoticons_in(body);
    if !embedded.is_empty() {
        let left = still_used(content, embedded);
        members.push(("emoticons", (!left.is_empty()).then(|| write(&left))));
    }
    members
}

/// `body` with exactly these reactions.
pub fn with_reactions(body: &str, reacted: &[StoredReaction]) -> Result<String, Fault> {
    let counts = counted(reacted);
    let json = (!counts.is_empty()).then(|| reactions_json(&counts));
    with_members(body, &[("reactions", json)])
}

/// `body` without what it shows beside its words.
pub(super) fn without_files(body: &str) -> Result<String, Fault> {
    with_members(body, &[("files", None), ("emoticons", None)])
}

/// Returns reactions in the order of their first use.
pub fn counted(reacted: &[StoredReaction]) -> Vec<ReactionCount> {
    let mut counts: Vec<ReactionCount> = Vec::new();
    for StoredReaction { user, reaction } in reacted {
        let at = counts.iter().position(|known| known.reaction == *reaction).unwrap_or_else(|| {
            counts.push(ReactionCount { reaction: reaction.clone(), count: 0, users: Vec::new() });
            counts.len() - 1
        });
        if let Some(known) = counts.get_mut(at) {
            known.count += 1;
            if known.users.len() < REACTION_USERS_SHOWN_MAX {
                known.users.push(user.clone());
            }
        }
    }
    counts
}

/// The wire's list of reactions.
pub fn reactions_json(counts: &[ReactionCount]) -> String {
    let rows = counts.iter().map(|ReactionCount { reaction, count, users }| {
        let users: Vec<String> = users.iter().map(|user| json_text(user)).collect();
        format!("{{\"reaction\":{},\"count\":{count},\"users\":[{}]}}", json_text(reaction), users.join(","))
    });
    format!("[{}]", rows.collect::<Vec<String>>().join(","))
}

/// The list of reactions that a message shows now.
pub fn reactions_of(body: &str) -> String {
    let members = serde_json::from_str::<BTreeMap<String, &RawValue>>(body).unwrap_or_default();
    members.get("reactions").map_or_else(|| "[]".to_owned(), |list| list.get().to_owned())
}

/// A stored body as it reads: each emoji as one kind, also where it was stored before all its spellings were one.
pub fn read_back(kind: Kind, body: String) -> String {
    if body.is_ascii() || !body.contains("\"reaction") {
        return body;
    }
    let read = if kind == Kind::Reaction { with_one_spelling(&body) } else { with_one_kind_each(&body) };
    read.unwrap_or(body)
}

fn with_one_spelling(body: &str) -> Option<String> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(body).ok()?;
    let stored = members.get("reaction")?.get();
    let reaction: String = serde_json::from_str(stored).ok()?;
    let spelled = json_text(&of_one_kind(&reaction));
    Some(body.replacen(&format!("\"reaction\":{stored}"), &format!("\"reaction\":{spelled}"), 1))
}

fn with_one_kind_each(body: &str) -> Option<String> {
    let stored: Vec<ReactionCount> = serde_json::from_str(&reactions_of(body)).ok()?;
    if stored.iter().all(|known| of_one_kind(&known.reaction) == known.reaction) {
        return None;
    }
    let mut counts: Vec<ReactionCount> = Vec::new();
    for ReactionCount { reaction, count, users } in stored {
        let reaction = of_one_kind(&reaction);
        match counts.iter_mut().find(|known| known.reaction == reaction) {
            Some(known) => {
                let named_before = users.iter().filter(|user| known.users.contains(user)).count();
                known.count += count.saturating_sub(named_before);
                let others: Vec<String> = users.into_iter().filter(|user| !known.users.contains(user)).collect();
                known.users.extend(others);
                known.users.truncate(REACTION_USERS_SHOWN_MAX);
            }
            None => counts.push(ReactionCount { reaction, count, users }),
        }
    }
    with_members(body, &[("reactions", Some(reactions_json(&counts)))]).ok()
}

pub(super) fn with_members(body: &str, changes: &[(&str, Option<String>)]) -> Result<String, Fault> {
    let mut members: BTreeMap<String, &RawValue> =
        serde_json::from_str(body).map_err(|error| Fault(format!("a body that cannot be read: {error}")))?;
    members.retain(|name, _| changes.iter().all(|(changed, _)| changed != name));
    let unchanged = members.iter().map(|(name, value)| format!("{}:{}", json_text(name), value.get()));
    let new = changes.iter().filter_map(|(name, value)| Some(format!("\"{name}\":{}", value.as_ref()?)));
    Ok(format!("{{{}}}", unchanged.chain(new).collect::<Vec<String>>().join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reacted(user: &str, reaction: &str) -> StoredReaction {
        StoredReaction { user: user.to_owned(), reaction: reaction.to_owned() }
    }

    #[test]
    fn an_edit_replaces_the_words_and_keeps_the_rest() {
        let body = r#"{"content":"a","replyTo":"x","font":{"color":3}}"#;
        let once = edited(body, "say \"b\"", 7).unwrap();
        assert_eq!(once, r#"{"font":{"color":3},"replyTo":"x","content":"say \"b\"","editedAt":7}"#);
        assert_eq!(edited(&once, "c", 9).unwrap(), r#"{"font":{"color":3},"replyTo":"x","content":"c","editedAt":9}"#);
    }

    #[test]
    fn what_was_made_of_words_goes_with_them() {
        let card = |url: &str| format!(r#""link":{{"url":"{url}","title":"A"}}"#);
        let of = |content: &str, url: &str| format!(r#"{{"content":"{content}",{}}}"#, card(url));
        let body = of("see https://a.example/x today", "https://a.example/x");
        for (words, stays) in [
            ("look: https://a.example/x", true),
            ("> https://a.example/x", true),
            ("see it today", false),
            ("see https://a.example/xyz", false),
            ("see https://a.example/", false),
            ("see `https://a.example/x`", false),
        ] {
            let view = edited(&body, words, 7).unwrap();
            assert_eq!(view.contains(&card("https://a.example/x")), stays, "{view}");
            assert_eq!(view.contains("a.example/x\""), stays, "{view}");
            let again = edited(&view, "see https://a.example/x today", 8).unwrap();
            assert_eq!(again.contains("\"link\""), stays, "what has gone does not come back: {again}");
        }
        // An address that is none by our rules stands in its message as letters do.
        let odd = edited(&of("at https://a", "https://a"), "or https://a", 7).unwrap();
        assert!(odd.contains(&card("https://a")), "{odd}");
    }

    #[test]
    fn emoticons_go_with_their_codes() {
        let one = |code: &str| {
            format!(
                r#"{{"code":"{code}","fileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.gif-900-48x48","alt":"cat"}}"#
            )
        };
        let body = format!(r#"{{"content":":cat: and :dog:","emoticons":[{},{}]}}"#, one(":cat:"), one(":dog:"));
        let view = edited(&body, "only :dog:", 7).unwrap();
        assert_eq!(view, format!(r#"{{"content":"only :dog:","editedAt":7,"emoticons":[{}]}}"#, one(":dog:")));
        assert_eq!(edited(&view, "none", 9).unwrap(), r#"{"content":"none","editedAt":9}"#);
        assert_eq!(edited(&body, "`:cat:` is a code", 9).unwrap(), r#"{"content":"`:cat:` is a code","editedAt":9}"#);
    }

    #[test]
    fn reactions_are_counted_in_order_of_appearance_and_go_again() {
        let all = [reacted("b", "heart"), reacted("a", "like"), reacted("a", "heart")];
        let body = with_reactions(r#"{"content":"x"}"#, &all).unwrap();
        assert_eq!(
            body,
            r#"{"content":"x","reactions":[{"reaction":"heart","count":2,"users":["b","a"]},{"reaction":"like","count":1,"users":["a"]}]}"#
        );
        assert_eq!(with_reactions(&body, &[]).unwrap(), r#"{"content":"x"}"#);
        assert_eq!((reactions_of(&body).len() > 2, reactions_of("{}")), (true, "[]".to_owned()));
    }

    #[test]
    fn what_was_stored_in_two_spellings_reads_as_one_kind() {
        let body = "{\"content\":\"é\",\"reactions\":[{\"reaction\":\"👍\u{fe0f}\",\"count\":2,\"users\":[\"a\",\"b\"]},\
             {\"reaction\":\"heart\",\"count\":1,\"users\":[\"a\"]},{\"reaction\":\"👍\",\"count\":2,\"users\":[\"b\",\"c\"]}]}";
        let read = read_back(Kind::Chat, body.to_owned());
        assert_eq!(
            read,
            r#"{"content":"é","reactions":[{"reaction":"👍","count":3,"users":["a","b","c"]},{"reaction":"heart","count":1,"users":["a"]}]}"#
        );
        assert_eq!(read_back(Kind::Chat, read.clone()), read);
        let change = "{\"messageId\":\"m\",\"reaction\":\"❤\",\"op\":\"add\",\"count\":1}";
        assert_eq!(read_back(Kind::Reaction, change.to_owned()), change.replace('❤', "❤\u{fe0f}"));
        for other in ["{\"content\":\"\\\"reactions\\\": é\"}", "é \"reaction", "{}"] {
            assert_eq!(read_back(Kind::Chat, other.to_owned()), other);
            assert_eq!(read_back(Kind::Reaction, other.to_owned()), other);
        }
    }
}
