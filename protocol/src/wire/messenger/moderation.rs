//! Moderation on the wire (`moderation.md`): the body of an act, held messages, and frames to the person concerned.

use super::body::Members;
use crate::codec::json::{Value, json_text};
use crate::machines::room::HeldMessage;
use crate::people::moderation::{Act, ActKind, may_be_acted_on};
use crate::words::event::Millis;
use crate::words::ids::{RoomForm, RoomId, RoomRules, is_write_id};
use crate::words::refusal::Refusal;

/// Reads an act from the members of a body or form.
pub fn read_act(members: &Members, rules: &RoomRules) -> Result<Act, Refusal> {
    let unknown = Refusal::validation("kind", "This kind of act is not known.");
    let kind = ActKind::parse(members.needed_text("kind")?).ok_or(unknown)?;
    let text = |name| Ok::<_, Refusal>(members.text(name)?.map(str::to_owned));
    let act = Act {
        kind,
        room: text("room")?,
        message: text("message")?,
        user: text("user")?,
        minutes: count(members, "minutes")?,
        seconds: count(members, "seconds")?,
        reason: members.needed_text("reason")?.to_owned(),
    };
    let act = act.checked()?;
    if let Some(room) = &act.room {
        check_public_room(room, rules)?;
    }
    if act.message.as_ref().is_some_and(|id| !is_write_id(id)) {
        return Err(Refusal::validation("message", "This is not the id of a message."));
    }
    if act.user.as_ref().is_some_and(|user| !may_be_acted_on(user)) {
        return Err(Refusal::validation("user", "This is not the id of a person."));
    }
    Ok(act)
}

fn count(members: &Members, name: &'static str) -> Result<Option<u64>, Refusal> {
    let number = members.number(name)?;
    let negative = |_| Refusal::validation(name, "This member is a whole number from 0 on.");
    number.map(u64::try_from).transpose().map_err(negative)
}

/// Checks that `room` is a public room.
/// Errors: `VALIDATION` on `room`.
pub fn check_public_room(room: &str, rules: &RoomRules) -> Result<(), Refusal> {
    let is_public = RoomId::parse(room, rules).is_ok_and(|room| matches!(room.form(), RoomForm::Public));
    if is_public { Ok(()) } else { Err(Refusal::validation("room", "This is not a public room.")) }
}

/// Returns the frame about an act for the person concerned (`moderation.md` 3).
pub fn moderation_json((id, kind): (&str, &str), reason: &str, until: Option<Millis>) -> String {
    let until = until.map(|until| format!(",\"until\":{until}")).unwrap_or_default();
    let (id, kind, reason) = (json_text(id), json_text(kind), json_text(reason));
    format!("{{\"type\":\"moderation\",\"act\":{id},\"kind\":{kind},\"reason\":{reason}{until}}}")
}

/// Returns the list of held messages (`moderation.md` 8.2).
pub fn held_json(held: &[HeldMessage]) -> String {
    let item = |held: &HeldMessage| {
        let HeldMessage { id, at, user, name, body, rule, .. } = held;
        let [id, user, name, rule] = [id, user, name, rule].map(|text| json_text(text));
        format!("{{\"id\":{id},\"at\":{at},\"user\":{user},\"name\":{name},\"rule\":{rule},\"message\":{body}}}")
    };
    let items: Vec<String> = held.iter().map(item).collect();
    format!("{{\"items\":[{}]}}", items.join(","))
}

/// Reads the verdict on a held message: the room, the id of the message, and `true` to publish it.
pub fn read_verdict(members: &Members, rules: &RoomRules) -> Result<(String, String, bool), Refusal> {
    let verdict = (members.needed_text("room")?, members.needed_text("id")?, members.needed_text("verdict")?);
    check_verdict(verdict, rules)
}

/// Checks the room, the id and the verdict of a form. Returns the same as [`read_verdict`].
pub fn check_verdict(
    (room, id, verdict): (&str, &str, &str),
    rules: &RoomRules,
) -> Result<(String, String, bool), Refusal> {
    check_public_room(room, rules)?;
    if !is_write_id(id) {
        return Err(Refusal::validation("id", "This is not the id of a message."));
    }
    let is_published = match verdict {
        "publish" => true,
        "drop" => false,
        _ => return Err(Refusal::validation("verdict", "A verdict is publish or drop.")),
    };
    Ok((room.to_owned(), id.to_owned(), is_published))
}

/// Texts of a held message to which rules apply, for a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldWords {
    pub text: String,
    /// Name and description of each file.
    pub files: Vec<String>,
    /// Title and description of the link preview; empty without one.
    pub link: String,
}

/// Returns the texts of a held message from its body.
pub fn held_words(body: &str) -> HeldWords {
    let body = Value::parse(body).unwrap_or(Value::Null);
    let words = |record: &Value, names: &[&str]| {
        let texts = names.iter().filter_map(|name| record.get(name)?.as_str()).filter(|text| !text.is_empty());
        texts.collect::<Vec<_>>().join(" – ")
    };
    let files = body.get("files").and_then(Value::as_array).into_iter().flatten();
    HeldWords {
        text: words(&body, &["content"]),
        files: files.map(|file| words(file, &["name", "alt"])).collect(),
        link: body.get("link").map(|link| words(link, &["title", "description"])).unwrap_or_default(),
    }
}

