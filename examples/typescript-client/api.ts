// Types of the REST API. The file is generated from /openapi.json: run generate.ts instead of a change by hand.

export type Account = { avatarId: string; displayName: string; id: string; kind: Kind; personalMessage: string; status: Seen };

export type Audience = "contacts" | "everyone" | "nobody";

export type Avatar = { id: string; title: string };

export type Blocked = { avatarId: string; blockedAt: number; displayName: string; id: string; kind: Kind };

export type Bot = { archetype: string; available: boolean; displayName: string; id: string; quota: { limit: number; resetsAt: number; used: number; usedUp: boolean } };

export type BotCommand = { description: string; name: string };

export type Check = "ok" | "absent" | "failed";

export type Contact = { addedAt: number; avatarId: string; displayName: string; id: string; kind: Kind; note?: string; personalMessage?: string; relation: "contact" | "request" | "requested" | "stranger"; since?: number; status?: Seen };

export type DemoJoined = { code: string; expiresAt: number; isPresenter: boolean; roomId: string; sessionId: string; user: Me };

export type DemoMember = { avatarId: string; displayName: string; id: string; isHere: boolean; isPresenter: boolean; isScripted: boolean; personaId?: string };

export type DemoPersona = { avatarId: string; displayName: string; id: string; personalMessage: string };

export type DemoRoom = { cap: number; code: string; expiresAt: number; free: Array<DemoPersona>; isLocked: boolean; language: "en" | "de" | "fr"; name: string; people: number };

export type DemoScene = { atMs: number; id: string; isOver: boolean; isPaused: boolean; lengthMs: number; speedPercent: number };

export type DemoState = { cap: number; code: string; epoch: string; expiresAt: number; free: Array<DemoPersona>; isLocked: boolean; language: "en" | "de" | "fr"; members: Array<DemoMember>; name: string; people: number; roomId: string; scene: DemoScene | null; slowMs: number };

export type Device = { createdAt: number; current: boolean; expiresAt: number; id: string; lastSeenAt: number; userAgent: string };

export type Draft = { at: number; content: string; replyTo?: string; roomId: string };

export type Emoticon = { addedAt: number; alt: string; code: string; fileId: string; id: string; mayKeep: boolean };

export type EmoticonShown = { alt: string; code: string; fileId: string };

export type Error = { act?: string; code: string; field?: string; limit?: number; message: string; retryAfterMs?: number };

export type File = { alt?: string; height?: number; id: string; name: string; size: number; type: string; width?: number };

export type Font = { color?: number; face?: number; style?: number };

export type Found = { avatarId: string; displayName: string; id: string; kind: Kind };

export type Handle = { changeableAt: number; handle: string | null };

export type HistoryMessage = { client?: string; content?: string; createdAt: string; deleted?: boolean; deletedAt: string | null; displayName?: string; editedAt?: number; emoticons?: Array<EmoticonShown>; files?: Array<File>; font?: Font; id: string; kind: number; link?: Link; message: string; reactionKind: number | null; reactions: Array<Reaction>; referenceId: string; refrenceId: string; replyTo?: string; roomId: string; senderId?: string; sentBy: string; seq: number; timestamp: number; type: string; updatedAt: string };

export type HistoryPage = { messages: Array<HistoryMessage>; more: boolean; nextCursor: string | null; source: string };

export type Hook = { active: boolean; id: string; ordered: boolean; types: Array<string>; url: string };

export type HubItem = { b64?: string; body?: string; contentType: string; id: string; sender: string | null; seq: number; ts: number };

export type HubPage = { epoch: string; head: number; messages: Array<HubItem>; more: boolean; next: number; oldest?: number; reset?: boolean; truncated?: boolean };

export type InboxItem = { count: number; fromSeq: number; last: Message; roomId: string; toSeq: number };

export type Kind = "persona" | "guest" | "user" | "bot";

export type Link = { description?: string; imageFileId?: string; title: string; url: string };

export type Me = { avatarId: string; displayName: string; id: string; kind: Kind; personalMessage: string; since?: number; status: Status };

export type Member = { avatarId: string; displayName: string; id: string; kind?: Kind; pending?: boolean; role: Role; status?: Seen };

export type Message = { blockedAt?: number; bot?: boolean; client?: string; code?: string; command?: { args: string; name: string }; content?: string; count?: number; deleted?: boolean; displayName?: string; durationMs?: number; editedAt?: number; effect?: string; emoticons?: Array<EmoticonShown>; files?: Array<File>; font?: Font; found?: Array<Array<number>>; id?: string; link?: Link; messageId?: string; name?: string; op?: string; reaction?: string; reactions?: Array<Reaction>; replay?: boolean; replyTo?: string; role?: Role; roomId?: string; senderId?: string; seq: number; startAt?: number; timestamp?: number; topic?: string; type: "chat" | "nudge" | "wink" | "edit" | "delete" | "reaction" | "system" | "hidden"; userId?: string; userName?: string; winkId?: string };

export type Messages = { epoch: string; head: number; messages: Array<Message>; more: boolean; next: number; oldest?: number; reset?: boolean; truncated?: boolean };

export type Meta = { requestId: string; timestamp: number };

