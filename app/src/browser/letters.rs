//! Letters of any script, as the browser knows them: the tables of Rust's own would be on their way to it a second time.

use js_sys::{Array, Intl, JsString, Object, Reflect};

/// `text` in lower case, for comparing.
pub fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}

/// The beginning of `text` that the server would take: so many graphemes and so many bytes at most. Where the browser does not
/// know graphemes it is all of it, and the server says what it thinks.
pub fn at_most(text: &str, graphemes_max: usize, bytes_max: usize) -> String {
    // Graphemes have a byte at least.
    if text.len() <= graphemes_max {
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

/// Where that grapheme begins, in UTF-16 units; `None` where there are fewer.
fn place_of(text: &str, grapheme: u32) -> Option<u32> {
    let intl = Reflect::get(&js_sys::global(), &"Intl".into()).ok()?;
    // The last browsers that had none are of 2024.
    if !Reflect::has(&intl, &"Segmenter".into()).unwrap_or(false) {
        return None;
    }
    let segments = Intl::Segmenter::new(&Array::new(), &Object::new()).segment(text);
    // Asking what is not there for a member fails.
    let index = Reflect::get(&Array::from(&segments).get(grapheme), &"index".into()).ok()?;
    index.as_f64().map(|index| index as u32)
}
