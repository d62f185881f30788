//! The bucket: files that people send, and what hub rooms archive (`core.md` 1.6).

/// Name of its binding.
pub const BINDING: &str = "FILES";

/// Where the archive `id` of somebody's own data lies (`leaving.md` 1).
pub fn archive_key(user: &str, id: &str) -> String {
    format!("exports/{user}/{id}.zip")
}
