//! Style sheets: lightningcss joins the imports, adds prefixes and minifies. No Rust build is involved.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::files;
use crate::{paths, process};

/// Every entry below `style/`, by the name it has in the page.
pub const SHEETS: [&str; 5] = ["main.css", "sign-in.css", "talk.css", "home.css", "gallery.css"];

/// Oldest browsers that get the whole look: they know layers, `color-mix` and nesting.
const TARGETS: &str = "chrome >= 111, firefox >= 113, safari >= 16.4";

/// Bundles every sheet into a folder. A broken sheet leaves the old file in place.
pub fn bundle_all(into: &Path) -> Result<()> {
    fs::create_dir_all(into).with_context(|| format!("cannot make {}", into.display()))?;
    for sheet in SHEETS {
        let css = bundle(sheet)?;
        files::write_if_changed(&into.join(sheet), &css)?;
    }
    Ok(())
}

fn bundle(sheet: &str) -> Result<Vec<u8>> {
    let mut tool = process::command(paths::npm_bin("lightningcss"));
    tool.args(["--bundle", "--minify", "--targets", TARGETS]).arg(paths::style().join(sheet));
    let output = tool.output().map_err(|error| process::cannot_start(&tool, &error))?;
    anyhow::ensure!(output.status.success(), "style/{sheet}: {}", String::from_utf8_lossy(&output.stderr).trim());
    Ok(output.stdout)
}
