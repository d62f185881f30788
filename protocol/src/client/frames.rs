//! Frames of the server (`messenger.md` 5.4, `presence.md` 2, *Versioning*). Parsing never fails: unknown types and members are ignored, and
//! an invalid frame parses as nothing. The clients decide if a frame makes sense at a moment.

use super::change::{MessageChange, MessageChangeKind};
use super::columns::frames_in;
use super::person::Person;
use super::presence_show::PresenceShow;
use super::reaction::Reaction;
use super::row::{Maker, Row, RowState};
use crate::codec::json::{Read, Value, member};
use crate::content::kinds::{ChangeEvent, RowKind};
use crate::content::room_commands::RoomCommand;
use crate::words::event::{Kind, Millis};
use crate::words::limits::SEQ_MAX;
use crate::words::principal::UserKind;
use crate::words::status::Visible;

#[derive(Clone, Debug, PartialEq)]
pub enum ServerFrame {
    /// First frame on a room socket.
    Welcome {
        /// User id of the socket's session; `None` from a server without this member.
        own: Option<String>,
        epoch: String,
        head: u64,
        /// Oldest event that exists for this person.
        oldest: u64,
        /// Server time.
        timestamp: Millis,
        /// Interval of the heartbeats that the server expects.
        heartbeat_ms: Option<Millis>,
        /// Time at which the session expires.
        expires_at: Option<Millis>,
        /// `true` if the cursor was valid.
        resumed: bool,
        /// Receipts of people: user, delivered, read.
        receipts: Vec<(String, u64, u64)>,
        /// Ids of messages that this person deleted for themselves.
        hidden: Vec<String>,
        pin: Option<Box<PinFrame>>,
        /// Results of reviews of own messages: ids, and `true` for published ones.
        reviewed: Vec<(String, bool)>,
        commands: Vec<RoomCommand>,
    },
    Pin(Option<PinFrame>),
    /// Number of messages in the room that wait for review, for a person with a role.
    Waiting(u32),
    Commands(Vec<RoomCommand>),
    /// Name, topic, members or roles of the public group have changed.
    GroupChanged,
    /// A receipt of another person has advanced.
    Receipt {
        user: String,
        seq: u64,
        /// `true` for read, `false` for delivered only.
        is_read: bool,
    },
    /// First frame on a presence socket.
    PresenceWelcome {
        /// User id of the socket's session; `None` from a server without this member.
        own: Option<String>,
        /// Server time.
        timestamp: Millis,
        /// Interval of the heartbeats that the server expects.
        heartbeat_ms: Option<Millis>,
        /// Own status, as chosen.
        status: Option<String>,
        /// `true` if the status is away because the person is idle.
        is_auto: bool,
        /// Time at which the session expires.
        expires_at: Option<Millis>,
    },
    History {
        rid: Option<String>,
        /// The events, ascending.
        events: Vec<EventFrame>,
        head: u64,
        /// Cursor of the next page.
        next: u64,
        more: bool,
        /// Oldest event that is left, if some of the requested ones are lost.
        oldest: Option<u64>,
    },
    Event(EventFrame),
    /// An own message was stored.
    Ack {
        id: String,
        seq: u64,
        timestamp: Millis,
    },
    Typing {
        user: String,
        name: String,
        is_typing: bool,
    },
    /// People in the room: all, or the first of them.
    Participants {
        all: Vec<Person>,
        /// Number of people in the room; `None` if these are all.
        count: Option<u32>,
    },
    /// People who came or changed, and people who left.
    ParticipantsDelta {
        joined: Vec<Person>,
        /// User ids.
        left: Vec<String>,
        /// Number of people in the room, if the server counts them.
        count: Option<u32>,
    },
    ParticipantsPage {
        rid: Option<String>,
        items: Vec<Person>,
        /// User id after which the next page begins; `None` after the last page.
        next: Option<String>,
        count: Option<u32>,
    },
    Pong {
        /// Time in the probe.
        t: Option<Millis>,
        /// Server time.
        timestamp: Millis,
    },
    /// The expiry of the session has moved.
    Session {
        /// Server time.
        expires_at: Millis,
    },
    /// The session ends soon and cannot be extended.
    SessionEnding {
        expires_in_ms: Millis,
    },
    /// Live delivery stopped until this client has caught up.
    Lag {
        head: u64,
    },
    /// The client's copy is of another log.
    Reset,
    Error {
        /// Code of `messenger.md` 1.1.
        code: String,
        /// English prose.
        message: String,
        /// Id of the refused frame.
        id: Option<String>,
        retry_after_ms: Option<Millis>,
    },
    PresenceUpdate(Visible),
    /// An event in a room without a socket here.
    Notification {
        room: String,
        event: EventFrame,
        unread: u64,
    },
    /// Frame that the presence client shows as it came.
    Shown(PresenceShow),
}

