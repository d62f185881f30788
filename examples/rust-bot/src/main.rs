//! Bot of one group that answers `/echo words` with the words (`docs/guides/bots.md`).
//!
//! The machine of `protocol::client` decides when to connect, from where to go on, and what to send again. This program carries out what the
//! machine says, and adds the answers.

use std::collections::VecDeque;
use std::env;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use protocol::client::{ConnectionState, Effect, Input, OutboxEntry, RoomClient, RowState, Saved, Show};
use protocol::wire::messenger::{PROTOCOL, PROTOCOL_BATCH};
use protocol::words::event::Millis;
use protocol::words::limits::CONNECT_MS_MAX;
use protocol::words::named_id::named_id;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Close code of a connection that broke off.
const BROKEN: u16 = 1006;
/// Longest sleep of a machine that waits for nothing.
const IDLE_MS: Millis = 60_000;
/// Namespace of the ids of answers.
const ANSWERS: &[u8; 16] = b"example/rust-bot";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let base = env::var("BASE").context("BASE is the address of the deployment")?;
    let token = env::var("TOKEN").context("TOKEN is the token of the bot")?;
    let mut parts = token.trim_start_matches("cfb_").split('.');
    let (Some(room), Some(bot)) = (parts.next(), parts.next()) else { bail!("a token is cfb_<room>.<bot>.<secret>") };
    let address = format!("{}/api/ws/room/{room}", base.replacen("http", "ws", 1));
    let mut client = RoomClient::new(room, bot, Saved::default(), now());
    let mut socket = None;
    let mut inputs = VecDeque::from([Input::Open]);
    loop {
        let input = match inputs.pop_front() {
            Some(input) => input,
            None => next_input(&mut socket, client.wake_at()).await,
        };
        for effect in client.handle(now(), input) {
            match effect {
                Effect::Connect { url_query } => match connect(&format!("{address}?{url_query}"), &token).await {
                    Ok(open) => {
                        socket = Some(open);
                        inputs.push_back(Input::SocketOpened);
                    }
                    Err(code) => inputs.push_back(closed(code)),
                },
                // A send that fails needs no care: the machine sends again what nobody acknowledges, and reading finds the end.
                Effect::Send(text) => drop(send(&mut socket, text).await),
                Effect::Disconnect { .. } => socket = None,
                Effect::Show(show) => match *show {
                    Show::Connection(ConnectionState::Live) => println!("live"),
                    Show::Connection(ConnectionState::Ended(code)) => {
                        bail!("the server ended the conversation: {code}")
                    }
                    show => inputs.extend(reaction(bot, show)),
                },
                // A bot that kept these on a disk would go on after a restart with what it had not sent.
                Effect::Save(_) | Effect::Forget { .. } | Effect::SaveCursor(_) => {}
            }
        }
    }
}

/// Returns the input that follows from a change of the conversation: the answer to a message, or the end of an answer that was refused.
fn reaction(bot: &str, show: Show) -> Option<Input> {
    match show {
        Show::Row(row) if !row.is_own && row.maker.is_none() => {
            let words = row.kind.chat()?.content.strip_prefix("/echo ")?;
            // The same message gives the same id, so the room stores one answer however often it is given.
            let id = named_id(ANSWERS, &format!("{bot} {}", row.id));
            Some(Input::Post(OutboxEntry::chat(&id, words, Some(&row.id), "", now())))
        }
        Show::State { id, state: RowState::Failed { code } } => {
            eprintln!("an answer was refused: {code}");
            Some(Input::Discard { id })
        }
        _ => None,
    }
}

/// Opens a socket. A refusal of the handshake becomes the close code with its status: 401 is 4401 (`core.md` 7).
async fn connect(address: &str, token: &str) -> Result<Socket, u16> {
    let mut request = address.into_client_request().map_err(|_| 4400_u16)?;
    let protocols = format!("{PROTOCOL_BATCH}, {PROTOCOL}");
    for (name, value) in [("authorization", format!("Bearer {token}")), ("sec-websocket-protocol", protocols)] {
        request.headers_mut().insert(name, value.parse().map_err(|_| 4400_u16)?);
    }
    match timeout(Duration::from_millis(CONNECT_MS_MAX), connect_async(request)).await {
        Ok(Ok((socket, _))) => Ok(socket),
        Ok(Err(Error::Http(answer))) => Err(4_000 + answer.status().as_u16()),
        _ => Err(BROKEN),
    }
}

async fn send(socket: &mut Option<Socket>, text: String) -> Result<()> {
    if let Some(open) = socket {
        open.send(Message::text(text)).await?;
    }
    Ok(())
}

/// Waits for a message of the socket, and no longer than until the machine has work.
async fn next_input(socket: &mut Option<Socket>, wake_at: Option<Millis>) -> Input {
    let wait = Duration::from_millis(wake_at.map_or(IDLE_MS, |at| at.saturating_sub(now())));
    let Some(open) = socket else {
        sleep(wait).await;
        return Input::Time;
    };
    let message = timeout(wait, open.next()).await;
    match message {
        Ok(Some(Ok(Message::Text(text)))) => Input::Text(text.as_str().to_owned()),
        Ok(Some(Ok(Message::Close(frame)))) => {
            *socket = None;
            frame.map_or_else(
                || closed(BROKEN),
                |frame| Input::SocketClosed { code: frame.code.into(), reason: frame.reason.as_str().to_owned() },
            )
        }
        Ok(None | Some(Err(_))) => {
            *socket = None;
            closed(BROKEN)
        }
        Ok(Some(Ok(_))) | Err(_) => Input::Time,
    }
}

fn closed(code: u16) -> Input {
    Input::SocketClosed { code, reason: String::new() }
}

fn now() -> Millis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}
