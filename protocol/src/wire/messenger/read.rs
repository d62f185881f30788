//! Frames of clients (`messenger.md` 5.3, `presence.md` 1), parsed once into inputs of the room machine. A client's claims about itself
//! (`senderId`, `displayName`, `timestamp`, `roomId`) are not read.

use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

use crate::codec::json::push_json_text;
use crate::content::emoji::is_reaction;
use crate::content::files::push_attached;
use crate::content::own_emoticons::push_emoticons;
use crate::content::text;
use crate::log::Range;
use crate::machines::presence::PresenceChange;
use crate::machines::room::{
    BadFrame, Change, ChangeKind, ClientFrame, HistoryAsk, ParticipantsAsk, ReactionOp, ReceiptReport, ReceiptTarget,
    Write,
};
use crate::words::event::{Kind, Millis};
use crate::words::ids::{is_uuid, is_write_id};
use crate::words::limits::{
    BATCH_FRAMES_MAX, FONT_COLORS, FONT_FACES, FONT_STYLE_MAX, PAGE_EVENTS_DEFAULT, PAGE_EVENTS_MAX,
    PERSONAL_MESSAGE_GRAPHEMES_MAX, RID_BYTES_MAX, SEQ_MAX, USER_ID_BYTES_MAX,
};
use crate::words::refusal::Refusal;
use crate::words::status::Status;
use crate::words::winks;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Members<'a> {
    #[serde(rename = "type")]
    kind: Option<String>,
    id: Option<String>,
    content: Option<String>,
    reply_to: Option<String>,
    font: Option<Font>,
    wink_id: Option<String>,
    is_typing: Option<bool>,
    rid: Option<String>,
    #[serde(borrow)]
    before: Option<&'a RawValue>,
    since: Option<&'a RawValue>,
    after: Option<String>,
    limit: Option<&'a RawValue>,
    seq: Option<&'a RawValue>,
    t: Option<&'a RawValue>,
    status: Option<String>,
    display_name: Option<String>,
    personal_message: Option<String>,
    avatar_id: Option<String>,
    until: Option<Millis>,
    status_text: Option<String>,
    idle: Option<bool>,
    visible: Option<bool>,
    user_ids: Option<Vec<String>>,
    message_id: Option<String>,
    reaction: Option<String>,
    op: Option<String>,
    ack_id: Option<String>,
    up_to_seq: Option<&'a RawValue>,
    #[serde(rename = "for")]
    whom: Option<String>,
    files: Option<&'a RawValue>,
    link: Option<&'a RawValue>,
    emoticons: Option<&'a RawValue>,
}

#[derive(Default)]
struct Font {
    color: Option<u8>,
    face: Option<u8>,
    style: Option<u8>,
}

/// A derived reader would also accept a list of three numbers.
impl<'de> Deserialize<'de> for Font {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;
        impl<'de> Visitor<'de> for Object {
            type Value = Font;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a font")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Font, A::Error> {
                let (mut font, mut seen) = (Font::default(), [false; 3]);
                while let Some(name) = members.next_key::<String>()? {
                    let (place, member, at) = match name.as_str() {
                        "color" => (&mut font.color, "color", 0),
                        "face" => (&mut font.face, "face", 1),
                        "style" => (&mut font.style, "style", 2),
                        _ => {
                            members.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    if std::mem::replace(&mut seen[at], true) {
                        return Err(A::Error::duplicate_field(member));
                    }
                    *place = members.next_value()?;
                }
                Ok(font)
            }
        }
        deserializer.deserialize_map(Object)
    }
}

pub fn read_frame(text: &str) -> Result<ClientFrame, BadFrame> {
    with_members(text, None, |members| {
        frame_of(members).map_err(|refusal| BadFrame { id: members.id.clone(), rid: rid_of(members), refusal })
    })
}

