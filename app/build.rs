//! Writes `locales/*.json` as two Rust files for `src/i18n/mod.rs`: the texts themselves, one table for each language, and
//! their names. A text that is missing in a language does not compile, nor does a component that names one wrongly or
//! leaves out something the text speaks of. A text that depends on a `count` is a group of the plural forms of its language.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::{env, fs, iter};

use serde_json::Value;

/// The languages, in the order of `i18n::Locale`. All have the texts of the first one.
const LANGUAGES: [&str; 2] = ["en", "de"];

/// The plural forms of each, by their names in CLDR. A text with plural forms has exactly these.
const FORMS: [&[&str]; 2] = [&["one", "other"], &["one", "other"]];
/// All names of plural forms: a group of these only is one text.
const FORM_NAMES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];
/// Stands between the forms of a text.
const BETWEEN: char = '\u{1}';
/// Groups of texts that only views beyond the page show, or pages of the server alone: they come with the part `home`, in all
/// languages.
const LATER: [&str; 19] = [
    "account",
    "bots",
    "dialogs",
    "files",
    "font",
    "home",
    "keys",
    "leaving",
    "offline",
    "own_emoticons",
    "passkeys",
    "privacy",
    "profile",
    "push",
    "renewal",
    "settings",
    "sign_in",
    "talk",
    "ways",
];
/// Number of the first of them (`i18n::LATER_FIRST`).
const LATER_FIRST: usize = 0x8000;
/// Groups of texts that only pages of the demo show: they come with the parts of the page that show them.
const DEMO: [&str; 1] = ["demo"];
/// Number of the first of them (`i18n::DEMO_FIRST`).
const DEMO_FIRST: usize = 0xA000;
/// Groups of texts that the server writes alone: no browser loads their table, nor reads them.
const SERVER: [&str; 5] = ["admin", "broken", "demo_door", "invite", "stage"];
/// Number of the first of them (`i18n::SERVER_FIRST`).
const SERVER_FIRST: usize = 0xC000;
/// Groups in which a text is found by its name as well, because the name is an id of the wire.
const KEYED: [&str; 2] = ["wink.shows", "wink.title"];

type Fault = Box<dyn Error>;

fn main() -> Result<(), Fault> {
    println!("cargo:rerun-if-changed=locales");
    println!("cargo:rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("locales");
    let mut languages = Vec::new();
    for (language, forms) in LANGUAGES.iter().zip(FORMS) {
        let text = fs::read_to_string(folder.join(format!("{language}.json")))?;
        let mut texts = BTreeMap::new();
        collect(&serde_json::from_str(&text)?, forms, &mut Vec::new(), &mut texts)?;
        languages.push(texts);
    }
    let (mut first, mut later, mut demo, mut server) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for texts in &languages {
        let (own, texts): (BTreeMap<_, _>, BTreeMap<_, _>) =
            texts.clone().into_iter().partition(|(way, _)| SERVER.contains(&way[0].as_str()));
        let (shown, texts): (BTreeMap<_, _>, BTreeMap<_, _>) =
            texts.into_iter().partition(|(way, _)| DEMO.contains(&way[0].as_str()));
        let (then, now): (BTreeMap<_, _>, BTreeMap<_, _>) =
            texts.into_iter().partition(|(way, _)| LATER.contains(&way[0].as_str()));
        first.push(now);
        later.push(then);
        demo.push(shown);
        server.push(own);
    }
    let tables =
        tables(&first, "")? + &tables(&later, "LATER_")? + &tables(&demo, "DEMO_")? + &tables(&server, "SERVER_")?;
    let mut names = String::new();
    let numbers = |texts: &BTreeMap<Vec<String>, String>, from: usize| -> Vec<(Vec<String>, usize)> {
        texts.keys().cloned().zip(from..).collect()
    };
    let numbered: BTreeMap<Vec<String>, usize> = numbers(&first[0], 0)
        .into_iter()
        .chain(numbers(&later[0], LATER_FIRST))
        .chain(numbers(&demo[0], DEMO_FIRST))
        .chain(numbers(&server[0], SERVER_FIRST))
        .collect();
    let all: Vec<(&Vec<String>, usize)> = numbered.iter().map(|(way, number)| (way, *number)).collect();
    write_names(&mut names, &all, &languages[0], 0)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("i18n_tables.rs"), tables)?;
    fs::write(out.join("i18n_names.rs"), names)?;
    Ok(())
}

/// All texts below `value`, by the way to them.
fn collect(
    value: &Value,
    forms: &[&str],
    way: &mut Vec<String>,
    texts: &mut BTreeMap<Vec<String>, String>,
) -> Result<(), Fault> {
    match value {
        Value::Object(members) if members.keys().all(|name| FORM_NAMES.contains(&name.as_str())) => {
            let form = |name: &&str| members.get(*name).and_then(Value::as_str);
            let all: Option<Vec<&str>> = forms.iter().map(form).collect();
            let all = all.filter(|all| all.len() == members.len());
            let all = all.ok_or_else(|| format!("{} needs the forms {forms:?}", way.join(".")))?;
            texts.insert(way.clone(), all.join(&BETWEEN.to_string()));
            Ok(())
        }
        Value::String(text) => {
            texts.insert(way.clone(), text.clone());
            Ok(())
        }
        Value::Object(members) => members.iter().try_for_each(|(name, value)| {
            way.push(name.clone());
            collect(value, forms, way, texts)?;
            way.pop();
            Ok(())
        }),
        _ => Err(format!("{} is neither a text nor a group of texts", way.join(".")).into()),
    }
}

