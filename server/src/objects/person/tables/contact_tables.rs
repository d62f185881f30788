//! Rows of a person's contacts, blocks and settings, and of the people and rooms that have yet to receive them.
//!
//! A change for another person has no row of its own. The row that it changes also has the number of the last version that was sent
//! (`told`). So a change is committed together with the fact that it has to be sent.

use std::collections::BTreeMap;

use protocol::machines::presence::LiftedBlock;
use protocol::people::contacts::{ContactIntent, Hides, Pair, Relation, Settings};
use protocol::words::event::Millis;
use protocol::words::limits::BLOCKS_MAX;
use protocol::words::principal::UserKind;
use protocol::words::refusal::Fault;
use protocol::words::status::Visible;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Behind, PersonSql};
use crate::calls::contacts::ContactRow;
use crate::kit::sealed::{Column, KeyColumn};
use crate::kit::sql;

/// The time zone that the person published when somebody was blocked (`settings.md` 2).
pub const ZONES: &[&str] = &["ALTER TABLE blocks ADD COLUMN zone TEXT NOT NULL DEFAULT ''"];
/// The time at which a block ended. Its row stays, because the formerly blocked person still sees the view in it (`messenger.md` 4).
pub const LIFTED: &[&str] = &["ALTER TABLE blocks ADD COLUMN lifted_at INTEGER"];
/// *Appear offline to single people* (`presence.md` 2.7): a row is a block if `is_block`, and hides the person's presence since `hidden_at`. It
/// may be both, because both have one view, which stays until both have ended.
pub const HIDDEN_FROM: &[&str] = &[
    "ALTER TABLE blocks ADD COLUMN is_block INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE blocks ADD COLUMN hidden_at INTEGER",
];
/// People whose ids are those of guests or personas, and who have accounts now (`account.md` 10).
pub const ACCOUNTS: &[&str] = &["ALTER TABLE contacts ADD COLUMN is_account INTEGER NOT NULL DEFAULT 0"];
/// Column of both halves of a pair: the word of each person about being contacts.
pub const PAIR: Column =
    Column { table: "contacts", name: "pair", key: &[KeyColumn::Text("user")], but: "", is_bytes: false };
/// Column of the view that a blocked person has of this person, with its status text.
pub const VIEW: Column = Column { table: "blocks", name: "view", ..PAIR };

/// Stored view of this person for somebody whom the person blocks.
#[derive(Serialize, Deserialize)]
struct BlockedView {
    #[serde(flatten)]
    seen: Visible,
    /// View at that moment for a person who is no contact; absent if both views are equal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    as_stranger: Option<Visible>,
}

/// Time of the next attempt for a recipient that has received everything.
const NEVER: Millis = protocol::words::limits::SEQ_MAX;
/// Condition for a row whose half is due at some time.
pub const IS_UNSENT: &str = "due_at < 9007199254740991";

#[derive(Clone, Debug, Default)]
pub struct Contact {
    /// Display name of the other person, as last received.
    pub name: String,
    pub pair: Pair,
    pub since: Millis,
    /// The other person has an account, although the id is that of a guest or a persona.
    pub is_account: bool,
}

impl Contact {
    pub fn kind(&self, user: &str) -> UserKind {
        if self.is_account { UserKind::User } else { UserKind::of_id(user) }
    }
}

/// Half of a pair that the other person has not received yet.
#[derive(Clone, Debug)]
pub struct UnsentHalf {
    pub user: String,
    /// This person's half, which the other person has to receive.
    pub half: ContactIntent,
    /// Failed attempts so far.
    pub tries: u32,
}

fn relation_name(relation: Relation) -> &'static str {
    match relation {
        Relation::Stranger => "stranger",
        Relation::Requested => "requested",
        Relation::Request => "request",
        Relation::Contact => "contact",
    }
}

fn json(value: &impl Serialize) -> Result<String, Fault> {
    serde_json::to_string(value).map_err(|error| Fault(error.to_string()))
}

impl PersonSql {
    // ---- contacts