/// Reads the members of a text. A member that belongs to other frames and has the wrong type counts as unknown.
fn with_members<T>(
    text: &str,
    kind: Option<&str>,
    read: impl Fn(&Members<'_>) -> Result<T, BadFrame>,
) -> Result<T, BadFrame> {
    // Serde would accept a list of values as the members.
    if !text.trim_start().starts_with('{') {
        return Err(BadFrame::nameless(Refusal::BadJson));
    }
    let error = match serde_json::from_str::<Members<'_>>(text) {
        Ok(members) => return read(&members),
        Err(error) => error.to_string(),
    };
    let cleaned = without_foreign(text, kind, &error)?;
    match serde_json::from_str::<Members<'_>>(&cleaned.text) {
        Ok(members) => read(&members),
        Err(_) => Err(cleaned.refused()),
    }
}

/// Text that did not parse, reduced to the members of its own frame.
struct Cleaned {
    text: String,
    members: serde_json::Value,
    own: &'static [&'static str],
}

impl Cleaned {
    fn named(members: &serde_json::Value, refusal: Refusal) -> BadFrame {
        let owned = |name: &str| members.get(name).and_then(|member| member.as_str()).map(str::to_owned);
        BadFrame { id: owned("id"), rid: owned("rid").filter(|rid| rid.len() <= RID_BYTES_MAX), refusal }
    }

    fn refused(&self) -> BadFrame {
        Self::named(&self.members, wrong_member(self.own, &self.members))
    }
}

/// Removes members of other frames. It is slow, and runs only after a failed parse.
#[cold]
#[inline(never)]
fn without_foreign(text: &str, kind: Option<&str>, error: &str) -> Result<Cleaned, BadFrame> {
    // The parser has two messages for half of a surrogate pair.
    let is_half = error.contains("surrogate") || error.contains("unexpected end of hex escape");
    let whole = if is_half { without_halves(text) } else { text.to_owned() };
    let Ok(serde_json::Value::Object(members)) = serde_json::from_str::<serde_json::Value>(&whole) else {
        return Err(BadFrame::nameless(if is_half { Refusal::InvalidText } else { Refusal::BadJson }));
    };
    let own = own_members(kind.or_else(|| members.get("type").and_then(|kind| kind.as_str())));
    let is_read = |name: &&String| own.contains(&name.as_str());
    let read = members.iter().filter(|(name, _)| is_read(name)).map(|(name, value)| format!("\"{name}\":{value}"));
    let text = format!("{{{}}}", read.collect::<Vec<String>>().join(","));
    let members = serde_json::Value::Object(members);
    if is_half {
        return Err(Cleaned::named(&members, Refusal::InvalidText));
    }
    if error.starts_with("duplicate field") {
        return Err(Cleaned::named(&members, Refusal::BadJson));
    }
    Ok(Cleaned { text, members, own })
}

/// Returns the members that a frame type uses; for an unknown type, those that an error answer uses.
pub(crate) fn own_members(kind: Option<&str>) -> &'static [&'static str] {
    if let Some(kind) = kind.and_then(Kind::parse) {
        return kind.facts().members;
    }
    match kind {
        Some("typing") => &["type", "isTyping"],
        Some("history") => &["type", "rid", "before", "since", "limit"],
        Some("participants") => &["type", "rid", "after", "limit"],
        Some("ping") => &["type", "t"],
        Some("cursor") => &["type", "seq"],
        Some("presence") => {
            &["type", "status", "displayName", "personalMessage", "avatarId", "until", "statusText", "idle", "visible"]
        }
        Some("watch") => &["type", "userIds"],
        Some("ack") => &["type", "ackId", "upToSeq", "status"],
        _ => &["type", "id", "rid"],
    }
}

