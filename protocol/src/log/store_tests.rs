//! The promises of every store of a log, kept by rows in memory.

mod log {
    crate::log_promises!(crate::log::MemoryStore::default);
}

mod retention {
    crate::retention_promises!(crate::log::MemoryStore::default);
}
