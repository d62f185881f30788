//! `cargo xtask rebuild-projection`: a running deployment writes its database again from the logs (`xtask/rebuild_projection.mjs`).

use std::env;

use anyhow::{Result, bail};

use crate::cli::Arguments;
use crate::{paths, process, setup};

/// Where `dev` and `serve` listen unless they are told otherwise.
const HERE: &str = "http://127.0.0.1:8787";

/// Asks for one step after the other. The token comes from the environment: arguments are seen by everybody on a machine.
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
