//! Local persistence: unsent messages, the end of each log, drafts, read positions, open conversations.
//!
//! This file decides which data is stored under which key; `browser::cache` only stores texts. The data belongs to one sign-in. Data of
//! another sign-in with the same persona is deleted unseen, because many people use a persona (`sign-in.md` 1). An account is one person.

use std::hash::{DefaultHasher, Hash, Hasher};

use leptos::task::spawn_local;
use protocol::client::{OutboxEntry, Row, SavedCursor};
use protocol::codec::json::{self, Value, Write};
use protocol::codec::sorted::SortedMap;
use protocol::people::draft::Draft;
use protocol::words::event::Millis;
use protocol::words::ids::is_demo;
use protocol::words::principal::UserKind;

use super::{cached_boot, ending, home};
use crate::browser::cache::Cache;
use crate::browser::{CacheEntries, CacheStore, clock, storage};
use crate::store::chat_preferences::{ChatPreferences, UNTIL_BACK};
use crate::store::roster::LastMessage;

/// Number of rows of each log that are stored.
const PAGE_ROWS_MAX: usize = 100;
/// Delay after which the end of a log is stored, so that a burst is written once.
pub(super) const PAGE_AFTER_MS: Millis = 300;
/// Pause after which a draft is stored (`ux.md` 2.1).
pub(super) const DRAFT_AFTER_MS: Millis = 300;

/// Key of the note with the sign-in of the database.
const SIGN_IN: &str = "sign-in";
/// Key of the note with the open conversations.
const OPEN: &str = "open";
/// Prefix of the notes with read positions.
const READ: &str = "read/";
/// Prefix of the notes with unread marks.
const UNREAD: &str = "unread/";
/// Prefix of the notes with the times of drafts.
const DRAFT: &str = "draft/";
/// Prefix of the notes with names of groups.
const NAME: &str = "name/";
/// Prefix of the notes with last messages.
const LAST: &str = "last/";
/// Prefix of the notes of views.
const NOTE: &str = "note/";
/// Prefix of the notes with chat preferences.
const CHAT_PREFERENCES: &str = "ways/";

protocol::record! {
    /// Cached end of a log.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub(super) struct CachedPage {
        /// Position of the first and the last row.
        pub(super) cursor: SavedCursor = "cursor",
        /// Rows, ascending.
        pub(super) rows: Vec<Row> = "rows",
    }
}

impl CachedPage {
    /// Makes a page of rows that the cursor covers, cut to the number that is stored. The rows have no gap: the cursor starts at the first
    /// one.
    pub(super) fn new(mut cursor: SavedCursor, newest_first: impl Iterator<Item = Row>) -> Self {
        let covered = cursor.oldest..=cursor.seq;
        let is_covered = |row: &Row| row.seq.is_some_and(|seq| covered.contains(&seq));
        let mut rows: Vec<Row> = newest_first.filter(is_covered).take(PAGE_ROWS_MAX + 1).collect();
        rows.reverse();
        if rows.len() > PAGE_ROWS_MAX {
            rows.remove(0);
            cursor.oldest = rows.first().and_then(|row| row.seq).unwrap_or(cursor.oldest);
        }
        for row in &mut rows {
            row.is_replay = true;
        }
        Self { cursor, rows }
    }
}

protocol::record! {
    #[derive(Clone, Debug, Default, PartialEq, Eq)]
    pub(super) struct SavedTabs {
        /// Room ids, in the order of their tabs.
        pub(super) rooms: Vec<String> = "rooms",
        pub(super) current: Option<String> = "current",
    }
}

impl SavedTabs {
    /// Returns what the next page keeps a place for before it has read the tabs: the conversation and the tabs (`pane`), or the tabs alone.
    fn place(&self) -> Option<&'static str> {
        match &self.current {
            Some(_) => Some("pane"),
            None => (!self.rooms.is_empty()).then_some("tabs"),
        }
    }
}

