//! Every number a client can feel, with its unit in the name.
//!
//! Values are those of `core.md` 10 and `messenger.md` 12. Limits that an operator may change are rows of `operator` and of
//! `rate::Rules`; nobody may change the constants here. Each subject that has a file of its
//! own beside this one has its limits there.

mod bodies;
mod bots;
mod demo;
mod embed;
mod home;
mod integrations;
mod links;
mod moderation;
mod operator;
mod people;
mod projection;
mod push;
mod recovery;
mod scenes;
mod sealing;
mod watch;
mod writing;

pub use bodies::*;
pub use bots::*;
pub use demo::*;
pub use embed::*;
pub use home::*;
pub use integrations::*;
pub use links::*;
pub use moderation::*;
pub use operator::{LimitRow, OperatorLimits, Unit};
pub use people::*;
pub use projection::*;
pub use push::*;
pub use recovery::*;
pub use scenes::*;
pub use sealing::*;
pub use watch::*;
pub use writing::*;

/// Largest number a JavaScript client can hold exactly; no `seq` goes above it.
pub const SEQ_MAX: u64 = (1 << 53) - 1;
/// Longest id of a write.
pub const WRITE_ID_BYTES_MAX: usize = 128;
/// A longer `rid` is not repeated.
pub const RID_BYTES_MAX: usize = 64;
/// People that one search finds.
pub const PEOPLE_FOUND_MAX: usize = 50;
/// Longest user id.
pub const USER_ID_BYTES_MAX: usize = 64;

/// Events in a page when the caller does not say.
pub const PAGE_EVENTS_DEFAULT: u32 = 100;
/// Events in a page at most.
pub const PAGE_EVENTS_MAX: u32 = 200;
/// Bodies in a page, in bytes, at which the page ends early.
pub const PAGE_BODY_BYTES_MAX: usize = 256 * 1024;
/// Events shown to somebody who joins without a cursor.
pub const JOIN_EVENTS: u32 = 100;
/// Newest events of a room among which a list finds its last message.
pub const LAST_MESSAGE_EVENTS_MAX: u32 = 50;

/// Text of one chat message, in UTF-16 code units (what a browser's `maxlength` counts).
pub const CONTENT_UNITS_MAX: usize = 2_048;
/// Named colours a chat can be written in (`messenger.md` 5.3); the first is that of the page.
pub const FONT_COLORS: u8 = 16;
/// Faces a chat can be written in; the first is that of the page.
pub const FONT_FACES: u8 = 6;
/// Style bits of a chat, all set: bold, italic, underlined, struck out.
pub const FONT_STYLE_MAX: u8 = 15;
/// A reaction: a name or one emoji.
pub const REACTION_BYTES_MAX: usize = 32;
/// Different reactions on one message.
pub const REACTION_KINDS_MAX: usize = 12;
/// One file (`files.md` 1).
pub const FILE_BYTES_MAX: u64 = 25_000_000;
/// Files of all guests of one address in one day.
pub const GUEST_FILES_DAY_BYTES_MAX: u64 = 2_000_000_000;
/// Files of one person in one day, all together.
pub const FILES_DAY_BYTES_MAX: u64 = 500_000_000;
/// Longest time for the body of a file to arrive.
pub const FILE_MS_MAX: u64 = 60_000;
/// Id of a file.
pub const FILE_ID_BYTES_MAX: usize = 160;
/// Name of a file.
pub const FILE_NAME_BYTES_MAX: usize = 120;
/// A name as it is sent, without its escapes.
pub const FILE_NAME_SENT_BYTES_MAX: usize = 255;
/// Files of one message.
pub const FILES_MAX: usize = 4;
/// Description of a picture, in UTF-16 code units.
pub const ALT_UNITS_MAX: usize = 300;
/// Emoticons of one's own (`files.md` 4).
pub const EMOTICONS_MAX: usize = 200;
/// Such emoticons in one message.
pub const EMOTICONS_IN_MESSAGE_MAX: usize = 10;
/// Picture of such an emoticon.
pub const EMOTICON_BYTES_MAX: u64 = 65_536;
/// Width and height of it.
pub const EMOTICON_PX_MAX: u32 = 512;
/// Shortest code that is typed for one, in characters.
pub const EMOTICON_CODE_CHARS_MIN: usize = 2;
/// Longest code, in characters.
pub const EMOTICON_CODE_CHARS_MAX: usize = 12;
/// Description of one, in graphemes.
pub const EMOTICON_ALT_GRAPHEMES_MAX: usize = 60;
/// Description of one, in UTF-8 bytes.
pub const EMOTICON_ALT_BYTES_MAX: usize = 480;
/// A picture of oneself.
pub const AVATAR_BYTES_MAX: usize = 1_048_576;
/// Width and height of it.
pub const AVATAR_PX: u32 = 192;
/// Width times height of a picture.
pub const PICTURE_PIXELS_MAX: u64 = 50_000_000;
/// Pieces that are kept of a picture between those that are not: one that needs more is taken for no picture, or its plan would be
/// larger than itself.
pub const PICTURE_PIECES_MAX: usize = 20_000;
/// Pictures that one Worker takes apart at the same time, in bytes.
pub const PICTURES_AT_ONCE_BYTES_MAX: u64 = 32_000_000;
/// Rooms that are asked if they show a file.
pub const FILE_ROOMS_ASKED_MAX: usize = 50;
/// Time for which an archive of what is kept of a person can be fetched, and until there may be another (`leaving.md` 1).
pub const EXPORT_MS: u64 = 86_400_000;
/// A part of an archive on its way into the bucket; all but the last are of one size, which is the smallest that buckets take.
pub const EXPORT_PART_BYTES: usize = 5_242_880;
/// Part of a file that one step puts into an archive.
pub const EXPORT_PIECE_BYTES: u64 = 1_048_576;
/// Files of a person are left out of their archive when with them it would be larger: offsets in it have 32 bits.
pub const EXPORT_BYTES_MAX: u64 = 4_000_000_000;
/// Passkeys of an account.
pub const PASSKEYS_MAX: usize = 10;
/// Longest id of a credential, as authenticators make them.
pub const PASSKEY_ID_BYTES_MAX: usize = 1_023;
/// Deepest nesting of lists and maps in what an authenticator wrote.
pub const CBOR_DEPTH_MAX: usize = 4;
/// Entries of one of its maps: each new key is held against all before it.
pub const CBOR_ENTRIES_MAX: usize = 64;
/// Name of a passkey.
pub const PASSKEY_NAME_GRAPHEMES_MAX: usize = 64;
/// Events of a room that one step takes words or names from.
pub const LEAVING_EVENTS_MAX: u32 = 200;
/// Address of a link that is previewed.
pub const LINK_URL_BYTES_MAX: usize = 2_048;
/// Title of a preview, in UTF-16 code units.
pub const LINK_TITLE_UNITS_MAX: usize = 200;
/// Description of a preview, in UTF-16 code units.
pub const LINK_DESCRIPTION_UNITS_MAX: usize = 500;
/// Bytes that are read of a page, or of its picture.
pub const LINK_BYTES_MAX: usize = 512 * 1024;
/// Longest time for a page, redirects included, or for its picture.
pub const LINK_MS_MAX: u64 = 3_000;
/// Time for which a preview is remembered.
pub const LINK_CACHED_S: u64 = 3_600;
/// Redirects within one host that a preview follows.
pub const LINK_REDIRECTS_MAX: usize = 3;
/// Reactions of one person on one message.
pub const REACTIONS_OF_USER_MAX: usize = 5;
/// People who are named for one reaction; the count is always complete.
pub const REACTION_USERS_SHOWN_MAX: usize = 100;
/// Messages deleted for oneself that `welcome` names, newest first.
pub const HIDDEN_SENT_MAX: u32 = 200;

