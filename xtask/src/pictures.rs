//! `cargo xtask pictures`: renews the pictures and accessibility trees of the tests, and the pictures of the documents. The diff shows the
//! changes, and belongs to the commit that caused them.

use anyhow::Result;

use crate::{build, process, setup};

/// Scripts of package.json that renew files.
const RENEWALS: [&str; 3] = ["pictures:compared", "pictures:trees", "pictures:docs"];

/// Runs all renewals.
pub fn run() -> Result<()> {
    setup::chromium()?;
    setup::run()?;
    build::release()?;
    RENEWALS.iter().try_for_each(|name| {
        process::run(process::command("npm").args(["run", "--silent", name]).env("CFM_BUILT", "1"))
    })
}