/// Returns the key in localStorage of what opens with the next page of a person. The document reads it before the first paint
/// (`scripts::BOOTSTRAP`); it says that there is a conversation, and not which.
pub fn place_key(user: &str) -> String {
    format!("cfm-opens-{user}")
}

/// Local persistence of one user. Without a database the data is in memory only, until persistence with a database takes it over.
#[derive(Default)]
pub(super) struct LocalPersistence {
    cache: Option<Cache>,
    /// Key of what opens with the next page. Empty if no page finds the tabs again.
    place_key: String,
    /// Keys of unsent messages by id.
    outbox_keys: SortedMap<String, String>,
    next_ordinal: u64,
    /// Unsent messages of each room, in order of writing.
    outbox: SortedMap<String, Vec<OutboxEntry>>,
    pages: SortedMap<String, String>,
    /// Drafts by room, and half-written edits by room and message ([`edit_key`]).
    drafts: SortedMap<String, Draft>,
    marks: SortedMap<String, String>,
    tabs: SavedTabs,
}

impl LocalPersistence {
    /// Loads the stored data of this sign-in.
    pub(super) async fn open(user: &str, kind: UserKind, csrf: &str) -> Self {
        let Some(cache) = Cache::open(user).await else { return Self::default() };
        let mut entries = cache.all().await;
        let sign_in = sign_in_mark(kind, csrf);
        let stored = entries.marks.iter().find(|(key, _)| key == SIGN_IN).map(|(_, value)| value);
        if stored != Some(&sign_in) {
            let is_own = stored.is_some_and(|stored| is_of_session(stored, kind, csrf));
            if !is_own {
                if !cache.clear().await {
                    // The remaining data may belong to another person.
                    return Self::default();
                }
                entries = CacheEntries::default();
            }
            cache.put(CacheStore::Marks, SIGN_IN, &sign_in);
        }
        // A page of the demo stores nothing.
        let place_key = if is_demo(user) { String::new() } else { place_key(user) };
        let persistence = Self { cache: Some(cache), place_key, ..Self::of(entries) };
        // A release before this one stored the tabs alone, and a browser may have deleted them.
        persistence.save_place();
        persistence
    }

    /// Returns stored data without its database.
    fn of(entries: CacheEntries) -> Self {
        let mut persistence = Self {
            pages: entries.pages.into_iter().collect(),
            drafts: entries.drafts.into_iter().map(read_draft).collect(),
            marks: entries.marks.into_iter().collect(),
            ..Self::default()
        };
        persistence.tabs = persistence.marks.get(OPEN).and_then(|text| json::read(text)).unwrap_or_default();
        for (key, value) in entries.outbox {
            persistence.take_entry(&key, &value);
        }
        persistence
    }

    /// Keeps the data for another session of the same person.
    pub(super) fn rebind(&mut self, kind: UserKind, csrf: &str) {
        self.put_mark(SIGN_IN.to_owned(), sign_in_mark(kind, csrf));
    }

    /// Keeps the data for the account that this guest or persona has become. Runs `then` once that is stored.
    pub(super) fn become_account(&mut self, then: impl FnOnce() + 'static) {
        self.rebind(UserKind::User, "");
        let cache = self.cache.clone();
        spawn_local(async move {
            if let Some(cache) = cache {
                // A look-up waits for all earlier writes to the same object store.
                let _ = cache.get(CacheStore::Marks, SIGN_IN).await;
            }
            then();
        });
    }

    /// Loads an unsent message. Keys come in order, which is the order of writing.
    fn take_entry(&mut self, key: &str, value: &str) {
        let (Some((room, ordinal)), Some(entry)) = (outbox_place(key), json::read::<OutboxEntry>(value)) else {
            return;
        };
        self.next_ordinal = self.next_ordinal.max(ordinal + 1);
        self.outbox_keys.insert(entry.id.clone(), key.to_owned());
        self.outbox.get_or_default(room.to_owned()).push(entry);
    }

