//! Sealed texts: a function that writes a column with texts of people must seal them (`docs/decisions/0018-sealed-bodies.md`). The stores
//! declare these columns.

use super::Finding;
use super::source::Repository;

const OBJECTS: &str = "server/src/objects/";
/// Functions that need not seal: one writes a searchable mark without content, one makes a statement that another binds, and one belongs to
/// an object without texts whose table has the name of another's.
const EXEMPT: [&str; 4] = ["bury", "see", "insert_query", "login"];

/// Checks that every statement that writes such a column is in a function that seals.
pub fn statements(repository: &Repository) -> Vec<Finding> {
    let columns: Vec<(String, String)> = repository.below(OBJECTS, ".rs").flat_map(|(_, text)| columns(text)).collect();
    let mut findings = Vec::new();
    for (path, text) in repository
        .below(OBJECTS, ".rs")
        .filter(|(path, _)| !path.ends_with("/sealed.rs") && !path.ends_with("tests.rs"))
    {
        for (line, name, body) in functions(text) {
            let unsealed = columns.iter().find(|(table, column)| writes(&body, table, column));
            if let Some((table, column)) =
                unsealed.filter(|_| !body.contains("seal") && !EXEMPT.contains(&name.as_str()))
            {
                let text = format!("`{name}` writes {table}.{column}: words of people are sealed (`kit/sealed.rs`)");
                findings.push(Finding::at(path, line, text));
            }
        }
    }
    findings
}

/// Returns table and column of each `Column` that a store declares; a derived one has the table of its source.
fn columns(text: &str) -> Vec<(String, String)> {
    let member = |item: &str, name: &str| {
        let value = item.split(&format!("{name}: \"")).nth(1)?;
        value.split('"').next().map(str::to_owned)
    };
    let mut found: Vec<(String, String)> = Vec::new();
    for item in text.split(": Column =").skip(1) {
        let item = item.split("};").next().unwrap_or_default();
        let table = member(item, "table").or_else(|| found.last().map(|(table, _)| table.clone()));
        // The name of a number in the key is no name of a column.
        found.extend(table.zip(member(item, " name")));
    }
    found
}

/// Returns line, name and text of each function.
fn functions(text: &str) -> Vec<(usize, String, String)> {
    let mut found: Vec<(usize, String, String)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let head = line.trim_start();
        let name = head.split_once("fn ").filter(|(before, _)| before.split(' ').all(is_before_fn));
        if let Some((_, name)) = name {
            let name = name.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next().unwrap_or_default();
            found.push((index + 1, name.to_owned(), String::new()));
        }
        if let Some((.., body)) = found.last_mut() {
            body.push_str(line.trim().trim_end_matches('\\'));
            body.push(' ');
        }
    }
    found
}

fn is_before_fn(word: &str) -> bool {
    word.is_empty() || ["async", "const"].contains(&word) || word.starts_with("pub") || word == "super)"
}

/// Returns true if a statement of this function writes the column.
fn writes(body: &str, table: &str, column: &str) -> bool {
    let inserts = body.split(&format!("INTO {table} ")).skip(1).any(|rest| match rest.strip_prefix('(') {
        Some(named) => named.split(')').next().is_some_and(|named| named.split(", ").any(|name| name == column)),
        None => rest.starts_with("VALUES") || rest.starts_with("SELECT"),
    });
    let changes = body.split(&format!("UPDATE {table} SET ")).skip(1).any(|rest| {
        let set = rest.split('"').next().unwrap_or_default().split(" WHERE").next().unwrap_or_default();
        set.split(", ").any(|part| part.trim().starts_with(&format!("{column} = ")) && !part.contains("NULL"))
    });
    inserts || changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_that_stores_words_as_they_are_is_found() {
        let store = "const BODY: Column =\n    Column { table: \"events\", name: \"body\", key: &[Key::Number(\"seq\")] };\n\
                     const VIEW: Column = Column { name: \"view\", ..BODY };\n";
        let writer = "impl A {\n    fn good(&self) {\n        let body = self.seal(body);\n        exec(\"INSERT INTO events VALUES (?, ?)\");\n    }\n\
                      \n    fn bad(&self) {\n        exec(\"INSERT INTO events (seq, body) VALUES (?, ?)\");\n    }\n\
                      \n    pub(super) fn worse(&self) {\n        exec(\"UPDATE events SET seq = 1, \\\n             view = ? WHERE seq = ?\");\n    }\n\
                      \n    fn fair(&self) {\n        exec(\"INSERT INTO events (seq) VALUES (?)\");\n        exec(\"UPDATE events SET seq = 1 WHERE view = ?\");\n    }\n\
                      \n    fn bury(&self) {\n        exec(\"UPDATE events SET body = ? WHERE seq = ?\");\n    }\n}\n";
        let files = [("server/src/objects/a.rs", store), ("server/src/objects/b.rs", writer)];
        let found = statements(&Repository::of(&files));
        let places: Vec<&str> = found.iter().map(|finding| finding.place.as_str()).collect();
        assert_eq!(places, ["server/src/objects/b.rs:7", "server/src/objects/b.rs:11"], "{found:?}");
    }
}
