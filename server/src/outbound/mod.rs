//! Messages to external servers: webhooks, mail, push services. Each call is one attempt; objects schedule them.

pub mod connectors;
pub mod dead_letters;
pub mod deliveries;
pub mod mail;
pub mod push;
