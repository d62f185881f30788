//! Allowed dependencies of each crate, and its kind: a library or a wasm module (`ARCHITECTURE.md`, the picture).

use toml::{Table, Value};

use super::Finding;
use super::source::{Repository, code, lines_with};

struct Room {
    /// Name of the crate, which is its folder; of an example the folder alone.
    name: &'static str,
    /// Our crates that it may use.
    ours: &'static [&'static str],
    /// Other crates that it must not use; `*` at the end stands for any ending.
    refused: &'static [&'static str],
    /// The crate is a wasm module only: a crate that is also an rlib loses link-time optimisation.
    is_cdylib: bool,
}

const OURS: [&str; 7] = ["protocol", "simulator", "app", "frontend", "server", "bench", "xtask"];

const ROOMS: [Room; 9] = [
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
            "time",
            "gloo*",
        ],
        is_cdylib: false,
    },
    Room {
        name: "simulator",
        ours: &["protocol"],
        refused: &["worker*", "leptos*", "tokio*", "rand*"],
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
    Room { name: "xtask/tools", ours: &[], refused: &[], is_cdylib: false },
    Room { name: "examples/rust-bot", ours: &["protocol"], refused: &["worker*", "leptos*"], is_cdylib: false },
];

/// Finds dependencies that a crate must not have.
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

/// Crates that are listed only for a feature or for the dependency graph; no code names them.
const NAMELESS: [&str; 3] = ["getrandom", "getrandom_03", "leptos_macro"];

/// Finds dependencies that a crate lists and does not use, and those of the workspace that no crate lists.
pub fn unused(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut listed_somewhere = Vec::new();
    for room in &ROOMS {
        let path = format!("{}/Cargo.toml", room.name);
        let Some(manifest) = manifest(repository, &path, &mut findings) else { continue };
        let folder = format!("{}/", room.name);
        let code: String = repository.below(&folder, ".rs").map(|(_, text)| code(text)).collect();
        let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
        for table in targets.filter_map(Value::as_table).chain([&manifest]) {
            let keys = ["dependencies", "dev-dependencies", "build-dependencies"];
            for name in keys.iter().filter_map(|key| table.get(*key)?.as_table()).flat_map(Table::keys) {
                listed_somewhere.push(name.clone());
                let is_own = name == room.name;
                let is_named = !lines_with(&code, &name.replace('-', "_")).is_empty();
                if !is_own && !is_named && !NAMELESS.contains(&name.as_str()) {
                    findings.push(Finding::of(&path, format!("nothing uses `{name}`: do not list it")));
                }
            }
        }
    }
    let root = manifest(repository, "Cargo.toml", &mut findings);
    let listed = root.as_ref().and_then(|root| root.get("workspace")?.get("dependencies")?.as_table());
    for name in listed.into_iter().flat_map(Table::keys).filter(|name| !listed_somewhere.contains(*name)) {
        findings.push(Finding::of("Cargo.toml", format!("no crate lists `{name}`: take it out")));
    }
    findings
}

/// Dependencies in the lock file that another crate of the workspace adds by a feature: `worker` makes `chrono` read the clock of
/// JavaScript, `protocol` does not.
const OF_OTHERS: [(&str, &str); 2] = [("chrono", "js-sys"), ("chrono", "wasm-bindgen")];

/// Checks the dependencies of `protocol` down to the lowest by the same list, from the lock file.
pub fn purity_of_graph(repository: &Repository) -> Vec<Finding> {
    let mut findings = Vec::new();
    let [protocol, ..] = &ROOMS;
    let Some(manifest) = manifest(repository, "protocol/Cargo.toml", &mut findings) else { return findings };
    let Some(lock) = self::manifest(repository, "Cargo.lock", &mut findings) else { return findings };
    let packages: Vec<&Table> =
        lock.get("package").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_table).collect();
    let below = |name: &str| {
        let package = packages.iter().find(|package| package.get("name").and_then(Value::as_str) == Some(name))?;
        package.get("dependencies")?.as_array()
    };
    let mut open: Vec<(String, String)> =
        names(&manifest, "dependencies").into_iter().map(|name| (name.clone(), name)).collect();
    let mut seen: Vec<String> = Vec::new();
    while let Some((name, way)) = open.pop() {
        if seen.contains(&name) {
            continue;
        }
        if protocol.refused.iter().any(|refused| matches(refused, &name)) && name != way {
            findings.push(Finding::of("Cargo.lock", format!("`protocol` must not bring `{name}` with it ({way})")));
        }
        // A name stands alone, or with a version if there are several.
        let next = below(&name).into_iter().flatten().filter_map(Value::as_str);
        let next = next.filter_map(|entry| entry.split(' ').next());
        let next = next.filter(|next| !OF_OTHERS.contains(&(name.as_str(), next)));
        open.extend(next.map(|next| (next.to_owned(), format!("{way} → {next}"))));
        seen.push(name);
    }
    findings
}

/// Checks that the two wasm packages are cdylib only, and no other crate is one.
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

/// Returns the names of the packages in a table of dependencies.
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
    fn what_nobody_uses_is_found() {
        let repository = Repository::of(&[
            ("Cargo.toml", "[workspace.dependencies]\nserde = \"1\"\nuuid = \"1\"\nweb-sys = \"0.3\"\n"),
            ("app/Cargo.toml", "[dependencies]\nserde.workspace = true\nweb-sys.workspace = true\n"),
            ("app/src/lib.rs", "use web_sys::Window; // not serde\n"),
        ]);
        let places: Vec<String> = unused(&repository).into_iter().map(|finding| finding.place).collect();
        assert_eq!(places, ["app/Cargo.toml", "Cargo.toml"]);
    }

    #[test]
    fn a_random_source_behind_a_pure_crate_is_found() {
        let lock = "[[package]]\nname = \"a\"\ndependencies = [\"b 1.0.0\"]\n[[package]]\nname = \"b\"\ndependencies = [\"rand\"]\n";
        let manifest = "[dependencies]\na.workspace = true\n[dev-dependencies]\nproptest.workspace = true\n";
        let found = purity_of_graph(&Repository::of(&[("protocol/Cargo.toml", manifest), ("Cargo.lock", lock)]));
        assert_eq!(found.len(), 1);
        assert!(found[0].text.contains("a → b → rand"), "{}", found[0].text);
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
