//! `cargo xtask rebuild-projection`: makes a running deployment rebuild its database from the logs (`xtask/rebuild_projection.mjs`).

use std::env;

use anyhow::{Result, bail};

use crate::cli::Arguments;
use crate::{paths, process, setup};

/// Default address of `dev` and `serve`.
const HERE: &str = "http://127.0.0.1:8787";

/// Requests one step after the other. The token is in the environment, because arguments are visible to all users of a machine.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let url = arguments.value("--url")?.unwrap_or_else(|| HERE.to_owned());
    arguments.finish()?;
    if env::var_os("ADMIN_TOKEN").is_none_or(|token| token.is_empty()) {
        bail!("ADMIN_TOKEN is not set: it is the deployment's service token");
    }
    setup::run()?;
    let mut node = process::command(paths::npm_bin("node"));
    process::run(node.arg("xtask/rebuild_projection.mjs").env("CFM_URL", url))
}
