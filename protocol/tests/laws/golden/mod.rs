//! Every frame of `cfm.v1` in both directions as a snapshot, so that every change of the wire is visible (`messenger.md` 5.3 and 5.4,
//! `presence.md` 1).

mod doors;
mod livestore;
mod livestore_rpc;
mod messagehub;

use std::rc::Rc;

use protocol::client::{
    Effect, Input, OutboxEntry, PresenceClient, PresenceEffect, PresenceInput, RoomClient, Saved, SavedCursor,
    read_server_text,
};
use protocol::content::kinds::NotificationKind;
use protocol::log::Page;
use protocol::machines::presence::{PresenceChange, Record};
use protocol::machines::push::{Level, Quiet};
use protocol::machines::room::{
    Notification, Outbound, Participant, ParticipantRow, PinnedMessage, Role, Target, Welcome, Wire,
};
use protocol::wire::messenger::{
    EventView, PushChoices, PushMessage, address_json, contact_json, declarative_push_json, deliveries, draft_json,
    dropped_json, event_json, frame_json, full_sync_json, hidden_for_me_json, history_json, home_json,
    notification_json, presence_welcome_json, push_choices_json, push_level_json, push_message_json,
    push_subscription_json, read_frame, room_added_json, signed_out_json, unread_json, update_json,
};
use protocol::words::event::{Event, Kind};
use protocol::words::principal::UserKind;
use protocol::words::refusal::Refusal;
use protocol::words::status::{Status, Visible};

const ROOM: &str = "general";
const TS: u64 = 1_795_000_000_000;

fn event(kind: Kind, body: &str) -> Event {
    Event {
        seq: 813,
        id: "01980000-0001-7fff-bfff-ffffffffffff".into(),
        ts: TS,
        actor: (kind != Kind::System).then(|| "user_7".into()),
        session: Some("7c2e".into()),
        name: "Mia \"M\"".into(),
        kind,
        body: body.into(),
    }
}

