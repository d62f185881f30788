//! Token of a request, and the people it may publish to (`hopeflow.md` 2). [`crate::trust::jwt`] verifies tokens.

use crate::content::text::trimmed;
use crate::trust::jwt::Claims;
use crate::words::refusal::Refusal;

/// Returns the token of the header, or of the query if the header is empty. The query does not replace a wrong header.
pub fn token_of<'a>(authorization: Option<&'a str>, query: Option<&'a str>) -> Option<&'a str> {
    let Some(header) = authorization.map(trimmed).filter(|header| !header.is_empty()) else {
        return query.filter(|token| !token.is_empty());
    };
    match header.split_once(char::is_whitespace) {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => Some(trimmed(token)),
        // A second word is the token only behind `Bearer`. A single word is the token itself.
        _ => Some(header),
    }
}

/// Refuses a token for MessageHub or LiveStore, which has a claim `rooms`, `stores` or `scope`. A token with `pub` is for several doors.
pub fn check_purpose(claims: &Claims) -> Result<(), Refusal> {
    let is_of_another = ["rooms", "scope", "stores"].into_iter().any(|claim| claims.get(claim).is_some());
    if is_of_another && claims.get("pub").is_none() { Err(Refusal::Unauthenticated) } else { Ok(()) }
}

/// Refuses a publisher that may not reach `user`. Without the claim `pub` it reaches everyone; with `is_strict`, only itself.
pub fn may_publish(claims: &Claims, user: &str, is_strict: bool) -> Result<(), Refusal> {
    let is_allowed = match claims.list("pub") {
        Some(users) => users.iter().any(|allowed| *allowed == "*" || trimmed(allowed) == user),
        None => !is_strict || claims.user_id()? == user,
    };
    if is_allowed { Ok(()) } else { Err(Refusal::Forbidden) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::jwt::{Keys, sign};

    #[test]
    fn the_header_goes_before_the_query_even_when_it_is_wrong() {
        for (header, query, token) in [
            (None, None, None),
            (None, Some("q"), Some("q")),
            (None, Some(""), None),
            (Some("  "), Some("q"), Some("q")),
            (Some("Bearer t"), Some("q"), Some("t")),
            (Some("bearer   t"), None, Some("t")),
            (Some("BEARER\tt "), None, Some("t")),
            (Some("t"), Some("q"), Some("t")),
            (Some("Bearer"), Some("q"), Some("Bearer")),
            (Some("Bearer "), Some("q"), Some("Bearer")),
            (Some("Basic dTpw"), Some("q"), Some("Basic dTpw")),
        ] {
            assert_eq!(token_of(header, query), token, "{header:?} {query:?}");
        }
    }

    #[test]
    fn a_token_of_another_door_opens_nothing_here() {
        const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
        let opens = |claims: &str| {
            let claims = Keys { secret: SECRET, ..Keys::default() }.verify(&sign(SECRET, claims), 5).unwrap();
            check_purpose(&claims)
        };
        for good in [r#"{"userId":"a"}"#, r#"{"userId":"a","role":"x"}"#, r#"{"userId":"a","pub":["b"]}"#] {
            assert_eq!(opens(good), Ok(()), "{good}");
        }
        for claim in [r#""rooms":["*"]"#, r#""scope":"hub:read""#, r#""stores":["s"]"#, r#""scope":null"#] {
            let bare = format!(r#"{{"userId":"a",{claim}}}"#);
            assert_eq!(opens(&bare), Err(Refusal::Unauthenticated), "{bare}");
            let both = format!(r#"{{"userId":"a",{claim},"pub":[]}}"#);
            assert_eq!(opens(&both), Ok(()), "{both}");
        }
    }

    #[test]
    fn whom_a_token_may_publish_to() {
        const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";
        let may = |claims: &str, user: &str, is_strict| {
            let claims = Keys { secret: SECRET, ..Keys::default() }.verify(&sign(SECRET, claims), 5).unwrap();
            may_publish(&claims, user, is_strict).is_ok()
        };
        assert!(may(r#"{"userId":"a"}"#, "b", false));
        assert!(!may(r#"{"userId":"a"}"#, "b", true));
        assert!(may(r#"{"userId":" a "}"#, "a", true));
        assert!(may(r#"{"userId":"a","pub":["b"]}"#, "b", true));
        assert!(!may(r#"{"userId":"a","pub":["b"]}"#, "a", false), "a list is the whole list");
        assert!(may(r#"{"userId":"a","pub":["*"]}"#, "x", true));
        assert!(!may(r#"{"userId":"a","pub":"*"}"#, "x", false));
        assert!(!may(r#"{"userId":"a","pub":[]}"#, "a", false));
    }
}
