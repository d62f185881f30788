//! Webhooks of stores (`livestore.md` 14.3): the variable with the receivers, and the body that a receiver gets.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::write::push_encoded;
use crate::codec::json::json_text;
use crate::machines::chain::StoredEvent;
use crate::machines::webhook::{HookRow, Secret};
use crate::trust::guard::{UrlPolicy, check_url};
use crate::words::iso::iso_utc;
use crate::words::limits::HOOK_ID_BYTES_MAX;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreHook {
    store: String,
    url: String,
    secret: String,
    id: Option<String>,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default = "yes")]
    ordered: bool,
}

fn yes() -> bool {
    true
}

/// Reads receivers from the variable `LIVESTORE_WEBHOOKS`, each with its store: an id, or a prefix that ends in `*`. `None` when the
/// variable is not usable.
pub fn read_store_hooks(text: &str, place: UrlPolicy<'_>) -> Option<Vec<(String, HookRow)>> {
    let hooks: Vec<StoreHook> = serde_json::from_str(text).ok()?;
    let hooks = hooks.into_iter().enumerate().map(|(at, hook)| hook_of(at, hook, place));
    let hooks: Vec<(String, HookRow)> = hooks.collect::<Option<_>>()?;
    // A store would call only the first of two receivers with the same id.
    let ids = hooks.iter().map(|(_, hook)| hook.id.as_str()).collect::<BTreeSet<&str>>().len();
    (ids == hooks.len()).then_some(hooks)
}

fn hook_of(at: usize, hook: StoreHook, place: UrlPolicy<'_>) -> Option<(String, HookRow)> {
    let StoreHook { store, url, secret, id, active, ordered } = hook;
    let id = id.unwrap_or_else(|| format!("static-{at}"));
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    let is_id = (1..=HOOK_ID_BYTES_MAX).contains(&id.len()) && id.chars().all(is_plain);
    check_url(&url, place).ok().filter(|_| is_id && !store.is_empty())?;
    let row = HookRow::fixed(id, url, Secret::parse(&secret)?.text());
    Some((store, HookRow { is_active: active, is_ordered: ordered, ..row }))
}

/// Returns the header `webhook-id` of a push whose last event is `seq`: the same for every attempt.
pub fn push_delivery_id(backend_id: &str, seq: u64, hook_id: &str) -> String {
    format!("{backend_id}.{seq}.{hook_id}")
}

/// Returns the body of a call about a push. Its events have the same time.
pub fn push_json(store_id: &str, backend_id: &str, events: &[StoredEvent]) -> String {
    let (store_id, backend_id) = (json_text(store_id), json_text(backend_id));
    let created_at = iso_utc(events.first().map_or(0, |stored| stored.created_at));
    let mut out = format!(
        "{{\"type\":\"push\",\"store\":{store_id},\"backendId\":{backend_id},\"createdAt\":\"{created_at}\",\"events\":["
    );
    for (at, stored) in events.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        push_encoded(&mut out, &stored.event);
    }
    out.push_str("]}");
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machines::chain::ChainEvent;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    #[test]
    fn receivers_from_a_variable() {
        let text = format!(
            r#"[{{"store":"*","url":"https://a.com/h","secret":"{SECRET}"}},{{"store":"team-*","id":"x","url":"https://b.com","secret":"{SECRET}","active":false,"ordered":false}}]"#
        );
        let hooks = read_store_hooks(&text, UrlPolicy::default()).unwrap();
        let shown: Vec<(&str, &str, bool, bool)> = hooks
            .iter()
            .map(|(store, hook)| (store.as_str(), hook.id.as_str(), hook.is_active, hook.is_ordered))
            .collect();
        assert_eq!(shown, [("*", "static-0", true, true), ("team-*", "x", false, false)]);
        assert!(hooks.iter().all(|(_, hook)| hook.is_fixed && hook.secret == SECRET));
        assert_eq!(read_store_hooks("[]", UrlPolicy::default()), Some(Vec::new()));
        let changed = [
            text.replace("https://b", "http://b"),
            text.replace("\"x\"", "\"a b\""),
            text.replace("\"x\"", "\"static-0\""),
            text.replace("team-*", ""),
            text.replace("store", "room"),
            text.replace(SECRET, "whsec_AAAA"),
        ];
        for bad in ["", "{}", r#"[{"store":"*"}]"#].into_iter().chain(changed.iter().map(String::as_str)) {
            assert_eq!(read_store_hooks(bad, UrlPolicy::default()), None, "{bad}");
        }
    }

    #[test]
    fn a_push_has_its_events_as_they_came() {
        let event = |seq: i64, args: Option<&str>| {
            let (name, client, session) = ("v1.Made".into(), "c".into(), String::new());
            let event = ChainEvent { name, args: args.map(str::to_owned), seq, parent: seq - 1, client, session };
            StoredEvent { event, created_at: 1_795_000_000_123 }
        };
        let events = [event(8, Some(r#"{"b":1e21, "a":"\ud800"}"#)), event(9, None)];
        let expected = concat!(
            r#"{"type":"push","store":"a\"b","backendId":"kept","createdAt":"2026-11-18T11:06:40.123Z","events":["#,
            r#"{"name":"v1.Made","args":{"b":1e21, "a":"\ud800"},"seqNum":8,"parentSeqNum":7,"clientId":"c","sessionId":""},"#,
            r#"{"name":"v1.Made","seqNum":9,"parentSeqNum":8,"clientId":"c","sessionId":""}]}"#,
        );
        assert_eq!(push_json("a\"b", "kept", &events), expected);
        assert_eq!(push_delivery_id("kept", 9, "static-0"), "kept.9.static-0");
    }
}
