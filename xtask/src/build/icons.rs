//! Icons of the installed app (`ux.md` 2.1). Some systems take no SVG, so the build draws the mark as PNG. The pictures are not checked in,
//! and are drawn again only when the drawings or the code change.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::{files, paths, process, setup};

/// Sources of the pictures' code, which are inputs of them.
const SOURCES: [&str; 2] = ["xtask/src/build/icons.rs", "xtask/tools/src/main.rs"];

/// Picture of a drawing.
struct Icon {
    /// File below `public/assets`.
    drawing: &'static str,
    /// File below `assets` of the site.
    name: &'static str,
    /// Width and height.
    side_px: u16,
}

/// All pictures. The manifest names those that Android and desktops use; iOS masks the last one and needs a ground.
const ICONS: [Icon; 4] = [
    Icon { drawing: "icon.svg", name: "icon-192.png", side_px: 192 },
    Icon { drawing: "icon.svg", name: "icon-512.png", side_px: 512 },
    Icon { drawing: "icon-maskable.svg", name: "icon-maskable-512.png", side_px: 512 },
    Icon { drawing: "icon-maskable.svg", name: "apple-touch-icon.png", side_px: 180 },
];

/// Writes the pictures into the assets of a site.
pub fn write(made: &Path) -> Result<()> {
    let kept = paths::target().join("made/icons");
    draw_all(&kept)?;
    files::copy_all(&kept, &made.join("assets"))
}

fn draw_all(kept: &Path) -> Result<()> {
    let stamp = kept.with_extension("stamp");
    let sources = SOURCES.map(|source| paths::root().join(source));
    let inputs: Vec<PathBuf> = ICONS.iter().map(Icon::path).chain(sources).collect();
    let hash = files::hash_of_all(&inputs)?;
    if files::is_stamped(&stamp, &hash) && ICONS.iter().all(|icon| kept.join(icon.name).exists()) {
        return Ok(());
    }
    fs::create_dir_all(kept).with_context(|| format!("cannot make {}", kept.display()))?;
    for icon in &ICONS {
        let mut draw = setup::build_tool()?;
        draw.arg("draw").arg(icon.path()).arg(kept.join(icon.name)).arg(icon.side_px.to_string());
        process::run(&mut draw)?;
    }
    files::leave_stamp(&stamp, &hash)
}

impl Icon {
    fn path(&self) -> PathBuf {
        paths::root().join("public/assets").join(self.drawing)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn the_manifest_names_pictures_that_the_build_draws() {
        let path = paths::root().join("public/manifest.webmanifest");
        let manifest: Value = serde_json::from_str(&files::read_text(&path).unwrap()).unwrap();
        let named: Vec<(&str, &str)> = manifest["icons"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|icon| icon["type"] == "image/png")
            .map(|icon| (icon["src"].as_str().unwrap(), icon["sizes"].as_str().unwrap()))
            .collect();
        assert_eq!(named.len(), 3);
        for (address, sizes) in named {
            let icon = ICONS.iter().find(|icon| address == format!("/assets/{}", icon.name));
            let side = icon.expect(address).side_px;
            assert_eq!(sizes, format!("{side}x{side}"));
        }
    }
}
