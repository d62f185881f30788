//! `cargo xtask pictures`: takes the pictures and accessibility trees again that the tests compare with, and those of the documents. What
//! changed is then seen in the diff, and belongs to the change that made it.

use anyhow::Result;

use crate::{build, process, setup};

/// Scripts of package.json that take something again.
const RENEWALS: [&str; 3] = ["pictures:compared", "pictures:trees", "pictures:docs"];

/// All of them.
pub fn run() -> Result<()> {
    setup::chromium()?;
    setup::run()?;
    build::release()?;
    RENEWALS.iter().try_for_each(|name| {
        process::run(process::command("npm").args(["run", "--silent", name]).env("CFM_BUILT", "1"))
    })
}
