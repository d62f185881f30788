//! `/openapi.json` describes every row of the route table and nothing else, and changes only on purpose. `described-bodies.test.ts` shows
//! over the wire that bodies are accepted as described.

use std::collections::{BTreeMap, BTreeSet};

use protocol::people::contacts::Settings;
use protocol::wire::openapi::{OPERATIONS, document};
use protocol::words::limits::OperatorLimits;

use crate::documents::{files_below, read};

/// Handlers of rows that no caller needs: unknown paths, or routes for development only.
const UNDESCRIBED: [&str; 4] = ["handlers::not_found", "dev_styles::answer", "handlers::gallery", "mailbox::answer"];

/// Returns method and path of every row of the route table with an answer.
fn rows() -> BTreeSet<(String, String)> {
    let table = include_str!("../../../server/src/route/table.rs");
    let mut rows = BTreeSet::new();
    for line in table.lines().filter_map(|line| line.trim().strip_prefix("row(")) {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let (method, path) = (fields[1], fields[2].trim_matches('"'));
        if UNDESCRIBED.iter().any(|handler| line.contains(handler)) {
            continue;
        }
        let segments = path.split('/').map(|segment| match segment.strip_prefix(':') {
            Some(name) => format!("{{{name}}}"),
            None => segment.replace('*', "{rest}"),
        });
        let path = segments.collect::<Vec<_>>().join("/");
        let methods: &[&str] = if method == "ANY" { &["GET", "POST"] } else { &[method] };
        rows.extend(methods.iter().map(|method| ((*method).to_owned(), path.clone())));
    }
    rows
}

#[test]
fn every_route_is_described_and_nothing_else() {
    let described: BTreeSet<(String, String)> =
        OPERATIONS.iter().map(|operation| (operation.method.to_owned(), operation.path.to_owned())).collect();
    assert_eq!(described.len(), OPERATIONS.len(), "an operation is described twice");
    let rows = rows();
    assert!(rows.len() > 30, "the route table was not read: {rows:?}");
    let missing: Vec<_> = rows.difference(&described).collect();
    assert!(missing.is_empty(), "routes without a description in protocol/src/wire/openapi/operations.rs: {missing:?}");
    let gone: Vec<_> = described.difference(&rows).collect();
    assert!(gone.is_empty(), "descriptions without a route: {gone:?}");
}

/// Returns the form in which paths of the description and of the specification are compared: every parameter is `*`.
fn plain_path(path: &str) -> String {
    let segment =
        |segment: &str| if segment.starts_with(['{', ':', '<', '*']) { "*".to_owned() } else { segment.to_owned() };
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

#[test]
fn the_specification_names_every_path() {
    let texts: Vec<String> = files_below("docs/spec").iter().map(|name| read(name)).collect();
    let spans = texts.iter().flat_map(|text| text.lines()).flat_map(|line| line.split('`').skip(1).step_by(2));
    let words = spans.flat_map(str::split_whitespace).map(|word| word.split('?').next().unwrap_or_default());
    let said: BTreeSet<String> = words.filter(|word| word.starts_with('/')).map(plain_path).collect();
    let missing: BTreeSet<&str> =
        OPERATIONS.iter().map(|operation| operation.path).filter(|path| !said.contains(&plain_path(path))).collect();
    assert!(missing.is_empty(), "no table and no code in docs/spec names {missing:?}");
}

/// Returns the members that each parser of a body knows, from the Worker's source: an inline list, or a named one.
fn known_members(source: &str) -> Vec<BTreeSet<String>> {
    let names = |list: &str| list.split('"').skip(1).step_by(2).map(str::to_owned).collect::<BTreeSet<_>>();
    let readers = ["members::of(incoming, &", "members::of_optional(incoming, &", "Members::read(text, &"];
    let mut found = Vec::new();
    for (at, reader) in readers.iter().flat_map(|reader| source.match_indices(reader)) {
        let (before, behind) = (&source[..at], &source[at + reader.len()..]);
        let list = if behind.starts_with('[') { behind } else { before.rsplit("const KNOWN").next().expect("a list") };
        let list = list.split_once('[').map(|(_, rest)| rest).expect("a list");
        // The type of a named list has brackets, too.
        let is_value = !behind.starts_with('[');
        let list = list
            .split_once('=')
            .filter(|_| is_value)
            .and_then(|(_, rest)| rest.split_once('['))
            .map_or(list, |(_, rest)| rest);
        found.push(names(list.split(']').next().expect("its end")));
    }
    found
}

#[test]
fn bodies_are_described_with_the_members_that_their_readers_know() {
    let doors: Vec<String> = files_below("server/src/doors").iter().map(|name| read(name)).collect();
    let mut known: BTreeMap<BTreeSet<String>, i32> = BTreeMap::new();
    // This body has two forms, whose members are all known here.
    let rpc = include_str!("../../src/wire/wasmchannel/rpc.rs");
    for members in doors.iter().map(String::as_str).chain([rpc]).flat_map(known_members) {
        *known.entry(members).or_default() += 1;
    }
    // The parser of settings gets its list from their rows.
    *known.entry(Settings::MEMBERS.iter().map(|member| (*member).to_owned()).collect()).or_default() += 1;
    assert!(known.values().sum::<i32>() > 20, "the readers were not found: {known:?}");
    // The doors of tools parse their bodies in `protocol`, with their own types.
    let is_of_tools = |path: &str| path.starts_with("/rooms/") || path == "/publish";
    let document = document(&OperatorLimits::DEFAULT);
    let paths = document["paths"].as_object().expect("paths");
    for (path, methods) in paths.iter().filter(|(path, _)| !is_of_tools(path)) {
        for described in methods.as_object().expect("methods").values() {
            let body = &described["requestBody"]["content"]["application/json"]["schema"]["properties"];
            let Some(members) = body.as_object() else { continue };
            let members: BTreeSet<String> = members.keys().cloned().collect();
            *known.entry(members.clone()).or_default() -= 1;
            assert!(known[&members] >= 0, "nobody reads what is described of {path}: {members:?}");
        }
    }
    known.retain(|_, count| *count != 0);
    assert!(known.is_empty(), "bodies that are read otherwise than they are described: {known:?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document(&OperatorLimits::DEFAULT);
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap_or_default();
        assert!(schemas.contains_key(name), "no schema {name}");
    }
}

#[test]
fn the_document_as_it_is_served() {
    let document = document(&OperatorLimits::DEFAULT);
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).expect("JSON"));
}
