//! Letters of any script, as the browser knows them: the tables of Rust's own would be on their way to it a second time.

use js_sys::JsString;

/// `text` in lower case, for comparing.
pub fn lower(text: &str) -> String {
    JsString::from(text).to_lower_case().into()
}
