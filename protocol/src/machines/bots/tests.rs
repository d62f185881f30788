//! Laws of bots, with random inputs if there are many.

use proptest::prelude::*;

use super::output::usable;
use super::script::{language_of, lines_of};
use super::*;
use crate::codec::json::{Value, json_text};
use crate::content::text::check_content;
use crate::words::bot_cast::BOTS;
use crate::words::event::{Event, Kind};
use crate::words::ids::{RoomForm, UserId, is_uuid};
use crate::words::language::LANGUAGES;
use crate::words::limits::*;
use crate::words::named_id::sha1;

fn chat(seq: u64, by: &str, words: &str) -> Event {
    let (actor, body) = (Some(by.to_owned()), format!("{{\"content\":{}}}", json_text(words)));
    Event {
        seq,
        id: format!("id-{seq}"),
        ts: seq,
        actor,
        session: None,
        name: by.to_uppercase(),
        kind: Kind::Chat,
        body,
    }
}

fn called_by(form: &RoomForm, by: &str, words: &str) -> Vec<&'static str> {
    called(form, &chat(1, by, words)).iter().map(|bot| bot.id).collect()
}

fn direct(one: &str, other: &str) -> RoomForm {
    RoomForm::Direct(UserId::parse(one).unwrap(), UserId::parse(other).unwrap())
}

#[test]
fn a_mention_is_a_whole_word_in_any_case_by_name_or_id() {
    for words in [
        "@nova",
        "hi @NOVA!",
        "(@Nova)",
        "@bot_nova?",
        "so, @Bot_Nova's turn",
        "@nova @nova",
        "é @nova",
        "你好@nova，早",
        "*@nova*",
        "🎉@nova🎉",
    ] {
        assert_eq!(called_by(&RoomForm::Group, "user_1", words), ["bot_nova"], "{words}");
    }
    for words in [
        "nova",
        "@novas",
        "me@nova.example",
        "@ nova",
        "@no",
        "@nova_",
        "_@nova",
        "@novä",
        "@bot",
        "",
        "https://a.example/@nova",
        "`@nova`",
        "```\n@nova\n```",
    ] {
        assert_eq!(called_by(&RoomForm::Group, "user_1", words), [""; 0], "{words}");
    }
    assert_eq!(called_by(&RoomForm::Public, "g_7", "@Pip and @lexi"), ["bot_lexi", "bot_pip"]);
}

#[test]
fn between_two_only_the_one_who_is_there_is_called_and_by_anything() {
    assert_eq!(called_by(&direct("bot_nova", "user_1"), "user_1", "hello"), ["bot_nova"]);
    assert_eq!(called_by(&direct("bot_nova", "user_1"), "user_1", "@pip"), ["bot_nova"]);
    assert_eq!(called_by(&direct("user_1", "user_2"), "user_1", "@nova"), [""; 0]);
}

#[test]
fn bots_call_nobody_and_changes_do_not() {
    assert_eq!(called_by(&RoomForm::Group, "bot_pip", "@nova"), [""; 0]);
    assert_eq!(called_by(&direct("bot_nova", "user_1"), "bot_nova", "hello"), [""; 0]);
    for kind in [Kind::Edit, Kind::Delete, Kind::Reaction, Kind::Nudge, Kind::Wink, Kind::System] {
        assert!(called(&RoomForm::Group, &Event { kind, ..chat(1, "user_1", "@nova") }).is_empty(), "{kind:?}");
    }
}

