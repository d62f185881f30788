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

impl PageFiles {
    /// Returns the chunks with the texts of a language: the texts, and what all chunks share. The first language has none.
    pub fn texts_of(&self, language: &str) -> impl Iterator<Item = &str> {
        let texts = format!("/pkg/split_texts_{language}.");
        let has_texts = self.later.iter().any(|file| file.starts_with(&texts));
        let is_needed = move |file: &&str| has_texts && (file.starts_with("/pkg/shared.") || file.starts_with(&texts));
        self.later.iter().map(String::as_str).filter(is_needed)
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_needs_its_texts_and_what_they_share_with_other_chunks() {
        let later = ["shared.1.wasm", "split_talk.2.wasm", "split_texts_de.3.wasm"].map(|name| format!("/pkg/{name}"));
        let files = PageFiles {
            js: String::new(),
            wasm: String::new(),
            main_css: String::new(),
            sign_in_css: String::new(),
            later: later.into(),
            version: String::new(),
        };
        let of = |language| files.texts_of(language).collect::<Vec<_>>();
        assert_eq!(of("de"), ["/pkg/shared.1.wasm", "/pkg/split_texts_de.3.wasm"]);
        assert_eq!(of("en"), [""; 0]);
    }
}
