//! Texts that the rules read, and Rust code without its comments, strings and tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Folders without our own texts.
const SKIPPED: [&str; 7] =
    [".git", "target", "node_modules", ".wrangler", "test-results", "playwright-report", "corpus"];
/// Skipped path; `xtask/src/build` with the same name is ours.
const OUTPUT: &str = "server/build";

/// All text files by path, with `/` between folders.
#[derive(Default)]
pub struct Repository {
    files: BTreeMap<String, String>,
}

impl Repository {
    /// Reads all files below the root that are UTF-8.
    pub fn read(root: &Path) -> Result<Self> {
        let mut files = BTreeMap::new();
        let mut open = vec![root.to_path_buf()];
        while let Some(folder) = open.pop() {
            for entry in fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))? {
                let entry = entry?;
                let path = entry.path();
                let name = entry.file_name();
                // In a second working tree `.git` is a file that names the repository.
                let is_local =
                    name == ".git" || name.to_string_lossy().starts_with(".dev.vars") && name != ".dev.vars.example";
                if entry.file_type()?.is_dir() {
                    if path != root.join(OUTPUT) && !SKIPPED.contains(&name.to_string_lossy().as_ref()) {
                        open.push(path);
                    }
                } else if let Some(text) = (!is_local).then(|| fs::read_to_string(&path).ok()).flatten() {
                    let relative = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                    files.insert(relative, text);
                }
            }
        }
        Ok(Self { files })
    }

    /// Makes a small repository for a test.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self { files: files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect() }
    }

    /// Returns every file.
    pub fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Returns the files below a folder with an extension.
    pub fn below<'a>(&'a self, folder: &'a str, extension: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.all().filter(move |(path, _)| path.starts_with(folder) && path.ends_with(extension))
    }

    /// Returns one file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }
}

/// Returns Rust code with blanked comments and strings (lines stay lines), without the tests at its end.
pub fn product_code(text: &str) -> String {
    let code = code(text);
    code.split_inclusive('\n').take(lines_before_tests(&code)).collect()
}

/// Returns the number of lines before the tests at the end of Rust code, which begin with a test module that has a body. A module in a file
/// of its own is only named, and the product goes on behind its name.
pub fn lines_before_tests(code: &str) -> usize {
    let lines: Vec<&str> = code.lines().collect();
    let begins_tests = |at: &usize| {
        let item = lines[*at..].iter().find(|line| !line.starts_with("#["));
        lines[*at].starts_with("#[cfg(test)]") && item.is_some_and(|item| item.contains("mod ") && item.contains('{'))
    };
    (0..lines.len()).find(begins_tests).unwrap_or(lines.len())
}

/// Returns Rust text with blanked comments, strings and character literals, with its tests.
pub fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = skipped_until(text, at);
        match end {
            None => at += 1,
            Some(end) => {
                for byte in &mut out[at..end] {
                    if *byte != b'\n' {
                        *byte = b' ';
                    }
                }
                at = end;
            }
        }
    }
    // Only whole comments and strings were overwritten, so no character was cut.
    String::from_utf8(out).unwrap_or_default()
}

/// Returns the end of the comment or literal that begins here, if there is one.
fn skipped_until(text: &str, at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let before = text[..at].chars().next_back();
    let is_word_before = before.is_some_and(is_of_word);
    if rest.starts_with("//") {
        return Some(rest.find('\n').map_or(text.len(), |length| at + length));
    }
    if rest.starts_with("/*") {
        return Some(rest.find("*/").map_or(text.len(), |length| at + length + 2));
    }
    if rest.starts_with('"') {
        return Some(end_of_string(text, at + 1));
    }
    if (rest.starts_with("r\"") || rest.starts_with("r#")) && !is_word_before {
        let hashes = rest[1..].bytes().take_while(|byte| *byte == b'#').count();
        if rest[1 + hashes..].starts_with('"') {
            let close = format!("\"{}", "#".repeat(hashes));
            let body = at + 2 + hashes;
            return Some(text[body..].find(&close).map_or(text.len(), |length| body + length + close.len()));
        }
    }
    // This is a character, not a lifetime: it is closed after one character or an escape.
    if rest.starts_with("'\\") {
        return text[at + 3..].find('\'').map(|length| at + 3 + length + 1);
    }
    let mut characters = rest.char_indices();
    if characters.next()?.1 == '\'' {
        let (_, _inside) = characters.next()?;
        let (close, quote) = characters.next()?;
        return (quote == '\'').then_some(at + close + 1);
    }
    None
}

