//! Rules for style files: colours are in tokens and themes only, and server HTML has no style attribute.

use super::Finding;
use super::source::{Repository, product_code};

const COLOUR_FUNCTIONS: [&str; 10] =
    ["rgb(", "rgba(", "hsl(", "hsla(", "hwb(", "lab(", "lch(", "oklab(", "oklch(", "color("];
/// Frequent colour names; the others are shades of them (`darkred`, `lightblue`), found by their ends.
const COLOUR_NAMES: [&str; 46] = [
    "white",
    "black",
    "red",
    "green",
    "blue",
    "yellow",
    "orange",
    "gray",
    "grey",
    "silver",
    "navy",
    "teal",
    "purple",
    "pink",
    "gold",
    "brown",
    "cyan",
    "magenta",
    "lime",
    "maroon",
    "olive",
    "aqua",
    "fuchsia",
    "crimson",
    "indigo",
    "violet",
    "beige",
    "ivory",
    "khaki",
    "coral",
    "salmon",
    "tan",
    "turquoise",
    "orchid",
    "plum",
    "tomato",
    "chocolate",
    "snow",
    "linen",
    "lavender",
    "azure",
    "wheat",
    "sienna",
    "peru",
    "thistle",
    "orangered",
];
const SHADES: [&str; 10] = ["dark", "light", "medium", "deep", "pale", "hot", "sky", "royal", "rebecca", "slate"];

/// Finds colours outside `tokens.css` and `themes/`: a designer edits one place.
pub fn raw_colours(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("style/", ".css") {
        if path == "style/tokens.css" || path.starts_with("style/themes/") {
            continue;
        }
        for (index, line) in without_comments(text).lines().enumerate() {
            if let Some(colour) = colour_in(line) {
                findings.push(Finding::at(path, index + 1, format!("raw colour `{colour}`: use a token")));
            }
        }
    }
    findings
}

/// Checks that a theme only sets tokens and its colour scheme, because rules belong in the files of the parts. The list imports all themes.
pub fn themes_set_values(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("style/themes/", ".css") {
        let mut line = 1;
        for piece in without_comments(text).split_inclusive(['{', '}', ';']) {
            let indent = piece.len() - piece.trim_start().len();
            let at = line + piece[..indent].matches('\n').count();
            line += piece.matches('\n').count();
            let words = piece.trim_end_matches(['}', ';']).trim();
            let property = words.split(':').next().unwrap_or_default();
            let is_value = property.starts_with("--") || property == "color-scheme";
            let is_listed = path == super::themes::INDEX && property.starts_with("@import ");
            if !words.is_empty() && !words.ends_with('{') && !is_value && !is_listed {
                findings.push(Finding::at(
                    path,
                    at,
                    format!("`{property}` in a theme: it only gives values to tokens"),
                ));
            }
        }
    }
    findings
}

/// Finds colours in the page's code: drawings in code take their colours from the style sheet.
pub fn raw_colours_in_code(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("app/src/", ".rs") {
        let lines = text.lines().take(product_code(text).lines().count()).enumerate();
        for (index, line) in lines.filter(|(_, line)| !line.trim_start().starts_with("//")) {
            if let Some(colour) = hex_colour_in(line) {
                findings.push(Finding::at(path, index + 1, format!("raw colour `{colour}`: read a token's value")));
            }
        }
    }
    findings
}

/// Finds style attributes, which `style-src 'self'` refuses in server HTML (core.md 9): exact values go through the CSSOM.
pub fn style_attributes(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in repository.below("app/src/", ".rs") {
        for (index, line) in product_code(text).lines().enumerate() {
            let is_attribute = line.split_whitespace().any(|word| {
                let is_directive =
                    word.strip_prefix("style:").is_some_and(|rest| !rest.starts_with(':') && rest.contains('='));
                word.starts_with("style=") || is_directive
            });
            if is_attribute {
                findings.push(Finding::at(
                    path,
                    index + 1,
                    "no style attribute in server HTML: set it after hydration",
                ));
            }
        }
    }
    findings
}