/// The pinned message, on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct PinFrame {
    /// Id of the message.
    pub message: String,
    pub by: String,
    pub at: Millis,
    /// The message, if it was sent with the pin.
    pub event: Option<EventFrame>,
}

/// A stored event on the wire.
#[derive(Clone, Debug, PartialEq)]
pub struct EventFrame {
    pub seq: u64,
    /// Id; empty for events that this person may not see.
    pub id: String,
    /// User id of the writer; empty for the system.
    pub sender: String,
    pub name: String,
    /// Maker of a bot's message.
    pub maker: Option<Maker>,
    /// Time of the commit.
    pub at: Millis,
    /// Kind and content of its row. `None` for changes, for unknown events, and for events that this person may not see.
    pub kind: Option<RowKind>,
    /// `true` for an event from the history.
    pub is_replay: bool,
    /// `true` for a nudge that shakes the window.
    pub shakes: bool,
    /// Start (server time) and duration of a wink.
    pub play: Option<(Millis, Millis)>,
    pub edited_at: Option<Millis>,
    pub is_deleted: bool,
    pub reactions: Vec<Reaction>,
    /// Message that the event changes, and the change.
    pub change: Option<(String, MessageChangeKind)>,
    /// `true` for the deletion of a person whose texts stay.
    pub keeps_words: bool,
    /// Position up to which a deletion concerns nothing; 0 for all other events.
    pub gone_after: u64,
}

impl EventFrame {
    /// Returns the change of another message that the event reports.
    pub fn message_change(&self) -> Option<MessageChange> {
        let (message, what) = self.change.clone()?;
        Some(MessageChange { message, seq: self.seq, at: self.at, sender: self.sender.clone(), what })
    }

    /// Returns the row to show, if there is one. `as_of` is the position up to which the log was known when the event was sent.
    pub fn row(&self, own_user: &str, as_of: u64) -> Option<Row> {
        Some(Row {
            id: self.id.clone(),
            seq: Some(self.seq),
            sender: self.sender.clone(),
            sender_name: self.name.clone(),
            is_own: self.sender == own_user,
            maker: self.maker,
            at: self.at,
            kind: self.kind.clone()?,
            state: RowState::Sent,
            is_replay: self.is_replay,
            edited_at: self.edited_at,
            is_deleted: self.is_deleted,
            reactions: self.reactions.clone(),
            as_of: as_of.max(self.seq),
            first: None,
        })
    }
}

/// Parses one text message: a frame, an array of frames (`core.md` 5.1), or columns (`messenger.md` 5.6).
pub fn read_server_text(text: &str) -> Vec<ServerFrame> {
    frames_in(text).iter().filter_map(frame).collect()
}

