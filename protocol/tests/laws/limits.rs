//! Texts that repeat limits. The tests write generated parts from the rows, and compare hand-written parts with them.

use std::fs;

use protocol::wire::messenger::limits_json;
use protocol::words::language;
use protocol::words::limits::*;
use protocol::words::rate::Rules;
use protocol::words::time::HOUR_MS;
use serde_json::{Map, Value, json};

use crate::documents::{Sentence, are_said, grouped, path_of, read};

/// Variables for local development.
const EXAMPLE: &str = ".dev.vars.example";
/// Lines before and after the limits in that file.
const BEGIN: &str = "# ---- Limits: a test writes these lines from protocol/src/words/limits/operator.rs and protocol/src/words/rate/rules.rs\n";
const END: &str = "# ---- End of the limits\n";
/// Limits for the tests in TypeScript.
const SCRIPT: &str = "end2end/harness/limits.ts";

/// Compares a file with its expected text. A different file is written anew, and the test passes the next time: the diff shows the change.
fn is_written(name: &str, expected: &str) {
    if read(name) != expected {
        fs::write(path_of(name), expected).expect("a file that can be written");
        panic!("{name} did not say what the limits are; now it does");
    }
}

/// Returns comments that name each variable with its default.
fn variables() -> String {
    let mut rules = Rules::default();
    let limit = |row: &LimitRow| {
        let unit = match row.unit {
            Unit::Seconds => "seconds, ",
            Unit::Days => "days, ",
            Unit::Count => "",
        };
        let about = row.description().trim_end_matches('.');
        format!("# {about} ({unit}{} to {}):\n# {}={}\n", row.min, row.max, row.variable, row.default)
    };
    let rate = |name: &&str| format!("# RATE_{name}={}\n", rules.named(name).expect("a rule").text());
    let limits: String = OperatorLimits::ROWS.iter().map(limit).collect();
    let rates: String = Rules::NAMES.iter().map(rate).collect();
    let head = "# Rates (docs/spec/messenger.md 12), <count>/<seconds>, several with commas; 0 for none (ENV=dev):\n";
    format!("{limits}{head}{rates}")
}

#[test]
fn the_example_of_variables_has_every_limit_with_its_default() {
    let example = read(EXAMPLE);
    let (before, rest) = example.split_once(BEGIN).expect("the line with which the limits begin");
    let (_, after) = rest.split_once(END).expect("the line with which they end");
    is_written(EXAMPLE, &format!("{before}{BEGIN}{}{END}{after}", variables()));
}

#[test]
fn the_tests_in_typescript_have_the_limits() {
    let row = |row: &LimitRow| {
        let LimitRow { variable, default, min, max, .. } = *row;
        (variable.to_owned(), json!({ "default": default, "min": min, "max": max }))
    };
    let rows: Map<String, Value> = OperatorLimits::ROWS.iter().map(row).collect();
    let fixed = json!({
        "hubBodyBytes": HUB_BODY_BYTES_MAX,
        "inboxEntries": INBOX_ENTRIES_MAX,
        "reportsDay": REPORTS_DAY_MAX,
        "socketsPerLog": LOG_SOCKETS_MAX,
    });
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
    let expected = format!(
        "// Limits of a deployment that sets no variable. A test of `protocol` writes this file (`protocol/tests/laws/limits.rs`).\n\n\
         /** Limits as `/api/config` tells them; a rate is `<count>/<seconds>`, several with commas. */\n\
         export const limits = {} as const;\n\n\
         /** Limits that no variable sets and `/api/config` does not name. */\n\
         export const fixed = {} as const;\n\n\
         /** Variables that set a limit: the number without the variable, the smallest and the largest that is taken. */\n\
         export const variables = {} as const;\n",
        pretty(&limits_json(&OperatorLimits::DEFAULT, &Rules::default())),
        pretty(&fixed),
        pretty(&Value::Object(rows)),
    );
    is_written(SCRIPT, &expected);
}

/// Returns the variables of a table row with their defaults: names in the first column, numbers in the second.
fn defaults_in(row: &str) -> Vec<(&str, &str)> {
    let mut columns = row.split('|').skip(1);
    let mut words = || {
        columns
            .next()
            .unwrap_or_default()
            .split([',', ';'])
            .map(|word| word.trim().trim_matches('`'))
            .collect::<Vec<_>>()
    };
    let (names, defaults) = (words(), words());
    names.into_iter().zip(defaults).collect()
}

