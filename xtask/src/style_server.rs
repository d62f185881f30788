//! Server of styles and the page's programs in the edit loop. It watches `style/`, bundles after a change, and notifies open pages, which
//! swap their sheet and keep their state. After a build of the page, open pages load it before the Worker is built as well. The server has
//! its own loopback port; the Worker forwards `/__dev/*` to it (by `DEV_STYLE_ORIGIN`, which only `cargo xtask dev` sets), so that a page
//! needs no foreign origin in its CSP.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::{build, files, paths, styles};

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Versions of the served files.
#[derive(Clone, Default, PartialEq, Eq)]
struct Served {
    /// Number of style changes.
    styles: u64,
    /// Name of the page's programs.
    bundle: Option<String>,
}

/// Present version; changes wake the waiting pages.
#[derive(Default)]
struct Version {
    served: Mutex<Served>,
    changed: Condvar,
}

impl Version {
    fn served(&self) -> MutexGuard<'_, Served> {
        self.served.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Served)) {
        change(&mut self.served());
        self.changed.notify_all();
    }
}

/// Starts watching and serving, at first the programs of the existing site; returns the origin.
pub fn start(site: &Path) -> Result<String> {
    styles::bundle_all(&folder())?;
    files::mirror(&site.join("pkg"), &bundle_folder())?;
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot open a port for the styles")?;
    let origin = format!("http://{}", listener.local_addr()?);
    let version = Arc::new(Version::default());
    version.change(|served| served.bundle = build::made_for_edit_loop().page);
    let styled = Arc::clone(&version);
    thread::spawn(move || files::watch(&[paths::style()], || take_styles(&styled)));
    let built = Arc::clone(&version);
    thread::spawn(move || files::watch(&[build::page_stamp_of_edit_loop()], || take_bundle(&built)));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let version = Arc::clone(&version);
            // A page that was closed ends its thread with an error, which has no other effect.
            thread::spawn(move || answer(stream, &version));
        }
    });
    Ok(origin)
}

fn folder() -> PathBuf {
    paths::target().join("dev-style")
}

fn bundle_folder() -> PathBuf {
    paths::target().join("dev-programs")
}

fn take_styles(version: &Version) -> Result<()> {
    styles::bundle_all(&folder())?;
    version.change(|served| served.styles += 1);
    println!("Styles changed");
    Ok(())
}

/// Serves the new build of the page from now on.
fn take_bundle(version: &Version) -> Result<()> {
    let built = build::made_for_edit_loop().page;
    if built.is_none() || built == version.served().bundle {
        return Ok(());
    }
    // The next build may clear the folder during the copy; then that build is served.
    let is_copied = files::mirror(&build::bundle_for_edit_loop(), &bundle_folder()).is_ok();
    if is_copied && build::made_for_edit_loop().page == built {
        version.change(|served| served.bundle = built);
    }
    Ok(())
}

fn answer(mut stream: TcpStream, version: &Version) -> Result<()> {
    let mut request = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut request)?;
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    let name = path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    if name == "style-events" {
        return stream_changes(&mut stream, version);
    }
    let sheet = styles::SHEETS.contains(&name).then(|| folder().join(name));
    if let Some(file) = sheet.or_else(|| bundle_file_at(path)) {
        return send(&mut stream, &file);
    }
    stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    Ok(())
}

fn send(stream: &mut TcpStream, file: &Path) -> Result<()> {
    let (kind, bytes) = (kind_of(file), files::read(file)?);
    write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nCache-Control: no-store\r\n")?;
    write!(stream, "Content-Length: {}\r\nConnection: close\r\n\r\n", bytes.len())?;
    stream.write_all(&bytes).context("the page went away")
}

fn bundle_file_at(path: &str) -> Option<PathBuf> {
    let name = path.split('?').next()?.strip_prefix("/__dev/")?;
    let file = bundle_folder().join(name);
    (!name.contains("..") && file.is_file()).then_some(file)
}

fn kind_of(file: &Path) -> &'static str {
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

/// Delay after which a page reconnects. The connection ends with each Worker, so the next one belongs to the new build.
const RETRY_MS: u32 = 200;

fn stream_changes(stream: &mut TcpStream, version: &Version) -> Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n")?;
    stream.write_all(b"Connection: close\r\n\r\n")?;
    // A page of another build reloads itself (`app/src/shell.rs`): the messenger if its programs or the inputs of the Worker alone have
    // changed, other pages if the Worker has changed.
    let mut sent = Served { styles: 0, bundle: version.served().bundle.clone() };
    let made = build::made_for_edit_loop();
    let alone = made.worker_alone.unwrap_or_default();
    write!(
        stream,
        "retry: {RETRY_MS}\nevent: programs\ndata: {} {alone}\n\n",
        sent.bundle.as_deref().unwrap_or_default()
    )?;
    if let Some(worker) = made.worker {
        write!(stream, "event: worker\ndata: {worker}\n\n")?;
    }
    // A page that was disconnected during a change is notified at once.
    loop {
        let (now, _) = version
            .changed
            .wait_timeout_while(version.served(), KEEP_ALIVE, |now| *now == sent)
            .unwrap_or_else(PoisonError::into_inner);
        let now = now.clone();
        let mut text = String::new();
        if now.bundle != sent.bundle {
            text.push_str("event: page\ndata: built\n\n");
        }
        if now.styles != sent.styles {
            text.push_str(&format!("data: {}\n\n", now.styles));
        }
        sent = now;
        stream.write_all(if text.is_empty() { ": still here\n\n" } else { &text }.as_bytes())?;
    }
}
