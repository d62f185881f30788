//! Letters of any script, by functions of the browser. Rust's own tables, which the server has, would make the wasm file larger.

use js_sys::{Array, Intl, JsString, Object, Reflect};

/// Accents that normal form D writes after their letters.
const ACCENTS: std::ops::RangeInclusive<char> = '\u{300}'..='\u{36f}';

/// Returns `text` in lower case, for comparison.
pub fn lower(text: &str) -> String {
    if !cfg!(feature = "hydrate") {
        return text.to_lowercase();
    }
    JsString::from(text).to_lower_case().into()
}

/// Returns `text` in lower case and without accents, for a search.
pub fn comparable(text: &str) -> String {
    if !cfg!(feature = "hydrate") {
        return text.to_lowercase();
    }
    let apart: String = JsString::from(text).normalize("NFD").to_lower_case().into();
    apart.chars().filter(|letter| !ACCENTS.contains(letter)).collect()
}

/// Returns the longest beginning of `text` that the server would accept, by graphemes and bytes. A browser that cannot split graphemes
/// returns the whole text, and the server decides.
pub fn at_most(text: &str, graphemes_max: usize, bytes_max: usize) -> String {
    // Every grapheme has at least one byte.
    if text.len() <= graphemes_max || !cfg!(feature = "hydrate") {
        return text.to_owned();
    }
    // The pasted text may be a book.
    let begin: String = text.chars().take(bytes_max).collect();
    let fits = |first: &String| first.len() <= bytes_max;
    let found = (0..=graphemes_max).rev().map(|count| first_graphemes(&begin, count)).find(fits);
    found.unwrap_or(begin)
}

fn first_graphemes(text: &str, count: usize) -> String {
    match place_of(text, count as u32) {
        Some(end) => JsString::from(text).slice(0, end).into(),
        None => text.to_owned(),
    }
}

/// Returns the start of a grapheme in UTF-16 units; `None` if there are fewer.
fn place_of(text: &str, grapheme: u32) -> Option<u32> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    // Browsers before 2024 may lack the segmenter.
    if !Reflect::has(&intl, &"Segmenter".into()).unwrap_or(false) {
        return None;
    }
    let segments = Intl::Segmenter::new(&Array::new(), &Object::new()).segment(text);
    // A missing grapheme is `undefined`, and reading a member of it fails.
    let index = Reflect::get(&Array::from(&segments).get(grapheme), &"index".into()).ok()?;
    index.as_f64().map(|index| index as u32)
}