fn end_of_string(text: &str, from: usize) -> usize {
    let bytes = text.as_bytes();
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// Returns the numbers of lines (from 1) that contain a needle as a whole word.
pub fn lines_with(code: &str, needle: &str) -> Vec<usize> {
    let is_word = |character: Option<char>| character.is_some_and(is_of_word);
    let hit = |line: &str| {
        line.match_indices(needle).any(|(at, _)| {
            let before = line[..at].chars().next_back();
            let after = line[at + needle.len()..].chars().next();
            let ends_in_word = needle.chars().next_back();
            let goes_on = is_word(ends_in_word) && is_word(after);
            !is_word(before) && !goes_on
        })
    };
    code.lines().enumerate().filter(|(_, line)| hit(line)).map(|(index, _)| index + 1).collect()
}

/// Function with a body.
#[derive(Debug, PartialEq, Eq)]
pub struct Function<'a> {
    /// Name.
    pub name: &'a str,
    /// Line of its `fn`, from 1.
    pub line: usize,
    /// Number of lines, from its `fn` to its closing brace.
    pub lines: usize,
}

/// Returns the functions of code without comments and strings; a nested one also counts as part of the outer one.
pub fn functions(code: &str) -> Vec<Function<'_>> {
    let mut found = Vec::new();
    let mut begin = 0;
    for (index, line) in code.split_inclusive('\n').enumerate() {
        for (at, head) in line.match_indices("fn ") {
            let is_word_before = line[..at].chars().next_back().is_some_and(is_of_word);
            let rest = &code[begin + at + head.len()..];
            let name = rest.split(|character: char| !is_of_word(character)).next().unwrap_or_default();
            if let Some(lines) = lines_of_function(rest).filter(|_| !is_word_before && !name.is_empty()) {
                found.push(Function { name, line: index + 1, lines });
            }
        }
        begin += line.len();
    }
    found
}

/// Returns true for a character of a name.
pub fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Returns the number of lines up to the closing brace of a function's body; `None` for a declaration.
fn lines_of_function(rest: &str) -> Option<usize> {
    let (mut lines, mut braces, mut brackets) = (1, 0, 0);
    for character in rest.chars() {
        match character {
            '\n' => lines += 1,
            '(' | '[' => brackets += 1,
            ')' | ']' => brackets -= 1,
            '{' => braces += 1,
            '}' => braces -= 1,
            _ => {}
        }
        if braces == 0 && brackets == 0 && matches!(character, '}' | ';') {
            return (character == '}').then_some(lines);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_strings_and_tests_are_no_code() {
        let text = "fn a() { b(\"Instant\", 'x', '\\''); } // Instant\n/* Instant\n */ r#\"Instant \" \"#;\n#[cfg(test)]\nmod tests { Instant }\n";
        let code = product_code(text);
        assert!(!code.contains("Instant"), "{code}");
        assert!(code.contains("fn a() { b("));
        assert_eq!(code.lines().count(), 3);
    }

    #[test]
    fn a_test_module_that_is_only_named_hides_no_code() {
        let text = "#[cfg(test)]\nmod tests;\nmod a {}\n#[cfg(test)]\n#[allow(dead_code)]\nmod b {\n}\n";
        assert_eq!(product_code(text), "#[cfg(test)]\nmod tests;\nmod a {}\n");
    }

    #[test]
    fn lifetimes_do_not_open_a_literal() {
        assert!(product_code("fn a<'a>(x: &'a str) { Instant }").contains("Instant"));
    }

    #[test]
    fn functions_end_at_their_own_brace() {
        let text = "trait A { fn declared(&self) -> [u8; 2]; }\n\
                    pub fn outer(a: fn(u8) -> u8) {\n    fn inner() {\n        b('}', \"}\"); // }\n    }\n    if c { d() }\n}\n";
        let function = |name, line, lines| Function { name, line, lines };
        assert_eq!(functions(&code(text)), [function("outer", 2, 6), function("inner", 3, 3)]);
    }

    #[test]
    fn needles_are_whole_words() {
        assert_eq!(lines_with("an async_thing\nasync fn", "async"), [2]);
        assert_eq!(lines_with("strand::x\nrand::x", "rand::"), [2]);
    }
}
