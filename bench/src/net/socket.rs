//! One WebSocket of the load client: its own task reads it, and writes do not wait.

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

/// Free space in the buffer before every read.
const READ_BYTES_MIN: usize = 16 * 1024;
/// Time after which a handshake has failed.
const OPEN_TIMEOUT: Duration = Duration::from_secs(60);
/// Time for which a closing socket waits for the server's close frame.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Listener of a socket.
pub trait Listener {
    /// Handles a text message that was read at `at`.
    fn on_frame(&self, socket: &Rc<Socket>, text: &[u8], at: Nanos);
    /// Handles the end of the socket.
    fn ended(&self, socket: &Rc<Socket>);
}

/// Open or closed socket.
pub struct Socket {
    writer: OwnedWriteHalf,
    outgoing: RefCell<Vec<u8>>,
    /// A task waits until the kernel accepts more bytes.
    is_waiting_to_write: Cell<bool>,
    /// Close code, once the socket is closed; 1006 without a closing handshake.
    closed: Cell<Option<u16>>,
    end: Notify,
    reader: RefCell<Option<tokio::task::AbortHandle>>,
}

impl Socket {
    /// Opens a socket at `path`; `listener` gets all frames from the first on.
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

    /// Returns the stream after the upgrade, and the bytes that followed the answer.
    async fn shake_hands(address: SocketAddr, path: &str, headers: &[(&str, String)]) -> Result<(TcpStream, Vec<u8>)> {
        let mut stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        // The key proves nothing between programs that know each other, so it is constant and its answer is not checked.
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

    /// Adds a text message to the output of the next [`Socket::flush`]: many messages in one call of the kernel.
    pub fn queue(&self, text: &str) {
        framing::encode_text(&mut self.outgoing.borrow_mut(), text.as_bytes());
    }

    /// Sends the queued messages; the rest follows as soon as the kernel accepts it.
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

    /// Writes until the kernel accepts no more. Returns true if nothing is left. The reader notices a broken socket.
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

    /// Returns the close code of a closed socket.
    pub fn close_code(&self) -> Option<u16> {
        self.closed.get()
    }

    /// Closes the socket and waits for the server's close frame; a silent server is cut off.
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

    /// Cuts the connection without a close frame, and without a report to the listener.
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

    /// Passes every complete frame in `buffer` on and keeps the rest. Returns the close code if the server closes.
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