fn colour_in(line: &str) -> Option<String> {
    let line = without_addresses(line);
    if let Some(colour) = hex_colour_in(&line) {
        return Some(colour);
    }
    for function in COLOUR_FUNCTIONS {
        if line.match_indices(function).any(|(at, _)| !is_word(line[..at].chars().next_back())) {
            return Some(function.to_owned());
        }
    }
    let value = line.split_once(':')?.1;
    let words = value.split(|character: char| !character.is_alphanumeric() && !"-_".contains(character));
    let is_shade =
        |word: &str| SHADES.iter().any(|shade| word.strip_prefix(shade).is_some_and(|of| COLOUR_NAMES.contains(&of)));
    words.into_iter().find(|word| COLOUR_NAMES.contains(word) || is_shade(word)).map(str::to_owned)
}

fn is_word(character: Option<char>) -> bool {
    character.is_some_and(|inner| inner.is_alphanumeric() || "-_".contains(inner))
}

fn hex_colour_in(line: &str) -> Option<String> {
    line.match_indices('#').find_map(|(at, _)| {
        let digits: String = line[at + 1..].chars().take_while(char::is_ascii_hexdigit).collect();
        let after = line[at + 1 + digits.len()..].chars().next();
        ([3, 4, 6, 8].contains(&digits.len()) && !is_word(after)).then(|| format!("#{digits}"))
    })
}

/// Removes addresses and quoted texts, which contain no colours, such as `url(…#name)`.
fn without_addresses(line: &str) -> String {
    let mut out = String::new();
    let mut rest = line;
    while let Some(begin) = rest.find("url(") {
        out.push_str(&rest[..begin]);
        rest = rest[begin..].split_once(')').map_or("", |(_, after)| after);
    }
    out.push_str(rest);
    out.split('"').step_by(2).collect()
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        let (comment, next) = after.split_once("*/").unwrap_or((after, ""));
        out.extend(comment.chars().filter(|character| *character == '\n'));
        rest = next;
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn colours(path: &str, css: &str) -> usize {
        raw_colours(&Repository::of(&[(path, css)])).len()
    }

    #[test]
    fn every_way_to_write_a_colour_is_found() {
        for css in [
            "a { color: #fff; }",
            "a { color: rgb(1 2 3); }",
            "a { border: 1px solid white; }",
            "a{color:oklch(1 0 0)}",
            "a{color:color(display-p3 1 0 0)}",
            "a { outline: 1px solid rebeccapurple; }",
            "a { fill: gold; }",
        ] {
            assert_eq!(colours("style/base.css", css), 1, "{css}");
            assert_eq!(colours("style/tokens.css", css) + colours("style/themes/glass.css", css), 0, "{css}");
        }
    }

    #[test]
    fn what_only_looks_like_a_colour_passes() {
        let css = "/* #fff */ a { fill: url(x.svg#add); white-space: nowrap; color: color-mix(in oklch, var(--a), var(--b)); }";
        assert_eq!(colours("style/base.css", css), 0);
    }

    #[test]
    fn a_theme_only_gives_values() {
        let found = |css| {
            let findings = themes_set_values(&Repository::of(&[("style/themes/a.css", css)]));
            findings.into_iter().map(|finding| finding.place).collect::<Vec<_>>()
        };
        let good = "/* a: b; */\n@media (x: y) {\n  a:hover { --a: 1; --b: c }\n}\n:root { color-scheme: dark; }";
        assert_eq!(found(good), [""; 0]);
        assert_eq!(found("a {\n  --a: 1;\n  color: var(--a);\n}"), ["style/themes/a.css:3"]);
        assert_eq!(found("a { --a: 1; margin: 0 }"), ["style/themes/a.css:1"]);
        let import = "@import url(\"b.css\");";
        assert_eq!(found(import), ["style/themes/a.css:1"]);
        assert_eq!(themes_set_values(&Repository::of(&[("style/themes/index.css", import)])), []);
    }

    #[test]
    fn colours_in_the_pages_code_are_found_and_names_of_drawings_are_none() {
        let found = |code| raw_colours_in_code(&Repository::of(&[("app/src/browser/a.rs", code)])).len();
        assert_eq!(found("let badge = \"<circle fill='#C2410C'/>\";"), 1);
        assert_eq!(found("// #fff\nlet a = \"#ic-add\";\n#[cfg(test)]\nmod tests { const A: &str = \"#FFF\"; }"), 0);
    }

    #[test]
    fn style_attributes_are_found() {
        let found = |code| style_attributes(&Repository::of(&[("app/src/features/a.rs", code)])).len();
        assert_eq!(found("view! { <p style=\"x\"> }"), 1);
        assert_eq!(found("view! { <p style:width=w> }"), 1);
        assert_eq!(found("let a = A { style: b }; style::c();"), 0);
    }
}
