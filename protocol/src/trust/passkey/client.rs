//! Client data (WebAuthn 5.8.1): JSON in which the browser states the request and its origin. The authenticator signs its hash.

use super::flaw::Flaw;
use crate::codec::json::Value;

/// Purpose of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    Register,
    Login,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientData {
    /// The challenge as it was issued.
    pub challenge: String,
    kind: String,
    origin: String,
    is_cross_origin: bool,
}

impl ClientData {
    /// Parses client data. Unknown members are ignored, because later versions may add some.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let value = Value::parse(std::str::from_utf8(bytes).ok()?)?;
        let text = |name: &str| value.get(name)?.as_str().map(str::to_owned);
        // Any value but `false` counts as `true`.
        let is_cross_origin = !matches!(value.get("crossOrigin"), None | Some(Value::Bool(false)));
        Some(Self { challenge: text("challenge")?, kind: text("type")?, origin: text("origin")?, is_cross_origin })
    }

    /// Compares the data with the request. Returns the relying party of the page.
    pub fn check(&self, ceremony: Ceremony, is_allowed: &dyn Fn(&str) -> bool) -> Result<&str, Flaw> {
        let kind = match ceremony {
            Ceremony::Register => "webauthn.create",
            Ceremony::Login => "webauthn.get",
        };
        if self.kind != kind {
            return Err(Flaw::Kind);
        }
        if !is_allowed(&self.origin) {
            return Err(Flaw::Origin);
        }
        if self.is_cross_origin {
            return Err(Flaw::CrossOrigin);
        }
        Ok(relying_party(&self.origin))
    }
}

/// Returns the relying party of a page: the host of its origin.
pub fn relying_party(origin: &str) -> &str {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}
