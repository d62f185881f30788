//! Bindings of the platform, one file each. Durable Objects are in `objects`.

pub mod analytics;
pub mod bucket;
pub mod files;
pub mod kv;
pub mod model;
#[cfg(target_family = "wasm")]
pub mod normal;
pub mod page_files;
pub mod timeout;

use worker::Env;

/// Returns true if the deployment has a binding of this name, whatever its kind.
pub fn has_binding(env: &Env, name: &str) -> bool {
    js_sys::Reflect::get(env, &name.into()).is_ok_and(|binding| !binding.is_undefined())
}
