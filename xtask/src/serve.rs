//! `cargo xtask serve`: the release build in one Miniflare (`xtask/serve.mjs`), for presenters, tests and the bench.

use anyhow::Result;
use serde_json::{Map, Value, json};

use crate::build::{self, Place};
use crate::cli::Arguments;
use crate::host::{self, Options};
use crate::{paths, process, setup};

/// Sets up, builds and serves until a signal.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let options = Options::take(arguments)?;
    setup::run()?;
    build::release()?;
    let vars: Map<String, Value> =
        options.vars.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
    let place = Place::deployed();
    let serve = json!({
        "port": options.port,
        "state": options.state,
        "vars": vars,
        "site": place.site,
        "worker": place.worker,
    });
    let mut node = process::command(paths::npm_bin("node"));
    node.arg("xtask/serve.mjs").env("CFM_SERVE", serve.to_string());
    host::host(node, &options, "workerd pid ")
}