    pub(super) fn rooms_with_outbox(&self) -> Vec<String> {
        self.outbox.iter().filter(|(_, unsent)| !unsent.is_empty()).map(|(room, _)| room.clone()).collect()
    }

    pub(super) fn rooms_unread(&self) -> Vec<String> {
        self.rooms_noted(UNREAD).filter(|room| self.unread_until(room).is_some()).collect()
    }

    /// Returns the unsent messages of a room, in order of writing.
    pub(super) fn unsent(&self, room: &str) -> Vec<OutboxEntry> {
        self.outbox.get(room).cloned().unwrap_or_default()
    }

    pub(super) fn page(&self, room: &str) -> Option<CachedPage> {
        self.pages.get(room).and_then(|text| json::read(text))
    }

    pub(super) fn draft(&self, room: &str) -> Draft {
        let draft = self.drafts.get(room).cloned().unwrap_or_default();
        Draft { room: room.to_owned(), at: self.draft_at(room), ..draft }
    }

    /// Returns the half-written edits of a room: their texts by the ids of the messages.
    pub(super) fn edits(&self, room: &str) -> SortedMap<String, String> {
        let prefix = edit_key(room, "");
        let edits = self.drafts.iter().filter(|(_, draft)| !draft.is_empty());
        let edits =
            edits.filter_map(|(key, draft)| Some((key.strip_prefix(&prefix)?.to_owned(), draft.content.clone())));
        edits.collect()
    }

    /// Returns the time of the draft, on any device.
    pub(super) fn draft_at(&self, room: &str) -> Millis {
        self.number(DRAFT, room).unwrap_or_default()
    }

    pub(super) fn rooms_with_draft(&self) -> Vec<String> {
        let drafts = self.drafts.iter().filter(|(key, draft)| **key == draft.room && !draft.content.is_empty());
        drafts.map(|(room, _)| room.clone()).collect()
    }

    /// Returns the rooms with a draft, or with a deleted one.
    pub(super) fn rooms_drafted(&self) -> Vec<String> {
        self.rooms_noted(DRAFT).collect()
    }

    pub(super) fn read_seq(&self, room: &str) -> Option<u64> {
        self.number(READ, room)
    }

    /// Returns the name of a group, as the list had it last; empty if it is not known.
    pub(super) fn name(&self, room: &str) -> String {
        self.mark(NAME, room).cloned().unwrap_or_default()
    }

    pub(super) fn last_messages(&self) -> Vec<(String, LastMessage)> {
        let last = |room: String| self.mark(LAST, &room).and_then(|text| json::read(text)).map(|last| (room, last));
        self.rooms_noted(LAST).filter_map(last).collect()
    }

    pub(super) fn unread_until(&self, room: &str) -> Option<u64> {
        self.number(UNREAD, room)
    }

    pub(super) fn chat_preferences(&self, room: &str) -> ChatPreferences {
        let saved = self.mark(CHAT_PREFERENCES, room).and_then(|text| json::read::<ChatPreferences>(text));
        saved.unwrap_or_default().at(clock::server_now_ms())
    }

    pub(super) fn rooms_with_preferences(&self) -> Vec<String> {
        self.rooms_noted(CHAT_PREFERENCES).collect()
    }

    pub(super) fn muted(&self) -> impl Iterator<Item = (String, ChatPreferences)> {
        let all = self.rooms_noted(CHAT_PREFERENCES).map(|room| (room.clone(), self.chat_preferences(&room)));
        all.filter(|(_, preferences)| preferences.is_muted)
    }

    pub(super) fn muted_until_back(&self) -> Vec<(String, ChatPreferences)> {
        self.muted().filter(|(_, preferences)| preferences.muted_until == UNTIL_BACK).collect()
    }

    pub(super) fn tabs(&self) -> SavedTabs {
        self.tabs.clone()
    }

    /// Returns the note about a thing, such as a room.
    fn mark(&self, prefix: &str, thing: &str) -> Option<&String> {
        self.marks.get(&format!("{prefix}{thing}"))
    }

