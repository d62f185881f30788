//! Child processes: start, one-sentence errors, and the end of all descendants with this process.
//!
//! Children stay in our process group. On SIGINT, SIGTERM and SIGHUP every descendant is asked to end, then killed.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::process::{Pid, Signal, kill_process};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::paths;

const HEARTBEAT: Duration = Duration::from_secs(10);
const POLITE: Duration = Duration::from_secs(4);
const END_POLL: Duration = Duration::from_millis(25);

static STOPPING: AtomicBool = AtomicBool::new(false);

/// Ends all children before a signal ends this process.
pub fn end_children_on_signals() -> Result<()> {
    // This process adopts orphans of its children, so that they are found too.
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(rustix::process::getpid())).context("cannot become a subreaper")?;
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for signals")?;
    thread::spawn(move || {
        if let Some(signal) = signals.forever().next() {
            STOPPING.store(true, Ordering::SeqCst);
            end_descendants_of(own_pid());
            std::process::exit(128 + signal);
        }
    });
    Ok(())
}

/// Ends the process with an error, from any thread, together with all descendants.
pub fn give_up(error: &anyhow::Error) -> ! {
    wait_if_stopping();
    STOPPING.store(true, Ordering::SeqCst);
    end_descendants_of(own_pid());
    eprintln!("error: {error:#}");
    std::process::exit(1);
}

/// Returns an error with a remedy if a program is not installed.
pub fn expect_program(name: &str) -> Result<()> {
    let is_there = std::env::split_paths(&paths::search_path()).any(|folder| folder.join(name).is_file());
    if is_there { Ok(()) } else { Err(cannot_start(&Command::new(name), &io::ErrorKind::NotFound.into())) }
}

/// Waits if a signal is being handled: the children failed only because they were ended.
pub fn wait_if_stopping() {
    while STOPPING.load(Ordering::SeqCst) {
        thread::sleep(POLITE);
    }
}

/// Ends all descendants of this process.
pub fn end_children() {
    end_descendants_of(own_pid());
}

/// Ends all descendants of a process.
fn end_descendants_of(root: i32) {
    let started = Instant::now();
    let mut asked = HashSet::new();
    loop {
        let alive = descendants_of(root);
        if alive.is_empty() {
            return;
        }
        for pid in alive {
            let Some(target) = Pid::from_raw(pid) else { continue };
            // A process that is already gone needs no signal.
            if started.elapsed() > POLITE {
                let _ended = kill_process(target, Signal::KILL);
            } else if asked.insert(pid) {
                let _ended = kill_process(target, Signal::TERM);
            }
        }
        thread::sleep(END_POLL);
    }
}

fn own_pid() -> i32 {
    rustix::process::getpid().as_raw_nonzero().get()
}

/// Returns the live descendants, without zombies.
fn descendants_of(root: i32) -> Vec<i32> {
    let table = process_table();
    let mut found: Vec<i32> = Vec::new();
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for &(pid, parent_of_pid, is_zombie) in &table {
            if parent_of_pid == parent && !found.contains(&pid) {
                parents.push(pid);
                if !is_zombie {
                    found.push(pid);
                }
            }
        }
    }
    found
}

/// Returns all processes as (pid, parent, zombie): from /proc, elsewhere from `ps`.
fn process_table() -> Vec<(i32, i32, bool)> {
    let Ok(entries) = fs::read_dir("/proc") else { return process_table_of_ps() };
    let stat = |entry: fs::DirEntry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let text = fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name may contain blanks and brackets, so fields are counted from the last bracket.
        let mut fields = text.rsplit_once(')')?.1.split_whitespace();
        let state = fields.next()?;
        Some((pid, fields.next()?.parse().ok()?, state == "Z"))
    };
    entries.flatten().filter_map(stat).collect()
}

