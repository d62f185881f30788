//! The scenarios: each measures one operation of one server.
//!
//! A scenario makes its own room, so rounds do not see each other's messages. All scenarios count faults.

mod echo;
mod fan_out;
mod hub_fan_out;
mod hub_post;
mod joins;
mod kill9;
mod packets;
mod publish;
mod rate;
mod rooms;
mod saturation;
mod store;
mod typing;

use std::rc::Rc;

use anyhow::Result;

use crate::livestore::Wire;
use crate::measurement::Measurement;
use crate::server::{Kind, Server};

/// Scenario that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scenario {
    /// A frame that is sent to others and not stored.
    Typing,
    /// A message until it is stored and back at its sender.
    Echo,
    /// A message until this many receivers have it.
    FanOut(usize),
    /// As many messages as possible, 30 receivers.
    Saturation,
    /// The highest rate at which 99 % arrive within 50 ms, 30 receivers.
    Rate,
    /// 100 rooms of three people, 300 messages a second together.
    Rooms,
    /// 300 joins at once.
    Joins,
    /// SIGKILL under load: promised messages must be stored.
    Kill9,
    /// MessageHub: an HTTP POST until a socket has it.
    HubPost,
    /// MessageHub: a frame of one socket until 200 have it.
    HubFanOut,
    /// HopeFlow: a publish until ten devices have answered.
    Publish,
    /// LiveStore: 1,000 events in batches of this many.
    StorePush(Wire, u32),
    /// LiveStore: a log of 100,000 events.
    StorePull(Wire),
    /// WasmChannel: decoding and encoding packets.
    Packets,
}

/// Length of the measurements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Short, as a check that everything works.
    Quick,
    /// Long enough for figures.
    Full,
}

impl Scale {
    /// Returns one of two values.
    pub fn pick<T>(self, quick: T, full: T) -> T {
        if self == Self::Quick { quick } else { full }
    }
}

impl Scenario {
    /// All scenarios, in the order in which they run.
    pub const ALL: [Self; 22] = [
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
        Self::HubPost,
        Self::HubFanOut,
        Self::Publish,
        Self::StorePush(Wire::V03, 1),
        Self::StorePush(Wire::V03, 14),
        Self::StorePush(Wire::V03, 100),
        Self::StorePull(Wire::V03),
        Self::StorePush(Wire::V04, 1),
        Self::StorePush(Wire::V04, 14),
        Self::StorePush(Wire::V04, 100),
        Self::StorePull(Wire::V04),
        Self::Packets,
    ];

    /// Returns the name in tables and on the command line.
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
            Self::HubPost => "hub-post",
            Self::HubFanOut => "hub-fan-out",
            Self::Publish => "publish",
            Self::StorePush(Wire::V03, 1) => "push-1",
            Self::StorePush(Wire::V03, 14) => "push-14",
            Self::StorePush(Wire::V03, _) => "push-100",
            Self::StorePull(Wire::V03) => "pull",
            Self::StorePush(Wire::V04, 1) => "push-0.4-1",
            Self::StorePush(Wire::V04, 14) => "push-0.4-14",
            Self::StorePush(Wire::V04, _) => "push-0.4-100",
            Self::StorePull(Wire::V04) => "pull-0.4",
            Self::Packets => "packets",
        }
    }

    /// Returns the servers of the scenario: the product, its references, and the marks around both.
    pub fn servers(self) -> &'static [Kind] {
        use Kind::{
            HopeflowJs, HubJs, LimitJs, LimitJsB0, LimitJsSql, LimitJsSqlb0, Livestore04Original, LivestoreJs,
            LivestoreOriginal, PacketsJs, PacketsRust, Product, ProductBefore, ProductColumns, SocketIo,
        };
        match self {
            Self::Typing => &[Product, ProductBefore, LimitJs, LimitJsB0],
            Self::Echo => &[Product, ProductColumns, ProductBefore, LimitJsSql, LimitJsSqlb0, LimitJs, SocketIo],
            Self::FanOut(_) | Self::Rooms => {
                &[Product, ProductColumns, ProductBefore, LimitJsSql, LimitJsSqlb0, LimitJs, SocketIo]
            }
            Self::Saturation => &[Product, ProductColumns, ProductBefore, LimitJs, LimitJsB0, LimitJsSql, LimitJsSqlb0],
            Self::Rate => &[Product, ProductColumns, ProductBefore, LimitJs, LimitJsSqlb0],
            Self::Joins => &[Product, ProductBefore, LimitJs, SocketIo],
            Self::Kill9 => &[Product, ProductBefore, LimitJsSql, LimitJsSqlb0],
            Self::HubPost | Self::HubFanOut => &[Product, ProductBefore, HubJs],
            Self::Publish => &[Product, ProductBefore, HopeflowJs],
            Self::StorePush(Wire::V03, _) | Self::StorePull(Wire::V03) => {
                &[Product, ProductBefore, LivestoreJs, LivestoreOriginal]
            }
            Self::StorePush(Wire::V04, _) | Self::StorePull(Wire::V04) => {
                &[Product, ProductBefore, Livestore04Original]
            }
            Self::Packets => &[PacketsRust, PacketsJs],
        }
    }

    /// Returns the server of the goals.
    pub fn subject(self) -> Kind {
        if self == Self::Packets { Kind::PacketsRust } else { Kind::Product }
    }

    /// Returns true if the scenario leaves minutes of work to the server, because a room writes to the database at its own pace. The server
    /// is not used again after it.
    pub fn is_a_storm(self) -> bool {
        matches!(self, Self::Saturation | Self::Rate)
    }

    /// Returns the number of sockets that it opens.
    fn sockets(self) -> usize {
        match self {
            Self::Typing | Self::Echo => 2,
            Self::FanOut(receivers) => receivers,
            Self::Saturation | Self::Rate => saturation::RECEIVERS,
            Self::Rooms => rooms::PEOPLE,
            Self::Joins => joins::PEOPLE + 1,
            Self::Kill9 => kill9::PEOPLE,
            Self::HubPost | Self::HubFanOut | Self::Publish => 0,
            Self::StorePush(..) | Self::StorePull(_) | Self::Packets => 0,
        }
    }

    /// Runs the scenario with `server`.
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
            Self::HubPost => hub_post::run(server, scale).await,
            Self::HubFanOut => hub_fan_out::run(server, scale).await,
            Self::Publish => publish::run(server, scale).await,
            Self::StorePush(wire, batch) => store::push(server, scale, wire, batch).await,
            Self::StorePull(wire) => store::pull(server, scale, wire).await,
            Self::Packets => packets::run(server, scale).await,
        }
    }
}
