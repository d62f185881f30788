//! Answers of other machines to the Worker, and messages that a queue brings back: a resolver, a model, the owner of a store, a hub room of
//! an earlier version.

use proptest::prelude::*;
use protocol::codec::json;
use protocol::content::text::check_content;
use protocol::machines::bots::ModelOutput;
use protocol::machines::hub::OutboundJob;
use protocol::trust::guard::resolved;
use protocol::wire::livestore::{Permission, PermissionAnswer, read_permission};

use super::{fuzz, like};

#[test]
fn resolvers() {
    const ANSWERS: &[&str] = &[
        r#"{"Status":0,"Answer":[{"name":"a.example","type":5,"TTL":60,"data":"b.example."},{"name":"b.example","type":1,"TTL":60,"data":"192.0.2.7"}]}"#,
        r#"{"Status":0,"Answer":[{"name":"a.example","type":28,"data":"2001:db8::1"},{"name":"a.example","type":1,"data":"10.0.0.1"}]}"#,
    ];
    let counts = ANSWERS.iter().map(|sample| resolved(sample).unwrap().len());
    assert_eq!(counts.collect::<Vec<_>>(), [1, 2], "the samples themselves must be good");
    fuzz(like(ANSWERS), |text| {
        for address in resolved(&text).into_iter().flatten() {
            // Every address is a part of the answer, as written there.
            prop_assert!(text.contains('.') || text.contains(':'), "{} from {}", address, text);
            let again = format!("{{\"Answer\":[{{\"data\":\"{address}\"}}]}}");
            prop_assert_eq!(resolved(&again), Some(vec![address]));
        }
        Ok(())
    });
}

#[test]
fn models() {
    const ANSWERS: &[&str] = &[
        r#"{"response":"  See https://example.org \u0007 now  ","usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17}}"#,
        r#"{"response":"yes"}"#,
    ];
    assert!(ANSWERS.iter().all(|sample| ModelOutput::read(sample).is_some()), "the samples themselves must be good");
    fuzz(like(ANSWERS), |text| {
        if let Some(thought) = ModelOutput::read(&text) {
            // The texts are allowed in messages, and contain no link.
            prop_assert!(check_content(&thought.words).is_ok() && !thought.words.contains("://"));
            prop_assert!(thought.words.chars().all(|letter| letter == '\n' || !letter.is_control()));
        }
        Ok(())
    });
}

#[test]
fn owners_of_stores() {
    const NOW: u64 = 1_795_000_000_000;
    const ANSWERS: &[&str] = &[r#"{"expiresAt":1795000000001}"#, r#"{"seat":[1,{"a":null}]}"#, "ok"];
    let read = |status, body: &str| {
        read_permission(&PermissionAnswer { status, content_type: Some("text/plain"), body, ..Default::default() }, NOW)
    };
    let is_granted = |body: &&str| matches!(read(200, body), Permission::Granted { .. });
    assert!(ANSWERS.iter().all(is_granted), "the samples themselves must be good");
    fuzz(like(ANSWERS), |text| {
        if let Permission::Granted { expires_at, .. } = read(200, &text) {
            prop_assert!(expires_at.is_none_or(|at| at > NOW));
        }
        let Permission::Refused(reason) = read(403, &text) else { return Err(TestCaseError::fail("no refusal")) };
        prop_assert!((1..=200).contains(&reason.chars().count()) && !reason.contains(char::is_control), "{}", reason);
        Ok(())
    });
}

#[test]
fn the_queue_of_hub_rooms() {
    const HANDED: &[&str] = &[
        r#"{"v":1,"log":"hub:room","what":"hook","hookId":"wh_1","seq":7,"attempt":2}"#,
        r#"{"v":1,"log":"hub:room","what":"audit","seq":9,"attempt":1,"rows":"[]"}"#,
    ];
    let read = |text: &str| json::read::<OutboundJob>(text);
    assert!(HANDED.iter().all(|sample| read(sample).is_some()), "the samples themselves must be good");
    fuzz(like(HANDED), |text| {
        if let Some(handed) = read(&text) {
            prop_assert_eq!(read(&json::write(&handed)), Some(handed));
        }
        Ok(())
    });
}
