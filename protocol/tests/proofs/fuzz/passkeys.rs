//! Passkeys: all inputs of a browser, from the bytes of an authenticator to its signature.

use proptest::collection::vec;
use proptest::prelude::*;
use protocol::trust::passkey::cbor::Cbor;
use protocol::trust::passkey::{AuthenticatorData, ClientData, Key, assertion, bytes_of, registration};

use super::fuzz;

const HEAD: &[u8] = &[7; 32];
const KEY: &[u8] = b"\xa5\x01\x02\x03\x26\x20\x01\x21\x58\x2012345678901234567890123456789012\x22\x58\x2012345678901234567890123456789012";
const SIGNATURE: &[u8] = b"\x30\x08\x02\x02\x01\x02\x02\x02\x03\x04";
const CLIENT: &str = "{\"type\":\"webauthn.create\",\"challenge\":\"a\",\"origin\":\"https://a.example\"}";

fn sample() -> Vec<u8> {
    [HEAD, b"\x41\0\0\0\x01aaaaaaaaaaaaaaaa\0\x03xyz", KEY].concat()
}

/// Returns valid bytes with a few changes.
fn bent(good: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    vec((any::<prop::sample::Index>(), vec(any::<u8>(), 0..4), 0..3_usize), 0..4).prop_map(move |changes| {
        let mut bytes = good.clone();
        for (at, put, gone) in changes {
            let at = at.index(bytes.len() + 1);
            let end = (at + gone).min(bytes.len());
            bytes.splice(at..end, put);
        }
        bytes
    })
}

fn depth(item: &Cbor<'_>) -> usize {
    match item {
        Cbor::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Cbor::Map(entries) => 1 + entries.iter().map(|(_, value)| depth(value)).max().unwrap_or(0),
        _ => 0,
    }
}

#[test]
fn cbor() {
    let object =
        [b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x58".as_slice(), &[sample().len() as u8], &sample()].concat();
    assert!(Cbor::whole(&object).is_some(), "the sample itself must be good");
    fuzz(prop_oneof![3 => bent(object), 1 => vec(any::<u8>(), 0..48)], |bytes| {
        let Some((item, rest)) = Cbor::first(&bytes) else { return Ok(()) };
        prop_assert!(rest.len() < bytes.len() && bytes.ends_with(rest));
        prop_assert!(depth(&item) <= 4);
        let own = &bytes[..bytes.len() - rest.len()];
        prop_assert_eq!(Cbor::whole(own), Some(item), "it ends where it says");
        Ok(())
    });
}

#[test]
fn authenticators() {
    assert!(AuthenticatorData::read(&sample()).is_some(), "the sample itself must be good");
    fuzz(prop_oneof![3 => bent(sample()), 1 => vec(any::<u8>(), 0..200)], |bytes| {
        let Some(data) = AuthenticatorData::read(&bytes) else { return Ok(()) };
        prop_assert_eq!(data.rp_id_hash, &bytes[..32]);
        prop_assert!(AuthenticatorData::read(&bytes[..bytes.len() - 1]).is_none(), "to its last byte");
        if let Some((id, key)) = data.credential {
            prop_assert!(!id.is_empty() && id.len() <= 1_023);
            if let Some(key) = Key::read(&key) {
                prop_assert!(
                    [key.x, key.y].iter().all(|number| bytes_of(number).is_some_and(|bytes| bytes.len() == 32))
                );
            }
        }
        Ok(())
    });
}

#[test]
fn ceremonies() {
    let parts = (bent(CLIENT.as_bytes().to_vec()), bent(sample()), bent(SIGNATURE.to_vec()));
    fuzz(parts, |(client_bytes, authenticator, signature)| {
        let Some(client) = ClientData::read(&client_bytes) else { return Ok(()) };
        let _ = registration(&client, &authenticator, &|_| true);
        if let Ok(found) = assertion(&client, &client_bytes, &authenticator, &signature, &|_| true) {
            prop_assert_eq!(found.proof.message.len(), authenticator.len() + 32);
        }
        Ok(())
    });
}
