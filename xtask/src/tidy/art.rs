//! Rules for drawings and sounds below `public`: drawings contain only drawings, a wink is small and short, and the page knows every sound
//! (`ux.md` 4.8).

use serde_json::Value;

use super::Finding;
use super::source::Repository;

const WINKS: &str = "protocol/src/words/winks.rs";
const SOUNDS: &str = "public/assets/sounds.json";

/// Largest size of both files of a wink, and the longest timeline.
const WINK_BYTES_MAX: usize = 40 * 1_024;
const WINK_MS_MAX: u64 = 4_500;

const SOUND_MS_MAX: u64 = 900;
const SOUND_PEAK_DB_MAX: f64 = -14.0;
/// Sound that `ux.md` names for calls, which do not exist yet.
const UNHEARD: &str = "call-ring";

/// Namespace of a drawing.
const NAMESPACE: &str = "http://www.w3.org/2000/svg";
/// Texts with which a drawing would run or load something. A reference to a part of the drawing itself does neither.
const FOREIGN: [&str; 9] =
    ["<script", "<foreignobject", "<iframe", "<!", "javascript:", "http:", "https:", "data:", "@import"];
const ADDRESSES: [&str; 3] = ["url(", "href=\"", "src=\""];

/// Checks that drawings are well-formed, run nothing and load nothing.
pub fn drawings(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in
        repository.below("", ".svg").filter(|(path, _)| path.starts_with("public/") || path.starts_with("style/art/"))
    {
        findings.extend(ill_formed(text).map(|fault| Finding::of(path, fault)));
        findings.extend(foreign(text).map(|what| Finding::of(path, format!("`{what}` in a drawing"))));
    }
    for (path, text) in repository.below("public/assets/winks/", ".css") {
        findings.extend(foreign(text).map(|what| Finding::of(path, format!("`{what}` in a timeline"))));
    }
    findings
}

/// Checks the files of each wink of the catalogue: they exist, are small, as long as the row says, and have names of their own
/// (`style/README.md`). There are no others.
pub fn winks(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut names = Vec::new();
    for (id, ms) in catalogue(repository) {
        let [drawing, timeline] = ["svg", "css"].map(|kind| format!("public/assets/winks/{id}.{kind}"));
        let (Some(drawn), Some(moved)) = (repository.text(&drawing), repository.text(&timeline)) else {
            findings.push(Finding::of(WINKS, format!("{id} has no {drawing} or no {timeline}")));
            continue;
        };
        let bytes = drawn.len() + moved.len();
        if bytes > WINK_BYTES_MAX {
            findings.push(Finding::of(&drawing, format!("{bytes} B with its timeline, of at most {WINK_BYTES_MAX}")));
        }
        let agrees = drawn.contains(&format!("data-ms=\"{ms}\"")) && moved.contains(&format!("{{ animation: {ms}ms "));
        if ms > WINK_MS_MAX || !agrees {
            findings.push(Finding::of(
                &drawing,
                format!("{ms} ms: longer than {WINK_MS_MAX}, or elsewhere another length"),
            ));
        }
        let stray = stray_name(drawn, id);
        findings.extend(stray.map(|name| Finding::of(&drawing, format!("`{name}` does not begin with `wink-{id}-`"))));
        if !moved.contains(&format!("@keyframes wink-{id}-stage ")) {
            findings.push(Finding::of(&timeline, format!("no `wink-{id}-stage`, with which the wink ends")));
        }
        names.extend([drawing, timeline]);
    }
    let is_unlisted = |path: &&str| path.starts_with("public/assets/winks/") && !names.iter().any(|name| name == path);
    let unlisted = repository.all().map(|(path, _)| path).filter(is_unlisted);
    findings.extend(unlisted.map(|path| Finding::of(path, format!("is no wink of {WINKS}"))));
    findings
}

/// Returns an id or a class of a drawing that does not say whose it is. All drawings are in one page, so two must not share a name.
fn stray_name<'a>(drawing: &'a str, id: &str) -> Option<&'a str> {
    let begin = format!("wink-{id}-");
    let values = [" id=\"", " class=\""].into_iter().flat_map(|attribute| drawing.split(attribute).skip(1));
    let mut names = values.filter_map(|rest| rest.split('"').next()).flat_map(str::split_whitespace);
    names.find(|name| *name != "wink" && !name.starts_with(&begin))
}

/// Returns id and length of each wink. A row that cannot be parsed is missing, and its files then belong to no wink.
fn catalogue(repository: &Repository) -> Vec<(&str, u64)> {
    let code = repository.text(WINKS).unwrap_or_default();
    let row = |row| {
        let (id, rest) = between(row, "id: \"", "\"")?;
        let (ms, _) = between(rest, "duration_ms: ", ",")?;
        Some((id, ms.replace('_', "").parse::<u64>().ok()?))
    };
    code.split("Wink { ").skip(1).filter_map(row).collect()
}

