-- Messages before `oldest` are gone from their room, for good: a row that comes late does not come back (`wasmchannel.md` 5).
CREATE TABLE IF NOT EXISTS room_bounds (room_id TEXT PRIMARY KEY, oldest INTEGER NOT NULL);
