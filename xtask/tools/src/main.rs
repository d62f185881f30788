//! Steps of the build that need large libraries: wasm is cut and bound, icons are drawn. `cargo xtask` compiles this program beside the page
//! and the Worker (`xtask/src/setup.rs`), so that its own start does not wait for these libraries.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};
use wasm_bindgen_cli_support::Bindgen;

const USAGE: &str = "build-tools split WASM FOLDER NAME · page dev|release WASM FOLDER NAME · worker dev|release WASM FOLDER NAME · \
                     draw SVG PNG SIDE";

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[..] {
        ["split", wasm, folder, name] => split(Path::new(wasm), Path::new(folder), name),
        ["page", profile, wasm, folder, name] => page(profile == "release", wasm, name)?.generate(folder),
        ["worker", profile, wasm, folder, name] => worker(profile == "dev", wasm, name)?.generate(folder),
        ["draw", svg, png, side] => draw(Path::new(svg), Path::new(png), side.parse().context(USAGE)?),
        _ => bail!("{USAGE}"),
    }
}

/// Cuts a program into `NAME.wasm`, its chunks and their loader.
fn split(wasm: &Path, folder: &Path, name: &str) -> Result<()> {
    let whole = fs::read(wasm).with_context(|| format!("cannot read {}", wasm.display()))?;
    let (main, module) = (folder.join(format!("{name}.wasm")), format!("./{name}.js"));
    let mut options = wasm_split_cli_support::Options::new(&whole);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = &module;
    options.target.web();
    // `eyre` and `anyhow` do not take each other's errors.
    wasm_split_cli_support::transform(options).map(drop).map_err(|error| anyhow!("{error:#}"))
}

/// Returns the binding of a program to a page. The chunks use exports of the linker.
fn page(is_release: bool, wasm: &str, name: &str) -> Result<Bindgen> {
    let mut bindgen = Bindgen::new();
    bindgen.web(true)?.keep_lld_exports(true);
    bindgen.remove_name_section(is_release).remove_producers_section(is_release);
    bindgen.omit_default_module_path(false).input_path(wasm).out_name(name);
    Ok(bindgen)
}

/// Returns the binding of a Worker, which can be started again after a panic (`xtask/wasm/worker.mjs`).
fn worker(is_dev: bool, wasm: &str, name: &str) -> Result<Bindgen> {
    let mut bindgen = Bindgen::new();
    bindgen.module(true)?.debug(is_dev);
    bindgen.reset_state_function(true).force_enable_abort_handler(true);
    bindgen.omit_default_module_path(false).input_path(wasm).out_name(name);
    Ok(bindgen)
}

/// Draws a square picture.
fn draw(svg: &Path, png: &Path, side_px: u16) -> Result<()> {
    let drawing = fs::read_to_string(svg).with_context(|| format!("cannot read {}", svg.display()))?;
    let tree = Tree::from_str(&drawing, &Options::default()).with_context(|| svg.display().to_string())?;
    let mut picture = Pixmap::new(u32::from(side_px), u32::from(side_px)).context("a picture without pixels")?;
    let (size, side) = (tree.size(), f32::from(side_px));
    resvg::render(&tree, Transform::from_scale(side / size.width(), side / size.height()), &mut picture.as_mut());
    picture.save_png(png).with_context(|| format!("cannot write {}", png.display()))
}
