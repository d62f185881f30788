//! Contents of a person's archive: the files, and the next piece of each.

use std::rc::Rc;

use protocol::content::archive::Entry;
use protocol::content::files::FileId;
use protocol::people::session::shard_of_text;
use protocol::wire::messenger::{
    AccountExport, exported_block_json, exported_contact_json, exported_file_json, exported_group_json,
    exported_passkey_json, exported_people_json, index_html, profile_json,
};
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, RoomId, RoomRules};
use protocol::words::limits::{AVATAR_BYTES_MAX, EXPORT_BYTES_MAX, EXPORT_PIECE_BYTES};
use protocol::words::principal::{Principal, UserKind};
use protocol::words::refusal::Fault;

use crate::calls::account::find_account;
use crate::calls::contacts::ContactRow;
use crate::calls::leaving::{AccountSummary, Portion, RoomExportCall};
use crate::calls::moderation::ListArchivedActs;
use crate::calls::operator::OBJECT;
use crate::calls::passkey::ListPasskeys;
use crate::calls::room::ExportLines;
use crate::config::Config;
use crate::kit::backfill::{BackfillCall, BackfillPage};
use crate::kit::request::Request;
use crate::kit::sealed::{Column, Db, KeyColumn};
use crate::kit::sql::{Database, rows};
use crate::objects::person::belongings::{drafts, emoticons, files, home};
use crate::objects::person::object::PersonObject;
use crate::objects::person::people::{handles, invites, privacy};
use crate::objects::person::tables::PersonSql;
use crate::objects::person::web_push;
use crate::platform::files::FileStore;
use crate::projection::{audit, audit_log};
use crate::runtime;
use crate::runtime::call_error::CallError;

const PROFILE: &str = "profile";
const CONTACTS: &str = "contacts";
/// Conversation that the person is in: everything that they may read.
const ROOM: &str = "room";
/// Conversation that is public, or that the person left: their own messages.
const OWN: &str = "own";
const DRAFTS: &str = "drafts";
const HOME: &str = "home";
const PUSH: &str = "push";
const MODERATION: &str = "moderation";
const AUDIT: &str = "audit";
const FILES: &str = "files";
const FILE: &str = "file";
const INDEX: &str = "index";

/// Paths in the archive: the names of files are sealed.
pub const NAME: Column =
    Column { table: "export_items", name: "name", key: &[KeyColumn::Number("no")], but: "", is_bytes: false };

pub struct Job {
    pub id: String,
    pub at: Millis,
    pub principal: Principal,
    /// The id of the person, as JSON.
    pub who: String,
    pub state: String,
    pub upload: String,
    pub written: u64,
    pub due_at: Millis,
    pub tries: u32,
    /// Header of the sealed archive (`files.md` 5); empty if the archive is stored as it is.
    pub header: Vec<u8>,
}

/// A file of the archive that is being written.
pub struct Item {
    pub no: u64,
    /// Kind of the content; see the constants of this file.
    pub what: String,
    /// Path in the archive.
    pub name: String,
    /// Room, or key in the bucket.
    pub about: String,
    /// Position up to which the content was requested.
    pub cursor: u64,
    pub entry: Option<Entry>,
}

pub struct Piece {
    pub data: Vec<u8>,
    /// Position at which the next piece begins.
    pub next: u64,
    pub is_done: bool,
}

impl Piece {
    fn whole(text: String) -> Self {
        Self { data: text.into_bytes(), next: 0, is_done: true }
    }
}

/// Returns the files in order: kind, path and subject of each.
pub fn plan(sql: &PersonSql, config: &Config) -> Result<Vec<(&'static str, String, String)>, Fault> {
    let mut plan = vec![
        (PROFILE, "profile.json".to_owned(), String::new()),
        (CONTACTS, "contacts.json".to_owned(), String::new()),
        (DRAFTS, "drafts.json".to_owned(), String::new()),
        (HOME, "home.json".to_owned(), String::new()),
        (PUSH, "push.json".to_owned(), String::new()),
        (MODERATION, "moderation.json".to_owned(), String::new()),
    ];
    for (room, is_in) in rooms_ever(&sql.0, &config.rooms)? {
        let what = if is_in { ROOM } else { OWN };
        plan.push((what, format!("rooms/{room}.jsonl"), room));
    }
    plan.push((AUDIT, "audit.jsonl".to_owned(), String::new()));
    plan.push((FILES, "files.json".to_owned(), String::new()));
    let mut bytes = 0;
    for (number, file) in own_files(&sql.0)?.into_iter().enumerate() {
        bytes += file.bytes;
        if bytes <= EXPORT_BYTES_MAX {
            plan.push((FILE, format!("files/{}-{}", number + 1, file.name), file.key));
        }
    }
    plan.push((INDEX, "index.html".to_owned(), String::new()));
    Ok(plan)
}

