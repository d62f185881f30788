//! Icons of the installed app (`ux.md` 2.1). Some systems take no SVG, so the build draws the mark as PNG. The pictures are not checked in,
//! and are drawn again only when the drawings or this file change.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree};

use crate::{files, paths};

/// Source of the pictures' code, which is one of their inputs.
const SOURCE: &str = "xtask/src/build/icons.rs";

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
    let inputs: Vec<PathBuf> = ICONS.iter().map(Icon::path).chain([paths::root().join(SOURCE)]).collect();
    let hash = files::hash_of_all(&inputs)?;
    if files::is_stamped(&stamp, &hash) && ICONS.iter().all(|icon| kept.join(icon.name).exists()) {
        return Ok(());
    }
    for icon in &ICONS {
        files::write_if_changed(&kept.join(icon.name), &icon.draw()?)?;
    }
    files::leave_stamp(&stamp, &hash)
}

impl Icon {
    fn path(&self) -> PathBuf {
        paths::root().join("public/assets").join(self.drawing)
    }

    /// Draws the picture as PNG.
    fn draw(&self) -> Result<Vec<u8>> {
        let drawing = files::read_text(&self.path())?;
        let tree = Tree::from_str(&drawing, &Options::default()).with_context(|| self.drawing.to_owned())?;
        let side = u32::from(self.side_px);
        let mut picture = Pixmap::new(side, side).with_context(|| format!("{} has no pixels", self.name))?;
        let (size, side) = (tree.size(), f32::from(self.side_px));
        resvg::render(&tree, Transform::from_scale(side / size.width(), side / size.height()), &mut picture.as_mut());
        picture.encode_png().with_context(|| self.name.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    /// Returns a number in the first block of a PNG.
    fn number(png: &[u8], at: usize) -> u32 {
        u32::from_be_bytes(png[at..at + 4].try_into().unwrap())
    }

    #[test]
    fn every_icon_is_a_png_of_its_size() {
        for icon in &ICONS {
            let png = icon.draw().unwrap();
            assert_eq!(png[..8], *b"\x89PNG\r\n\x1a\n", "{}", icon.name);
            let side = u32::from(icon.side_px);
            assert_eq!((number(&png, 16), number(&png, 20)), (side, side), "{}", icon.name);
        }
    }

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
