//! The bucket: files that people send, and what hub rooms archive (`core.md` 1.6).

pub const BINDING: &str = "FILES";

/// Returns the key of the file `uuid` of a person (`files.md` 5).
pub fn file_key(owner: &str, uuid: &str) -> String {
    format!("files/{owner}/{uuid}")
}

/// Returns the key of the picture `id` of a person (`files.md` 5).
pub fn avatar_key(id: &str) -> String {
    format!("avatars/{id}")
}

/// Where the archive `id` of somebody's own data lies (`leaving.md` 1).
pub fn archive_key(user: &str, id: &str) -> String {
    format!("exports/{user}/{id}.zip")
}
