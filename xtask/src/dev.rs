//! `cargo xtask dev`: the edit loop. wrangler serves, and changes are built beside it (`edit_loop.rs`). Styles take another path
//! (`style_server.rs`), so that a colour is on the page before a compiler would have started.

use anyhow::Result;

use crate::build::{self, Place};
use crate::cli::Arguments;
use crate::host::{self, Options};
use crate::{edit_loop, migrations, paths, process, setup, style_server};

/// Receivers of MessageHub that are no web addresses, so that every message is printed as a line (`messagehub.md` 7.5).
const CONNECTORS: &str = "HUB_CONNECTORS";
const LOG_CONNECTOR: &str = r#"[{"room":"*","kind":"log"}]"#;

/// Sets up, builds and serves until a signal.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    let mut options = Options::take(arguments)?;
    setup::run()?;
    let place = Place::given().unwrap_or_else(Place::dev);
    build::for_edit_loop()?;
    migrations::apply(&options.state)?;
    let origin = style_server::start(&place.site)?;
    options.vars.push(("DEV_STYLE_ORIGIN".to_owned(), origin));
    if !options.vars.iter().any(|(name, _)| name == CONNECTORS) {
        options.vars.push((CONNECTORS.to_owned(), LOG_CONNECTOR.to_owned()));
    }

    edit_loop::name_build()?;
    process::announce("Starting wrangler");
    let mut wrangler = process::command(paths::npm_bin("wrangler"));
    wrangler.arg("dev").arg("--config").arg(edit_loop::configuration()?);
    // wrangler would look for secrets beside its configuration.
    let secrets = paths::root().join(".dev.vars");
    if secrets.exists() {
        wrangler.arg("--env-file").arg(secrets);
    }
    wrangler.args(["--local", "--ip", "127.0.0.1", "--show-interactive-dev-session=false", "--test-scheduled"]);
    wrangler.arg(place.worker.join("index.js")).arg("--assets").arg(&place.site);
    wrangler.arg("--port").arg(options.port.to_string()).arg("--persist-to").arg(&options.state);
    for (name, value) in &options.vars {
        wrangler.arg("--var").arg(format!("{name}:{value}"));
    }
    edit_loop::start(&options.state)?;
    host::host(wrangler, &options, "Local server updated and ready")
}
