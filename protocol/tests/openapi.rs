//! `/openapi.json` describes every row of the route table and nothing else, and changes only when somebody means it to.

use std::collections::BTreeSet;

use protocol::doors::openapi::{OPERATIONS, document};

/// Rows of other owners than the people who call us: not built yet, or for developers only.
const UNDESCRIBED: [&str; 3] = ["Later", "DevStyles", "Gallery"];

/// Method and path of every row of the route table that answers.
fn rows() -> BTreeSet<(String, String)> {
    let table = include_str!("../../server/src/route.rs");
    let mut rows = BTreeSet::new();
    for line in table.lines().filter_map(|line| line.trim().strip_prefix("Row(")) {
        let fields: Vec<&str> = line.trim_end_matches("),").split(',').map(str::trim).collect();
        let (method, path, action) = (fields[1], fields[2].trim_matches('"'), fields[fields.len() - 1]);
        if UNDESCRIBED.contains(&action.trim_end_matches(')')) {
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
    assert!(missing.is_empty(), "routes without a description in doors/openapi/operations.rs: {missing:?}");
    let gone: Vec<_> = described.difference(&rows).collect();
    assert!(gone.is_empty(), "descriptions without a route: {gone:?}");
}

#[test]
fn every_reference_leads_somewhere() {
    let document = document();
    let text = document.to_string();
    let schemas = document["components"]["schemas"].as_object().expect("schemas");
    for reference in text.split("#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap_or_default();
        assert!(schemas.contains_key(name), "no schema {name}");
    }
}

#[test]
fn the_document_as_it_is_served() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&document()).expect("JSON"));
}
