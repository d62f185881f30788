//! The tables of a person's channel on HopeFlow: durable envelopes, keys that were used, devices (`hopeflow.md` 6).

use protocol::machines::channel::{Answer, ChannelMeta, ChannelStore, Envelope, KeyRow, StoredEnvelope};
use protocol::trust::sealing::ContentKeys;
use protocol::words::event::Millis;
use protocol::words::refusal::Fault;
use serde_json::value::RawValue;
use worker::State;

use crate::kit::sealed::{self, Column, Db, KeyColumn, row_of};
use crate::kit::sql::{SqlRow, Value};
use crate::kit::{attachments, sql};

const STEPS: &[&[&str]] = &[
    &[
        "CREATE TABLE meta (epoch INTEGER NOT NULL, head INTEGER NOT NULL, ts INTEGER NOT NULL) STRICT",
        "CREATE TABLE envelopes (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, user TEXT NOT NULL, \
         ts INTEGER NOT NULL, payload TEXT, expires_at INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT",
        "CREATE INDEX envelopes_by_end ON envelopes (expires_at)",
        "CREATE TABLE keys (publisher TEXT NOT NULL, key TEXT NOT NULL, digest TEXT NOT NULL, envelope TEXT NOT NULL, \
         seq INTEGER, client_count INTEGER NOT NULL, results TEXT NOT NULL, keep_until INTEGER NOT NULL, \
         PRIMARY KEY (publisher, key)) STRICT",
        "CREATE INDEX keys_by_end ON keys (keep_until)",
        "CREATE TABLE devices (device TEXT PRIMARY KEY, seen_at INTEGER NOT NULL) STRICT",
        "CREATE TABLE done (seq INTEGER NOT NULL, device TEXT NOT NULL, PRIMARY KEY (seq, device)) STRICT",
    ],
    attachments::STEP,
    crate::kit::counters::STEP,
    &[
        "CREATE TABLE used (publisher TEXT PRIMARY KEY, counter TEXT NOT NULL, keep_until INTEGER NOT NULL) STRICT, WITHOUT ROWID",
        "CREATE INDEX used_by_end ON used (keep_until)",
    ],
    sealed::STEP,
    sealed::TRIED,
    crate::kit::counters::ONE_ROW,
];

const PAYLOAD: Column =
    Column { table: "envelopes", name: "payload", key: &[KeyColumn::Number("seq")], but: "", is_bytes: false };
const RESULTS: Column = Column {
    table: "keys",
    name: "results",
    key: &[KeyColumn::Text("publisher"), KeyColumn::Text("key")],
    but: "[]",
    is_bytes: false,
};
/// Of what was published: a digest of a short payload can be guessed.
const DIGEST: Column = Column {
    table: "keys",
    name: "digest",
    key: &[KeyColumn::Text("publisher"), KeyColumn::Text("key")],
    but: "",
    is_bytes: false,
};
const WORDS: &[Column] = &[PAYLOAD, RESULTS, attachments::TEXT, DIGEST];

pub struct ChannelSql(Db);

impl ChannelSql {
    pub fn open(state: &State, keys: &'static ContentKeys) -> Result<Self, Fault> {
        Ok(Self(Db::open(state, keys, STEPS, WORDS)?))
    }

    /// The database, for what sockets carry.
    pub(super) fn db(&self) -> &Db {
        &self.0
    }

    fn exec(&self, query: &str, values: &[Value]) -> Result<(), Fault> {
        sql::exec(&self.0, query, values)
    }

    fn rows<T>(
        &self,
        query: &str,
        values: &[Value],
        read: impl Fn(&SqlRow) -> Result<T, Fault>,
    ) -> Result<Vec<T>, Fault> {
        sql::rows(&self.0, query, values, read)
    }
}

impl ChannelStore for ChannelSql {
    fn meta(&self) -> Result<Option<ChannelMeta>, Fault> {
        let read = |row: &SqlRow| {
            let epoch = u32::try_from(row.number(0)?).map_err(|_| Fault("the epoch has 8 digits".into()))?;
            Ok(ChannelMeta { epoch, head: row.number(1)?, ts: row.number(2)? })
        };
        Ok(self.rows("SELECT epoch, head, ts FROM meta", &[], read)?.pop())
    }