/// Replaces halves of surrogate pairs, so that the error answer can name the frame.
fn without_halves(text: &str) -> String {
    let (mut out, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let is_half = escape.get(1..4).is_some_and(|begin| {
            let begin = begin.to_ascii_lowercase();
            matches!(begin.as_str(), "ud8" | "ud9" | "uda" | "udb" | "udc" | "udd" | "ude" | "udf")
        });
        let length = if is_half { 6 } else { 2 };
        let (taken, after) = escape.split_at_checked(length).unwrap_or((escape, ""));
        out.push_str(if is_half { "?" } else { taken });
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Splits an array of `cfm.v1.batch` into its frames; a bare object is one frame (`core.md` 5.1).
pub fn read_batch(text: &str) -> Result<Vec<&str>, Refusal> {
    if !text.trim_start().starts_with('[') {
        return Ok(vec![text]);
    }
    let frames: Vec<&RawValue> = serde_json::from_str(text).map_err(|_| Refusal::BadJson)?;
    // No limit would count an empty array.
    if frames.is_empty() {
        return Err(Refusal::BadJson);
    }
    if frames.len() > BATCH_FRAMES_MAX {
        return Err(Refusal::TooLarge);
    }
    Ok(frames.into_iter().map(RawValue::get).collect())
}

fn body_of<T>(text: &str, kind: &str, read: impl Fn(&Members<'_>) -> Result<T, Refusal>) -> Result<T, Refusal> {
    with_members(text, Some(kind), |members| read(members).map_err(BadFrame::nameless)).map_err(|bad| bad.refusal)
}

/// Reads the body of `POST /api/messages`: a chat without `type`, whose `id` may stand in a header instead.
pub fn read_write(text: &str, id: &str) -> Result<Write, Refusal> {
    body_of(text, "chat", |members| chat(id.to_owned(), members))
}

/// Reads the body of `POST /api/presence`: a `presence` frame without `type`.
pub fn read_presence(text: &str) -> Result<PresenceChange, Refusal> {
    body_of(text, "presence", presence)
}

fn frame_of(members: &Members<'_>) -> Result<ClientFrame, Refusal> {
    let word = members.kind.as_deref().ok_or(Refusal::validation("type", "Every frame has a type."))?;
    let Some(kind) = Kind::parse(word) else { return other_frame_of(word, members) };
    Ok(match kind {
        Kind::Chat => ClientFrame::Write(chat(event_id(members)?, members)?),
        Kind::Nudge => ClientFrame::Write(Write { id: event_id(members)?, kind, body: "{}".to_owned() }),
        Kind::Wink => ClientFrame::Write(wink(members)?),
        Kind::Edit => ClientFrame::Change(change(members, edit)?),
        Kind::Delete => ClientFrame::Change(change(members, frame_deletion)?),
        Kind::Reaction => ClientFrame::Change(change(members, frame_reaction)?),
        Kind::System => return Err(Refusal::UnknownType),
    })
}

/// Reads a frame whose type is no kind of an event.
fn other_frame_of(word: &str, members: &Members<'_>) -> Result<ClientFrame, Refusal> {
    Ok(match word {
        "typing" => {
            let is_typing = members.is_typing.ok_or(Refusal::validation("isTyping", "isTyping is true or false."))?;
            ClientFrame::Typing { is_typing }
        }
        "history" => ClientFrame::History(history(members)?),
        "participants" => ClientFrame::Participants(participants(members)?),
        "ping" => ClientFrame::Ping { t: members.t.map(RawValue::get).filter(|t| t.len() <= 64).map(str::to_owned) },
        "cursor" => ClientFrame::Cursor { seq: cursor(members.seq)?.ok_or(Refusal::BadCursor)? },
        "presence" => ClientFrame::Presence(presence(members)?),
        "watch" => {
            let user_ids =
                members.user_ids.clone().ok_or(Refusal::validation("userIds", "userIds is a list of user ids."))?;
            ClientFrame::Watch { user_ids }
        }
        "ack" => ClientFrame::Seen(seen(members)?),
        _ => return Err(Refusal::UnknownType),
    })
}

fn event_id(members: &Members<'_>) -> Result<String, Refusal> {
    let id = members.id.as_deref().filter(|id| is_uuid(id));
    id.map(str::to_owned).ok_or(Refusal::validation("id", "The id is a UUID."))
}

fn chat(id: String, members: &Members<'_>) -> Result<Write, Refusal> {
    // A message with files needs no text.
    let is_silent = members.files.is_some() && members.content.as_deref().unwrap_or_default().is_empty();
    let content = members.content.as_deref().or(is_silent.then_some(""));
    let content = content.ok_or(Refusal::validation("content", "A message has content."))?;
    if !is_silent {
        text::check_content(content)?;
    }
    let mut body = String::with_capacity(content.len() + 64);
    body.push_str("{\"content\":");
    push_json_text(&mut body, content);
    if let Some(reply_to) = members.reply_to.as_deref() {
        if !is_write_id(reply_to) {
            return Err(Refusal::validation("replyTo", "replyTo is the id of a message."));
        }
        body.push_str(",\"replyTo\":");
        push_json_text(&mut body, reply_to);
    }
    if let Some(font) = &members.font {
        font.push(&mut body)?;
    }
    let (files, link) = (members.files.map(RawValue::get), members.link.map(RawValue::get));
    if !push_attached(&mut body, content, files, link)? && is_silent {
        text::check_content(content)?;
    }
    if let Some(emoticons) = members.emoticons {
        push_emoticons(&mut body, content, emoticons.get())?;
    }
    body.push('}');
    Ok(Write { id, kind: Kind::Chat, body })
}

impl Font {
    /// Appends the font to a body; each member has a small range (`messenger.md` 5.3).
    fn push(&self, body: &mut String) -> Result<(), Refusal> {
        let members = [
            ("color", self.color, FONT_COLORS - 1),
            ("face", self.face, FONT_FACES - 1),
            ("style", self.style, FONT_STYLE_MAX),
        ];
        if members.iter().any(|(_, value, max)| value.is_some_and(|value| value > *max)) {
            return Err(Refusal::validation("font", "A font has color 0-15, face 0-5 and style 0-15."));
        }
        let given = members.iter().filter_map(|(name, value, _)| value.map(|value| format!("\"{name}\":{value}")));
        let given: Vec<String> = given.collect();
        body.push_str(",\"font\":{");
        body.push_str(&given.join(","));
        body.push('}');
        Ok(())
    }
}

fn seen(members: &Members<'_>) -> Result<ReceiptReport, Refusal> {
    let to = match (members.ack_id.as_deref(), cursor(members.up_to_seq)?) {
        (Some(id), None) if is_write_id(id) => ReceiptTarget::Id(id.to_owned()),
        (None, Some(seq)) => ReceiptTarget::Seq(seq),
        (Some(_), _) => return Err(Refusal::validation("ackId", "ackId is the id of a message.")),
        (None, None) => return Err(Refusal::validation("upToSeq", "upToSeq or ackId says how far.")),
    };
    match members.status.as_deref() {
        Some("delivered") => Ok(ReceiptReport { to, is_read: false }),
        Some("read") => Ok(ReceiptReport { to, is_read: true }),
        _ => Err(Refusal::validation("status", "status is delivered or read.")),
    }
}

fn change(members: &Members<'_>, what: fn(&Members<'_>) -> Result<ChangeKind, Refusal>) -> Result<Change, Refusal> {
    let id = event_id(members)?;
    let message = members.message_id.as_deref().filter(|id| is_write_id(id));
    let message = message.ok_or(Refusal::validation("messageId", "messageId is the id of a message."))?.to_owned();
    Ok(Change { id, message, what: what(members)? })
}

fn edit(members: &Members<'_>) -> Result<ChangeKind, Refusal> {
    let content = members.content.as_deref().ok_or(Refusal::validation("content", "A message has content."))?;
    text::check_content(content)?;
    Ok(ChangeKind::Edit { content: content.to_owned() })
}

fn deletion(whom: Option<&str>) -> Result<ChangeKind, Refusal> {
    match whom {
        None | Some("all") => Ok(ChangeKind::Delete),
        Some("me") => Ok(ChangeKind::Hide),
        Some(_) => Err(Refusal::validation("for", "A message is deleted for all or for me.")),
    }
}

/// Requires `for`, which a REST call may omit (`messenger.md` 5.3): a lost member must not delete for everyone.
fn frame_deletion(members: &Members<'_>) -> Result<ChangeKind, Refusal> {
    deletion(Some(members.whom.as_deref().unwrap_or_default()))
}

fn frame_reaction(members: &Members<'_>) -> Result<ChangeKind, Refusal> {
    if members.op.is_none() {
        return Err(Refusal::validation("op", "op is add or remove."));
    }
    reaction(members)
}

/// Without `op` the reaction is toggled (`messenger.md` 3).
fn reaction(members: &Members<'_>) -> Result<ChangeKind, Refusal> {
    let reaction = members.reaction.as_deref().filter(|reaction| is_reaction(reaction));
    let reaction = reaction.ok_or(Refusal::validation("reaction", "A reaction is a name or one emoji."))?.to_owned();
    let op = match members.op.as_deref() {
        Some("add") => ReactionOp::Add,
        Some("remove") => ReactionOp::Remove,
        None | Some("toggle") => ReactionOp::Toggle,
        Some(_) => return Err(Refusal::validation("op", "op is add, remove or toggle.")),
    };
    Ok(ChangeKind::React { reaction, op })
}

/// Reads the body of `PATCH /api/messages/:id`.
pub fn read_edit(text: &str) -> Result<ChangeKind, Refusal> {
    body_of(text, "edit", edit)
}

/// Reads `?for=` of `DELETE /api/messages/:id`.
pub fn read_deletion(whom: Option<&str>) -> Result<ChangeKind, Refusal> {
    deletion(whom)
}

/// Reads the body of `PUT /api/messages/:id/react`.
pub fn read_reaction(text: &str) -> Result<ChangeKind, Refusal> {
    body_of(text, "reaction", reaction)
}

fn wink(members: &Members<'_>) -> Result<Write, Refusal> {
    let id = event_id(members)?;
    let wink = members.wink_id.as_deref().and_then(winks::find);
    let wink = wink.ok_or(Refusal::validation("winkId", "This wink is not in the catalogue."))?;
    Ok(Write { id, kind: Kind::Wink, body: wink.body() })
}

fn history(members: &Members<'_>) -> Result<HistoryAsk, Refusal> {
    let range = range_of(cursor(members.since)?, cursor(members.before)?)?;
    Ok(HistoryAsk { rid: rid_of(members), range, limit: limit_of(members)? })
}

fn participants(members: &Members<'_>) -> Result<ParticipantsAsk, Refusal> {
    let after = members.after.as_deref().unwrap_or_default();
    if after.len() > USER_ID_BYTES_MAX {
        return Err(Refusal::BadCursor);
    }
    Ok(ParticipantsAsk { rid: rid_of(members), after: after.to_owned(), limit: limit_of(members)? })
}

fn rid_of(members: &Members<'_>) -> Option<String> {
    members.rid.as_deref().filter(|rid| rid.len() <= RID_BYTES_MAX).map(str::to_owned)
}

fn limit_of(members: &Members<'_>) -> Result<u32, Refusal> {
    members.limit.map_or(Ok(PAGE_EVENTS_DEFAULT), |limit| page_limit(limit.get()))
}

/// Reads `since`, `before` and `limit` of a query string (`messenger.md` 3).
pub fn read_page(since: Option<&str>, before: Option<&str>, limit: Option<&str>) -> Result<(Range, u32), Refusal> {
    let number = |text: Option<&str>| text.map(seq_of).transpose();
    let range = range_of(number(since)?, number(before)?)?;
    Ok((range, read_limit(limit)?))
}

/// Reads `limit` of a query string (`messenger.md` 3).
pub fn read_limit(limit: Option<&str>) -> Result<u32, Refusal> {
    limit.map_or(Ok(PAGE_EVENTS_DEFAULT), page_limit)
}

fn range_of(since: Option<u64>, before: Option<u64>) -> Result<Range, Refusal> {
    match (since, before) {
        (Some(_), Some(_)) | (None, Some(0)) => Err(Refusal::BadCursor),
        (Some(since), None) => Ok(Range::Since(since)),
        (None, Some(before)) => Ok(Range::Before(before)),
        (None, None) => Ok(Range::Newest),
    }
}

/// Reads a limit. A number above the maximum means the maximum; a text that is no count is refused (`messenger.md` 3).
fn page_limit(text: &str) -> Result<u32, Refusal> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits {
        return Err(Refusal::BadCursor);
    }
    match text.parse::<u64>().unwrap_or(u64::MAX) {
        0 => Err(Refusal::BadCursor),
        limit => Ok(limit.min(u64::from(PAGE_EVENTS_MAX)) as u32),
    }
}

fn cursor(member: Option<&RawValue>) -> Result<Option<u64>, Refusal> {
    member.map(|raw| seq_of(raw.get())).transpose()
}

fn seq_of(text: &str) -> Result<u64, Refusal> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let seq = text.parse::<u64>().ok().filter(|seq| is_number && *seq <= SEQ_MAX);
    seq.ok_or(Refusal::BadCursor)
}

