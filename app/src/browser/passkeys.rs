//! Passkeys: the browser's own window for making one. Called by names (`named`), so that the page has no bindings of it.

use js_sys::{JSON, Promise, Reflect};
use protocol::json::{Value, write};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::named::{call_with, get, global};

/// What the server's description lacks: ES256 and nothing else, and kept where it can be found without a name.
const WISHES: &str = r#""pubKeyCredParams":[{"type":"public-key","alg":-7}],"attestation":"none","authenticatorSelection":{"residentKey":"required","requireResidentKey":true,"userVerification":"preferred"}}"#;

/// What this browser says it is, for the name of what it makes.
pub fn user_agent() -> String {
    get(&get(&global(), "navigator"), "userAgent").as_string().unwrap_or_default()
}

/// The browser can make passkeys from what a server says.
pub fn are_known() -> bool {
    get(&get(&global(), "PublicKeyCredential"), "parseCreationOptionsFromJSON").is_function()
}

/// Makes one as the server described it. Gives what to hand over, as a JSON object; nothing when the person did not want to, or has one
/// here already.
pub async fn make(asked: &Value) -> Option<String> {
    let mut options = write(asked);
    options.pop()?;
    options.push(',');
    options.push_str(WISHES);
    let options = JSON::parse(&options).ok()?;
    let parsed = call_with(&get(&global(), "PublicKeyCredential"), "parseCreationOptionsFromJSON", &options)?;
    let wanted = js_sys::Object::new();
    Reflect::set(&wanted, &"publicKey".into(), &parsed).ok()?;
    let credentials = get(&get(&global(), "navigator"), "credentials");
    let making: Promise = call_with(&credentials, "create", &wanted)?.dyn_into().ok()?;
    let made = JsFuture::from(making).await.ok()?;
    let told = call_with(&made, "toJSON", &JsValue::UNDEFINED)?;
    let handed = js_sys::Object::new();
    for (name, value) in [
        ("id", get(&told, "id")),
        ("clientDataJSON", get(&get(&told, "response"), "clientDataJSON")),
        ("attestationObject", get(&get(&told, "response"), "attestationObject")),
    ] {
        Reflect::set(&handed, &name.into(), &value).ok()?;
    }
    JSON::stringify(&handed).ok()?.as_string()
}
