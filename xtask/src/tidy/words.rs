//! Words of comments (`docs/STYLE.md`, "Comments").

use super::Finding;
use super::source::Repository;

/// Words with which no line of a doc comment begins: a doc comment begins with a verb or with the noun that it defines.
const QUESTIONS: [&str; 8] = ["What", "How", "Whether", "Who", "Whoever", "Whom", "Whose", "Which"];

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
}