fn presence(members: &Members<'_>) -> Result<PresenceChange, Refusal> {
    let status = members
        .status
        .as_deref()
        .map(|word| Status::parse(word).ok_or(Refusal::validation("status", "Unknown status.")));
    let status_text = members.status_text.as_deref().map(|words| {
        let limit = PERSONAL_MESSAGE_GRAPHEMES_MAX;
        text::personal_message(words).map_err(|_| Refusal::over_limit("statusText", "These words are too long.", limit))
    });
    Ok(PresenceChange {
        status: status.transpose()?,
        display_name: members.display_name.as_deref().map(text::display_name).transpose()?,
        personal_message: members.personal_message.as_deref().map(text::personal_message).transpose()?,
        avatar_id: members.avatar_id.as_deref().map(avatar).transpose()?,
        until: members.until,
        status_text: status_text.transpose()?,
        idle: members.idle,
        visible: members.visible,
    })
}

fn avatar(id: &str) -> Result<String, Refusal> {
    let form_is_valid = (1..=64).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    if !form_is_valid {
        return Err(Refusal::validation("avatarId", "This picture is not known."));
    }
    Ok(id.to_owned())
}

/// Returns the refusal of the member that has the wrong type.
fn wrong_member(own: &[&'static str], members: &serde_json::Value) -> Refusal {
    let value = |name: &str| members.get(name).filter(|value| !value.is_null());
    let not_text = |name: &&&str| match **name {
        "font" | "files" | "link" | "emoticons" | "isTyping" | "until" | "idle" | "visible" | "userIds" | "before"
        | "since" | "limit" | "seq" | "t" | "upToSeq" => false,
        name => value(name).is_some_and(|value| !value.is_string()),
    };
    if let Some(name) = own.iter().find(not_text) {
        return Refusal::validation(name, "This member is a text.");
    }
    let words = |name: &str| match name {
        "font" => Some("A font has color 0-15, face 0-5 and style 0-15."),
        "isTyping" => Some("isTyping is true or false."),
        "idle" => Some("idle is true or false."),
        "visible" => Some("visible is true or false."),
        "until" => Some("until is a time in milliseconds."),
        "userIds" => Some("userIds is a list of user ids."),
        _ => None,
    };
    // A frame can have several of these members, so the value decides which one is wrong.
    let is_wrong = |name: &str, value: &serde_json::Value| match name {
        "isTyping" | "idle" => !value.is_boolean(),
        "until" => !value.is_u64(),
        "userIds" => !value.as_array().is_some_and(|ids| ids.iter().all(serde_json::Value::is_string)),
        _ => true,
    };
    let wrong = own.iter().find_map(|name| {
        let words = words(name)?;
        value(name).is_some_and(|value| is_wrong(name, value)).then_some((*name, words))
    });
    let (name, words) = wrong.unwrap_or(("frame", "A member has the wrong type."));
    Refusal::validation(name, words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_asked_for_in_a_query() {
        assert_eq!(read_page(None, None, None), Ok((Range::Newest, 100)));
        assert_eq!(read_page(Some("0"), None, Some("7")), Ok((Range::Since(0), 7)));
        assert_eq!(read_page(None, Some("11"), Some("1000")), Ok((Range::Before(11), 200)));
        assert_eq!(read_limit(Some("4294967296")), Ok(PAGE_EVENTS_MAX));
        for limit in ["0", "-1", "+5", "1.5", "", "x"] {
            assert_eq!(read_limit(Some(limit)), Err(Refusal::BadCursor), "{limit}");
        }
        for place in ["-1", "x", "1.5", "", "9007199254740992"] {
            assert_eq!(read_page(Some(place), None, None), Err(Refusal::BadCursor), "{place}");
            assert_eq!(read_page(None, Some(place), None), Err(Refusal::BadCursor), "{place}");
        }
        assert_eq!(read_page(None, Some("0"), None), Err(Refusal::BadCursor), "nothing is older");
        assert_eq!(read_page(Some("1"), Some("2"), None), Err(Refusal::BadCursor), "one of both");
    }
}
