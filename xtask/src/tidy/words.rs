//! Words of comments and names (`docs/STYLE.md`, "Comments" and "Names").

use std::collections::HashSet;

use super::Finding;
use super::source::{Repository, code};

/// Words with which no line of a doc comment begins: a doc comment begins with a verb or with the noun that it defines.
const QUESTIONS: [&str; 8] = ["What", "How", "Whether", "Who", "Whoever", "Whom", "Whose", "Which"];

/// Private words that the field's own words replaced, as identifiers of Rust. None of them has another meaning here.
const OLD_IDENTIFIERS: &str = "Afterglow DraftNews HeardPacket Hearing Programs Sight TellCard TellPrivacy TellSession ToastNews \
    Veil Ways afterglow draft_news errands hearing kept_boot later_on_server part_on_server retell \
    retelling sight veil ways_menu";
/// The same, as names of source files without their ending.
const OLD_FILES: &str = "acts afterglow bearer carried dir draft_news errands hearing inert keep kept later later_on_server \
    line look part_on_server poses retelling sight spot stand_in stuck told veil ways";
/// Endings of source files.
const SOURCES: [&str; 4] = [".rs", ".ts", ".js", ".mjs"];

/// Finds private words that the field's own words replaced, in the names of source files and in the code of Rust files.
pub fn old_names(repository: &Repository) -> Vec<Finding> {
    let identifiers: HashSet<&str> = OLD_IDENTIFIERS.split_whitespace().collect();
    let mut findings = Vec::new();
    for (path, text) in SOURCES.into_iter().flat_map(|end| repository.below("", end)) {
        let name = path.rsplit('/').next().unwrap_or_default();
        if name.split('.').next().is_some_and(|stem| OLD_FILES.split(' ').any(|old| old == stem)) {
            findings.push(Finding::of(
                path,
                "the file has the name of a private word, which the field's own word replaced",
            ));
        }
        if !path.ends_with(SOURCES[0]) {
            continue;
        }
        for (index, line) in code(text).lines().enumerate() {
            let words = line.split(|character: char| !character.is_alphanumeric() && character != '_');
            for word in words.filter(|word| identifiers.contains(word)) {
                let advice = format!("`{word}` is a private word, which the field's own word replaced");
                findings.push(Finding::at(path, index + 1, advice));
            }
        }
    }
    findings
}

/// Finds lines of doc comments that begin with a question word; in scripts also the first line of a file.
pub fn doc_lines(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("", ".rs") {
        for (index, line) in text.lines().enumerate() {
            if let Some(word) = question(line) {
                let advice = format!("a doc comment begins with a verb or a noun, not with `{word}`");
                findings.push(Finding::at(path, index + 1, advice));
            }
        }
    }
    for (path, text) in [".ts", ".js", ".mjs"].into_iter().flat_map(|end| repository.below("", end)) {
        for (index, line) in text.lines().enumerate() {
            let head = line.strip_prefix("// ").filter(|_| index == 0);
            if let Some(word) = line.trim_start().strip_prefix("/** ").or(head).and_then(begins) {
                let advice = format!("a doc comment begins with a verb or a noun, not with `{word}`");
                findings.push(Finding::at(path, index + 1, advice));
            }
        }
    }
    findings
}

/// Returns the question word with which the line of a doc comment begins.
fn question(line: &str) -> Option<&'static str> {
    let line = line.trim_start();
    line.strip_prefix("/// ").or_else(|| line.strip_prefix("//! ")).and_then(begins)
}

/// Returns the question word with which a text begins.
fn begins(words: &str) -> Option<&'static str> {
    let first = words.split(|character: char| !character.is_alphanumeric()).next()?;
    QUESTIONS.into_iter().find(|question| *question == first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_are_found() {
        assert_eq!(question("    /// Whether it is there."), Some("Whether"));
        assert_eq!(question("//! What is told."), Some("What"));
        assert_eq!(question("/// Whatever it is."), None);
        assert_eq!(question("// What a plain comment says."), None);
        assert_eq!(question("/// Returns what is there."), None);
        let repository = Repository::of(&[("a.rs", "/// Sends it.\n/// Who hears it.\nfn a() {}\n")]);
        assert_eq!(doc_lines(&repository).len(), 1);
        let scripts = Repository::of(&[
            ("a.ts", "// Who is here.\n// Who else.\n/** What it is. */\n"),
            ("b.mjs", "// Opens it.\n"),
        ]);
        assert_eq!(doc_lines(&scripts).len(), 2);
    }

    #[test]
    fn old_names_are_found() {
        let found = |path, text| old_names(&Repository::of(&[(path, text)])).len();
        assert_eq!(found("server/src/told.rs", "fn a() {}\n"), 1);
        assert_eq!(found("end2end/stories/look.spec.ts", "const sight = 1;\n"), 1);
        assert_eq!(found("app/src/a.rs", "use super::errands::Veil;\nfn retelling() {}\n"), 3);
        assert_eq!(found("app/src/look_alikes.rs", "// The veil.\nfn a_sight() -> &'static str { \"hearing\" }\n"), 0);
        assert_eq!(found("docs/told.md", "errands\n"), 0);
    }
}
