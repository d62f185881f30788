//! Tables of a person's object: the record, sessions, watchers and watched people, rooms, and the inbox.

pub mod contact_tables;
pub mod daily_quota;
pub mod group_tables;
pub mod leaving_tables;
pub mod push_tables;
pub mod upgrade_tables;

use protocol::codec::json::Value;
use protocol::machines::presence::Record;
use protocol::words::event::Millis;
use protocol::words::limits::INBOX_ENTRIES_MAX;
use protocol::words::refusal::Fault;

use crate::calls::InboxEvent;
use crate::calls::person::{DirectRow, InboxRow, VersionedView};
use crate::calls::room::TalkRow;
use crate::kit::sealed::{Column, Db, KeyColumn, row_of};
use crate::kit::sql;

/// Column of the person's record, with the status text.
pub const RECORD: Column = Column { table: "person", name: "record", key: &[], but: "", is_bytes: false };
/// Column of the views of others, with their status texts.
pub const SEEN_OTHERS: Column =
    Column { table: "watched", name: "seen", key: &[KeyColumn::Text("user")], but: "", is_bytes: false };
pub const ENTRY: Column = Column {
    table: "inbox",
    name: "event",
    key: &[KeyColumn::Text("room"), KeyColumn::Number("seq")],
    but: SEEN,
    is_bytes: false,
};
/// Content of an entry that the person has seen. Only its position is left, so that a repeated delivery does not make it unread again.
const SEEN: &str = "{}";

/// Number that is stored under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Events up to here belong to earlier players (`sign-in.md` 1).
    VisibleFrom,
    /// Time at which the last session ended.
    LeftAt,
    /// 1 if the shard of the directory has this person.
    IsListed,
    /// Time of the next call to the shard of the directory; 0 for none.
    ListDueAt,
    /// Number of failed calls to it.
    ListTries,
    /// Number of words about fields that were ever stored (`home.md` 3).
    HomeVersion,
    /// Time at which a sign-in took a deletion back (`leaving.md` 2.2).
    RestoredAt,
}

impl Fact {
    pub fn name(self) -> &'static str {
        match self {
            Self::VisibleFrom => "visible_from",
            Self::LeftAt => "left_at",
            Self::IsListed => "is_listed",
            Self::ListDueAt => "list_due_at",
            Self::ListTries => "list_tries",
            Self::HomeVersion => "home_version",
            Self::RestoredAt => "restored_at",
        }
    }
}

/// Kind of listener that is notified of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListenerKind {
    /// Another person's object.
    Watcher,
    /// A room in which this person has live sockets.
    Room,
    /// A session of this person, at its `auth` shard: a socket that opens there shows the person's current appearance.
    Session,
}

impl ListenerKind {
    fn name(self) -> &'static str {
        match self {
            Self::Watcher => "watcher",
            Self::Room => "room",
            Self::Session => "session",
        }
    }
}

/// Listener that has not received the newest version yet.
#[derive(Clone, Debug)]
pub struct Behind {
    pub name: String,
    pub tries: u32,
}

#[derive(Clone)]
pub struct PersonSql(pub Db);

impl PersonSql {
    // ---- the person