/// One frame of a room socket.
pub const FRAME_BYTES_MAX: usize = 16 * 1024;
/// One frame of a presence socket.
pub const PRESENCE_FRAME_BYTES_MAX: usize = 4_096;
/// One REST request body.
pub const REST_BODY_BYTES_MAX: usize = 16 * 1024;
/// Frames in one array of `cfm.v1.batch`.
pub const BATCH_FRAMES_MAX: usize = 64;
/// Bytes in one array that a client sends.
pub const BATCH_IN_BYTES_MAX: usize = 64 * 1024;
/// Bytes in one array that the server sends; more goes into the next frame.
pub const BATCH_OUT_BYTES_MAX: usize = 256 * 1024;

/// Windows of limits on what is not stored: a longer one is written down, at most once in `RATE_WRITTEN_EVERY_MS` (`core.md` 6).
pub const RATE_UNWRITTEN_MS_MAX: u64 = 10_000;
/// See `RATE_UNWRITTEN_MS_MAX`.
pub const RATE_WRITTEN_EVERY_MS: u64 = 1_000;

/// Messages after which a turn ends at the latest.
pub const TURN_MESSAGES_MAX: usize = 256;
/// Time after which a turn ends at the latest.
pub const TURN_MS_MAX: u64 = 5;

/// Sockets on one log.
pub const LOG_SOCKETS_MAX: usize = 1_024;
/// Sockets of one principal on one log.
pub const PRINCIPAL_LOG_SOCKETS_MAX: usize = 8;
/// Sockets of one principal on all logs together.
pub const PRINCIPAL_SOCKETS_MAX: usize = 64;
/// Known sockets from which on a person's own object is asked before one more is let into a room.
pub const PRINCIPAL_SOCKETS_ASKED: usize = 32;
/// A place that was kept for a socket is free again after this time, if no room says that it came.
pub const SOCKET_PLACE_MS: u64 = 2_000;
/// Shortest time before the rooms of a person without a place left are asked again for their true number of sockets.
pub const SOCKET_DOUBT_MS: u64 = 5_000;
/// Time that a client is told to wait where it has too many sockets.
pub const SOCKETS_RETRY_MS: u64 = 5_000;
/// State a socket carries through hibernation.
pub const ATTACHMENT_BYTES_MAX: usize = 2_048;

/// Rooms: how often a client sends its heartbeat.
pub const ROOM_HEARTBEAT_MS: u64 = 30_000;
/// Rooms: silence after which a socket is given up.
pub const ROOM_SILENCE_MS_MAX: u64 = 90_000;
/// Rooms: how often silent sockets are looked for while there are sockets.
pub const ROOM_SWEEP_MS: u64 = 60_000;
/// Presence: how often a client sends its heartbeat.
pub const PRESENCE_HEARTBEAT_MS: u64 = 15_000;
/// Presence: silence after which a device is given up.
pub const PRESENCE_SILENCE_MS_MAX: u64 = 30_000;
/// Presence: how long a person stays visible after the last device closed its socket.
pub const PRESENCE_GRACE_MS: u64 = 10_000;
/// Presence set by REST, without a socket.
pub const PRESENCE_REST_MS: u64 = 300_000;
/// Presence: how far ahead `until` may lie.
pub const PRESENCE_UNTIL_MS_MAX: u64 = 24 * 3_600_000;
/// Presence: people one socket may watch beyond its contacts.
pub const PRESENCE_WATCH_MAX: usize = 200;
/// Presence: changes of one person are told at most once in this time.
pub const PRESENCE_COALESCE_MS: u64 = 500;
/// Living sessions are reported to `auth` at most this often.
pub const ALIVE_REPORT_MS: u64 = 60_000;
/// A watcher is forgotten when it does not renew for this long.
pub const WATCH_LEASE_MS: u64 = 30 * 60_000;

