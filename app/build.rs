//! Generates Rust from `locales/*.json` for `src/i18n`: the languages, one table of texts for each, and the names of texts. It also
//! includes the legal page of each language for `src/pages/privacy.rs`. A text that is missing in a language does not compile, nor does a
//! component with a wrong name or a missing member. A text that depends on a `count` is a group of the plural forms of its language.

#[allow(dead_code, reason = "the build needs the list alone")]
#[path = "../protocol/src/words/language.rs"]
mod language;

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, iter};

use serde_json::Value;

use self::language::{LANGUAGES, Language};

/// Names of all plural forms: a group of these only is one text.
const FORM_NAMES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];
/// Precedes each form of a text (`i18n::BEFORE_FORM`).
const BEFORE_FORM: char = '\u{1}';
/// Groups of texts for lazy views, or for pages of the server alone. Those of the first language are in the chunk `home`, those of other
/// languages in their own chunks.
const LAZY: [&str; 37] = [
    "account",
    "arranged",
    "auto_reply",
    "bots",
    "characters",
    "crowd",
    "dialogs",
    "embedding",
    "files",
    "font",
    "hiding",
    "home",
    "integrations",
    "inviting",
    "keys",
    "leaving",
    "lock",
    "moderate",
    "offline",
    "own_account",
    "own_bots",
    "own_emoticons",
    "passkeys",
    "privacy",
    "profile",
    "push",
    "quick",
    "renewal",
    "review",
    "sections",
    "settings",
    "sheet",
    "sign_in",
    "talk",
    "upgrade",
    "ways",
    "writing",
];
/// Groups of texts for pages of the demo: the chunks of these pages contain them in all languages.
const DEMO: [&str; 1] = ["demo"];
/// Groups of texts for pages that the server renders alone: no browser loads their table.
const SERVER: [&str; 21] = [
    "account_pages",
    "address_wait",
    "admin",
    "admin_charts",
    "admin_lists",
    "admin_now",
    "admin_sections",
    "admin_trouble",
    "audit_acts",
    "broken",
    "demo_door",
    "embed",
    "entrance",
    "invite",
    "mail",
    "mailbox",
    "moderation",
    "notification",
    "reports",
    "stage",
    "writing_rules",
];
/// Groups of names that are searched in every language: the chunks that show them contain all languages.
const SOUGHT: [&str; 1] = ["emoticon"];
/// Groups of texts of static files (`xtask/src/build/words.rs`): no program contains them.
const FILES: [&str; 1] = ["manifest"];
/// Groups whose texts are also found by name, because the name is an id of the wire or of the audit log.
const KEYED: [&str; 4] = ["audit_acts", "emoticon", "wink.shows", "wink.title"];

/// Texts that are loaded together.
struct Kind {
    /// Name of their tables.
    name: &'static str,
    /// Number of the first text.
    first: u16,
    /// Their groups; empty for the kind of all groups that are not listed.
    groups: &'static [&'static str],
    /// Every language but the first has them in its chunk.
    are_fetched: bool,
}

const KINDS: [Kind; 5] = [
    Kind { name: "PAGE", first: 0, groups: &[], are_fetched: true },
    Kind { name: "LAZY", first: 0x8000, groups: &LAZY, are_fetched: true },
    Kind { name: "DEMO", first: 0xA000, groups: &DEMO, are_fetched: false },
    Kind { name: "SERVER", first: 0xC000, groups: &SERVER, are_fetched: false },
    Kind { name: "SOUGHT", first: 0xE000, groups: &SOUGHT, are_fetched: false },
];

type Fault = Box<dyn Error>;
/// Texts of one language, by their paths.
type Texts = BTreeMap<Vec<String>, String>;

fn main() -> Result<(), Fault> {
    for input in ["build.rs", "locales", "src/pages/privacy"] {
        println!("cargo:rerun-if-changed={input}");
    }
    let folder = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let languages = read_texts(&folder.join("locales"))?;
    let (mut tables, mut numbered) = (String::new(), BTreeMap::new());
    for kind in &KINDS {
        let own: Vec<Texts> = languages.iter().map(|texts| kind.of(texts)).collect();
        tables += &kind.tables(&own)?;
        numbered.extend(own[0].keys().cloned().zip(usize::from(kind.first)..));
    }
    let mut names = String::new();
    let all: Vec<(&Vec<String>, usize)> = numbered.iter().map(|(way, number)| (way, *number)).collect();
    write_names(&mut names, &all, &languages[0], 0)?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("i18n_languages.rs"), with_languages()?)?;
    fs::write(out.join("i18n_tables.rs"), tables)?;
    fs::write(out.join("i18n_names.rs"), names)?;
    fs::write(out.join("privacy_pages.rs"), privacy_pages(&folder.join("src/pages/privacy"))?)?;
    Ok(())
}

/// Reads the texts of all languages. All of them have the texts of the first one.
fn read_texts(folder: &Path) -> Result<Vec<Texts>, Fault> {
    let mut languages: Vec<Texts> = Vec::new();
    for Language { tag, forms, .. } in LANGUAGES {
        let mut texts = Texts::new();
        let text = read(&folder.join(format!("{tag}.json")))?;
        collect(&serde_json::from_str(&text)?, forms, &mut Vec::new(), &mut texts)?;
        compare(languages.first().unwrap_or(&texts), &texts, tag)?;
        languages.push(texts);
    }
    let files =
        fs::read_dir(folder)?.flatten().filter(|entry| entry.path().extension().is_some_and(|end| end == "json"));
    if files.count() > LANGUAGES.len() {
        return Err("a file of locales has no row in protocol/src/words/language.rs".into());
    }
    Ok(languages)
}

/// Reads a file, with its name in the error.
fn read(file: &Path) -> Result<String, Fault> {
    Ok(fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?)
}

