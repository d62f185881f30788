//! Statements that write the rooms' reports about messages and people (`wasmchannel.md` 5), many rows each.

use protocol::wire::wasmchannel::{RowChange, RowChangeKind};
use protocol::words::event::Millis;
use protocol::words::limits::PROJECTION_ROWS_BYTES_MAX;
use protocol::words::personas::is_persona;
use serde_json::{Value as Json, json};

use super::statement::Statement;

/// Writes the text of messages from events: the row is found by `seq`, and `version` orders its events. `said_at`: when the message was
/// written, 0 in a change of it; `removed_at`: when it was deleted, equal to `said_at` if the time is unknown, NULL if it was not deleted.
///
/// A row does not depend on the order of its events. Time and author come from the message, the text from the newest version; a deleted
/// message never gets text or reactions again. A change that comes before its message makes the row, and the message completes it. The actor
/// of a message or edit is its author; the actor of a reaction, or of a deletion with a time, may be another person. Trimmed messages stay
/// deleted, and so does the text of people who were deleted with their messages. A binary body has no position or version, and changes
/// nothing that the log has written.
const WORDS: &str = "INSERT INTO messages \
     (id, room_id, user_id, content, created_at, updated_at, seq, client_id, content_seq, deleted_at) \
     SELECT id, room, actor, iif(gone_at IS NULL, text, ''), said_at, ts, seq, client_id, version, gone_at FROM \
     (SELECT *, coalesce(removed_at, (SELECT said_at FROM gone_users WHERE id = actor AND keeps_words = 0)) AS gone_at FROM \
     (SELECT value ->> 0 AS id, value ->> 1 AS room, value ->> 2 AS actor, value ->> 3 AS text, value ->> 4 AS ts, value ->> 5 AS seq, \
     value ->> 6 AS client_id, value ->> 7 AS version, value ->> 8 AS said_at, value ->> 9 AS removed_at FROM json_each(?1))) \
     WHERE NOT EXISTS (SELECT 1 FROM room_bounds WHERE room_id = room AND oldest > seq) \
     ON CONFLICT (room_id, seq) DO UPDATE SET \
     user_id = iif(coalesce(excluded.deleted_at, excluded.created_at) = excluded.created_at, excluded.user_id, user_id), \
     created_at = max(created_at, excluded.created_at), \
     content = CASE WHEN coalesce(deleted_at, excluded.deleted_at) IS NOT NULL THEN '' \
     WHEN content_seq < excluded.content_seq THEN excluded.content ELSE content END, \
     updated_at = iif(content_seq < excluded.content_seq, excluded.updated_at, updated_at), \
     content_seq = max(content_seq, excluded.content_seq), \
     reactions = iif(coalesce(deleted_at, excluded.deleted_at) IS NULL, reactions, '[]'), \
     reactions_seq = iif(coalesce(deleted_at, excluded.deleted_at) IS NULL, reactions_seq, 0), \
     deleted_at = CASE WHEN excluded.deleted_at <> excluded.created_at THEN excluded.deleted_at \
     WHEN deleted_at <> created_at THEN deleted_at \
     WHEN coalesce(deleted_at, excluded.deleted_at) IS NULL THEN NULL \
     ELSE max(created_at, excluded.created_at) END \
     WHERE excluded.content_seq > 0";
/// Writes the reactions of messages, of which the newest version counts. A deleted message has none.
const REACTED: &str = "INSERT INTO messages \
     (id, room_id, user_id, content, created_at, updated_at, seq, client_id, reactions_seq, reactions) \
     SELECT value ->> 0, value ->> 1, value ->> 2, '', 0, value ->> 4, value ->> 5, value ->> 6, value ->> 7, value ->> 3 FROM json_each(?1) \
     WHERE NOT EXISTS (SELECT 1 FROM room_bounds WHERE room_id = value ->> 1 AND oldest > value ->> 5) \
     ON CONFLICT (room_id, seq) DO UPDATE SET reactions = excluded.reactions, \
     reactions_seq = excluded.reactions_seq WHERE excluded.reactions_seq > reactions_seq AND deleted_at IS NULL";
