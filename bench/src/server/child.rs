//! Processes of a server: they start in the repository's root, end with all of their descendants, and their state is removed.
//!
//! Each host has a standard input that closes when the bench ends in any way, and then the host ends as well.

use std::cell::RefCell;
use std::fs::{self, File};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use rustix::process::{Pid, Signal};
use serde_json::json;

use super::Kind;
use crate::process;

/// Secret of the tokens of devices and publishers; `baselines/hopeflow-js.js` gets it as a variable, like the product.
pub const JWT_SECRET: &str = "a secret of the bench, 32 bytes or more";
/// Variables of the product: rooms by name, no limits, no log lines.
const PRODUCT_VARS: [(&str, &str); 17] = [
    ("OPEN_ROOMS", "1"),
    ("RATE_CHAT", "0"),
    ("RATE_NUDGE", "0"),
    ("RATE_TYPING", "0"),
    ("RATE_FRAME", "0"),
    ("RATE_HISTORY", "0"),
    ("RATE_PRESENCE", "0"),
    ("RATE_LOGIN", "0"),
    ("RATE_REST", "0"),
    ("RATE_HUB", "0"),
    ("RATE_STORE_CONNECT", "0"),
    ("RATE_STORE_FRAME", "0"),
    ("RATE_PUBLISH", "0"),
    ("RATE_CHANNEL_FRAME", "0"),
    ("HUB_AUTH", "open"),
    ("JWT_SECRET", JWT_SECRET),
    // The baselines write no log line for a request either.
    ("REQUEST_LOG", "0"),
];
const START_PATIENCE: Duration = Duration::from_secs(60);
const BUILD_PATIENCE: Duration = Duration::from_secs(30 * 60);
const END_PATIENCE: Duration = Duration::from_secs(10);

/// Returns the root of the repository of this program.
pub fn repository() -> Result<PathBuf> {
    Ok(Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("bench has a parent folder")?.to_owned())
}

/// Settings of the start of servers.
#[derive(Clone)]
pub struct Launch {
    /// Root of the repository.
    root: PathBuf,
    /// Root of the repository of [`Kind::ProductBefore`], with its release build.
    before: Option<PathBuf>,
    /// Folder of the run, on the same file system for all servers.
    folder: PathBuf,
    /// The release build exists.
    is_built: bool,
}

impl Launch {
    /// Uses the repository of this program, and its own folder. `CFM_BUILT=1`: the build exists.
    pub fn new() -> Result<Self> {
        let root = repository()?;
        let folder = std::env::temp_dir().join(format!("cfm-bench-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self { root, before: None, folder, is_built: std::env::var("CFM_BUILT").is_ok_and(|built| built == "1") })
    }

    /// Names the repository of [`Kind::ProductBefore`].
    pub fn beside(self, before: Option<PathBuf>) -> Self {
        Self { before, ..self }
    }

    /// Returns the root of the repository from which `kind` runs.
    fn root_of(&self, kind: Kind) -> &Path {
        self.before.as_deref().filter(|_| kind == Kind::ProductBefore).unwrap_or(&self.root)
    }

    /// Returns the root of the repository.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the time within which a server must answer.
    pub fn patience(&self, kind: Kind) -> Duration {
        if self.is_still_built(kind) { BUILD_PATIENCE } else { START_PATIENCE }
    }

    /// Removes the files of the run.
    pub fn clean_up(&self) {
        let _ = fs::remove_dir_all(&self.folder);
    }

    /// Returns true if the server builds itself first.
    fn is_still_built(&self, kind: Kind) -> bool {
        !self.is_built && matches!(kind, Kind::Product | Kind::ProductColumns)
    }

    fn command(&self, kind: Kind, port: u16, state: &Path) -> Command {
        let mut command = match kind {
            _ if self.is_still_built(kind) => {
                let mut command = Command::new("cargo");
                command.args(["xtask", "serve", "--port", &port.to_string(), "--state"]).arg(state);
                for (name, value) in PRODUCT_VARS {
                    command.arg("--var").arg(format!("{name}={value}"));
                }
                command
            }
            _ if kind.is_product() => {
                let mut vars = serde_json::Map::from_iter([("ENV".to_owned(), json!("dev"))]);
                vars.extend(PRODUCT_VARS.map(|(name, value)| (name.to_owned(), json!(value))));
                let serve = json!({"port": port, "state": state, "vars": vars, "site": "target/site", "worker": "server/build"});
                self.node(kind, "xtask/serve.mjs", "CFM_SERVE", &serve)
            }
            Kind::SocketIo => {
                self.node(kind, "bench/baselines/socket-io/server.mjs", "CFM_BASELINE", &json!({"port": port}))
            }
            _ => {
                let baseline =
                    json!({"name": kind.name(), "port": port, "state": state, "vars": {"JWT_SECRET": JWT_SECRET}});
                self.node(kind, "bench/host.mjs", "CFM_BASELINE", &baseline)
            }
        };
        // The bench requests no files; `xtask/serve.mjs` explains the cost of hosting them.
        command.current_dir(self.root_of(kind)).env("CFM_WITHOUT_FILES", "1");
        command
    }

    /// Makes a command with the repository's own Node, because the system's may be too old for miniflare.
    fn node(&self, kind: Kind, script: &str, variable: &str, value: &serde_json::Value) -> Command {
        let mut command = Command::new(self.root_of(kind).join("node_modules/.bin/node"));
        command.arg(script).env(variable, value.to_string());
        command
    }
}

/// Outermost process of a running server.
pub struct Child {
    process: RefCell<std::process::Child>,
    address: SocketAddr,
    log: PathBuf,
    state: PathBuf,
}

impl Child {
    /// Starts a server on a free port.
    pub fn spawn(kind: Kind, launch: &Launch) -> Result<Self> {
        let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let state = launch.folder.join(kind.name());
        fs::create_dir_all(&state)?;
        let log = launch.folder.join(format!("{}.log", kind.name()));
        let output = File::create(&log)?;
        let mut command = launch.command(kind, address.port(), &state);
        command.stdin(Stdio::piped()).stdout(output.try_clone()?).stderr(output);
        let process = command.spawn().with_context(|| format!("{} cannot be started", kind.name()))?;
        Ok(Self { process: RefCell::new(process), address, log, state })
    }

    /// Returns its address.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns its process id.
    pub fn pid(&self) -> u32 {
        self.process.borrow().id()
    }

    /// Returns the exit status, if the process has ended.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.process.borrow_mut().try_wait().ok().flatten()
    }

    /// Returns the last lines of its output.
    pub fn output_tail(&self) -> String {
        let text = fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(30)..].join("\n")
    }

    /// Asks it to end, kills it after a while, and removes its state.
    pub async fn end(&self) {
        let family = process::family(self.pid());
        if self.ended().is_none() {
            let _ = kill(self.pid(), Signal::TERM);
        }
        let deadline = Instant::now() + END_PATIENCE;
        let is_over = || self.ended().is_some() && !family[1..].iter().any(|pid| process::is_alive(*pid));
        while !is_over() {
            if Instant::now() > deadline {
                for pid in family.iter().filter(|pid| process::is_alive(**pid)) {
                    let _ = kill(*pid, Signal::KILL);
                }
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let _ = self.process.borrow_mut().wait();
        let _ = fs::remove_dir_all(&self.state);
    }
}

/// Sends a signal to one process.
pub fn kill(pid: u32, signal: Signal) -> Result<()> {
    let pid = Pid::from_raw(i32::try_from(pid)?).context("process 0")?;
    rustix::process::kill_process(pid, signal)?;
    Ok(())
}
