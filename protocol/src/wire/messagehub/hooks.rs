//! Webhooks and the other connectors on the wire (`messagehub.md` 7): registration, calls to receivers, mails, and lines of logs.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::codec::json;
use crate::codec::json::json_text;
use crate::machines::hub::{Body, Hook, HubRefusal, Item};
use crate::machines::webhook::{DeadLetter, Secret};
use crate::record;
use crate::trust::guard::{UrlPolicy, check_url};
use crate::words::iso::iso_utc;
use crate::words::limits::{HOOK_ID_BYTES_MAX, MAIL_CHARS_MAX, SEQ_MAX};
use crate::words::refusal::Fault;

#[derive(Deserialize)]
struct Registration {
    url: String,
    secret: String,
    #[serde(default = "messages")]
    types: Vec<String>,
    #[serde(default = "yes")]
    active: bool,
    #[serde(default = "yes")]
    ordered: bool,
}

#[derive(Deserialize)]
struct StaticHook {
    room: String,
    id: Option<String>,
    #[serde(flatten)]
    hook: Registration,
}

fn yes() -> bool {
    true
}

fn messages() -> Vec<String> {
    vec!["message".to_owned()]
}

/// Reads a registration. The text of an `Err` says its author what is wrong.
pub fn read_hook(id: &str, body: &str, place: UrlPolicy<'_>) -> Result<Hook, (HubRefusal, String)> {
    let registration: Registration =
        serde_json::from_str(body).map_err(|_| (HubRefusal::BadFrame, "This is not a hook.".to_owned()))?;
    hook_of(id, registration, place)
}

fn hook_of(id: &str, registration: Registration, place: UrlPolicy<'_>) -> Result<Hook, (HubRefusal, String)> {
    let Registration { url, secret, types, active, ordered } = registration;
    let refuse = |text: &str| (HubRefusal::BadFrame, text.to_owned());
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !(1..=HOOK_ID_BYTES_MAX).contains(&id.len()) || !id.chars().all(is_plain) {
        return Err((HubRefusal::BadId, "A hook's id has letters, digits, - and _.".to_owned()));
    }
    check_url(&url, place).map_err(|refusal| refuse(&refusal.to_string()))?;
    let secret =
        Secret::parse(&secret).ok_or_else(|| refuse("The secret is whsec_ and at least 24 bytes in base64."))?;
    if types != messages() {
        return Err(refuse("The only type is message."));
    }
    Ok(Hook { id: id.to_owned(), url, secret, is_active: active, is_ordered: ordered })
}

/// Reads webhooks from the variable `HUB_WEBHOOKS`, each with its room (or `*`). `None` when the variable is not usable.
pub fn read_static_hooks(text: &str, place: UrlPolicy<'_>) -> Option<Vec<(String, Hook)>> {
    let hooks: Vec<StaticHook> = serde_json::from_str(text).ok()?;
    let hook = |(at, hook): (usize, StaticHook)| {
        let id = hook.id.unwrap_or_else(|| format!("static-{at}"));
        Some((hook.room, hook_of(&id, hook.hook, place).ok()?))
    };
    hooks.into_iter().enumerate().map(hook).collect()
}

record! {
    struct Connector {
        room: String = "room",
        kind: String = "kind",
        to: Option<String> = "to",
    }
}

/// Reads connectors that are no web addresses from the variable `HUB_CONNECTORS`, each with its room (or `*`):
/// `[{"room":"*","kind":"log"},{"room":"orders","kind":"email","to":"a@b.example"}]`. `None` when the variable is not usable.
pub fn read_connectors(text: &str) -> Option<Vec<(String, String)>> {
    let address = |Connector { room, kind, to }: Connector| match (kind.as_str(), to) {
        ("log", _) => Some((room, "log:".to_owned())),
        ("email", Some(to)) => Some((room, format!("mailto:{to}"))),
        _ => None,
    };
    json::read::<Vec<Connector>>(text)?.into_iter().map(address).collect()
}

/// Returns a webhook as its owner sees it, without its secret.
pub fn hook_json(hook: &Hook) -> String {
    shown_hook(&hook.id, &hook.url, hook.is_active, hook.is_ordered)
}

/// Returns the same from the parts of a webhook.
pub fn shown_hook(id: &str, url: &str, is_active: bool, is_ordered: bool) -> String {
    format!(
        "{{\"id\":{},\"url\":{},\"types\":[\"message\"],\"active\":{is_active},\"ordered\":{is_ordered}}}",
        json_text(id),
        json_text(url)
    )
}