/// Returns the frame about a dropped message for its author (`moderation.md` 8.2).
pub fn dropped_json(room: &str, id: &str) -> String {
    let (room, id) = (json_text(room), json_text(id));
    format!("{{\"type\":\"moderation\",\"kind\":\"drop\",\"roomId\":{room},\"messageId\":{id}}}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<Act, Refusal> {
        let known = ["kind", "room", "message", "user", "minutes", "seconds", "reason"];
        let members = Members::read(body.to_owned(), &known)?;
        read_act(&members, &RoomRules { public: vec!["general".to_owned()], open: false })
    }

    fn field(body: &str) -> Option<String> {
        read(body).err().and_then(|refusal| refusal.field().map(str::to_owned))
    }

    #[test]
    fn an_act_is_read_with_what_its_kind_needs() {
        let act = read(r#"{"kind":"mute","user":"user_9","minutes":10,"room":"dm_x","reason":"Spam."}"#).unwrap();
        assert_eq!(
            (act.kind, act.user.as_deref(), act.minutes, act.room),
            (ActKind::Mute, Some("user_9"), Some(10), None)
        );
    }

    #[test]
    fn what_cannot_be_used_is_refused_by_its_name() {
        for (body, wanted) in [
            (r#"{"reason":"x"}"#, "kind"),
            (r#"{"kind":"praise","reason":"x"}"#, "kind"),
            (r#"{"kind":"close","room":"general"}"#, "reason"),
            (r#"{"kind":"close","room":"lobby","reason":"x"}"#, "room"),
            (r#"{"kind":"close","room":"dm_user_1____user_2","reason":"x"}"#, "room"),
            (r#"{"kind":"remove","room":"general","message":"","reason":"x"}"#, "message"),
            (r#"{"kind":"ban","user":"Somebody Else","reason":"x"}"#, "user"),
            (r#"{"kind":"mute","user":"user_9","minutes":-1,"reason":"x"}"#, "minutes"),
            (r#"{"kind":"slow","room":"general","seconds":301,"reason":"x"}"#, "seconds"),
        ] {
            assert_eq!(field(body).as_deref(), Some(wanted), "{body}");
        }
    }

    #[test]
    fn a_frame_has_an_end_only_where_the_act_has_one() {
        let frame = moderation_json(("a", "mute"), "\"x\"", Some(7));
        assert_eq!(frame, r#"{"type":"moderation","act":"a","kind":"mute","reason":"\"x\"","until":7}"#);
        assert!(!moderation_json(("a", "ban"), "x", None).contains("until"));
    }

    #[test]
    fn a_verdict_names_a_public_room_a_message_and_a_word() {
        let read = |body: &str| {
            let members = Members::read(body.to_owned(), &["room", "id", "verdict"])?;
            read_verdict(&members, &RoomRules { public: vec!["general".to_owned()], open: false })
        };
        let good = r#"{"room":"general","id":"m-1","verdict":"publish"}"#;
        assert_eq!(read(good), Ok(("general".to_owned(), "m-1".to_owned(), true)));
        assert_eq!(read(&good.replace("publish", "drop")).map(|verdict| verdict.2), Ok(false));
        for (body, field) in [
            (good.replace("general", "dm_user_1____user_2"), "room"),
            (good.replace("m-1", ""), "id"),
            (good.replace("publish", "praise"), "verdict"),
            (r#"{"room":"general","id":"m-1"}"#.to_owned(), "verdict"),
        ] {
            assert_eq!(read(&body).unwrap_err().field(), Some(field), "{body}");
        }
    }

    #[test]
    fn the_words_of_a_held_message_are_those_to_which_rules_apply() {
        let files = r#"[{"id":"f","name":"a.png","alt":"A cat"},{"id":"g","name":"b.txt"}]"#;
        let link = r#"{"url":"https://x","title":"X"}"#;
        let words = held_words(&format!(r#"{{"content":"odd","files":{files},"link":{link}}}"#));
        assert_eq!((words.text.as_str(), words.link.as_str()), ("odd", "X"));
        assert_eq!(words.files, ["a.png – A cat", "b.txt"]);
        assert_eq!(held_words("no body"), HeldWords::default());
    }

    #[test]
    fn held_messages_are_listed_with_the_members_of_their_frames() {
        let text = str::to_owned;
        let (id, user, name) = (text("m-1"), text("user_1"), text("\"Mia\""));
        let (body, rule) = (text(r#"{"content":"odd"}"#), text("word odd"));
        let held = HeldMessage { id, at: 7, user, session: None, name, body, rule };
        let item =
            r#"{"id":"m-1","at":7,"user":"user_1","name":"\"Mia\"","rule":"word odd","message":{"content":"odd"}}"#;
        assert_eq!(held_json(&[held]), format!("{{\"items\":[{item}]}}"));
        assert_eq!(held_json(&[]), r#"{"items":[]}"#);
        let frame = r#"{"type":"moderation","kind":"drop","roomId":"general","messageId":"m-1"}"#;
        assert_eq!(dropped_json("general", "m-1"), frame);
    }
}