/// Returns every room in which the person may have written, and if they may read it as a whole: a direct conversation, or a group that they
/// are in.
pub fn rooms_ever(sql: &Database, rules: &RoomRules) -> Result<Vec<(String, bool)>, Fault> {
    let query = "SELECT room, max(is_in) FROM (SELECT room, 1 AS is_in FROM directs WHERE is_unseen = 0 UNION ALL \
                 SELECT room, standing = 'member' FROM groups UNION ALL SELECT room, 0 FROM activity UNION ALL \
                 SELECT room, 0 FROM live) GROUP BY room ORDER BY room";
    let mut rooms = rows(sql, query, &[], |row| Ok((row.text(0)?, row.number(1)? > 0)))?;
    for room in &rules.public {
        if rooms.iter().all(|(known, _)| known != room) {
            rooms.push((room.clone(), false));
        }
    }
    let is_direct = |room: &str| RoomId::parse(room, rules).is_ok_and(|id| matches!(id.form(), RoomForm::Direct(..)));
    Ok(rooms.into_iter().map(|(room, is_in)| (room.clone(), is_in || is_direct(&room))).collect())
}

/// Returns these rooms, or rows of operation, to rebuild a database.
pub fn read_backfill(object: &PersonObject, call: &BackfillCall) -> Result<BackfillPage, CallError> {
    let sql = object.db()?;
    if call.is_audit_log {
        return Ok(audit_log::read_backfill(&object.base.state, call)?);
    }
    // An object that slept since the keys changed has rows to seal again.
    if !object.wake(None)? {
        object.arrange_rest()?;
    }
    let rows = rooms_ever(&sql, &object.config.rooms)?.into_iter().map(|(room, _)| room).collect();
    Ok(BackfillPage { rows, is_done: true, ..BackfillPage::default() })
}

struct OwnFile {
    key: String,
    id: String,
    name: String,
    at: u64,
    bytes: u64,
}

fn own_files(sql: &Db) -> Result<Vec<OwnFile>, Fault> {
    // The files of an earlier player of a persona do not belong to the next player.
    let query = "SELECT key, id, name, at FROM files WHERE id <> '' AND \
                 at > COALESCE((SELECT value FROM facts WHERE name = 'visible_from'), 0) ORDER BY at, key";
    rows(sql, query, &[], |row| {
        let (key, id, at) = (row.text(0)?, row.text(1)?, row.number(3)?);
        let name = sql.open_text(&files::NAME, &key, row.text(2)?)?;
        // The id of an avatar does not contain its size.
        let bytes = FileId::parse(&id).map_or(AVATAR_BYTES_MAX as u64, |id| id.bytes);
        Ok(OwnFile { key, id, name, at, bytes })
    })
}

pub async fn piece(object: &Rc<PersonObject>, job: &Job, item: &Item) -> Result<Piece, CallError> {
    match item.what.as_str() {
        PROFILE => profile(object, job).await,
        CONTACTS => contacts(object),
        DRAFTS => drafts(object),
        HOME => Ok(Piece::whole(object.with(|memory| home::archived(&memory.sql.0))?)),
        PUSH => Ok(Piece::whole(object.with(|memory| web_push::archived(&memory.sql.0))?)),
        MODERATION => moderation(object, job).await,
        ROOM => match lines(object, job, item, true).await {
            // The person is not in the room any more, but their own messages still belong to the archive.
            Err(CallError::Refused(_)) => lines(object, job, item, false).await,
            piece => piece,
        },
        OWN => lines(object, job, item, false).await,
        AUDIT => {
            let (user, from) = (job.principal.user.as_str(), job.principal.visible_from);
            let (text, next) = audit::load_of_actor(&object.env, user, from, item.cursor).await?;
            Ok(Piece { is_done: next.is_none(), next: next.unwrap_or_default(), data: text.into_bytes() })
        }
        FILES => files(object),
        FILE => file(object, item).await,
        _ => index(object, job),
    }
}

async fn profile(object: &Rc<PersonObject>, job: &Job) -> Result<Piece, CallError> {
    let user = job.principal.user.as_str();
    let (account, passkeys) = match job.principal.kind {
        UserKind::User => (find_account(&object.env, user).await?, passkeys_of(object, user).await?),
        _ => (AccountSummary::default(), Vec::new()),
    };
    let (record, settings) =
        object.with(|memory| Ok((memory.person.record().clone(), privacy::settings_in(memory)?)))?;
    let emoticons = object.with(|memory| emoticons::all(&memory.sql.0))?;
    let stored =
        |email| AccountExport { email, created_at: account.created_at, passkeys: &passkeys, emoticons: &emoticons };
    let account = account.email.as_deref().map(stored);
    let handle = object.with(|memory| Ok(handles::own(&memory.sql.0)?.handle))?;
    Ok(Piece::whole(profile_json(&record, &settings, account, handle.as_deref(), job.at)))
}

async fn passkeys_of(object: &PersonObject, user: &str) -> Result<Vec<String>, CallError> {
    let rows = ListPasskeys::ask(&object.env, &shard_of_text(user), &user.to_owned()).await?;
    Ok(rows.iter().map(|row| exported_passkey_json(&row.id, &row.name, row.created_at, row.used_at)).collect())
}

