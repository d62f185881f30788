//! The normal forms of Unicode that the runtime knows, for `protocol::content::normal`.

use js_sys::JsString;
use protocol::content::normal::Form;

/// `text` in a normal form, by `String.prototype.normalize`.
pub fn normalize(text: &str, form: Form) -> String {
    JsString::from(text).normalize(form.name()).into()
}
