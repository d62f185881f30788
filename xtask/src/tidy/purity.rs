//! Things that must be absent from a place: clocks, randomness and async from `protocol`, the browser from everything but
//! `app/src/browser`, compile-time features from everything but the crate roots, SQL from doors, sockets from components.

use super::Finding;
use super::source::{Repository, lines_with, product_code};

/// Checks that `protocol` gets time and random bytes as arguments and waits for nothing.
pub fn protocol(repository: &Repository) -> Vec<Finding> {
    const ABSENT: [&str; 12] = [
        "async",
        "await",
        "std::time",
        "SystemTime",
        "Instant",
        // `protocol` uses the calendar of `chrono`, but not its clock.
        "Utc::now",
        "chrono::Local",
        "rand::",
        "getrandom",
        "std::fs",
        "std::net",
        "std::thread",
    ];
    refuse(repository, "protocol/src/", |_| true, &ABSENT, "protocol has no I/O, clock, randomness or async")
}

/// Checks that only one folder uses the DOM.
pub fn browser_only(repository: &Repository) -> Vec<Finding> {
    const ABSENT: [&str; 6] = ["web_sys", "js_sys", "wasm_bindgen", "wasm_bindgen_futures", "gloo_net", "gloo_timers"];
    let outside = |path: &str| !path.starts_with("app/src/browser/");
    refuse(repository, "app/src/", outside, &ABSENT, "the browser is used in app/src/browser only")
}

/// Modules that choose between a browser version and a server version.
const WITH_TWINS: [&str; 3] = ["app/src/api.rs", "app/src/i18n/mod.rs", "app/src/view/mod.rs"];

/// Checks that conditional compilation by feature is limited to the edges.
pub fn features(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("", ".rs") {
        let is_wing = path.starts_with("protocol/src/") && path.ends_with("/mod.rs") && path.matches('/').count() == 3;
        let is_crate = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs") || path.ends_with("build.rs");
        let is_root = is_crate || is_wing;
        if is_root || path.starts_with("app/src/browser/") || WITH_TWINS.contains(&path) || path.starts_with("xtask/") {
            continue;
        }
        // Feature names are strings, which `product_code` blanks, so the word before the string is searched.
        for (index, line) in product_code(text).lines().enumerate() {
            let line: String = line.split_whitespace().collect();
            let is_condition = line.contains("cfg(") || line.contains("cfg_attr(") || line.contains("cfg!(");
            if is_condition && line.contains("feature=") {
                findings.push(Finding::at(
                    path,
                    index + 1,
                    "cfg(feature) belongs into roots of crates and wings, app/src/browser, or a module that picks between twins",
                ));
            }
        }
    }
    findings
}

/// Checks that a door names no table, and a component no socket.
pub fn doors_and_components(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for folder in ["server/src/doors/", "protocol/src/wire/"] {
        for (path, text) in repository.below(folder, ".rs") {
            for (index, line) in text.lines().enumerate() {
                if ["SELECT ", "INSERT INTO", "UPDATE OR", "DELETE FROM", "CREATE TABLE"]
                    .iter()
                    .any(|sql| line.contains(sql))
                {
                    findings.push(Finding::at(path, index + 1, "a door names no table: SQL belongs to the objects"));
                }
            }
        }
    }
    for folder in ["app/src/features/", "app/src/pages/"] {
        let text = "a component names no socket: it sends intents to the session";
        findings.extend(refuse(repository, folder, |_| true, &["socket", "Socket", "WebSocket"], text));
    }
    findings
}

/// Files of objects that still write their own JSON: the answers of a hub room's hooks.
const WORDY_OBJECTS: [&str; 1] = ["server/src/objects/hub/handlers.rs"];

