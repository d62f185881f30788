//! Limits of handles, invites, contacts and blocks (`people.md`).

/// Shortest handle, in characters.
pub const HANDLE_CHARS_MIN: usize = 3;
/// Longest handle, in characters.
pub const HANDLE_CHARS_MAX: usize = 20;
/// Longest time that a word about a handle is on its way to its shard: by so much its row outlives the time for which it is kept back.
pub const HANDLE_LATE_MS: u64 = 3_600_000;
/// Longest time for a claim of a handle; then the handle is given back.
pub const HANDLE_CLAIM_MS: u64 = 30_000;
/// Handles of one person of which the shards are to hear something.
pub const HANDLE_CLAIMS_MAX: usize = 8;

/// People who may come by one invite.
pub const INVITE_USES_MAX: u64 = 100;
/// Life of an invite, in hours, when its maker does not say.
pub const INVITE_HOURS_DEFAULT: u64 = 168;
/// Longest life of an invite, in hours.
pub const INVITE_HOURS_MAX: u64 = 720;
/// Invites of one person that are good.
pub const INVITES_MAX: usize = 20;
/// Text that is drawn as a QR code: what version 10 holds with level M.
pub const QR_TEXT_BYTES_MAX: usize = 213;
/// Address of an invite that is drawn as one: what version 6 holds, which a telephone reads from afar.
pub const QR_INVITE_BYTES_MAX: usize = 106;
/// Light modules around a QR code.
pub const QR_QUIET_MODULES: usize = 4;

/// Note of a contact request, in graphemes.
pub const CONTACT_NOTE_GRAPHEMES_MAX: usize = 140;
/// The same in bytes.
pub const CONTACT_NOTE_BYTES_MAX: usize = 2_048;
/// Requests of one person that wait for an answer.
pub const CONTACT_REQUESTS_OPEN_MAX: usize = 20;
/// Invitations into groups that one person has sent and that wait for an answer.
pub const INVITATIONS_OPEN_MAX: usize = 20;
/// Requests of others that wait for an answer of one person. One more takes the place of the oldest.
pub const CONTACT_REQUESTS_SHOWN_MAX: usize = 200;
/// Contacts and open requests of one person. A person who comes asks the object of each, and one call of a Worker may make 1,000 others; the
/// list of the page takes more, because members of groups, personas and bots stand in it too (`ux.md` 1.2).
pub const CONTACTS_MAX: usize = 500;
/// People one person has blocked.
pub const BLOCKS_MAX: usize = 200;
/// Reports of one person in any 24 hours.
pub const REPORTS_DAY_MAX: u32 = 20;
/// Spans of time in which one person blocked the same other one; more are folded.
pub const HIDES_PER_PERSON_MAX: usize = 8;
