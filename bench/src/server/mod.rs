//! Server under test: the product or a baseline, as a child process with its own port and state folder.

mod child;
mod people;

use std::cell::RefCell;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::door::Door;
use crate::marker::{self, Marker};
use crate::{net, process};
use child::Child;
pub use child::{JWT_SECRET, Launch, repository};
use people::People;

/// Kind of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// CF Messenger.
    Product,
    /// CF Messenger, with messages in columns (`messenger.md` 5.6).
    ProductColumns,
    /// CF Messenger, the build that `--before` names: the release before a change.
    ProductBefore,
    /// Sends messages to all sockets, stores nothing.
    LimitJs,
    /// The same with one frame per turn.
    LimitJsB0,
    /// Stores each message before it is sent.
    LimitJsSql,
    /// The same with one transaction and one frame per turn.
    LimitJsSqlb0,
    /// The published server of Socket.IO in Node, which takes part only when it is asked for.
    SocketIo,
    /// A hub room in JavaScript.
    HubJs,
    /// A person's channel in JavaScript.
    HopeflowJs,
    /// A LiveStore store in JavaScript.
    LivestoreJs,
    /// The published server of LiveStore 0.3.1, `@livestore/sync-cf`.
    LivestoreOriginal,
    /// The published server of LiveStore 0.4.
    Livestore04Original,
    /// The product's codec of packets alone.
    PacketsRust,
    /// A codec of packets in JavaScript.
    PacketsJs,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 15] = [
        Self::Product,
        Self::ProductColumns,
        Self::ProductBefore,
        Self::LimitJs,
        Self::LimitJsB0,
        Self::LimitJsSql,
        Self::LimitJsSqlb0,
        Self::SocketIo,
        Self::HubJs,
        Self::HopeflowJs,
        Self::LivestoreJs,
        Self::LivestoreOriginal,
        Self::Livestore04Original,
        Self::PacketsRust,
        Self::PacketsJs,
    ];

    /// Returns the name in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Product => "product",
            Self::ProductColumns => "product-columns",
            Self::ProductBefore => "product-before",
            Self::LimitJs => "limit-js",
            Self::LimitJsB0 => "limit-js-b0",
            Self::LimitJsSql => "limit-js-sql",
            Self::LimitJsSqlb0 => "limit-js-sqlb0",
            Self::SocketIo => "socket.io",
            Self::HubJs => "hub-js",
            Self::HopeflowJs => "hopeflow-js",
            Self::LivestoreJs => "livestore-js",
            Self::LivestoreOriginal => "livestore-original",
            Self::Livestore04Original => "livestore-0.4-original",
            Self::PacketsRust => "packets-rust",
            Self::PacketsJs => "packets-js",
        }
    }

    /// Returns true if it takes part without being named: all that it needs is there after every set-up.
    pub fn takes_part_unasked(self) -> bool {
        !matches!(self, Self::SocketIo | Self::ProductBefore)
    }

    /// Returns true for the product, with frames of any form and of any build.
    pub fn is_product(self) -> bool {
        matches!(self, Self::Product | Self::ProductColumns | Self::ProductBefore)
    }

    /// Returns its wire form.
    pub fn door(self) -> Door {
        match self {
            _ if self.is_product() => Door::Messenger,
            Self::SocketIo => Door::SocketIo,
            _ => Door::Plain,
        }
    }

    /// Returns the subprotocols that its sockets offer.
    fn subprotocols(self) -> &'static str {
        if self == Self::ProductColumns { "cfm.v1.columns" } else { "cfm.v1.batch, cfm.v1" }
    }

    fn health_path(self) -> &'static str {
        match self {
            _ if self.is_product() => "/api/health",
            // No other address answers with 200.
            Self::LivestoreOriginal | Self::Livestore04Original => "/",
            _ => "/health",
        }
    }
}

/// Running server.
pub struct Server {
    kind: Kind,
    launch: Launch,
    child: RefCell<Rc<Child>>,
    people: RefCell<People>,
}

impl Server {
    /// Starts a server and waits until it answers.
    pub async fn start(kind: Kind, launch: &Launch) -> Result<Self> {
        let child = RefCell::new(Rc::new(Child::spawn(kind, launch)?));
        let server = Self { kind, launch: launch.clone(), child, people: RefCell::default() };
        server.wait_until_started().await?;
        Ok(server)
    }

    /// Replaces it by a new one with an empty state, on another port; its people are not signed in.
    pub async fn renew(&self) -> Result<()> {
        self.end().await;
        self.people.take();
        self.child.replace(Rc::new(Child::spawn(self.kind, &self.launch)?));
        self.wait_until_started().await
    }

