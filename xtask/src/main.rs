//! Commands of this repository, started as `cargo xtask <command>`. One file per command; `help` lists them.

mod advisories;
mod bare;
mod bench;
mod build;
mod chaos;
mod check;
mod cli;
mod dev;
mod edit_loop;
mod files;
mod host;
mod migrations;
mod native;
mod nightly;
mod paths;
mod pictures;
mod process;
mod rebuild_projection;
mod reproducible;
mod serve;
mod setup;
mod size;
mod style_server;
mod styles;
mod suites;
mod tail;
mod test;
mod tidy;
mod try_one;
mod weight;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::cli::Arguments;

const HELP: &str = "\
cargo xtask <command>

  dev      build and serve with wrangler; rebuilds on change, CSS at once
  serve    build for release and serve without wrangler's proxies
           flags of both: --port N (8787), --state DIR (.wrangler/state), --var NAME=VALUE (repeatable)
  build    build the page and the Worker; --release as deployed
  test     the gate: checks, native tests, workerd, sockets, browsers; names of suites run those alone
  try      one test fast: `try protocol FILTER`, `try app FILTER`, `try socket FILE`, `try story FILE -g TITLE`, `try changed`
  check    format, lints, tidy, weight, types of the tests, size budgets; --deploy: known weaknesses as well, fails where nobody knows
  tidy     the architecture rules that code can check
  weight   lines by crate beside the record in docs/weight.md; --record \"SENTENCE\" records them with what growth gives
  pictures takes the pictures and trees again that the tests compare with, and those of the documents
  rebuild-projection writes D1 of a running deployment again from the logs; --url URL (http://127.0.0.1:8787), ADMIN_TOKEN in the environment
  nightly  tests that are too long for every change: 100,000 runs of the simulator, fuzzing, tests tagged @night, every rule of axe
           in every theme, the release build in two folders, known weaknesses, the first command on a bare machine; names of steps run those alone; --runs N, --fuzz-ms N
  bench    load and latency against JavaScript baselines; `bench ui` [--rounds N] [--quick]: the page in Chromium;
           `bench --picture`: the last run as docs/performance.svg
  chaos    60 s of kills, cut sockets and reloads: nothing lost, doubled or reordered; --seconds N, --rate N, --seed N";

fn main() -> ExitCode {
    if let Err(error) = process::end_children_on_signals().and_then(|()| run()) {
        process::wait_if_stopping();
        eprintln!("error: {error:#}");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

fn run() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let command = arguments.next().unwrap_or_else(|| "help".to_owned());
    let mut arguments = Arguments::new(arguments);
    match command.as_str() {
        "dev" => dev::run(&mut arguments),
        "serve" => serve::run(&mut arguments),
        "build" => build::command(&mut arguments),
        "test" => test::run(&mut arguments),
        "try" => try_one::run(&mut arguments),
        "check" => check::run(&mut arguments),
        "tidy" => tidy::run(&mut arguments),
        "weight" => weight::run(&mut arguments),
        "nightly" => nightly::run(&mut arguments),
        "pictures" => pictures::run(),
        "rebuild-projection" => rebuild_projection::run(&mut arguments),
        "bench" => bench::run(&mut arguments),
        "chaos" => chaos::run(&mut arguments),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => bail!("there is no command `{unknown}`; `cargo xtask help` lists them"),
    }
}
