//! Credentials that open an operation. The Worker asks here which of them it takes on a route, and `/openapi.json` tells them.

use serde_json::{Value, json};

use super::is_hub;
use super::operations::{OPERATIONS, Operation};

/// Credentials that open an operation. Whoever shows another one is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access {
    /// Without one of them the answer is 401.
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

/// For everybody; no session is looked at.
pub const OPEN: Access = Access { is_needed: false, session: false, demo: false, library: false, bot: false };
/// For everybody; a session is looked at if there is one.
pub const MAYBE: Access = Access { session: true, ..OPEN };
/// For people with a session.
pub const SIGNED_IN: Access = Access { is_needed: true, ..MAYBE };
/// For people of a demo room alone.
pub const VISITING: Access = Access { is_needed: true, demo: true, ..OPEN };

impl Access {
    /// The same, for people of demo rooms as well.
    pub const fn demo(self) -> Self {
        Self { demo: true, ..self }
    }

    /// The same, for sessions of the session routes as well.
    pub const fn library(self) -> Self {
        Self { library: true, ..self }
    }

    /// The same, for bots of groups as well.
    pub const fn bot(self) -> Self {
        Self { bot: true, ..self }
    }

    /// Returns what opens a row of the route table, by its method and path there; nothing for a row that is not described.
    pub fn of_row(method: &str, path: &str) -> Self {
        let method = if method == "HEAD" { "GET" } else { method };
        let is_meant = |operation: &&Operation| operation.method == method && is_row(operation.path, path);
        OPERATIONS.iter().find(is_meant).map_or(OPEN, |operation| operation.access)
    }
}

/// Returns `true` if a described path is that of a row: `{id}` is `:id` there, and `{rest}` is `*`.
fn is_row(described: &str, row: &str) -> bool {
    let is_same =
        |(described, row): (&str, &str)| match described.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
            Some("rest") => row == "*",
            Some(name) => row.strip_prefix(':') == Some(name),
            None => described == row,
        };
    described.split('/').count() == row.split('/').count() && described.split('/').zip(row.split('/')).all(is_same)
}

/// Returns the security requirement of an operation. Rooms of MessageHub are open to all where the deployment says so, looking after them
/// never is.
pub(super) fn security(operation: &Operation) -> Value {
    let Operation { path, access, .. } = operation;
    let is_hub = is_hub(operation);
    // In a frame no cookie counts.
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

/// Returns the credentials by the names that [`security`] uses.
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
