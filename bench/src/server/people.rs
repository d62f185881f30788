//! Guests of the product: signed in once, used by every crowd, and signed in again before their sessions end.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use protocol::words::limits::OperatorLimits;

use crate::net;

/// Largest number of guests. In a larger crowd some of them have several sockets, within the cap per principal (`core.md` 5).
const PEOPLE_MAX: usize = 300;
/// Age at which sessions are replaced, before they end without use (`sign-in.md` 2).
const SESSION_USE_MAX: Duration = Duration::from_secs(600);
const _: () = assert!(SESSION_USE_MAX.as_secs() * 1_000 < OperatorLimits::DEFAULT.session_ttl_ms);
/// Number of simultaneous logins.
const LOGINS_MAX: usize = 8;

/// Session of a guest.
#[derive(Clone)]
struct Login {
    token: String,
    user: String,
}

/// Sessions by person.
#[derive(Clone, Default)]
pub struct People {
    logins: Vec<Login>,
    signed_in_at: Option<Instant>,
}

impl People {
    /// Signs in the missing people for a crowd of `sockets`, or all people again if the sessions get old.
    pub async fn sign_in(&self, address: SocketAddr, sockets: usize) -> Result<Self> {
        let is_old = self.signed_in_at.is_some_and(|at| at.elapsed() > SESSION_USE_MAX);
        let mut people = if is_old { Self::default() } else { self.clone() };
        people.signed_in_at.get_or_insert_with(Instant::now);
        let numbers = people.logins.len()..sockets.min(PEOPLE_MAX).max(self.logins.len());
        let mut logins = tokio::task::JoinSet::new();
        for number in numbers {
            if logins.len() >= LOGINS_MAX {
                people.logins.extend(logins.join_next().await.transpose()?.transpose()?);
            }
            logins.spawn_local(log_in(address, number));
        }
        while let Some(login) = logins.join_next().await {
            people.logins.push(login??);
        }
        Ok(people)
    }

    /// Returns the headers for a request of the `index`th person.
    pub fn request_headers(&self, index: usize) -> Vec<(&'static str, String)> {
        self.login(index).map(|login| ("Authorization", format!("Bearer {}", login.token))).into_iter().collect()
    }

    /// Returns the user id of the `index`th person.
    pub fn user_of(&self, index: usize) -> String {
        self.login(index).map(|login| login.user.clone()).unwrap_or_default()
    }

    fn login(&self, index: usize) -> Option<&Login> {
        self.logins.get(index % self.logins.len().max(1))
    }
}

async fn log_in(address: SocketAddr, number: usize) -> Result<Login> {
    let body = format!("{{\"displayName\":\"b{number}\",\"token\":\"dev\"}}");
    let answer = net::request(address, "POST", "/api/auth/login", &[], &body).await?.json()?;
    let text = |path: &str| answer.pointer(path).and_then(|value| value.as_str()).map(str::to_owned);
    let login = || Some(Login { token: text("/data/sessionId")?, user: text("/data/user/id")? });
    login().with_context(|| format!("no session in {answer}"))
}
