//! Doors: paths, verbs and headers of each API. They translate and call objects; they own no state.

pub mod demo;
pub mod demo_plug;
pub mod hopeflow;
pub mod livestore;
pub mod messagehub;
pub mod messenger;
pub mod wasmchannel;
