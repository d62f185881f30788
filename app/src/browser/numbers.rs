//! Numbers as a language writes them.

/// `2,048`, in German `2.048`.
pub fn number_text(number: usize, language: &str) -> String {
    js_sys::Number::from(number as f64).to_locale_string(language).into()
}
