//! Bindings of the platform, one file each. Durable Objects are in `objects`.

pub mod analytics;
pub mod database;
pub mod kv;