    fn number(&self, prefix: &str, room: &str) -> Option<u64> {
        self.mark(prefix, room)?.parse().ok()
    }

    /// Returns the rooms with a note of a kind.
    fn rooms_noted(&self, prefix: &'static str) -> impl Iterator<Item = String> {
        self.marks.keys().filter_map(move |key| key.strip_prefix(prefix)).map(str::to_owned)
    }

    // ---- Writing

    /// Takes over the data of a page that was in memory only, which is newer. Returns the rooms whose stored drafts return, because nothing
    /// has been written in them since.
    pub(super) fn take_over(&mut self, page: &Self) -> Vec<String> {
        for (room, unsent) in page.outbox.iter() {
            unsent.iter().for_each(|entry| self.save_entry(room, entry));
        }
        let drafted = self.rooms_drafted().into_iter();
        let restored = drafted.filter(|room| self.draft_at(room) > page.draft_at(room)).collect();
        // Drafts of the server may be older than those of this device.
        for room in page.rooms_drafted() {
            if page.draft_at(&room) > self.draft_at(&room) {
                self.save_draft(&page.draft(&room));
            }
        }
        for (key, edit) in page.drafts.iter().filter(|(key, edit)| **key != edit.room) {
            self.put_draft(key.clone(), edit.clone());
        }
        self.take_over_marks(page);
        restored
    }

    /// Takes over the notes except three kinds: open conversations are merged (`tabs`), drafts are merged by time, and the words about what
    /// the account arranges are compared anew (`home`).
    fn take_over_marks(&mut self, page: &Self) {
        let is_of_home = |key: &str| key.strip_prefix(NOTE) == Some(home::NOTE);
        let is_other = |key: &str| key != OPEN && !key.starts_with(DRAFT) && !is_of_home(key);
        for (key, value) in page.marks.iter().filter(|(key, _)| is_other(key)) {
            let value = match self.marks.get(key) {
                Some(before) if key.starts_with(NOTE) => joined(before, value),
                _ => value.clone(),
            };
            self.put_mark(key.clone(), value);
        }
    }

    /// Stores an unsent message: in its old place, or at the end.
    pub(super) fn save_entry(&mut self, room: &str, entry: &OutboxEntry) {
        let ordinal = self.next_ordinal;
        let key =
            self.outbox_keys.get_or_insert_with(entry.id.clone(), || outbox_key(room, ordinal, &entry.id)).clone();
        self.next_ordinal += 1;
        self.put_json(CacheStore::Outbox, &key, entry);
        let unsent = self.outbox.get_or_default(room.to_owned());
        match unsent.iter_mut().find(|saved| saved.id == entry.id) {
            Some(saved) => saved.clone_from(entry),
            None => unsent.push(entry.clone()),
        }
    }

    /// Deletes an unsent message that the server has stored, or that was discarded.
    pub(super) fn forget_entry(&mut self, id: &str) {
        let Some(key) = self.outbox_keys.remove(id) else { return };
        if let Some((room, _)) = outbox_place(&key)
            && let Some(unsent) = self.outbox.get_mut(room)
        {
            unsent.retain(|entry| entry.id != id);
        }
        if let Some(cache) = &self.cache {
            cache.remove(CacheStore::Outbox, &key);
        }
    }

    pub(super) fn save_page(&self, room: &str, page: &CachedPage) {
        self.put_json(CacheStore::Pages, room, page);
    }

    pub(super) fn rooms_with_page(&self) -> Vec<String> {
        self.pages.keys().cloned().collect()
    }

    /// Deletes the cached end of a log that has a new epoch, and its last message.
    pub(super) fn forget_page(&mut self, room: &str) {
        self.save_last(room, &LastMessage::default());
        self.pages.remove(room);
        if let Some(cache) = &self.cache {
            cache.remove(CacheStore::Pages, room);
        }
    }

