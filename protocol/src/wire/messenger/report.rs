//! The body of `POST /api/me/reports` (`people.md` 6).

use super::body::Members;
use crate::people::report::{Reason, Report};
use crate::words::ids::{RoomId, RoomRules, UserId, is_write_id};
use crate::words::principal::Principal;
use crate::words::refusal::Refusal;

/// Reads a report by `by`. Only the form is checked, so the answer does not reveal who or what exists. Refuses with `VALIDATION` on the
/// member that cannot be used.
pub fn read_report(members: &Members, by: &Principal, rules: &RoomRules) -> Result<Report, Refusal> {
    let user = UserId::parse(members.needed_text("userId")?)?;
    if user == by.user {
        return Err(Refusal::validation("userId", "You can't report yourself."));
    }
    let unknown = Refusal::validation("reason", "This member is spam, abuse or other.");
    let reason = Reason::parse(members.needed_text("reason")?).ok_or(unknown)?;
    let room = members.text("roomId")?.map(|id| room_of(id, by, rules)).transpose()?;
    let message = members.text("messageId")?.map(str::to_owned);
    if message.as_ref().is_some_and(|id| !is_write_id(id)) {
        return Err(Refusal::validation("messageId", "This is not the id of a message."));
    }
    if message.is_some() && room.is_none() {
        return Err(Refusal::validation("roomId", "A message has a room."));
    }
    Ok(Report { user, reason, room, message })
}

/// Returns the canonical id of the room. Refuses a conversation of two other people.
fn room_of(id: &str, by: &Principal, rules: &RoomRules) -> Result<String, Refusal> {
    let room = RoomId::parse(id, rules).and_then(|room| room.admits(by).map(|()| room));
    let room = room.map_err(|_| Refusal::validation("roomId", "This is not a room of yours."))?;
    Ok(room.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::limits::WRITE_ID_BYTES_MAX;

    fn read(body: &str) -> Result<Report, Refusal> {
        let members = Members::read(body.to_owned(), &["userId", "reason", "roomId", "messageId"])?;
        let rules = RoomRules { public: vec!["general".to_owned()], open: false };
        let by = Principal {
            room: None,
            ..Principal::reader(UserId::parse("user_1")?, &RoomId::parse("general", &rules)?, String::new(), 0)
        };
        read_report(&members, &by, &rules)
    }

    fn field(body: &str) -> String {
        match read(body) {
            Err(Refusal::Validation { field, .. }) => field.to_string(),
            other => panic!("{body}: {other:?}"),
        }
    }

    #[test]
    fn who_and_why_are_enough() {
        let report = read(r#"{"userId":"u_1","reason":"spam"}"#).unwrap();
        assert_eq!((report.user.as_str(), report.reason, report.target()), ("u_1", Reason::Spam, "u_1".to_owned()));
        assert_eq!(read(r#"{"userId":"u_1","reason":"spam","roomId":null,"messageId":null,"more":[1]}"#), Ok(report));
    }

    #[test]
    fn a_room_has_the_name_that_it_has_everywhere() {
        let report = read(r#"{"userId":"user_2","reason":"abuse","roomId":"dm_user_2____user_1","messageId":"m1"}"#);
        assert_eq!(report.unwrap().target(), "user_2 dm_user_1____user_2/m1");
        for room in ["general", "grp_0123456789abc"] {
            let report = read(&format!(r#"{{"userId":"user_2","reason":"other","roomId":"{room}"}}"#)).unwrap();
            assert_eq!(report.target(), format!("user_2 {room}"));
        }
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        for (body, name) in [
            (r#"{"reason":"spam"}"#, "userId"),
            (r#"{"userId":7,"reason":"spam"}"#, "userId"),
            (r#"{"userId":"Somebody","reason":"spam"}"#, "userId"),
            (r#"{"userId":"user_1","reason":"spam"}"#, "userId"),
            (r#"{"userId":"user_2"}"#, "reason"),
            (r#"{"userId":"user_2","reason":"rude"}"#, "reason"),
            (r#"{"userId":"user_2","reason":["spam"]}"#, "reason"),
            (r#"{"userId":"user_2","reason":"spam","roomId":"no room"}"#, "roomId"),
            (r#"{"userId":"user_2","reason":"spam","roomId":"system_x"}"#, "roomId"),
            (r#"{"userId":"user_2","reason":"spam","roomId":"dm_user_2____user_3"}"#, "roomId"),
            (r#"{"userId":"user_2","reason":"spam","messageId":"m1"}"#, "roomId"),
            (r#"{"userId":"user_2","reason":"spam","roomId":"general","messageId":""}"#, "messageId"),
            (r#"{"userId":"user_2","reason":"spam","roomId":"general","messageId":"a\nb"}"#, "messageId"),
        ] {
            assert_eq!(field(body), name, "{body}");
        }
        let long = "m".repeat(WRITE_ID_BYTES_MAX + 1);
        assert_eq!(
            field(&format!(r#"{{"userId":"user_2","reason":"spam","roomId":"general","messageId":"{long}"}}"#)),
            "messageId"
        );
    }
}
