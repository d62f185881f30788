//! Manifest of the page's files, at the beginning of the Worker's script. The Worker's pages name the files that the browser loads, and
//! neither half is compiled for the other one's names. `server/src/platform/page_files.rs` parses it.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::files;

/// Name of the global variable of the Worker's script.
const VARIABLE: &str = "CFM_PAGE_FILES";
/// Name of the list beside the page's files.
const LIST: &str = "programs.json";

/// Names of the page's programs below `/pkg/`.
pub struct PageBundle {
    /// Script that the page starts with.
    pub js: String,
    /// Wasm that the page starts with.
    pub wasm: String,
    /// Files that the script loads later.
    pub later: Vec<String>,
}

impl PageBundle {
    /// Writes the list into the folder of the half.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let list = json!({ "js": self.js, "wasm": self.wasm, "later": self.later });
        fs::write(folder.join(LIST), list.to_string()).context("cannot write the list of programs")
    }

    /// Parses the list.
    pub fn read(folder: &Path) -> Result<Self> {
        let list: Value = serde_json::from_str(&files::read_text(&folder.join(LIST))?).context(LIST)?;
        let text = |value: &Value| value.as_str().map(str::to_owned).with_context(|| format!("{LIST} lacks a name"));
        let later = list["later"].as_array().context("no list of later parts")?;
        Ok(Self {
            js: text(&list["js"])?,
            wasm: text(&list["wasm"])?,
            later: later.iter().map(text).collect::<Result<_>>()?,
        })
    }
}

/// Returns the Worker's script with the manifest in front. `main_css` and `sign_in_css` are names below `/pkg/`.
pub fn prepend(script: &str, bundle: &PageBundle, main_css: &str, sign_in_css: &str) -> String {
    let address = |name: &str| format!("/pkg/{name}");
    let version = files::hash([&bundle.js, &bundle.wasm, main_css, sign_in_css].join("\n").as_bytes());
    let manifest = json!({
        "js": address(&bundle.js),
        "wasm": address(&bundle.wasm),
        "main_css": address(main_css),
        "sign_in_css": address(sign_in_css),
        "later": bundle.later.iter().map(|name| address(name)).collect::<Vec<_>>(),
        "version": &version[..files::HASH_DIGITS],
    });
    format!("globalThis.{VARIABLE}={};\n{script}", Value::String(manifest.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_begins_with_addresses() {
        let bundle =
            PageBundle { js: "app.1.js".into(), wasm: "app.2.wasm".into(), later: vec!["split_a.3.wasm".into()] };
        let script = prepend("import x;", &bundle, "main.4.css", "sign-in.5.css");
        let line = script.strip_suffix(";\nimport x;").and_then(|line| line.strip_prefix("globalThis.CFM_PAGE_FILES="));
        let text: String = serde_json::from_str(line.unwrap()).unwrap();
        let manifest: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(manifest["wasm"], "/pkg/app.2.wasm");
        assert_eq!(manifest["later"][0], "/pkg/split_a.3.wasm");
        assert_eq!(manifest["version"].as_str().map(str::len), Some(files::HASH_DIGITS));
    }
}
