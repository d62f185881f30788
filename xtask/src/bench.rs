//! `cargo xtask bench`: builds for release and starts the load client of `bench/` with the remaining words. With `ui` as the first word it
//! measures the page in Chromium (`end2end/bench/ui.ts`, `first_use.ts`), with `cold` the first request of a fresh process
//! (`end2end/bench/cold.ts`). With `--picture` it measures nothing and draws the last run.

use anyhow::Result;

use crate::build::{self, Place};
use crate::cli::Arguments;
use crate::paths::{self, WASM_TARGET};
use crate::{process, setup};

/// Sets up, builds and measures.
pub fn run(arguments: &mut Arguments) -> Result<()> {
    if arguments.flag("--picture") {
        arguments.finish()?;
        return load(&["picture".to_owned()]);
    }
    let words = arguments.rest();
    let is_ui = words.first().is_some_and(|word| word == "ui");
    if is_ui {
        setup::chromium()?;
    }
    setup::run()?;
    if Place::given().is_none() {
        build::release()?;
    }
    if is_ui {
        return ["end2end/bench/ui.ts", "end2end/bench/first_use.ts"].into_iter().try_for_each(|script| {
            let mut node = process::command(paths::npm_bin("node"));
            process::run(node.arg(script).args(&words[1..]).env("CFM_BUILT", "1"))
        });
    }
    if words.first().is_some_and(|word| word == "cold") {
        let empty = build::empty_worker()?;
        let mut node = process::command(paths::npm_bin("node"));
        return process::run(node.arg("end2end/bench/cold.ts").args(&words[1..]).env("CFM_EMPTY", empty));
    }
    if concerns(&words, &["packets"]) {
        packets()?;
    }
    // The original servers of LiveStore are packages of the tests' clients.
    if concerns(&words, &["push", "pull"]) {
        setup::clients()?;
    }
    if is_named(&words, "socket.io") {
        setup::socket_io()?;
    }
    load(&words)
}

/// Measures a room with a million messages, on the existing build.
pub fn long_room() -> Result<()> {
    load(&["long-room".to_owned()])
}

fn load(words: &[String]) -> Result<()> {
    let mut cargo = process::cargo();
    let bench = cargo.args(["run", "--release", "-p", "bench", "--"]).args(words);
    process::run(bench.env("CFM_BUILT", "1"))
}

/// Returns true if the words name scenarios with these prefixes; without words all scenarios run. `chaos` and `long-room` are no scenarios.
fn concerns(words: &[String], beginnings: &[&str]) -> bool {
    if words.first().is_some_and(|word| !word.starts_with('-')) {
        return false;
    }
    let only = value_of(words, "--only");
    only.is_none_or(|names| names.split(',').any(|name| beginnings.iter().any(|begin| name.starts_with(begin))))
}

/// Returns true if the words name a server.
fn is_named(words: &[String], server: &str) -> bool {
    value_of(words, "--servers").is_some_and(|names| names.split(',').any(|name| name == server))
}

fn value_of<'a>(words: &'a [String], flag: &str) -> Option<&'a String> {
    words.iter().position(|word| word == flag).and_then(|at| words.get(at + 1))
}

/// Builds the codec of packets alone into `target/bench/packets`, as the release build of the Worker compiles, binds and shrinks it.
fn packets() -> Result<()> {
    let wasm = paths::target().join(WASM_TARGET).join("release/examples/packets.wasm");
    let into = paths::target().join("bench/packets");
    let mut cargo = process::cargo();
    cargo.args(["build", "--locked", "--release", "-p", "bench", "--example", "packets", "--target", WASM_TARGET]);
    process::run_quietly("Compiling the codec of packets", &mut cargo)?;
    let mut bind = setup::build_tool()?;
    bind.args(["page", "release"]).arg(wasm).arg(&into).arg("packets_glue");
    process::run_quietly("Binding it", &mut bind)?;
    let bound = into.join("packets_glue_bg.wasm");
    let mut optimise = process::command(paths::npm_bin("wasm-opt"));
    optimise.arg("-Os").arg("--all-features").arg(&bound).arg("-o").arg(&bound);
    process::run_quietly("Shrinking it", &mut optimise).map(drop)
}

#[cfg(test)]
mod tests {
    use super::{concerns, is_named};

    fn words(line: &str) -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn only_what_is_measured_is_built() {
        let asked = |line: &str| concerns(&words(line), &["push", "pull"]);
        assert!(asked("") && asked("--quick") && asked("--only echo,push-14"));
        assert!(!asked("--only echo,packets") && !asked("chaos --seed 1"));
    }

    #[test]
    fn a_peer_is_installed_when_it_is_named() {
        let asked = |line: &str| is_named(&words(line), "socket.io");
        assert!(asked("--servers product,socket.io --only echo"));
        assert!(!asked("") && !asked("--only echo") && !asked("--servers product") && !asked("--servers"));
    }
}
