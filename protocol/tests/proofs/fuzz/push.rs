//! Web push: subscriptions of browsers, stored choices, notifications of rooms, and answers of push services.

use proptest::prelude::*;
use protocol::content::kinds::NotificationKind;
use protocol::machines::push::{Level, PushDisposition, Quiet, after, check_keys, vapid_key};
use protocol::wire::messenger::{push_choices_json, push_event, read_push_choices};
use protocol::words::event::Kind;

use super::fuzz;

#[test]
fn keys_of_browsers() {
    let text = || prop_oneof![3 => "[A-Za-z0-9_=-]{20,90}", 1 => any::<String>()];
    fuzz((text(), text()), |(p256dh, auth)| {
        if let Ok(keys) = check_keys(&p256dh, &auth) {
            prop_assert_eq!((keys.p256dh.len(), keys.p256dh.first(), keys.auth.len()), (65, Some(&4), 16));
        }
        let _ = vapid_key(&auth);
        Ok(())
    });
}

#[test]
fn choices() {
    let member = || prop_oneof![Just("null".to_owned()), "\"[0-9:]{0,6}\"", "[0-9]{1,9}", "true|false", "\\{\\}"];
    let stored = (member(), member(), member(), member());
    fuzz(
        prop_oneof![3 => stored.prop_map(|(from, to, zone, preview)| {
        format!("{{\"quiet\":{{\"from\":{from},\"to\":{to},\"timeZone\":{zone}}},\"preview\":{preview}}}")
    }), 1 => any::<String>()],
        |text| {
            if let Some(choices) = read_push_choices(&text) {
                let again = read_push_choices(&format!("{{{}}}", push_choices_json(&choices)));
                prop_assert_eq!(
                    again.map(|again| (again.quiet, again.preview)),
                    Some((choices.quiet, choices.preview))
                );
            }
            Ok(())
        },
    );
    fuzz((any::<String>(), "[0-9]{0,3}:[0-9]{0,3}"), |(odd, near)| {
        for text in [odd, near] {
            if let Ok(quiet) = Quiet::read(&text, "12:34", "UTC") {
                prop_assert_eq!(Quiet::text(quiet.from), text);
            }
        }
        Ok(())
    });
}

#[test]
fn words_of_events_and_answers_of_services() {
    let event = ("[a-z]{0,8}", any::<String>(), any::<String>());
    fuzz(
        (event, any::<Option<u16>>(), any::<Option<u64>>(), any::<(u32, u64)>()),
        |((kind, name, words), status, wait, (tries, age))| {
            let event = serde_json::json!({ "type": kind, "displayName": name, "content": words }).to_string();
            let expected = Kind::parse(&kind).and_then(|kind| kind.facts().notification);
            prop_assert_eq!(push_event(&event).map(|event| event.what), expected);
            let _ = (push_event(&name), Level::parse(&kind), NotificationKind::parse(&kind));
            if status.is_some_and(|status| (200..300).contains(&status)) {
                prop_assert_eq!(after(status, wait, tries, age), PushDisposition::Done);
            } else {
                prop_assert_ne!(after(status, wait, tries, age), PushDisposition::Done);
            }
            Ok(())
        },
    );
}