    pub fn contact(&self, user: &str) -> Result<Contact, Fault> {
        let query = "SELECT name, pair, since, is_account FROM contacts WHERE user = ?";
        let found = sql::rows(&self.0, query, &[user.into()], |row| {
            let (name, pair, since) = (row.text(0)?, self.pair(user, row.text(1)?)?, row.number(2)?);
            Ok(Contact { name, pair, since, is_account: row.number(3)? == 1 })
        })?;
        Ok(found.into_iter().next().unwrap_or_default())
    }

    /// Stores a contact. A new half of this person is due at once.
    pub fn save_contact(&self, user: &str, contact: &Contact, now: Millis) -> Result<(), Fault> {
        let query = "INSERT INTO contacts (user, name, pair, relation, since, told, due_at, tries, is_account) \
                     VALUES (?1, ?2, ?3, ?4, ?5, 0, IIF(?7 > 0, ?6, ?8), 0, ?9) ON CONFLICT (user) \
                     DO UPDATE SET name = excluded.name, pair = excluded.pair, relation = excluded.relation, \
                     since = excluded.since, due_at = IIF(?7 > told, ?6, ?8), tries = 0, \
                     is_account = excluded.is_account";
        let pair = self.0.seal(&PAIR, user, &json(&contact.pair)?)?;
        let relation = relation_name(contact.pair.relation());
        let values = [
            user.into(),
            contact.name.as_str().into(),
            pair.as_str().into(),
            relation.into(),
            contact.since.into(),
            now.into(),
            contact.pair.mine.rev.into(),
            NEVER.into(),
            u64::from(contact.is_account).into(),
        ];
        sql::exec(&self.0, query, &values)
    }

    /// Keeps of all contacts the numbers by which the halves are ordered: other people have the earlier ones, and would not take the halves of
    /// a person who begins to count anew. Nobody is a contact any more.
    pub fn begin_contacts_anew(&self, now: Millis) -> Result<(), Fault> {
        for other in self.everybody_met()? {
            let mut contact = self.contact(&other)?;
            let Pair { mine, theirs, .. } = contact.pair.clone();
            if contact.pair.relation() != Relation::Stranger {
                contact.pair.mine =
                    ContactIntent { wants: false, rev: mine.rev + 1, reset: theirs.rev, note: String::new() };
            }
            contact.pair.mine.note.clear();
            contact.pair.theirs.note.clear();
            contact.pair.declined = false;
            contact.name.clear();
            self.save_contact(&other, &contact, now)?;
        }
        Ok(())
    }

    /// Declines the request that a blocked person sent before the block. Their later requests have no effect either.
    pub fn decline_unseen(&self, user: &str, now: Millis) -> Result<(), Fault> {
        let mut contact = self.contact(user)?;
        if contact.pair.decline() { self.save_contact(user, &contact, now) } else { Ok(()) }
    }

    /// Returns `true` if somebody came by an invite to be a contact and is not one yet. The consent is used up by that. The caller runs this
    /// in the transaction that makes them a contact.
    pub fn takes_consent(&self, user: &str, now: Millis) -> Result<bool, Fault> {
        let query = "UPDATE invite_uses SET is_open = 0 WHERE user = ? AND is_open = 1 AND \
                     hash IN (SELECT hash FROM invites WHERE room IS NULL AND expires_at > ?)";
        sql::wrote(&self.0, query, &[user.into(), now.into()])
    }

    pub fn forget_contact(&self, user: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM contacts WHERE user = ?", &[user.into()])
    }

    /// Updates what a contact's row has of the other person's view.
    pub fn rename_contact(&self, user: &str, name: &str, is_account: bool) -> Result<(), Fault> {
        let query =
            "UPDATE contacts SET name = ?2, is_account = ?3 WHERE user = ?1 AND (name <> ?2 OR is_account <> ?3)";
        sql::exec(&self.0, query, &[user.into(), name.into(), u64::from(is_account).into()])
    }

    pub fn relation(&self, user: &str) -> Result<Relation, Fault> {
        Ok(self.contact(user)?.pair.relation())
    }

