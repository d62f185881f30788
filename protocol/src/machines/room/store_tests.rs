//! Runs the promises of every room store with the store in memory.

mod log {
    crate::log_promises!(crate::machines::room::MemoryRoomStore::default);
}

mod retention {
    crate::retention_promises!(crate::machines::room::MemoryRoomStore::default);
}

mod changes {
    crate::change_promises!(crate::machines::room::MemoryRoomStore::default);
}

mod group {
    crate::group_promises!(crate::machines::room::MemoryRoomStore::default);
}

mod room {
    crate::room_promises!(crate::machines::room::MemoryRoomStore::default);
}

mod search {
    crate::search_promises!(crate::machines::room::MemoryRoomStore::default);
}

mod leaving {
    crate::leaving_promises!(crate::machines::room::MemoryRoomStore::default);
}
