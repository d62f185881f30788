//! Who may depend on whom, and which crate is a library or a wasm module (`ARCHITECTURE.md`, the picture).

use toml::{Table, Value};

use super::Finding;
use super::source::Repository;

struct Room {
    name: &'static str,
    /// Crates of ours that it may use.
    ours: &'static [&'static str],
    /// Crates of others that it must not use; `*` at the end stands for any ending.
    refused: &'static [&'static str],
    /// A wasm module, and nothing else: a crate that is also an rlib loses link-time optimisation.
    is_cdylib: bool,
}

const OURS: [&str; 6] = ["protocol", "app", "frontend", "server", "bench", "xtask"];

const ROOMS: [Room; 6] = [
    Room {
        name: "protocol",
        ours: &[],
        refused: &[
            "worker*",
            "web-sys",
            "js-sys",
            "wasm-bindgen*",
            "leptos*",
            "tokio*",
            "getrandom*",
            "rand*",
            "uuid",
            "reqwest",
            "chrono",
            "time",
            "gloo*",
        ],
        is_cdylib: false,
    },
    Room {
        name: "app",
        ours: &["protocol"],
        refused: &["worker*", "axum*", "leptos_axum", "reqwest", "tokio*"],
        is_cdylib: false,
    },
    Room {
        name: "frontend",
        ours: &["app"],
        refused: &["worker*", "axum*", "leptos_axum", "reqwest", "tokio*", "web-sys"],
        is_cdylib: true,
    },
    Room {
        name: "server",
        ours: &["app", "protocol"],
        refused: &["web-sys", "gloo*", "idb", "console_error_panic_hook", "tokio*"],
        is_cdylib: true,
    },
    Room { name: "bench", ours: &["protocol"], refused: &["worker*", "leptos*"], is_cdylib: false },
    Room { name: "xtask", ours: &[], refused: &[], is_cdylib: false },
];

/// No crate enters a room that is closed to it.
pub fn dependencies(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in &ROOMS {
        let path = format!("{}/Cargo.toml", room.name);
        let Some(manifest) = manifest(repository, &path, &mut findings) else { continue };
        for dependency in ["dependencies", "build-dependencies"].iter().flat_map(|key| names(&manifest, key)) {
            let is_foreign_room = OURS.contains(&dependency.as_str()) && !room.ours.contains(&dependency.as_str());
            if is_foreign_room || room.refused.iter().any(|refused| matches(refused, &dependency)) {
                findings.push(Finding::of(&path, format!("`{}` must not use `{dependency}`", room.name)));
            }
        }
    }
    findings
}

/// The two wasm packages are cdylib only, nothing else is one.
pub fn kinds(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    for room in &ROOMS {
        let path = format!("{}/Cargo.toml", room.name);
        let Some(manifest) = manifest(repository, &path, &mut findings) else { continue };
        let kinds = manifest.get("lib").and_then(|lib| lib.get("crate-type")).and_then(Value::as_array);
        let kinds: Vec<&str> = kinds.into_iter().flatten().filter_map(Value::as_str).collect();
        if room.is_cdylib && kinds != ["cdylib"] {
            findings.push(Finding::of(&path, "crate-type must be [\"cdylib\"] alone"));
        }
        if !room.is_cdylib && kinds.contains(&"cdylib") {
            findings.push(Finding::of(&path, "crate-type must not be cdylib"));
        }
    }
    findings
}

fn manifest(repository: &Repository, path: &str, findings: &mut Vec<Finding>) -> Option<Table> {
    let parsed = repository.text(path)?.parse();
    parsed.map_err(|error| findings.push(Finding::of(path, format!("is no TOML: {error}")))).ok()
}

/// Names of the packages behind a table of dependencies.
fn names(manifest: &Table, key: &str) -> Vec<String> {
    let Some(table) = manifest.get(key).and_then(Value::as_table) else { return Vec::new() };
    let package =
        |(name, value): (&String, &Value)| value.get("package").and_then(Value::as_str).unwrap_or(name).to_owned();
    table.iter().map(package).collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(begin) => name.starts_with(begin),
        None => name == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_in_protocol_and_a_foreign_room_are_found() {
        let repository = Repository::of(&[
            ("protocol/Cargo.toml", "[dependencies]\nserde.workspace = true\ngetrandom = \"0.4\"\n"),
            ("frontend/Cargo.toml", "[dependencies]\nprotocol.workspace = true\n"),
            ("app/Cargo.toml", "[dependencies]\nprotocol.workspace = true\n"),
        ]);
        let places: Vec<String> = dependencies(&repository).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["protocol/Cargo.toml", "frontend/Cargo.toml"]);
    }

    #[test]
    fn a_renamed_package_does_not_hide() {
        let manifest = "[dependencies]\nbrowser = { package = \"web-sys\", version = \"0.3\" }\n";
        assert_eq!(dependencies(&Repository::of(&[("server/Cargo.toml", manifest)])).len(), 1);
    }

    #[test]
    fn kinds_are_checked_both_ways() {
        let mixed = Repository::of(&[("server/Cargo.toml", "[lib]\ncrate-type = [\"cdylib\", \"rlib\"]\n")]);
        assert_eq!(kinds(&mixed).len(), 1);
        let right =
            Repository::of(&[("server/Cargo.toml", "[lib]\ncrate-type = [\"cdylib\"]\n"), ("app/Cargo.toml", "")]);
        assert_eq!(kinds(&right), []);
        assert_eq!(kinds(&Repository::of(&[("app/Cargo.toml", "[lib]\ncrate-type = [\"cdylib\"]\n")])).len(), 1);
    }
}
