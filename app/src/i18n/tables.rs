//! Tables of texts, which `build.rs` generates: one for each language and kind of text.

include!(concat!(env!("OUT_DIR"), "/i18n_tables.rs"));

/// Texts in one string, with the start of each.
#[derive(Clone, Copy)]
pub(super) struct Table {
    texts: &'static str,
    starts: &'static [u16],
}

impl Table {
    pub(super) const EMPTY: Self = Self { texts: "", starts: &[] };

    /// Returns the text with this number; empty if there is none.
    pub(super) fn text(self, number: u16) -> &'static str {
        let number = usize::from(number);
        let bounds = self.starts.get(number).zip(self.starts.get(number + 1));
        bounds.and_then(|(from, to)| self.texts.get(usize::from(*from)..usize::from(*to))).unwrap_or_default()
    }
}

/// Texts of the page in one language.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// Texts that the page needs from its beginning.
    pub(super) page: Table,
    /// Texts of lazy views.
    pub(super) lazy: Table,
}