/// Typing without renewal ends after this on the server.
pub const TYPING_MS: u64 = 3_000;
/// Longest time for which the start of typing waits for the rate to let it be told; while a timer of a second runs a room stays awake.
pub const TYPING_OWED_MS_MAX: u64 = 1_000;
/// Typing without renewal ends after this on the client, whatever the server says.
pub const TYPING_CLIENT_MS: u64 = 4_000;
/// A client renews typing at most this often.
pub const TYPING_RENEW_MS: u64 = 2_000;
/// Public rooms: changes of the participant list are collected for this long.
pub const PARTICIPANTS_COALESCE_MS: u64 = 500;
/// Rows of participants that a join brings to a client that takes pages; where there are more, newcomers are only counted.
pub const PARTICIPANTS_TOLD_MAX: usize = 50;
/// A wink starts this long after its commit, so that all clients can start together.
pub const WINK_LEAD_MS: u64 = 750;
/// A client that is later than this shows the line only.
pub const WINK_LATE_MS_MAX: u64 = 2_000;
/// Shakes one recipient gets within `NUDGE_SHAKE_WINDOW_MS`; further nudges are lines.
pub const NUDGE_SHAKES_MAX: usize = 6;
/// Window of `NUDGE_SHAKES_MAX`.
pub const NUDGE_SHAKE_WINDOW_MS: u64 = 60_000;

/// Unusable frames within `BAD_FRAMES_WINDOW_MS` that close a socket with 1008.
pub const BAD_FRAMES_MAX: usize = 10;
/// Window of `BAD_FRAMES_MAX`.
pub const BAD_FRAMES_WINDOW_MS: u64 = 60_000;
/// A socket that sends this many times the frame limit is closed with 4429.
pub const FRAME_FLOOD_FACTOR: u32 = 3;

/// A subscriber this many events behind its last reported cursor gets `lag` instead of live events.
pub const LAG_EVENTS_MAX: u64 = 1_000;
/// The same in bytes of frames.
pub const LAG_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// A client reports its cursor after this many events.
pub const CURSOR_EVERY_EVENTS: u64 = 64;
/// … or this long after the first event that it has not reported.
pub const CURSOR_EVERY_MS: u64 = 5_000;

/// Display name, in graphemes.
pub const NAME_GRAPHEMES_MAX: usize = 64;
/// Display name, in bytes.
pub const NAME_BYTES_MAX: usize = 256;
/// Display name of a guest at login, in graphemes.
pub const GUEST_NAME_GRAPHEMES_MAX: usize = 32;
/// Personal message, in graphemes.
pub const PERSONAL_MESSAGE_GRAPHEMES_MAX: usize = 140;
/// Personal message, in bytes.
pub const PERSONAL_MESSAGE_BYTES_MAX: usize = 560;

/// Name of a time zone, in bytes.
pub const TIME_ZONE_BYTES_MAX: usize = 64;

/// A session's expiry is moved at most this often.
pub const SESSION_SLIDE_MS: u64 = 60_000;
/// People are told this long before an end of their session that cannot slide.
pub const SESSION_ENDING_MS: u64 = 60_000;
/// A persona can be taken over when its session was idle for this long.
pub const PERSONA_IDLE_MS: u64 = 120_000;
/// A guest is deleted this long after the last use.
pub const GUEST_LIFE_MS: u64 = 86_400_000;
/// Time by which the data of a person of a demo room outlives their session.
pub const DEMO_PERSON_LIFE_MS: u64 = 60_000;
/// People whom the stage of a demo room seats, in a room that is locked or full as well.
pub const DEMO_STAGE_PEOPLE: usize = 2;
/// E-mail address.
pub const EMAIL_BYTES_MAX: usize = 254;
/// E-mail address, before the `@`.
pub const EMAIL_LOCAL_BYTES_MAX: usize = 64;
/// Shortest password that may be chosen.
pub const PASSWORD_GRAPHEMES_MIN: usize = 10;
/// Longest password.
pub const PASSWORD_BYTES_MAX: usize = 128;
/// Something this short, again and again, is no password.
pub const PASSWORD_RUN_MAX: usize = 4;
/// Shortest row of neighbours on a keyboard that counts, where a password consists of such rows.
pub const PASSWORD_WALK_MIN: usize = 3;
/// Argon2id: memory of one hash.
pub const ARGON2_MEMORY_KIB: u32 = 19 * 1024;
/// Argon2id: passes over the memory.
pub const ARGON2_PASSES: u32 = 2;
/// PBKDF2: rounds, the most that the platform's WebCrypto does.
pub const PBKDF2_ROUNDS: u32 = 100_000;
/// Life of a one-time socket ticket.
pub const TICKET_MS: u64 = 30_000;
/// Longest Turnstile token.
pub const TURNSTILE_TOKEN_BYTES_MAX: usize = 2_048;
/// A Turnstile token is too old after this, and remembered as used for as long.
pub const TURNSTILE_TOKEN_MS: u64 = 300_000;
/// An address that tries to sign in too fast has to wait this long.
pub const LOGIN_BLOCK_MS: u64 = 60_000;
/// Tries after which a page that meets the limit of sign-ins per address gives up.
pub const SIGN_IN_TRIES_MAX: u32 = 5;
/// Failures of all networks together from which networks wait, as a multiple of those that one place may have.
pub const LOGIN_ATTACK_FACTOR: usize = 3;
/// Attempts of a network that wait for no other network, also during an attack.
pub const LOGIN_OWN_TRIES: usize = 3;
/// Time between these attempts during an attack.
pub const LOGIN_OWN_WAIT_MS: u64 = 20_000;
/// Time per attempt of all networks that have had these attempts. They share it equally.
pub const LOGIN_SHARE_MS: u64 = 900_000;
/// Time for which a failed sign-in counts among those of all networks.
pub const LOGIN_FAILURE_MEMORY_MS: u64 = 86_400_000;
/// Longest time for siteverify.
pub const TURNSTILE_MS_MAX: u64 = 5_000;