/// Writes people who are known only by the names in events: the earliest name counts.
const PEOPLE: &str = "INSERT INTO users (id, email, name, created_at) \
     SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1) \
     WHERE NOT EXISTS (SELECT 1 FROM gone_users WHERE id = value ->> 0) \
     ON CONFLICT (id) DO UPDATE SET name = excluded.name, created_at = excluded.created_at \
     WHERE email = excluded.email AND (excluded.created_at < created_at \
     OR excluded.created_at = created_at AND excluded.name < name) ON CONFLICT DO NOTHING";
const BOUND: &str = "INSERT INTO room_bounds (room_id, oldest) VALUES (?1, ?2) \
     ON CONFLICT (room_id) DO UPDATE SET oldest = max(oldest, excluded.oldest)";
const TRIM: &str = "DELETE FROM messages WHERE room_id = ?1 AND seq < ?2";
const GONE: &str = "INSERT INTO gone_users VALUES (?1, ?2) ON CONFLICT DO NOTHING";
const NOBODY: &str = "DELETE FROM users WHERE id = ?1";
/// Empties the messages of a person, but not rows that exist only because of the person's changes to messages of others.
const UNSAID: &str = "UPDATE messages SET content = '', reactions = '[]', reactions_seq = 0, \
     deleted_at = coalesce(deleted_at, created_at) WHERE user_id = ?1 AND (created_at > 0 OR content <> '')";

/// Returns the address in the table of a person without an address.
pub fn synthetic_email(user: &str) -> String {
    format!("{user}@invalid")
}

/// Returns the statements for changes, each with the position of its message. A statement has many rows, because D1 spends more on a
/// statement than on a row.
pub(super) fn statements_for(changes: &[(&RowChange, Option<u64>)]) -> Vec<Statement> {
    let (mut words, mut reactions) = (Vec::new(), Vec::new());
    for (change, seq) in changes.iter().filter(|(change, _)| is_about_a_message(change)) {
        let rows = if matches!(change.what, RowChangeKind::Reacted(_)) { &mut reactions } else { &mut words };
        // A change without a position makes no row; the log sends it again with its position.
        rows.extend(seq.map(|seq| row_of(change, seq)));
    }
    let mut statements = with_rows(WORDS, words);
    statements.extend(with_rows(REACTED, reactions));
    statements.extend(changes.iter().flat_map(|(change, _)| ends_for(change)));
    let names = first_names(changes.iter().map(|(change, _)| *change));
    statements.extend(with_rows(
        PEOPLE,
        names.into_iter().map(|(actor, (ts, name))| json!([actor, synthetic_email(actor), name, ts])),
    ));
    statements
}

fn with_rows(query: &'static str, rows: impl IntoIterator<Item = Json>) -> Vec<Statement> {
    in_arrays(rows).into_iter().map(|rows| (query.into(), vec![rows.as_str().into()])).collect()
}

/// Splits rows into as few JSON arrays as the limit of a bound text allows.
fn in_arrays(rows: impl IntoIterator<Item = Json>) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for row in rows.into_iter().map(|row| row.to_string()) {
        match texts.last_mut().filter(|text| text.len() + row.len() < PROJECTION_ROWS_BYTES_MAX) {
            Some(text) => {
                text.push(',');
                text.push_str(&row);
            }
            None => texts.push(format!("[{row}")),
        }
    }
    texts.iter_mut().for_each(|text| text.push(']'));
    texts
}

/// Returns the statements for trimmed messages or a deleted person.
fn ends_for(change: &RowChange) -> Vec<Statement> {
    let RowChange { room, actor, version, what, .. } = change;
    match what {
        RowChangeKind::Trimmed => {
            [BOUND, TRIM].map(|query| (query.into(), vec![room.as_str().into(), (*version).into()])).into()
        }
        RowChangeKind::Gone { keeps_words, after } => {
            let reach = Reach::Room { room: room.as_str(), after: *after, before: *version };
            without(actor, *keeps_words, reach)
        }
        _ => Vec::new(),
    }
}

/// Returns the first name of each actor, with its time.
fn first_names<'a>(changes: impl Iterator<Item = &'a RowChange>) -> Vec<(&'a str, (u64, &'a str))> {
    let mut people: Vec<(&str, (u64, &str))> = Vec::new();
    for RowChange { actor, name, ts, .. } in changes.filter(|change| !change.name.is_empty()) {
        let called = (*ts, name.as_str());
        match people.iter_mut().find(|(known, _)| known == actor) {
            Some((_, first)) => *first = called.min(*first),
            None => people.push((actor, called)),
        }
    }
    people
}

