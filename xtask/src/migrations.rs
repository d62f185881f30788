//! Migrations of the local D1 database.

use std::path::Path;

use anyhow::Result;

use crate::{files, paths, process};

/// Applies the migrations to the local D1. wrangler takes seconds for it, so it runs only for a new file or state folder.
pub fn apply(state: &Path) -> Result<()> {
    let migrations = paths::root().join("server/migrations");
    if !files::walk(&migrations).iter().any(|file| file.extension().is_some_and(|extension| extension == "sql")) {
        return Ok(());
    }
    let stamp = state.join("migrations.stamp");
    let wanted = files::hash_of_all(&[migrations])?;
    if files::is_stamped(&stamp, &wanted) {
        return Ok(());
    }
    let mut wrangler = process::command(paths::npm_bin("wrangler"));
    wrangler.args(["d1", "migrations", "apply", "DB", "--local", "--persist-to"]).arg(state).env("CI", "1");
    process::run_quietly("Bringing the database up to date", &mut wrangler)?;
    files::leave_stamp(&stamp, &wanted)
}
