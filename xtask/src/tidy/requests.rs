//! Requests to objects (`docs/decisions/0027-object-folders.md`): the object of a request's namespace answers it, and its verb is its own.

use super::Finding;
use super::source::Repository;

const SERVER: &str = "server/src/";
const OBJECTS: &str = "server/src/objects/";
/// Beginning of a block of requests, before the name of its namespace.
const BEGIN: &str = "requests! {";

/// Row of a `requests!` block.
struct Row<'a> {
    namespace: &'a str,
    name: &'a str,
    verb: &'a str,
    path: &'a str,
    line: usize,
}

/// Checks that an `answers!` block of the object names each request, and that no two requests of one namespace have the same verb.
pub fn are_answered(repository: &Repository) -> Vec<Finding> {
    let rows: Vec<Row<'_>> = repository.below(SERVER, ".rs").flat_map(|(path, text)| rows(path, text)).collect();
    let answers: Vec<(&str, &str)> = repository
        .below(OBJECTS, ".rs")
        .flat_map(|(path, text)| text.lines().filter_map(answered).map(move |name| (path, name)))
        .collect();
    let mut findings = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        let Row { namespace, name, verb, path, line } = *row;
        let object = format!("{OBJECTS}{}", namespace.to_lowercase());
        if !answers.iter().any(|(path, answered)| path.starts_with(&object) && *answered == name) {
            let text = format!("no `answers!` block of {object} names `{name}`: whoever asks gets 404");
            findings.push(Finding::at(path, line, text));
        }
        if let Some(other) = rows[..index].iter().find(|other| other.namespace == namespace && other.verb == verb) {
            let text = format!("`{name}` has the verb \"{verb}\" of `{}`, which is answered in its place", other.name);
            findings.push(Finding::at(path, line, text));
        }
    }
    findings
}

/// Returns the rows of the blocks in a file. A block ends at a brace in the first column.
fn rows<'a>(path: &'a str, text: &'a str) -> Vec<Row<'a>> {
    let mut namespace = None;
    let mut found = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if let Some(name) = line.strip_prefix(BEGIN) {
            namespace = Some(name.trim().trim_end_matches(':'));
        } else if line == "}" {
            namespace = None;
        }
        let row = line.trim_start().split_once(" \"").filter(|(name, _)| is_type(name));
        let row = row.and_then(|(name, rest)| Some((name, rest.split_once('"')?.0)));
        if let (Some(namespace), Some((name, verb))) = (namespace, row) {
            found.push(Row { namespace, name, verb, path, line: index + 1 });
        }
    }
    found
}

/// Returns the request that a line of an `answers!` block answers.
fn answered(line: &str) -> Option<&str> {
    let (name, _) = line.trim_start().split_once(" => |")?;
    is_type(name).then_some(name)
}

fn is_type(name: &str) -> bool {
    name.starts_with(|letter: char| letter.is_ascii_uppercase()) && name.chars().all(char::is_alphanumeric)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALLS: &str = "requests! { Dir:\n    /// Adds \"a\" name.\n    AddName \"add\": NameCall => ();\n    \
                         ListNames \"list\" in HEADER: () => Names;\n}\n\npub struct NameCall;\n";
    const OBJECT: &str = "answers! { request:\n    AddName => |call| add(&call),\n    ListNames => |()| list(),\n}\n";

    fn places(calls: &str, path: &str, object: &str) -> Vec<String> {
        let found = are_answered(&Repository::of(&[("server/src/calls/directory.rs", calls), (path, object)]));
        found.into_iter().map(|finding| finding.place).collect()
    }

    #[test]
    fn a_request_that_its_object_does_not_answer_is_found() {
        let answers = "server/src/objects/directory/mod.rs";
        assert!(places(CALLS, answers, OBJECT).is_empty());
        let without = OBJECT.replace("    ListNames => |()| list(),\n", "");
        assert_eq!(places(CALLS, answers, &without), ["server/src/calls/directory.rs:4"]);
        let elsewhere = places(CALLS, "server/src/objects/room/handlers.rs", OBJECT);
        assert_eq!(elsewhere.len(), 2, "the object of another namespace");
    }

    #[test]
    fn a_verb_of_two_requests_of_one_namespace_is_found() {
        let answers = "server/src/objects/directory/mod.rs";
        let twice = CALLS.replace("\"list\"", "\"add\"");
        assert_eq!(places(&twice, answers, OBJECT), ["server/src/calls/directory.rs:4"]);
        let apart = twice.replace("    ListNames", "}\nrequests! { Room:\n    ListNames");
        let both = are_answered(&Repository::of(&[
            ("server/src/calls/directory.rs", apart.as_str()),
            (answers, OBJECT),
            ("server/src/objects/room/handlers.rs", OBJECT),
        ]));
        assert_eq!(both, [], "two namespaces");
    }
}