/// Returns the text between the first `begin` and the next `end`, and the text that follows.
fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<(&'a str, &'a str)> {
    text.split_once(begin)?.1.split_once(end)
}

/// Checks that the page uses every sound, that sounds are short, not too loud and distinct, and that every event has one.
pub fn sounds(repository: &Repository) -> Vec<Finding> {
    let document: Value = serde_json::from_str(repository.text(SOUNDS).unwrap_or("{}")).unwrap_or_default();
    let Some(sounds) = document["sounds"].as_object() else { return Vec::new() };
    let mut findings = Vec::new();
    let mut say = |text: String| findings.push(Finding::of(SOUNDS, text));
    let of_winks: Vec<String> = catalogue(repository).iter().map(|(id, _)| format!("wink-{id}")).collect();
    let is_asked_for = |name: &str| {
        let quoted = format!("\"{name}\"");
        of_winks.iter().any(|wink| wink == name)
            || repository.below("app/src/session/", ".rs").any(|(_, code)| code.contains(&quoted))
    };
    for (name, sound) in sounds {
        if name != UNHEARD && !is_asked_for(name) {
            say(format!("nothing plays `{name}`"));
        }
        if sound["ms"].as_u64().is_none_or(|ms| ms > SOUND_MS_MAX)
            || sound["peakDb"].as_f64().is_none_or(|db| db > SOUND_PEAK_DB_MAX)
        {
            say(format!("`{name}` is longer than {SOUND_MS_MAX} ms, or louder than {SOUND_PEAK_DB_MAX} dB"));
        }
        if sounds.iter().any(|(other, its)| other < name && its["voices"] == sound["voices"]) {
            say(format!("`{name}` sounds like another"));
        }
    }
    let settings = repository.text("app/src/store/settings.rs").unwrap_or_default();
    let events = settings.split_once("SOUND_EVENTS").and_then(|(_, rest)| rest.split_once("= [")?.1.split_once(']'));
    let events = events.map_or("", |(events, _)| events).split('"').skip(1).step_by(2);
    for name in events.chain(of_winks.iter().map(String::as_str)).filter(|name| !sounds.contains_key(*name)) {
        say(format!("there is no `{name}`"));
    }
    findings
}

/// Returns the first error that makes a text no XML: a tag that is not closed, or closes another.
fn ill_formed(text: &str) -> Option<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut rest = text;
    while let Some((_, from)) = rest.split_once('<') {
        if let Some(comment) = from.strip_prefix("!--") {
            let Some((_, after)) = comment.split_once("-->") else { return Some("a comment has no end".to_owned()) };
            rest = after;
            continue;
        }
        let Some((tag, after)) = from.split_once('>') else { return Some(format!("`<{from}` has no end")) };
        rest = after;
        let name = tag.trim_start_matches('/').split([' ', '\n', '/']).next().unwrap_or_default();
        if tag.contains('<') || tag.contains("='") || tag.matches('"').count() % 2 == 1 {
            return Some(format!("`<{tag}>` is no tag"));
        } else if tag.starts_with('/') {
            if open.pop() != Some(name) {
                return Some(format!("`</{name}>` closes another"));
            }
        } else if !tag.ends_with('/') && !tag.starts_with('?') {
            open.push(name);
        }
    }
    open.pop().map(|name| format!("`<{name}>` is not closed"))
}

