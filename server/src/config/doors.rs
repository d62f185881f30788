//! Variables of single doors; those of MessageHub are in `hub_config`.

use protocol::machines::webhook::{HookRow, Secret};
use protocol::trust::guard::{UrlPolicy, check_url};
use protocol::trust::jwt::covers;
use protocol::trust::secret::Strength;
use protocol::wire::livestore::read_store_hooks;

use super::reader::VariableReader;

/// Tokens that other systems sign (`core.md` 4.1).
#[derive(Clone, Debug)]
pub struct JwtConfig {
    /// Signs them; empty where there is none.
    pub secret: String,
    /// The secret before it: verifies, never signs.
    pub previous: Option<String>,
    /// Audience that tokens must name in `aud`.
    pub audience: Option<String>,
    /// Issuer that tokens must name in `iss`.
    pub issuer: Option<String>,
    /// A token of MessageHub without an end is none.
    pub hub_requires_exp: bool,
}

impl JwtConfig {
    pub(super) fn read(reader: &mut VariableReader<'_>) -> Self {
        Self {
            secret: reader.text("JWT_SECRET").unwrap_or_default(),
            previous: reader.text("JWT_SECRET_PREVIOUS"),
            audience: reader.text("JWT_AUDIENCE"),
            issuer: reader.text("JWT_ISSUER"),
            hub_requires_exp: reader.flag("JWT_REQUIRE_EXP", !reader.is_dev()),
        }
    }
}

/// The WasmChannel door (`wasmchannel.md`).
#[derive(Clone, Debug)]
pub struct WasmChannelConfig {
    /// Signs the cookie of the session routes; without it they are closed.
    pub cookie_secret: Option<String>,
    /// The secret before it: cookies that it signed are good, and are signed anew.
    pub cookie_secret_previous: Option<String>,
    /// The session routes ask for proof of being a person.
    pub asks_turnstile: bool,
}

impl WasmChannelConfig {
    pub(super) fn read(reader: &mut VariableReader<'_>) -> Self {
        Self {
            cookie_secret: reader.pepper("BETTER_AUTH_SECRET"),
            cookie_secret_previous: reader.secret("BETTER_AUTH_SECRET_PREVIOUS", Strength::Key, !reader.is_dev()),
            asks_turnstile: reader.flag("BETTER_AUTH_TURNSTILE", !reader.is_dev()),
        }
    }
}

/// People who may open a LiveStore store (`livestore.md` 14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreAuth {
    /// Everybody; a token that is given must be good all the same.
    Open,
    /// People whose token names the store.
    Jwt,
    /// People whom the owner's server lets in; nobody where its address or secret is missing.
    Url(Option<AuthServer>),
}

/// Server of the owner, which says who may open a store (`livestore.md` 14.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthServer {
    /// Its address. The form is checked, and the name is not resolved: it is the operator's own.
    pub url: String,
    /// Secret that signs the questions.
    pub secret: Secret,
}

#[derive(Clone, Debug)]
pub struct LiveStoreConfig {
    pub has_cors: bool,
    pub auth: StoreAuth,
    /// Receivers of pushes that the deployment names, each with the stores that it is for.
    webhooks: Vec<(String, HookRow)>,
    pub admin_secret: Option<String>,
    /// There is one, too short to be used.
    pub admin_is_weak: bool,
}

impl LiveStoreConfig {
    pub(super) fn read(reader: &mut VariableReader<'_>, place: UrlPolicy<'_>) -> Self {
        let admin_secret = reader.secret("ADMIN_SECRET", Strength::Token, !reader.is_dev());
        Self {
            has_cors: reader.flag("LIVESTORE_CORS", false),
            auth: store_auth(reader, place),
            webhooks: store_webhooks(reader, place),
            admin_is_weak: admin_secret.is_none() && reader.text("ADMIN_SECRET").is_some(),
            admin_secret,
        }
    }

    /// The deployment's receivers for a store.
    pub fn hooks_of(&self, store_id: &str) -> Vec<HookRow> {
        let is_meant = |(pattern, _): &&(String, HookRow)| covers(pattern, store_id);
        self.webhooks.iter().filter(is_meant).map(|(_, hook)| hook.clone()).collect()
    }
}

fn store_webhooks(reader: &mut VariableReader<'_>, place: UrlPolicy<'_>) -> Vec<(String, HookRow)> {
    match reader.text("LIVESTORE_WEBHOOKS").map(|text| read_store_hooks(&text, place)) {
        None => Vec::new(),
        Some(Some(hooks)) => hooks,
        Some(None) => {
            reader.complain("LIVESTORE_WEBHOOKS", "a list of receivers with store, url and secret");
            Vec::new()
        }
    }
}

/// In production nobody fills stores at the owner's cost unless the owner says so.
fn store_auth(reader: &mut VariableReader<'_>, place: UrlPolicy<'_>) -> StoreAuth {
    let server = auth_server(reader, place);
    match reader.text("LIVESTORE_AUTH").as_deref() {
        Some("open") => StoreAuth::Open,
        Some("jwt") => StoreAuth::Jwt,
        Some("url") => StoreAuth::Url(server),
        None if reader.is_dev() => StoreAuth::Open,
        None => StoreAuth::Jwt,
        Some(_) => {
            reader.complain("LIVESTORE_AUTH", "open, jwt or url");
            StoreAuth::Jwt
        }
    }
}

/// Returns the owner's server, if both of its variables are there.
fn auth_server(reader: &mut VariableReader<'_>, place: UrlPolicy<'_>) -> Option<AuthServer> {
    let url = reader.text("LIVESTORE_AUTH_URL");
    if url.as_deref().is_some_and(|url| check_url(url, place).is_err()) {
        reader.complain("LIVESTORE_AUTH_URL", "a public address that begins with https");
    }
    let given = reader.text("LIVESTORE_AUTH_SECRET");
    let secret = given.as_deref().and_then(Secret::parse);
    if given.is_some() && secret.is_none() {
        reader.complain("LIVESTORE_AUTH_SECRET", "whsec_ and 24 to 256 bytes in base64");
    }
    Some(AuthServer { url: url?, secret: secret? })
}