fn frame(value: &Value) -> Option<ServerFrame> {
    let kind = value.get("type")?.as_str()?;
    Some(match kind {
        "welcome" => welcome(value)?,
        "history" => history(value)?,
        "ack" => {
            ServerFrame::Ack { id: text(value, "id")?, seq: seq(value, "seq")?, timestamp: number(value, "timestamp")? }
        }
        "typing" => ServerFrame::Typing {
            user: text(value, "senderId")?,
            name: text(value, "displayName").unwrap_or_default(),
            is_typing: value.get("isTyping")?.as_bool()?,
        },
        "participants" => participants(value),
        "participants_page" => participants_page(value),
        "commands" => ServerFrame::Commands(commands(value)),
        "group_changed" => ServerFrame::GroupChanged,
        "waiting" => ServerFrame::Waiting(u32::try_from(number(value, "count")?).unwrap_or(u32::MAX)),
        "pong" => ServerFrame::Pong { t: number(value, "t"), timestamp: number(value, "timestamp")? },
        "session" => match number(value, "expiresAt") {
            Some(expires_at) => ServerFrame::Session { expires_at },
            None => ServerFrame::SessionEnding { expires_in_ms: number(value, "expiresInMs")? },
        },
        "delivery_status" => ServerFrame::Receipt {
            user: text(value, "senderId")?,
            seq: seq(value, "upToSeq")?,
            is_read: text(value, "status")? == "read",
        },
        "pin" => ServerFrame::Pin(pin(value)),
        "lag" => ServerFrame::Lag { head: seq(value, "head")? },
        "reset" => ServerFrame::Reset,
        "error" => ServerFrame::Error {
            code: text(value, "code")?,
            message: text(value, "message").unwrap_or_default(),
            id: text(value, "id"),
            retry_after_ms: number(value, "retryAfterMs"),
        },
        "presence_update" => ServerFrame::PresenceUpdate(visible(value)?),
        "message_notification" => notification(value)?,
        // Columns within another frame are no event, so their `seq` is no position.
        "columns" => return None,
        _ => shown_or_event(kind, value)?,
    })
}

/// Parses a frame that the presence client shows as it came. Any other frame is an event of a room.
fn shown_or_event(kind: &str, value: &Value) -> Option<ServerFrame> {
    Some(ServerFrame::Shown(match kind {
        "presence_full_sync" => PresenceShow::Everybody(list(value, "participants").filter_map(visible).collect()),
        "unread" => PresenceShow::Unread { room: text(value, "roomId")?, unread: number(value, "unread")? },
        "room_added" => {
            PresenceShow::RoomAdded { room: value.get("room")?.to_string(), by: text(value, "by").unwrap_or_default() }
        }
        "hidden_for_me" => PresenceShow::Hidden { room: text(value, "roomId")?, message: text(value, "messageId")? },
        "draft" => PresenceShow::Draft(Read::read(value)?),
        "home" => PresenceShow::Home { version: value.get("version")?.as_u64()? },
        "address" => PresenceShow::Address { is_verified: flag(value, "verified") },
        "moderation" if text(value, "kind")? == "drop" => {
            PresenceShow::Dropped { room: text(value, "roomId")?, message: text(value, "messageId")? }
        }
        "moderation" => {
            let until = value.get("until").and_then(Value::as_u64);
            PresenceShow::Moderation { kind: text(value, "kind")?, until }
        }
        "room_removed" => PresenceShow::RoomRemoved { room: text(value, "roomId")? },
        "contact" => {
            let other = value.get("user")?;
            let (user, name) = (text(other, "id")?, text(other, "displayName").unwrap_or_default());
            let is_by_invite = value.get("by").and_then(Value::as_str) == Some("invite");
            PresenceShow::Contact { event: text(value, "event")?, user, name, is_by_invite }
        }
        "signed_out" => PresenceShow::SignedOut { reason: text(value, "reason").unwrap_or_default() },
        _ => return event(value).map(ServerFrame::Event),
    }))
}

fn welcome(value: &Value) -> Option<ServerFrame> {
    let timestamp = number(value, "timestamp")?;
    let heartbeat_ms = number(value, "heartbeatMs");
    let expires_at = value.get("session").and_then(|session| number(session, "expiresAt"));
    let this = value.get("self");
    let own = this.and_then(|this| text(this, "id"));
    let Some(epoch) = text(value, "epoch") else {
        let status = this.and_then(|this| text(this, "status"));
        let is_auto = this.is_some_and(|this| flag(this, "auto"));
        return Some(ServerFrame::PresenceWelcome { own, timestamp, heartbeat_ms, status, is_auto, expires_at });
    };
    Some(ServerFrame::Welcome {
        own,
        epoch,
        head: number(value, "head")?,
        oldest: seq(value, "oldest").unwrap_or(1),
        timestamp,
        heartbeat_ms,
        expires_at,
        resumed: flag(value, "resumed"),
        receipts: receipts(value),
        hidden: list(value, "hidden").filter_map(Value::as_str).map(str::to_owned).collect(),
        pin: value.get("pin").and_then(pin).map(Box::new),
        reviewed: reviewed(value),
        commands: commands(value),
    })
}