/// Receipts: a client tells how far it has come at most this often, and others hear of it at most this often.
pub const ACK_EVERY_MS: u64 = 1_000;
/// People in a room above which receipts go to the authors of the messages only.
pub const RECEIPT_PEOPLE_MAX: usize = 20;
/// Events, the newest of those that one receipt covers, whose authors hear of it.
pub const RECEIPT_EVENTS_MAX: u64 = 2_000;
/// Distance of two objects' clocks up to which something that was written as a device came is still told to it.
pub const CLOCKS_APART_MS_MAX: u64 = 2_000;
/// A page that was led to from another site comes again by itself once, and not again within so many seconds.
pub const COMES_AGAIN_S: u64 = 10;
/// Seconds for which a browser keeps the fields of a refused form for its page, which comes at once.
pub const TYPED_FORM_S: u64 = 60;
/// Bytes of these fields in their cookie. Browsers take cookies of 4 KB.
pub const TYPED_FORM_BYTES_MAX: usize = 3_500;
/// Unread messages that are counted.
pub const UNREAD_MAX: u32 = 999;
/// Client: first wait before a connection is tried again; doubles up to `BACKOFF_MS_MAX`, full jitter (`core.md` 7).
pub const BACKOFF_MS: u64 = 500;
/// Client: longest wait between two tries.
pub const BACKOFF_MS_MAX: u64 = 30_000;
/// Client: tries after a restart of the server are spread over this time (close code 1012).
pub const RESTART_SPREAD_MS: u64 = 5_000;
/// Client: a socket that has not opened by then is given up.
pub const CONNECT_MS_MAX: u64 = 10_000;
/// Client: silence after something that must be answered, after which the socket is given up.
pub const ANSWER_MS_MAX: u64 = 10_000;
/// Client: the same after the device's network changed.
pub const PROBE_MS_MAX: u64 = 3_000;
/// Client: a connection that lived this long clears the count of tries.
pub const STABLE_MS: u64 = 5_000;
/// Client: a socket that spoke within this time before the device woke is trusted.
pub const WOKE_FRESH_MS: u64 = 1_000;
/// Client: how far the device's clock may go back without making all deadlines meaningless.
pub const CLOCK_BACK_MS_MAX: u64 = 1_000;
/// Client: wait after a refusal that asks for patience without saying how much.
pub const PATIENCE_MS: u64 = 1_000;

/// Events that stay however old they are.
pub const RETENTION_EVENTS_MIN: u64 = 100;
/// Ids outlive their events by this.
pub const RETENTION_IDS_MS: u64 = 7 * 86_400_000;
/// Bodies that go in one step of trimming.
pub const TRIM_EVENTS_MAX: u32 = 500;

/// Bytes of a secret that signs or is mixed in, at least: a shorter one is not for production.
pub const SECRET_KEY_BYTES_MIN: usize = 32;
/// Characters of a secret that is shown to us as it is, at least: what is typed by hand can be guessed by hand.
pub const SECRET_TOKEN_CHARS_MIN: usize = 16;
/// UTF-16 units of what is typed into a search box.
pub const SEARCH_UNITS_MAX: usize = 256;
/// Words of one question.
pub const SEARCH_WORDS_MAX: usize = 16;
/// Rooms that are asked for one page of what was found (`messenger.md` 3).
pub const SEARCH_ROOMS_MAX: usize = 50;
/// Rooms that could not be read and that a cursor carries on: its text is part of an address.
pub const SEARCH_OWED_MAX: usize = 16;
/// Messages that a room looks at for one page; what is older comes with the next.
pub const SEARCH_CANDIDATES_MAX: usize = 1_000;

/// People in one group, those who were asked included.
pub const GROUP_MEMBERS_MAX: usize = 100;
/// Groups of one person.
pub const GROUPS_PER_USER_MAX: usize = 200;
/// Name of a group, in graphemes.
pub const GROUP_NAME_GRAPHEMES_MAX: usize = 64;
/// Name of a group of contacts, in graphemes; it never leaves the device (`ux.md` 1.2).
pub const CONTACT_GROUP_NAME_GRAPHEMES_MAX: usize = 61;
/// Topic of a group, in graphemes.
pub const GROUP_TOPIC_GRAPHEMES_MAX: usize = 140;
/// Groups: somebody whose last socket closed is said to have left after this.
pub const GROUP_ABSENCE_MS: u64 = 10_000;

/// A person's own object hears at once that a session has sockets in a room, but of a crowd only when nobody has come for this
/// long: people are let in before anybody is told of them. The `auth` object closes sockets of that age by itself (`core.md` 5).
pub const JOIN_REPORT_MS: u64 = 100;
/// People who come without such a pause from which on they are a crowd.
pub const CROWD_MIN: u32 = 8;
/// … and this late at the latest, however many come.
pub const JOIN_REPORT_MS_MAX: u64 = 1_000;
/// … and this late that it has none any more: somebody who reconnects has not been away.
pub const LEAVE_REPORT_MS: u64 = 2_000;
/// Reports of a room on their way at the same time.
pub const REPORTS_AT_ONCE: u32 = 4;
/// Outbox: first wait before a delivery is tried again; doubles up to `OUTBOX_RETRY_MS_MAX`.
pub const OUTBOX_RETRY_MS: u64 = 500;
/// Outbox: longest wait between two tries.
pub const OUTBOX_RETRY_MS_MAX: u64 = 60_000;
/// Mail: longest time for one attempt.
pub const MAIL_ATTEMPT_MS_MAX: u64 = 10_000;
/// Mail: time after which a mail that nobody took is dropped (`account.md` 1.2).
pub const MAIL_LIFE_MS: u64 = 24 * 3_600_000;
/// Mails that the development mailbox keeps (`account.md` 1.3).
pub const KEPT_MAILS_MAX: u64 = 200;
/// Inbox entries kept for one person.
pub const INBOX_ENTRIES_MAX: usize = 1_000;

