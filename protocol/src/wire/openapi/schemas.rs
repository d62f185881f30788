//! Schemas of the objects on the wire, in the short form of `form` (`messenger.md` 1 and 3.2).

use crate::words::event::Kind;

macro_rules! declare {
    (
        $(#[$first_doc:meta])* $first:ident: $first_type:ident as $first_member:literal = $first_defaults:tt;
        $($(#[$doc:meta])* $field:ident: $type:ident as $member:literal = $defaults:tt;)*
    ) => {
        /// Settings of a person. The type of each is the name of its schema.
        const SETTINGS: &str = concat!(
            "{", $first_member, ": ", stringify!($first_type), $(", ", $member, ": ", stringify!($type),)* "}"
        );
        pub(super) const SETTINGS_CHANGE: &str = concat!(
            "{", $first_member, "?: ", stringify!($first_type), $(", ", $member, "?: ", stringify!($type),)* "}"
        );
    };
}

crate::person_settings!(declare);

/// Members of every event. The facts of each kind have the others.
const OF_ALL_KINDS: &str = "type: eventType, seq: seq, roomId?: text, id?: text, senderId?: text, displayName?: text, timestamp?: time, \
     editedAt?: time, deleted?: bool, reactions?: [Reaction], client?: text, bot?: bool, replay?: bool, found?: [[int]], \
     blockedAt?: time, command?: {name: text, args: text}";

/// Returns the form of the schema `Message`, an event of any kind.
pub fn message() -> String {
    let members: Vec<&str> = std::iter::once(OF_ALL_KINDS).chain(Kind::ALL.map(|kind| kind.facts().schema)).collect();
    format!("{{{}}}", members.join(", "))
}

/// Names and forms of the other schemas.
pub const SCHEMAS: &[(&str, &str)] = &[
    ("Meta", "{timestamp: time, requestId: uuid}"),
    ("Error", "{code: text, message: text, retryAfterMs?: int, field?: text, limit?: int, act?: text}"),
    (
        "ModerationAct",
        "{id: text, kind: text, room?: text, at: time, until?: time, reason: text, objection?: 'open'|'lifted'|'kept'}",
    ),
    ("HubItem", "{seq: seq, id: text, ts: time, sender: text?, contentType: text, body?: text, b64?: text}"),
    (
        "HubPage",
        "{messages: [HubItem], next: seq, head: seq, more: bool, epoch: text, reset?: bool, truncated?: bool, oldest?: seq}",
    ),
    ("Hook", "{id: text, url: text, types: [text], active: bool, ordered: bool}"),
    ("Check", "'ok'|'absent'|'failed'"),
    ("Kind", "'persona'|'guest'|'user'|'bot'"),
    ("Status", "'online'|'busy'|'away'|'be_right_back'|'on_the_phone'|'out_to_lunch'|'appear_offline'"),
    ("Seen", "'online'|'busy'|'away'|'be_right_back'|'on_the_phone'|'out_to_lunch'|'offline'"),
    (
        "Me",
        "{id: text, displayName: text, avatarId: text, personalMessage: text, status: Status, kind: Kind, since?: time}",
    ),
    (
        "Bot",
        "{id: text, displayName: text, archetype: text, available: bool, quota: {used: int, limit: int, resetsAt: time, usedUp: bool}}",
    ),
    ("BotCommand", "{name: text, description: text}"),
    (
        "OwnBot",
        "{id: text, name: text, scopes: ['read'|'write'], commands: [BotCommand], webhook: {url: text}?, madeBy: text, madeAt: time}",
    ),
    ("ReadingBot", "{id: text, name: text, scopes: ['read'|'write'], madeBy: text, madeAt: time}"),
    ("Account", "{id: text, displayName: text, avatarId: text, personalMessage: text, kind: Kind, status: Seen}"),
    (
        "User",
        "{id: text, displayName: text, avatarId: text, personalMessage: text, kind: Kind, status: Seen, since: time}",
    ),
    ("Found", "{id: text, displayName: text, avatarId: text, kind: Kind}"),
    ("Handle", "{handle: text?, changeableAt: int}"),
    ("Session", "{expiresAt: time, csrfToken: text, user: Me, sessionId?: text, refreshToken?: text}"),
    ("Device", "{id: text, userAgent: text, createdAt: time, lastSeenAt: time, expiresAt: time, current: bool}"),
    ("Member", "{id: text, displayName: text, avatarId: text, status?: Seen, kind?: Kind, role: Role, pending?: bool}"),
    ("Role", "'owner'|'admin'|'member'"),
    (
        "Room",
        "{id: text, type: 'dm'|'group', name: text, topic: text, visibility: 'public'|'private', memberCount: int, lastSeq: seq, \
         lastReadSeq: seq, unread: int, role?: Role, epoch?: text, members?: [Member], invited?: [Member], pending?: bool, \
         invitedBy?: {id: text, displayName: text, kind?: Kind}, pin?: Pin, embed?: {origins: [text], mode: 'read'|'guest'}, last?: Message}",
    ),
    (
        "PushSubscription",
        "{id: text, userAgent: text, createdAt: time, lastOkAt: time?, state: 'ok'|'failing', current: bool}",
    ),
    ("Quiet", "{from: text, to: text, timeZone: text}"),
    ("PushLevel", "{roomId: text, level: 'all'|'mentions'|'none', until?: time}"),
    ("Draft", "{roomId: text, content: text, replyTo?: text, at: time}"),
    ("Pin", "{messageId: text, by: text, at: time, message: Message}"),
    ("Font", "{color?: int, face?: int, style?: int}"),
    ("File", "{id: text, name: text, type: text, size: int, width?: int, height?: int, alt?: text}"),
    ("Link", "{url: text, title: text, description?: text, imageFileId?: text}"),
    ("Reaction", "{reaction: text, count: int, users: [text], kind?: int}"),
    (
        "HistoryMessage",
        "{type: text, roomId: text, seq: seq, id: text, senderId?: text, displayName?: text, timestamp: time, content?: text, \
         replyTo?: text, editedAt?: time, deleted?: bool, font?: Font, files?: [File], link?: Link, emoticons?: [EmoticonShown], client?: text, refrenceId: text, referenceId: text, \
         message: text, kind: int, reactionKind: int?, reactions: [Reaction], sentBy: text, createdAt: text, updatedAt: text, \
         deletedAt: text?}",
    ),
    ("HistoryPage", "{messages: [HistoryMessage], source: text, nextCursor: text?, more: bool}"),
    (
        "SessionUser",
        "{id: text, name: text, email: text, emailVerified: bool, image: text?, createdAt: text, updatedAt: text}",
    ),
    (
        "SessionRecord",
        "{id: text, token: text, userId: text, expiresAt: text, createdAt: text, updatedAt: text, ipAddress: text, userAgent: text}",
    ),
    (
        "Messages",
        "{messages: [Message], head: seq, next: seq, more: bool, epoch: text, truncated?: bool, oldest?: seq, reset?: bool}",
    ),
    ("InboxItem", "{roomId: text, fromSeq: seq, toSeq: seq, count: int, last: Message}"),
    (
        "Contact",
        "{id: text, displayName: text, avatarId: text, kind: Kind, relation: 'contact'|'request'|'requested'|'stranger', note?: text, addedAt: time, \
         personalMessage?: text, status?: Seen, since?: time}",
    ),
    ("Blocked", "{id: text, displayName: text, avatarId: text, kind: Kind, blockedAt: time}"),
    ("Audience", "'contacts'|'everyone'|'nobody'"),
    ("Writers", "'contacts'|'everyone'"),
    ("Settings", SETTINGS),
    ("Wink", "{id: text, durationMs: int, title: text}"),
    ("Emoticon", "{id: text, code: text, fileId: text, alt: text, mayKeep: bool, addedAt: time}"),
    ("EmoticonShown", "{code: text, fileId: text, alt: text}"),
    ("Avatar", "{id: text, title: text}"),
    ("Scene", "{id: text, title: text, language: language, lengthMs: int, repeats: bool, cast: [text]}"),
    ("DemoJoined", "{code: text, roomId: text, sessionId: text, expiresAt: time, user: Me, isPresenter: bool}"),
    (
        "DemoRoom",
        "{code: text, language: language, name: text, isLocked: bool, people: int, cap: int, expiresAt: time, free: [DemoPersona]}",
    ),
    ("DemoPersona", "{id: text, displayName: text, avatarId: text, personalMessage: text}"),
    (
        "DemoState",
        "{code: text, language: language, name: text, isLocked: bool, people: int, cap: int, expiresAt: time, free: [DemoPersona], \
         roomId: text, epoch: text, slowMs: int, members: [DemoMember], scene: DemoScene?}",
    ),
    (
        "DemoMember",
        "{id: text, displayName: text, avatarId: text, personaId?: text, isPresenter: bool, isScripted: bool, isHere: bool}",
    ),
    ("DemoScene", "{id: text, atMs: int, lengthMs: int, speedPercent: int, isPaused: bool, isOver: bool}"),
];