/// Returns the header `webhook-id`: the same for every attempt.
pub fn delivery_id(epoch: u32, seq: u64, hook_id: &str) -> String {
    format!("{epoch:08x}.{seq}.{hook_id}")
}

pub fn delivery_json(room: &str, epoch: u32, item: &Item) -> String {
    let room = json_text(room);
    format!("{{\"type\":\"message\",\"room\":{room},\"epoch\":\"{epoch:08x}\",\"message\":{}}}", item.json())
}

/// Returns the mail about a message: subject and plain text. Binary bodies are only mentioned.
pub fn email_json(from: &str, to: &str, room: &str, item: &Item) -> String {
    let one_line =
        |text: &str| text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect::<String>();
    let sender = item.sender.as_deref().unwrap_or("anonymous");
    let said = match &item.body {
        Body::Text(text) => text.chars().take(MAIL_CHARS_MAX).collect(),
        Body::Bytes(bytes) => format!("{} bytes of {}", bytes.len(), item.content_type),
    };
    let subject = format!("[{}] {}", one_line(room), one_line(sender));
    let text = format!("{said}\n\n{sender}, {}, no. {}", iso_utc(item.ts), item.seq);
    format!(
        "{{\"from\":{},\"to\":{},\"subject\":{},\"text\":{}}}",
        json_text(from),
        json_text(to),
        json_text(&subject),
        json_text(&text)
    )
}

/// Returns the log line about a message: sender, place and size, never the content.
pub fn log_json(room: &str, item: &Item) -> String {
    let sender = item.sender.as_deref().map_or_else(|| "null".to_owned(), json_text);
    format!(
        "{{\"event\":\"hub_message\",\"room\":{},\"seq\":{},\"id\":{},\"ts\":{},\"sender\":{sender},\"contentType\":{},\"bytes\":{}}}",
        json_text(room),
        item.seq,
        json_text(&item.id),
        item.ts,
        json_text(&item.content_type),
        item.body.bytes().len()
    )
}

/// Returns the members that every list of dead letters has.
fn dead_members(dead: &DeadLetter) -> String {
    let DeadLetter { seq, status, error, attempts, died_at, .. } = dead;
    let (status, error) = (if *status == 0 { "null".to_owned() } else { status.to_string() }, json_text(error));
    format!("\"seq\":{seq},\"status\":{status},\"error\":{error},\"attempts\":{attempts},\"ts\":{died_at}")
}

/// Returns a page of dead letters of one receiver; `next` is the position after which the next page begins.
pub fn dead_json(dead: &[DeadLetter], after: u64) -> String {
    let row = |dead: &DeadLetter| format!("{{\"id\":{},{}}}", dead.seq, dead_members(dead));
    let rows: Vec<String> = dead.iter().map(row).collect();
    let next = dead.last().map_or(after, |dead| dead.seq);
    format!("{{\"dead\":[{}],\"next\":{next}}}", rows.join(","))
}

/// Returns a page of at most `limit` dead letters of all receivers of a log. A further letter only makes `more` true.
pub fn dead_letters_json(letters: &[DeadLetter], limit: usize) -> String {
    let shown = letters.get(..limit).unwrap_or(letters);
    let more = shown.len() < letters.len();
    let row = |dead: &DeadLetter| format!("{{\"hook\":{},{}}}", json_text(&dead.hook), dead_members(dead));
    let rows: Vec<String> = shown.iter().map(row).collect();
    let next = shown.last().filter(|_| more).map(|dead| json_text(&format!("{}.{}", dead.hook, dead.seq)));
    format!("{{\"items\":[{}],\"next\":{},\"more\":{more}}}", rows.join(","), next.as_deref().unwrap_or("null"))
}

/// Reads a position that `next` of [`dead_letters_json`] returned: a receiver and a message. `None` for another text.
pub fn read_dead_letter(text: &str) -> Option<(&str, u64)> {
    let (hook, seq) = text.rsplit_once('.')?;
    Some((hook, seq.parse().ok().filter(|seq| *seq <= SEQ_MAX)?))
}

