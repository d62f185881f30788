//! Text of any length that a socket keeps while its object sleeps. Short texts are in the socket's attachment, others in the object's
//! database under the connection's id (`core.md` 5).

use protocol::words::limits::ATTACHMENT_BYTES_MAX;
use protocol::words::refusal::Fault;
use worker::WebSocket;

use super::sealed::{Column, Db, KeyColumn, row_of};
use super::sql;
use super::sql::Database;

pub const STEP: &[&str] = &["CREATE TABLE carried (conn TEXT NOT NULL, part INTEGER NOT NULL, text TEXT NOT NULL, \
     PRIMARY KEY (conn, part)) STRICT"];

/// Column of the text, which may contain what the client sent to open its socket.
pub const TEXT: Column = Column {
    table: "carried",
    name: "text",
    key: &[KeyColumn::Text("conn"), KeyColumn::Number("part")],
    but: "",
    is_bytes: false,
};

/// Beginning of the attachment of a socket whose text is in the database. No JSON object begins with it.
const ELSEWHERE: char = '@';
/// Bytes of one row, below the runtime's limit of 2 MB.
const PART_BYTES_MAX: usize = 1_000_000;

/// Saves `text`, which begins with a bracket, for the socket of the connection `id`.
pub fn save(db: &Db, socket: &WebSocket, id: &str, text: &str) -> Result<(), Fault> {
    forget(db, socket)?;
    if text.len() <= ATTACHMENT_BYTES_MAX {
        return attach(socket, text.to_owned());
    }
    insert_parts(db, id, text)?;
    attach(socket, format!("{ELSEWHERE}{id}"))
}

fn insert_parts(db: &Db, id: &str, text: &str) -> Result<(), Fault> {
    for (number, part) in (0_u32..).zip(parts(text)) {
        let part = db.seal(&TEXT, row_of(id, number), part)?;
        sql::exec(db, "INSERT INTO carried VALUES (?, ?, ?)", &[id.into(), number.into(), part.as_str().into()])?;
    }
    Ok(())
}

pub fn load(db: &Db, socket: &WebSocket) -> Result<Option<String>, Fault> {
    let Some(attachment) = attachment(socket) else {
        return Ok(None);
    };
    match attachment.strip_prefix(ELSEWHERE) {
        Some(id) => load_parts(db, id),
        None => Ok(Some(attachment)),
    }
}

fn load_parts(db: &Db, id: &str) -> Result<Option<String>, Fault> {
    let query = "SELECT text, part FROM carried WHERE conn = ? ORDER BY part";
    let read = |row: &sql::SqlRow| db.open_text(&TEXT, row_of(id, row.number(1)?), row.text(0)?);
    let parts = sql::rows(db, query, &[id.into()], read)?;
    Ok(Some(parts.concat()).filter(|text| !text.is_empty()))
}

pub fn forget(db: &Database, socket: &WebSocket) -> Result<(), Fault> {
    match attachment(socket).as_deref().and_then(|text| text.strip_prefix(ELSEWHERE)) {
        Some(id) => delete_parts(db, id),
        None => Ok(()),
    }
}

fn delete_parts(db: &Database, id: &str) -> Result<(), Fault> {
    sql::exec(db, "DELETE FROM carried WHERE conn = ?", &[id.into()])
}

/// Deletes the texts of sockets that are not among `living`: those sockets closed while the object slept.
pub fn forget_others(db: &Database, living: &[WebSocket]) -> Result<(), Fault> {
    delete_others(db, || living.iter().filter_map(attachment).collect())
}

/// Deletes the texts of sockets without an attachment among `attached`. Attachments are read only if the database holds a text.
fn delete_others(db: &Database, attached: impl FnOnce() -> Vec<String>) -> Result<(), Fault> {
    let known = sql::rows(db, "SELECT DISTINCT conn FROM carried", &[], |row| row.text(0))?;
    if known.is_empty() {
        return Ok(());
    }
    let attached = attached();
    let is_dead = |id: &&String| !attached.iter().any(|text| text.strip_prefix(ELSEWHERE) == Some(id.as_str()));
    known.iter().filter(is_dead).try_for_each(|id| delete_parts(db, id))
}

fn attachment(socket: &WebSocket) -> Option<String> {
    socket.deserialize_attachment::<String>().ok().flatten()
}

fn attach(socket: &WebSocket, text: String) -> Result<(), Fault> {
    socket.serialize_attachment(text).map_err(|error| Fault(error.to_string()))
}

fn parts(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (part, after) = rest.split_at(rest.floor_char_boundary(PART_BYTES_MAX));
        rest = after;
        (!part.is_empty()).then_some(part)
    })
}

#[cfg(test)]
#[path = "attachments_tests.rs"]
mod tests;
