//! Moderation on the wire (`moderation.md`): the body of an act, and the frame to the person concerned.

use super::body::Members;
use crate::codec::json::json_text;
use crate::people::moderation::{Act, ActKind};
use crate::words::bot_cast;
use crate::words::event::Millis;
use crate::words::ids::{RoomForm, RoomId, RoomRules, UserId, is_write_id};
use crate::words::refusal::Refusal;

/// Reads an act from the members of a body or form.
///
/// # Errors
///
/// `VALIDATION` on the member that cannot be used.
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
        check_room(room, rules)?;
    }
    if act.message.as_ref().is_some_and(|id| !is_write_id(id)) {
        return Err(Refusal::validation("message", "This is not the id of a message."));
    }
    if let Some(user) = &act.user {
        let is_person = UserId::parse(user).is_ok_and(|user| !user.is_demo()) && bot_cast::find(user).is_none();
        if !is_person {
            return Err(Refusal::validation("user", "This is not the id of a person."));
        }
    }
    Ok(act)
}

fn count(members: &Members, name: &'static str) -> Result<Option<u64>, Refusal> {
    let number = members.number(name)?;
    let negative = |_| Refusal::validation(name, "This member is a whole number from 0 on.");
    number.map(u64::try_from).transpose().map_err(negative)
}

fn check_room(room: &str, rules: &RoomRules) -> Result<(), Refusal> {
    let is_public = RoomId::parse(room, rules).is_ok_and(|room| matches!(room.form(), RoomForm::Public));
    if is_public { Ok(()) } else { Err(Refusal::validation("room", "This is not a public room.")) }
}

/// Returns the frame that tells a person of an act (`moderation.md` 3).
pub fn moderation_json((id, kind): (&str, &str), reason: &str, until: Option<Millis>) -> String {
    let until = until.map(|until| format!(",\"until\":{until}")).unwrap_or_default();
    let (id, kind, reason) = (json_text(id), json_text(kind), json_text(reason));
    format!("{{\"type\":\"moderation\",\"act\":{id},\"kind\":{kind},\"reason\":{reason}{until}}}")
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
}