/// Messages of a deleted person. For a persona, those of earlier and later players are excluded (`account.md` 10).
#[derive(Clone, Copy, Debug)]
pub(super) enum Reach<'a> {
    /// Messages in one room, which reports the deletion; for a persona, those between two positions.
    Room {
        room: &'a str,
        /// Position of the last event of earlier players.
        after: u64,
        /// Position of the event of the deletion.
        before: u64,
    },
    /// Messages in all rooms, after a time.
    Everywhere {
        /// Time up to which the messages belong to earlier players; 0 if there are none.
        visible_from: Millis,
    },
}

/// Returns the statements that remove a person from the tables, for one room or for all.
pub(super) fn without(user: &str, keeps_words: bool, reach: Reach<'_>) -> Vec<Statement> {
    let mut statements: Vec<Statement> = vec![(NOBODY.into(), vec![user.into()])];
    // A persona will be played by other people, whose messages stay, so its id is not marked as deleted (`account.md` 10).
    if !is_persona(user) {
        statements.insert(0, (GONE.into(), vec![user.into(), u64::from(keeps_words).into()]));
    }
    if !keeps_words {
        statements.push(unsaid(user, reach));
    }
    statements
}

fn unsaid(user: &str, reach: Reach<'_>) -> Statement {
    match reach {
        Reach::Room { room, after, before } if is_persona(user) => {
            let values = vec![user.into(), room.into(), after.into(), before.into()];
            (format!("{UNSAID} AND room_id = ?2 AND seq > ?3 AND seq < ?4").into(), values)
        }
        Reach::Room { room, .. } => (format!("{UNSAID} AND room_id = ?2").into(), vec![user.into(), room.into()]),
        Reach::Everywhere { visible_from: 0 } => (UNSAID.into(), vec![user.into()]),
        // A row without the time of its message has the time of its change.
        Reach::Everywhere { visible_from } => {
            let values = vec![user.into(), visible_from.into()];
            (format!("{UNSAID} AND (created_at > ?2 OR created_at = 0 AND updated_at > ?2)").into(), values)
        }
    }
}

pub(super) fn is_about_a_message(change: &RowChange) -> bool {
    !matches!(change.what, RowChangeKind::Trimmed | RowChangeKind::Gone { .. })
}

/// Returns a row of [`WORDS`] or [`REACTED`]; the latter reads it only up to the version.
fn row_of(change: &RowChange, seq: u64) -> Json {
    let RowChange { room, client_id, actor, ts, version, what, .. } = change;
    let text = match what {
        RowChangeKind::Said(text) | RowChangeKind::Edited(text) | RowChangeKind::Reacted(text) => text,
        _ => "",
    };
    let said_at = if change.is_message() { *ts } else { 0 };
    let removed_at = match what {
        RowChangeKind::Deleted => Some(*ts),
        RowChangeKind::Buried => Some(said_at),
        _ => None,
    };
    json!([format!("{room}:{seq}"), room, actor, text, ts, seq, client_id, version, said_at, removed_at])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the number of rows in each array for rows of these lengths.
    fn rows_in_arrays(lengths: &[usize]) -> Vec<usize> {
        let rows = lengths.iter().map(|length| json!(["x".repeat(*length)]));
        in_arrays(rows).iter().map(|text| serde_json::from_str::<Vec<Json>>(text).unwrap().len()).collect()
    }

    #[test]
    fn rows_share_a_statement_until_its_text_would_be_too_long() {
        assert_eq!(rows_in_arrays(&[]), [0; 0]);
        assert_eq!(rows_in_arrays(&[1; 1_000]), [1_000]);
        let half = PROJECTION_ROWS_BYTES_MAX / 2;
        assert_eq!(rows_in_arrays(&[half, half, half - 100, half - 100, 1]), [1, 2, 2]);
        assert_eq!(rows_in_arrays(&[1, 2 * PROJECTION_ROWS_BYTES_MAX, 1]), [1, 1, 1]);
    }
}
