//! The scenarios: each does one thing to one server and says what it took.
//!
//! A scenario makes its own room, so rounds do not see each other's messages. All of them count faults.

mod echo;
mod fan_out;
mod joins;
mod kill9;
mod rate;
mod rooms;
mod saturation;
mod typing;

use std::rc::Rc;

use anyhow::Result;

use crate::measurement::Measurement;
use crate::server::{Kind, Server};

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// A frame that is passed on and not stored.
    Typing,
    /// A message until its sender has it back, stored.
    Echo,
    /// A message until all of this many have it.
    FanOut(usize),
    /// As many messages as go, 30 receivers.
    Saturation,
    /// The highest rate at which 99 % arrive within 50 ms, 30 receivers.
    Rate,
    /// 100 rooms of three people, 300 messages a second together.
    Rooms,
    /// 300 people come at once.
    Joins,
    /// SIGKILL under load: what was promised must be there.
    Kill9,
}

/// How long things are measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// To see that everything works.
    Quick,
    /// For figures.
    Full,
}

impl Scale {
    /// One of two values.
    pub fn pick<T>(self, quick: T, full: T) -> T {
        if self == Self::Quick { quick } else { full }
    }
}

impl Scenario {
    /// All of them, in the order in which they run.
    pub const ALL: [Self; 10] = [
        Self::Typing,
        Self::Echo,
        Self::FanOut(30),
        Self::FanOut(200),
        Self::FanOut(1000),
        Self::Saturation,
        Self::Rate,
        Self::Rooms,
        Self::Joins,
        Self::Kill9,
    ];

    /// Its name in tables and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Typing => "typing",
            Self::Echo => "echo",
            Self::FanOut(30) => "fan-out-30",
            Self::FanOut(200) => "fan-out-200",
            Self::FanOut(_) => "fan-out-1000",
            Self::Saturation => "saturation",
            Self::Rate => "rate",
            Self::Rooms => "rooms",
            Self::Joins => "joins",
            Self::Kill9 => "kill-9",
        }
    }

    /// Servers it makes sense for: the product, what the goal compares it with, and the marks around both.
    pub fn servers(self) -> &'static [Kind] {
        use Kind::{LimitJs, LimitJsB0, LimitJsSql, LimitJsSqlb0, Product};
        match self {
            Self::Typing => &[Product, LimitJs, LimitJsB0],
            Self::Echo => &[Product, LimitJsSql, LimitJsSqlb0, LimitJs],
            Self::FanOut(_) | Self::Rooms => &[Product, LimitJsSql, LimitJsSqlb0, LimitJs],
            Self::Saturation => &[Product, LimitJs, LimitJsB0, LimitJsSql, LimitJsSqlb0],
            Self::Rate => &[Product, LimitJs, LimitJsSqlb0],
            Self::Joins => &[Product, LimitJs],
            Self::Kill9 => &[Product, LimitJsSql, LimitJsSqlb0],
        }
    }

    /// Whether it leaves a server with minutes of work: a room tells the database what was said at its own pace. Nothing else is
    /// measured on that server.
    pub fn is_a_storm(self) -> bool {
        matches!(self, Self::Saturation | Self::Rate)
    }

    /// Sockets it opens.
    fn sockets(self) -> usize {
        match self {
            Self::Typing | Self::Echo => 2,
            Self::FanOut(receivers) => receivers,
            Self::Saturation | Self::Rate => saturation::RECEIVERS,
            Self::Rooms => rooms::PEOPLE,
            Self::Joins => joins::PEOPLE + 1,
            Self::Kill9 => kill9::PEOPLE,
        }
    }

    /// Does it to `server`.
    pub async fn run(self, server: &Rc<Server>, scale: Scale) -> Result<Measurement> {
        server.sign_in(self.sockets()).await?;
        match self {
            Self::Typing => typing::run(server, scale).await,
            Self::Echo => echo::run(server, scale).await,
            Self::FanOut(receivers) => fan_out::run(server, scale, receivers).await,
            Self::Saturation => saturation::run(server, scale).await,
            Self::Rate => rate::run(server, scale).await,
            Self::Rooms => rooms::run(server, scale).await,
            Self::Joins => joins::run(server).await,
            Self::Kill9 => kill9::run(server, scale).await,
        }
    }
}