export type ModerationAct = { at: number; id: string; kind: string; objection?: "open" | "lifted" | "kept"; reason: string; room?: string; until?: number };

export type OwnBot = { commands: Array<BotCommand>; id: string; madeAt: number; madeBy: string; name: string; scopes: Array<"read" | "write">; webhook: { url: string } | null };

export type Pin = { at: number; by: string; message: Message; messageId: string };

export type PushLevel = { level: "all" | "mentions" | "none"; roomId: string; until?: number };

export type PushSubscription = { createdAt: number; current: boolean; id: string; lastOkAt: number | null; state: "ok" | "failing"; userAgent: string };

export type Quiet = { from: string; timeZone: string; to: string };

export type Reaction = { count: number; kind?: number; reaction: string; users: Array<string> };

export type ReadingBot = { id: string; madeAt: number; madeBy: string; name: string; scopes: Array<"read" | "write"> };

export type Role = "owner" | "admin" | "member";

export type Room = { embed?: { mode: "read" | "guest"; origins: Array<string> }; epoch?: string; id: string; invited?: Array<Member>; invitedBy?: { displayName: string; id: string; kind?: Kind }; last?: Message; lastReadSeq: number; lastSeq: number; memberCount: number; members?: Array<Member>; name: string; pending?: boolean; pin?: Pin; role?: Role; topic: string; type: "dm" | "group"; unread: number; visibility: "public" | "private" };

export type Scene = { cast: Array<string>; id: string; language: "en" | "de" | "fr"; lengthMs: number; repeats: boolean; title: string };

export type Seen = "online" | "busy" | "away" | "be_right_back" | "on_the_phone" | "out_to_lunch" | "offline";

export type Session = { csrfToken: string; expiresAt: number; refreshToken?: string; sessionId?: string; user: Me };

export type SessionRecord = { createdAt: string; expiresAt: string; id: string; ipAddress: string; token: string; updatedAt: string; userAgent: string; userId: string };

export type SessionUser = { createdAt: string; email: string; emailVerified: boolean; id: string; image: string | null; name: string; updatedAt: string };

export type Settings = { lastSeen: boolean; nudges: Audience; receipts: boolean; typing: boolean; whoCanAdd: Audience; whoCanWrite: Writers; whoSeesPicture: Audience; whoSeesPresence: Audience; winks: Audience };

export type Status = "online" | "busy" | "away" | "be_right_back" | "on_the_phone" | "out_to_lunch" | "appear_offline";

export type User = { avatarId: string; displayName: string; id: string; kind: Kind; personalMessage: string; since: number; status: Seen };

export type Wink = { durationMs: number; id: string; title: string };

export type Writers = "contacts" | "everyone";

