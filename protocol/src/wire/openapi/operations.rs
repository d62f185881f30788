//! Input and output of each route (`sign-in.md` 1, `messenger.md` 3), in the order of the route table.

use super::schemas::SETTINGS_CHANGE;

/// Form of a good answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// `data` in the envelope, with this status.
    Data(u16, &'static str),
    /// JSON without envelope.
    Json(&'static str),
    /// The same, with 201 for what is new.
    Made(&'static str),
    /// MessageHub's answer to a message: 202, nothing in it, all in its headers.
    Taken,
    /// An event stream.
    Events,
    /// JSON for tools; with an upgrade a socket.
    StatusOrSocket(&'static str),
    /// Plain text.
    Text,
    /// A page.
    Page,
    /// A drawing.
    Drawing,
    /// Answer of a server function.
    Form,
    /// A socket.
    Socket,
}

/// One method of one path.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// Upper-case method.
    pub method: &'static str,
    /// Path with its parameters in curly brackets.
    pub path: &'static str,
    /// Purpose of the operation. A time that an operator sets is in it as `{VARIABLE}`.
    pub summary: &'static str,
    /// Answers 401 without a session.
    pub needs_session: bool,
    /// Query parameters in the short form of `form`.
    pub query: &'static str,
    /// Body in the short form; empty when there is none.
    pub body: &'static str,
    /// Good answer.
    pub answer: Answer,
}

use Answer::{Data, Drawing, Events, Form, Json, Made, Page, Socket, StatusOrSocket, Taken, Text};

const LIST: &str = "limit?: int, after?: text";
const OPEN: bool = false;
const SIGNED_IN: bool = true;

const fn op(
    method: &'static str,
    path: &'static str,
    needs_session: bool,
    query: &'static str,
    body: &'static str,
    answer: Answer,
    summary: &'static str,
) -> Operation {
    Operation { method, path, summary, needs_session, query, body, answer }
}

/// All of them.
#[rustfmt::skip]
pub const OPERATIONS: &[Operation] = &[
    op("GET", "/", OPEN, "token?: text, since?: seq, epoch?: text, device?: uuid, ticket?: text", "", StatusOrSocket("{status: text, runtime: text}"), "Status for tools; browsers get the page. With an upgrade HopeFlow's socket of a device (`hopeflow.v2` or no subprotocol; token as `token` or Bearer), and with `wasmchannel.v1` the common room in packets."),
    op("HEAD", "/", OPEN, "", "", Text, "Status for tools."),
    op("GET", "/health", OPEN, "", "", Text, "The word `ok`."),
    op("HEAD", "/health", OPEN, "", "", Text, "Whether the Worker runs."),
    op("GET", "/websocket", OPEN, "storeId: text, payload?: text", "", Socket, "LiveStore: the socket of a store."),
    op("POST", "/publish", OPEN, "", "{userId: text, type?: text, payload?: any, durable?: bool, ttlSeconds?: int}",
        Json("{clientCount: int, results: [any], envelopeId?: text, seq?: seq}"), "HopeFlow: an envelope to the devices of a person, and what they answered. Bearer token signed with `JWT_SECRET`."),
    op("GET", "/ws/{room}", OPEN, "after?: seq, since?: seq, epoch?: text, token?: text, ticket?: text", "", Socket, "MessageHub: a room's socket; raw, or with the subprotocol `messagehub.v1` or `messagehub.v1.batch`. With `wasmchannel.v1` the socket of a conversation, in packets."),
    op("GET", "/rooms/{room}/messages", OPEN, "after?: seq, epoch?: text, limit?: int, wait?: int", "", Json("HubPage"), "MessageHub: a page of the log; with `wait` it is held until something is new."),
    op("POST", "/rooms/{room}/messages", OPEN, "", "bytes", Taken, "MessageHub: stores the body, 1 to 65,536 bytes of any type."),
    op("GET", "/rooms/{room}/events", OPEN, "after?: seq, epoch?: text, token?: text", "", Events, "MessageHub: messages as an event stream."),
    op("GET", "/rooms/{room}/presence", OPEN, "", "", Json("{room: text, count: int, streams: int, principals: [{id: text?, sockets: int, status: text, since: time}]}"), "MessageHub: who has sockets in the room."),
    op("GET", "/rooms/{room}/stats", OPEN, "", "", Json("{head: seq, oldest: seq, bytes: int, sockets: int, streams: int, outbox: int, dead: int, ratePerMin: int}"), "MessageHub: the room in numbers; `hub:admin` or service token."),
    op("GET", "/rooms/{room}/webhooks", OPEN, "", "", Json("{webhooks: [Hook]}"), "MessageHub: receivers of a room; `hub:admin` or service token, as all that follows."),
    op("GET", "/rooms/{room}/webhooks/{hook}", OPEN, "", "", Json("Hook"), "One receiver, without its secret."),
    op("PUT", "/rooms/{room}/webhooks/{hook}", OPEN, "", "{url: text, secret: text, types?: [text], active?: bool, ordered?: bool}", Made("Hook"), "Registers or changes a receiver."),
    op("DELETE", "/rooms/{room}/webhooks/{hook}", OPEN, "", "", Json("any"), "Removes it with all that waits for it."),
    op("GET", "/rooms/{room}/webhooks/{hook}/dead", OPEN, "after?: seq", "", Json("{dead: [{id: int, seq: seq, status: int?, error: text, attempts: int, ts: time}], next: seq}"), "What it did not take."),
    op("POST", "/rooms/{room}/webhooks/{hook}/dead/{id}/retry", OPEN, "", "", Json("any"), "Tries one of them again."),
    op("DELETE", "/rooms/{room}/webhooks/{hook}/dead/{id}", OPEN, "", "", Json("any"), "Forgets one of them."),
    op("GET", "/api/admin/audit", OPEN, "limit?: int, after?: int, before?: int, who?: text, what?: text, from?: text, until?: text", "", Data(200, "{items: [{ts: time, actor: text?, action: text, target: text?, ip: text?, requestId: text?, result: text}], next: int, more: bool}"), "Who did what, oldest first, or before `before` newest first; `who` did it or was concerned, `from` and `until` are days or times in UTC; service token."),
    op("GET", "/api/admin/flags", OPEN, "", "", Data(200, "any"), "Switches of the deployment; service token."),
    op("POST", "/api/admin/flags", OPEN, "", "any", Data(200, "any"), "The same as `PUT`."),
    op("PUT", "/api/admin/flags", OPEN, "", "any", Data(200, "any"), "Turns some of them: `true`, `false`, or `null` for the default."),
    op("POST", "/api/admin/projection", OPEN, "", "{after?: text}", Data(200, "{done: bool, after?: text, rooms: int, rows: int, failed: int}"), "Writes the database again from the logs, a step at a time: `after` is what the step before said, `failed` how many logs could not tell theirs; service token."),
    op("GET", "/api/admin/stats", OPEN, "", "", Data(200, "{metrics: [{name: text, labels: any, value: int}]}"), "Numbers of the deployment, those of `/metrics`; service token."),
    op("GET", "/metrics", OPEN, "", "", Text, "Numbers of the deployment for Prometheus; service token."),
    op("GET", "/api/config", OPEN, "", "", Data(200, "{turnstileSiteKey: text?, push: bool, protocol: text, search: bool, limits: any}"), "What a client has to know before it signs in."),
    op("GET", "/api/auth/accounts", OPEN, "", "", Data(200, "[Account]"), "Who can be played, and the programs."),
    op("POST", "/api/auth/login", OPEN, "",
        "{userId?: text, displayName?: text, email?: text, password?: text, token?: text, status?: text, takeover?: bool, remember?: bool}",
        Data(200, "Session"), "Signs in as a persona, a guest or with an account: exactly one of `userId`, `displayName` and `email`."),
    op("POST", "/api/auth/register", OPEN, "",
        "{email: text, password: text, displayName: text, token?: text, status?: text, remember?: bool}",
        Data(201, "Session"), "Makes an account and signs in."),
    op("GET", "/api/auth/me", SIGNED_IN, "", "", Data(200, "{user: Me, expiresAt: time, csrfToken: text}"), "The session; does not slide it."),
    op("POST", "/api/auth/refresh", OPEN, "", "{refreshToken?: text}", Data(200, "{expiresAt: time, csrfToken: text, user?: Me, sessionId?: text, refreshToken?: text}"), "More time for the session."),
    op("POST", "/api/auth/logout", OPEN, "", "", Data(200, ""), "Ends the session at once, and its sockets with it."),
    op("POST", "/api/auth/ws-ticket", SIGNED_IN, "", "", Data(200, "{ticket: text, expiresAt: time}"), "A ticket for one socket of a client that can send neither cookie nor header."),
    op("POST", "/api/auth/passkey/register/begin", SIGNED_IN, "", "",
        Data(200, "{challenge: text, rp: {id: text, name: text}, user: {id: text, name: text, displayName: text}, excludeCredentials: [{type: text, id: text}]}"), "What a browser needs to make a passkey; for accounts that signed in within {REAUTH_S}, else `REAUTH_REQUIRED`."),
    op("POST", "/api/auth/passkey/register/finish", SIGNED_IN, "", "{id: text, clientDataJSON: text, attestationObject: text, name?: text}", Data(201, "{id: text, name: text, createdAt: time}"), "Keeps it."),
    op("POST", "/api/auth/passkey/login/begin", OPEN, "", "", Data(200, "{challenge: text, rpId: text}"), "What a browser needs to sign in with a passkey."),
    op("POST", "/api/auth/passkey/login/finish", OPEN, "", "{id: text, clientDataJSON: text, authenticatorData: text, signature: text, userHandle: text, remember?: bool, status?: text}", Data(200, "Session"), "Signs in with it."),
    op("GET", "/api/auth/passkey", SIGNED_IN, "", "", Data(200, "{items: [{id: text, name: text, createdAt: time, lastUsedAt: time?, stopped?: bool}]}"), "Passkeys of the account."),
    op("PATCH", "/api/auth/passkey/{id}", SIGNED_IN, "", "{name: text}", Data(200, ""), "Renames one; one that was stopped is good again."),
    op("DELETE", "/api/auth/passkey/{id}", SIGNED_IN, "", "", Data(200, ""), "Removes it."),
    op("GET", "/api/me", SIGNED_IN, "", "", Data(200, "Me"), "One's own profile."),
    op("PUT", "/api/me", SIGNED_IN, "", "{status?: text, displayName?: text, personalMessage?: text, avatarId?: text, until?: time}", Data(200, "Me"), "Changes it; what is absent stays."),
    op("DELETE", "/api/me", SIGNED_IN, "", "{password?: text, token?: text, messages: 'remove'|'anonymise'}", Data(202, "{deletesAt: time}"), "Goes for good: an account with its password after {ACCOUNT_UNDO_S}, unless somebody signs in before; a guest with a Turnstile token at once."),
    op("GET", "/api/me/sessions", SIGNED_IN, "", "", Data(200, "{items: [Device], next: text?, more: bool}"), "Devices that are signed in."),
    op("DELETE", "/api/me/sessions/{id}", SIGNED_IN, "", "", Data(200, ""), "Signs a device out from afar."),
    op("PUT", "/api/me/avatar", SIGNED_IN, "", "bytes", Data(201, "{avatarId: text}"), "Keeps the body, a still PNG, JPEG or WebP of 192 by 192 pixels and at most 1 MiB, as a picture of one's own, which can then be chosen. Nothing is kept but the picture."),
    op("GET", "/api/me/contacts", SIGNED_IN, LIST, "", Data(200, "{items: [Contact], next: text?, more: bool}"), "Contacts and requests."),
    op("POST", "/api/me/contacts", SIGNED_IN, "", "{userId: text, note?: text}", Data(201, "Contact"), "Asks somebody; again is the same request (200)."),
    op("DELETE", "/api/me/contacts/{id}", SIGNED_IN, "", "", Data(200, ""), "Removes a contact or a request."),
    op("POST", "/api/me/contacts/{id}/accept", SIGNED_IN, "", "", Data(200, "Contact"), "Accepts a request."),
    op("POST", "/api/me/contacts/{id}/decline", SIGNED_IN, "", "", Data(200, ""), "Declines a request; nobody is told."),
    op("GET", "/api/me/blocks", SIGNED_IN, LIST, "", Data(200, "{items: [Blocked], next: text?, more: bool}"), "Who is blocked."),
    op("PUT", "/api/me/blocks/{id}", SIGNED_IN, "", "", Data(200, ""), "Blocks somebody; nobody is told."),
    op("DELETE", "/api/me/blocks/{id}", SIGNED_IN, "", "", Data(200, ""), "Unblocks somebody."),
    op("POST", "/api/me/reports", SIGNED_IN, "", "{userId: text, reason: 'spam'|'abuse'|'other', roomId?: text, messageId?: text}", Data(201, ""), "Tells whoever runs the place about somebody; nobody else is told. A message has its room. At most 20 a day."),
    op("GET", "/api/me/settings", SIGNED_IN, "", "", Data(200, "Settings"), "One's settings."),
    op("PUT", "/api/me/settings", SIGNED_IN, "", SETTINGS_CHANGE, Data(200, "Settings"), "Changes it; what is absent stays."),
    op("GET", "/api/me/clock", SIGNED_IN, "", "", Data(200, "{timeZone: text}"), "The time zone that one tells of; empty when none."),
    op("PUT", "/api/me/clock", SIGNED_IN, "", "{timeZone: text}", Data(200, "{timeZone: text}"), "Tells of it, or with an empty name no longer."),
    op("GET", "/api/users/{id}/clock", SIGNED_IN, "", "", Data(200, "{timeZone: text}"), "The time zone of somebody who tells of it and takes one's messages; else empty."),
    op("GET", "/api/users", SIGNED_IN, "q?: text, handle?: text, limit?: int, after?: text", "", Data(200, "{items: [User | Found], next: text?, more: bool}"), "People one may see; with `handle` whoever has exactly this one."),
    op("GET", "/api/me/handle", SIGNED_IN, "", "", Data(200, "Handle"), "One's own handle, for accounts."),
    op("PUT", "/api/me/handle", SIGNED_IN, "", "{handle: text}", Data(200, "Handle"), "Takes one; `CONFLICT` where it is another's or nobody's, `RATE_LIMITED` within {HANDLE_CHANGE_S} of the last."),
    op("DELETE", "/api/me/handle", SIGNED_IN, "", "", Data(200, "Handle"), "Gives it up; for {HANDLE_FREE_S} nobody else gets it."),
    op("GET", "/api/me/drafts", SIGNED_IN, "", "", Data(200, "{items: [Draft]}"), "What one has begun to write, on whichever device, newest first; not for guests."),
    op("PUT", "/api/me/drafts/{id}", SIGNED_IN, "", "{content: text, replyTo?: text, at: time}", Data(200, "{at: time, stale?: bool}"), "Keeps what is being written in a conversation, or with no content nothing any more; an older word than the last changes nothing (`stale`). `at` is the time of what is kept now."),
    op("GET", "/api/me/push", SIGNED_IN, "", "", Data(200, "{publicKey: text?, items: [PushSubscription], quiet: Quiet?, preview: bool, rooms: [PushLevel]}"), "Browsers that are told by web push, and when; `publicKey` is null where the deployment has none."),
    op("POST", "/api/me/push", SIGNED_IN, "", "{endpoint: text, keys: {p256dh: text, auth: text}, language?: language}", Data(201, "{id: text}"), "A browser is told from now on, until its session ends; the same address is the same subscription."),
    op("PUT", "/api/me/push", SIGNED_IN, "", "{quiet?: any, preview?: bool}", Data(200, "{quiet: Quiet?, preview: bool}"), "Quiet hours, or with `null` none, and whether names and words are told."),
    op("POST", "/api/me/push/test", SIGNED_IN, "", "", Data(200, "{results: [{id: text, status: int}]}"), "Tries every subscription: what its service answered, 0 when nobody did."),
    op("PUT", "/api/me/push/rooms/{id}", SIGNED_IN, "", "{level: 'all'|'mentions'|'none', until?: time}", Data(200, "PushLevel"), "What a conversation tells of."),
    op("DELETE", "/api/me/push/{id}", SIGNED_IN, "", "", Data(200, ""), "A browser is told no more."),
    op("POST", "/api/me/invites", SIGNED_IN, "", "{uses?: int, hours?: int, roomId?: text}", Data(201, "{code: text, url: text, expiresAt: time, usesLeft: int}"), "A code by which people become contacts, or come into a group. It is told once."),
    op("GET", "/api/me/invites", SIGNED_IN, "", "", Data(200, "{items: [{id: text, usesLeft: int, expiresAt: time, createdAt: time, roomId?: text}]}"), "Invites that are good."),
    op("DELETE", "/api/me/invites/{code}", SIGNED_IN, "", "", Data(200, ""), "Withdraws one, by its code or the id in the list."),
    op("GET", "/api/me/emoticons", SIGNED_IN, LIST, "", Data(200, "{items: [Emoticon], next: text?, more: bool}"), "Emoticons of one's own, for accounts; without `limit` and `after` all of them."),
    op("POST", "/api/me/emoticons", SIGNED_IN, "", "{code: text, fileId: text, alt: text, mayKeep?: bool}", Data(201, "Emoticon"), "Adds one; `CONFLICT` where the code is one of ours or of one's own."),
    op("POST", "/api/me/emoticons/keep", SIGNED_IN, "", "{roomId: text, messageId: text, code: text, as?: text}", Data(201, "Emoticon"), "Keeps one that a message shows and its owner lets others keep."),
    op("PATCH", "/api/me/emoticons/{id}", SIGNED_IN, "", "{code?: text, alt?: text, mayKeep?: bool}", Data(200, "Emoticon"), "Changes one; messages that have it keep it as it was."),
    op("DELETE", "/api/me/emoticons/{id}", SIGNED_IN, "", "", Data(200, ""), "Removes one from the list; messages that have it keep it."),
    op("GET", "/api/invites/{code}", OPEN, "", "", Data(200, "{from: {displayName: text, avatarId: text}, room?: {name: text}, expiresAt: time}"), "Who invites."),
    op("POST", "/api/invites/{code}", SIGNED_IN, "", "", Data(200, "{contact?: Contact, room?: Room}"), "Comes by it; again it changes nothing."),
    op("GET", "/api/rooms", SIGNED_IN, "scope?: 'public'|'mine', q?: text, limit?: int, after?: text", "", Data(200, "{items: [Room], next: text?, more: bool}"), "Rooms."),
    op("POST", "/api/rooms", SIGNED_IN, "", "{name: text, memberIds?: [text], visibility?: 'public'|'private'}", Data(201, "Room"), "A new group; the same key again answers the first (200)."),
    op("POST", "/api/rooms/dm", SIGNED_IN, "", "{userId: text}", Data(200, "Room"), "The conversation with somebody, existing or new."),
    op("GET", "/api/rooms/{id}", SIGNED_IN, "", "", Data(200, "Room"), "One room with its members."),
    op("PATCH", "/api/rooms/{id}", SIGNED_IN, "", "{name?: text, topic?: text}", Data(200, "Room"), "Another name or topic; owner and admins."),
    op("DELETE", "/api/rooms/{id}", SIGNED_IN, "", "", Data(200, ""), "Deletes a group; its owner."),
    op("PUT", "/api/rooms/{id}/pin", SIGNED_IN, "", "{messageId: text}", Data(200, "{messageId: text, by: text, at: time}"), "Pins a message in the place of the one before: both of two, owner and admins of a group."),
    op("DELETE", "/api/rooms/{id}/pin", SIGNED_IN, "", "", Data(200, ""), "Takes down what is pinned."),
    op("POST", "/api/rooms/{id}/members", SIGNED_IN, "", "{userIds: [text]}", Data(200, "Room"), "Brings people in: contacts at once, others are asked."),
    op("POST", "/api/rooms/{id}/members/me", SIGNED_IN, "", "", Data(200, "Room"), "Accepts an invitation, or enters a public group."),
    op("PATCH", "/api/rooms/{id}/members/{user}", SIGNED_IN, "", "{role: 'admin'|'member'}", Data(200, "Room"), "Another role; the owner."),
    op("DELETE", "/api/rooms/{id}/members/{user}", SIGNED_IN, "", "", Data(200, ""), "Sends somebody away; oneself (`me`): leaves, or declines."),
    op("GET", "/api/messages", SIGNED_IN, "roomId?: text, since?: seq, before?: seq, cursor?: text, limit?: int", "", Data(200, "Messages | HistoryPage"), "A page of a room's log; without `since` and `before` the newest. With `cursor`, which may be empty: messages only, newest first."),
    op("GET", "/api/messages/search", SIGNED_IN, "q?: text, roomId?: text, from?: text, before?: text, limit?: int, after?: text", "", Data(200, "{items: [Message], next: text?, more: bool, rooms: int}"), "Messages of one's own conversations, newest first: words, `\"phrases\"`, `from:`, `in:`, `before:`, `has:`."),
    op("POST", "/api/messages", SIGNED_IN, "", "{roomId: text, id?: text, content?: text, message?: text, replyTo?: text, font?: Font, files?: [{id: text, name?: text, alt?: text}], link?: Link, emoticons?: [EmoticonShown]}", Data(201, "Message"), "Writes a message; the same id again answers the first message (200)."),
    op("PATCH", "/api/messages/{id}", SIGNED_IN, "", "{roomId: text, id?: text, content: text}", Data(200, "Message"), "Edits an own message within its window; answers how it reads now."),
    op("DELETE", "/api/messages/{id}", SIGNED_IN, "roomId: text, for?: 'all'|'me'", "", Data(200, ""), "Deletes a message, for all or for oneself."),
    op("PUT", "/api/messages/{id}/react", SIGNED_IN, "", "{roomId: text, id?: text, reaction?: text, kind?: int, op?: 'add'|'remove'|'toggle'}", Data(200, "{reactions: [Reaction]}"), "Adds or takes back a reaction."),
    op("GET", "/api/bots", SIGNED_IN, "", "", Data(200, "[Bot]"), "The programs, and whether they can answer now."),
    op("POST", "/api/presence", SIGNED_IN, "", "{status: text, displayName?: text, personalMessage?: text, avatarId?: text, until?: time}", Data(200, "Me"), "Presence for 300 s without a socket."),
    op("GET", "/api/inbox", SIGNED_IN, LIST, "", Data(200, "{items: [InboxItem], next: text?, more: bool}"), "What came while nobody was there."),
    op("POST", "/api/inbox/ack", SIGNED_IN, "", "{items: [{roomId: text, seq: seq}]}", Data(200, ""), "It was seen."),
    op("GET", "/api/data/{collection}", SIGNED_IN, LIST, "", Data(200, "{items: [any], next: text?, more: bool} | Messages"), "`users`, `rooms`, `messages`, `contacts`, `winks`, `emoticons`, `avatars`, `bots`: the dedicated routes by another name."),
    op("POST", "/api/data/{collection}", SIGNED_IN, "", "any", Data(201, "any"), "Creates where the dedicated route does, and answers what was there before likewise (200)."),
    op("PUT", "/api/files", SIGNED_IN, "", "bytes", Data(201, "File"), "Keeps the body, at most 25,000,000 bytes, as a file of one's own; `X-File-Name` is its name, percent-encoded. What it is, is told by its first bytes; of a picture nothing is kept but the picture."),
    op("GET", "/api/files/{id}", SIGNED_IN, "", "", Text, "A file of one's own, or one that a conversation shows; `HEAD`, `Range` and `If-None-Match` as usual. Pictures are shown, all else is downloaded."),
    op("GET", "/api/avatars/{id}", SIGNED_IN, "", "", Text, "Somebody's own picture."),
    op("POST", "/api/links", SIGNED_IN, "", "{url: text}", Data(200, "{title?: text, description?: text, imageFileId?: text}"), "What a page says of itself; nothing, where it says nothing."),
    op("POST", "/api/telemetry", OPEN, "", "{event: 'page_broken', phase: 'start'|'alive'}", Data(200, ""), "A page tells that it broke."),
    op("POST", "/api/export", SIGNED_IN, "", "", Data(202, "{jobId: text}"), "Puts everything together that is kept of oneself; once a day."),
    op("GET", "/api/export", SIGNED_IN, "", "", Data(200, "{jobId?: text, state?: 'running'|'ready', at?: time, expiresAt?: time, bytes?: int, url?: text}"), "The newest archive; nothing, where there is none."),
    op("GET", "/api/export/{id}", SIGNED_IN, "", "", Data(200, "{jobId: text, state: 'running'|'ready', at: time, expiresAt: time, bytes: int, url?: text}"), "How it stands with an archive; with `url` it can be fetched."),
    op("GET", "/api/export/{id}/archive", SIGNED_IN, "", "", Text, "The archive, a ZIP; for 24 hours, and only in a session of its owner."),
    op("GET", "/api/ws/room/{id}", SIGNED_IN, "since?: seq, epoch?: text, device?: uuid, ticket?: text", "", Socket, "The socket of a conversation."),
    op("POST", "/api/auth/sign-up/email", OPEN, "", "{name: text, email: text, password: text, image?: text, rememberMe?: bool}", Json("{token: text, user: SessionUser}"), "A new account, in the shapes of the Better-Auth client; session cookie of the packet door."),
    op("POST", "/api/auth/sign-in/email", OPEN, "", "{email: text, password: text, rememberMe?: bool}", Json("{redirect: bool, token: text, user: SessionUser}"), "Signs in, likewise."),
    op("GET", "/api/auth/get-session", OPEN, "", "", Json("{session: SessionRecord, user: SessionUser}?"), "Session and user, or `null`."),
    op("POST", "/api/auth/sign-out", OPEN, "", "any", Json("{success: bool}"), "Ends the session."),
    op("POST", "/rpc/messages/get", SIGNED_IN, "", "{roomId?: text, cursor?: text, limit?: int, json?: {roomId?: text, cursor?: text, limit?: int}}", Json("HistoryPage | {json: HistoryPage, meta?: [any]}"), "A page of messages, newest first, without the envelope. Asked in the wrapper of oRPC's client, `json`, it is answered in it, refusals as well; `meta` names the dates."),
    op("GET", "/api/ws/presence", SIGNED_IN, "device?: uuid, ticket?: text", "", Socket, "The socket of a device."),
    op("GET", "/api/health", OPEN, "", "", Data(200, "{ok: bool, checks: {do: Check, d1: Check, r2: Check, queue: Check, ai: Check, turnstile: Check}, version: text, bindings: any, packet: bool}"), "Whether the parts answer, each within 500 ms: `ok`, `absent` (not bound, no failure) or `failed`. Remembered for 10 s. The members of `data` stand beside the envelope as well, also beside the error of a 503."),
    op("GET", "/openapi.json", OPEN, "", "", Json("any"), "This document."),
    op("GET", "/app", OPEN, "", "", Page, "The messenger."),
    op("GET", "/app/{rest}", OPEN, "", "", Page, "The messenger."),
    op("GET", "/sign-in", OPEN, "", "", Page, "The sign-in page."),
    op("GET", "/privacy", OPEN, "", "", Page, "What is kept of people, and why."),
    op("GET", "/i/{code}", OPEN, "lang?: text", "", Page, "An invite, for people: who invites, and the ways in."),
    op("POST", "/i/{code}", OPEN, "", "any", Form, "Comes by it, and goes on to the messenger."),
    op("GET", "/i/{code}/qr.svg", OPEN, "", "", Drawing, "Its address as a QR code, whether it opens anything or not; 404 for what is no code."),
    op("GET", "/demo", OPEN, "", "", Page, "The demo: begins a room, comes into one by its code, or runs without network."),
    op("GET", "/demo/end", OPEN, "why?: 'kicked'|'ended'|'left'", "", Page, "The same, with why somebody is here."),
    op("GET", "/demo/join", OPEN, "code?: text", "", Page, "Leads to the room of a code that was typed."),
    op("GET", "/demo/join/{code}", OPEN, "", "", Page, "As whom to come into a demo room."),
    op("GET", "/demo/join/{code}/qr.svg", OPEN, "", "", Drawing, "Its address as a QR code, whether there is such a room or not; 404 for what is no code."),
    op("GET", "/demo/device", OPEN, "as?: text", "", Page, "The messenger of one session of a demo room."),
    op("GET", "/demo/stage", OPEN, "room?: text", "", Page, "Two devices side by side, and what happens between them."),
    op("GET", "/demo/offline", OPEN, "", "", Page, "The demo without network."),
    op("GET", "/demo/scenes", OPEN, "", "", Data(200, "[Scene]"), "Scenes that can be played."),
    op("POST", "/demo/rooms", OPEN, "", "{language?: language, token?: text}", Data(201, "DemoJoined"), "A demo room; whoever calls presents it. The session opens this room and nothing else."),
    op("GET", "/demo/rooms/{code}", OPEN, "", "", Data(200, "DemoRoom"), "What somebody may know who is about to come."),
    op("PATCH", "/demo/rooms/{code}", SIGNED_IN, "", "{cap?: int, isLocked?: bool, slowMs?: int}", Data(200, "DemoState"), "What the presenter decides."),
    op("DELETE", "/demo/rooms/{code}", SIGNED_IN, "", "", Data(200, ""), "The end of it, now."),
    op("POST", "/demo/rooms/{code}/join", OPEN, "", "{personaId?: text, displayName?: text}", Data(201, "DemoJoined"), "Comes as a character, or under a name of one's own."),
    op("GET", "/demo/rooms/{code}/state", SIGNED_IN, "", "", Data(200, "DemoState"), "How everything is, for whoever is in it."),
    op("POST", "/demo/rooms/{code}/kick", SIGNED_IN, "", "{userId: text}", Data(200, "DemoState"), "Sends somebody away."),
    op("POST", "/demo/rooms/{code}/reset", SIGNED_IN, "", "", Data(200, "DemoState"), "Begins anew: another epoch, and what was said before anybody came."),
    op("POST", "/demo/rooms/{code}/scene", SIGNED_IN, "", "{action: 'play'|'pause'|'goOn'|'step'|'speed'|'stop', id?: text, percent?: int}", Data(200, "DemoState"), "Plays a scene."),
    op("GET", "/demo/rooms/{code}/numbers", SIGNED_IN, "", "", Data(200, "{colo: text?, workerMs: int, objectMs: int, wasAsleep: bool, sockets: int, socketsWoken: int, wakes: int, head: int, epoch: text, turns: int, events: int}"), "What is counted."),
    op("GET", "/demo/plug", OPEN, "", "", Data(200, "{isThere: bool}"), "Whether the server can be killed from here: on a person's own machine only."),
    op("POST", "/demo/rooms/{code}/plug", SIGNED_IN, "", "", Data(200, ""), "Kills the server, where there is a plug; 404 elsewhere. There may be no answer."),
    op("GET", "/developers", OPEN, "", "", Page, "The doors and their routes, with forms to try them."),
    op("GET", "/{rest}/websocket", OPEN, "storeId: text, payload?: text", "", Socket, "The same for clients whose address has a path."),
    op("GET", "/admin", OPEN, "lang?: text, who?: text, what?: text, from?: text, until?: text, before?: int", "", Page, "For whoever runs the deployment: alarms, numbers, switches, the audit log. Asks for the service token, or takes an assertion of the team's; 404 where neither is set."),
    op("POST", "/admin", OPEN, "", "any", Form, "What the forms of that page do, with what they have in them."),
    op("POST", "/sf/{rest}", OPEN, "", "any", Form, "Server functions of the pages: form-encoded, by the same rules."),
];
