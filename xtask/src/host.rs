//! Common parts of `dev` and `serve`: their flags, the port, and the line that reports a ready server.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::cli::Arguments;
use crate::{paths, process};

const HEALTH_POLL: Duration = Duration::from_millis(100);
const HEALTH_TIMEOUT: Duration = Duration::from_secs(5);
/// Output of wrangler after its runtime has died. It starts another one; if its own proxy died, the new one never forwards requests.
const CRASH_SIGN: &str = "The Workers runtime crashed";
/// Time within which wrangler must answer again; after it, wrangler is restarted.
const RECOVERY: Duration = Duration::from_secs(15);

/// Flags of both commands.
pub struct Options {
    /// Port on the loopback address.
    pub port: u16,
    /// Folder of the durable state.
    pub state: PathBuf,
    /// Variables of the Worker, `ENV=dev` and `SIGN_IN=demo` among them.
    pub vars: Vec<(String, String)>,
}

impl Options {
    /// Parses the flags and checks that the port is free, before slow work begins.
    pub fn take(arguments: &mut Arguments) -> Result<Self> {
        let port = match arguments.value("--port")? {
            None => 8787,
            Some(text) => text.parse().with_context(|| format!("--port {text} is not a port number"))?,
        };
        // The port 0 stands for any free one, which the line `Ready on` prints.
        let port = if port == 0 { TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port() } else { port };
        let state = arguments.value("--state")?.map_or_else(|| paths::root().join(".wrangler/state"), PathBuf::from);
        let mut vars =
            [("ENV", "dev"), ("SIGN_IN", "demo")].map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        while let Some(var) = arguments.value("--var")? {
            let Some((name, value)) = var.split_once('=') else { bail!("--var {var} has no `=`: it is NAME=VALUE") };
            vars.retain(|(old, _)| old != name);
            vars.push((name.to_owned(), value.to_owned()));
        }
        arguments.finish()?;
        let options = Self { port, state: std::path::absolute(state)?, vars };
        options.expect_free_port()?;
        Ok(options)
    }

    /// Fails with one sentence instead of a later stack trace.
    pub fn expect_free_port(&self) -> Result<()> {
        if TcpListener::bind(self.address()).is_err() {
            bail!("port {} is taken: end what listens there, or choose another with --port", self.port);
        }
        Ok(())
    }

    fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    fn is_healthy(&self) -> bool {
        self.ask_health().unwrap_or(false)
    }

    fn ask_health(&self) -> Result<bool> {
        let mut stream = TcpStream::connect_timeout(&self.address(), HEALTH_TIMEOUT)?;
        stream.set_read_timeout(Some(HEALTH_TIMEOUT))?;
        let host = self.address();
        write!(stream, "GET /api/health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut head = [0_u8; 12];
        stream.read_exact(&mut head)?;
        Ok(head.ends_with(b" 200"))
    }
}

enum Sign {
    /// The server in the child has (re)started, so `Ready` is due again.
    Started,
    /// The runtime in the child has died.
    Crashed,
    /// The Worker reports why its variables are unusable.
    Unusable(String),
    Ended,
}

/// Runs a server until it ends. After each start (the child prints a line with `start_sign`), waits until `GET /api/health` returns 200 and
/// prints `Ready on …`. A child whose runtime was killed and that does not answer again is replaced: all acknowledged data is in the state
/// folder.
pub fn host(mut command: Command, options: &Options, start_sign: &'static str) -> Result<()> {
    options.expect_free_port()?;
    // The child ends when this pipe closes, however the command ends.
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    loop {
        let mut child = command.spawn().map_err(|error| process::cannot_start(&command, &error))?;
        attend(&mut child, options, start_sign)?;
        process::announce("The runtime was killed and does not answer: starting it again");
        process::end_children();
        child.wait().context("cannot wait for the server")?;
    }
}

/// Watches one child; returns when the child has to be replaced.
fn attend(child: &mut Child, options: &Options, start_sign: &'static str) -> Result<()> {
    let signs = forward_lines(child, start_sign)?;
    let mut is_ready_due = true;
    let mut crashed: Option<Instant> = None;
    loop {
        match signs.recv_timeout(HEALTH_POLL) {
            Ok(Sign::Started) => is_ready_due = true,
            Ok(Sign::Crashed) => {
                is_ready_due = true;
                crashed.get_or_insert_with(Instant::now);
            }
            Err(RecvTimeoutError::Timeout) if is_ready_due => {
                if options.is_healthy() {
                    (is_ready_due, crashed) = (false, None);
                    println!("Ready on http://127.0.0.1:{}", options.port);
                } else if crashed.is_some_and(|crashed| crashed.elapsed() > RECOVERY) {
                    return Ok(());
                }
            }
            Err(RecvTimeoutError::Timeout) => {}
            Ok(Sign::Unusable(problem)) if is_ready_due => bail!("the server cannot start: {problem}"),
            Ok(Sign::Unusable(_)) => {}
            Ok(Sign::Ended) | Err(RecvTimeoutError::Disconnected) => {
                let status = child.wait().context("cannot wait for the server")?;
                process::wait_if_stopping();
                bail!("the server ended ({status})");
            }
        }
    }
}

/// Prints the child's lines, except its own `Ready on`, which comes before the Worker answers.
fn forward_lines(child: &mut Child, start_sign: &'static str) -> Result<Receiver<Sign>> {
    let output = child.stdout.take().context("the server has no standard output")?;
    let errors = child.stderr.take().context("the server has no standard error")?;
    let (sender, signs) = mpsc::channel();
    let reports = sender.clone();
    thread::spawn(move || forward_errors(errors, &reports));
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            if line.contains(start_sign) {
                send_sign(&sender, Sign::Started);
            }
            if line.contains(CRASH_SIGN) {
                send_sign(&sender, Sign::Crashed);
            }
            if !line.contains("Ready on ") {
                println!("{line}");
            }
        }
        send_sign(&sender, Sign::Ended);
    });
    Ok(signs)
}

