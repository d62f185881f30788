//! Quick texts: short texts of the person's own, which the composer offers (`ux.md` 2.11). They are stored with the arrangement of the list.
//!
//! Pure. `home_fields` makes fields of them.

use protocol::words::limits::QUICK_TEXTS_MAX;

use super::arrangement::{Arrangement, shift};

protocol::record! {
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct QuickText {
        /// Id on all devices.
        pub id: String = "id",
        /// The text, in one line.
        pub text: String = "text",
    }
}

impl Arrangement {
    /// Adds a quick text at the end. An empty one and one too many add nothing.
    pub fn add_quick_text(&mut self, id: String, text: &str) {
        if !text.is_empty() && self.quick_texts.len() < QUICK_TEXTS_MAX {
            self.quick_texts.push(QuickText { id, text: text.to_owned() });
        }
    }

    /// Changes a quick text. An empty text changes nothing.
    pub fn change_quick_text(&mut self, id: &str, text: &str) {
        if let Some(known) = self.quick_texts.iter_mut().find(|known| known.id == id && !text.is_empty()) {
            text.clone_into(&mut known.text);
        }
    }

    pub fn move_quick_text(&mut self, id: &str, is_up: bool) {
        shift(&mut self.quick_texts, |known| known.id == id, is_up);
    }

    pub fn remove_quick_text(&mut self, id: &str) {
        self.quick_texts.retain(|known| known.id != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(arrangement: &Arrangement) -> Vec<&str> {
        arrangement.quick_texts.iter().map(|known| known.text.as_str()).collect()
    }

    #[test]
    fn quick_texts_are_added_changed_ordered_and_removed() {
        let mut arrangement = Arrangement::default();
        for text in ["one", "two", "three", ""] {
            arrangement.add_quick_text(format!("id-{text}"), text);
        }
        arrangement.change_quick_text("id-two", "TWO");
        arrangement.change_quick_text("id-one", "");
        arrangement.move_quick_text("id-three", true);
        arrangement.move_quick_text("id-one", true);
        arrangement.move_quick_text("id-two", false);
        assert_eq!(texts(&arrangement), ["one", "three", "TWO"]);
        arrangement.remove_quick_text("id-three");
        assert_eq!(texts(&arrangement), ["one", "TWO"]);
    }

    #[test]
    fn one_too_many_is_not_added() {
        let mut arrangement = Arrangement::default();
        for number in 0..=QUICK_TEXTS_MAX {
            arrangement.add_quick_text(number.to_string(), "again");
        }
        assert_eq!(arrangement.quick_texts.len(), QUICK_TEXTS_MAX);
    }
}
