//! Bodies that programs outside send to the address of an integration.

use proptest::prelude::*;
use protocol::content::text::check_content;
use protocol::wire::integrations::read_incoming;

use super::{fuzz, like};

const BODIES: &[&str] = &[
    r#"{"text":"a <https://a.example/?x=1&amp;y=2|label> <@U1|mia> <!here> 1 &lt; 2"}"#,
    r#"{"text":"a","blocks":[{"type":"section","text":{"type":"mrkdwn","text":"<https://a.example>"},"fields":[{"type":"plain_text","text":"b"}]},{"type":"divider"}]}"#,
    r#"{"blocks":[{"type":"rich_text","elements":[{"type":"rich_text_list","style":"ordered","elements":[{"type":"rich_text_section","elements":[{"type":"emoji","name":"x","unicode":"1f44b-200d"}]}]}]}]}"#,
    r#"{"attachments":[{"fallback":"f","pretext":"p","title":"t","title_link":"https://a.example","fields":[{"title":"a","value":"b"}]}]}"#,
    r#"{"content":"a","username":"b","embeds":[{"title":"t","url":"https://a.example","description":"d","author":{"name":"n"},"fields":[{"name":"a","value":"b"}],"footer":{"text":"f"}}]}"#,
];
const KINDS: [&str; 4] = ["application/json", "application/x-www-form-urlencoded", "text/plain; charset=utf-8", ""];

#[test]
fn bodies_of_integrations() {
    let read = |kind: &str, text: &str| read_incoming(kind, text.as_bytes().to_vec());
    assert!(BODIES.iter().all(|sample| read(KINDS[0], sample).is_ok()), "the samples themselves must be good");
    let signs = "payload=|[<>|@#!&;%{}\"a-z0-9 ]{0,40}|(&amp;|&lt;|<https://a\\.b\\|c>|%7B|%22)";
    let odd = proptest::collection::vec(signs, 0..12).prop_map(|pieces| pieces.concat());
    let texts = prop_oneof![3 => like(BODIES), 1 => odd];
    fuzz((prop::sample::select(KINDS.to_vec()), texts), |(kind, text)| {
        match read(kind, &text) {
            Ok(incoming) => {
                prop_assert!(check_content(&incoming.content).is_ok(), "{}", incoming.content);
                prop_assert!(incoming.content.chars().all(|letter| letter == '\n' || !letter.is_control()));
            }
            Err(refusal) => prop_assert!((400..500).contains(&refusal.status()), "{}", refusal.code()),
        }
        Ok(())
    });
}