/// Compares the texts of a language with those of the first one.
fn compare(first: &Texts, texts: &Texts, tag: &str) -> Result<(), Fault> {
    if let Some(way) = first.keys().find(|way| !texts.contains_key(*way)) {
        return Err(format!("{} is missing in {tag}.json", way.join(".")).into());
    }
    if let Some(way) = texts.keys().find(|way| !first.contains_key(*way)) {
        return Err(format!("{} is in {tag}.json and not in the first language", way.join(".")).into());
    }
    if let Some((way, _)) =
        texts.iter().find(|(way, text)| text.contains(BEFORE_FORM) != first[*way].contains(BEFORE_FORM))
    {
        return Err(format!("{} has plural forms in {tag}.json or in the first language only", way.join(".")).into());
    }
    Ok(())
}

/// Writes a macro that passes the languages to another macro (`i18n::locale`): variants, and the module and tables of each language with a
/// chunk. The other macro contains all code that could panic, so that the location is a file of the repository and no folder of the build.
fn with_languages() -> Result<String, Fault> {
    let mut rows = String::new();
    for (at, Language { tag, name, .. }) in LANGUAGES.iter().enumerate() {
        let variant = tag[..1].to_uppercase() + &tag[1..];
        if at == 0 {
            writeln!(rows, "{variant} {name:?};")?;
        } else {
            let [page, lazy] = ["PAGE", "LAZY"].map(|kind| table_name(kind, at));
            writeln!(rows, "{variant} {name:?} = texts_{tag}({page}, {lazy});")?;
        }
    }
    Ok(format!("macro_rules! with_languages {{ ($make:ident) => {{ $make! {{\n{rows}}} }} }}\n"))
}

/// Returns the name of a kind's table for the language at this index.
fn table_name(kind: &str, at: usize) -> String {
    if at == 0 { kind.to_owned() } else { format!("{kind}_{}", LANGUAGES[at].tag.to_uppercase()) }
}

impl Kind {
    /// Returns the texts of this kind among all texts of a language.
    fn of(&self, texts: &Texts) -> Texts {
        let is_own = |group: &str| match KINDS.iter().find(|kind| kind.groups.contains(&group)) {
            Some(kind) => kind.first == self.first,
            None => self.groups.is_empty() && !FILES.contains(&group),
        };
        let own = texts.iter().filter(|(way, _)| is_own(&way[0]));
        own.map(|(way, text)| (way.clone(), text.clone())).collect()
    }

    /// Writes the tables of all languages, and the number at which they begin.
    fn tables(&self, languages: &[Texts]) -> Result<String, Fault> {
        let Self { name, first, are_fetched, .. } = self;
        let tables: Vec<String> =
            languages.iter().map(|texts| table(texts, &languages[0])).collect::<Result<_, _>>()?;
        let mut code = String::new();
        if *are_fetched {
            for (at, table) in tables.iter().enumerate() {
                writeln!(code, "pub(super) const {}: Table = {table};", table_name(name, at))?;
            }
        } else {
            writeln!(code, "pub(super) static {name}: [Table; {}] = [{}];", tables.len(), tables.join(", "))?;
        }
        if *first > 0 {
            writeln!(code, "pub(super) const {name}_FIRST: u16 = {first};")?;
        }
        Ok(code)
    }
}

/// Writes the texts as one string with the start of each: a table of strings would be twice as long.
fn table(texts: &Texts, first: &Texts) -> Result<String, Fault> {
    let (mut together, mut at) = (String::new(), vec![0]);
    for (way, text) in texts {
        let members = members(&first[way])?;
        together.push_str(&numbered(text, &members).map_err(|fault| format!("{}: {fault}", way.join(".")))?);
        at.push(u16::try_from(together.len())?);
    }
    Ok(format!("Table {{ texts: {together:?}, starts: &{at:?} }}"))
}

/// Writes the legal page in all languages.
fn privacy_pages(folder: &Path) -> Result<String, Fault> {
    let page = |language: &Language| read(&folder.join(format!("{}.html", language.tag)));
    let pages: Vec<String> = LANGUAGES.iter().map(page).collect::<Result<_, _>>()?;
    Ok(format!("const PAGES: [&str; {}] = {pages:?};\n", pages.len()))
}

/// Collects all texts below `value`, by their paths.
fn collect(value: &Value, forms: &[&str], way: &mut Vec<String>, texts: &mut Texts) -> Result<(), Fault> {
    match value {
        Value::Object(members) if members.keys().all(|name| FORM_NAMES.contains(&name.as_str())) => {
            let form = |name: &&str| members.get(*name).and_then(Value::as_str);
            let all: Option<Vec<&str>> = forms.iter().map(form).collect();
            let all = all.filter(|all| all.len() == members.len());
            let all = all.ok_or_else(|| format!("{} needs the forms {forms:?}", way.join(".")))?;
            let marked = all.iter().map(|form| format!("{BEFORE_FORM}{form}"));
            texts.insert(way.clone(), marked.collect());
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

/// Returns the text with `{0}` for its first member, `{1}` for the second. Single braces have no other use.
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

/// Writes a module for each group and a constant for each text. A text with members gets a module with the names of its members.
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
                if texts[*way].contains(BEFORE_FORM) {
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

/// Writes the function that finds a text of a group by its name. A text with members has no constant, and does not compile here.
fn write_find(out: &mut String, ways: &[(&Vec<String>, usize)], depth: usize) -> Result<(), Fault> {
    out.push_str("pub fn find(key: &str) -> Option<crate::i18n::Text> { match key {\n");
    for (way, _) in ways {
        let name = &way[depth];
        writeln!(out, "{name:?} => Some({name}),")?;
    }
    out.push_str("_ => None,\n} }\n");
    Ok(())
}
