//! Checks that the words of people have a direction of their own on the page (`docs/spec/text.md` 8): every field names its `dir`, and every
//! name in a view stands in `bdi`.

use super::Finding;
use super::source::{Repository, product_code};

/// Types of fields in which nobody writes words.
const WORDLESS: &str = "hidden checkbox radio range number time file email password url";
/// Identifiers whose values are names of people, groups and files.
const NAMES: [&str; 5] = ["name", "display_name", "own_name", "alt", "topic"];
/// Functions that return such names.
const CALLS: [&str; 2] = ["name_of", "sender_name"];
/// Pages whose names are those of our own doors and languages.
const OURS: [&str; 2] = ["app/src/pages/developers.rs", "app/src/pages/languages.rs"];

/// Finds fields without a direction.
pub fn fields(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("app/src/", ".rs") {
        let code = product_code(text);
        for (at, _) in code.match_indices("<input").chain(code.match_indices("<textarea")) {
            // Blanked strings have their length, so places in the code are places in the text.
            let end = at + end_of_tag(&code[at..]);
            let kind = text[at..end].split_once("type=\"").and_then(|(_, rest)| rest.split_once('"'));
            let is_wordless = kind.is_some_and(|(kind, _)| WORDLESS.split(' ').any(|one| one == kind));
            if !is_wordless && !code[at..end].contains("dir=") {
                let advice = "a field names its direction: `dir=\"auto\"` for words of people, `dir=\"ltr\"` for codes and addresses";
                findings.push(Finding::at(path, line_of(text, at), advice));
            }
        }
    }
    findings
}

/// Finds names in views that would turn around the line in which they stand.
pub fn names(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("app/src/", ".rs") {
        if OURS.contains(&path) || path.starts_with("app/src/gallery/") {
            continue;
        }
        for (index, line) in product_code(text).lines().enumerate() {
            if children(line).any(|(before, child)| is_name(child) && !is_in_bdi(before)) {
                let advice = "a name in a view stands in `<bdi>`, so that it does not turn its line around";
                findings.push(Finding::at(path, index + 1, advice));
            }
        }
    }
    findings
}

/// Returns the length of the tag at the beginning of `code`.
fn end_of_tag(code: &str) -> usize {
    let (mut depth, mut before) = (0, ' ');
    for (at, character) in code.char_indices() {
        match character {
            '{' | '(' => depth += 1,
            '}' | ')' => depth -= 1,
            '>' if depth == 0 && !matches!(before, '-' | '=') => return at,
            _ => {}
        }
        before = character;
    }
    code.len()
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Returns the values that are children of elements in a line of a view, each with the line before it.
fn children(line: &str) -> impl Iterator<Item = (&str, &str)> {
    line.match_indices('{').filter_map(|(at, _)| {
        let before = line[..at].trim_end();
        let is_arm = before.ends_with("=>") || before.ends_with("->");
        let is_child = !is_arm && (before.is_empty() || before.ends_with(['>', '}']));
        let (child, _) = line[at + 1..].split_once('}').filter(|_| is_child)?;
        Some((before, child))
    })
}

fn is_in_bdi(before: &str) -> bool {
    before.rsplit('<').next().is_some_and(|tag| tag.starts_with("bdi"))
}

/// Returns `true` if the value of a child is a name: neither a text of the page, nor a view that another function makes.
fn is_name(child: &str) -> bool {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let mut rest = child;
    while let Some(start) = rest.find(is_word) {
        let word = &rest[start..];
        let end = word.find(|character| !is_word(character)).unwrap_or(word.len());
        rest = &word[end..];
        if NAMES.contains(&&word[..end]) && !rest.starts_with('(') || CALLS.contains(&&word[..end]) {
            return !child.contains([',', '!', '=']) && !child.contains("Box");
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATH: &str = "app/src/features/a.rs";

    #[test]
    fn a_field_without_a_direction_is_found() {
        let found = |view: &str| fields(&Repository::of(&[(PATH, view)])).len();
        for view in [
            "<input class=\"field\" />",
            "<input\n    type=\"search\"\n    on:input=handler(move |event| a > b)\n/>",
            "<textarea></textarea>",
        ] {
            assert_eq!(found(view), 1, "{view}");
        }
        for view in [
            "<input type=\"checkbox\" />",
            "<input dir=\"auto\" type=\"text\" />",
            "<textarea on:input=x(|| a) dir=\"ltr\">",
            "// <input />",
        ] {
            assert_eq!(found(view), 0, "{view}");
        }
    }

    #[test]
    fn a_name_without_a_direction_is_found() {
        let found = |view: &str| names(&Repository::of(&[(PATH, view)])).len();
        for view in [
            "<b>{name}</b>",
            "    {text(move || room.with(|room| room.name.clone()))}",
            "<span>{person.display_name}</span>",
            "<b>{text(name)}</b>",
            "{text(move || name.get())}",
        ] {
            assert_eq!(found(view), 1, "{view}");
        }
        for view in [
            "<b><bdi>{name}</bdi></b>",
            "{drawn_name(i18n, name)}",
            "{t_string!(i18n, a.b, name = name)}",
            "let Person { name } = a;",
            "<span>{name()}</span>",
            "<bdi class=\"a\">{name}</bdi>",
            "{new(Box::new(move |name| add(name)))}",
            "format!(\"{name}\")",
            "<a title={name}>",
        ] {
            assert_eq!(found(view), 0, "{view}");
        }
    }
}