fn process_table_of_ps() -> Vec<(i32, i32, bool)> {
    let Ok(output) = Command::new("ps").args(["-axo", "pid=,ppid=,state="]).output() else { return Vec::new() };
    let row = |line: &str| {
        let mut fields = line.split_whitespace();
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?, fields.next()?.starts_with('Z')))
    };
    String::from_utf8_lossy(&output.stdout).lines().filter_map(row).collect()
}

/// Makes a command in the root of the repository, with our tools first in its search path.
pub fn command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(paths::root()).env("PATH", paths::search_path());
    command.env("WRANGLER_SEND_METRICS", "false").env("NO_UPDATE_NOTIFIER", "1");
    command
}

/// Makes a Cargo command, in the toolchain of this program.
pub fn cargo() -> Command {
    let mut command = command("cargo");
    forget_outer_cargo(&mut command);
    if COMPILES_ONCE.load(Ordering::Relaxed) {
        command.env("CARGO_INCREMENTAL", "0");
    }
    command
}

static COMPILES_ONCE: AtomicBool = AtomicBool::new(false);

/// Turns incremental compilation off, which saves a third of the time. A clone with incremental data keeps it on.
pub fn compile_once() {
    COMPILES_ONCE.store(!paths::target().join("debug/incremental").exists(), Ordering::Relaxed);
}

/// Removes the variables of the outer `cargo run`, which a nested Cargo would take for its own.
pub fn forget_outer_cargo(command: &mut Command) {
    for inherited in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        command.env_remove(inherited);
    }
}

/// Prints the present step.
pub fn announce(what: &str) {
    println!("▸ {what}");
}

/// Runs a command with visible output.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if !status.success() {
        wait_if_stopping();
        bail!("`{}` failed ({status})", line_of(command));
    }
    Ok(())
}

/// Runs a command silently, with a sign of life every few seconds. Its output is shown if it fails, or a single sentence if the network is
/// down.
pub fn run_quietly(what: &str, command: &mut Command) -> Result<String> {
    announce(what);
    run_unseen(what, command)
}

/// Runs a command silently without an announcement, for one of many commands.
pub fn run_unseen(what: &str, command: &mut Command) -> Result<String> {
    let output = with_heartbeat(what, command)?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    if output.status.success() {
        return Ok(text);
    }
    wait_if_stopping();
    if is_network_trouble(&text) {
        bail!("no network: `{}` could not reach its package registry", line_of(command));
    }
    bail!("{what}: `{}` failed ({})\n{}", line_of(command), output.status, text.trim_end());
}

/// Runs a command silently with a time limit; `None` if it had to be ended. The caller interprets its output.
pub fn within(limit: Duration, command: &mut Command) -> Result<Option<Output>> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let pid = i32::try_from(child.id()).context("a pid is an i32")?;
    let (done, wait) = mpsc::channel();
    thread::spawn(move || done.send(child.wait_with_output()));
    match wait.recv_timeout(limit) {
        Ok(output) => Ok(Some(output.context("cannot wait for a child process")?)),
        Err(_) => {
            // Its descendants end first. It might start more, but no other process starts one for it.
            end_descendants_of(pid);
            if let Some(target) = Pid::from_raw(pid) {
                let _ended = kill_process(target, Signal::KILL);
            }
            Ok(None)
        }
    }
}

fn with_heartbeat(what: &str, command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().map_err(|error| cannot_start(command, &error))?;
    let (done, wait) = mpsc::channel::<()>();
    let title = what.to_owned();
    thread::spawn(move || {
        let started = Instant::now();
        while let Err(mpsc::RecvTimeoutError::Timeout) = wait.recv_timeout(HEARTBEAT) {
            println!("  … {title}: {} s", started.elapsed().as_secs());
        }
    });
    let output = child.wait_with_output().context("cannot wait for a child process");
    drop(done);
    output
}

