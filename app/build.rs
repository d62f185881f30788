//! Writes `locales/*.json` as the Rust module `i18n`: a text that is missing in a language, or named wrongly in a component,
//! does not compile.
//!
//! The macro of leptos_i18n does the same, but not with the option for texts in attributes.

use std::env;
use std::error::Error;
use std::fs;
use std::path::PathBuf;

use leptos_i18n_parser::parse_locales::options::{Config, ParseOptions};
use leptos_i18n_parser::parse_locales::parse_locales;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=locales");
    println!("cargo:rerun-if-changed=build.rs");
    let mut languages = Config::new("en").map_err(|error| error.to_string())?;
    languages = languages.add_locale("de").map_err(|error| error.to_string())?;
    languages.options = ParseOptions::new().interpolate_display(true);
    let package = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let texts = parse_locales(Some(package), languages).map_err(|error| error.to_string())?;
    let module = leptos_i18n_codegen::gen_code(&texts, None, true, None, false).map_err(|error| error.to_string())?;
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("i18n.rs"), module.to_string())?;
    Ok(())
}