    pub(super) fn save_draft(&mut self, draft: &Draft) {
        if draft.at > self.draft_at(&draft.room) {
            self.date_draft(&draft.room, draft.at);
        }
        let before = self.draft(&draft.room);
        if (&before.content, &before.reply_to) != (&draft.content, &draft.reply_to) {
            self.put_draft(draft.room.clone(), draft.clone());
        }
    }

    /// Stores a half-written edit; an empty text removes it.
    pub(super) fn save_edit(&mut self, room: &str, message: &str, content: &str) {
        let edit = Draft { room: room.to_owned(), content: content.to_owned(), ..Draft::default() };
        self.put_draft(edit_key(room, message), edit);
    }

    fn put_draft(&mut self, key: String, draft: Draft) {
        if let Some(cache) = &self.cache {
            if draft.is_empty() {
                cache.remove(CacheStore::Drafts, &key)
            } else {
                cache.put(CacheStore::Drafts, &key, &json::write(&draft))
            }
        }
        self.drafts.insert(key, draft);
    }

    pub(super) fn date_draft(&mut self, room: &str, at: Millis) {
        self.put_mark(format!("{DRAFT}{room}"), at.to_string());
    }

    pub(super) fn save_read(&mut self, room: &str, seq: u64) {
        self.put_mark(format!("{READ}{room}"), seq.to_string());
    }

    pub(super) fn save_name(&mut self, room: &str, name: &str) {
        if self.name(room) != name {
            self.put_mark(format!("{NAME}{room}"), name.to_owned());
        }
    }

    pub(super) fn save_last(&mut self, room: &str, last: &LastMessage) {
        let (key, text) = (format!("{LAST}{room}"), json::write(last));
        let stored = self.marks.get(&key);
        if stored != Some(&text) && (last.at > 0 || stored.is_some()) {
            self.put_mark(key, text);
        }
    }

    pub(super) fn save_unread_until(&mut self, room: &str, seq: Option<u64>) {
        self.put_mark(format!("{UNREAD}{room}"), seq.map(|seq| seq.to_string()).unwrap_or_default());
    }

    pub(super) fn save_chat_preferences(&mut self, room: &str, preferences: ChatPreferences) {
        self.put_mark(format!("{CHAT_PREFERENCES}{room}"), json::write(&preferences));
    }

    pub(super) fn note(&self, name: &str) -> Option<String> {
        self.mark(NOTE, name).cloned()
    }

    pub(super) fn save_note(&mut self, name: &str, text: String) {
        self.put_mark(format!("{NOTE}{name}"), text);
    }

    pub(super) fn save_tabs(&mut self, tabs: SavedTabs) {
        if tabs != self.tabs {
            self.put_mark(OPEN.to_owned(), json::write(&tabs));
            self.tabs = tabs;
            self.save_place();
        }
    }

    /// Stores what opens with the next page.
    fn save_place(&self) {
        match self.tabs.place() {
            _ if self.place_key.is_empty() => {}
            Some(word) => storage::put(&self.place_key, word),
            None => storage::remove(&self.place_key),
        }
    }

    /// Deletes all data of this user, in memory and on the device; calls `on_done` after that.
    pub(super) fn wipe(&mut self, on_done: impl FnOnce() + 'static) {
        let Self { cache, place_key, .. } = std::mem::take(self);
        storage::remove(&place_key);
        spawn_local(async move {
            if let Some(cache) = cache {
                cache.wipe().await;
            }
            on_done();
        });
    }

    fn put_mark(&mut self, key: String, value: String) {
        if let Some(cache) = &self.cache {
            cache.put(CacheStore::Marks, &key, &value);
        }
        self.marks.insert(key, value);
    }

    fn put_json(&self, cache_store: CacheStore, key: &str, value: &dyn Write) {
        if let Some(cache) = &self.cache {
            cache.put(cache_store, key, &json::write(value));
        }
    }
}