/// Prints the child's errors, among them the Worker's lines about what is broken. A refused secret is also said once in a sentence.
fn forward_errors(errors: impl Read, signs: &Sender<Sign>) {
    let mut said = Vec::new();
    for line in BufReader::new(errors).lines().map_while(Result::ok) {
        if let Some(problem) = problem_in(&line) {
            send_sign(signs, Sign::Unusable(problem));
        }
        eprintln!("{line}");
        if let Some(sentence) = refused_secret_in(&line).filter(|sentence| !said.contains(sentence)) {
            eprintln!("{sentence}");
            said.push(sentence);
        }
    }
}

/// Returns the Worker's report of unusable variables in a line (`messenger.md` 12.1).
fn problem_in(line: &str) -> Option<String> {
    let value = record_in(line)?;
    let problem = value.get("problem").filter(|_| value.get("event").is_some_and(|event| event == "misconfigured"))?;
    problem.as_str().map(str::to_owned)
}

/// Returns a sentence about a secret that the Worker refuses because it is too short (`server/src/config/reader.rs`).
fn refused_secret_in(line: &str) -> Option<String> {
    let value = record_in(line)?;
    let error = value.get("error").filter(|_| value.get("place").is_some_and(|place| place == "config"))?.as_str()?;
    error.ends_with(" opens nothing").then(|| format!("Attention: {error}. Choose a longer one."))
}

/// Returns the record that the Worker has written in a line. wrangler writes signs of colours around it.
fn record_in(line: &str) -> Option<serde_json::Value> {
    serde_json::Deserializer::from_str(line.get(line.find('{')?..)?).into_iter().next()?.ok()
}

/// Sends a sign. The receiver is gone only when the command ends, and then the sign is not needed.
fn send_sign(sender: &Sender<Sign>, sign: Sign) {
    let _is_received = sender.send(sign);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Result<Options> {
        Options::take(&mut Arguments::new(line.split_whitespace().map(str::to_owned)))
    }

    #[test]
    fn a_taken_port_is_one_sentence() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let text = format!("{:#}", options(&format!("--port {port}")).err().unwrap());
        assert!(text.contains("is taken") && text.lines().count() == 1, "{text}");
    }

    #[test]
    fn a_refused_secret_is_one_sentence() {
        let line = |place: &str| {
            format!(
                "{{\"event\":\"fault\",\"place\":\"{place}\",\"error\":\"ADMIN_TOKEN is shorter than 16 characters and opens nothing\"}}"
            )
        };
        let sentence = "Attention: ADMIN_TOKEN is shorter than 16 characters and opens nothing. Choose a longer one.";
        assert_eq!(refused_secret_in(&line("config")).as_deref(), Some(sentence));
        assert_eq!(refused_secret_in(&format!("[ERROR] {}\u{1b}[0m", line("config"))).as_deref(), Some(sentence));
        assert_eq!(refused_secret_in(&line("mail")), None);
        assert_eq!(refused_secret_in("Ready on http://127.0.0.1:8787"), None);
    }

    #[test]
    fn the_environment_is_dev_with_the_demo_first_and_a_later_variable_wins() {
        let given = options("--port 0 --var A=1 --var A=2=3 --var ENV=production").unwrap();
        let expected = [("SIGN_IN", "demo"), ("A", "2=3"), ("ENV", "production")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(given.vars, expected);
        assert!(options("--port 0 --var A").is_err());
    }
}