fn foreign(text: &str) -> Option<String> {
    let text = text.replace(NAMESPACE, "").to_lowercase();
    // A comment is no declaration.
    let bare = text.replace("<!--", "");
    let named = FOREIGN.into_iter().find(|what| bare.contains(what)).map(str::to_owned);
    let leads_out = |address: &&&str| {
        text.match_indices(**address)
            .any(|(at, _)| !text[at + address.len()..].trim_start_matches(['"', '\'']).starts_with('#'))
    };
    let event_attribute = || {
        let mut attributes = text.split_whitespace().filter_map(|word| word.split_once(['=']));
        attributes.find(|(name, _)| name.starts_with("on")).map(|(name, _)| name.to_owned())
    };
    named.or_else(|| ADDRESSES.iter().find(leads_out).map(|address| (*address).to_owned())).or_else(event_attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(findings: Vec<Finding>) -> Vec<String> {
        findings.into_iter().map(|finding| finding.text).collect()
    }

    fn drawn(svg: &str) -> Vec<String> {
        texts(drawings(&Repository::of(&[("public/assets/a.svg", svg)])))
    }

    #[test]
    fn a_drawing_is_a_drawing() {
        let good = "<!-- two --><svg xmlns=\"http://www.w3.org/2000/svg\"><g fill=\"url(#a)\"><path/></g><use href=\"#b\"/></svg>";
        assert_eq!(drawn(good), [""; 0]);
        for (svg, fault) in [
            ("<svg><g></svg>", "`</svg>` closes another"),
            ("<svg><g/>", "`<svg>` is not closed"),
            ("<svg><path d=\"/></svg>", "`<path d=\"/>` is no tag"),
            ("<svg><script/></svg>", "`<script` in a drawing"),
            ("<svg onload=\"a\"/>", "`onload` in a drawing"),
            ("<svg\tonload=\"a\"/>", "`onload` in a drawing"),
            ("<path d='a'/>", "`<path d='a'/>` is no tag"),
            ("<!-- <svg/>", "a comment has no end"),
            ("<svg><use href=\"/a.svg#b\"/></svg>", "`href=\"` in a drawing"),
            ("<svg fill=\"url(a.png)\"/>", "`url(` in a drawing"),
            ("<svg><style>@import 'a'</style></svg>", "`@import` in a drawing"),
        ] {
            assert_eq!(drawn(svg), [fault], "{svg}");
        }
    }

    #[test]
    fn a_wink_is_light_short_and_listed() {
        let found = |ms: &str, filled: usize, other: &str| {
            let rows = format!("&[\n    Wink {{ id: \"cat\", duration_ms: {ms}, cue_ms: 900 }},\n];");
            let svg = format!("<svg data-ms=\"4100\">{}</svg>", "x".repeat(filled));
            texts(winks(&Repository::of(&[
                (WINKS, &rows),
                ("public/assets/winks/cat.svg", &svg),
                (other, ".wink { animation: 4100ms linear both; } @keyframes wink-cat-stage { }"),
            ])))
        };
        let css = "public/assets/winks/cat.css";
        assert_eq!(found("4_100", 0, css), [""; 0]);
        assert_eq!(found("4_100", WINK_BYTES_MAX, css).len(), 1);
        assert_eq!(found("4_000", 0, css).len(), 1, "another length elsewhere");
        assert_eq!(found("4_100", 0, "public/assets/winks/dog.css").len(), 3, "a file is missing, two are not listed");
    }

    #[test]
    fn every_name_of_a_wink_is_its_own() {
        let good = "<svg class=\"wink\"><g id=\"wink-cat-sky\" class=\"wink-cat-tail wink-cat-far\"/></svg>";
        assert_eq!(stray_name(good, "cat"), None);
        assert_eq!(stray_name(good, "dog"), Some("wink-cat-sky"));
        assert_eq!(stray_name("<g id=\"wink-cat-a\" class=\"wink-cat-b tail\"/>", "cat"), Some("tail"));
    }

    #[test]
    fn every_sound_is_asked_for_and_unlike_the_others() {
        let found = |sounds: &str, events: &str| {
            let document = format!("{{\"sounds\": {{{sounds}}}}}");
            let settings = format!("pub const SOUND_EVENTS: [&str; 1] = [{events}];");
            texts(sounds_of(&document, &settings))
        };
        fn sounds_of(document: &str, settings: &str) -> Vec<Finding> {
            sounds(&Repository::of(&[
                (SOUNDS, document),
                ("app/src/store/settings.rs", settings),
                ("app/src/session/effects.rs", "play(\"nudge\"); play(\"error\");"),
            ]))
        }
        let one = |name: &str, ms: u64, voice: u64| {
            format!("\"{name}\": {{\"ms\": {ms}, \"peakDb\": -14, \"voices\": [{voice}]}}")
        };
        let two = |second: &str, voice| format!("{}, {}", one("nudge", 320, 1), one(second, 160, voice));
        assert_eq!(found(&two("error", 2), "\"nudge\""), [""; 0]);
        assert_eq!(found(&two("error", 1), "\"nudge\""), ["`nudge` sounds like another"]);
        assert_eq!(found(&two("horn", 2), "\"nudge\""), ["nothing plays `horn`"]);
        assert_eq!(found(&one("nudge", 901, 1), "\"nudge\"").len(), 1);
        assert_eq!(found(&one("nudge", 320, 1), "\"nudge\", \"error\""), ["there is no `error`"]);
    }

    #[test]
    fn every_wink_has_its_sound() {
        let rows = "&[Wink { id: \"cat\", duration_ms: 4_100, cue_ms: 900 }];";
        let found = |name: &str| {
            let sound = "{\"ms\": 320, \"peakDb\": -14, \"voices\": []}";
            let document = format!("{{\"sounds\": {{\"{name}\": {sound}}}}}");
            texts(sounds(&Repository::of(&[(SOUNDS, &document), (WINKS, rows)])))
        };
        assert_eq!(found("wink-cat"), [""; 0]);
        assert_eq!(found("wink-dog"), ["nothing plays `wink-dog`", "there is no `wink-cat`"]);
    }
}