    pub fn record(&self) -> Result<Option<Record>, Fault> {
        let text = sql::rows(&self.0, "SELECT record FROM person", &[], |row| row.text(0))?.pop();
        let text = text.map(|text| self.0.open_text(&RECORD, "", text)).transpose()?;
        Ok(text.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    pub fn save_record(&self, record: &Record) -> Result<(), Fault> {
        let text = serde_json::to_string(record).map_err(|error| Fault(error.to_string()))?;
        let text = self.0.seal(&RECORD, "", &text)?;
        sql::exec(&self.0, "DELETE FROM person", &[])?;
        sql::exec(&self.0, "INSERT INTO person VALUES (?)", &[text.as_str().into()])
    }

    pub fn fact(&self, fact: Fact) -> Result<u64, Fault> {
        let query = "SELECT value FROM facts WHERE name = ?";
        sql::number(&self.0, query, &[fact.name().into()])
    }

    pub fn set_fact(&self, fact: Fact, value: u64) -> Result<(), Fault> {
        sql::exec(&self.0, "INSERT OR REPLACE INTO facts VALUES (?, ?)", &[fact.name().into(), value.into()])
    }

    /// Removes everything of a guest who is forgotten.
    pub fn wipe(&self) -> Result<(), Fault> {
        const TABLES: [&str; 23] = [
            "person",
            "facts",
            "sessions",
            "live",
            "wishes",
            "watched",
            "listeners",
            "directs",
            "activity",
            "inbox",
            "read_marks",
            "contacts",
            "blocks",
            "kept",
            "privacy_rooms",
            "groups",
            "jobs",
            "asked",
            "drafts",
            "emoticons",
            "home",
            "upgrade",
            "returns",
        ];
        for table in TABLES.iter().chain(&push_tables::TABLES) {
            sql::exec(&self.0, &format!("DELETE FROM {table}"), &[])?;
        }
        Ok(())
    }

    // ---- sessions

    pub fn sessions(&self) -> Result<Vec<(String, Millis)>, Fault> {
        sql::rows(&self.0, "SELECT id, began_at FROM sessions ORDER BY began_at", &[], |row| {
            Ok((row.text(0)?, row.number(1)?))
        })
    }

    pub fn add_session(&self, id: &str, now: Millis) -> Result<(), Fault> {
        sql::exec(&self.0, "INSERT OR REPLACE INTO sessions VALUES (?, ?)", &[id.into(), now.into()])
    }

    /// Removes a session. Returns `true` if it was there.
    pub fn remove_session(&self, id: &str) -> Result<bool, Fault> {
        let removed =
            sql::rows(&self.0, "DELETE FROM sessions WHERE id = ? RETURNING id", &[id.into()], |row| row.text(0))?;
        Ok(!removed.is_empty())
    }

    // ---- sockets in rooms

    /// Returns the sessions with sockets in `room`, as the room reported them.
    pub fn live_in(&self, room: &str) -> Result<Vec<String>, Fault> {
        sql::rows(&self.0, "SELECT session FROM live WHERE room = ?", &[room.into()], |row| row.text(0))
    }

    pub fn rooms_of(&self, session: &str) -> Result<Vec<String>, Fault> {
        sql::rows(&self.0, "SELECT room FROM live WHERE session = ?", &[session.into()], |row| row.text(0))
    }

    pub fn add_live(&self, session: &str, room: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "INSERT OR IGNORE INTO live (session, room) VALUES (?, ?)", &[session.into(), room.into()])
    }

    pub fn remove_live(&self, session: &str, room: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM live WHERE session = ? AND room = ?", &[session.into(), room.into()])
    }

    /// Sets the number of sockets that the person has in `room`. The number is stored with one of the sessions there, so that it is removed
    /// with them.
    pub fn set_sockets(&self, room: &str, sockets: u32) -> Result<(), Fault> {
        let query = "UPDATE live SET sockets = CASE session WHEN (SELECT MIN(session) FROM live WHERE room = ?1) \
                     THEN ?2 ELSE 0 END WHERE room = ?1";
        sql::exec(&self.0, query, &[room.into(), sockets.into()])
    }

    pub fn socket_count(&self) -> Result<usize, Fault> {
        let query = "SELECT COALESCE(SUM(sockets), 0) FROM live";
        let count = sql::number(&self.0, query, &[])?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX))
    }

    // ---- watching others

    pub fn set_wishes(&self, connection: &str, users: &[String]) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM wishes WHERE connection = ? AND is_contact = 0", &[connection.into()])?;
        let query = "UPDATE wishes SET is_contact = 1 WHERE connection = ? AND is_contact = 2";
        sql::exec(&self.0, query, &[connection.into()])?;
        self.add_wishes(connection, users, false)?;
        self.forget_unwatched()
    }

    /// Adds the wishes of a device to watch these people. `is_contact` is 0 for a request of the device, 1 for a contact, and 2 for both, as
    /// either reason may end alone.
    pub fn add_wishes(&self, connection: &str, users: &[String], are_contacts: bool) -> Result<(), Fault> {
        let query = "INSERT INTO wishes VALUES (?1, ?2, ?3) ON CONFLICT (connection, user) \
                     DO UPDATE SET is_contact = IIF(is_contact = excluded.is_contact, is_contact, 2)";
        let mark = u64::from(are_contacts);
        users
            .iter()
            .try_for_each(|user| sql::exec(&self.0, query, &[connection.into(), user.as_str().into(), mark.into()]))
    }

    pub fn forget_wishes(&self, connection: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM wishes WHERE connection = ?", &[connection.into()])?;
        self.forget_unwatched()
    }

    /// Removes the wishes to watch `user` as a contact. Devices that asked for it themselves go on.
    pub fn forget_contact_wishes(&self, user: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM wishes WHERE user = ? AND is_contact = 1", &[user.into()])?;
        sql::exec(&self.0, "UPDATE wishes SET is_contact = 0 WHERE user = ? AND is_contact = 2", &[user.into()])?;
        self.forget_unwatched()
    }

    fn forget_unwatched(&self) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM watched WHERE user NOT IN (SELECT user FROM wishes)", &[])
    }

    /// Removes the wishes of sockets that are lost. Returns `true` if there were any.
    pub fn retain_wishes_of(&self, connections: &[String]) -> Result<bool, Fault> {
        let known = sql::rows(&self.0, "SELECT DISTINCT connection FROM wishes", &[], |row| row.text(0))?;
        let lost: Vec<&String> = known.iter().filter(|known| !connections.contains(known)).collect();
        for connection in &lost {
            sql::exec(&self.0, "DELETE FROM wishes WHERE connection = ?", &[connection.as_str().into()])?;
        }
        self.forget_unwatched()?;
        Ok(!lost.is_empty())
    }

    pub fn connections_watching(&self, user: &str) -> Result<Vec<String>, Fault> {
        sql::rows(&self.0, "SELECT connection FROM wishes WHERE user = ?", &[user.into()], |row| row.text(0))
    }

    pub fn seen(&self, user: &str) -> Result<Option<VersionedView>, Fault> {
        let query = "SELECT seen, version FROM watched WHERE user = ?";
        let found = sql::rows(&self.0, query, &[user.into()], |row| Ok((row.text(0)?, row.number(1)?)))?.pop();
        found
            .map(|(text, version)| {
                let visible = serde_json::from_str(&self.0.open_text(&SEEN_OTHERS, user, text)?)?;
                Ok(VersionedView { visible, version })
            })
            .transpose()
    }

    /// Stores the view of somebody. A change that their object sends does not renew the lease of a watch.
    pub fn save_seen(&self, user: &str, seen: &VersionedView, now: Millis, is_renewal: bool) -> Result<(), Fault> {
        let text = serde_json::to_string(&seen.visible).map_err(|error| Fault(error.to_string()))?;
        let text = self.0.seal(&SEEN_OTHERS, user, &text)?;
        let query = "INSERT INTO watched VALUES (?1, ?2, ?3, ?4) ON CONFLICT (user) \
                     DO UPDATE SET seen = ?2, version = ?3, renewed_at = IIF(?5 = 1, ?4, renewed_at)";
        let renewal = u64::from(is_renewal).into();
        let values = [user.into(), text.as_str().into(), seen.version.into(), now.into(), renewal];
        sql::exec(&self.0, query, &values)
    }

    /// Sets the time at which the lease of a watch began.
    pub fn set_renewed_at(&self, user: &str, renewed_at: Millis) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE watched SET renewed_at = ? WHERE user = ?", &[renewed_at.into(), user.into()])
    }

    /// Removes a person whom this person may not watch any more.
    pub fn forget_watched(&self, user: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM watched WHERE user = ?", &[user.into()])
    }

    /// Returns the watched people whose lease ends soon.
    pub fn to_renew(&self, renewed_before: Millis) -> Result<Vec<String>, Fault> {
        let query = "SELECT user FROM watched WHERE renewed_at <= ?";
        sql::rows(&self.0, query, &[renewed_before.into()], |row| row.text(0))
    }

    pub fn oldest_renewal(&self) -> Result<Option<Millis>, Fault> {
        Ok(sql::rows(&self.0, "SELECT MIN(renewed_at) FROM watched", &[], |row| row.number_or_null(0))?.pop().flatten())
    }

    // ---- being watched, and rooms

    pub fn listen(&self, kind: ListenerKind, name: &str, until: Millis, version: u64) -> Result<(), Fault> {
        let values = [kind.name().into(), name.into(), until.into(), version.into()];
        sql::exec(&self.0, "INSERT OR REPLACE INTO listeners VALUES (?, ?, ?, ?, 0, 0)", &values)
    }

    /// Removes a listener. In a removed room this person has no device.
    pub fn unlisten(&self, kind: ListenerKind, name: &str) -> Result<(), Fault> {
        if kind == ListenerKind::Room {
            sql::exec(&self.0, "DELETE FROM live WHERE room = ?", &[name.into()])?;
        }
        sql::exec(&self.0, "DELETE FROM listeners WHERE kind = ? AND name = ?", &[kind.name().into(), name.into()])
    }

    /// Marks all rooms as behind. The next notification finds the rooms that the person has left without a report.
    pub fn doubt_rooms(&self) -> Result<(), Fault> {
        sql::exec(&self.0, "UPDATE listeners SET told = 0, due_at = 0 WHERE kind = 'room'", &[])
    }

    pub fn rooms(&self) -> Result<Vec<String>, Fault> {
        sql::rows(&self.0, "SELECT name FROM listeners WHERE kind = 'room'", &[], |row| row.text(0))
    }

    /// Returns the listeners that do not have `version` yet and are due.
    pub fn behind(&self, kind: ListenerKind, version: u64, now: Millis) -> Result<Vec<Behind>, Fault> {
        sql::exec(&self.0, "DELETE FROM listeners WHERE until <= ?", &[now.into()])?;
        let query = "SELECT name, tries FROM listeners WHERE kind = ? AND told < ? AND due_at <= ?";
        sql::rows(&self.0, query, &[kind.name().into(), version.into(), now.into()], |row| {
            Ok(Behind { name: row.text(0)?, tries: u32::try_from(row.number(1)?).unwrap_or(u32::MAX) })
        })
    }

    /// Returns the earliest time at which a listener that is behind is due; `None` if none is behind. Watchers see the whole view, others only
    /// the card.
    pub fn next_listener_send_at(&self, version: u64, card_version: u64) -> Result<Option<Millis>, Fault> {
        let query = "SELECT MIN(due_at) FROM listeners WHERE told < CASE kind WHEN 'watcher' THEN ? ELSE ? END";
        let values = [version.into(), card_version.into()];
        Ok(sql::rows(&self.0, query, &values, |row| row.number_or_null(0))?.pop().flatten())
    }

    pub fn mark_listener_sent(&self, kind: ListenerKind, name: &str, version: u64) -> Result<(), Fault> {
        let query = "UPDATE listeners SET told = ?, tries = 0, due_at = 0 WHERE kind = ? AND name = ?";
        sql::exec(&self.0, query, &[version.into(), kind.name().into(), name.into()])
    }

    pub fn delay_listener(&self, kind: ListenerKind, name: &str, due_at: Millis) -> Result<(), Fault> {
        let query = "UPDATE listeners SET due_at = ?, tries = tries + 1 WHERE kind = ? AND name = ?";
        sql::exec(&self.0, query, &[due_at.into(), kind.name().into(), name.into()])
    }

    /// Returns the number of listeners, contacts and rooms for which the first try failed.
    pub fn count_backlog(&self) -> Result<u64, Fault> {
        let query = "SELECT (SELECT COUNT(*) FROM listeners WHERE tries > 0) + (SELECT COUNT(*) FROM contacts WHERE tries > 0) + \
                     (SELECT COUNT(*) FROM privacy_rooms WHERE tries > 0) + (SELECT COUNT(*) FROM jobs WHERE tries > 0)";
        sql::number(&self.0, query, &[])
    }

    // ---- direct conversations and the inbox

    /// Adds a direct conversation. Returns `true` if it is new here.
    pub fn add_direct(&self, room: &str, now: Millis) -> Result<bool, Fault> {
        let query = "INSERT INTO directs VALUES (?1, ?2, 0) ON CONFLICT (room) DO UPDATE SET added_at = ?2, is_unseen = 0 \
                     WHERE is_unseen = 1 RETURNING room";
        Ok(!sql::rows(&self.0, query, &[room.into(), now.into()], |row| row.text(0))?.is_empty())
    }

    /// Adds a conversation that is invisible to this person and visible to the other one.
    pub fn add_unseen_direct(&self, room: &str, now: Millis) -> Result<(), Fault> {
        sql::exec(&self.0, "INSERT OR IGNORE INTO directs VALUES (?, ?, 1)", &[room.into(), now.into()])
    }

    /// Returns `true` if one of the two began the conversation, visible or not.
    pub fn has_direct(&self, room: &str) -> Result<bool, Fault> {
        Ok(!sql::rows(&self.0, "SELECT room FROM directs WHERE room = ?", &[room.into()], |row| row.text(0))?
            .is_empty())
    }

    pub fn directs(&self) -> Result<Vec<DirectRow>, Fault> {
        let query = "SELECT room, added_at FROM directs WHERE is_unseen = 0 ORDER BY added_at, room";
        sql::rows(&self.0, query, &[], |row| Ok(DirectRow { room: row.text(0)?, at: row.number(1)? }))
    }

    pub fn note_activity(&self, room: &str, at: Millis) -> Result<(), Fault> {
        let query = "INSERT INTO activity VALUES (?, ?) ON CONFLICT (room) DO UPDATE SET at = MAX(at, excluded.at)";
        sql::exec(&self.0, query, &[room.into(), at.into()])
    }

    /// Returns direct conversations, groups and other open rooms, most recently active first.
    pub fn talks(&self) -> Result<Vec<TalkRow>, Fault> {
        let query = "SELECT t.room, t.name FROM (SELECT room, '' AS name, added_at AS at FROM directs WHERE is_unseen = 0 UNION ALL \
                     SELECT room, name, changed_at FROM groups WHERE standing = 'member' UNION ALL \
                     SELECT DISTINCT room, '', 0 FROM live WHERE substr(room, 1, 3) <> 'dm_' AND substr(room, 1, 4) <> 'grp_') t \
                     LEFT JOIN activity a ON a.room = t.room ORDER BY MAX(t.at, COALESCE(a.at, 0)) DESC, t.room";
        sql::rows(&self.0, query, &[], |row| Ok(TalkRow { room: row.text(0)?, name: row.text(1)? }))
    }

    /// Stores an entry. Returns `false` if it was there before or has been read.
    pub fn add_entry(&self, room: &str, entry: &InboxEvent) -> Result<bool, Fault> {
        let query = "INSERT OR IGNORE INTO inbox SELECT ?, ?, ?, ? WHERE ? > COALESCE((SELECT seq FROM read_marks WHERE room = ?), 0) \
                     RETURNING seq";
        let event = self.0.seal(&ENTRY, row_of(room, entry.seq), &entry.json)?;
        let values =
            [room.into(), entry.seq.into(), entry.ts.into(), event.as_str().into(), entry.seq.into(), room.into()];
        Ok(!sql::rows(&self.0, query, &values, |row| row.number(0))?.is_empty())
    }

    /// Replaces the content of an entry. An entry without content is removed.
    pub fn change_entry(&self, room: &str, seq: u64, json: &str) -> Result<(), Fault> {
        if json.is_empty() {
            return sql::exec(&self.0, "DELETE FROM inbox WHERE room = ? AND seq = ?", &[room.into(), seq.into()]);
        }
        let query = "UPDATE inbox SET event = ? WHERE room = ? AND seq = ? AND event <> ?";
        let json = self.0.seal(&ENTRY, row_of(room, seq), json)?;
        sql::exec(&self.0, query, &[json.as_str().into(), room.into(), seq.into(), SEEN.into()])
    }

    /// Removes the entry of a message that no longer concerns this person.
    pub fn forget_entry(&self, room: &str, message: &str) -> Result<(), Fault> {
        self.forget_entries_where(room, 0, |event| event.get("id").and_then(Value::as_str) == Some(message))
    }

    /// Removes the entries after `after` of messages that `sender` wrote in `room`.
    pub fn forget_entries_of(&self, room: &str, sender: &str, after: u64) -> Result<(), Fault> {
        let is_theirs = |event: &Value| event.get("senderId").and_then(Value::as_str) == Some(sender);
        self.forget_entries_where(room, after, is_theirs)
    }

    /// Entries may be sealed, so they are read one by one; a room has only a few.
    fn forget_entries_where(&self, room: &str, after: u64, is_one: impl Fn(&Value) -> bool) -> Result<(), Fault> {
        let query = "SELECT seq, event FROM inbox WHERE room = ? AND seq > ? AND event <> ?";
        let entries = sql::rows(&self.0, query, &[room.into(), after.into(), SEEN.into()], |row| {
            let seq = row.number(0)?;
            Ok((seq, self.0.open_text(&ENTRY, row_of(room, seq), row.text(1)?)?))
        })?;
        for (seq, _) in entries.iter().filter(|(_, event)| Value::parse(event).as_ref().is_some_and(&is_one)) {
            let query = "DELETE FROM inbox WHERE room = ? AND seq = ?";
            sql::exec(&self.0, query, &[room.into(), (*seq).into()])?;
        }
        Ok(())
    }

    /// Removes entries that are too old. Above the limit, it removes seen entries first, then the oldest of the conversation with the most
    /// (`core.md` 2.3): a flood in one conversation takes nothing from the others.
    pub fn trim_inbox(&self, oldest: Millis) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM inbox WHERE ts < ?", &[oldest.into()])?;
        let query = "DELETE FROM inbox WHERE (room, seq) IN (SELECT room, seq FROM inbox ORDER BY event = ?, \
                     row_number() OVER (PARTITION BY room, event = ? ORDER BY ts DESC, seq DESC), ts DESC, seq DESC \
                     LIMIT -1 OFFSET ?)";
        sql::exec(&self.0, query, &[SEEN.into(), SEEN.into(), (INBOX_ENTRIES_MAX as u64).into()])
    }

    /// Returns the time of the oldest entry of the inbox.
    pub fn oldest_entry(&self) -> Result<Option<Millis>, Fault> {
        Ok(sql::rows(&self.0, "SELECT MIN(ts) FROM inbox", &[], |row| row.number_or_null(0))?.pop().flatten())
    }

    pub fn inbox(&self) -> Result<Vec<InboxRow>, Fault> {
        let query = "SELECT g.room, g.first, g.last, g.count, i.event, i.ts FROM \
                     (SELECT room, MIN(seq) AS first, MAX(seq) AS last, COUNT(*) AS count FROM inbox WHERE event <> ? GROUP BY room) g \
                     JOIN inbox i ON i.room = g.room AND i.seq = g.last ORDER BY i.ts DESC, g.room";
        sql::rows(&self.0, query, &[SEEN.into()], |row| {
            let (room, to_seq) = (row.text(0)?, row.number(2)?);
            let last = self.0.open_text(&ENTRY, row_of(&room, to_seq), row.text(4)?)?;
            Ok(InboxRow { room, from_seq: row.number(1)?, to_seq, count: row.number(3)?, last, at: row.number(5)? })
        })
    }

    /// Marks the room's waiting entries up to `seq` as seen. An entry below `seq` that comes later was not seen.
    pub fn see(&self, room: &str, seq: u64) -> Result<(), Fault> {
        let query = "UPDATE inbox SET event = ?1 WHERE room = ?2 AND seq <= ?3 AND event <> ?1";
        sql::exec(&self.0, query, &[SEEN.into(), room.into(), seq.into()])
    }

    /// Marks the room as read up to `seq`. A repeated delivery does not restore removed entries.
    pub fn read_to(&self, room: &str, seq: u64) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM inbox WHERE room = ? AND seq <= ?", &[room.into(), seq.into()])?;
        let query =
            "INSERT INTO read_marks VALUES (?, ?) ON CONFLICT (room) DO UPDATE SET seq = MAX(seq, excluded.seq)";
        sql::exec(&self.0, query, &[room.into(), seq.into()])
    }

    /// Removes the inbox of a persona's player for the next one. Read marks stay, so that late deliveries are dropped.
    pub fn close_book(&self) -> Result<(), Fault> {
        let query = "INSERT INTO read_marks SELECT room, MAX(seq) FROM inbox WHERE true GROUP BY room \
                     ON CONFLICT (room) DO UPDATE SET seq = MAX(read_marks.seq, excluded.seq)";
        sql::exec(&self.0, query, &[])?;
        sql::exec(&self.0, "DELETE FROM inbox", &[])?;
        sql::exec(&self.0, "DELETE FROM directs", &[])
    }
}

#[cfg(test)]
mod tests;