/// Drafts kept for one person.
pub const DRAFTS_MAX: usize = 100;
/// Time for which a draft is kept.
pub const DRAFT_STORED_MS: u64 = 30 * 86_400_000;
/// Shortest time between two writes of a draft by a device.
pub const DRAFT_EVERY_MS: u64 = 2_000;

const _: () = assert!(FRAME_BYTES_MAX >= CONTENT_UNITS_MAX * 3, "a full message must fit into a frame");
const _: () = assert!(REACTION_USERS_SHOWN_MAX >= GROUP_MEMBERS_MAX, "a group sees who reacted, all of them");
const _: () = assert!(RETENTION_EVENTS_MIN >= JOIN_EVENTS as u64, "who joins finds a full page");
const _: () = assert!(TYPING_CLIENT_MS > TYPING_MS && TYPING_RENEW_MS < TYPING_MS);
const _: () = assert!(PRESENCE_SILENCE_MS_MAX >= 2 * PRESENCE_HEARTBEAT_MS);
const _: () = assert!(ROOM_SILENCE_MS_MAX >= 2 * ROOM_HEARTBEAT_MS);
const _: () = assert!(PAGE_EVENTS_DEFAULT <= PAGE_EVENTS_MAX && JOIN_EVENTS <= PAGE_EVENTS_MAX);
const _: () = assert!(PARTICIPANTS_TOLD_MAX >= RECEIPT_PEOPLE_MAX);
const _: () = assert!(PARTICIPANTS_TOLD_MAX <= PAGE_EVENTS_DEFAULT as usize);

// ---- Tokens of other systems (`core.md` 4.1 and 10)

/// One JSON Web Token.
pub const JWT_BYTES_MAX: usize = 8_192;

// ---- WasmChannel (`wasmchannel.md` 7)

/// One packet from a client, as it came off the socket.
pub const PACKET_BYTES_MAX: usize = 65_536;
/// Payload of a client's packet after inflating.
pub const PACKET_PAYLOAD_BYTES_MAX: usize = 999;
/// Payload of any packet after inflating.
pub const PACKET_CODEC_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Life of a session of the session routes without use.
pub const LIBRARY_SESSION_TTL_MS: u64 = 7 * 86_400_000;
/// Such a session altogether, however much it is used: its token never changes, so it is no longer good than a browser is remembered.
pub const LIBRARY_SESSION_AGE_MS_MAX: u64 = 30 * 86_400_000;
/// Such a session is renewed at most once in this time.
pub const LIBRARY_SESSION_STEP_MS: u64 = 86_400_000;
/// Shortest secret by which a browser has an account of its own.
pub const DEVICE_SECRET_BYTES_MIN: usize = 32;
/// Address of an account's picture.
pub const IMAGE_URL_BYTES_MAX: usize = 2_048;
/// Address of a page to which a link in a mail leads on.
pub const PAGE_URL_BYTES_MAX: usize = 2_048;
/// Messages of a history page, and without being asked for a number.
pub const PACKET_PAGE_MAX: u32 = 100;
/// See [`PACKET_PAGE_MAX`].
pub const PACKET_PAGE_DEFAULT: u32 = 50;
/// Events looked through for one history page: what is no message is left out of it.
pub const PACKET_PAGE_EVENTS_MAX: u64 = 4_000;
/// Typing packets of one person that are relayed in one second.
pub const PACKET_TYPING_MAX: u32 = 2;
/// The second of [`PACKET_TYPING_MAX`].
pub const PACKET_TYPING_WINDOW_MS: u64 = 1_000;
/// Somebody who was gone for no longer than this has not come anew (`messenger.md` 5.4, the grace of `Joined`).
pub const JOINED_GRACE_MS: u64 = GROUP_ABSENCE_MS;

// ---- HopeFlow (`hopeflow.md` 8)

