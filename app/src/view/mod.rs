//! Views with little code for each: erased views, lazy views, and bindings of texts and attributes to signals. The feature `hydrate`
//! compiles the code of the browser; without it, that of the server is compiled.

pub mod bindings;
pub mod entries;

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
#[cfg(feature = "hydrate")]
mod list;
#[cfg(not(feature = "hydrate"))]
#[path = "list_ssr.rs"]
mod list;