/// Parses the pinned message in an answer of the server.
pub(super) fn read_pin(text: &str) -> Option<PinFrame> {
    pin(&Value::parse(text)?)
}

fn pin(value: &Value) -> Option<PinFrame> {
    Some(PinFrame {
        message: text(value, "messageId").filter(|id| !id.is_empty())?,
        by: text(value, "by").unwrap_or_default(),
        at: number(value, "at").unwrap_or(0),
        event: value.get("message").and_then(event).map(|event| EventFrame { is_replay: true, ..event }),
    })
}

fn receipts(value: &Value) -> Vec<(String, u64, u64)> {
    let all = value.get("receipts").and_then(Value::as_object).into_iter().flatten();
    let far = |receipt: &Value, member: &str| number(receipt, member).unwrap_or(0);
    all.map(|(user, receipt): &(String, Value)| (user.clone(), far(receipt, "deliveredSeq"), far(receipt, "readSeq")))
        .collect()
}

fn reviewed(value: &Value) -> Vec<(String, bool)> {
    let all = value.get("reviewed").and_then(Value::as_object).into_iter().flatten();
    all.map(|(id, verdict): &(String, Value)| (id.clone(), verdict.as_str() == Some("publish"))).collect()
}

fn commands(value: &Value) -> Vec<RoomCommand> {
    list(value, "commands").filter_map(Read::read).collect()
}

fn history(value: &Value) -> Option<ServerFrame> {
    let read = |message| event(message).map(|event| EventFrame { is_replay: true, ..event });
    Some(ServerFrame::History {
        rid: text(value, "rid"),
        events: list(value, "messages").filter_map(read).collect(),
        head: number(value, "head")?,
        next: number(value, "next")?,
        more: flag(value, "more"),
        oldest: if flag(value, "truncated") { seq(value, "oldest") } else { None },
    })
}

fn notification(value: &Value) -> Option<ServerFrame> {
    let message = value.get("message")?;
    let unread = number(value, "unread").unwrap_or(1);
    Some(ServerFrame::Notification { room: text(message, "roomId")?, event: event(message)?, unread })
}

impl Read for EventFrame {
    fn read(value: &Value) -> Option<Self> {
        event(value)
    }
}

/// Parses a stored event of any type: everything with a `seq` has a position, even if it is unknown.
fn event(value: &Value) -> Option<EventFrame> {
    let is_deleted = flag(value, "deleted");
    let word = value.get("type")?.as_str()?;
    let blocked_at = number(value, "blockedAt");
    let known = Kind::parse(word);
    let kind = match known {
        Some(kind) if is_deleted && kind.is_message() => Some(RowKind::gone()),
        Some(kind) => RowKind::of_members(kind, value),
        // The server does not send the id of a hidden event, so the position identifies its row.
        None if word == "hidden" && blocked_at.is_some() => Some(RowKind::blocked()),
        None => None,
    };
    let seq = seq(value, "seq")?;
    let id = text(value, "id").or_else(|| blocked_at.map(|_| seq.to_string())).unwrap_or_default();
    Some(EventFrame {
        seq,
        // Without an id, the row could not be found.
        kind: kind.filter(|_| !id.is_empty()),
        id,
        sender: text(value, "senderId").unwrap_or_default(),
        name: text(value, "displayName").unwrap_or_default(),
        maker: if flag(value, "bot") { member(value, "client") } else { None },
        at: number(value, "timestamp").or(blocked_at).unwrap_or(0),
        is_replay: flag(value, "replay"),
        shakes: value.get("effect").and_then(Value::as_str) == Some("shake"),
        play: number(value, "startAt").zip(number(value, "durationMs")),
        edited_at: number(value, "editedAt"),
        is_deleted,
        reactions: member(value, "reactions").unwrap_or_default(),
        change: text(value, "messageId").zip(known.and_then(|kind| change(kind, value))),
        keeps_words: value.get("words").and_then(Value::as_str) == Some("kept"),
        gone_after: number(value, "after").unwrap_or(0),
    })
}