/// Body of one publish.
pub const PUBLISH_BYTES_MAX: usize = 1_048_576;
/// One frame of a client.
pub const CHANNEL_FRAME_BYTES_MAX: usize = 1_048_576;
/// Id of the person whose channel it is, after trimming.
pub const CHANNEL_USER_BYTES_MAX: usize = 256;
/// Filters of one message that are looked at.
pub const MESSAGE_FILTERS_MAX: usize = 50;
/// Filters of one socket.
pub const SOCKET_FILTERS_MAX: usize = 500;
/// Name of a filter's member.
pub const FILTER_KEY_BYTES_MAX: usize = 128;
/// Value of a filter's member.
pub const FILTER_VALUE_BYTES_MAX: usize = 1_024;
/// Time for which a publisher waits for answers.
pub const ACK_WAIT_MS: u64 = 5_000;
/// One answer; a larger one is told as `null`.
pub const ACK_RESULT_BYTES_MAX: usize = 64 * 1024;
/// All answers to one envelope.
pub const ACK_RESULTS_BYTES_MAX: usize = 1024 * 1024;
/// Durable envelopes that wait for one person.
pub const CHANNEL_ENVELOPES_MAX: usize = 1_000;
/// The same in bytes.
pub const CHANNEL_BYTES_MAX: usize = 16 * 1024 * 1024;
/// Life of a durable envelope when the publisher does not say, in seconds.
pub const ENVELOPE_TTL_S: u64 = 7 * 86_400;
/// Longest life of a durable envelope, in seconds.
pub const ENVELOPE_TTL_S_MAX: u64 = 30 * 86_400;
/// A publisher's key is remembered at least this long.
pub const PUBLISH_KEY_MS: u64 = 86_400_000;
/// Bytes of what is kept that are handed over in one turn, for all sockets together.
pub const CHANNEL_TURN_BYTES_MAX: usize = 4 * 1024 * 1024;
/// A socket that was sent twice all there can be of it, and asks for more without having answered anything, reads slower than it asks. It
/// may come back after this.
pub const CHANNEL_UNREAD_RETRY_MS: u64 = 10_000;
/// Keys that one channel remembers; of more, those go first that were used longest ago.
pub const CHANNEL_KEYS_MAX: usize = 50_000;
/// The same in bytes of the answers that they stand for.
pub const CHANNEL_KEYS_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Share of the keys that go at once where they are too much, as one of so many: to count them all is not for every publish.
pub const CHANNEL_KEYS_FORGOTTEN_SHARE: usize = 16;
/// A device that was not here for this long is not waited for.
pub const DEVICE_KNOWN_MS: u64 = 30 * 86_400_000;
/// Devices of one channel that are waited for; of more, those are forgotten that were here longest ago. What they have, of
/// [`CHANNEL_ENVELOPES_MAX`] envelopes at most, is as many rows each.
pub const CHANNEL_DEVICES_MAX: usize = 256;

// ---- LiveStore (`livestore.md` 13)

/// One message of a client.
pub const CHAIN_FRAME_BYTES_MAX: usize = 8 * 1024 * 1024;
/// One event: args, name and ids. A row can hold it.
pub const CHAIN_EVENT_BYTES_MAX: usize = 1_900_000;
/// The same where it is stored sealed, as text that is a third longer.
pub const CHAIN_SEALED_EVENT_BYTES_MAX: usize = 1_400_000;
/// Events of one push.
pub const CHAIN_PUSH_EVENTS_MAX: usize = 1_000;
/// Events of one message of a pull.
pub const CHAIN_CHUNK_EVENTS_MAX: u32 = 100;
/// Bytes after which a message of a pull ends early; one event is always in it.
pub const CHAIN_CHUNK_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Bytes that a message has around each event: names of members, numbers, the time.
pub const CHAIN_EVENT_AROUND_BYTES: usize = 200;
/// Bytes that a message has around all of them, the request's id among them.
pub const CHAIN_CHUNK_AROUND_BYTES: usize = 2_048;
/// Pushes of one store that wait for the end of a maintenance, in bytes.
pub const CHAIN_HELD_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Frames of one store that wait behind a secret of their own socket which is being compared.
pub const CHAIN_BEHIND_FRAMES_MAX: usize = 256;
/// The same in bytes.
pub const CHAIN_BEHIND_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Bytes handed over in one turn, for all sockets together; then the others have theirs.
pub const CHAIN_TURN_BYTES_MAX: usize = 1024 * 1024;
/// Answers that wait for one socket; then it is closed with 1013.
pub const CHAIN_WAITING_MAX: usize = 10_000;
/// Pulls among them: each may be the whole log, and nobody tells how much of it a slow reader has taken yet.
pub const CHAIN_PULLS_MAX: usize = 64;
/// Addresses whose sockets a store counts; beyond it those whose window is over are forgotten.
pub const STORE_ADDRESSES_MAX: usize = 1_024;
/// Time for which a client that came back is told nothing new: it may be starting afresh and ask by itself.
pub const CHAIN_HOLD_MS: u64 = 1_000;
/// Clients of one store whose place is remembered.
pub const CHAIN_CLIENTS_MAX: u32 = 10_000;
/// Name, client id and session id of an event.
pub const CHAIN_FIELD_BYTES_MAX: usize = 1_024;
/// A request's id.
pub const CHAIN_REQUEST_ID_BYTES_MAX: usize = 256;
/// A store's id.
pub const STORE_ID_BYTES_MAX: usize = 256;
/// The payload of a handshake, decoded.
pub const STORE_PAYLOAD_BYTES_MAX: usize = 8 * 1024;
/// Longest time for the owner's server to say who may open a store (`livestore.md` 14.1).
pub const STORE_AUTH_MS_MAX: u64 = 5_000;
/// Bytes of its answer.
pub const STORE_AUTH_ANSWER_BYTES_MAX: usize = 4 * 1024;
/// Characters of its reason that the client reads.
pub const STORE_AUTH_REASON_CHARS_MAX: usize = 200;
/// Longest time for which one of its verdicts counts again.
pub const STORE_AUTH_CACHE_MS_MAX: u64 = 3_600_000;
/// Verdicts that an isolate keeps.
pub const STORE_AUTH_CACHED_MAX: usize = 1_024;
/// Wait after a refusal with 503.
pub const STORE_RETRY_S: u64 = 5;

// ---- LiveStore 0.4 (`livestore-0.4.md` 10)

/// One page of a pull, as JSON. An event of an older client that is larger is a page of its own.
pub const RPC_PAGE_BYTES_MAX: usize = 900_000;
/// Bytes that a page has around its events, the request's id among them.
pub const RPC_PAGE_AROUND_BYTES: usize = 2_048;
/// Bytes that a page has around each event beside its texts: names of members, numbers, the time.
pub const RPC_EVENT_AROUND_BYTES: usize = 240;
/// One event that a client of version 0.4 pushes: a page has room for it.
pub const RPC_EVENT_BYTES_MAX: usize = 890_000;
/// Time within which a new socket has to send its first request.
pub const RPC_FIRST_REQUEST_MS: u64 = 5_000;
/// Pulls of a socket that ended while the acknowledgement of their last page was on its way: so many are remembered.
pub const RPC_ENDED_MAX: usize = 64;