    fn set_meta(&mut self, meta: &ChannelMeta) -> Result<(), Fault> {
        self.exec("DELETE FROM meta", &[])?;
        self.exec("INSERT INTO meta VALUES (?, ?, ?)", &[meta.epoch.into(), meta.head.into(), meta.ts.into()])
    }

    fn insert(&mut self, stored: &StoredEnvelope) -> Result<(), Fault> {
        let StoredEnvelope { seq, expires_at, envelope } = stored;
        let payload = envelope.payload.as_deref().map(|payload| self.0.seal(&PAYLOAD, seq, payload)).transpose()?;
        let values = [
            (*seq).into(),
            envelope.id.as_str().into(),
            envelope.kind.as_str().into(),
            envelope.user.as_str().into(),
            envelope.ts.into(),
            payload.as_deref().into(),
            (*expires_at).into(),
            (stored.bytes() as u64).into(),
        ];
        self.exec("INSERT INTO envelopes VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn read(&self, after: u64, limit: u32) -> Result<Vec<StoredEnvelope>, Fault> {
        let query =
            "SELECT seq, id, kind, user, ts, payload, expires_at FROM envelopes WHERE seq > ? ORDER BY seq LIMIT ?";
        self.rows(query, &[after.into(), limit.into()], |row| {
            let (seq, id, kind, user) = (row.number(0)?, row.text(1)?, row.text(2)?, row.text(3)?);
            let payload = row.text_or_null(5).map(|payload| self.0.open_text(&PAYLOAD, seq, payload)).transpose()?;
            let envelope = Envelope { id, kind, user, ts: row.number(4)?, payload };
            Ok(StoredEnvelope { seq, expires_at: row.number(6)?, envelope })
        })
    }

    fn find(&self, id: &str) -> Result<Option<u64>, Fault> {
        Ok(self.rows("SELECT seq FROM envelopes WHERE id = ?", &[id.into()], |row| row.number(0))?.pop())
    }

    fn remove(&mut self, seq: u64) -> Result<(), Fault> {
        self.exec("DELETE FROM envelopes WHERE seq = ?", &[seq.into()])?;
        self.exec("DELETE FROM done WHERE seq = ?", &[seq.into()])
    }

    fn size(&self) -> Result<(usize, usize), Fault> {
        let query = "SELECT COUNT(*), coalesce(SUM(bytes), 0) FROM envelopes";
        let sizes = self.rows(query, &[], |row| Ok((row.number(0)? as usize, row.number(1)? as usize)))?;
        Ok(sizes.first().copied().unwrap_or_default())
    }

    fn expired(&self, now: Millis) -> Result<Vec<u64>, Fault> {
        self.rows("SELECT seq FROM envelopes WHERE expires_at <= ?", &[now.into()], |row| row.number(0))
    }

    fn next_end(&self) -> Result<Option<Millis>, Fault> {
        let query = "SELECT min(at) FROM (SELECT min(expires_at) AS at FROM envelopes UNION ALL SELECT min(keep_until) FROM keys)";
        Ok(self.rows(query, &[], |row| row.number_or_null(0))?.first().copied().flatten())
    }

    fn key(&self, publisher: &str, key: &str) -> Result<Option<KeyRow>, Fault> {
        let query =
            "SELECT digest, envelope, seq, client_count, results, keep_until FROM keys WHERE publisher = ? AND key = ?";
        let read = |row: &SqlRow| {
            let results = self.0.open_text(&RESULTS, row_of(publisher, key), row.text(4)?)?;
            let results: Vec<Box<RawValue>> =
                serde_json::from_str(&results).map_err(|error| Fault(error.to_string()))?;
            let answer = Answer {
                envelope_id: row.text(1)?,
                seq: row.number_or_null(2)?,
                client_count: row.number(3)?,
                results: results.iter().map(|result| result.get().to_owned()).collect(),
            };
            let digest = self.0.open_text(&DIGEST, row_of(publisher, key), row.text(0)?)?;
            Ok(KeyRow { digest: bytes_of(&digest)?, answer, keep_until: row.number(5)? })
        };
        Ok(self.rows(query, &[publisher.into(), key.into()], read)?.pop())
    }

    fn set_key(&mut self, publisher: &str, key: &str, row: &KeyRow) -> Result<(), Fault> {
        let KeyRow { digest, answer, keep_until } = row;
        let seq = answer.seq.map_or(Value::null(), Value::from);
        let results = format!("[{}]", answer.results.join(","));
        let results = self.0.seal(&RESULTS, row_of(publisher, key), &results)?;
        let digest = self.0.seal(&DIGEST, row_of(publisher, key), &hex(digest))?;
        let values = [
            publisher.into(),
            key.into(),
            digest.as_str().into(),
            answer.envelope_id.as_str().into(),
            seq,
            answer.client_count.into(),
            results.as_str().into(),
            (*keep_until).into(),
        ];
        self.exec("INSERT OR REPLACE INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?)", &values)
    }

    fn forget_keys(&mut self, now: Millis) -> Result<(), Fault> {
        self.exec("DELETE FROM keys WHERE keep_until <= ?", &[now.into()])
    }

    fn keys_size(&self) -> Result<(usize, usize), Fault> {
        let query = "SELECT COUNT(*), coalesce(SUM(octet_length(results)), 0) FROM keys";
        let sizes = self.rows(query, &[], |row| Ok((row.number(0)? as usize, row.number(1)? as usize)))?;
        Ok(sizes.first().copied().unwrap_or_default())
    }

    fn forget_oldest_keys(&mut self, count: usize) -> Result<(), Fault> {
        // A row that is written again is a new one: they stand in the order of the writing.
        let query = "DELETE FROM keys WHERE rowid IN (SELECT rowid FROM keys ORDER BY rowid LIMIT ?)";
        self.exec(query, &[(count as u64).into()])
    }

    fn used(&self, publisher: &str) -> Result<Option<String>, Fault> {
        let query = "SELECT counter FROM used WHERE publisher = ?";
        Ok(self.rows(query, &[publisher.into()], |row| row.text(0))?.pop())
    }

    fn set_used(&mut self, publisher: &str, used: &str, now: Millis, keep_until: Millis) -> Result<(), Fault> {
        self.exec("DELETE FROM used WHERE keep_until <= ?", &[now.into()])?;
        self.exec("INSERT OR REPLACE INTO used VALUES (?, ?, ?)", &[publisher.into(), used.into(), keep_until.into()])
    }

    fn device_seen(&mut self, device: &str, now: Millis) -> Result<(), Fault> {
        self.exec("INSERT OR REPLACE INTO devices VALUES (?, ?)", &[device.into(), now.into()])
    }

    fn forget_devices(&mut self, after: Millis, max: usize) -> Result<(), Fault> {
        // In the order of the writing, as above. Mostly there is nobody to forget.
        let query = "SELECT device FROM devices WHERE seen_at <= ?1 OR rowid NOT IN \
                     (SELECT rowid FROM devices WHERE seen_at > ?1 ORDER BY rowid DESC LIMIT ?2)";
        for device in self.rows(query, &[after.into(), (max as u64).into()], |row| row.text(0))? {
            self.exec("DELETE FROM done WHERE device = ?", &[device.as_str().into()])?;
            self.exec("DELETE FROM devices WHERE device = ?", &[device.as_str().into()])?;
        }
        Ok(())
    }

    fn devices(&self, after: Millis) -> Result<Vec<String>, Fault> {
        self.rows("SELECT device FROM devices WHERE seen_at > ?", &[after.into()], |row| row.text(0))
    }

    fn done(&mut self, seq: u64, device: &str) -> Result<(), Fault> {
        self.exec("INSERT OR IGNORE INTO done VALUES (?, ?)", &[seq.into(), device.into()])
    }

    fn done_by(&self, seq: u64) -> Result<Vec<String>, Fault> {
        self.rows("SELECT device FROM done WHERE seq = ?", &[seq.into()], |row| row.text(0))
    }
}

fn hex(bytes: &[u8; 32]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(hex: &str) -> Result<[u8; 32], Fault> {
    let mut bytes = [0; 32];
    let is_long = hex.len() == 64;
    for (at, byte) in bytes.iter_mut().enumerate() {
        let digits = hex.get(2 * at..2 * at + 2).filter(|_| is_long);
        *byte = digits
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
            .ok_or_else(|| Fault("a digest has 64 digits".into()))?;
    }
    Ok(bytes)
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;

#[cfg(test)]
#[path = "tables_twin_tests.rs"]
mod twin_tests;
