//! One WebSocket of the load client: opened, read by a task of its own, written without waiting.

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;

use super::framing::{self, Incoming};
use crate::clock::{self, Nanos};

/// Room for at least this much is kept in front of every read.
const READ_BYTES_MIN: usize = 16 * 1024;
/// A handshake that takes longer has failed.
const OPEN_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for which a closing socket waits for the server's half.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Listener to a socket.
pub trait Listener {
    /// A text message, read at `at`.
    fn on_frame(&self, socket: &Rc<Socket>, text: &[u8], at: Nanos);
    /// The socket is gone.
    fn ended(&self, socket: &Rc<Socket>);
}

/// An open or closed socket.
pub struct Socket {
    writer: OwnedWriteHalf,
    outgoing: RefCell<Vec<u8>>,
    /// A task waits for the kernel to take more.
    is_waiting_to_write: Cell<bool>,
    /// `Some` with the close code once the socket is gone; 1006 without a closing handshake.
    closed: Cell<Option<u16>>,
    end: Notify,
    reader: RefCell<Option<tokio::task::AbortHandle>>,
}

impl Socket {
    /// Opens a socket at `path`; `listener` is told everything from the first frame on.
    pub async fn open(
        address: SocketAddr,
        path: &str,
        headers: &[(&str, String)],
        listener: Rc<dyn Listener>,
    ) -> Result<Rc<Self>> {
        let opening = Self::shake_hands(address, path, headers);
        let (stream, early) = tokio::time::timeout(OPEN_TIMEOUT, opening).await.context("no upgrade in time")??;
        let (reader, writer) = stream.into_split();
        let socket = Rc::new(Self {
            writer,
            outgoing: RefCell::default(),
            is_waiting_to_write: Cell::new(false),
            closed: Cell::new(None),
            end: Notify::new(),
            reader: RefCell::default(),
        });
        let reading = tokio::task::spawn_local(Rc::clone(&socket).read(reader, early, listener));
        socket.reader.replace(Some(reading.abort_handle()));
        Ok(socket)
    }

    /// The stream after the upgrade, and what already came behind the answer.
    async fn shake_hands(address: SocketAddr, path: &str, headers: &[(&str, String)]) -> Result<(TcpStream, Vec<u8>)> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // The key proves nothing between programs that know each other, so it is always the same and its answer
        // unchecked.
        let mut text = format!(
            "GET {path} HTTP/1.1\r\nHost: {address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        );
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        stream.write_all(text.as_bytes()).await?;
        let mut answer = Vec::with_capacity(READ_BYTES_MIN);
        let end = loop {
            if let Some(end) = memchr::memmem::find(&answer, b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut answer).await? == 0 {
                bail!("the server hung up during the upgrade of {path}");
            }
        };
        if !answer.starts_with(b"HTTP/1.1 101") {
            bail!("upgrade of {path} refused: {}", String::from_utf8_lossy(&answer));
        }
        answer.drain(..end);
        Ok((stream, answer))
    }

    /// Sends one text message.
    pub fn send(self: &Rc<Self>, text: &str) {
        self.queue(text);
        self.flush();
    }

    /// Adds a text message to what the next [`Socket::flush`] sends: many messages, one call into the kernel.
    pub fn queue(&self, text: &str) {
        framing::encode_text(&mut self.outgoing.borrow_mut(), text.as_bytes());
    }

    /// Sends what was queued; what the kernel does not take now follows as soon as it does.
    pub fn flush(self: &Rc<Self>) {
        if self.is_waiting_to_write.get() || self.write_some() {
            return;
        }
        self.is_waiting_to_write.set(true);
        let socket = Rc::clone(self);
        tokio::task::spawn_local(async move {
            while socket.writer.writable().await.is_ok() {
                if socket.write_some() {
                    break;
                }
            }
            socket.is_waiting_to_write.set(false);
        });
    }

    /// Writes until the kernel takes no more; true when nothing is left. A broken socket is noticed by its reader.
    fn write_some(&self) -> bool {
        let mut outgoing = self.outgoing.borrow_mut();
        while !outgoing.is_empty() {
            match self.writer.try_write(&outgoing) {
                Ok(count) => drop(outgoing.drain(..count)),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return false,
                Err(_) => outgoing.clear(),
            }
        }
        true
    }

    /// Returns true if the socket can still be used.
    pub fn is_open(&self) -> bool {
        self.closed.get().is_none()
    }

    /// The close code, once the socket is gone.
    pub fn close_code(&self) -> Option<u16> {
        self.closed.get()
    }

    /// Closes the socket and waits until the server has closed its half; hangs up on one that does not.
    pub async fn close(self: &Rc<Self>) {
        let ended = self.end.notified();
        if !self.is_open() {
            return;
        }
        framing::encode_close(&mut self.outgoing.borrow_mut());
        self.flush();
        if tokio::time::timeout(CLOSE_TIMEOUT, ended).await.is_err()
            && let Some(reader) = self.reader.take()
        {
            reader.abort();
        }
    }

    /// Hangs up without a word; nobody is told.
    pub fn cut(&self) {
        self.closed.set(Some(1006));
        if let Some(reader) = self.reader.take() {
            reader.abort();
        }
    }

    async fn read(self: Rc<Self>, mut reader: OwnedReadHalf, early: Vec<u8>, listener: Rc<dyn Listener>) {
        let mut buffer = early;
        let code = loop {
            match self.take_frames(&mut buffer, listener.as_ref()) {
                Ok(None) => {}
                Ok(Some(code)) => break code,
                Err(_) => break 1002,
            }
            buffer.reserve(READ_BYTES_MIN);
            match reader.read_buf(&mut buffer).await {
                Ok(0) | Err(_) => break 1006,
                Ok(_) => {}
            }
        };
        self.closed.set(Some(code));
        self.end.notify_waiters();
        listener.ended(&self);
    }

    /// Hands on every complete frame in `buffer` and keeps the rest. The close code, when the server closes.
    fn take_frames(self: &Rc<Self>, buffer: &mut Vec<u8>, listener: &dyn Listener) -> Result<Option<u16>> {
        let at = clock::now();
        let mut used = 0;
        while let Some((frame, length)) = framing::decode(&buffer[used..])? {
            match frame {
                Incoming::Text(text) => listener.on_frame(self, text, at),
                Incoming::Ping(payload) => {
                    framing::encode_pong(&mut self.outgoing.borrow_mut(), payload);
                    self.flush();
                }
                Incoming::Pong => {}
                Incoming::Close(code) => return Ok(Some(code)),
            }
            used += length;
        }
        buffer.drain(..used);
        Ok(None)
    }
}
