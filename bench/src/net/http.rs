//! HTTP requests. Each has its own connection (sign-in, health, histories), or they follow each other on one connection if the request
//! itself is measured.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Time without an answer after which a server has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answer.
pub struct Response {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Vec<u8>,
}

impl Response {
    /// Returns the body as JSON, or an error with the server's text.
    pub fn json(&self) -> Result<serde_json::Value> {
        if self.status != 200 {
            bail!("status {}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        serde_json::from_slice(&self.body).context("the answer is no JSON")
    }
}

/// Sends one request on its own connection.
pub async fn request(
    address: SocketAddr,
    method: &str,
    path: &str,
    headers: &[(&str, String)],
    body: &str,
) -> Result<Response> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await?;
        let mut text = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        if !body.is_empty() {
            text.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        }
        text.push_str("\r\n");
        text.push_str(body);
        stream.write_all(text.as_bytes()).await?;
        let mut answer = Vec::new();
        // A restarted runtime may close the connection seconds after its answer, so the end of the answer counts.
        while !is_complete(&answer) && stream.read_buf(&mut answer).await? > 0 {}
        parse(&answer)
    };
    let answer = tokio::time::timeout(PATIENCE, exchange).await;
    answer.context("no answer in time").and_then(|answer| answer).with_context(|| format!("{method} {path}"))
}

/// Persistent connection.
pub struct Connection {
    stream: TcpStream,
    address: SocketAddr,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Connection {
    /// Opens the connection.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, address, request: Vec::new(), answer: Vec::new() })
    }

    /// Posts `body` and waits for the whole answer, which contains its length.
    pub async fn post(&mut self, path: &str, headers: &[(&str, String)], body: &[u8]) -> Result<Response> {
        let mut head = format!("POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Length: {}\r\n", self.address, body.len());
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        self.request.clear();
        self.request.extend(head.as_bytes());
        self.request.extend(body);
        let exchange = async {
            self.stream.write_all(&self.request).await?;
            self.answer.clear();
            while !is_complete(&self.answer) {
                if self.stream.read_buf(&mut self.answer).await? == 0 {
                    bail!("the server hung up");
                }
            }
            parse(&self.answer)
        };
        let answer = tokio::time::timeout(PATIENCE, exchange).await;
        answer.context("no answer in time").and_then(|answer| answer).with_context(|| format!("POST {path}"))
    }
}

/// Returns true if an answer has reached its announced length. Without a length, the body ends with the connection.
fn is_complete(answer: &[u8]) -> bool {
    let Some(end) = memchr::memmem::find(answer, b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let body = &answer[end + 4..];
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse::<usize>().ok());
    match length {
        Some(length) => body.len() >= length,
        None => head.contains("transfer-encoding: chunked") && body.ends_with(b"\r\n0\r\n\r\n"),
    }
}

fn parse(answer: &[u8]) -> Result<Response> {
    let end = memchr::memmem::find(answer, b"\r\n\r\n").context("the answer has no end of headers")?;
    let head = std::str::from_utf8(&answer[..end])?.to_ascii_lowercase();
    let status = head.split_whitespace().nth(1).context("no status")?.parse()?;
    let body = &answer[end + 4..];
    let body = if head.contains("transfer-encoding: chunked") { joined(body)? } else { body.to_vec() };
    Ok(Response { status, body })
}

/// Joins a chunked body.
fn joined(mut chunked: &[u8]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = memchr::memmem::find(chunked, b"\r\n").context("a chunk has no length")?;
        let length = std::str::from_utf8(&chunked[..line])?.split(';').next().unwrap_or_default();
        let length = usize::from_str_radix(length.trim(), 16)?;
        if length == 0 {
            return Ok(body);
        }
        let rest = &chunked[line + 2..];
        body.extend(rest.get(..length).context("a chunk is cut")?);
        chunked = rest.get(length + 2..).context("a chunk has no end")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_joined_and_cut_answers_refused() {
        let answer =
            parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n").unwrap();
        assert_eq!((answer.status, &answer.body[..]), (200, &b"abcde"[..]));
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc").is_err());
        assert_eq!(parse(b"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx").unwrap().body, b"x");
    }
}