#[test]
fn ids_of_answers_are_those_of_the_standard_and_of_one_trigger_and_bot() {
    let hex = |bytes: [u8; 20]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
    let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    assert_eq!(hex(sha1(long)), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    assert_eq!(hex(sha1(&[b'a'; 1_000])), "291e9a6c66994949b57ba5e650361e98fc36b1ba");
    let id = answer_id("bot_nova", "01980000-0001-7fff-bfff-ffffffffffff");
    assert!(is_uuid(&id) && &id[14..15] == "5", "{id}");
    assert_eq!(id, answer_id("bot_nova", "01980000-0001-7fff-bfff-ffffffffffff"));
    assert_ne!(id, answer_id("bot_pip", "01980000-0001-7fff-bfff-ffffffffffff"));
}

#[test]
fn the_lines_of_every_bot_can_be_said_and_are_different() {
    for bot in &BOTS {
        for (words, language) in [
            ("what now?", "en"),
            ("fine.", "en"),
            ("Is the café open?", "en"),
            ("was ist das?", "de"),
            ("Schön hier", "de"),
            ("Gehen wir ins Café", "de"),
            ("tu viens\u{202f}?", "fr"),
            ("C’est parfait.", "fr"),
            ("Tu veux du pain", "fr"),
        ] {
            assert_eq!(LANGUAGES[language_of(words)].tag, language, "{words}");
            let said: std::collections::BTreeSet<_> =
                (0..200).map(|n| scripted(bot, &format!("trigger {n}"), words)).collect();
            assert_eq!(said.len(), 3, "{} {words}", bot.id);
            assert!(said.iter().all(|line| usable(line).as_deref() == Some(*line)));
        }
        assert!(crate::people::names::is_avatar(bot.avatar), "{}", bot.avatar);
    }
}

#[test]
fn every_bot_has_habits_and_its_lines_obey_them_in_each_language() {
    for bot in &BOTS {
        let habits = &bot.habits;
        assert!(!bot.archetype.is_empty() && !habits.marks.is_empty(), "{}", bot.id);
        assert_eq!(lines_of(bot).len(), LANGUAGES.len(), "{}", bot.id);
        for (lines, vocabulary) in lines_of(bot).iter().zip(habits.vocabulary) {
            assert_eq!((lines.len(), vocabulary.len()), (6, 6), "{}", bot.id);
            for line in lines {
                let lowered = line.to_lowercase();
                let is_said = |word: &&str| lowered.contains(&word.to_lowercase());
                assert!(vocabulary.iter().any(is_said), "{}: no word of its own in: {line}", bot.id);
                // An apostrophe belongs to its word, and French has no-break spaces before some marks.
                let is_mark = |letter: &char| !letter.is_alphanumeric() && !letter.is_whitespace() && *letter != '’';
                let mut marks = line.chars().filter(is_mark);
                assert!(marks.all(|mark| habits.marks.contains(&mark)), "{}: marks of {line}", bot.id);
                let longest = line.split(['.', '!', '?']).map(|sentence| sentence.split_whitespace().count()).max();
                assert!(longest <= Some(habits.sentence_words_max), "{}: {longest:?} words in {line}", bot.id);
            }
            for word in vocabulary {
                let is_used = lines.iter().any(|line| line.to_lowercase().contains(&word.to_lowercase()));
                assert!(is_used, "{} never says {word}", bot.id);
            }
        }
    }
}

#[test]
fn neurons_are_those_that_the_answer_names_and_none_where_it_names_none() {
    let neurons_of = |usage: &str| {
        let answer = format!("{{\"response\":\"yes\",\"usage\":{usage}}}");
        ModelOutput::read(&answer).expect("it is an answer").neurons_milli
    };
    assert_eq!(neurons_of("{\"prompt_tokens\":7,\"neurons\":1.2346}"), Some(1_235));
    assert_eq!(neurons_of("{\"neurons\":0}"), Some(0));
    for usage in ["{}", "null", "{\"neurons\":null}", "{\"neurons\":\"4\"}", "{\"neurons\":-1}", "{\"neurons\":1e300}"]
    {
        assert_eq!(neurons_of(usage), None, "{usage}");
    }
}

#[test]
fn a_model_is_told_the_habits_of_its_character() {
    let request = request_json(&BOTS[3], &[]);
    assert!(
        request.contains("You like these words: quick, small, try, hooray, got it, Pip (English); schnell,"),
        "{request}"
    );
    assert!(request.contains("at most 7 words, and no marks but . , ! ? in it."), "{request}");
}

#[test]
fn the_same_message_gets_the_same_lines_in_every_release_and_another_one_others() {
    let said = |trigger: &str| BOTS.each_ref().map(|bot| scripted(bot, trigger, "Fine."));
    let one = said("01980000-0001-7fff-bfff-ffffffffffff");
    let wanted = [
        "That will shine for a while. Tell me more.",
        "I have been to a town where everybody talks like that. Good bread there.",
        "I am writing that down, with a pencil, in the good notebook.",
        "Pip was here and liked that.",
    ];
    assert_eq!(one, wanted);
    let other = said("01980000-0002-7fff-bfff-ffffffffffff");
    assert!(one.iter().zip(&other).all(|(one, other)| one != other), "{other:?}");
}

#[test]
fn the_breaker_opens_probes_and_doubles() {
    let mut breaker = Breaker::default();
    for n in 0..4 {
        breaker.record_result(n, false);
    }
    breaker.record_result(61_000, false);
    assert!(breaker.admits(61_000), "four of them are more than a minute old");
    for n in 0..4 {
        breaker.record_result(61_001 + n, false);
    }
    let mut now = 61_004;
    for minutes in [1, 2, 4, 8, 15, 15] {
        let open_ms = minutes * 60_000;
        assert!(!breaker.admits(now + open_ms - 1) && breaker.is_open(now));
        breaker.record_result(now + 5, true);
        assert!(breaker.is_open(now + 5), "what was called before says nothing");
        now += open_ms;
        assert!(breaker.admits(now) && !breaker.admits(now + 1), "one probe");
        assert!(breaker.admits(now + BOT_PROBE_MS_MAX), "of which nothing is heard");
        breaker.record_result(now, false);
    }
    now += 15 * 60_000;
    assert!(breaker.admits(now));
    breaker.record_result(now, true);
    assert_eq!(breaker, Breaker::default());
}

mod ledger {
    use crate::testing::ledger::Memory;

    crate::ledger_promises!(Memory::default);
}

proptest! {
    #[test]
    fn what_is_said_can_always_be_said(said in "\\PC{0,40}|(.|\n|\u{0}|\u{1F600}){0,3000}") {
        if let Some(words) = usable(&said) {
            prop_assert!(check_content(&words).is_ok());
            prop_assert!(words.chars().all(|letter| letter == '\n' || !letter.is_control()));
            let delay = delay_ms(&words);
            prop_assert!((BOT_DELAY_MS_MIN..=BOT_DELAY_MS_MAX).contains(&delay));
            let body = Value::parse(&answer_body(&words, "t\"", "ai")).unwrap();
            prop_assert_eq!(body.get("content").and_then(Value::as_str), Some(words.as_str()));
        } else {
            prop_assert!(said.chars().all(|letter| letter.is_control() || check_content(&letter.to_string()).is_err()));
        }
    }

    #[test]
    fn whatever_people_write_stays_data(words in prop::collection::vec(".{0,400}", 1..20)) {
        let events: Vec<Event> = words.iter().zip(1..).map(|(words, seq)| chat(seq, "user_1", words)).collect();
        let said = said_in(events.iter());
        prop_assert!(said.len() <= BOT_INPUT_EVENTS_MAX);
        prop_assert!(said.iter().map(|one| one.words.chars().count()).sum::<usize>() <= BOT_INPUT_CHARS_MAX);
        let request = Value::parse(&request_json(&BOTS[0], &said)).expect("it is JSON");
        let messages = request.get("messages").and_then(Value::as_array).unwrap();
        prop_assert_eq!(messages.len(), said.len() + 1);
        for (message, said) in messages.iter().skip(1).zip(&said) {
            prop_assert_eq!(message.get("role").and_then(Value::as_str), Some("user"));
            let record = Value::parse(message.get("content").and_then(Value::as_str).unwrap()).unwrap();
            prop_assert_eq!(record.get("text").and_then(Value::as_str), Some(said.words.as_str()));
        }
    }
}

#[test]
fn a_bots_own_words_are_its_own_and_the_newest_come_first() {
    let long = "x".repeat(BOT_INPUT_CHARS_MAX);
    let events = [chat(1, "user_1", &long), chat(2, "bot_nova", "yes"), chat(3, "user_1", "why?")];
    let said = said_in(events.iter());
    assert_eq!(said.iter().map(|one| one.words.len()).collect::<Vec<_>>(), [BOT_INPUT_CHARS_MAX - 7, 3, 4]);
    let request = request_json(&BOTS[0], &said);
    assert!(request.contains(r#"{"role":"assistant","content":"yes"}"#), "{request}");
    assert!(request.starts_with(r#"{"messages":[{"role":"system","content":"You are Nova"#), "{request}");
}
