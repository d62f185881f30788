//! The address of a client of version 0.4 (`livestore-0.4.md` 1). Only such a client has `transport` in its query.

use super::handshake::{Handshake, read_query};
use crate::codec::percent::decoded;

/// Body of the answer (400) to an unusable address.
pub const INVALID_PATH: &str = "Invalid path";

/// Transport of the requests of a client of version 0.4.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Ws,
    /// One `POST` for each request.
    Http,
}

/// Returns `true` for the query of a client of version 0.4: it has a `storeId` and a `transport`, valid or not.
pub fn is_rpc_query(query: &str) -> bool {
    let has = |wanted: &str| names(query).any(|(name, _)| name.as_deref() == Some(wanted));
    has("storeId") && has("transport")
}

/// Reads the query of a client of version 0.4; `None` if it is not valid.
pub fn read_rpc_query(query: &str) -> Option<(Handshake, Transport)> {
    let mut transports = names(query).filter(|(name, _)| name.as_deref() == Some("transport"));
    let (first, second) = (transports.next(), transports.next());
    let transport = match (first?.1, second) {
        ("ws", None) => Transport::Ws,
        ("http", None) => Transport::Http,
        _ => return None,
    };
    Some((read_query(query).ok()?, transport))
}

/// Returns the decoded names of the query's parameters, with their raw values.
fn names(query: &str) -> impl Iterator<Item = (Option<String>, &str)> {
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, "")));
    pairs.map(|(name, value)| (decoded(name, true), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_address_is_read() {
        let query = "storeId=cap-1&payload=%257B%2522a%2522%253A1%257D&transport=ws";
        let handshake = Handshake { store_id: "cap-1".into(), payload: Some(r#"{"a":1}"#.into()) };
        assert!(is_rpc_query(query));
        assert_eq!(read_rpc_query(query), Some((handshake, Transport::Ws)));
        let without = Handshake { store_id: "a b".into(), payload: None };
        assert_eq!(read_rpc_query("transport=http&storeId=a+b"), Some((without, Transport::Http)));
    }

    #[test]
    fn an_address_that_opens_nothing_is_none() {
        for bad in [
            "storeId=a&transport=",
            "storeId=a&transport=tcp",
            "storeId=a&transport=ws&transport=ws",
            "storeId=&transport=ws",
            "storeId=a&storeId=a&transport=ws",
            "storeId=a&payload=x&transport=ws",
        ] {
            assert!(is_rpc_query(bad), "{bad}");
            assert_eq!(read_rpc_query(bad), None, "{bad}");
        }
        for other in ["", "storeId=a", "transport=ws", "storeId=a&Transport=ws", "storeid=a&transport=ws"] {
            assert!(!is_rpc_query(other), "{other}");
        }
    }
}