fn is_network_trouble(output: &str) -> bool {
    // Errors of npm and Node, of Cargo and its HTTP library, and of apt.
    const SIGNS: [&str; 16] = [
        "ENOTFOUND",
        "EAI_AGAIN",
        "ECONNREFUSED",
        "ETIMEDOUT",
        "ECONNRESET",
        "ENETUNREACH",
        "EHOSTUNREACH",
        "Could not resolve host",
        "Could not connect",
        "Failed to connect",
        "Timeout was reached",
        "Temporary failure resolving",
        "Network is unreachable",
        "failed to lookup address",
        "error sending request",
        "spurious network error",
    ];
    SIGNS.iter().any(|sign| output.contains(sign))
}

/// Returns the sentence for a program that did not start.
pub fn cannot_start(command: &Command, error: &io::Error) -> anyhow::Error {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    if error.kind() != io::ErrorKind::NotFound {
        return anyhow!("{program} cannot be started: {error}");
    }
    let remedy = match program.as_str() {
        "npm" | "node" => "install Node.js 20 or newer with npm (Debian: `apt install nodejs npm`)",
        "cc" => "install a C compiler, Rust links with it (Debian: `apt install build-essential`)",
        "rustup" => "install it from https://rustup.rs",
        "chromium" => "install it (Debian: `apt install chromium`)",
        _ => "run `cargo xtask build` once, it installs what is missing",
    };
    anyhow!("{program} is missing: {remedy}")
}

/// Formats a command as it would be typed.
pub fn line_of(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_one_sentence_with_a_remedy() {
        let error = run(&mut Command::new("npm-of-a-machine-without-it")).expect_err("it cannot exist");
        let text = format!("{error:#}");
        assert!(text.contains("is missing:") && text.lines().count() == 1, "{text}");
    }

    #[test]
    fn a_missing_network_is_told_apart_from_other_failures() {
        for line in [
            "getaddrinfo EAI_AGAIN",
            "npm error connect ENETUNREACH 104.16.0.35:443",
            "npm error connect EHOSTUNREACH 104.16.0.35:443",
            "[7] Could not connect to server (Failed to connect to index.crates.io port 443)",
            "[28] Timeout was reached (Connection timed out after 30000 milliseconds)",
            "W: Failed to fetch http://deb.debian.org/debian  Temporary failure resolving 'deb.debian.org'",
        ] {
            let mut offline = Command::new("sh");
            offline.args(["-c", "echo \"$0\" >&2; exit 1", line]);
            let message = format!("{:#}", run_quietly("test", &mut offline).expect_err("exit 1"));
            assert!(message.starts_with("no network") && message.lines().count() == 1, "{message}");
        }
        let mut broken = Command::new("sh");
        broken.args(["-c", "echo other >&2; exit 1"]);
        assert!(!format!("{:#}", run_quietly("test", &mut broken).expect_err("exit 1")).starts_with("no network"));
    }

    #[test]
    fn a_command_that_takes_too_long_is_ended() {
        let started = Instant::now();
        let ended = within(Duration::from_millis(50), Command::new("sh").args(["-c", "sleep 60 & wait"]));
        assert!(ended.expect("sh starts").is_none());
        assert!(started.elapsed() < Duration::from_secs(30));
        let output = within(Duration::from_secs(60), Command::new("sh").args(["-c", "echo yes; exit 3"]));
        let output = output.expect("sh starts").expect("it is quick");
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(3), &b"yes\n"[..]));
    }

    #[test]
    fn descendants_end_all_and_zombies_do_not_count() {
        let mut child = Command::new("sh").args(["-c", "sh -c 'sleep 30 & wait' & wait"]).spawn().expect("sh starts");
        let root = i32::try_from(child.id()).expect("a pid is an i32");
        let deadline = Instant::now() + Duration::from_secs(5);
        while descendants_of(root).len() < 2 {
            assert!(Instant::now() < deadline, "the grandchild was never seen");
            thread::yield_now();
        }
        end_descendants_of(root);
        assert!(descendants_of(root).is_empty());
        child.wait().expect("the child can be reaped");
    }
}