/// Returns the rows of the audit table about messages, as JSON: position, id, writer, time, length, type, SHA-256. A digest of a short body
/// can be guessed, so `stored` decides the form in which it is stored.
pub fn audit_json(items: &[Item], stored: impl Fn(&Item, String) -> Result<String, Fault>) -> Result<String, Fault> {
    let row = |item: &Item| -> Result<String, Fault> {
        let digest: String = Sha256::digest(item.body.bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let sender = item.sender.as_deref().map_or_else(|| "null".to_owned(), json_text);
        let (id, length, content_type) = (json_text(&item.id), item.body.bytes().len(), json_text(&item.content_type));
        let digest = json_text(&stored(item, digest)?);
        Ok(format!("[{},{id},{sender},{},{length},{content_type},{digest}]", item.seq, item.ts))
    };
    Ok(format!("[{}]", items.iter().map(row).collect::<Result<Vec<String>, Fault>>()?.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

    fn read(id: &str, body: &str) -> Result<Hook, (HubRefusal, String)> {
        read_hook(id, body, UrlPolicy::default())
    }

    #[test]
    fn a_hook_is_registered_and_shown_without_its_secret() {
        let body = format!(r#"{{"url":"https://a.com/h","secret":"{SECRET}","types":["message"],"active":true}}"#);
        let hook = read("h-1", &body).unwrap();
        assert!(hook.is_active && hook.is_ordered);
        let shown = r#"{"id":"h-1","url":"https://a.com/h","types":["message"],"active":true,"ordered":true}"#;
        assert_eq!(hook_json(&hook), shown);
        assert!(!format!("{hook:?}").contains("MfKQ"));
        let quiet = format!(r#"{{"url":"https://a.com/h","secret":"{SECRET}","active":false,"ordered":false}}"#);
        let quiet = read("h", &quiet).unwrap();
        assert!(!quiet.is_active && !quiet.is_ordered);
    }

    #[test]
    fn what_cannot_be_a_hook() {
        let good = format!(r#"{{"url":"https://a.com/h","secret":"{SECRET}"}}"#);
        assert!(read("h", &good).is_ok());
        let long = "x".repeat(65);
        for id in ["", "a b", "a/b", "a.b", "\u{e9}", &long] {
            assert_eq!(read(id, &good).unwrap_err().0, HubRefusal::BadId, "{id}");
        }
        for (from, to) in [
            ("https://a.com/h", "https://10.0.0.1/"),
            ("https://a.com/h", "http://a.com/"),
            (SECRET, "whsec_AAAA"),
            ("\"url\"", "\"uri\""),
            ("{", "["),
        ] {
            assert_eq!(read("h", &good.replacen(from, to, 1)).unwrap_err().0, HubRefusal::BadFrame, "{to}");
        }
        let types = good.replacen('{', r#"{"types":["presence"],"#, 1);
        assert!(read("h", &types).is_err());
    }

    #[test]
    fn a_page_of_dead_letters_says_where_the_next_one_begins() {
        let letter = |hook: &str, seq, status| DeadLetter {
            hook: hook.to_owned(),
            seq,
            status,
            error: "a \"b\"".to_owned(),
            attempts: 9,
            died_at: 5,
        };
        let letters = [letter("a", 7, 500), letter("b", 2, 0)];
        let first = r#"{"hook":"a","seq":7,"status":500,"error":"a \"b\"","attempts":9,"ts":5}"#;
        let second = r#"{"hook":"b","seq":2,"status":null,"error":"a \"b\"","attempts":9,"ts":5}"#;
        assert_eq!(dead_letters_json(&letters, 1), format!(r#"{{"items":[{first}],"next":"a.7","more":true}}"#));
        assert_eq!(
            dead_letters_json(&letters, 2),
            format!(r#"{{"items":[{first},{second}],"next":null,"more":false}}"#)
        );
        assert_eq!(dead_letters_json(&[], 2), r#"{"items":[],"next":null,"more":false}"#);
        assert_eq!(read_dead_letter("hook_a-1.7"), Some(("hook_a-1", 7)));
        for bad in ["", "a", "7", "a.", "a.-1", "a.9007199254740992"] {
            assert_eq!(read_dead_letter(bad), None, "{bad}");
        }
    }

    #[test]
    fn hooks_from_a_variable() {
        let text = format!(
            r#"[{{"room":"*","url":"https://a.com/h","secret":"{SECRET}"}},{{"room":"r","id":"x","url":"https://b.com","secret":"{SECRET}"}}]"#
        );
        let hooks = read_static_hooks(&text, UrlPolicy::default()).unwrap();
        let names: Vec<(&str, &str)> = hooks.iter().map(|(room, hook)| (room.as_str(), hook.id.as_str())).collect();
        assert_eq!(names, [("*", "static-0"), ("r", "x")]);
        assert_eq!(read_static_hooks("[]", UrlPolicy::default()), Some(Vec::new()));
        for bad in ["", "{}", r#"[{"room":"*"}]"#, &text.replace("https://b", "http://b")] {
            assert_eq!(read_static_hooks(bad, UrlPolicy::default()), None, "{bad}");
        }
    }
}
