-- Who did what, from where (`leaving.md` 4); never what was written or said. A projection: the rows themselves are in the objects.
CREATE TABLE IF NOT EXISTS CFM_audit (
  no INTEGER PRIMARY KEY AUTOINCREMENT, object TEXT NOT NULL, place INTEGER NOT NULL, ts INTEGER NOT NULL,
  actor TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, address TEXT NOT NULL, request TEXT NOT NULL, result TEXT NOT NULL,
  UNIQUE (object, place, ts));
CREATE INDEX IF NOT EXISTS CFM_audit_time ON CFM_audit (ts);