// ---- MessageHub (`messagehub.md` 10)

/// One body or frame.
pub const HUB_BODY_BYTES_MAX: usize = 65_536;
/// Bytes that an enveloped frame may have around its body.
pub const HUB_ENVELOPE_BYTES_MAX: usize = 4_096;
/// A room's id, decoded.
pub const HUB_ROOM_BYTES_MAX: usize = 256;
/// A content type that is passed on.
pub const HUB_CONTENT_TYPE_BYTES_MAX: usize = 256;
/// A long poll waits at most this long, in seconds.
pub const POLL_WAIT_S_MAX: u64 = 30;
/// Long polls of one principal in one room.
pub const POLLS_MAX: usize = 8;
/// A long poll holds its place among them for so long; after that it is answered when another one wants to wait.
/// Nothing tells if anybody still waits for it.
pub const POLL_HELD_MS: u64 = 2_000;
/// Bytes of bodies in one piece of an event stream: a reader that does not read on costs no more.
pub const HUB_STREAM_BYTES_MAX: u64 = 64 * 1024;
/// An event stream ends after this; its reader comes back.
pub const STREAM_MS_MAX: u64 = 300_000;
/// An event stream says this often that it lives.
pub const STREAM_HEARTBEAT_MS: u64 = 15_000;
/// Time that a reader of an event stream is told to wait before it comes back.
pub const STREAM_RETRY_MS: u64 = 2_000;
/// Events kept in a hub room.
pub const HUB_EVENTS_MAX: u64 = 10_000;
/// Bytes kept in a hub room.
pub const HUB_LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;
/// Bytes of the past that sockets of a room get in one turn of the event loop.
pub const HUB_TURN_BYTES_MAX: usize = 4 * 1024 * 1024;
/// … and in a second, all of them together: nothing tells whether they read it, and what they do not read takes the object's memory.
pub const HUB_PAST_BYTES_PER_S: u64 = 16 * 1024 * 1024;
/// Burst of it, as time: so much may be used at once.
pub const HUB_PAST_BURST_MS: u64 = 2_000;
/// Messages of its own that a socket which is behind carries through a sleep: it is not told of them.
pub const HUB_OWN_STORED_MAX: usize = 64;
/// Nothing longer can be an enveloped frame: each byte of a body may be written as an escape of six.
pub const HUB_FRAME_BYTES_MAX: usize = HUB_BODY_BYTES_MAX * 6 + HUB_ENVELOPE_BYTES_MAX;
/// Messages that go in one step of trimming, and into one file of the archive.
pub const HUB_TRIM_EVENTS_MAX: u32 = 64;
/// Files of the archive that one reading looks for in vain: after so many the reader goes on with what the room keeps.
pub const HUB_ARCHIVE_MISSES_MAX: usize = 16;
/// An empty hub room is forgotten after this.
pub const HUB_ROOM_IDLE_MS: u64 = 30 * 86_400_000;
/// Bytes that a hub room takes …
pub const HUB_RATE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// … in this time.
pub const HUB_RATE_BYTES_MS: u64 = 10_000;
/// Time that a writer is told to wait while too much waits for receivers.
pub const OVERLOADED_RETRY_MS: u64 = 5_000;
/// Messages of one principal in all hub rooms, per isolate …
pub const HUB_PRINCIPAL_MESSAGES_MAX: u32 = 6_000;
/// … sockets of one address, per isolate …
pub const HUB_ADDRESS_CONNECTS_MAX: u32 = 1_000;
/// … in this time.
pub const HUB_ISOLATE_WINDOW_MS: u64 = 10_000;
/// Window of a rate that an operator sets for one room.
pub const HUB_ROOM_RATE_MS: u64 = 10_000;
/// Longest retention that an operator sets for one room, in days.
pub const HUB_ROOM_RETENTION_DAYS_MAX: u32 = 36_500;
/// Exceptions of single rooms that stand at the same time in a deployment.
pub const HUB_EXCEPTIONS_MAX: usize = 200;

// ---- Webhooks (`messagehub.md` 7)

/// Hooks of one room.
pub const HOOKS_MAX: usize = 10;
/// Text of a mail, in characters: a mail points at a message, it does not carry it.
pub const MAIL_CHARS_MAX: usize = 2_000;
/// A hook's id.
pub const HOOK_ID_BYTES_MAX: usize = 64;
/// A hook's address.
pub const HOOK_URL_BYTES_MAX: usize = 2_048;
/// A hook's secret, decoded.
pub const HOOK_SECRET_BYTES_MIN: usize = 24;
/// The same.
pub const HOOK_SECRET_BYTES_MAX: usize = 256;
/// Longest time for a receiver to answer.
pub const HOOK_ATTEMPT_MS_MAX: u64 = 10_000;
/// Attempts before a message is a dead letter.
pub const HOOK_ATTEMPTS_MAX: u32 = 9;
/// The first so many of them are made by the room itself: the queue, which gathers for seconds, would make them late.
pub const HOOK_SOON_ATTEMPTS_MAX: u32 = 3;
/// Longest wait that a receiver may ask for.
pub const HOOK_RETRY_AFTER_MS_MAX: u64 = 3_600_000;
/// Longest wait for an attempt that was not made, because its receiver or its account has had its calls.
pub const HOOK_POSTPONED_MS_MAX: u64 = 60_000;
/// An attempt of which nothing is heard for this long is lost, and made again.
pub const HOOK_LEASE_MS: u64 = 60_000;
/// Messages of an unordered hook that are under way at the same time.
pub const HOOK_UNORDERED_MAX: u32 = 8;
/// Time for which the secret before the current one signs too.
pub const HOOK_SECRET_OVERLAP_MS: u64 = 86_400_000;
/// Dead letters in a row after which a hook is disabled.
pub const HOOK_DEAD_MAX: u32 = 20;
/// Dead letters are kept this long.
pub const DEAD_LETTER_MS: u64 = 14 * 86_400_000;
/// A message of a queue that could not be handled is tried again after this time at the earliest …
pub const QUEUE_RETRY_S_MIN: u32 = 10;
/// … and after this time at the latest; the platform allows twelve hours.
pub const QUEUE_RETRY_S_MAX: u32 = 21_600;
/// Kept batches of what queues gave up that one cron drives again.
pub const DEAD_BATCHES_AT_ONCE: usize = 20;
/// Longest time for which one cron drives them: the rest is for the next.
pub const DEAD_DRIVE_MS_MAX: u64 = 60_000;
/// Outbox rows of a room above which writes are refused.
pub const HUB_OUTBOX_MAX: u64 = 10_000;