    pub fn count_related(&self, relation: Relation) -> Result<u64, Fault> {
        let query = "SELECT COUNT(*) FROM contacts WHERE relation = ?";
        let counts = sql::rows(&self.0, query, &[relation_name(relation).into()], |row| row.number(0))?;
        Ok(counts.into_iter().next().unwrap_or(0))
    }

    /// Returns the person whose request has waited longest.
    pub fn oldest_request(&self) -> Result<Option<String>, Fault> {
        let query = "SELECT user FROM contacts WHERE relation = ? ORDER BY since, user LIMIT 1";
        let asked = relation_name(Relation::Request);
        Ok(sql::rows(&self.0, query, &[asked.into()], |row| row.text(0))?.pop())
    }

    pub fn contact_ids(&self) -> Result<Vec<String>, Fault> {
        sql::rows(&self.0, "SELECT user FROM contacts WHERE relation = 'contact' ORDER BY user", &[], |row| row.text(0))
    }

    /// Returns everybody with whom the person has a relation, in the order in which the relations began.
    pub fn contacts(&self) -> Result<Vec<ContactRow>, Fault> {
        let query = "SELECT user, name, pair, since FROM contacts WHERE relation <> 'stranger' ORDER BY since, user";
        sql::rows(&self.0, query, &[], |row| {
            let user = row.text(0)?;
            let pair = self.pair(&user, row.text(2)?)?;
            let relation = pair.relation();
            let note = match relation {
                Relation::Request => pair.theirs.note,
                Relation::Requested => pair.mine.note,
                Relation::Stranger | Relation::Contact => String::new(),
            };
            Ok(ContactRow { user, name: row.text(1)?, relation, note, since: row.number(3)? })
        })
    }

    /// Returns all people with a row, contacts or not.
    pub fn everybody_met(&self) -> Result<Vec<String>, Fault> {
        sql::rows(&self.0, "SELECT user FROM contacts", &[], |row| row.text(0))
    }

    /// Loads this person's halves of pairs that the other person does not have yet, and that are due.
    pub fn load_unsent_halves(&self, now: Millis) -> Result<Vec<UnsentHalf>, Fault> {
        sql::rows(&self.0, "SELECT user, pair, tries FROM contacts WHERE due_at <= ?", &[now.into()], |row| {
            let user = row.text(0)?;
            let pair = self.pair(&user, row.text(1)?)?;
            let tries = u32::try_from(row.number(2)?).unwrap_or(u32::MAX);
            Ok(UnsentHalf { user, half: pair.mine, tries })
        })
    }

    pub fn mark_contact_sent(&self, user: &str, rev: u64) -> Result<(), Fault> {
        let query = "UPDATE contacts SET told = MAX(told, ?2), tries = 0, \
                     due_at = IIF(?4 > MAX(told, ?2), due_at, ?3) WHERE user = ?1";
        let said = self.contact(user)?.pair.mine.rev;
        sql::exec(&self.0, query, &[user.into(), rev.into(), NEVER.into(), said.into()])
    }

    fn pair(&self, user: &str, stored: String) -> Result<Pair, Fault> {
        Ok(serde_json::from_str(&self.0.open_text(&PAIR, user, stored)?)?)
    }

    pub fn delay_contact(&self, user: &str, due_at: Millis) -> Result<(), Fault> {
        let query = "UPDATE contacts SET due_at = ?2, tries = tries + 1 WHERE user = ?1";
        sql::exec(&self.0, query, &[user.into(), due_at.into()])
    }

    // ---- blocks

    /// Returns the view of each person who is blocked, or to whom this person appears offline.
    pub fn hidden_views(&self) -> Result<BTreeMap<String, Visible>, Fault> {
        let query = "SELECT user, view FROM blocks WHERE lifted_at IS NULL";
        let rows = sql::rows(&self.0, query, &[], |row| self.view_in(row))?;
        Ok(rows.into_iter().collect())
    }

    /// Returns the view that was stored for each person whose block has ended.
    pub fn lifted_views(&self) -> Result<BTreeMap<String, LiftedBlock>, Fault> {
        let query = "SELECT user, view, lifted_at FROM blocks WHERE lifted_at IS NOT NULL";
        let rows = sql::rows(&self.0, query, &[], |row| {
            let (user, view) = self.view_in(row)?;
            Ok((user, LiftedBlock { view, at: row.number(2)? }))
        })?;
        Ok(rows.into_iter().collect())
    }

