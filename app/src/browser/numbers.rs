//! Numbers in the format of a language.

use js_sys::{Array, Intl};
use wasm_bindgen::JsValue;

use super::device::{object, window};

/// Formats `2,048`, in German `2.048`. The server writes plain digits.
pub fn number_text(number: usize, language: &str) -> String {
    if window().is_none() {
        return number.to_string();
    }
    js_sys::Number::from(number as f64).to_locale_string(language).into()
}

/// Formats `2.0`, in German `2,0`, with exactly one decimal.
pub fn tenths_text(tenths: u64, language: &str) -> String {
    let options = object(&[("minimumFractionDigits", JsValue::from_f64(1.0))]);
    let format = Intl::NumberFormat::new(&Array::of1(&language.into()), &options);
    let text = format.format().call1(&JsValue::UNDEFINED, &JsValue::from_f64(tenths as f64 / 10.0));
    text.ok().and_then(|text| text.as_string()).unwrap_or_default()
}
