//! Passkeys: creation in the browser's dialog, and reports about them to the browser.

use js_sys::{JSON, Promise, Reflect};
use protocol::codec::json::{Value, json_text, write};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{CredentialCreationOptions, PublicKeyCredentialCreationOptions};

use super::device::{method, unheard, window};

/// Members that the server's options lack: only ES256, and a passkey that can be found without a name.
const WISHES: &str = r#""pubKeyCredParams":[{"type":"public-key","alg":-7}],"attestation":"none","authenticatorSelection":{"residentKey":"required","requireResidentKey":true,"userVerification":"required"}}"#;

#[wasm_bindgen]
extern "C" {
    /// Parses the options of the server. `web_sys` has this function as an unstable API only.
    #[wasm_bindgen(catch, js_namespace = PublicKeyCredential, js_name = parseCreationOptionsFromJSON)]
    fn parse_creation_options(described: &JsValue) -> Result<PublicKeyCredentialCreationOptions, JsValue>;
}

/// Returns the browser's user agent, for the name of the passkey.
pub fn user_agent() -> String {
    window().and_then(|window| window.navigator().user_agent().ok()).unwrap_or_default()
}

fn class() -> Option<JsValue> {
    Reflect::get(&window()?.into(), &"PublicKeyCredential".into()).ok()
}

/// Returns `true` if the browser can make passkeys from the options of the server.
pub fn are_known() -> bool {
    class().is_some_and(|class| method(&class, "parseCreationOptionsFromJSON").is_some())
}

/// Returns `true` if the page has an IP address instead of a name. Passkeys belong to names, so browsers make none there.
pub fn is_nameless() -> bool {
    let host = window().and_then(|window| window.location().hostname().ok()).unwrap_or_default();
    host.starts_with('[') || (!host.is_empty() && host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}

/// Reports something about the passkeys of this person, if the browser has a method of this name for it. `members` belong to the reported
/// JSON object.
pub fn report(name: &str, user: &str, members: &str) {
    let begin = || {
        let (class, window) = (class()?, window()?);
        let (party, id) = (window.location().hostname().ok()?, window.btoa(user).ok()?);
        let id = id.replace('+', "-").replace('/', "_");
        let (party, id) = (json_text(&party), json_text(id.trim_end_matches('=')));
        let described = JSON::parse(&format!("{{\"rpId\":{party},\"userId\":{id},{members}}}")).ok()?;
        method(&class, name)?.call1(&class, &described).ok()?.dyn_into::<Promise>().ok()
    };
    // A report that the browser refuses changes nothing.
    if let Some(promise) = begin() {
        unheard(promise);
    }
}

/// Makes a passkey from the options of the server, and returns it as a JSON object. `None` if the person declined or already has one on
/// this device.
pub async fn make(asked: &Value) -> Option<String> {
    let window = window()?;
    let mut described = write(asked);
    described.pop()?;
    described.push(',');
    described.push_str(WISHES);
    let wanted = CredentialCreationOptions::new();
    wanted.set_public_key(&parse_creation_options(&JSON::parse(&described).ok()?).ok()?);
    let making = window.navigator().credentials().create_with_options(&wanted).ok()?;
    let made = JsFuture::from(making).await.ok()?;
    // The credential has its own conversion to JSON.
    let credential = Value::parse(&JSON::stringify(&made).ok()?.as_string()?)?;
    let response = credential.get("response")?;
    let handed = [
        ("id", credential.get("id")?),
        ("clientDataJSON", response.get("clientDataJSON")?),
        ("attestationObject", response.get("attestationObject")?),
    ];
    Some(write(&Value::Record(handed.map(|(name, value)| (name.to_owned(), value.clone())).into())))
}
