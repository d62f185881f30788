-- Who wrote what and when in rooms of MessageHub; never what it says.
CREATE TABLE IF NOT EXISTS hub_audit (
  log TEXT NOT NULL,
  seq INTEGER NOT NULL,
  id TEXT NOT NULL,
  principal TEXT,
  ts INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  content_type TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (log, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS hub_audit_by_time ON hub_audit (ts);
