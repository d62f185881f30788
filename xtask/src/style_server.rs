//! Styles while they are being written: watches `style/`, bundles on change, and tells open pages, which swap their
//! sheet and keep their state. Serves on a loopback port of its own; the Worker passes `/__dev/*` on to it (with
//! `DEV_STYLE_ORIGIN`, which only `cargo xtask dev` sets), so that a page needs no foreign origin in its CSP.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};

use crate::{build, files, paths, styles};

const WATCH_INTERVAL: Duration = Duration::from_millis(150);
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Number of the styles that are on disk now; changes wake the waiting pages.
#[derive(Default)]
struct Version {
    number: Mutex<u64>,
    changed: Condvar,
}

/// Starts watching and serving; returns the origin to ask.
pub fn start() -> Result<String> {
    styles::bundle_all(&folder())?;
    let listener = TcpListener::bind("127.0.0.1:0").context("cannot open a port for the styles")?;
    let origin = format!("http://{}", listener.local_addr()?);
    let version = Arc::new(Version::default());
    let watched = Arc::clone(&version);
    thread::spawn(move || watch(&watched));
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let version = Arc::clone(&version);
            // A page that went away ends its thread with an error, and that is all there is to it.
            thread::spawn(move || answer(stream, &version));
        }
    });
    Ok(origin)
}

fn folder() -> PathBuf {
    paths::target().join("dev-style")
}

/// Names and times of all sheets.
fn state_of_sources() -> Vec<(PathBuf, Option<SystemTime>)> {
    let sources = files::walk(&paths::style());
    sources.into_iter().map(|file| (file.clone(), file.metadata().and_then(|meta| meta.modified()).ok())).collect()
}

fn watch(version: &Version) {
    let mut seen = state_of_sources();
    loop {
        thread::sleep(WATCH_INTERVAL);
        let now = state_of_sources();
        if now == seen {
            continue;
        }
        seen = now;
        match styles::bundle_all(&folder()) {
            Ok(()) => {
                *version.number.lock().unwrap_or_else(PoisonError::into_inner) += 1;
                version.changed.notify_all();
                println!("Styles changed");
            }
            Err(error) => eprintln!("error: {error:#}"),
        }
    }
}

fn answer(mut stream: TcpStream, version: &Version) -> Result<()> {
    let mut request = String::new();
    BufReader::new(stream.try_clone()?).read_line(&mut request)?;
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    let name = path.split('?').next().unwrap_or_default().rsplit('/').next().unwrap_or_default();
    if name == "style-events" {
        return tell_changes(&mut stream, version);
    }
    if styles::SHEETS.contains(&name) {
        let css = files::read(&folder().join(name))?;
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Type: text/css; charset=utf-8\r\nCache-Control: no-store\r\n")?;
        write!(stream, "Content-Length: {}\r\nConnection: close\r\n\r\n", css.len())?;
        return stream.write_all(&css).context("the page went away");
    }
    stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")?;
    Ok(())
}

/// Milliseconds after which a page asks again. The connection ends with each Worker, so the next one comes from the new build.
const RETRY_MS: u32 = 200;

fn tell_changes(stream: &mut TcpStream, version: &Version) -> Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n")?;
    stream.write_all(b"Connection: close\r\n\r\n")?;
    // A page that was made by another build loads itself anew (`app/src/shell.rs`).
    write!(stream, "retry: {RETRY_MS}\nevent: build\ndata: {}\n\n", build::made_for_edit_loop())?;
    // A page that was away while something changed hears of it at once.
    let mut told = 0;
    loop {
        let number = version.number.lock().unwrap_or_else(PoisonError::into_inner);
        let (number, _) = version
            .changed
            .wait_timeout_while(number, KEEP_ALIVE, |number| *number == told)
            .unwrap_or_else(PoisonError::into_inner);
        let now = *number;
        drop(number);
        let line = if now == told { ": still here\n\n".to_owned() } else { format!("data: {now}\n\n") };
        told = now;
        stream.write_all(line.as_bytes())?;
    }
}
