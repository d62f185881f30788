-- Messages and people, for search and reports (`wasmchannel.md` 5). A projection: it may be dropped and is filled again from the logs.
-- `content_seq` and `reactions_seq` are the places of the events that made a row what it is; what is older changes nothing.
CREATE TABLE IF NOT EXISTS messages (
  id TEXT PRIMARY KEY, room_id TEXT NOT NULL, user_id TEXT NOT NULL, content TEXT NOT NULL,
  created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL,
  seq INTEGER NOT NULL, client_id TEXT NOT NULL, kind INTEGER NOT NULL DEFAULT 0,
  reactions TEXT NOT NULL DEFAULT '[]', deleted_at INTEGER,
  content_seq INTEGER NOT NULL DEFAULT 0, reactions_seq INTEGER NOT NULL DEFAULT 0,
  UNIQUE (room_id, seq), UNIQUE (room_id, client_id));
CREATE INDEX IF NOT EXISTS messages_room_time ON messages (room_id, created_at DESC);
CREATE TABLE IF NOT EXISTS users (
  id TEXT PRIMARY KEY, email TEXT UNIQUE NOT NULL, name TEXT NOT NULL, avatar_url TEXT, created_at INTEGER NOT NULL);
