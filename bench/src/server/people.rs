//! The product's guests: signed in once, used by every crowd, signed in again before their sessions end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::net;

/// Guests. A crowd of more sockets gives some of them several, within the cap per principal (`core.md` 5).
pub const PEOPLE: usize = 300;

/// Sessions live 20 minutes without use (`messenger.md` 2.2); older ones are replaced well before.
const SESSION_USE_MAX: Duration = Duration::from_secs(600);
/// Logins at the same time.
const LOGINS_MAX: usize = 8;

/// Sessions by person.
#[derive(Default)]
pub struct People {
    tokens: Vec<String>,
    signed_in_at: Option<Instant>,
}

impl People {
    /// Signs fresh guests in.
    pub async fn sign_in(address: SocketAddr) -> Result<Self> {
        let signed_in_at = Some(Instant::now());
        let mut logins = tokio::task::JoinSet::new();
        let mut tokens = Vec::with_capacity(PEOPLE);
        for number in 0..PEOPLE {
            if logins.len() >= LOGINS_MAX {
                tokens.extend(logins.join_next().await.transpose()?.transpose()?);
            }
            logins.spawn_local(log_in(address, number));
        }
        while let Some(token) = logins.join_next().await {
            tokens.push(token??);
        }
        Ok(Self { tokens, signed_in_at })
    }

    /// Whether nobody is signed in, or too long ago.
    pub fn are_due(&self) -> bool {
        self.signed_in_at.is_none_or(|at| at.elapsed() > SESSION_USE_MAX)
    }

    /// Headers for a socket of the `index`th person.
    pub fn socket_headers(&self, index: usize) -> Vec<(&'static str, String)> {
        let mut headers = self.request_headers(index);
        headers.push(("Sec-WebSocket-Protocol", "cfm.v1.batch, cfm.v1".to_owned()));
        headers
    }

    /// Headers for a request of the `index`th person.
    pub fn request_headers(&self, index: usize) -> Vec<(&'static str, String)> {
        let token = self.tokens.get(index % self.tokens.len().max(1));
        token.map(|token| ("Authorization", format!("Bearer {token}"))).into_iter().collect()
    }
}

async fn log_in(address: SocketAddr, number: usize) -> Result<String> {
    let body = format!("{{\"displayName\":\"b{number}\",\"token\":\"dev\"}}");
    let answer = net::request(address, "POST", "/api/auth/login", &[], &body).await?.json()?;
    let token = answer.pointer("/data/sessionId").and_then(|token| token.as_str());
    token.map(str::to_owned).with_context(|| format!("no session in {answer}"))
}
