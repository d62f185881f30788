//! Style sheets: lightningcss joins the imports, adds prefixes and minifies. No Rust code is built.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::files;
use crate::{paths, process};

/// All entries below `style/`, by their names in the page.
pub const SHEETS: [&str; 13] = [
    "main.css",
    "sign-in.css",
    "files.css",
    "home.css",
    "printed.css",
    "gallery.css",
    "admin.css",
    "developers.css",
    "demo.css",
    "demo-door.css",
    "embed.css",
    "offline.css",
    "stage.css",
];

/// Oldest browsers with full support: they know layers, `color-mix` and nesting. For browsers without `light-dark()` the tool writes
/// variables beside every `color-scheme`. Other sheets read those variables from the sheet with the tokens (`main.css`, `sign-in.css`).
const TARGETS: &str = "chrome >= 111, firefox >= 113, safari >= 16.4";

/// Bundles every sheet into a folder. A broken sheet keeps its old file.
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
    tool.args(["--custom-media", "--bundle", "--minify", "--targets", TARGETS]).arg(paths::style().join(sheet));
    let output = tool.output().map_err(|error| process::cannot_start(&tool, &error))?;
    anyhow::ensure!(output.status.success(), "style/{sheet}: {}", String::from_utf8_lossy(&output.stderr).trim());
    let css = String::from_utf8(output.stdout).with_context(|| format!("style/{sheet} is no text"))?;
    Ok(packed(&css).into_bytes())
}

/// Layers in order of precedence (`style/main.css`).
const LAYERS: &str = "@layer reset,tokens,base,layout,components,themes,motion,utilities;";
/// Order of the layers in the file: themes stand beside the tokens that they change. Compression looks back 32 KB, and a whole sheet is
/// twice as long.
const LYING: [&str; 8] = ["themes", "tokens", "base", "components", "utilities", "reset", "layout", "motion"];

/// Sorts the layers of a whole sheet for better compression, with their precedence declared first. Other sheets stay unchanged.
fn packed(css: &str) -> String {
    let place = |rule: &str| {
        let name = rule.strip_prefix("@layer ")?.split_once('{')?.0;
        LYING.iter().position(|layer| *layer == name)
    };
    let (mut layers, mut others) = (Vec::new(), String::new());
    for rule in rules_of(css) {
        match place(rule) {
            Some(place) => layers.push((place, rule)),
            None => others.push_str(rule),
        }
    }
    if !layers.iter().any(|(place, _)| LYING[*place] == "tokens") {
        return css.to_owned();
    }
    layers.sort_by_key(|(place, _)| *place);
    let layers: String = layers.into_iter().map(|(_, rule)| rule).collect();
    format!("{LAYERS}{layers}{others}")
}

/// Returns the outermost rules of a sheet. No text in our sheets contains a brace or a semicolon.
fn rules_of(css: &str) -> Vec<&str> {
    let (mut rules, mut depth, mut begin) = (Vec::new(), 0_i32, 0);
    for (at, letter) in css.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ';' => {}
            _ => continue,
        }
        if depth == 0 && letter != '{' {
            rules.push(&css[begin..=at]);
            begin = at + 1;
        }
    }
    rules.extend(Some(css[begin..].trim()).filter(|rest| !rest.is_empty()));
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_lie_side_by_side_and_win_in_their_order() {
        let css = "@layer tokens{:root{--a:1;--b:2}}@layer base{a{b:c}}@layer themes{[d]{--a:3}}@layer motion.run,motion.still;";
        let packed = packed(css);
        assert!(packed.starts_with(
            "@layer reset,tokens,base,layout,components,themes,motion,utilities;@layer themes{[d]{--a:3}}@layer tokens{"
        ));
        assert!(packed.ends_with("@layer base{a{b:c}}@layer motion.run,motion.still;"));
        assert_eq!(packed.len(), css.len() + LAYERS.len());
        // A later sheet, and the one that declares the layers.
        let later = "@layer reset,tokens;@layer components{a{b:c}}@layer themes{d{e:f}}";
        assert_eq!(super::packed(later), later);
        let main = std::fs::read_to_string(paths::style().join("main.css")).unwrap();
        assert!(main.replace(", ", ",").contains(LAYERS));
    }
}
