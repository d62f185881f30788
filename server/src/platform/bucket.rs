//! The bucket: files that people send, and what hub rooms archive (`core.md` 1.6).

/// Name of its binding.
pub const BINDING: &str = "FILES";
