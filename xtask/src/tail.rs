//! Commands that print for minutes and report failures at their end. Their output is shown at once, and `cargo xtask test` repeats the end
//! of it after all suites.

use std::collections::VecDeque;
use std::fmt;
use std::io::{self, IsTerminal, Read, Write};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process;

/// Number of bytes of a command's output that are kept: a page or two.
const TAIL_BYTES_MAX: usize = 6_000;
/// Time for which the output of an ended command is still read.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Failed command, with the end of its output.
#[derive(Debug)]
pub struct Failed {
    what: String,
    pub tail: String,
}

impl fmt::Display for Failed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what)
    }
}

impl std::error::Error for Failed {}

/// Runs a command with visible output. Its error is a [`Failed`].
pub fn run(command: &mut Command) -> Result<()> {
    if io::stdout().is_terminal() {
        // The command writes to a pipe instead of a terminal.
        command.env("FORCE_COLOR", "1").env("CARGO_TERM_COLOR", "always");
    }
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| process::cannot_start(command, &error))?;
    let tail = Arc::new(Mutex::new(VecDeque::new()));
    let (open, ends) = mpsc::channel::<()>();
    if let Some(from) = child.stdout.take() {
        hand_on(from, io::stdout(), tail.clone(), open.clone());
    }
    if let Some(from) = child.stderr.take() {
        hand_on(from, io::stderr(), tail.clone(), open);
    }
    let status = child.wait().context("cannot wait for a child process")?;
    // Processes that it left behind may hold these pipes open for ever.
    let _ended = ends.recv_timeout(LAST_WORDS);
    if status.success() {
        return Ok(());
    }
    process::wait_if_stopping();
    let bytes: Vec<u8> = tail.lock().unwrap_or_else(PoisonError::into_inner).iter().copied().collect();
    let what = format!("`{}` failed ({status})", process::line_of(command));
    Err(Failed { what, tail: from_whole_line(&bytes) }.into())
}

/// Forwards the output at once and keeps its end; `_open` is dropped at the end of the stream.
fn hand_on(
    mut from: impl Read + Send + 'static,
    mut to: impl Write + Send + 'static,
    tail: Arc<Mutex<VecDeque<u8>>>,
    open: Sender<()>,
) {
    thread::spawn(move || {
        let _open = open;
        let mut buffer = [0; 4_096];
        while let Ok(count @ 1..) = from.read(&mut buffer) {
            let bytes = buffer.get(..count).unwrap_or_default();
            // The reader of our output may be gone, but the command continues.
            let _unread = to.write_all(bytes).and_then(|()| to.flush());
            let mut buffer = tail.lock().unwrap_or_else(PoisonError::into_inner);
            buffer.extend(bytes);
            let surplus = buffer.len().saturating_sub(TAIL_BYTES_MAX);
            buffer.drain(..surplus);
        }
    });
}

/// Removes the rest of a line whose beginning was not kept.
fn from_whole_line(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let is_cut = bytes.len() >= TAIL_BYTES_MAX;
    let whole = text.split_once('\n').filter(|_| is_cut).map_or(&*text, |(_, rest)| rest);
    whole.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    fn failure(script: &str) -> Failed {
        let error = run(Command::new("sh").args(["-c", script])).expect_err("it fails");
        error.downcast::<Failed>().expect("what it printed is kept")
    }

    #[test]
    fn the_end_of_what_a_failing_command_printed_is_kept_by_whole_lines() {
        let failed = failure("for n in $(seq 5000); do echo \"line $n\"; done; exit 3");
        assert!(failed.to_string().contains("exit status: 3"), "{failed}");
        assert!(failed.tail.ends_with("\nline 4999\nline 5000"), "{}", failed.tail);
        assert!(failed.tail.starts_with("line ") && failed.tail.len() <= TAIL_BYTES_MAX, "{}", failed.tail);
        assert_eq!(failure("echo one >&2; exit 1").tail, "one");
    }

    #[test]
    fn what_a_command_left_behind_holds_nobody_up() {
        let started = Instant::now();
        let left = failure("sleep 60 & echo $!; exit 1").tail.parse().expect("its process id");
        assert!(started.elapsed() < Duration::from_secs(30));
        let _ended = kill_process(Pid::from_raw(left).expect("no process is 0"), Signal::KILL);
    }

    #[test]
    fn a_command_that_passes_says_nothing_more() {
        run(Command::new("sh").args(["-c", "echo fine"])).expect("it passes");
    }
}