/// Checks that an object names no member of a frame: only `protocol::wire` knows the wire form.
pub fn objects_and_json(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    // Tests of tables write rows of earlier versions.
    let product = repository.below("server/src/objects/", ".rs").filter(|(path, _)| !path.ends_with("tests.rs"));
    for (path, text) in product {
        // Lines of the log have members too, but they are no frames.
        let is_wordy = |line: &str| writes_member(line) || (line.contains("[\"") && reads_member(line));
        let lines = text.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//") && is_wordy(line));
        for (index, _) in lines.filter(|_| !WORDY_OBJECTS.contains(&path)) {
            let text = "an object names no JSON member: write and read frames in protocol::wire";
            findings.push(Finding::at(path, index + 1, text));
        }
    }
    findings
}

/// Returns true for `\"word\":` within a string.
fn writes_member(line: &str) -> bool {
    line.match_indices("\\\":").any(|(at, _)| {
        let word = line[..at].rsplit("\\\"").next().unwrap_or_default();
        !word.is_empty() && word.chars().all(|character| character.is_alphanumeric() || character == '_')
    })
}

/// Returns true for `value["word"]`; a list of texts has no word before its bracket.
fn reads_member(line: &str) -> bool {
    line.match_indices("[\"").any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_some_and(|character| character.is_alphanumeric() || ")]_".contains(character))
    })
}

fn refuse(
    repository: &Repository,
    folder: &str,
    concerns: fn(&str) -> bool,
    absent: &[&str],
    rule: &str,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below(folder, ".rs").filter(|(path, _)| concerns(path)) {
        let code = product_code(text);
        for needle in absent {
            for line in lines_with(&code, needle) {
                findings.push(Finding::at(path, line, format!("`{needle}`: {rule}")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_protocol_fails_and_one_in_a_comment_does_not() {
        let clock = Repository::of(&[("protocol/src/log/mod.rs", "let now = Instant::now();\n")]);
        assert_eq!(protocol(&clock)[0].place, "protocol/src/log/mod.rs:1");
        let comment = Repository::of(&[("protocol/src/log/mod.rs", "// no Instant here\nlet async_like = 1;\n")]);
        assert_eq!(protocol(&comment), []);
    }

    #[test]
    fn the_browser_has_one_folder() {
        let text = "use web_sys::Window;\n";
        assert_eq!(browser_only(&Repository::of(&[("app/src/features/composer/form.rs", text)])).len(), 1);
        assert_eq!(browser_only(&Repository::of(&[("app/src/browser/device.rs", text)])), []);
    }

    #[test]
    fn features_stay_at_the_edges() {
        let text = "#[cfg(feature = \"ssr\")]\nfn a() {}\n";
        assert_eq!(features(&Repository::of(&[("app/src/session.rs", text)]))[0].place, "app/src/session.rs:1");
        assert_eq!(features(&Repository::of(&[("app/src/api.rs", text), ("app/src/lib.rs", text)])), []);
        assert_eq!(
            features(&Repository::of(&[("server/src/pages/app/mod.rs", "if cfg!(feature = \"x\") {}\n")])).len(),
            1
        );
    }

    #[test]
    fn objects_leave_json_to_the_doors() {
        let found = |text: &str| objects_and_json(&Repository::of(&[("server/src/objects/room/mod.rs", text)])).len();
        assert_eq!(found("format!(\"{{\\\"type\\\":1}}\")\nbody[\"messageId\"].as_str()\n"), 2);
        assert_eq!(found("// \\\"type\\\": x\nfor table in [\"events\", \"words\"] {}\n&[\"DROP TABLE a\"]\n"), 0);
    }

    #[test]
    fn doors_and_components_keep_their_layer() {
        let sql = Repository::of(&[("server/src/doors/messenger.rs", "exec(\"SELECT a FROM b\")\n")]);
        assert_eq!(doors_and_components(&sql).len(), 1);
        let socket = Repository::of(&[("app/src/features/composer/form.rs", "socket::send(x);\n")]);
        assert_eq!(doors_and_components(&socket).len(), 1);
    }
}
