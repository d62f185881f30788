//! The product is written in Rust: our own JavaScript (service worker, theme bootstrap, inline shims) has a budget of lines.

use super::Finding;
use super::source::{Repository, product_code};

// A fifth is web push: only a service worker and the runtime's keys and ciphers can do it (`docs/decisions/0019-web-push.md`). A fifth is
// the entrance of a demo room, which works before the page's wasm is loaded, so that a person with a QR code joins within seconds. A fifth
// is a room in a page of another site (`embed.md`): readers of that page did not come for a messenger, so its frame loads no wasm. Only
// a script can report that the page's wasm broke or cannot be loaded (`app/src/scripts.rs`, `TRAP`). The sign-in page has no wasm, so a
// script sends its forms again after a wait, another keeps them closed until the check for people has passed, and another has the browser
// offer passkeys in the field of the address, with a challenge that is renewed before it ends. Only the service worker can answer with what
// the browser requested while it started the worker.
// A person who presses a conversation before the wasm is there writes at once (`OPENING`): on a slow line the wasm comes two seconds later.
// Only the service worker can tell for whom a push message is when no page is open (`push.md` 5.3). The forms in which people choose a
// password have no wasm, so a script shows a password and judges it; the settings use the same one.
const JAVASCRIPT_LINES_MAX: usize = 768;
const FOLDERS: [&str; 5] = ["public/", "app/", "frontend/", "server/src/", "style/"];

/// Signs of a script in a Rust string, for inline scripts of pages.
const SIGNS_OF_SCRIPT: [&str; 6] = ["=>", "import ", "document.", "location.", "function", "const "];

/// Counts JavaScript files, `inline_js` texts in Rust, and inline scripts of the document.
pub fn own_javascript(repository: &Repository) -> Vec<Finding> {
    let mut total = 0;
    for folder in FOLDERS {
        for extension in [".js", ".mjs", ".ts"] {
            total += repository.below(folder, extension).map(|(_, text)| lines_of(text)).sum::<usize>();
        }
        total += repository.below(folder, ".rs").map(|(_, text)| inline_lines(text)).sum::<usize>();
    }
    total += repository.text("app/src/scripts.rs").map_or(0, lines_in_strings);
    if total <= JAVASCRIPT_LINES_MAX {
        return Vec::new();
    }
    vec![Finding::of("public/", format!("{total} lines of own JavaScript, {JAVASCRIPT_LINES_MAX} are allowed"))]
}

/// Counts lines that are neither empty nor a comment.
fn lines_of(text: &str) -> usize {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

fn inline_lines(text: &str) -> usize {
    let blocks = text.match_indices("inline_js = r").map(|(at, _)| &text[at..]);
    let body = |block: &str| {
        let (open, rest) = block.split_once('"')?;
        let hashes = "#".repeat(open.chars().rev().take_while(|character| *character == '#').count());
        rest.split_once(&format!("\"{hashes}")).map(|(body, _)| lines_of(body))
    };
    blocks.filter_map(body).sum()
}

/// Counts lines of strings that look like a script.
fn lines_in_strings(text: &str) -> usize {
    let code = product_code(text);
    let is_script =
        |(line, code): &(&str, &str)| SIGNS_OF_SCRIPT.iter().any(|sign| line.contains(sign) && !code.contains(sign));
    let is_comment = |line: &str| line.trim_start().starts_with("//");
    text.lines().zip(code.lines()).filter(|(line, _)| !is_comment(line)).filter(is_script).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_can_be_exceeded_by_files_and_by_shims() {
        let half = "f();\n".repeat(JAVASCRIPT_LINES_MAX / 2 + 5);
        let shim = format!("#[wasm_bindgen(inline_js = r#\"{half}\"#)]\nextern \"C\" {{}}\n");
        let both = Repository::of(&[("public/sw.js", half.as_str()), ("server/src/objects/raw.rs", shim.as_str())]);
        let found = own_javascript(&both);
        assert!(found[0].text.starts_with(&format!("{} lines", JAVASCRIPT_LINES_MAX + 10)));
        assert_eq!(own_javascript(&Repository::of(&[("public/sw.js", half.as_str())])), []);
    }

    #[test]
    fn scripts_of_the_document_count_and_its_code_does_not() {
        let shell =
            "// const a = 1;\nconst A: &str = \"\\\n(d=>{f(d)})\\\n(document.body)\";\nfn a() { b(|| c => d) }\n";
        assert_eq!(lines_in_strings(shell), 2);
    }
}
