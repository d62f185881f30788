//! Credentials that open an operation. The Worker takes only these on a route, and `/openapi.json` lists them.

use serde_json::{Value, json};

use super::is_hub;
use super::operations::{OPERATIONS, Operation};

/// Credentials that open an operation. Any other credential is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// `true` if a request without a credential is answered with 401.
    pub is_needed: bool,
    /// Session of the messenger, as bearer or cookie (`sign-in.md` 2).
    pub session: bool,
    /// Session of a demo room (`demo.md` 3).
    pub demo: bool,
    /// Session of the session routes, as bearer or cookie (`wasmchannel.md` 4.1).
    pub library: bool,
    /// Token of a bot of a group (`integrations.md` 7.2).
    pub bot: bool,
}

/// Open to everyone; sessions are ignored.
pub const OPEN: Access = Access { is_needed: false, session: false, demo: false, library: false, bot: false };
/// Open to everyone; a session is optional.
pub const MAYBE: Access = Access { session: true, ..OPEN };
/// Open to people with a session.
pub const SIGNED_IN: Access = Access { is_needed: true, ..MAYBE };
/// Open to people of a demo room only.
pub const VISITING: Access = Access { is_needed: true, demo: true, ..OPEN };

impl Access {
    /// Opens the operation to people of demo rooms as well.
    pub const fn demo(self) -> Self {
        Self { demo: true, ..self }
    }

    /// Opens the operation to sessions of the session routes as well.
    pub const fn library(self) -> Self {
        Self { library: true, ..self }
    }

    /// Opens the operation to bots of groups as well.
    pub const fn bot(self) -> Self {
        Self { bot: true, ..self }
    }

    /// Returns the credentials of a row of the route table by its method and path; `OPEN` for a row that is not described.
    pub fn of_row(method: &str, path: &str) -> Self {
        let method = if method == "HEAD" { "GET" } else { method };
        let is_meant = |operation: &&Operation| operation.method == method && is_row(operation.path, path);
        OPERATIONS.iter().find(is_meant).map_or(OPEN, |operation| operation.access)
    }
}

/// Returns `true` if a described path is that of a row. The row writes `{id}` as `:id`, and `{rest}` as `*`.
fn is_row(described: &str, row: &str) -> bool {
    let is_same =
        |(described, row): (&str, &str)| match described.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some("rest") => row == "*",
            Some(name) => row.strip_prefix(':') == Some(name),
            None => described == row,
        };
    described.split('/').count() == row.split('/').count() && described.split('/').zip(row.split('/')).all(is_same)
}

/// Returns the security requirement of an operation. Messages of MessageHub may be open to everyone, its administration never is.
pub(super) fn security(operation: &Operation) -> Value {
    let Operation { path, access, .. } = operation;
    let is_hub = is_hub(operation);
    // Cookies do not count in an embedded frame.
    let has_cookie = !path.starts_with("/embed/");
    let is_service = *path == "/metrics" || path.starts_with("/api/admin/");
    let is_admin = path.contains("/webhooks") || path.ends_with("/stats") && is_hub;
    let taken = [
        ("service", is_service || is_admin || *path == "/admin"),
        ("token", *path == "/publish" || is_hub),
        ("session", access.session),
        ("cookie", access.session && has_cookie),
        ("demo", access.demo),
        ("library", access.library),
        ("libraryCookie", access.library),
        ("bot", access.bot),
    ];
    let mut taken: Vec<Value> =
        taken.into_iter().filter(|(_, is_taken)| *is_taken).map(|(name, _)| json!({ name: [] })).collect();
    let is_needed = access.is_needed || is_service || is_admin || *path == "/publish";
    if !taken.is_empty() && !is_needed {
        taken.push(json!({}));
    }
    Value::Array(taken)
}

pub(super) fn schemes() -> Value {
    let bearer = |what: &str| json!({ "type": "http", "scheme": "bearer", "description": what });
    let cookie =
        |name: &str, what: &str| json!({ "type": "apiKey", "in": "cookie", "name": name, "description": what });
    json!({
        "session": bearer("Session of the messenger."),
        "cookie": cookie("__Host-cfm", "Session of the messenger in a browser."),
        "demo": bearer("Session of a demo room."),
        "library": bearer("Session of the session routes."),
        "libraryCookie": cookie("__Secure-better-auth.session_token", "Session of the session routes in a browser."),
        "bot": bearer("Token of a bot of a group."),
        "token": bearer("Token of MessageHub or HopeFlow, signed by the owner of the deployment."),
        "service": bearer("Service token of the deployment."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_found_by_its_own_path() {
        assert_eq!(Access::of_row("GET", "/api/rooms/:id"), SIGNED_IN.demo());
        assert_eq!(Access::of_row("HEAD", "/api/files/:id"), SIGNED_IN);
        assert_eq!(Access::of_row("POST", "/sf/*"), MAYBE.demo());
        assert_eq!(Access::of_row("GET", "/api/rooms/dm"), OPEN, "it is only there for POST");
        assert_eq!(Access::of_row("GET", "/nowhere"), OPEN);
    }
}
