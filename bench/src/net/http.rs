//! HTTP requests. Each has its own connection (sign-in, health, histories), or they follow each other on one connection if the request
//! itself is measured.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::{Client, RequestBuilder, redirect};

/// Time without an answer after which a server has failed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Answer.
pub struct Response {
    pub status: u16,
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
    let request = client(0)?.request(method.parse()?, format!("http://{address}{path}"));
    let request = if body.is_empty() {
        request
    } else {
        request.header("Content-Type", "application/json").body(body.to_owned())
    };
    exchange(request, headers).await.with_context(|| format!("{method} {path}"))
}

/// Persistent connection, which the first request opens.
pub struct Connection {
    client: Client,
    address: SocketAddr,
}

impl Connection {
    /// Makes a connection that is not open yet.
    pub fn new(address: SocketAddr) -> Result<Self> {
        Ok(Self { client: client(1)?, address })
    }

    /// Posts `body` and waits for the whole answer.
    pub async fn post(&self, path: &str, headers: &[(&str, String)], body: &[u8]) -> Result<Response> {
        let request = self.client.post(format!("http://{}{path}", self.address)).body(body.to_owned());
        exchange(request, headers).await.with_context(|| format!("POST {path}"))
    }
}

/// Makes a client that keeps so many connections open between requests.
fn client(kept_max: usize) -> Result<Client> {
    let client = Client::builder().no_proxy().redirect(redirect::Policy::none()).timeout(PATIENCE);
    Ok(client.pool_max_idle_per_host(kept_max).build()?)
}

async fn exchange(request: RequestBuilder, headers: &[(&str, String)]) -> Result<Response> {
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
    let answer = request.send().await?;
    Ok(Response { status: answer.status().as_u16(), body: answer.bytes().await?.into() })
}
