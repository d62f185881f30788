//! Addresses of the page's files: wasm, script and style sheets. A release build hashes their names, and the Worker's script carries the list
//! (`xtask/src/build/manifest.rs`), so that a changed style sheet compiles nothing.

use std::sync::OnceLock;

use serde::Deserialize;

/// Address of the icon that iOS shows for the installed app (`xtask/src/build/icons.rs`).
pub const TOUCH_ICON: &str = "/assets/apple-touch-icon.png";

/// Files of one build of the page.
#[derive(Debug, Deserialize)]
pub struct PageFiles {
    /// Address of the JavaScript glue of the browser's half.
    pub js: String,
    /// Address of the browser's wasm.
    pub wasm: String,
    /// Address of the style sheet of the messenger page.
    pub main_css: String,
    /// Address of the style sheet of the pages without a script.
    pub sign_in_css: String,
    /// Addresses of all other files that the script loads.
    pub later: Vec<String>,
    /// Name of this set of files.
    pub version: String,
}

static FILES: OnceLock<PageFiles> = OnceLock::new();

/// Sets the files of this process, once, before the first page is rendered.
///
/// # Errors
/// The text is not a manifest as the build writes it.
pub fn set_page_files(manifest: &str) -> serde_json::Result<()> {
    let files = serde_json::from_str(manifest)?;
    FILES.get_or_init(|| files);
    Ok(())
}

/// Returns the files of this process: those of the manifest, or the names without hashes.
pub fn page_files() -> &'static PageFiles {
    FILES.get_or_init(|| {
        let address = |name: &str| format!("/pkg/{name}");
        PageFiles {
            js: address("app.js"),
            wasm: address("app.wasm"),
            main_css: address("main.css"),
            sign_in_css: address("sign-in.css"),
            later: Vec::new(),
            version: "dev".to_owned(),
        }
    })
}

/// Returns the path of an address.
pub fn path_of(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.split_once("://").map_or(path, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]))
}