fn change(kind: Kind, value: &Value) -> Option<MessageChangeKind> {
    match kind.change()? {
        // An edit of a deleted message has no text.
        ChangeEvent::Edit => Some(MessageChangeKind::Edited(text(value, "content")?)),
        ChangeEvent::Delete => Some(MessageChangeKind::Deleted),
        ChangeEvent::Reaction => Some(MessageChangeKind::Reacted {
            reaction: text(value, "reaction")?,
            count: count(value)?,
            is_there: text(value, "op")? == "add",
        }),
    }
}

fn count(value: &Value) -> Option<u32> {
    number(value, "count").and_then(|count| u32::try_from(count).ok())
}

fn participants(value: &Value) -> ServerFrame {
    let count = count(value);
    if value.get("participants").is_some() {
        return ServerFrame::Participants { all: list(value, "participants").filter_map(person).collect(), count };
    }
    let left = list(value, "left").filter_map(Value::as_str).map(str::to_owned).collect();
    ServerFrame::ParticipantsDelta { joined: list(value, "joined").filter_map(person).collect(), left, count }
}

fn participants_page(value: &Value) -> ServerFrame {
    let more = value.get("more").and_then(Value::as_bool).unwrap_or(false);
    ServerFrame::ParticipantsPage {
        rid: text(value, "rid"),
        items: list(value, "items").filter_map(person).collect(),
        next: text(value, "next").filter(|_| more),
        count: count(value),
    }
}

fn person(value: &Value) -> Option<Person> {
    Some(Person {
        user: text(value, "id")?,
        name: text(value, "displayName").unwrap_or_default(),
        status: text(value, "status").unwrap_or_default(),
        avatar: text(value, "avatarId").unwrap_or_default(),
        is_guest: value.get("kind").and_then(Value::as_str) == Some("guest"),
    })
}

/// Parses a person in a full list (`id`) or in an update (`userId`).
fn visible(value: &Value) -> Option<Visible> {
    let id = text(value, "id").or_else(|| text(value, "userId"))?;
    // The server marks guests. A guest's id without the mark belongs to an account.
    let is_account = UserKind::of_id(&id) == UserKind::Guest && value.get("kind").is_none();
    Some(Visible {
        id,
        display_name: text(value, "displayName").unwrap_or_default(),
        status: text(value, "status")?,
        personal_message: text(value, "personalMessage").unwrap_or_default(),
        avatar_id: text(value, "avatarId").unwrap_or_default(),
        since: number(value, "since").unwrap_or(0),
        is_account,
    })
}

// ---- members

fn text(value: &Value, member: &str) -> Option<String> {
    value.get(member)?.as_str().map(str::to_owned)
}

/// Parses a number that is small enough for sums of times.
fn number(value: &Value, member: &str) -> Option<u64> {
    value.get(member)?.as_u64().filter(|number| *number <= SEQ_MAX)
}

fn seq(value: &Value, member: &str) -> Option<u64> {
    number(value, member).filter(|seq| *seq > 0)
}

fn flag(value: &Value, member: &str) -> bool {
    value.get(member).and_then(Value::as_bool).unwrap_or(false)
}

