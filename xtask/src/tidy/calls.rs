//! Server functions: a test calls every registered one over a real connection.

use super::Finding;
use super::source::Repository;

const REGISTERED: &str = "app/src/api.rs";
/// Further files with server functions.
const PARTS: &str = "app/src/api/";
const CALLED: &str = "end2end/sockets/server-functions.test.ts";
const ENDPOINT: &str = "endpoint = \"";

/// Compares the endpoints of the functions with the calls in the test.
pub fn server_functions(repository: &Repository) -> Vec<Finding> {
    let (Some(registered), Some(called)) = (repository.text(REGISTERED), repository.text(CALLED)) else {
        return vec![Finding::of(REGISTERED, format!("or {CALLED} is missing"))];
    };
    // A call, a path, or a row of a table of calls.
    let is_called = |name: &str| {
        [format!("post('{name}'"), format!("/sf/{name}'"), format!("['{name}', {{")]
            .iter()
            .any(|call| called.contains(call))
    };
    let mut findings = Vec::new();
    for (path, text) in [(REGISTERED, registered)].into_iter().chain(repository.below(PARTS, ".rs")) {
        for (index, line) in text.lines().enumerate() {
            let name = line.split_once(ENDPOINT).and_then(|(_, rest)| rest.split_once('"')).map(|(name, _)| name);
            if let Some(name) = name.filter(|name| !is_called(name)) {
                findings.push(Finding::at(path, index + 1, format!("no test in {CALLED} calls `{name}`")));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_no_test_calls_is_found() {
        let api =
            "#[server(prefix = \"/sf\", endpoint = \"boot\")]\n#[server(prefix = \"/sf\", endpoint = \"stop\")]\n";
        let found = server_functions(&Repository::of(&[(REGISTERED, api), (CALLED, "await post('boot', {});")]));
        assert_eq!(found.len(), 1);
        assert!(found[0].text.contains("`stop`"));
        let both = "await post('boot', {}); await send(base, 'GET', '/sf/stop');";
        assert_eq!(server_functions(&Repository::of(&[(REGISTERED, api), (CALLED, both)])), []);
        let part = "#[server(prefix = \"/sf\", endpoint = \"go\")]\n";
        let all = [(REGISTERED, api), ("app/src/api/part.rs", part), (CALLED, both)];
        assert_eq!(server_functions(&Repository::of(&all))[0].place, "app/src/api/part.rs:1");
    }
}
