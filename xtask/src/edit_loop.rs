//! Rebuilds after a change of the sources. The server continues with the last build. It serves the page's new programs as soon as they are
//! ready (`style_server.rs`), and restarts when the Worker is ready as well. A build command of wrangler would hold back every request.

use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Context, Result};
use toml::{Table, Value};

use crate::{build, files, migrations, paths};

/// Writes wrangler's configuration of the edit loop and returns its path. It equals that of the repository except for the build: wrangler
/// reloads the Worker when [`built`] is written.
pub fn configuration() -> Result<PathBuf> {
    let mut config = repository()?;
    let watched = Value::Array(vec![built().to_string_lossy().into_owned().into()]);
    let build = Table::from_iter([("command".to_owned(), "true".into()), ("watch_dir".to_owned(), watched)]);
    config.insert("build".to_owned(), build.into());
    let place = folder().join("wrangler.toml");
    files::write_if_changed(&place, toml::to_string(&config)?.as_bytes())?;
    Ok(place)
}

/// Starts watching the sources in wrangler.toml, and the file itself; `state` is the folder of the database.
pub fn start(state: &Path) -> Result<()> {
    let mut sources = sources(&repository()?).context("wrangler.toml has no [build] with its watch_dir")?;
    sources.push(wrangler_toml());
    let state = state.to_owned();
    // The compiler prints its own errors; the last build is still served.
    thread::spawn(move || files::watch(&sources, || build_again(&state)));
    Ok(())
}

fn build_again(state: &Path) -> Result<()> {
    build::for_edit_loop()?;
    migrations::apply(state)?;
    configuration()?;
    name_build()
}

/// Names the present build, so that wrangler serves it.
pub fn name_build() -> Result<()> {
    let made = build::made_for_edit_loop();
    let names = [made.page, made.worker].map(Option::unwrap_or_default);
    files::leave_stamp(&built(), &names.join(" "))
}

fn sources(config: &Table) -> Option<Vec<PathBuf>> {
    let watched = config.get("build")?.get("watch_dir")?.as_array()?;
    watched.iter().map(|folder| Some(paths::root().join(folder.as_str()?))).collect()
}

fn repository() -> Result<Table> {
    files::read_text(&wrangler_toml())?.parse().context("wrangler.toml")
}

fn wrangler_toml() -> PathBuf {
    paths::root().join("wrangler.toml")
}

fn folder() -> PathBuf {
    paths::target().join("dev")
}

/// Returns the file that names the served build.
fn built() -> PathBuf {
    folder().join("built.stamp")
}