/// The texts of each language in one string, and where each begins: a table of strings would be twice as long.
fn tables(languages: &[BTreeMap<Vec<String>, String>], prefix: &str) -> Result<String, Fault> {
    let (mut all, mut starts) = (String::new(), String::new());
    for (language, texts) in LANGUAGES.iter().zip(languages) {
        let others = languages[0].keys().filter(|way| !texts.contains_key(*way));
        let strangers = texts.keys().filter(|way| !languages[0].contains_key(*way));
        if let Some(way) = others.chain(strangers).next() {
            return Err(format!("{} is missing in one language, compared with {language}", way.join(".")).into());
        }
        let (mut together, mut at) = (String::new(), vec![0]);
        for (way, text) in texts {
            if text.contains(BETWEEN) != languages[0][way].contains(BETWEEN) {
                return Err(format!("{} has plural forms in one language only", way.join(".")).into());
            }
            let members = members(&languages[0][way])?;
            together.push_str(&numbered(text, &members).map_err(|fault| format!("{}: {fault}", way.join(".")))?);
            at.push(u16::try_from(together.len())?);
        }
        writeln!(all, "pub(crate) const {prefix}TEXTS_{}: &str = {together:?};", language.to_uppercase())?;
        write!(starts, "{at:?}, ")?;
    }
    let (languages, count) = (languages.len(), languages[0].len() + 1);
    Ok(format!("{all}static {prefix}STARTS: [[u16; {count}]; {languages}] = [{starts}];\n"))
}

/// Returns the names in `{{ … }}` of a text, in order, each once.
fn members(text: &str) -> Result<Vec<String>, Fault> {
    let mut found: Vec<String> = Vec::new();
    for piece in text.split("{{").skip(1) {
        let name = piece.split_once("}}").ok_or("a brace is not closed")?.0.trim().to_owned();
        if !found.contains(&name) {
            found.push(name);
        }
    }
    Ok(found)
}

/// The text with `{0}` for the first of its members, `{1}` for the second. Single braces have no other use.
fn numbered(text: &str, members: &[String]) -> Result<String, Fault> {
    let mut out = String::new();
    for (piece, is_first) in text.split("{{").zip(iter::once(true).chain(iter::repeat(false))) {
        let (name, rest) =
            if is_first { ("", piece) } else { piece.split_once("}}").ok_or("a brace is not closed")? };
        if !is_first {
            let at = members.iter().position(|member| member == name.trim()).ok_or("speaks of something else")?;
            write!(out, "{{{at}}}")?;
        }
        if rest.contains(['{', '}']) {
            return Err("single braces".into());
        }
        out.push_str(rest);
    }
    Ok(out)
}

/// A module for each group, a constant for each text; for a text that speaks of something, a module with what it needs.
fn write_names(
    out: &mut String,
    ways: &[(&Vec<String>, usize)],
    texts: &BTreeMap<Vec<String>, String>,
    depth: usize,
) -> Result<(), Fault> {
    let mut rest = ways;
    while let Some((way, number)) = rest.first() {
        let name = &way[depth];
        let group = rest.iter().take_while(|(other, _)| other[depth] == *name).count();
        if way.len() > depth + 1 {
            writeln!(out, "pub mod {name} {{")?;
            write_names(out, &rest[..group], texts, depth + 1)?;
            if KEYED.contains(&way[..=depth].join(".").as_str()) {
                write_find(out, &rest[..group], depth + 1)?;
            }
            out.push_str("}\n");
        } else {
            let members = members(&texts[*way])?;
            let text = format!("crate::i18n::Text({number})");
            if members.is_empty() {
                writeln!(out, "pub const {name}: crate::i18n::Text = {text};")?;
            } else {
                let fields = members.iter().map(|member| format!("pub {member}: &'a dyn std::fmt::Display, "));
                let values = members.iter().map(|member| format!("self.{member}, "));
                writeln!(out, "pub mod {name} {{ pub struct With<'a> {{ {} }}", fields.collect::<String>())?;
                writeln!(out, "impl With<'_> {{ pub fn text(self, texts: impl crate::i18n::Worded) -> String {{")?;
                let values = values.collect::<String>();
                if texts[*way].contains(BETWEEN) {
                    writeln!(out, "texts.counted({text}, self.count, &[{values}])")?;
                } else {
                    writeln!(out, "texts.filled({text}, &[{values}])")?;
                }
                out.push_str("} } }\n");
            }
        }
        rest = &rest[group..];
    }
    Ok(())
}

/// The function that finds a text of a group by its name. A text that speaks of something has no constant and does not compile here.
fn write_find(out: &mut String, ways: &[(&Vec<String>, usize)], depth: usize) -> Result<(), Fault> {
    out.push_str("pub fn find(key: &str) -> Option<crate::i18n::Text> { match key {\n");
    for (way, _) in ways {
        let name = &way[depth];
        writeln!(out, "{name:?} => Some({name}),")?;
    }
    out.push_str("_ => None,\n} }\n");
    Ok(())
}