fn list<'a>(value: &'a Value, member: &str) -> impl Iterator<Item = &'a Value> {
    value.get(member).and_then(Value::as_array).into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn garbage_reads_as_nothing_and_spares_its_neighbours() {
        for text in ["", "pong", "[", "{}", "[]", "null", "{\"type\":7}", "{\"type\":\"ack\",\"id\":1}", "[[[]]]"] {
            assert_eq!(read_server_text(text), [], "{text}");
        }
        let frames =
            read_server_text(r#"[7,{"type":"lag","head":3,"new":true},{"type":"later"},{"type":"lag","head":-1}]"#);
        assert_eq!(frames, [ServerFrame::Lag { head: 3 }]);
    }

    #[test]
    fn what_is_not_known_but_has_a_place_holds_it() {
        for text in [r#"{"type":"hidden","seq":4}"#, r#"{"type":"edit","seq":4,"id":"x","messageId":"y"}"#] {
            let frames = read_server_text(text);
            let [ServerFrame::Event(event)] = &frames[..] else { panic!("{text}") };
            assert_eq!((event.seq, event.kind.clone(), event.row("a", 9)), (4, None, None));
        }
    }

    #[test]
    fn a_message_of_somebody_blocked_is_a_line_that_says_nothing_of_it() {
        let frames = read_server_text(r#"{"type":"hidden","seq":4,"blockedAt":9}"#);
        let [ServerFrame::Event(event)] = &frames[..] else { panic!("{frames:?}") };
        let row = event.row("a", 9).unwrap();
        assert!(row.kind.is_blocked() && !row.is_own && row.sender.is_empty());
        assert_eq!((row.id.as_str(), row.seq, row.at), ("4", Some(4), 9));
    }

    #[test]
    fn what_made_a_message_is_told_of_programs_alone() {
        let maker = |members: &str| {
            let frames = read_server_text(&format!(
                r#"{{"type":"chat","seq":4,"id":"x","senderId":"bot_nova","content":"hi"{members}}}"#
            ));
            let [ServerFrame::Event(event)] = &frames[..] else { panic!("{members}") };
            event.row("a", 9).unwrap().maker
        };
        assert_eq!(maker(r#","bot":true,"client":"ai""#), Some(Maker::Model));
        assert_eq!(maker(r#","bot":true,"client":"script""#), Some(Maker::Script));
        assert_eq!(maker(r#","bot":true,"client":"integration""#), Some(Maker::Integration));
        for other in ["", r#","client":"ai""#, r#","bot":true"#, r#","bot":true,"client":"hand""#] {
            assert_eq!(maker(other), None, "{other}");
        }
    }

    #[test]
    fn commands_of_bots_are_read_one_by_one() {
        let commands = r#""commands":[{"bot":"hook_a","name":"deploy","description":"Deploys main"},{"name":"x"},7]"#;
        let deploy =
            RoomCommand { bot: "hook_a".to_owned(), name: "deploy".to_owned(), description: "Deploys main".to_owned() };
        let changed = format!(r#"{{"type":"commands","roomId":"r",{commands}}}"#);
        assert_eq!(read_server_text(&changed), [ServerFrame::Commands(vec![deploy.clone()])]);
        assert_eq!(read_server_text(r#"{"type":"commands","roomId":"r"}"#), [ServerFrame::Commands(Vec::new())]);
        let of_welcome = |more: &str| {
            let text = format!(r#"{{"type":"welcome","epoch":"9f31c0aa","head":0,"timestamp":5{more}}}"#);
            match read_server_text(&text).pop() {
                Some(ServerFrame::Welcome { commands, .. }) => commands,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(of_welcome(&format!(",{commands}")), [deploy]);
        assert_eq!(of_welcome(""), []);
    }

    #[test]
    fn two_kinds_of_welcome_and_of_participants_are_told_apart() {
        let room = r#"{"type":"welcome","epoch":"9f31c0aa","head":0,"oldest":1,"timestamp":5,"resumed":true}"#;
        assert!(matches!(read_server_text(room)[..], [ServerFrame::Welcome { head: 0, resumed: true, .. }]));
        let presence = r#"{"type":"welcome","timestamp":5,"heartbeatMs":15000,"self":{"status":"busy"}}"#;
        assert!(matches!(read_server_text(presence)[..], [ServerFrame::PresenceWelcome { timestamp: 5, .. }]));
        assert_eq!(
            read_server_text(r#"{"type":"participants","participants":[]}"#),
            [ServerFrame::Participants { all: vec![], count: None }]
        );
        let delta = read_server_text(r#"{"type":"participants","joined":[{"id":"a"},{}],"left":["b",1]}"#);
        let [ServerFrame::ParticipantsDelta { joined, left, .. }] = &delta[..] else { panic!("{delta:?}") };
        assert_eq!((joined.len(), left.as_slice()), (1, ["b".to_owned()].as_slice()));
    }
}