// ---- Operation (`messagehub.md` 9, `core.md` 1.7)

/// Longest time for which a sign-in waits for the table that only reports.
pub const PROJECTION_MS_MAX: u64 = 1_000;

/// Pages of logs that one step of writing the database again asks for …
pub const REBUILD_PAGES_MAX: u64 = 12;
/// … and rows that it writes, give or take a page.
pub const REBUILD_ROWS_MAX: u64 = 400;
/// Rows of such a page.
pub const REBUILD_PAGE_ROWS: u32 = 100;
/// Names of logs that a shard of `dir` gives at once for it.
pub const REBUILD_LOGS_PAGE: u32 = 500;

/// Longest time for a part to say that it is well.
pub const HEALTH_CHECK_MS_MAX: u64 = 500;
/// Time for which an isolate remembers that all is well …
pub const HEALTH_REMEMBERED_MS: u64 = 10_000;
/// … and that something is not.
pub const HEALTH_FAILURE_REMEMBERED_MS: u64 = 1_000;
/// Data points that an isolate writes in a day; above it none …
pub const ANALYTICS_POINTS_MAX: u32 = 100_000;
/// … and above this messages are sampled.
pub const ANALYTICS_MESSAGES_MAX: u32 = 50_000;
/// Data points that an object gathers until they are written; of more, the counters alone tell.
pub const ANALYTICS_GATHERED_MAX: usize = 64;
/// Messages of a hub room whose trace is remembered: receivers are called soon, or without it.
pub const HUB_TRACES_MAX: usize = 64;
/// An object tells its numbers this often …
pub const NUMBERS_REPORT_MS: u64 = 300_000;
/// … and not sooner than this after something was counted.
pub const NUMBERS_GATHER_MS: u64 = 5_000;
/// Shortest time between two measurements of how long writes take until they are safe.
pub const COMMIT_MEASURE_MS: u64 = 1_000;

// ---- The owner (`core.md` 4, `docs/deploy.md`)

/// Share of the day's calls of the model at which the alarm goes up.
pub const ALARM_QUOTA_PERCENT: u64 = 80;
/// Dead letters above which the alarm is up.
pub const ALARM_DEAD_LETTERS_MAX: u64 = 0;
/// Rows that wait in outboxes, all together, above which the alarm is up.
pub const ALARM_OUTBOX_MAX: u64 = 1_000;
/// Seconds since a job was first due, above which the alarm is up.
pub const ALARM_JOB_AGE_MAX_S: u64 = 600;
/// Rows that no key opens: with one more there is an alarm.
pub const ALARM_UNREADABLE_MAX: u64 = 0;
/// Sockets that were too slow or far too fast in an hour, above which the alarm is up.
pub const ALARM_DROPS_MAX: u64 = 100;
/// Returns of a device within [`RECONNECT_LOOP_MS`] above which it is in a loop …
pub const RECONNECT_LOOP_TIMES: u64 = 10;
/// … and that time.
pub const RECONNECT_LOOP_MS: u64 = 300_000;
/// Devices that fell into a loop in an hour, above which the alarm is up.
pub const ALARM_LOOPS_MAX: u64 = 10;
/// Objects that woke to open sockets in an hour: up to this many there is no alarm …
pub const ALARM_WAKES_MIN: u64 = 1_000;
/// … nor up to so many times the mean of the hours before.
pub const ALARM_WAKES_TIMES: u64 = 4;
/// News of alarms that are kept while nobody takes them; of more, the oldest are let go.
pub const ALERTS_MAX: u64 = 100;
/// Longest time for the owner's receiver of alarms to answer.
pub const ALERT_MS_MAX: u64 = 10_000;
/// Time for which readings of the numbers are kept for the owner's charts; there is one every five minutes.
pub const READINGS_MS: u64 = 86_400_000;
/// Life of a session of the owner's page, which the service token opens.
pub const ADMIN_SESSION_MS: u64 = 8 * 3_600_000;
/// Longest time for which the owner's page waits for the audit log, in milliseconds.
pub const ADMIN_AUDIT_MS_MAX: u64 = 5_000;
/// Longest time for which the owner's page waits for the names of people, in milliseconds.
pub const ADMIN_NAMES_MS_MAX: u64 = 3_000;
/// People whom the owner's page offers for a name that was typed for a role.
pub const ROLE_CHOICES_MAX: usize = 6;
/// Rows of the audit log on a page of the owner's.
pub const ADMIN_AUDIT_ROWS: usize = 50;
/// Conversations with most sockets that the owner's page names.
pub const ADMIN_ROOMS_MAX: u64 = 20;
/// Longest text that the audit log is searched for.
pub const AUDIT_WORD_BYTES_MAX: usize = 256;
