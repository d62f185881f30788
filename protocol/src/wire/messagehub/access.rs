//! Rights of a token (`messagehub.md` 5): rooms by name or prefix, and the actions in them.

use crate::trust::jwt::{Claims, covers};
use crate::words::refusal::Refusal;

crate::words! {
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub enum Scope {
        /// Read messages, listen, and see who is present.
        Read = "hub:read",
        Write = "hub:write",
        /// Manage webhooks, dead letters and statistics.
        Admin = "hub:admin",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// Id of the caller; `None` for an anonymous caller.
    pub principal: Option<String>,
    /// Patterns of rooms; `None` opens all.
    rooms: Option<Vec<String>>,
    scopes: Vec<Scope>,
}

impl Access {
    /// Returns the rights without a token, where the deployment allows that: to read and to write.
    pub fn anonymous() -> Self {
        Self { principal: None, rooms: None, scopes: vec![Scope::Read, Scope::Write] }
    }

    /// Returns the rights of a token. With `is_shared` other doors use the same secret, so the token must name rooms and a scope.
    pub fn of_token(claims: &Claims, is_shared: bool) -> Result<Self, Refusal> {
        let principal = Some(claims.user_id_or_sub()?.to_owned());
        let (rooms, scope) = (claims.list("rooms"), claims.get("scope"));
        if is_shared && (rooms.is_none() || scope.is_none()) {
            return Err(Refusal::Forbidden);
        }
        let scopes = match scope {
            None => vec![Scope::Read, Scope::Write],
            Some(scope) => {
                scope.as_str().unwrap_or_default().split_ascii_whitespace().filter_map(Scope::parse).collect()
            }
        };
        let rooms = rooms.map(|rooms| rooms.into_iter().map(str::to_owned).collect());
        Ok(Self { principal, rooms, scopes })
    }

    /// Refuses an action that is not open to the caller in that room.
    pub fn check(&self, scope: Scope, room: &str) -> Result<(), Refusal> {
        let opens = |rooms: &Vec<String>| rooms.iter().any(|pattern| covers(pattern, room));
        let is_open = self.rooms.as_ref().is_none_or(opens) && self.scopes.contains(&scope);
        if is_open { Ok(()) } else { Err(Refusal::Forbidden) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::jwt::{Keys, sign};

    const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

    fn access(claims: &str, is_shared: bool) -> Result<Access, Refusal> {
        let claims = Keys { secret: SECRET, ..Keys::default() }.verify(&sign(SECRET, claims), 5).unwrap();
        Access::of_token(&claims, is_shared)
    }

    fn opens(access: &Access, room: &str) -> [bool; 3] {
        [Scope::Read, Scope::Write, Scope::Admin].map(|scope| access.check(scope, room).is_ok())
    }

    #[test]
    fn a_token_opens_what_it_names() {
        let token =
            access(r#"{"userId":"u","rooms":["a","team-*"],"scope":"hub:read hub:admin openid"}"#, true).unwrap();
        assert_eq!(token.principal.as_deref(), Some("u"));
        assert_eq!(opens(&token, "a"), [true, false, true]);
        assert_eq!(opens(&token, "team-7"), [true, false, true]);
        assert_eq!(opens(&token, "A"), [false; 3]);
        let all = access(r#"{"sub":"s"}"#, false).unwrap();
        assert_eq!((opens(&all, "x"), all.principal.as_deref()), ([true, true, false], Some("s")));
        assert_eq!(opens(&Access::anonymous(), "x"), [true, true, false]);
    }

    #[test]
    fn a_token_of_another_door_opens_nothing() {
        for claims in [r#"{"userId":"u"}"#, r#"{"userId":"u","rooms":["*"]}"#, r#"{"userId":"u","scope":"hub:read"}"#] {
            assert_eq!(access(claims, true), Err(Refusal::Forbidden), "{claims}");
            assert!(access(claims, false).is_ok(), "{claims}");
        }
        for claims in
            [r#"{"userId":"u","rooms":"*","scope":"hub:read"}"#, r#"{"userId":"u","rooms":["*"],"scope":["hub:read"]}"#]
        {
            assert_eq!(opens(&access(claims, true).unwrap(), "x"), [false; 3], "{claims}");
        }
        assert_eq!(access(r#"{"rooms":["*"],"scope":"hub:read"}"#, true), Err(Refusal::Unauthenticated), "nobody's");
    }
}
