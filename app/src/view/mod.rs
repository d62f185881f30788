//! Views with little code for each: parts whose type is forgotten, parts that come later, texts and attributes that follow their signals. The real
//! code with `hydrate`, what the server needs of it without.

pub mod bindings;

#[cfg(feature = "hydrate")]
pub mod erased;
#[cfg(not(feature = "hydrate"))]
#[path = "erased_ssr.rs"]
pub mod erased;
#[cfg(feature = "hydrate")]
pub mod events;
#[cfg(not(feature = "hydrate"))]
#[path = "events_ssr.rs"]
pub mod events;
#[cfg(feature = "hydrate")]
pub mod lazy;
#[cfg(not(feature = "hydrate"))]
#[path = "lazy_ssr.rs"]
pub mod lazy;
