//! Joins the two halves: static files, style sheets and the page's programs become the folder of the assets, and the Worker's script gets
//! the manifest. Nothing is compiled here, and only changed files are written, because `wrangler dev` reloads for each.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use super::manifest::{self, PageBundle};
use super::{Place, Profile, icons, words};
use crate::{files, paths, styles};

/// Style sheets with hashed names, which documents name by the manifest. All others have plain names.
const HASHED_SHEETS: [&str; 2] = ["main.css", "sign-in.css"];

/// Makes the folders of the place from the two halves.
pub fn put_together(profile: Profile, page: &Path, worker: &Path, place: &Place) -> Result<()> {
    let made = paths::target().join("made").join(profile.name()).join("site");
    if made.exists() {
        fs::remove_dir_all(&made).context("cannot clear the site")?;
    }
    let pkg = made.join("pkg");
    files::copy_all(&page.join("pkg"), &pkg)?;
    styles::bundle_all(&pkg)?;
    let sheets = match profile {
        Profile::Dev => HASHED_SHEETS.map(|sheet| Ok(sheet.to_owned())),
        Profile::Release => HASHED_SHEETS.map(|sheet| files::hashed(&pkg.join(sheet))),
    };
    let [main_css, sign_in_css] = sheets;
    static_files(&made)?;
    mark_immutable(&made)?;
    files::mirror(&made, &place.site)?;
    let script = files::read_text(&worker.join("index.js"))?;
    let script = manifest::prepend(&script, &PageBundle::read(page)?, &main_css?, &sign_in_css?);
    files::write_if_changed(&place.worker.join("index_bg.wasm"), &files::read(&worker.join("index_bg.wasm"))?)?;
    files::write_if_changed(&place.worker.join("index.js"), script.as_bytes())
}

/// Copies `public/` with its texts and draws the icons. Adds as plain text the runbooks of alarms, which the operators' page links to, and
/// the guides, which `/developers` links to.
fn static_files(made: &Path) -> Result<()> {
    files::copy_all(&paths::root().join("public"), made)?;
    words::write(made)?;
    icons::write(made)?;
    for folder in ["runbooks", "guides"] {
        for page in files::walk(&paths::root().join("docs").join(folder)) {
            let name = page.file_stem().context("a page of docs has no name")?.to_string_lossy().into_owned();
            files::write_if_changed(&made.join(format!("assets/{folder}/{name}.txt")), &files::read(&page)?)?;
        }
    }
    Ok(())
}

/// Makes files with a hash in the name cached for ever, because their content never changes.
fn mark_immutable(made: &Path) -> Result<()> {
    let path = made.join("_headers");
    let mut rules = files::read_text(&path)?;
    let mut names = BTreeSet::new();
    for file in files::walk(&made.join("pkg")) {
        let name = files::name_of(&file);
        if name.split('.').nth(1).is_some_and(|part| part.len() == files::HASH_DIGITS) {
            names.insert(name);
        }
    }
    for name in names {
        rules.push_str(&format!("\n/pkg/{name}\n  Cache-Control: public, max-age=31536000, immutable\n"));
    }
    fs::write(&path, rules).context("cannot write the rules of the assets")
}
