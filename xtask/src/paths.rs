//! Paths, relative to the root of the repository. This file does not read the disk.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Compilation target of the page and of the Worker.
pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Folders with the published clients of the doors, each with packages of its own: the packages of one version of LiveStore import each
/// other by name.
pub const CLIENTS: [&str; 2] = ["end2end", "end2end/clients/livestore-0.4"];

/// Folder of the server of Socket.IO with its packages. They are installed only when the bench is asked for it.
pub const SOCKET_IO: &str = "bench/baselines/socket-io";

/// Returns the root of the repository: the parent of this crate.
pub fn root() -> PathBuf {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| OsString::from(env!("CARGO_MANIFEST_DIR")));
    let manifest = PathBuf::from(manifest);
    manifest.parent().map(Path::to_path_buf).unwrap_or(manifest)
}

/// Returns the folder of the style sheets: `style/`, or a copy that a test edits (`CFM_STYLE`).
pub fn style() -> PathBuf {
    env::var_os("CFM_STYLE").map_or_else(|| root().join("style"), PathBuf::from)
}

/// Returns Cargo's output folder.
pub fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns the folder of Cargo's downloads.
pub fn cargo_home() -> PathBuf {
    let usual = || PathBuf::from(env::var_os("HOME").unwrap_or_default()).join(".cargo");
    env::var_os("CARGO_HOME").map_or_else(usual, PathBuf::from)
}

/// Returns the path of a command that npm installed.
pub fn npm_bin(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}

/// Returns `PATH` for every child, with our newer Node first.
pub fn search_path() -> OsString {
    let mut folders = vec![root().join("node_modules/.bin")];
    folders.extend(env::split_paths(&env::var_os("PATH").unwrap_or_default()));
    env::join_paths(folders).unwrap_or_default()
}
