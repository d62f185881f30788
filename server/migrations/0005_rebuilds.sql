-- What is still to be told while all of this is written again from the logs (`docs/runbooks/projection.md`); empty at other times.
CREATE TABLE IF NOT EXISTS rebuilds (run INTEGER NOT NULL, log TEXT NOT NULL, PRIMARY KEY (run, log)) STRICT, WITHOUT ROWID;