/// Deletes all data of the last person on the device, whose session was ended elsewhere while no page was open.
pub async fn forget_last() {
    let last = cached_boot::find().and_then(|boot| boot.user);
    cached_boot::forget();
    let Some(user) = last else { return };
    ending::forget_list(&user.id);
    storage::remove(&place_key(&user.id));
    if let Some(cache) = Cache::open(&user.id).await {
        cache.wipe().await;
    }
}

/// Returns a mark of a sign-in that does not reveal its CSRF token. An account is one person in all sign-ins.
fn sign_in_mark(kind: UserKind, csrf: &str) -> String {
    if kind == UserKind::User { "account".to_owned() } else { session_mark(csrf) }
}

/// Returns `true` if an account finds the mark of its own session: it became an account, and the page did not learn of it.
fn is_of_session(stored: &str, kind: UserKind, csrf: &str) -> bool {
    kind == UserKind::User && !csrf.is_empty() && stored == session_mark(csrf)
}

/// Returns the mark of the session with this CSRF token.
fn session_mark(csrf: &str) -> String {
    let mut hasher = DefaultHasher::new();
    csrf.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

fn edit_key(room: &str, message: &str) -> String {
    format!("{room}\n{message}")
}

/// Reads a stored draft. Earlier releases stored the text alone.
fn read_draft((key, text): (String, String)) -> (String, Draft) {
    let draft = json::read(&text).unwrap_or_else(|| Draft { room: key.clone(), content: text, ..Draft::default() });
    (key, draft)
}

/// Returns a key that sorts by room, then by order of writing. The id keeps two tabs from overwriting each other.
fn outbox_key(room: &str, ordinal: u64, id: &str) -> String {
    format!("{room}\n{ordinal:016}\n{id}")
}

fn outbox_place(key: &str) -> Option<(&str, u64)> {
    let mut parts = key.split('\n');
    Some((parts.next()?, parts.next()?.parse().ok()?))
}

/// Appends the items of a later page to the list of a note. A note that is no list is replaced.
fn joined(before: &str, later: &str) -> String {
    let lists = json::read::<Vec<Value>>(before).zip(json::read::<Vec<Value>>(later));
    let Some((mut all, new)) = lists else { return later.to_owned() };
    for one in new {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    json::write(&all)
}

#[cfg(test)]
mod tests {
    use protocol::client::{RowKind, RowState};

    use super::*;

    fn row(seq: Option<u64>) -> Row {
        Row {
            id: format!("{seq:?}"),
            seq,
            sender: "user_1".to_owned(),
            sender_name: "Jonas".to_owned(),
            is_own: false,
            maker: None,
            at: 0,
            kind: RowKind::Nudge,
            state: RowState::Sent,
            is_replay: false,
            edited_at: None,
            is_deleted: false,
            reactions: Vec::new(),
            as_of: 0,
            first: None,
        }
    }

    #[test]
    fn an_account_goes_on_with_what_its_own_session_stored_before() {
        let before = sign_in_mark(UserKind::Guest, "token");
        assert!(is_of_session(&before, UserKind::User, "token"));
        assert!(!is_of_session(&before, UserKind::User, "another"));
        assert!(!is_of_session(&before, UserKind::Persona, "token"), "a persona has another mark in each sign-in");
        assert!(!is_of_session(&sign_in_mark(UserKind::Guest, ""), UserKind::User, ""));
    }

    fn chat(id: &str) -> OutboxEntry {
        OutboxEntry::chat(id, "hi", None, "Mia", 0)
    }

    fn ids(all: &[&str]) -> Vec<String> {
        all.iter().map(|id| (*id).to_owned()).collect()
    }

    fn unsent(persistence: &LocalPersistence, room: &str) -> Vec<String> {
        persistence.unsent(room).into_iter().map(|entry| entry.id).collect()
    }

    #[test]
    fn a_page_has_the_newest_rows_and_begins_where_they_do() {
        let cursor = SavedCursor { epoch: "e".to_owned(), seq: 300, oldest: 1, first: 1 };
        let mut rows: Vec<Row> = (1..=300).map(|seq| row(Some(seq))).collect();
        rows.push(row(None));
        let page = CachedPage::new(cursor, rows.into_iter().rev());
        assert_eq!((page.rows.len(), page.cursor.oldest, page.cursor.seq), (100, 201, 300));
        assert!(page.rows.iter().all(|row| row.is_replay), "what is restored does not arrive anew");
        assert!(page.cursor.has_older(), "the rows that were cut off can be loaded again");
    }

    #[test]
    fn a_short_page_keeps_its_beginning_even_if_rows_there_are_hidden() {
        let cursor = SavedCursor { epoch: "e".to_owned(), seq: 9, oldest: 4, first: 1 };
        let page = CachedPage::new(cursor.clone(), [10, 9, 6, 3].map(|seq| row(Some(seq))).into_iter());
        assert_eq!((page.rows.len(), page.cursor), (2, cursor.clone()));
        let whole = CachedPage::new(SavedCursor { first: 4, ..cursor }, [9, 4].map(|seq| row(Some(seq))).into_iter());
        assert!(!whole.cursor.has_older(), "nothing is before the first row that this person may read");
    }

    #[test]
    fn the_next_page_keeps_a_place_for_what_opens_with_it() {
        let place = |rooms: &[&str], current: Option<&str>| {
            SavedTabs { rooms: ids(rooms), current: current.map(str::to_owned) }.place()
        };
        assert_eq!(place(&["general"], Some("general")), Some("pane"));
        assert_eq!(place(&["general"], None), Some("tabs"));
        assert_eq!(place(&[], None), None);
    }

    #[test]
    fn each_room_has_its_own_preferences() {
        let mut persistence = LocalPersistence::default();
        let preferences = ChatPreferences { hue: 3, is_muted: true, ..ChatPreferences::default() };
        persistence.save_chat_preferences("general", preferences);
        assert_eq!(
            (persistence.chat_preferences("general"), persistence.chat_preferences("music")),
            (preferences, ChatPreferences::default())
        );
        assert_eq!(persistence.muted_until_back(), []);
        let until_back = preferences.muted(Some(UNTIL_BACK));
        persistence.save_chat_preferences("music", until_back);
        assert_eq!(persistence.muted_until_back(), [("music".to_owned(), until_back)]);
        persistence.save_chat_preferences("quiet", preferences.muted(None));
        assert_eq!(persistence.muted().count(), 2, "what is not muted any more is not told as muted");
    }

    fn draft(room: &str, content: &str, at: Millis) -> Draft {
        Draft { room: room.to_owned(), content: content.to_owned(), reply_to: None, at }
    }

    #[test]
    fn a_draft_is_kept_with_what_it_answers_and_an_edit_apart_from_it() {
        let answer = Draft { reply_to: Some("m1".to_owned()), ..draft("general", "{} \"hi\"\n", 7) };
        let mut persistence = LocalPersistence::default();
        persistence.save_draft(&answer);
        persistence.save_edit("general", "m2", "better");
        persistence.save_edit("general2", "m3", "other");
        // As the next page reads it.
        let stored = persistence.drafts.iter().map(|(key, draft)| read_draft((key.clone(), json::write(draft))));
        persistence.drafts = stored.collect();
        assert_eq!(persistence.draft("general"), answer);
        let edits = persistence.edits("general");
        assert_eq!((edits.len(), edits.get("m2").map(String::as_str)), (1, Some("better")));
        assert_eq!(persistence.rooms_with_draft(), ["general"]);
        persistence.save_edit("general", "m2", "");
        assert!(persistence.edits("general").is_empty());
        // A draft of the last release is its text.
        let (_, old) = read_draft(("music".to_owned(), "half a thought".to_owned()));
        assert_eq!(old, draft("music", "half a thought", 0));
    }

    #[test]
    fn what_was_sent_before_it_was_saved_has_its_time() {
        let mut persistence = LocalPersistence::default();
        persistence.save_draft(&draft("general", "", 7));
        assert_eq!(
            (persistence.rooms_with_draft().len(), persistence.rooms_drafted()),
            (0, vec!["general".to_owned()])
        );
        persistence.save_draft(&draft("general", "hi", 9));
        persistence.save_draft(&draft("general", "", 8));
        assert_eq!(persistence.draft("general"), draft("general", "", 9), "time does not go back");
    }

    #[test]
    fn outbox_keys_sort_as_they_were_written() {
        let keys = [outbox_key("general", 2, "b"), outbox_key("general", 10, "a")];
        assert!(keys[0] < keys[1]);
        assert_eq!(outbox_place(&keys[1]), Some(("general", 10)));
        assert_eq!(outbox_place("nonsense"), None);
    }

    #[test]
    fn what_was_loaded_of_the_outbox_keeps_its_order_and_place() {
        let mut persistence = LocalPersistence::default();
        for (ordinal, id) in [(3, "a"), (12, "b")] {
            persistence.take_entry(&outbox_key("general", ordinal, id), &json::write(&chat(id)));
        }
        assert_eq!(persistence.next_ordinal, 13);
        assert_eq!(unsent(&persistence, "general"), ["a", "b"]);
    }

    #[test]
    fn what_is_unsent_is_known_until_it_is_sent() {
        let mut persistence = LocalPersistence::default();
        for id in ["a", "b", "c"] {
            persistence.save_entry("general", &chat(id));
        }
        persistence.forget_entry("a");
        persistence.save_entry("general", &OutboxEntry { failed: Some("FORBIDDEN".to_owned()), ..chat("b") });
        assert_eq!(unsent(&persistence, "general"), ["b", "c"]);
        assert!(persistence.unsent("general")[0].failed.is_some(), "as it was saved last");
        for id in ["b", "c"] {
            persistence.forget_entry(id);
        }
        assert!(persistence.rooms_with_outbox().is_empty());
    }

    #[test]
    fn what_a_page_has_unsent_goes_behind_what_was_saved() {
        let (mut saved, mut page) = (LocalPersistence::default(), LocalPersistence::default());
        saved.take_entry(&outbox_key("general", 7, "a"), &json::write(&chat("a")));
        page.save_entry("general", &chat("b"));
        page.save_entry("music", &chat("c"));
        saved.take_over(&page);
        assert_eq!((unsent(&saved, "general"), unsent(&saved, "music")), (ids(&["a", "b"]), ids(&["c"])));
        assert!(saved.outbox_keys.get("a") < saved.outbox_keys.get("b"), "on the device as well");
    }

    #[test]
    fn of_what_both_know_a_page_has_the_newer_word() {
        let (mut saved, mut page) = (LocalPersistence::default(), LocalPersistence::default());
        for (room, at) in [("general", 5), ("music", 5), ("lounge", 50)] {
            saved.save_draft(&draft(room, "half a thought", at));
            saved.save_read(room, at);
        }
        saved.save_note("kept", "[1,2]".to_owned());
        saved.save_tabs(SavedTabs { rooms: ids(&["music"]), current: None });
        page.save_draft(&draft("general", "", 9));
        page.save_draft(&draft("lounge", "told by the server", 9));
        page.save_read("general", 9);
        page.save_note("kept", "[2,3]".to_owned());
        page.save_tabs(SavedTabs { rooms: ids(&["general"]), current: None });
        assert_eq!(saved.take_over(&page), ["lounge", "music"], "what was sent does not come back");
        let drafts = ["general", "music", "lounge"].map(|room| saved.draft(room).content);
        assert_eq!(drafts, ["", "half a thought", "half a thought"]);
        assert_eq!(["general", "music"].map(|room| saved.read_seq(room)), [Some(9), Some(5)]);
        assert_eq!(saved.note("kept").as_deref(), Some("[1,2,3]"));
        assert_eq!(saved.tabs().rooms, ["music"], "they are opened behind those of the page");
    }
}
