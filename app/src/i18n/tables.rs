//! The texts themselves, which `build.rs` writes: a table for each language, of each kind of texts.

include!(concat!(env!("OUT_DIR"), "/i18n_tables.rs"));

/// Texts in one string, and where each begins.
#[derive(Clone, Copy)]
pub(super) struct Table {
    texts: &'static str,
    starts: &'static [u16],
}

impl Table {
    pub(super) const EMPTY: Self = Self { texts: "", starts: &[] };

    /// The text with this number; nothing where there is none.
    pub(super) fn text(self, number: u16) -> &'static str {
        let number = usize::from(number);
        let bounds = self.starts.get(number).zip(self.starts.get(number + 1));
        bounds.and_then(|(from, to)| self.texts.get(usize::from(*from)..usize::from(*to))).unwrap_or_default()
    }
}

/// The texts of the page in one language.
#[derive(Clone, Copy)]
pub(super) struct Words {
    /// Those that it shows from its beginning.
    pub(super) page: Table,
    /// Those of lazy views.
    pub(super) lazy: Table,
}