/** Calls that answer in the envelope, by method and path. */
export interface Operations {
  /**
   * The audit log, oldest first, or newest first with `before`; `who` is the actor or the target, `from` and `until` are days or times in UTC; service token.
   */
  "GET /api/admin/audit": { input: { query?: { after?: number; before?: number; from?: string; limit?: number; until?: string; what?: string; who?: string } }; data: { items: Array<{ action: string; actor: string | null; ip: string | null; requestId: string | null; result: string; target: string | null; ts: number }>; more: boolean; next: number } };
  /**
   * Logs with the most dead letters, as last reported: rooms of MessageHub (`hub:<id>`), groups with bots (`rm:<id>`), stores of LiveStore (`ls:<id of the object>`); service token.
   */
  "GET /api/admin/dead-letters": { input: {}; data: { items: Array<{ letters: number; log: string }> } };
  /**
   * Dead letters of a log, without their content; service token.
   */
  "GET /api/admin/dead-letters/{log}": { input: { path: { log: string }; query?: { after?: string; limit?: number } }; data: { items: Array<{ attempts: number; error: string; hook: string; seq: number; status: number | null; ts: number }>; more: boolean; next: string | null } };
  /**
   * Deletes a dead letter; service token.
   */
  "DELETE /api/admin/dead-letters/{log}/{hook}/{seq}": { input: { path: { hook: string; log: string; seq: string } }; data: unknown };
  /**
   * Retries a dead letter; service token.
   */
  "POST /api/admin/dead-letters/{log}/{hook}/{seq}/retry": { input: { path: { hook: string; log: string; seq: string } }; data: unknown };
  /**
   * Switches of the deployment; service token.
   */
  "GET /api/admin/flags": { input: {}; data: unknown };
  /**
   * The same as `PUT`.
   */
  "POST /api/admin/flags": { input: {}; data: unknown };
  /**
   * Turns switches on or off, or sets room exceptions (`room:<id>:<name>`); `null` for the default.
   */
  "PUT /api/admin/flags": { input: {}; data: unknown };
  /**
   * Rebuilds the database from the logs, step by step: `after` is what the previous step returned, `failed` is the number of logs that couldn't be read; service token.
   */
  "POST /api/admin/projection": { input: { body?: { after?: string } }; data: { after?: string; done: boolean; failed: number; rooms: number; rows: number } };
  /**
   * Metrics of the deployment, the same as `/metrics`; service token.
   */
  "GET /api/admin/stats": { input: {}; data: { metrics: Array<{ labels: unknown; name: string; value: number }> } };
  /**
   * Characters that can be used, and the bots.
   */
  "GET /api/auth/accounts": { input: {}; data: Array<Account> };
  /**
   * Sends the e-mail that confirms the address of an account; `MAIL_OFF` where no e-mail is sent.
   */
  "POST /api/auth/email/send": { input: {}; data: Record<string, unknown> };
  /**
   * Undoes a change of address; all sessions of the account end.
   */
  "POST /api/auth/email/undo": { input: { body: { token: string } }; data: { email: string } };
  /**
   * Confirms the address of an account, or a new one, with the token of a link.
   */
  "POST /api/auth/email/verify": { input: { body: { token: string } }; data: { email: string } };
  /**
   * Signs in as a character, as a guest or with an account: exactly one of `userId`, `displayName` and `email`. `code` is a code from the authenticator app, or a recovery code, for an account with a second factor; without it `SECOND_FACTOR`.
   */
  "POST /api/auth/login": { input: { body?: { code?: string; displayName?: string; email?: string; password?: string; remember?: boolean; status?: string; takeover?: boolean; token?: string; userId?: string } }; data: Session };
  /**
   * Ends the session and its sockets at once.
   */
  "POST /api/auth/logout": { input: {}; data: Record<string, unknown> };
  /**
   * The session; doesn't extend it.
   */
  "GET /api/auth/me": { input: {}; data: { csrfToken: string; expiresAt: number; user: Me } };
  /**
   * Passkeys of the account.
   */
  "GET /api/auth/passkey": { input: {}; data: { items: Array<{ createdAt: number; id: string; lastUsedAt: number | null; name: string; stopped?: boolean }> } };
  /**
   * What a browser needs to sign in with a passkey; `timeout` is in milliseconds.
   */
  "POST /api/auth/passkey/login/begin": { input: {}; data: { challenge: string; rpId: string; timeout: number } };
  /**
   * Signs in with a passkey; `NOT_FOUND` if the account has no such passkey.
   */
  "POST /api/auth/passkey/login/finish": { input: { body: { authenticatorData: string; clientDataJSON: string; id: string; remember?: boolean; signature: string; status?: string; userHandle: string } }; data: Session };
  /**
   * What a browser needs to create a passkey; for accounts that signed in within 10 minutes, else `REAUTH_REQUIRED`.
   */
  "POST /api/auth/passkey/register/begin": { input: {}; data: { challenge: string; excludeCredentials: Array<{ id: string; type: string }>; rp: { id: string; name: string }; user: { displayName: string; id: string; name: string } } };
  /**
   * Adds the passkey.
   */
  "POST /api/auth/passkey/register/finish": { input: { body: { attestationObject: string; clientDataJSON: string; id: string; name?: string } }; data: { createdAt: number; id: string; name: string } };
  /**
   * Removes a passkey.
   */
  "DELETE /api/auth/passkey/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Renames a passkey; a stopped one works again.
   */
  "PATCH /api/auth/passkey/{id}": { input: { body: { name: string }; path: { id: string } }; data: Record<string, unknown> };
  /**
   * Sends a link for a new password, if there's an account with the address; the response is the same for every address. `MAIL_OFF` where no e-mail is sent.
   */
  "POST /api/auth/password/forgot": { input: { body: { email: string; token?: string } }; data: Record<string, unknown> };
  /**
   * Sets a new password with the token of a link, ends all sessions of the account, and signs in. `passkeys` are the ids of those that stay; without it, passkeys stay that are older than the last confirmation of the address.
   */
  "POST /api/auth/password/reset": { input: { body: { passkeys?: Array<string>; password: string; remember?: boolean; secondFactor?: string; status?: string; token: string } }; data: Session };
  /**
   * Sets a new password with a recovery code, ends all sessions of the account, and signs in. `passkeys` are the ids of those that stay; without it, passkeys stay that are older than the last confirmation of the address.
   */
  "POST /api/auth/recover": { input: { body: { code: string; email: string; passkeys?: Array<string>; password: string; remember?: boolean; secondFactor?: string; status?: string } }; data: Session };
  /**
   * Extends the session.
   */
  "POST /api/auth/refresh": { input: { body?: { refreshToken?: string } }; data: { csrfToken: string; expiresAt: number; refreshToken?: string; sessionId?: string; user?: Me } };
  /**
   * Creates an account and signs in.
   */
  "POST /api/auth/register": { input: { body: { displayName: string; email: string; password: string; remember?: boolean; status?: string; token?: string } }; data: Session };
  /**
   * A ticket for one socket, for clients that can send neither a cookie nor a header.
   */
  "POST /api/auth/ws-ticket": { input: {}; data: { expiresAt: number; ticket: string } };
  /**
   * The bots, and whether they can answer now.
   */
  "GET /api/bots": { input: {}; data: Array<Bot> };
  /**
   * What a client needs to know before it signs in.
   */
  "GET /api/config": { input: {}; data: { limits: unknown; mail: boolean; protocol: string; push: boolean; search: boolean; turnstileSiteKey: string | null } };
  /**
   * `users`, `rooms`, `messages`, `contacts`, `winks`, `emoticons`, `avatars`, `bots`: the dedicated routes under another name.
   */
  "GET /api/data/{collection}": { input: { path: { collection: string }; query?: { after?: string; limit?: number } }; data: { items: Array<unknown>; more: boolean; next: string | null } | Messages };
  /**
   * Creates where the dedicated route does, and likewise returns what was there before (200).
   */
  "POST /api/data/{collection}": { input: { path: { collection: string } }; data: unknown };
  /**
   * The newest archive; empty if there is none.
   */
  "GET /api/export": { input: {}; data: { at?: number; bytes?: number; expiresAt?: number; jobId?: string; state?: "running" | "ready"; url?: string } };
  /**
   * Creates an archive of your data; once a day.
   */
  "POST /api/export": { input: {}; data: { jobId: string } };
  /**
   * The state of an archive; with `url`, it can be downloaded.
   */
  "GET /api/export/{id}": { input: { path: { id: string } }; data: { at: number; bytes: number; expiresAt: number; jobId: string; state: "running" | "ready"; url?: string } };
  /**
   * Stores the body, at most 25,000,000 bytes, as a file of yours; `X-File-Name` is its name, percent-encoded. Its first bytes say what type it is; of a picture, only the picture itself is stored.
   */
  "PUT /api/files": { input: {}; data: File };
  /**
   * Whether the parts respond, each within 500 ms: `ok`, `absent` (not bound, no failure) or `failed`. Remembered for 10 s. The members of `data` are beside the envelope as well, also beside the error of a 503.
   */
  "GET /api/health": { input: {}; data: { bindings: unknown; checks: { ai: Check; d1: Check; do: Check; queue: Check; r2: Check; turnstile: Check }; ok: boolean; packet: boolean; version: string } };
  /**
   * What arrived while you were away.
   */
  "GET /api/inbox": { input: { query?: { after?: string; limit?: number } }; data: { items: Array<InboxItem>; more: boolean; next: string | null } };
  /**
   * Marks it as seen.
   */
  "POST /api/inbox/ack": { input: { body: { items: Array<{ roomId: string; seq: number }> } }; data: Record<string, unknown> };
  /**
   * Who sent the invite.
   */
  "GET /api/invites/{code}": { input: { path: { code: string } }; data: { expiresAt: number; from: { avatarId: string; displayName: string }; guests?: boolean; room?: { name: string } } };
  /**
   * Accepts an invite; again, it changes nothing.
   */
  "POST /api/invites/{code}": { input: { path: { code: string } }; data: { contact?: Contact; room?: Room } };
  /**
   * The preview of a page; empty if it has none.
   */
  "POST /api/links": { input: { body: { url: string } }; data: { description?: string; imageFileId?: string; title?: string } };
  /**
   * Deletes you: an account, with its password, after 7 days, unless someone signs in before then; a guest, with a Turnstile token, at once.
   */
  "DELETE /api/me": { input: { body: { messages: "remove" | "anonymise"; password?: string; token?: string } }; data: { deletesAt: number } };
  /**
   * Your profile.
   */
  "GET /api/me": { input: {}; data: Me };
  /**
   * Changes your profile; absent members stay as they are.
   */
  "PUT /api/me": { input: { body?: { avatarId?: string; displayName?: string; personalMessage?: string; status?: string; until?: number } }; data: Me };
  /**
   * Your account: its address, whether and when it was last confirmed, whether the deployment sends e-mail, the unused recovery codes, and whether signing in needs a second factor; for accounts.
   */
  "GET /api/me/account": { input: {}; data: { email: string; mail: boolean; recoveryCodes: number; secondFactor: boolean; verified: boolean; verifiedAt: number | null } };
  /**
   * Stores the body, a still PNG, JPEG or WebP of 192 by 192 pixels and at most 1 MiB, as a picture you can then choose. Only the picture itself is stored.
   */
  "PUT /api/me/avatar": { input: {}; data: { avatarId: string } };
  /**
   * People you've blocked.
   */
  "GET /api/me/blocks": { input: { query?: { after?: string; limit?: number } }; data: { items: Array<Blocked>; more: boolean; next: string | null } };
  /**
   * Unblocks someone.
   */
  "DELETE /api/me/blocks/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Blocks someone, without telling anyone.
   */
  "PUT /api/me/blocks/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * The time zone you share; empty if none.
   */
  "GET /api/me/clock": { input: {}; data: { timeZone: string } };
  /**
   * Shares your time zone, or with an empty name no longer.
   */
  "PUT /api/me/clock": { input: { body: { timeZone: string } }; data: { timeZone: string } };
  /**
   * Your contacts and requests.
   */
  "GET /api/me/contacts": { input: { query?: { after?: string; limit?: number } }; data: { items: Array<Contact>; more: boolean; next: string | null } };
  /**
   * Sends a contact request; sent again, it's the same request (200).
   */
  "POST /api/me/contacts": { input: { body: { note?: string; userId: string } }; data: Contact };
  /**
   * Removes a contact or a request.
   */
  "DELETE /api/me/contacts/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Accepts a request.
   */
  "POST /api/me/contacts/{id}/accept": { input: { path: { id: string } }; data: Contact };
  /**
   * Declines a request, without telling anyone.
   */
  "POST /api/me/contacts/{id}/decline": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Your drafts from all devices, newest first; not for guests.
   */
  "GET /api/me/drafts": { input: {}; data: { items: Array<Draft> } };
  /**
   * Stores the draft of a conversation, or deletes it if there's no content; an older draft than the stored one changes nothing (`stale`). `at` is the time of the stored draft.
   */
  "PUT /api/me/drafts/{id}": { input: { body: { at: number; content: string; replyTo?: string }; path: { id: string } }; data: { at: number; stale?: boolean } };
  /**
   * Sends a link to a new address of the account; nothing changes until it's used.
   */
  "POST /api/me/email": { input: { body: { email: string; password: string } }; data: Record<string, unknown> };
  /**
   * Your own emoticons, for accounts; without `limit` and `after`, all of them.
   */
  "GET /api/me/emoticons": { input: { query?: { after?: string; limit?: number } }; data: { items: Array<Emoticon>; more: boolean; next: string | null } };
  /**
   * Adds an emoticon; `CONFLICT` if the code is built in or already yours.
   */
  "POST /api/me/emoticons": { input: { body: { alt: string; code: string; fileId: string; mayKeep?: boolean } }; data: Emoticon };
  /**
   * Saves an emoticon that a message shows and its owner shares.
   */
  "POST /api/me/emoticons/keep": { input: { body: { as?: string; code: string; messageId: string; roomId: string } }; data: Emoticon };
  /**
   * Removes an emoticon from your list; messages that show it stay as they were.
   */
  "DELETE /api/me/emoticons/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Changes an emoticon; messages that show it stay as they were.
   */
  "PATCH /api/me/emoticons/{id}": { input: { body?: { alt?: string; code?: string; mayKeep?: boolean }; path: { id: string } }; data: Emoticon };
  /**
   * Releases your handle; for 30 days no one else can take it.
   */
  "DELETE /api/me/handle": { input: {}; data: Handle };
  /**
   * Your handle, for accounts.
   */
  "GET /api/me/handle": { input: {}; data: Handle };
  /**
   * Sets your handle; `CONFLICT` if it's taken or reserved, `RATE_LIMITED` within 7 days of the last change.
   */
  "PUT /api/me/handle": { input: { body: { handle: string } }; data: Handle };
  /**
   * Ids of the people you appear offline to, for accounts.
   */
  "GET /api/me/hidden-from": { input: {}; data: { hiddenFrom: Array<string> } };
  /**
   * Shows your status to someone again.
   */
  "DELETE /api/me/hidden-from/{id}": { input: { path: { id: string } }; data: { hiddenFrom: Array<string> } };
  /**
   * Appears offline to someone, without telling anyone.
   */
  "PUT /api/me/hidden-from/{id}": { input: { path: { id: string } }; data: { hiddenFrom: Array<string> } };
  /**
   * The account's preferences: each field with its latest value, `{value, at, by}`, of those stored after `since`.
   */
  "GET /api/me/home": { input: { query?: { since?: number } }; data: { fields: unknown; more: boolean; version: number } };
  /**
   * Stores preferences; for each field the latest value counts. `fields` are those stored in another form.
   */
  "PUT /api/me/home": { input: { body: { fields: unknown } }; data: { before: number; fields: unknown; version: number } };
  /**
   * Your valid invites.
   */
  "GET /api/me/invites": { input: {}; data: { items: Array<{ createdAt: number; expiresAt: number; guests?: boolean; id: string; roomId?: string; usesLeft: number }> } };
  /**
   * Creates an invite code for contacts or for a group. It's shown once.
   */
  "POST /api/me/invites": { input: { body?: { guests?: boolean; hours?: number; roomId?: string; uses?: number } }; data: { code: string; expiresAt: number; url: string; usesLeft: number } };
  /**
   * Revokes an invite, by its code or its id in the list.
   */
  "DELETE /api/me/invites/{code}": { input: { path: { code: string } }; data: Record<string, unknown> };
  /**
   * Moderators' actions against you in the last 30 days, newest first.
   */
  "GET /api/me/moderation": { input: {}; data: { items: Array<ModerationAct> } };
  /**
   * Changes the password; all other devices are signed out, and recovery codes stop working. `passkeys` are the ids of those that stay; without it, all stay.
   */
  "POST /api/me/password": { input: { body: { current: string; next: string; passkeys?: Array<string> } }; data: Record<string, unknown> };
  /**
   * Browsers with push notifications, and when they last got one; `publicKey` is null where the deployment has none.
   */
  "GET /api/me/push": { input: {}; data: { items: Array<PushSubscription>; preview: boolean; publicKey: string | null; quiet: Quiet | null; rooms: Array<PushLevel> } };
  /**
   * Turns on push notifications for a browser until its session ends; the same address is the same subscription.
   */
  "POST /api/me/push": { input: { body: { endpoint: string; keys: { auth: string; p256dh: string }; language?: "en" | "de" | "fr" } }; data: { id: string } };
  /**
   * Sets quiet hours (`null` for none), and whether notifications show names and message text.
   */
  "PUT /api/me/push": { input: { body?: { preview?: boolean; quiet?: unknown } }; data: { preview: boolean; quiet: Quiet | null } };
  /**
   * Sets what a conversation notifies about.
   */
  "PUT /api/me/push/rooms/{id}": { input: { body: { level: "all" | "mentions" | "none"; until?: number }; path: { id: string } }; data: PushLevel };
  /**
   * Sends a test to every subscription: the status its service returned, 0 without a response.
   */
  "POST /api/me/push/test": { input: {}; data: { results: Array<{ id: string; status: number }> } };
  /**
   * Turns off push notifications for a browser.
   */
  "DELETE /api/me/push/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Creates ten recovery codes, which replace all earlier ones; for accounts that signed in within 10 minutes, else `REAUTH_REQUIRED`.
   */
  "POST /api/me/recovery-codes": { input: {}; data: { codes: Array<string> } };
  /**
   * Reports someone to the moderators, without telling anyone else. A message needs its room. At most 20 a day.
   */
  "POST /api/me/reports": { input: { body: { messageId?: string; reason: "spam" | "abuse" | "other"; roomId?: string; userId: string } }; data: Record<string, unknown> };
  /**
   * Turns the second factor off, with the password and a code from the app or a recovery code.
   */
  "DELETE /api/me/second-factor": { input: { body: { code: string; password: string } }; data: Record<string, unknown> };
  /**
   * Starts setting up a second factor: the secret for an authenticator app, also as an address and as an SVG of its QR code; for accounts with a confirmed address, else `EMAIL_UNVERIFIED`. Nothing changes yet.
   */
  "POST /api/me/second-factor": { input: { body: { password: string } }; data: { pending: string; qr: string | null; secret: string; uri: string } };
  /**
   * Turns the second factor on, with the first code from the app; `SECOND_FACTOR` for any other. All other devices are signed out, and recovery codes stop working. `passkeys` are the ids of those that stay; without it, all stay.
   */
  "PUT /api/me/second-factor": { input: { body: { code: string; passkeys?: Array<string>; pending: string } }; data: Record<string, unknown> };
  /**
   * Signs out all devices but this one; `others` is 1.
   */
  "DELETE /api/me/sessions": { input: { query: { others: number } }; data: { ended: number } };
  /**
   * Devices where you're signed in.
   */
  "GET /api/me/sessions": { input: {}; data: { items: Array<Device>; more: boolean; next: string | null } };
  /**
   * Signs out a device.
   */
  "DELETE /api/me/sessions/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Your settings.
   */
  "GET /api/me/settings": { input: {}; data: Settings };
  /**
   * Changes your settings; absent members stay as they are.
   */
  "PUT /api/me/settings": { input: { body?: { lastSeen?: boolean; nudges?: Audience; receipts?: boolean; typing?: boolean; whoCanAdd?: Audience; whoCanWrite?: Writers; whoSeesPicture?: Audience; whoSeesPresence?: Audience; winks?: Audience } }; data: Settings };
  /**
   * Checks the password of your account, which unlocks a page; nothing changes. A wrong one is `BAD_CREDENTIALS`.
   */
  "POST /api/me/unlock": { input: { body: { password: string } }; data: Record<string, unknown> };
  /**
   * Turns a guest or a character into an account, which keeps its id, name, conversations, contacts and settings; for both, else `FORBIDDEN`. The session continues with another token: the new cookie of a browser, else `sessionId`.
   */
  "POST /api/me/upgrade": { input: { body: { email: string; password: string } }; data: { sessionId?: string; user: Me } };
  /**
   * A page of a room's log; the newest one without `since` and `before`. With `cursor`, which can be empty: messages only, newest first.
   */
  "GET /api/messages": { input: { query?: { before?: number; cursor?: string; limit?: number; roomId?: string; since?: number } }; data: Messages | HistoryPage };
  /**
   * Sends a message; the same id again returns the first message (200).
   */
  "POST /api/messages": { input: { body: { content?: string; emoticons?: Array<EmoticonShown>; files?: Array<{ alt?: string; id: string; name?: string }>; font?: Font; id?: string; link?: Link; message?: string; replyTo?: string; roomId: string } }; data: Message };
  /**
   * Messages in your conversations, newest first: words, `"phrases"`, `from:`, `in:`, `before:`, `has:`.
   */
  "GET /api/messages/search": { input: { query?: { after?: string; before?: string; from?: string; limit?: number; q?: string; roomId?: string } }; data: { items: Array<Message>; more: boolean; next: string | null; rooms: number } };
  /**
   * Deletes a message, for everyone or for yourself.
   */
  "DELETE /api/messages/{id}": { input: { path: { id: string }; query: { for?: "all" | "me"; roomId: string } }; data: Record<string, unknown> };
  /**
   * Edits your own message within the time limit; returns the new version.
   */
  "PATCH /api/messages/{id}": { input: { body: { content: string; id?: string; roomId: string }; path: { id: string } }; data: Message };
  /**
   * Adds or removes a reaction.
   */
  "PUT /api/messages/{id}/react": { input: { body: { id?: string; kind?: number; op?: "add" | "remove" | "toggle"; reaction?: string; roomId: string }; path: { id: string } }; data: { reactions: Array<Reaction> } };
  /**
   * Takes action in a public room or against a person, for accounts with a role. The person can read the reason.
   */
  "POST /api/moderation/acts": { input: { body: { kind: "remove" | "mute" | "unmute" | "ban" | "unban" | "slow" | "close" | "open"; message?: string; minutes?: number; reason: string; room?: string; seconds?: number; user?: string } }; data: { id: string } };
  /**
   * Messages of a public room that are waiting for review, oldest first, for accounts with a role.
   */
  "GET /api/moderation/held": { input: { query: { room: string } }; data: { items: Array<{ at: number; id: string; message: unknown; name: string; rule: string; user: string }> } };
  /**
   * Publishes a held message in its author's name, or rejects it, for accounts with a role.
   */
  "POST /api/moderation/held": { input: { body: { id: string; room: string; verdict: "publish" | "drop" } }; data: Record<string, unknown> };
  /**
   * Takes the role of a moderator from an account, for owners.
   */
  "DELETE /api/moderation/moderators/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Makes an account a moderator, for owners.
   */
  "PUT /api/moderation/moderators/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Appeals an action, once. The id of the action is enough.
   */
  "POST /api/moderation/objections": { input: { body: { act: string; text: string } }; data: Record<string, unknown> };
  /**
   * Current mutes, bans and room settings, for accounts with a role; `until` 0 means permanently. Only owners see roles.
   */
  "GET /api/moderation/state": { input: {}; data: { bans: Array<{ act: string; until: number; user: string }>; mutes: Array<{ act: string; until: number; user: string }>; role: "owner" | "moderator"; roles: Array<{ role: "owner" | "moderator"; user: string }>; rooms: Array<{ isClosed: boolean; room: string; slowS: number }> } };
  /**
   * Presence for 300 s without a socket.
   */
  "POST /api/presence": { input: { body: { avatarId?: string; displayName?: string; personalMessage?: string; status: string; until?: number } }; data: Me };
  /**
   * Your conversations.
   */
  "GET /api/rooms": { input: { query?: { after?: string; limit?: number; q?: string; scope?: "public" | "mine" } }; data: { items: Array<Room>; more: boolean; next: string | null } };
  /**
   * Creates a group; the same key again returns the first one (200).
   */
  "POST /api/rooms": { input: { body: { memberIds?: Array<string>; name: string; visibility?: "public" | "private" } }; data: Room };
  /**
   * The direct conversation with someone, existing or new.
   */
  "POST /api/rooms/dm": { input: { body: { userId: string } }; data: Room };
  /**
   * Deletes a group; owner.
   */
  "DELETE /api/rooms/{id}": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * A conversation with its members.
   */
  "GET /api/rooms/{id}": { input: { path: { id: string } }; data: Room };
  /**
   * Changes the name or topic; owner and admins.
   */
  "PATCH /api/rooms/{id}": { input: { body?: { name?: string; topic?: string }; path: { id: string } }; data: Room };
  /**
   * Bots of a group, for its owner and admins; for everyone else who can read it, the bots that read it.
   */
  "GET /api/rooms/{id}/bots": { input: { path: { id: string } }; data: { items: Array<OwnBot> } | { items: Array<ReadingBot> } };
  /**
   * Creates a bot, whose token and secret are shown once; owner and admins.
   */
  "POST /api/rooms/{id}/bots": { input: { body: { commands?: Array<BotCommand>; name: string; scopes?: Array<"read" | "write">; webhook?: { url: string } | null }; path: { id: string } }; data: { bot: OwnBot; token: string; webhookSecret?: string } };
  /**
   * Revokes a bot and closes its sockets; owner and admins.
   */
  "DELETE /api/rooms/{id}/bots/{bot}": { input: { path: { bot: string; id: string } }; data: Record<string, unknown> };
  /**
   * Changes a bot; owner and admins.
   */
  "PATCH /api/rooms/{id}/bots/{bot}": { input: { body?: { commands?: Array<BotCommand>; name?: string; scopes?: Array<"read" | "write">; webhook?: { url: string } | null }; path: { bot: string; id: string } }; data: { bot: OwnBot; webhookSecret?: string } };
  /**
   * Turns that off; owner and admins.
   */
  "DELETE /api/rooms/{id}/embed": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Sites that can show a public group in a frame; owner and admins.
   */
  "GET /api/rooms/{id}/embed": { input: { path: { id: string } }; data: { mode: "read" | "guest"; origins: Array<string> } };
  /**
   * Lets pages of these origins show a public group in a frame, for reading only or for guests as well; owner and admins.
   */
  "PUT /api/rooms/{id}/embed": { input: { body: { mode?: "read" | "guest"; origins: Array<string> }; path: { id: string } }; data: { mode: "read" | "guest"; origins: Array<string> } };
  /**
   * Integrations of a group; owner and admins.
   */
  "GET /api/rooms/{id}/hooks": { input: { path: { id: string } }; data: { items: Array<{ createdAt: number; id: string; lastUsedAt: number | null; madeBy: string; name: string }> } };
  /**
   * Creates an integration, whose address is shown once; owner and admins.
   */
  "POST /api/rooms/{id}/hooks": { input: { body: { name: string }; path: { id: string } }; data: { createdAt: number; id: string; lastUsedAt: number | null; madeBy: string; name: string; url: string } };
  /**
   * Revokes an integration; owner and admins.
   */
  "DELETE /api/rooms/{id}/hooks/{hook}": { input: { path: { hook: string; id: string } }; data: Record<string, unknown> };
  /**
   * Adds people: contacts at once, others are invited.
   */
  "POST /api/rooms/{id}/members": { input: { body: { userIds: Array<string> }; path: { id: string } }; data: Room };
  /**
   * Accepts an invitation, or enters a public group.
   */
  "POST /api/rooms/{id}/members/me": { input: { path: { id: string } }; data: Room };
  /**
   * Removes a member; with `me`, leaves the group or declines the invitation.
   */
  "DELETE /api/rooms/{id}/members/{user}": { input: { path: { id: string; user: string } }; data: Record<string, unknown> };
  /**
   * Changes a member's role; owner.
   */
  "PATCH /api/rooms/{id}/members/{user}": { input: { body: { role: "admin" | "member" }; path: { id: string; user: string } }; data: Room };
  /**
   * Unpins the message.
   */
  "DELETE /api/rooms/{id}/pin": { input: { path: { id: string } }; data: Record<string, unknown> };
  /**
   * Pins a message in place of the previous one; in a direct conversation both people, in a group the owner and admins.
   */
  "PUT /api/rooms/{id}/pin": { input: { body: { messageId: string }; path: { id: string } }; data: { at: number; by: string; messageId: string } };
  /**
   * Reports that a page failed.
   */
  "POST /api/telemetry": { input: { body: { event: "page_broken"; phase: "start" | "alive" } }; data: Record<string, unknown> };
  /**
   * People you can see; with `handle`, the one with exactly this handle.
   */
  "GET /api/users": { input: { query?: { after?: string; handle?: string; limit?: number; q?: string } }; data: { items: Array<User | Found>; more: boolean; next: string | null } };
  /**
   * The time zone of someone who shares it and accepts your messages; else empty.
   */
  "GET /api/users/{id}/clock": { input: { path: { id: string } }; data: { timeZone: string } };
  /**
   * Whether the server can be killed from here: only on a local machine.
   */
  "GET /demo/plug": { input: {}; data: { isThere: boolean } };
  /**
   * Creates a demo room; the caller presents it. The session opens this room and nothing else.
   */
  "POST /demo/rooms": { input: { body?: { language?: "en" | "de" | "fr"; token?: string } }; data: DemoJoined };
  /**
   * Ends the room at once.
   */
  "DELETE /demo/rooms/{code}": { input: { path: { code: string } }; data: Record<string, unknown> };
  /**
   * What people can see before they join.
   */
  "GET /demo/rooms/{code}": { input: { path: { code: string } }; data: DemoRoom };
  /**
   * Changes the presenter's settings.
   */
  "PATCH /demo/rooms/{code}": { input: { body?: { cap?: number; isLocked?: boolean; slowMs?: number }; path: { code: string } }; data: DemoState };
  /**
   * Joins as a character, or with a name of your own.
   */
  "POST /demo/rooms/{code}/join": { input: { body?: { displayName?: string; personaId?: string }; path: { code: string } }; data: DemoJoined };
  /**
   * Removes someone.
   */
  "POST /demo/rooms/{code}/kick": { input: { body: { userId: string }; path: { code: string } }; data: DemoState };
  /**
   * Counters of the room.
   */
  "GET /demo/rooms/{code}/numbers": { input: { path: { code: string } }; data: { colo: string | null; epoch: string; events: number; head: number; objectMs: number; sockets: number; socketsWoken: number; turns: number; wakes: number; wasAsleep: boolean; workerMs: number } };
  /**
   * Kills the server, if there's a plug; 404 elsewhere. There may be no response.
   */
  "POST /demo/rooms/{code}/plug": { input: { path: { code: string } }; data: Record<string, unknown> };
  /**
   * Resets the room: a new epoch, and the messages it started with.
   */
  "POST /demo/rooms/{code}/reset": { input: { path: { code: string } }; data: DemoState };
  /**
   * Plays a scene.
   */
  "POST /demo/rooms/{code}/scene": { input: { body: { action: "play" | "pause" | "goOn" | "step" | "speed" | "stop"; id?: string; percent?: number }; path: { code: string } }; data: DemoState };
  /**
   * The state of the room, for everyone in it.
   */
  "GET /demo/rooms/{code}/state": { input: { path: { code: string } }; data: DemoState };
  /**
   * Scenes that can be played.
   */
  "GET /demo/scenes": { input: {}; data: Array<Scene> };
  /**
   * Signs in a guest, where guests can write; no cookie is set.
   */
  "POST /embed/{room}/enter": { input: { body: { name: string; turnstile?: string }; path: { room: string } }; data: { displayName: string; expiresAt: number; sessionId: string } };
  /**
   * Sends a message as that guest; a repeated id gets the first response (200).
   */
  "POST /embed/{room}/say": { input: { body: { content: string; id?: string }; path: { room: string } }; data: Message };
}