fn contacts(object: &PersonObject) -> Result<Piece, CallError> {
    let (contacts, blocks, hidden_from, groups) = object.with(|memory| {
        let sql = &memory.sql;
        Ok((sql.contacts()?, sql.blocked_ids()?, sql.hidden_from()?, sql.groups()?))
    })?;
    let relation = |row: &ContactRow| serde_json::to_string(&row.relation).unwrap_or_default().replace('"', "");
    let contacts: Vec<String> = contacts
        .iter()
        .map(|row| exported_contact_json(&row.user, &row.name, &relation(row), &row.note, row.since))
        .collect();
    let blocks: Vec<String> = blocks.iter().map(|(user, since)| exported_block_json(user, *since)).collect();
    let groups: Vec<String> =
        groups.iter().map(|row| exported_group_json(&row.room, &row.name, row.is_pending)).collect();
    let invites = object.with(|memory| invites::items(&memory.sql.0, runtime::now_ms()))?;
    Ok(Piece::whole(exported_people_json(&contacts, &blocks, &hidden_from, &groups, &invites)))
}

fn drafts(object: &PersonObject) -> Result<Piece, CallError> {
    let drafts = object.with(|memory| drafts::items(&memory.sql.0))?;
    Ok(Piece::whole(if drafts.is_empty() { String::new() } else { format!("[{}]\n", drafts.join(",\n")) }))
}

/// Returns what moderators did to the person, with the person's objections. Acts on earlier players of a persona are not theirs.
async fn moderation(object: &PersonObject, job: &Job) -> Result<Piece, CallError> {
    let user = job.principal.user.to_string();
    let mut items = ListArchivedActs::ask(&object.env, OBJECT, &user).await?;
    items.retain(|item| item.act.at > job.principal.visible_from);
    Ok(Piece::whole(if items.is_empty() { String::new() } else { serde_json::to_string(&items)? + "\n" }))
}

async fn lines(object: &PersonObject, job: &Job, item: &Item, is_whole: bool) -> Result<Piece, CallError> {
    let question = RoomExportCall { who: job.who.clone(), since: item.cursor, is_whole };
    match ExportLines::ask(&object.env, &item.about, &question).await {
        Ok(Portion { lines, next, is_done, .. }) => Ok(Piece { data: lines.into_bytes(), next, is_done }),
        // The room does not exist any more.
        Err(CallError::Refused(_)) if !is_whole => Ok(Piece::whole(String::new())),
        Err(error) => Err(error),
    }
}

fn files(object: &PersonObject) -> Result<Piece, CallError> {
    let files = object.with(|memory| own_files(&memory.sql.0))?;
    let mut bytes = 0;
    let rows = files.iter().enumerate().map(|(number, file)| {
        bytes += file.bytes;
        let path = format!("files/{}-{}", number + 1, file.name);
        exported_file_json(&file.id, &file.name, file.at, (bytes <= EXPORT_BYTES_MAX).then_some(path.as_str()))
    });
    let rows: Vec<String> = rows.collect();
    Ok(Piece::whole(if rows.is_empty() { String::new() } else { format!("[{}]\n", rows.join(",\n")) }))
}

async fn file(object: &PersonObject, item: &Item) -> Result<Piece, CallError> {
    let gone = || Piece::whole(String::new());
    let store = FileStore::open(&object.env, object.config)?;
    let Some(id) = object.with(|memory| id_of(&memory.sql.0, &item.about))? else { return Ok(gone()) };
    // The id of an avatar does not contain its size, which is that of one piece at most.
    let Some(FileId { bytes, .. }) = FileId::parse(&id) else {
        let data = store.read_picture(&item.about).await?.unwrap_or_default();
        return Ok(Piece { data, next: 0, is_done: true });
    };
    let length = EXPORT_PIECE_BYTES.min(bytes.saturating_sub(item.cursor));
    if length == 0 {
        return Ok(gone());
    }
    let Some(data) = store.read(&item.about, bytes, (item.cursor, length)).await? else { return Ok(gone()) };
    let next = item.cursor + data.len() as u64;
    Ok(Piece { data, next, is_done: next >= bytes })
}

/// Returns the id of the file that lies under a key, if it is still there.
fn id_of(sql: &Database, key: &str) -> Result<Option<String>, Fault> {
    let query = "SELECT id FROM files WHERE key = ? AND id <> ''";
    Ok(rows(sql, query, &[key.into()], |row| row.text(0))?.pop())
}

/// Writes a page with links to the other files, for a person who opens the archive by hand.
fn index(object: &PersonObject, job: &Job) -> Result<Piece, CallError> {
    let paths = object.with(|memory| written(&memory.sql.0))?;
    let name = object.with(|memory| Ok(memory.person.record().name.clone()))?;
    Ok(Piece::whole(index_html(&name, job.principal.user.as_str(), &paths)))
}

pub fn written(sql: &Db) -> Result<Vec<String>, Fault> {
    let query = "SELECT no, name FROM export_items WHERE start IS NOT NULL ORDER BY no";
    rows(sql, query, &[], |row| sql.open_text(&NAME, row.number(0)?, row.text(1)?))
}
