//! Wire forms, one door each. A door parses bytes into inputs and encodes notifications as bytes. It makes no decisions and owns no state.
//!
//! The page speaks through the messenger's door alone; the others are built where feature `doors` is on.

#[cfg(feature = "doors")]
pub mod hopeflow;
#[cfg(feature = "doors")]
pub mod integrations;
#[cfg(feature = "doors")]
pub mod livestore;
#[cfg(feature = "doors")]
pub mod messagehub;
pub mod messenger;
pub mod openapi;
#[cfg(feature = "doors")]
pub mod wasmchannel;
