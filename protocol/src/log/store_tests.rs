//! Runs the promises of every log store with the store in memory.

mod log {
    crate::log_promises!(crate::log::MemoryStore::default);
}

mod retention {
    crate::retention_promises!(crate::log::MemoryStore::default);
}
