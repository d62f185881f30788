//! Machines: each is driven by inputs with a time and drained of effects. None of them knows a wire form.

pub mod bots;
#[cfg(feature = "doors")]
pub mod chain;
#[cfg(feature = "doors")]
pub mod channel;
pub mod demo;
#[cfg(feature = "doors")]
pub mod hub;
pub mod presence;
pub mod push;
pub mod room;
pub mod scene;
pub mod webhook;