    /// Reads a row that begins with a person's id and their view.
    fn view_in(&self, row: &sql::SqlRow) -> Result<(String, Visible), Fault> {
        let user = row.text(0)?;
        let view = serde_json::from_str(&self.0.open_text(&VIEW, &user, row.text(1)?)?)?;
        Ok((user, view))
    }

    pub fn blocked_ids(&self) -> Result<Vec<(String, Millis)>, Fault> {
        let query = "SELECT user, since FROM blocks WHERE lifted_at IS NULL AND is_block = 1 ORDER BY since, user";
        sql::rows(&self.0, query, &[], |row| Ok((row.text(0)?, row.number(1)?)))
    }

    /// Returns the view of one blocked person: this person's appearance at the time of the block, and the time zone that was published then.
    pub fn view_of_blocked(&self, user: &str) -> Result<Option<(Visible, String)>, Fault> {
        let query = "SELECT view, zone FROM blocks WHERE user = ? AND lifted_at IS NULL AND is_block = 1";
        let read = |row: &sql::SqlRow| {
            Ok((serde_json::from_str(&self.0.open_text(&VIEW, user, row.text(0)?)?)?, row.text(1)?))
        };
        Ok(sql::rows(&self.0, query, &[user.into()], read)?.pop())
    }

    /// Stores a block with two views of this person: for now, and for the time when the two are no contacts any more.
    pub fn save_block(&self, user: &str, seen: &Visible, as_stranger: &Visible, now: Millis) -> Result<(), Fault> {
        let (view, zone) = (self.sealed_view(user, seen, as_stranger)?, self.zone()?);
        let values = [user.into(), view.as_str().into(), now.into(), zone.as_str().into()];
        sql::exec(&self.0, "INSERT OR REPLACE INTO blocks (user, view, since, zone) VALUES (?, ?, ?, ?)", &values)
    }

    /// Returns the sealed form of the two views of a row.
    fn sealed_view(&self, user: &str, seen: &Visible, as_stranger: &Visible) -> Result<String, Fault> {
        let as_stranger = Some(as_stranger).filter(|other| *other != seen).cloned();
        self.0.seal(&VIEW, user, &json(&BlockedView { seen: seen.clone(), as_stranger })?)
    }

    /// Blocks somebody who sees a stored view already, by an earlier block or because this person appears offline to them. That view stays.
    pub fn renew_block(&self, user: &str, now: Millis) -> Result<(), Fault> {
        let zone = self.zone()?;
        let query = "UPDATE blocks SET lifted_at = NULL, since = ?2, zone = ?3, is_block = 1 WHERE user = ?1";
        sql::exec(&self.0, query, &[user.into(), now.into(), zone.as_str().into()])
    }

    /// Narrows the view of a person who is or was blocked to the one for strangers: the two are no contacts any more.
    pub fn narrow_block(&self, user: &str) -> Result<(), Fault> {
        let read = |row: &sql::SqlRow| Ok(serde_json::from_str(&self.0.open_text(&VIEW, user, row.text(0)?)?)?);
        let view: Option<BlockedView> =
            sql::rows(&self.0, "SELECT view FROM blocks WHERE user = ?", &[user.into()], read)?.pop();
        let Some(seen) = view.and_then(|view| view.as_stranger) else { return Ok(()) };
        let view = self.0.seal(&VIEW, user, &json(&seen)?)?;
        sql::exec(&self.0, "UPDATE blocks SET view = ? WHERE user = ?", &[view.as_str().into(), user.into()])
    }

    /// Ends a block. Its view stays for a while ([`Self::forget_lifted`]), or as long as the person appears offline to the other one.
    pub fn lift_block(&self, user: &str, now: Millis) -> Result<(), Fault> {
        let query = "UPDATE blocks SET is_block = 0, lifted_at = IIF(hidden_at IS NULL, ?2, NULL) WHERE user = ?1";
        sql::exec(&self.0, query, &[user.into(), now.into()])?;
        self.trim_lifted()
    }