fn events() -> Vec<Event> {
    vec![
        event(Kind::Chat, r#"{"content":"hi","replyTo":"01980000-0000-7000-8000-000000000001","font":{"color":3}}"#),
        event(Kind::Nudge, "{}"),
        event(Kind::Wink, r#"{"winkId":"toast"}"#),
        event(Kind::System, r#"{"code":"joined"}"#),
        event(Kind::System, r#"{"code":"role","userId":"user_9","userName":"Bo","role":"admin"}"#),
        event(Kind::Edit, r#"{"messageId":"01980000-0000-7000-8000-000000000001","content":"hi!"}"#),
        event(Kind::Delete, r#"{"messageId":"01980000-0000-7000-8000-000000000001"}"#),
        event(
            Kind::Reaction,
            r#"{"messageId":"01980000-0000-7000-8000-000000000001","reaction":"heart","op":"add","count":3}"#,
        ),
        event(Kind::Chat, r#"{"deleted":true}"#),
        event(
            Kind::Chat,
            r#"{"content":"","files":[{"id":"user_7.01980000-0001-7fff-bfff-ffffffffffff.png-34567-1280x720","name":"cat.png","type":"image/png","size":34567,"width":1280,"height":720,"alt":"A cat"}]}"#,
        ),
        event(
            Kind::Chat,
            r#"{"content":"hi!","editedAt":1795000100000,"reactions":[{"reaction":"like","count":2,"users":["user_1","user_7"]}]}"#,
        ),
    ]
}

fn rows() -> Vec<Rc<ParticipantRow>> {
    [false, true].map(|is_guest| Rc::new(ParticipantRow::new(participant(is_guest)))).into()
}

fn participants_changed(count: Option<usize>) -> Notification {
    Notification::ParticipantsChanged { joined: vec![participant(false)], left: vec!["user_1".into()], count }
}

fn participants_page(rid: Option<&str>, next: &str, more: bool) -> Notification {
    let (rid, next) = (rid.map(str::to_owned), next.to_owned());
    Notification::ParticipantsPage { rid, rows: rows(), next, more, count: 300 }
}

fn participant(is_guest: bool) -> Participant {
    Participant { user: "user_7".into(), name: "Mia".into(), avatar: "av_03".into(), status: "away", is_guest }
}

fn page(truncated_at: Option<u64>) -> Page {
    Page { events: events(), head: 820, next: 813, more: true, truncated_at, ..Page::default() }
}

fn notifications() -> Vec<Notification> {
    let welcome = Welcome {
        epoch: "9f31c0aa".into(),
        head: 812,
        oldest: 1,
        connection: "c-1".into(),
        now: TS,
        expires_at: TS + 1_200_000,
        user: "user_7".into(),
        role: Role::Member,
        nudge_limit: "3/10".into(),
        resumed: true,
        receipts: vec![("user_7".into(), 812, 790), ("user_1".into(), 800, 0)],
        hidden: vec!["01980000-0000-7000-8000-000000000001".into()],
        pin: None,
        reviewed: vec![],
        commands: vec![],
    };
    let message = event(Kind::Chat, r#"{"content":"hi"}"#);
    let pinned = Welcome {
        pin: Some(PinnedMessage { by: "user_1".into(), at: TS + 7, message }),
        hidden: vec![],
        reviewed: vec![("01980000-0000-7000-8000-000000000002".into(), true), ("h-3".into(), false)],
        ..welcome.clone()
    };
    let pin = |id: Option<&str>, by: &str| Notification::Pin { message: id.map(str::to_owned), by: by.into(), at: TS };
    let live = |kind, body, quiet| Notification::Event { event: Rc::new(event(kind, body)), quiet };
    let error =
        |id: Option<&str>, refusal, fatal| Notification::Error { id: id.map(str::to_owned), rid: None, refusal, fatal };
    vec![
        Notification::Welcome(Box::new(welcome)),
        Notification::History { epoch: "9f31c0aa".into(), page: page(None), rid: Some("a1".into()) },
        Notification::History { epoch: "9f31c0aa".into(), page: page(Some(812)), rid: None },
        live(Kind::Chat, r#"{"content":"hi"}"#, false),
        live(Kind::Nudge, "{}", false),
        live(Kind::Nudge, "{}", true),
        live(Kind::Wink, r#"{"winkId":"toast"}"#, false),
        live(Kind::System, r#"{"code":"joined"}"#, false),
        live(Kind::Edit, r#"{"messageId":"01980000-0000-7000-8000-000000000001","content":"hi!"}"#, true),
        live(Kind::Delete, r#"{"messageId":"01980000-0000-7000-8000-000000000001"}"#, true),
        live(
            Kind::Reaction,
            r#"{"messageId":"01980000-0000-7000-8000-000000000001","reaction":"heart","op":"add","count":3}"#,
            true,
        ),
        Notification::Ack { id: "a".into(), seq: 813, ts: TS, duplicate: false },
        Notification::Ack { id: "a".into(), seq: 813, ts: TS, duplicate: true },
        Notification::Receipt { user: "user_1".into(), seq: 813, message: None, is_read: true, now: TS },
        Notification::Receipt { user: "user_1".into(), seq: 813, message: None, is_read: false, now: TS },
        Notification::Typing { user: "user_7".into(), name: "Mia".into(), is_typing: true, payload: None },
        Notification::Typing { user: "user_7".into(), name: "Mia".into(), is_typing: false, payload: None },
        Notification::Participants { rows: rows(), count: None },
        participants_changed(None),
        Notification::Pong { t: Some("17".into()), now: TS },
        Notification::Pong { t: None, now: TS },
        Notification::Session { expires_at: TS },
        Notification::SessionEnding { expires_in_ms: 60_000 },
        Notification::Lag { head: 2_200 },
        Notification::Reset { epoch: "9f31c0aa".into(), head: 0 },
        error(Some("a"), Refusal::RateLimited { retry_after_ms: 6_200 }, false),
        error(None, Refusal::over_limit("content", "A message has 1 to 2048 characters.", 2_048), false),
        error(None, Refusal::BadJson, true),
        Notification::Error { id: None, rid: Some("a1".into()), refusal: Refusal::BadCursor, fatal: false },
        Notification::Welcome(Box::new(pinned)),
        pin(Some("01980000-0001-7fff-bfff-ffffffffffff"), "user_1"),
        pin(None, "user_1"),
        pin(None, ""),
        Notification::Hidden { seq: 814, blocked_at: None },
        Notification::Hidden { seq: 815, blocked_at: Some(TS) },
        Notification::History { epoch: "9f31c0aa".into(), page: veiled(), rid: None },
        Notification::Waiting { count: 3 },
        Notification::Participants { rows: rows(), count: Some(300) },
        participants_changed(Some(299)),
        participants_page(Some("p1"), "user_7", true),
        participants_page(None, "", false),
        Notification::GroupChanged,
    ]
}

/// Returns a page of three messages: the reader has deleted one for themselves, and has blocked the writer of another one.
fn veiled() -> Page {
    let message = |seq| Event { seq, ..event(Kind::Chat, r#"{"content":"hi"}"#) };
    let events = vec![message(813), message(814), message(815)];
    Page { events, head: 815, next: 815, hidden: vec![814, 815], blocked: vec![815], ..Page::default() }
}

#[test]
fn frames_that_the_server_sends() {
    let frames: Vec<String> = notifications().iter().map(|notification| frame_json(ROOM, notification)).collect();
    insta::assert_snapshot!(frames.join("\n"));
}

/// Returns the frames of a turn with these notifications for a socket with columns.
fn columns(notifications: Vec<Notification>) -> Vec<Rc<str>> {
    let mut out = Outbound::default();
    notifications.into_iter().for_each(|notification| out.everybody(notification));
    let target = Target { conn: 1, wire: Wire::Columns, is_live: true };
    deliveries(ROOM, &out, &[target]).into_iter().flat_map(|delivery| delivery.frames).collect()
}

#[test]
fn frames_with_columns() {
    let message = |seq: u64, id: &str, ts: u64, actor: &str, body: &str| {
        let (id, actor) = (id.to_owned(), Some(actor.to_owned()));
        let event = Event { seq, id, ts, actor, ..event(Kind::Chat, body) };
        Notification::Event { event: Rc::new(event), quiet: false }
    };
    let first = "01980000-0001-7fff-bfff-ffffffffffff";
    let turns = [
        vec![message(813, first, TS, "user_7", r#"{"content":"hi"}"#)],
        vec![
            Notification::Ack { id: first.into(), seq: 813, ts: TS, duplicate: false },
            message(813, first, TS, "user_7", r#"{"content":"hi \"you\""}"#),
            Notification::Hidden { seq: 814, blocked_at: None },
            message(815, "m-0003", TS + 40, "user_1", r#"{"content":"hello","replyTo":"m-0002","font":{"color":3}}"#),
        ],
        vec![Notification::Lag { head: 9 }, Notification::Hidden { seq: 814, blocked_at: None }],
        vec![Notification::Lag { head: 9 }],
        notifications(),
    ];
    let lines = turns.into_iter().flat_map(columns).map(|frame| {
        let frames = read_server_text(&frame);
        format!("{frame}\n  {} frames", frames.len())
    });
    insta::assert_snapshot!(lines.collect::<Vec<String>>().join("\n"));
}

#[test]
fn frames_that_the_presence_socket_sends() {
    let visible = Visible {
        id: "user_1".into(),
        display_name: "Jonas \"J\"".into(),
        status: "away".into(),
        personal_message: "soup".into(),
        avatar_id: "av_01".into(),
        since: TS,
        is_account: false,
    };
    let guest = Visible { id: "g_0123456789abc".into(), display_name: "Mia".into(), ..visible.clone() };
    let message = event_json(ROOM, &events()[0], EventView::Replay);
    let nudge = events().into_iter().find(|event| event.kind == Kind::Nudge);
    let nudge = event_json(ROOM, &nudge.expect("a nudge among the events"), EventView::Replay);
    let idle = Record { idle: true, ..Record::new("user_7", UserKind::Persona, "Mia", "av_07", "") };
    let own = Record { choice: Status::AppearOffline, ..idle.clone() };
    let frames = [
        presence_welcome_json("c-1", TS, &own, TS + 1),
        presence_welcome_json("c-1", TS, &idle, TS + 1),
        full_sync_json(&[visible.clone(), guest.clone()]),
        full_sync_json(&[]),
        update_json(&visible),
        update_json(&guest),
        contact_json("request", ("user_1", UserKind::Persona), "Jonas", "hi", false),
        contact_json("accepted", (&guest.id, UserKind::Guest), &guest.display_name, "", false),
        contact_json("accepted", ("u_0123456789abc", UserKind::User), "Bo", "", true),
        notification_json(&message, 3, true),
        notification_json(&nudge, 1, true),
        notification_json(&nudge, 1, false),
        room_added_json(r#"{"id":"general"}"#, "user_1"),
        hidden_for_me_json(ROOM, "01980000-0000-7000-8000-000000000001"),
        dropped_json(ROOM, "01980000-0000-7000-8000-000000000001"),
        draft_json(ROOM, "half a \"sentence\"", None, TS, true),
        draft_json(ROOM, "so", Some("01980000-0000-7000-8000-000000000001"), TS, true),
        draft_json(ROOM, "", None, TS, true),
        home_json(12),
        address_json(),
        unread_json(ROOM, 2, 812),
        signed_out_json("remote"),
    ];
    let lines = frames.iter().map(|frame| format!("{frame}\n  {:?}", read_server_text(frame)));
    insta::assert_snapshot!(lines.collect::<Vec<String>>().join("\n"));
}

#[test]
fn events_in_rest_answers() {
    let mut lines: Vec<String> = events().iter().map(|event| event_json(ROOM, event, EventView::Replay)).collect();
    lines.push(history_json(ROOM, "9f31c0aa", &page(None), None, false));
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn web_push() {
    let quiet = Quiet::read("22:30", "07:00", "Europe/Berlin").ok();
    let message = PushMessage {
        to: "s-1",
        what: NotificationKind::Message,
        room: ROOM,
        seq: 7,
        title: "Mia – Crew",
        words: "soup at \"eight\"?\n<b>",
        unread: 3,
        language: "de",
    };
    let nudge = PushMessage { what: NotificationKind::Nudge, words: "", ..message.clone() };
    let request = PushMessage {
        to: "s-2",
        what: NotificationKind::Request,
        room: "",
        seq: 0,
        title: "Jonas",
        words: "",
        unread: 1,
        language: "en",
    };
    let declarative = |message: &PushMessage<'_>, words| {
        declarative_push_json(message, &push_message_json(message, true), "https://chat.example", words)
    };
    let lines = [
        push_message_json(&message, true),
        push_message_json(&message, false),
        push_message_json(&nudge, true),
        push_message_json(&request, true),
        push_message_json(&request, false),
        declarative(&message, "Neue Nachricht"),
        declarative(&request, "Someone wants to add you as a contact"),
        push_subscription_json("s-1", "Mozilla/5.0", TS, None, 0, true),
        push_subscription_json("s-2", "", TS, Some(TS + 1), 10, false),
        push_choices_json(&PushChoices::default()),
        push_choices_json(&PushChoices { quiet, preview: false }),
        push_level_json(ROOM, Level::Mentions, None),
        push_level_json(ROOM, Level::None, Some(TS)),
    ];
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn every_refusal_with_its_code_and_status() {
    let refusals = [
        Refusal::BadJson,
        Refusal::validation("id", "The id is a UUID."),
        Refusal::InvalidText,
        Refusal::BadCursor,
        Refusal::Unauthenticated,
        Refusal::BadCredentials,
        Refusal::EmailTaken,
        Refusal::SecondFactor,
        Refusal::ReauthRequired,
        Refusal::EmailUnverified,
        Refusal::Forbidden,
        Refusal::Muted { retry_after_ms: 1_001 },
        Refusal::RoomClosed,
        Refusal::RefusedByRule,
        Refusal::Held,
        Refusal::Banned { act: "a".to_owned(), reason: "Spam.".to_owned() },
        Refusal::RoomReserved,
        Refusal::NotFound,
        Refusal::RoomFull,
        Refusal::IdTaken,
        Refusal::IdReused,
        Refusal::Conflict,
        Refusal::EditWindow,
        Refusal::TooLarge,
        Refusal::UpgradeRequired,
        Refusal::RateLimited { retry_after_ms: 1 },
        Refusal::TooManySockets,
        Refusal::UnknownType,
        Refusal::NotSupported,
        Refusal::VersionUnsupported,
        Refusal::Internal,
        Refusal::Overloaded { retry_after_ms: 1_001 },
    ];
    let line =
        |refusal: &Refusal| format!("{} {} {} {refusal}", refusal.code(), refusal.status(), refusal.close_code());
    insta::assert_snapshot!(refusals.iter().map(line).collect::<Vec<String>>().join("\n"));
}

#[test]
fn frames_that_clients_send_as_the_door_reads_them() {
    let frames = [
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"a \"b\" \u00e9","senderId":"not me","font":{"style":3}}"#,
        r#"{"type":"nudge","id":"01980000-0001-7fff-bfff-ffffffffffff"}"#,
        r#"{"type":"wink","id":"01980000-0001-7fff-bfff-ffffffffffff","winkId":"toast"}"#,
        r#"{"type":"typing","isTyping":true}"#,
        r#"{"type":"cursor","seq":9007199254740991}"#,
        r#"{"type":"history","rid":"a1","before":813,"limit":500}"#,
        r#"{"type":"history","rid":"a1","since":0}"#,
        r#"{"type":"history"}"#,
        r#"{"type":"ping","t":17.5}"#,
        r#"{"type":"presence","status":"BRB","personalMessage":"exam week","until":1795003600000}"#,
        r#"{"type":"presence","status":"busy","statusText":" exam week ","until":1795003600000}"#,
        r#"{"type":"presence","status":"busy","statusText":7}"#,
        r#"{"type":"watch","userIds":["user_1"]}"#,
        r#"{"type":"edit","id":"x"}"#,
        r#"{"type":"ack","upToSeq":813,"status":"read"}"#,
        r#"{"type":"ack","ackId":"01980000-0000-7000-8000-000000000001","status":"delivered"}"#,
        r#"{"type":"ack","upToSeq":-1,"status":"read"}"#,
        r#"{"type":"ack","upToSeq":1,"status":"seen"}"#,
        r#"{"type":"edit","id":"01980000-0001-7fff-bfff-ffffffffffff","messageId":"01980000-0000-7000-8000-000000000001","content":"hi!"}"#,
        r#"{"type":"delete","id":"01980000-0001-7fff-bfff-ffffffffffff","messageId":"01980000-0000-7000-8000-000000000001","for":"me"}"#,
        r#"{"type":"delete","id":"01980000-0001-7fff-bfff-ffffffffffff","messageId":"01980000-0000-7000-8000-000000000001","for":"us"}"#,
        r#"{"type":"reaction","id":"01980000-0001-7fff-bfff-ffffffffffff","messageId":"01980000-0000-7000-8000-000000000001","reaction":"👍🏽","op":"remove"}"#,
        r#"{"type":"reaction","id":"01980000-0001-7fff-bfff-ffffffffffff","messageId":"01980000-0000-7000-8000-000000000001","reaction":"likes"}"#,
        r#"{"type":"chat","id":"1","content":"x"}"#,
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","files":[{"id":"user_7.01980000-0001-7fff-bfff-ffffffffffff.png-34567-1280x720","alt":"A cat"}]}"#,
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"https://a.example/","link":{"url":"https://a.example/","title":"A"}}"#,
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"so (mia)","emoticons":[{"code":"(mia)","fileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.gif-900-48x48","alt":"Mia"}]}"#,
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"so","emoticons":[{"code":"(mia)","fileId":"user_7.01980000-0001-7fff-bfff-ffffffffffff.gif-900-48x48","alt":"Mia"}]}"#,
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"","files":[]}"#,
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":"","files":null}"#,
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":" ","files":[{"id":"user_7.01980000-0001-7fff-bfff-ffffffffffff.png-34567-1280x720"}]}"#,
        r#"{"type":"chat","id":"01980000-0001-7fff-bfff-ffffffffffff","content":" "}"#,
        r#"{"type":"chat","content":7}"#,
        r#"{"type":"chat","type":"chat"}"#,
        r#"{"type":"history","since":-1}"#,
        r#"{"type":"later"}"#,
        r#"{}"#,
        r#"[]"#,
        r#"{"type":"chat","content":"\ud800"}"#,
    ];
    let line = |frame: &&str| format!("{frame}\n  {:?}", read_frame(frame));
    insta::assert_snapshot!(frames.iter().map(line).collect::<Vec<String>>().join("\n"));
}

#[test]
fn frames_that_the_client_reads() {
    let lines = notifications().into_iter().map(|notification| {
        let frame = frame_json(ROOM, &notification);
        format!("{:?}", read_server_text(&frame))
    });
    insta::assert_snapshot!(lines.collect::<Vec<String>>().join("\n"));
}

/// Records all frames that the room client sends, in order.
#[test]
fn frames_that_the_client_sends() {
    let saved = SavedCursor { epoch: "9f31c0aa".into(), seq: 812, oldest: 700, first: 1 };
    let mut client = RoomClient::new(ROOM, "user_7", Saved { cursor: Some(saved), outbox: Vec::new() }, 1);
    let mut lines = Vec::new();
    let mut feed = |now, input| {
        for effect in client.handle(now, input) {
            match effect {
                Effect::Connect { url_query } => lines.push(format!("connect ?{url_query}")),
                Effect::Send(text) => lines.push(text),
                Effect::Disconnect { code } => lines.push(format!("close {code}")),
                _ => {}
            }
        }
    };
    let texts: Vec<String> =
        notifications().iter().take(3).map(|notification| frame_json(ROOM, notification)).collect();
    let empty = r#"{"type":"history","messages":[],"head":812,"next":812,"more":false,"epoch":"9f31c0aa"}"#;
    feed(0, Input::Open);
    feed(10, Input::SocketOpened);
    feed(20, Input::Text(texts[0].clone()));
    feed(20, Input::Text(empty.into()));
    feed(30, Input::Post(OutboxEntry::chat("a", "hi \"you\"", Some("b"), "Mia", 30)));
    feed(40, Input::Text(frame_json(ROOM, &notifications()[11])));
    feed(50, Input::Post(OutboxEntry::nudge("n", "Mia", 50)));
    feed(60, Input::Discard { id: "n".into() });
    feed(60, Input::Post(OutboxEntry::wink("w", "toast", "Mia", 60)));
    feed(70, Input::Typing(true));
    feed(80, Input::Typing(false));
    feed(90, Input::LoadOlder);
    feed(100, Input::Text(frame_json(ROOM, &notifications()[3])));
    feed(110, Input::Text(r#"{"type":"lag","head":900}"#.into()));
    feed(5_200, Input::Time);
    feed(31_000, Input::Time);
    feed(31_500, Input::Close);
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn frames_that_the_presence_client_sends() {
    let mut client = PresenceClient::new("user_7", 1);
    let mut lines = Vec::new();
    let mut feed = |now, input| {
        for effect in client.handle(now, input) {
            match effect {
                PresenceEffect::Send(text) => lines.push(text),
                PresenceEffect::Show(show) => lines.push(format!("  {show:?}")),
                other => lines.push(format!("{other:?}")),
            }
        }
    };
    let text = |text: &str| PresenceInput::Text(text.to_owned());
    feed(0, PresenceInput::Open);
    feed(10, PresenceInput::SocketOpened);
    feed(20, text(r#"{"type":"welcome","timestamp":5,"heartbeatMs":15000,"self":{"status":"online"}}"#));
    feed(
        20,
        text(
            r#"[{"type":"presence_full_sync","participants":[{"id":"user_1","displayName":"J","status":"away","since":1}]},{"type":"presence_update","userId":"user_1","status":"offline","displayName":"J"}]"#,
        ),
    );
    let change = PresenceChange {
        status: Some(Status::BeRightBack),
        display_name: Some("M \"x\"".into()),
        personal_message: Some(String::new()),
        avatar_id: Some("av_01".into()),
        until: Some(TS),
        status_text: Some("exam week".into()),
        idle: Some(false),
        visible: None,
    };
    feed(30, PresenceInput::Set(change));
    feed(40, text(r#"{"type":"pong","t":1,"timestamp":9}"#));
    feed(50, PresenceInput::Watch(vec!["user_1".into(), "user_9".into()]));
    let message = event_json("dm_user_1____user_7", &events()[0], EventView::Replay);
    feed(60, text(&format!("{{\"type\":\"message_notification\",\"message\":{message},\"unread\":3}}")));
    feed(70, text(r#"{"type":"room_added","room":{"id":"grp_1"},"by":"user_1"}"#));
    feed(80, text(r#"{"type":"signed_out","reason":"remote"}"#));
    feed(90, PresenceInput::SocketClosed { code: 4401, reason: String::new() });
    insta::assert_snapshot!(lines.join("\n"));
}