#[test]
fn the_specification_names_every_limit_with_its_default() {
    let (messenger, core) = (read("docs/spec/messenger.md"), read("docs/spec/core.md"));
    let table: Vec<(&str, &str)> =
        messenger.lines().filter(|line| line.starts_with("| `")).flat_map(defaults_in).collect();
    for LimitRow { variable, default, .. } in OperatorLimits::ROWS {
        let is_there = table.iter().any(|(name, number)| name == variable && *number == default.to_string());
        assert!(is_there || core.contains(&format!("`{variable}={default}`")), "{variable}={default}");
    }
}

/// Returns the rules that a line names by their variables. `RATE_LIMITED` is a code of refusals, `RATE_<RULE>` stands for all variables.
fn rules_in(line: &str) -> Vec<&str> {
    let is_behind = |letter: char| !letter.is_ascii_uppercase() && letter != '_';
    let names = line.split("RATE_").skip(1).filter_map(|rest| rest.split(is_behind).next());
    names.filter(|name| !["", "LIMITED"].contains(name)).collect()
}

/// Returns the rates in a line in the form of a variable: `1 per 5 s, 3,000 per hour` is `1/5,3000/3600`.
fn rates_in(line: &str) -> String {
    let words = line.split_whitespace().map(|word| word.trim_matches([',', ';', '.', ':', '(', ')']));
    let words: Vec<String> = words.chain([""]).map(|word| word.replace(',', "")).collect();
    let rate = |words: &[String]| {
        let [count, per, length, unit] = words else { return None };
        let seconds = match (length.parse::<u64>(), length.as_str(), unit.as_str()) {
            (Ok(seconds), _, "s") => seconds,
            (_, "s", _) => 1,
            (_, "hour", _) => 3_600,
            (_, "day", _) => 86_400,
            _ => return None,
        };
        let count = count.parse::<u64>().ok().filter(|_| per == "per")?;
        Some(format!("{count}/{seconds}"))
    };
    words.windows(4).filter_map(rate).collect::<Vec<String>>().join(",")
}

