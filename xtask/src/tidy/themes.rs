//! A theme is one row and one sheet: the table of the page, the list of imports, the sheets and the drawings must agree. The compiler
//! checks that each theme has a title in every language.

use super::Finding;
use super::source::Repository;

/// Table of the page.
const TABLE: &str = "app/src/appearance.rs";
/// List of imports.
pub const INDEX: &str = "style/themes/index.css";
/// Sheet of the first theme: its values are those of all themes, which are imported as tokens.
const FIRST: &str = "style/tokens.css";
/// Selector of the first theme.
const ALL: &str = ":root, [data-theme]";
/// Sheet after all themes.
const LAST: &str = "forced-colors";

/// Row of the table.
struct Row<'a> {
    word: &'a str,
    traits: &'a str,
}

impl Row<'_> {
    fn has(&self, name: &str) -> bool {
        self.traits.contains(&format!("{name}: true"))
    }
}

/// Checks that sheets, imports and drawings agree with the table.
pub fn sheets(repository: &Repository) -> Vec<Finding> {
    let Some(table) = repository.text(TABLE) else { return Vec::new() };
    let rows = rows(table);
    let mut findings = Vec::new();
    let listed = imports(repository.text(INDEX).unwrap_or_default());
    let wanted: Vec<&str> = rows.iter().skip(1).map(|row| row.word).chain([LAST]).collect();
    if listed != wanted {
        findings.push(Finding::of(INDEX, format!("imports {listed:?}; by the rows of {TABLE} it is {wanted:?}")));
    }
    for (at, row) in rows.iter().enumerate() {
        let (path, selector) = match at {
            0 => (FIRST.to_owned(), ALL.to_owned()),
            _ => (format!("style/themes/{}.css", row.word), format!("[data-theme=\"{}\"]", row.word)),
        };
        let faults = faults(row, repository.text(&path).unwrap_or_default(), &selector);
        findings.extend(faults.map(|fault| Finding::of(&path, format!("{fault} (row of {TABLE})"))));
    }
    findings
}

/// Returns contradictions between a row and its sheet.
fn faults(row: &Row<'_>, sheet: &str, selector: &str) -> impl Iterator<Item = String> {
    let art = format!("url(\"/assets/desk/{}.svg\")", row.word);
    let is_drawn = sheet.contains(&art) == row.has("has_desk_art");
    let is_in_bubbles = value(sheet, "--bubble-own").is_some_and(|value| value != "transparent");
    let checked = [
        (sheet.contains(&format!("{selector} {{")), format!("has no values for `{selector}`")),
        (is_drawn, format!("`has_desk_art`, and `--desk-art` is another than {art}")),
        (is_in_bubbles == row.has("has_bubbles"), "`has_bubbles`, and `--bubble-own` is otherwise".to_owned()),
    ];
    checked.into_iter().filter(|(is_right, _)| !is_right).map(|(_, fault)| fault)
}

fn rows(table: &str) -> Vec<Row<'_>> {
    table.lines().filter_map(row).collect()
}

fn row(line: &str) -> Option<Row<'_>> {
    let (head, traits) = line.split_once(" Traits { ")?;
    Some(Row { word: head.split('"').nth(1)?, traits })
}

fn imports(index: &str) -> Vec<&str> {
    index.lines().filter_map(|line| line.strip_prefix("@import url(\"")?.strip_suffix(".css\");")).collect()
}

/// Returns the value of a token in a sheet.
fn value<'a>(sheet: &'a str, token: &str) -> Option<&'a str> {
    Some(sheet.split_once(&format!("{token}: "))?.1.split_once(';')?.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = r#"
        Azure, "azure", a.b, Traits { has_bubbles: false, has_desk_art: true };
        Dusk, "dusk", a.c, Traits { has_bubbles: true, has_desk_art: false };
        struct Traits { "#;
    const LIST: &str = "/* all */\n@import url(\"dusk.css\");\n@import url(\"forced-colors.css\");\n";
    const ROOT: &str =
        ":root, [data-theme] { --bubble-own: transparent; --desk-art: url(\"/assets/desk/azure.svg\"); }";
    const SHEET: &str = "[data-theme=\"dusk\"] { --bubble-own: #123; --desk-art: none; }";

    fn found(list: &str, root: &str, sheet: &str) -> usize {
        let files = [(TABLE, ROWS), (INDEX, list), (FIRST, root), ("style/themes/dusk.css", sheet)];
        sheets(&Repository::of(&files)).len()
    }

    #[test]
    fn rows_imports_and_sheets_say_the_same() {
        assert_eq!(found(LIST, ROOT, SHEET), 0);
        assert_eq!(found("@import url(\"forced-colors.css\");", ROOT, SHEET), 1, "is not imported");
        assert_eq!(found(LIST, ROOT, &SHEET.replace("dusk", "dawn")), 1, "is of another theme");
        assert_eq!(found(LIST, ROOT, &SHEET.replace("#123", "transparent")), 1, "has no bubbles");
        assert_eq!(found(LIST, ROOT, &SHEET.replace("none", "url(\"/assets/desk/dusk.svg\")")), 1, "has a drawing");
        assert_eq!(found(LIST, &ROOT.replace("azure", "glass"), SHEET), 1, "shows the drawing of another");
        assert_eq!(found(LIST, ROOT, ""), 2, "has no sheet, and so no bubbles");
    }
}
