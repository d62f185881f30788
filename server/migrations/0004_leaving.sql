-- People who are gone for good (`leaving.md` 2): what is told of them late comes back nowhere. Of some the words stay.
CREATE TABLE IF NOT EXISTS gone_users (id TEXT PRIMARY KEY, keeps_words INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS CFM_audit_actor ON CFM_audit (actor, no);
