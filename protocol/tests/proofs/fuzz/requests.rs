//! Parts of a request beside frames: bodies of REST calls and of the session routes, and cookies.

use proptest::prelude::*;
use protocol::codec::cookies::named;
use protocol::wire::messenger::Members;
use protocol::wire::wasmchannel::{read_signed, signed};

use super::{fuzz, like};

/// All members that the calls of these samples know.
const KNOWN: [&str; 8] = ["email", "password", "name", "rememberMe", "roomId", "cursor", "limit", "userIds"];

#[test]
fn bodies_of_calls() {
    const BODIES: &[&str] = &[
        r#"{"name":"Mia","email":"mia@example.org","password":"long enough","rememberMe":false,"image":null}"#,
        r#"{"roomId":"general","cursor":"17","limit":50}"#,
        r#"{"roomId":"grp_1","userIds":["user_1","user_2"],"unknown":{"roomId":"x"}}"#,
    ];
    let read = |text: &str| Members::read(text.to_owned(), &KNOWN);
    assert!(BODIES.iter().all(|sample| read(sample).is_ok()), "the samples themselves must be good");
    fuzz(like(BODIES), |text| {
        let tree = serde_json::from_str::<serde_json::Value>(&text);
        let members = match read(&text) {
            Ok(members) => members,
            Err(refusal) => {
                prop_assert!((400..500).contains(&refusal.status()), "{}", refusal.code());
                return Ok(());
            }
        };
        prop_assert_eq!(members.source(), text.as_str());
        let tree = tree.expect("what is no JSON was refused");
        for name in KNOWN {
            // An accepted value equals the written one in the requested form; otherwise the refusal names the member.
            let stands = tree.get(name).filter(|value| !value.is_null());
            let is_refused = |form: bool| stands.is_some() && !form;
            let (taken, is_text) = (members.text(name), stands.is_some_and(serde_json::Value::is_string));
            prop_assert_eq!(taken.is_err(), is_refused(is_text), "{}", name);
            prop_assert_eq!(taken.ok().flatten(), stands.and_then(serde_json::Value::as_str));
            let (taken, is_flag) = (members.optional_flag(name), stands.is_some_and(serde_json::Value::is_boolean));
            prop_assert_eq!(taken.is_err(), is_refused(is_flag), "{}", name);
            prop_assert_eq!(taken.ok().flatten(), stands.and_then(serde_json::Value::as_bool));
            let (taken, is_number) = (members.number(name), stands.is_some_and(serde_json::Value::is_i64));
            prop_assert_eq!(taken.is_err(), is_refused(is_number), "{}", name);
            prop_assert_eq!(taken.ok().flatten(), stands.and_then(serde_json::Value::as_i64));
            let (taken, is_list) = (members.list(name), stands.is_some_and(serde_json::Value::is_array));
            prop_assert_eq!(taken.is_err(), is_refused(is_list), "{}", name);
            prop_assert_eq!(taken.ok().flatten(), stands.and_then(serde_json::Value::as_array));
        }
        Ok(())
    });
}

#[test]
fn cookies() {
    const SECRET: &str = "a secret of the session routes";
    let pair = prop_oneof!["(cfm|__Host-cfm|x)=[a-zA-Z0-9._%=-]{0,12}", "[ =;]{0,4}", any::<String>()];
    fuzz(
        (proptest::collection::vec(pair, 0..6), "[a-z0-9_-]{1,20}", any::<prop::sample::Index>()),
        |(pairs, token, at)| {
            let header = pairs.join("; ");
            if let Some(value) = named(&header, "cfm") {
                let pair = format!("cfm={value}");
                prop_assert!(!value.contains(';') && header.contains(&pair));
                let doubled = format!("cfm={value}; {header}");
                prop_assert_eq!(named(&doubled, "cfm"), Some(value));
            }
            let longer = format!("y=1;{header}");
            prop_assert_eq!(named(&longer, "cfm"), named(&header, "cfm"), "another cookie hides none");

            // A signed value is verified whole; with any changed letter it is refused.
            let value = signed(&token, SECRET);
            let line = format!("better-auth.session_token={value}");
            let sent = named(&line, "better-auth.session_token").unwrap_or_default();
            prop_assert_eq!(read_signed(sent, SECRET), Some(token.clone()));
            let at = at.index(value.len());
            let other = if value.as_bytes()[at] == b'x' { "y" } else { "x" };
            let mut forged = value.clone();
            forged.replace_range(at..=at, other);
            prop_assert_eq!(read_signed(&forged, SECRET), None, "{}", forged);
            prop_assert_eq!(read_signed(&header, SECRET), None);
            Ok(())
        },
    );
}
