//! The product's guests: signed in once, used by every crowd, signed in again before their sessions end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::net;

/// Guests at most. A crowd of more sockets gives some of them several, within the cap per principal (`core.md` 5).
const PEOPLE_MAX: usize = 300;
/// Sessions live 20 minutes without use (`messenger.md` 2.2); older ones are replaced well before.
const SESSION_USE_MAX: Duration = Duration::from_secs(600);
/// Logins at the same time.
const LOGINS_MAX: usize = 8;

/// Sessions by person.
#[derive(Clone, Default)]
pub struct People {
    tokens: Vec<String>,
    signed_in_at: Option<Instant>,
}

impl People {
    /// Signs in whoever is missing for a crowd of `sockets`; everybody afresh when the present sessions get old.
    pub async fn sign_in(&self, address: SocketAddr, sockets: usize) -> Result<Self> {
        let is_old = self.signed_in_at.is_some_and(|at| at.elapsed() > SESSION_USE_MAX);
        let mut people = if is_old { Self::default() } else { self.clone() };
        people.signed_in_at.get_or_insert_with(Instant::now);
        let numbers = people.tokens.len()..sockets.min(PEOPLE_MAX).max(self.tokens.len());
        let mut logins = tokio::task::JoinSet::new();
        for number in numbers {
            if logins.len() >= LOGINS_MAX {
                people.tokens.extend(logins.join_next().await.transpose()?.transpose()?);
            }
            logins.spawn_local(log_in(address, number));
        }
        while let Some(token) = logins.join_next().await {
            people.tokens.push(token??);
        }
        Ok(people)
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
