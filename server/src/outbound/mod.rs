//! Messages to other people's servers: receivers of webhooks, mail, push services. One attempt each; objects decide whether and when.

pub mod connectors;
pub mod dead_letters;
pub mod deliveries;
pub mod mail;
pub mod push;