    /// Removes the oldest views of what has ended, if there are many.
    fn trim_lifted(&self) -> Result<(), Fault> {
        let query = "DELETE FROM blocks WHERE user IN (SELECT user FROM blocks WHERE lifted_at IS NOT NULL \
                     ORDER BY lifted_at DESC, user LIMIT -1 OFFSET ?)";
        sql::exec(&self.0, query, &[(BLOCKS_MAX as u64).into()])
    }

    /// Removes the views of blocks that have ended: from now on these people see the person as everybody does.
    pub fn forget_lifted(&self) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM blocks WHERE lifted_at IS NOT NULL", &[])
    }

    // ---- people to whom the person appears offline

    /// Returns `true` if somebody sees a stored view for a reason that lasts: a block, or because the person appears offline to them.
    pub fn has_stored_view(&self, user: &str) -> Result<bool, Fault> {
        let query = "SELECT COUNT(*) FROM blocks WHERE user = ? AND lifted_at IS NULL";
        Ok(sql::rows(&self.0, query, &[user.into()], |row| row.number(0))?.first().is_some_and(|count| *count > 0))
    }

    /// Returns the people to whom the person appears offline, in the order in which that began.
    pub fn hidden_from(&self) -> Result<Vec<String>, Fault> {
        let query = "SELECT user FROM blocks WHERE hidden_at IS NOT NULL ORDER BY hidden_at, rowid";
        sql::rows(&self.0, query, &[], |row| row.text(0))
    }

    /// Appears offline to somebody from now on, with two views as in [`Self::save_block`].
    pub fn save_hidden_from(
        &self,
        user: &str,
        seen: &Visible,
        as_stranger: &Visible,
        now: Millis,
    ) -> Result<(), Fault> {
        let view = self.sealed_view(user, seen, as_stranger)?;
        let query = "INSERT OR REPLACE INTO blocks (user, view, since, is_block, hidden_at) VALUES (?1, ?2, ?3, 0, ?3)";
        sql::exec(&self.0, query, &[user.into(), view.as_str().into(), now.into()])
    }

    /// Appears offline to somebody who sees a stored view already. That view stays.
    pub fn renew_hidden_from(&self, user: &str, now: Millis) -> Result<(), Fault> {
        let query = "UPDATE blocks SET is_block = IIF(lifted_at IS NULL, is_block, 0), lifted_at = NULL, hidden_at = ?2 \
                     WHERE user = ?1";
        sql::exec(&self.0, query, &[user.into(), now.into()])
    }

    /// Shows somebody the status again. The view stays for a while, as after a block, or as long as a block of the two lasts.
    pub fn lift_hidden_from(&self, user: &str, now: Millis) -> Result<(), Fault> {
        let query = "UPDATE blocks SET hidden_at = NULL, lifted_at = IIF(is_block = 1, NULL, ?2) \
                     WHERE user = ?1 AND hidden_at IS NOT NULL";
        sql::exec(&self.0, query, &[user.into(), now.into()])?;
        self.trim_lifted()
    }

    pub fn hides(&self) -> Result<Hides, Fault> {
        Ok(self.load_value("hides")?.unwrap_or_default())
    }

    pub fn save_hides(&self, hides: &Hides) -> Result<(), Fault> {
        self.save_value("hides", hides)
    }

    // ---- settings

    pub fn settings(&self) -> Result<Option<Settings>, Fault> {
        self.load_value("settings")
    }

    pub fn save_settings(&self, settings: &Settings) -> Result<(), Fault> {
        self.save_value("settings", settings)
    }

    /// Returns the name of the time zone that the person publishes; empty for none.
    pub fn zone(&self) -> Result<String, Fault> {
        Ok(self.load_value("zone")?.unwrap_or_default())
    }

    pub fn save_zone(&self, zone: &str) -> Result<(), Fault> {
        self.save_value("zone", &zone)
    }

    fn load_value<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Fault> {
        let found = sql::rows(&self.0, "SELECT value FROM kept WHERE name = ?", &[name.into()], |row| row.text(0))?;
        Ok(found.first().map(|text| serde_json::from_str(text)).transpose()?)
    }

    fn save_value(&self, name: &str, value: &impl Serialize) -> Result<(), Fault> {
        let value = json(value)?;
        sql::exec(&self.0, "INSERT OR REPLACE INTO kept VALUES (?, ?)", &[name.into(), value.as_str().into()])
    }

    /// Removes the blocks, settings and invites of a persona's player, so that the next one begins without them. Returns `true` if there
    /// were any. A blocked person keeps the stored view until the next player is seen to come. Whom the player asked stays counted: anybody
    /// can play a persona, and would ask anew by signing in anew.
    pub fn forget_wishes_of_player(&self, now: Millis) -> Result<bool, Fault> {
        let query = "SELECT (SELECT COUNT(*) FROM blocks WHERE lifted_at IS NULL) + (SELECT COUNT(*) FROM kept)";
        let had_any = sql::rows(&self.0, query, &[], |row| row.number(0))?.first().is_some_and(|count| *count > 0);
        let query = "UPDATE blocks SET lifted_at = ?, hidden_at = NULL WHERE lifted_at IS NULL";
        sql::exec(&self.0, query, &[now.into()])?;
        sql::exec(&self.0, "DELETE FROM kept", &[])?;
        sql::exec(&self.0, "DELETE FROM invites", &[])?;
        sql::exec(&self.0, "DELETE FROM invite_uses", &[])?;
        Ok(had_any)
    }

    // ---- rooms that receive the privacy settings

    pub fn save_room_version(&self, room: &str, version: u64) -> Result<(), Fault> {
        let query = "INSERT OR REPLACE INTO privacy_rooms VALUES (?, ?, 0, 0)";
        sql::exec(&self.0, query, &[room.into(), version.into()])
    }

    /// Adds the rooms in which the person is now. They did not ask while there were no settings, so they receive the first change.
    pub fn add_live_rooms(&self) -> Result<(), Fault> {
        let query = "INSERT OR IGNORE INTO privacy_rooms SELECT name, 0, 0, 0 FROM listeners WHERE kind = 'room'";
        sql::exec(&self.0, query, &[])
    }

    pub fn forget_room_version(&self, room: &str) -> Result<(), Fault> {
        sql::exec(&self.0, "DELETE FROM privacy_rooms WHERE room = ?", &[room.into()])
    }

    pub fn rooms_behind(&self, version: u64, now: Millis) -> Result<Vec<Behind>, Fault> {
        let query = "SELECT room, tries FROM privacy_rooms WHERE told < ? AND due_at <= ?";
        sql::rows(&self.0, query, &[version.into(), now.into()], |row| {
            Ok(Behind { name: row.text(0)?, tries: u32::try_from(row.number(1)?).unwrap_or(u32::MAX) })
        })
    }

    pub fn mark_room_sent(&self, room: &str, version: u64) -> Result<(), Fault> {
        let query = "UPDATE privacy_rooms SET told = ?2, tries = 0, due_at = 0 WHERE room = ?1";
        sql::exec(&self.0, query, &[room.into(), version.into()])
    }

    pub fn delay_room(&self, room: &str, due_at: Millis) -> Result<(), Fault> {
        let query = "UPDATE privacy_rooms SET due_at = ?2, tries = tries + 1 WHERE room = ?1";
        sql::exec(&self.0, query, &[room.into(), due_at.into()])
    }

    /// Returns the earliest time at which a contact or a room that is behind is due; `None` if none is behind.
    pub fn next_social_send_at(&self, privacy: u64) -> Result<Option<Millis>, Fault> {
        let query = "SELECT MIN(due_at) FROM privacy_rooms WHERE told < ?";
        let room = sql::rows(&self.0, query, &[privacy.into()], |row| row.number_or_null(0))?.pop().flatten();
        let query = "SELECT MIN(due_at) FROM contacts WHERE due_at < ?";
        let person = sql::rows(&self.0, query, &[NEVER.into()], |row| row.number_or_null(0))?.pop().flatten();
        Ok([room, person].into_iter().flatten().min())
    }
}

#[cfg(test)]
#[path = "contact_tables_tests.rs"]
mod tests;