/// Returns the files of a folder that end in `end`, as names with their texts.
fn texts_of(folder: &str, end: &str) -> Vec<(String, String)> {
    let files = fs::read_dir(path_of(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let names = files.map(|file| format!("{folder}/{}", file.expect("a file").file_name().to_string_lossy()));
    names.filter(|name| name.ends_with(end)).map(|name| (name.clone(), read(&name))).collect()
}

#[test]
fn the_specification_says_every_rate() {
    let texts: Vec<(String, String)> =
        ["docs/spec", "docs/guides"].into_iter().flat_map(|folder| texts_of(folder, ".md")).collect();
    let lines: Vec<&str> = texts.iter().flat_map(|(_, text)| text.lines()).collect();
    for line in &lines {
        let unknown = rules_in(line).into_iter().find(|name| !Rules::NAMES.contains(name));
        assert_eq!(unknown, None, "no such rule: {line}");
    }
    let mut rules = Rules::default();
    for name in Rules::NAMES {
        let default = rules.named(name).expect("a rule").text();
        let of_rule = lines.iter().filter(|line| rules_in(line) == [*name]);
        let said: Vec<String> = of_rule.map(|line| rates_in(line)).filter(|rates| !rates.is_empty()).collect();
        let is_said = !said.is_empty() && said.iter().all(|rates| *rates == default);
        assert!(is_said, "RATE_{name} is {default}, and the specification says {said:?}");
    }
}

/// Returns the rates in a line, however they are said: `3 per 10 s`, `3 nudges in 10 s` or `20 a minute`. Each is a count and seconds.
fn spoken_rates_in(line: &str) -> Vec<(u64, u64)> {
    let is_around = |letter: char| letter.is_ascii_punctuation();
    let words: Vec<String> =
        line.split_whitespace().map(|word| word.trim_matches(is_around).replace(',', "")).collect();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let unit = |word: &str| match word {
        "s" | "second" => Some(1),
        "minute" => Some(60),
        "hour" => Some(3_600),
        "day" => Some(86_400),
        _ => None,
    };
    let rate = |at: usize| {
        let count = word(at).parse::<u64>().ok()?;
        // One noun may stand behind the number, and no unit: `(10 s) in 60 s` is no rate.
        let joint =
            if ["per", "in", "a"].contains(&word(at + 1)) || unit(word(at + 1)).is_some() { at + 1 } else { at + 2 };
        let seconds = match (word(joint), word(joint + 1).parse::<u64>().ok()) {
            ("per" | "in", Some(seconds)) if word(joint + 2) == "s" => seconds,
            ("per" | "in" | "a", None) => unit(word(joint + 1))?,
            _ => return None,
        };
        Some((count, seconds))
    };
    (0..words.len()).filter_map(rate).collect()
}

/// A number that stands twice is changed once. In documents a rate stands in the line that names its rule, or the law of sentences has it;
/// titles and comments of tests say none.
#[test]
fn a_rate_stands_where_its_rule_is_named() {
    let mut rules = Rules::default();
    let default = |name: &&str| rules.named(name).expect("a rule").0.clone();
    let windows: Vec<(u64, u64)> =
        Rules::NAMES.iter().flat_map(default).map(|window| (u64::from(window.count), window.ms / 1_000)).collect();
    let documents = ["docs", "docs/spec", "docs/guides"].into_iter().flat_map(|folder| texts_of(folder, ".md"));
    let tests =
        ["end2end/sockets", "end2end/stories", "end2end/worker"].into_iter().flat_map(|folder| texts_of(folder, ".ts"));
    let is_of_tests = |line: &str| {
        let line = line.trim_start();
        ["//", "/*", "*", "test(", "describe("].iter().any(|begin| line.starts_with(begin))
    };
    let sentences = sentences();
    for (file, text) in documents.chain(tests) {
        let is_sentence =
            |line: &str| sentences.iter().any(|(path, sentence)| *path == file && line.contains(sentence.as_str()));
        let lines = text.lines().filter(|line| file.ends_with(".md") || is_of_tests(line));
        for line in lines.filter(|line| rules_in(line).is_empty() && !is_sentence(line)) {
            let repeated = spoken_rates_in(line).into_iter().find(|rate| windows.contains(rate));
            assert_eq!(repeated, None, "{file} repeats a rate without the name of its rule: {line}");
        }
    }
}

#[test]
fn rates_are_found_however_they_are_said() {
    for (line, rates) in [
        ("After 3 in 10 s", vec![(3, 10)]),
        ("at most 3 nudges in 10 s, 1,000 per day", vec![(3, 10), (1_000, 86_400)]),
        ("1 frame per s; 20 a minute", vec![(1, 1), (20, 60)]),
        ("5 failures or timeouts (10 s) in 60 s, for 30 s", vec![]),
    ] {
        assert_eq!(spoken_rates_in(line), rates, "{line}");
    }
}

/// Returns the sentences with a limit, by their files, as the limits require them.
fn sentences() -> Vec<Sentence> {
    const MIB: usize = 1024 * 1024;
    const OPERATIONS: &str = "protocol/src/wire/openapi/operations.rs";
    let (colors, faces) = (FONT_COLORS - 1, FONT_FACES - 1);
    let emoticon_codes = format!("{EMOTICON_CODE_CHARS_MIN} to {EMOTICON_CODE_CHARS_MAX}");
    let handles = format!("{HANDLE_CHARS_MIN} to {HANDLE_CHARS_MAX}");
    let (emoticon, file, hub) =
        (grouped(EMOTICON_BYTES_MAX), grouped(FILE_BYTES_MAX), grouped(HUB_BODY_BYTES_MAX as u64));
    let megapixels = PICTURE_PIXELS_MAX / 1_000_000;
    let (connects, hub_window) = (grouped(HUB_ADDRESS_CONNECTS_MAX.into()), HUB_ISOLATE_WINDOW_MS / 1_000);
    vec![
        ("docs/spec/presence.md", format!("1–{NAME_GRAPHEMES_MAX} graphemes and ≤ {NAME_BYTES_MAX} bytes")),
        ("docs/spec/ux.md", format!("| Display name | Must | 1–{NAME_GRAPHEMES_MAX} grapheme")),
        (
            "docs/spec/core.md",
            format!("Backoff: {} s × 2^n, cap {} s", BACKOFF_MS as f64 / 1e3, BACKOFF_MS_MAX / 1_000),
        ),
        ("protocol/src/content/text.rs", format!("A message has 1 to {CONTENT_UNITS_MAX} characters.")),
        ("protocol/src/people/draft.rs", format!("A draft has at most {CONTENT_UNITS_MAX} characters.")),
        ("protocol/src/people/account/password.rs", format!("at least {PASSWORD_GRAPHEMES_MIN} characters and")),
        ("protocol/src/people/account/password.rs", format!("at most {PASSWORD_BYTES_MAX} bytes.")),
        ("docs/spec/account.md", format!("has at least {PASSWORD_GRAPHEMES_MIN} characters: graphemes")),
        ("docs/spec/account.md", format!("at most {PASSWORD_BYTES_MAX} bytes.")),
        ("protocol/src/content/own_emoticons.rs", format!("A code is {emoticon_codes} visible characters")),
        (
            "protocol/src/content/own_emoticons.rs",
            format!("{emoticon} bytes and {EMOTICON_PX_MAX} × {EMOTICON_PX_MAX}."),
        ),
        ("protocol/src/content/own_emoticons.rs", format!("at most {EMOTICONS_IN_MESSAGE_MAX} emoticons of one's own")),
        ("protocol/src/content/files/attached.rs", format!("A message has 1 to {FILES_MAX} files of one's own.")),
        ("protocol/src/wire/integrations/own_bots.rs", format!("A bot has at most {BOT_COMMANDS_MAX} commands.")),
        ("protocol/src/wire/integrations/own_bots.rs", format!("has 1 to {BOT_COMMAND_BYTES_MAX} of a-z, 0-9")),
        ("docs/spec/integrations.md", format!("A bot has at most {BOT_COMMANDS_MAX} `commands`")),
        ("docs/spec/integrations.md", format!("`name` has 1 to {BOT_COMMAND_BYTES_MAX} of")),
        ("docs/spec/integrations.md", format!("`description` has 1 to {BOT_COMMAND_GRAPHEMES_MAX} graphemes")),
        ("docs/spec/integrations.md", format!("A group has at most {OWN_BOTS_MAX} bots")),
        (
            "protocol/src/machines/room/mutating.rs",
            format!("At most {REACTIONS_OF_USER_MAX} reactions on one message."),
        ),
        ("protocol/src/machines/room/mutating.rs", format!("at most {REACTION_KINDS_MAX} different reactions.")),
        ("protocol/src/machines/scene/history.rs", format!("`daysAgo` is 1 to {HISTORY_DAYS_MAX}")),
        (
            "protocol/src/machines/scene/play.rs",
            format!("{SCENE_SPEED_PERCENT_MIN} to {SCENE_SPEED_PERCENT_MAX} per cent of its speed."),
        ),
        ("server/src/doors/demo.rs", format!("percent is {SCENE_SPEED_PERCENT_MIN} to {SCENE_SPEED_PERCENT_MAX}.")),
        ("protocol/src/machines/hub/refusal.rs", format!("The message exceeds {HUB_BODY_BYTES_MAX} bytes")),
        ("protocol/src/machines/hub/words.rs", format!("message exceeds {HUB_BODY_BYTES_MAX} bytes")),
        ("protocol/src/machines/demo/mod.rs", format!("cap is {DEMO_PEOPLE_MIN} to {DEMO_PEOPLE_MAX} people.")),
        ("protocol/src/machines/demo/mod.rs", format!("slowMs is 0 to {DEMO_SLOW_MS_MAX} milliseconds.")),
        (
            "protocol/src/machines/presence/person.rs",
            format!("within the next {} hours.", PRESENCE_UNTIL_MS_MAX / HOUR_MS),
        ),
        ("protocol/src/wire/messagehub/hooks.rs", format!("at least {HOOK_SECRET_BYTES_MIN} bytes in base64.")),
        ("protocol/src/wire/livestore/read.rs", format!("at most {CHAIN_FRAME_BYTES_MAX} bytes")),
        ("protocol/src/wire/livestore/rpc_read.rs", format!("at most {CHAIN_FRAME_BYTES_MAX} bytes")),
        (
            "docs/spec/livestore-0.4.md",
            format!("| {CHAIN_CHUNK_EVENTS_MAX} events, {} bytes |", grouped(RPC_PAGE_BYTES_MAX as u64)),
        ),
        ("docs/spec/livestore-0.4.md", format!("text, name and ids | {} bytes |", grouped(RPC_EVENT_BYTES_MAX as u64))),
        ("docs/spec/livestore-0.4.md", format!("first request of a socket | {} s |", RPC_FIRST_REQUEST_MS / 1_000)),
        (
            "protocol/src/wire/messenger/read.rs",
            format!("color 0-{colors}, face 0-{faces} and style 0-{FONT_STYLE_MAX}."),
        ),
        ("protocol/src/trust/sealing/keys.rs", format!("1 to {CONTENT_KEY_ID_CHARS_MAX} letters, digits")),
        ("protocol/src/trust/sealing/keys.rs", format!("keys in CONTENT_KEYS are {CONTENT_KEY_BYTES} bytes")),
        ("protocol/src/trust/sealing/keys.rs", format!("CONTENT_KEYS holds at most {CONTENT_KEYS_MAX} keys")),
        (
            "server/src/objects/person/watching/notifications.rs",
            format!("At most {PRESENCE_WATCH_MAX} people can be watched."),
        ),
        ("server/src/doors/messenger/messages.rs", format!("The id has 1 to {WRITE_ID_BYTES_MAX} printable bytes.")),
        ("server/src/doors/messenger/avatars.rs", format!("{AVATAR_PX} by {AVATAR_PX} pixels.")),
        ("server/src/doors/messenger/handles.rs", format!("A handle is {handles} small letters")),
        ("server/src/doors/messenger/files.rs", format!("at most {FILE_NAME_SENT_BYTES_MAX} bytes.")),
        ("server/src/doors/messenger/files.rs", format!("at most {megapixels} million pixels.")),
        ("server/src/auth/jwt.rs", format!("shorter than {SECRET_KEY_BYTES_MIN} bytes")),
        ("server/src/pages/developers.rs", format!("has fewer than {SECRET_KEY_BYTES_MIN} bytes")),
        (OPERATIONS, format!("stores the body, 1 to {hub} bytes")),
        (OPERATIONS, format!("{AVATAR_PX} by {AVATAR_PX} pixels and at most {} MiB", AVATAR_BYTES_MAX / MIB)),
        (OPERATIONS, format!("At most {REPORTS_DAY_MAX} a day.")),
        (OPERATIONS, format!("Presence for {} s", PRESENCE_REST_MS / 1_000)),
        (OPERATIONS, format!("at most {file} bytes, as a file")),
        (OPERATIONS, format!("The archive, a ZIP; for {} hours", EXPORT_MS / HOUR_MS)),
        (OPERATIONS, format!("each within {HEALTH_CHECK_MS_MAX} ms")),
        (OPERATIONS, format!("Remembered for {} s.", HEALTH_REMEMBERED_MS / 1_000)),
        (
            "docs/deploy.md",
            format!(
                "`BOT_DAILY_LIMIT` ({}) and `BOT_USER_DAILY_LIMIT` ({})",
                grouped(OperatorLimits::DEFAULT.bot_calls_max),
                grouped(OperatorLimits::DEFAULT.bot_calls_person_max),
            ),
        ),
        (
            "docs/spec/messenger.md",
            format!("| group members / groups per user | {GROUP_MEMBERS_MAX} / {GROUPS_PER_USER_MAX} |"),
        ),
        ("docs/spec/ux.md", format!("named groups last and have ≤ {GROUP_MEMBERS_MAX} members")),
        ("docs/checklist.md", format!("| {GROUP_MEMBERS_MAX} members, {GROUPS_PER_USER_MAX} groups |")),
        ("docs/checklist.md", format!("Connects of one address ({connects} in {hub_window} s)")),
        ("docs/spec/messagehub.md", format!("event streams | {connects} per {hub_window} s, per Worker isolate")),
        (
            "docs/spec/core.md",
            format!("repeated invalid frames ({BAD_FRAMES_MAX} in {} s)", BAD_FRAMES_WINDOW_MS / 1_000),
        ),
    ]
}

#[test]
fn sentences_say_the_limits() {
    are_said(&sentences());
}

/// Returns the texts with limits, by their names in `app/locales`, and the numbers in each, which are the same in every language.
fn texts() -> [(&'static str, Vec<u64>); 7] {
    let codes = vec![EMOTICON_CODE_CHARS_MIN as u64, EMOTICON_CODE_CHARS_MAX as u64];
    [
        ("sign_in.name_hint", vec![GUEST_NAME_GRAPHEMES_MAX as u64]),
        ("account.error.password", vec![PASSWORD_GRAPHEMES_MIN as u64]),
        ("own_emoticons.code_hint", codes.clone()),
        ("own_emoticons.form", codes),
        ("profile.handle_form", vec![HANDLE_CHARS_MIN as u64, HANDLE_CHARS_MAX as u64]),
        ("demo_door.promise", vec![DEMO_LIFE_MS / HOUR_MS]),
        ("writing_rules.unusable", vec![WRITING_RULES_MAX as u64]),
    ]
}

#[test]
fn texts_of_every_language_say_the_limits() {
    for tag in language::tags() {
        let file: Value = serde_json::from_str(&read(&format!("app/locales/{tag}.json"))).expect("JSON");
        for (name, numbers) in texts() {
            let text = name.split('.').fold(&file, |group, part| &group[part]).as_str();
            let text = text.unwrap_or_else(|| panic!("{tag}.json has no {name}"));
            let said: Vec<u64> =
                text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect();
            assert!(
                numbers.iter().all(|number| said.contains(number)),
                "{tag}.json, {name}, says {said:?}, not {numbers:?}"
            );
        }
    }
}
