//! State of a socket that outlives the object's sleep, whichever version its client has.

use serde::{Deserialize, Serialize};

use super::machine::{Chain, Link};
use super::rpc::RpcLink;
use super::store::ChainStore;
use crate::words::refusal::Fault;
use crate::words::socket::ConnKey;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StoredLink {
    /// Of a client of version 0.3.1.
    #[serde(rename = "link")]
    Socket(Link),
    /// Of a client of version 0.4.
    #[serde(rename = "rpc")]
    Rpc(RpcLink),
}

impl StoredLink {
    pub fn head_at_connect(&self) -> u64 {
        match self {
            Self::Socket(link) => link.head_at_connect,
            Self::Rpc(link) => link.head_at_connect,
        }
    }
}

impl Chain {
    /// Returns the state that is stored with a socket of any version.
    pub fn stored_link(&self, conn: ConnKey) -> Option<StoredLink> {
        let rpc = || self.rpc_link(conn).cloned().map(StoredLink::Rpc);
        self.link(conn).cloned().map(StoredLink::Socket).or_else(rpc)
    }

    /// Takes back a socket of any version that outlived the object's sleep.
    pub fn restore_stored(&mut self, store: &impl ChainStore, link: StoredLink) -> Result<ConnKey, Fault> {
        match link {
            StoredLink::Socket(link) => Ok(self.restore(link)),
            StoredLink::Rpc(link) => self.restore_rpc(store, link),
        }
    }
}
