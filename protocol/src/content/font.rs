//! Font of a chat: colour, face and style of its letters (`messenger.md` 5.3).

crate::record! {
    /// Font of a chat; every member may be missing.
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct Font {
        /// 0–15.
        pub color: Option<u8> = "color" or None,
        /// 0–5.
        pub face: Option<u8> = "face" or None,
        /// Bits 0–15.
        pub style: Option<u8> = "style" or None,
    }
}

impl Font {
    /// Bit of `style`: bold.
    pub const BOLD: u8 = 1;
    /// Bit of `style`: italic.
    pub const ITALIC: u8 = 2;
    /// Bit of `style`: underlined.
    pub const UNDERLINED: u8 = 4;
    /// Bit of `style`: struck out.
    pub const STRUCK: u8 = 8;

    pub fn has(&self, bit: u8) -> bool {
        self.style.unwrap_or(0) & bit != 0
    }

    /// Returns the font with one bit of `style` inverted.
    #[must_use]
    pub fn toggled(self, bit: u8) -> Self {
        Self { style: Some(self.style.unwrap_or(0) ^ bit).filter(|bits| *bits != 0), ..self }
    }

    /// Returns the font in one of the [`FONT_COLORS`](crate::words::limits::FONT_COLORS); the first is that of the page.
    #[must_use]
    pub fn colored(self, color: u8) -> Self {
        Self { color: Some(color).filter(|color| *color != 0), ..self }
    }

    /// Returns the font with one of the [`FONT_FACES`](crate::words::limits::FONT_FACES); the first is that of the page.
    #[must_use]
    pub fn faced(self, face: u8) -> Self {
        Self { face: Some(face).filter(|face| *face != 0), ..self }
    }
}

// An invalid member counts as absent.
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_says_only_what_differs_from_the_page() {
        let font = Font::default().colored(3).faced(2).toggled(Font::BOLD).toggled(Font::STRUCK);
        assert_eq!(font, Font { color: Some(3), face: Some(2), style: Some(9) });
        assert!(font.has(Font::BOLD) && font.has(Font::STRUCK) && !font.has(Font::ITALIC));
        let plain = font.colored(0).faced(0).toggled(Font::STRUCK).toggled(Font::BOLD);
        assert_eq!(plain, Font::default());
    }
}