    async fn wait_until_started(&self) -> Result<()> {
        let Err(failure) = self.wait_until_healthy(self.launch.patience(self.kind)).await else {
            return Ok(());
        };
        let output = self.output_tail();
        self.end().await;
        Err(failure.context(format!("{} did not start:\n{output}", self.kind.name())))
    }

    fn child(&self) -> Rc<Child> {
        Rc::clone(&self.child.borrow())
    }

    /// Returns the kind of the server.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns its wire form.
    pub fn door(&self) -> Door {
        self.kind.door()
    }

    /// Returns its address.
    pub fn address(&self) -> SocketAddr {
        self.child().address()
    }

    /// Returns the process id of its workerd, which does all the work. A server in Node works in its own process.
    pub fn runtime_pid(&self) -> Result<u32> {
        let outermost = self.child().pid();
        if self.kind == Kind::SocketIo {
            return Ok(outermost);
        }
        process::workerd_below(outermost).with_context(|| format!("{} has no workerd", self.kind.name()))
    }

    /// Makes sure that a crowd of `sockets` has sessions that live long enough; baselines have no sessions.
    pub async fn sign_in(&self, sockets: usize) -> Result<()> {
        if self.door() == Door::Messenger {
            let present = self.people.borrow().clone();
            let people = present.sign_in(self.address(), sockets).await?;
            self.people.replace(people);
        }
        Ok(())
    }

    /// Returns the headers for the socket of the `index`th person.
    pub fn socket_headers(&self, index: usize) -> Vec<(&'static str, String)> {
        match self.door() {
            Door::Plain | Door::SocketIo => Vec::new(),
            Door::Messenger => {
                let mut headers = self.people.borrow().request_headers(index);
                headers.push(("Sec-WebSocket-Protocol", self.kind.subprotocols().to_owned()));
                headers
            }
        }
    }

    /// Returns the user id of the `index`th person.
    pub fn user_of(&self, index: usize) -> String {
        self.people.borrow().user_of(index)
    }

    /// Returns the last lines of its output.
    pub fn output_tail(&self) -> String {
        self.child().output_tail()
    }

    /// Sends SIGKILL to the runtime; returns after its host has restarted it on the same state.
    pub async fn kill_runtime(&self) -> Result<()> {
        let old = self.runtime_pid()?;
        child::kill(old, rustix::process::Signal::KILL)?;
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while self.runtime_pid().map_or(true, |pid| pid == old) {
            if std::time::Instant::now() > deadline {
                bail!("{} was not started again", self.kind.name());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        self.wait_until_healthy(Duration::from_secs(60)).await
    }

    /// Returns every message of `run` that is stored in `room`, in order. Fails if the log has a gap.
    pub async fn history(&self, room: &str, run: u16) -> Result<Vec<Marker>> {
        let headers = match self.door() {
            Door::Plain | Door::SocketIo => Vec::new(),
            Door::Messenger => self.people.borrow().request_headers(0),
        };
        let mut markers = Vec::new();
        let mut since = 0;
        loop {
            let path = self.door().history_path(room, since);
            let answer = net::request(self.address(), "GET", &path, &headers, "").await?.json()?;
            let page = answer.get("data").unwrap_or(&answer);
            let messages = page.get("messages").and_then(|messages| messages.as_array()).context("no messages")?;
            for message in messages {
                let seq = message.get("seq").and_then(serde_json::Value::as_u64).context("no seq")?;
                if seq != since + 1 {
                    bail!("seq {seq} follows {since} in the history");
                }
                since = seq;
                let content = message.get("content").and_then(|content| content.as_str()).unwrap_or_default();
                marker::each_in(content.as_bytes(), |marker| markers.push(marker));
            }
            if page.get("more").and_then(serde_json::Value::as_bool) != Some(true) || messages.is_empty() {
                markers.retain(|marker| marker.run == run);
                return Ok(markers);
            }
        }
    }

    /// Ends it with all of its processes.
    pub async fn end(&self) {
        self.child().end().await;
    }

    async fn wait_until_healthy(&self, patience: Duration) -> Result<()> {
        let deadline = std::time::Instant::now() + patience;
        loop {
            if let Some(status) = self.child().ended() {
                bail!("it ended with {status}");
            }
            let answer = net::request(self.address(), "GET", self.kind.health_path(), &[], "").await;
            match answer {
                Ok(answer) if answer.status == 200 => return Ok(()),
                Ok(answer) if std::time::Instant::now() > deadline => {
                    bail!("health answers {}: {}", answer.status, String::from_utf8_lossy(&answer.body))
                }
                Err(failure) if std::time::Instant::now() > deadline => return Err(failure),
                _ => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    }
}
