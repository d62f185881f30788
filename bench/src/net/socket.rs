//! One WebSocket of the load client: its own task reads it, and writes do not wait.
//!
//! `tungstenite` works on a stream that never blocks. The wrapper of Tokio would wait for each message, and its reader could not be cut.

use std::cell::{Cell, RefCell};
use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::Interest;
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tungstenite::client::{ClientRequestBuilder, client_with_config};
use tungstenite::error::ProtocolError;
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tungstenite::{Error, HandshakeError, Message, WebSocket};

use crate::clock::{self, Nanos};

/// Largest number of bytes of one read. The library clears as many before it.
const READ_BYTES_MAX: usize = 16 * 1024;
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

/// Stream that never blocks, with the time of the last read.
struct Stream {
    tcp: Rc<TcpStream>,
    read_at: Nanos,
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.tcp.try_read(buffer)?;
        self.read_at = clock::now();
        if count < buffer.len() {
            // Nothing is left. This spares the call of the kernel that would say so.
            let _empty = self.tcp.try_io(Interest::READABLE, || Err::<(), _>(ErrorKind::WouldBlock.into()));
        }
        Ok(count)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.try_write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Open or closed socket.
pub struct Socket {
    tcp: Rc<TcpStream>,
    web_socket: RefCell<WebSocket<Stream>>,
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
        let opened = tokio::time::timeout(OPEN_TIMEOUT, opening).await.context("no upgrade in time")?;
        let web_socket = opened.with_context(|| format!("upgrade of {path}"))?;
        let socket = Rc::new(Self {
            tcp: Rc::clone(&web_socket.get_ref().tcp),
            web_socket: RefCell::new(web_socket),
            is_waiting_to_write: Cell::new(false),
            closed: Cell::new(None),
            end: Notify::new(),
            reader: RefCell::default(),
        });
        let reading = tokio::task::spawn_local(Rc::clone(&socket).read(listener));
        socket.reader.replace(Some(reading.abort_handle()));
        Ok(socket)
    }

    async fn shake_hands(address: SocketAddr, path: &str, headers: &[(&str, String)]) -> Result<WebSocket<Stream>> {
        let tcp = Rc::new(TcpStream::connect(address).await?);
        tcp.set_nodelay(true)?;
        let request = ClientRequestBuilder::new(format!("ws://{address}{path}").parse()?);
        let request = headers.iter().fold(request, |request, (name, value)| request.with_header(*name, value));
        let config = WebSocketConfig::default().read_buffer_size(READ_BYTES_MAX);
        let stream = Stream { tcp: Rc::clone(&tcp), read_at: 0 };
        let mut answer = client_with_config(request, stream, Some(config));
        loop {
            match answer {
                Ok((web_socket, _)) => return Ok(web_socket),
                Err(HandshakeError::Failure(Error::Http(answer))) => {
                    let body = answer.body().as_deref().unwrap_or_default();
                    bail!("status {}: {}", answer.status(), String::from_utf8_lossy(body));
                }
                Err(HandshakeError::Failure(failure)) => return Err(failure.into()),
                Err(HandshakeError::Interrupted(half)) => {
                    tcp.readable().await?;
                    answer = half.handshake();
                }
            }
        }
    }

    /// Sends one text message.
    pub fn send(self: &Rc<Self>, text: &str) {
        self.queue(text);
        self.flush();
    }

    /// Adds a text message to the output of the next [`Socket::flush`]: many messages in one call of the kernel.
    pub fn queue(&self, text: &str) {
        // The reader notices a broken socket.
        let _queued = self.web_socket.borrow_mut().write(Message::text(text));
    }

    /// Sends the queued messages; the rest follows as soon as the kernel accepts it.
    pub fn flush(self: &Rc<Self>) {
        if self.is_waiting_to_write.get() || self.write_some() {
            return;
        }
        self.is_waiting_to_write.set(true);
        let socket = Rc::clone(self);
        tokio::task::spawn_local(async move {
            while socket.tcp.writable().await.is_ok() && !socket.write_some() {}
            socket.is_waiting_to_write.set(false);
        });
    }

    /// Writes until the kernel accepts no more. Returns true if nothing is left, or the socket is broken.
    fn write_some(&self) -> bool {
        !matches!(self.web_socket.borrow_mut().flush(), Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock)
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
        let normal = CloseFrame { code: CloseCode::Normal, reason: Default::default() };
        let _closing = self.web_socket.borrow_mut().close(Some(normal));
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

    async fn read(self: Rc<Self>, listener: Rc<dyn Listener>) {
        let code = loop {
            let (read, at) = {
                let mut web_socket = self.web_socket.borrow_mut();
                (web_socket.read(), web_socket.get_ref().read_at)
            };
            match read {
                Ok(Message::Text(text)) => listener.on_frame(&self, text.as_bytes(), at),
                Ok(Message::Close(frame)) => break frame.map_or(1005, |frame| frame.code.into()),
                Ok(_) => {}
                Err(Error::Io(error)) if error.kind() == ErrorKind::WouldBlock => {
                    if self.tcp.readable().await.is_err() {
                        break 1006;
                    }
                }
                Err(Error::Protocol(error)) if error != ProtocolError::ResetWithoutClosingHandshake => break 1002,
                Err(_) => break 1006,
            }
            // A socket that always has something to read must not stop the others.
            tokio::task::coop::consume_budget().await;
        };
        // The answer to a close frame of the server.
        self.flush();
        self.closed.set(Some(code));
        self.end.notify_waiters();
        listener.ended(&self);
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;
    use crate::callback_listener::CallbackListener;

    #[test]
    fn long_and_short_frames_go_both_ways_and_the_end_has_its_code() {
        let server = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = server.local_addr().unwrap();
        let serving = thread::spawn(move || {
            let mut socket = tungstenite::accept(server.accept().unwrap().0).unwrap();
            for _ in 0..2 {
                let heard = socket.read().unwrap();
                socket.send(heard).unwrap();
            }
            socket.close(Some(CloseFrame { code: 4401.into(), reason: Default::default() })).unwrap();
            while socket.read().is_ok() {}
        });
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        tokio::task::LocalSet::new().block_on(&runtime, async {
            let heard: Rc<RefCell<Vec<usize>>> = Rc::default();
            let lengths = Rc::clone(&heard);
            let ear = CallbackListener::new(move |_, text, _| lengths.borrow_mut().push(text.len()));
            let socket = Socket::open(address, "/", &[], ear.listener()).await.unwrap();
            socket.queue(&"x".repeat(1_000_000));
            socket.send("y");
            ear.until("frames", || heard.borrow().len() == 2).await.unwrap();
            assert!(ear.until("end", || false).await.is_err());
            assert_eq!((heard.take(), socket.close_code()), (vec![1_000_000, 1], Some(4401)));
        });
        serving.join().unwrap();
    }
}
