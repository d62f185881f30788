//! The account of a browser (`wasmchannel.md` 4.1, *Device accounts*). The original's page draws a secret and signs in with it as address,
//! password and name. The server makes address and name of the account from a keyed hash. So no one can read the secret, and a thief of the
//! tables cannot test guesses.

use crate::people::account::password::peppered;
use crate::words::limits::DEVICE_SECRET_BYTES_MIN;

/// Prefix of the hashed text, which separates these hashes from those of passwords and recovery codes.
const HASHED_AS: &str = "device-account\n";
const ADDRESS_DIGITS: usize = 40;
const NAME_DIGITS: usize = 8;

/// Account of a browser.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeviceAccount {
    email: String,
    name: String,
}

/// Returns the account of a browser that signs in with these texts; `None` for the address and password of a person.
pub fn device_account(email: &str, password: &str, pepper: &str) -> Option<DeviceAccount> {
    let (secret, host) = email.split_once('@')?;
    if secret != password || secret.len() < DEVICE_SECRET_BYTES_MIN || host.is_empty() || host.contains('@') {
        return None;
    }
    let keyed = peppered(pepper, &format!("{HASHED_AS}{email}"));
    let hash: String = keyed.iter().map(|byte| format!("{byte:02x}")).collect();
    let (address, name) = (hash.get(..ADDRESS_DIGITS)?, hash.get(..NAME_DIGITS)?);
    Some(DeviceAccount { email: format!("{address}@device.invalid"), name: format!("wasm-{name}") })
}

impl DeviceAccount {
    /// Returns the address, which cannot receive mail (`account.md` 1.2).
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Returns the name that others see: the typed one, unless it contains the secret.
    pub fn shown_name<'a>(&'a self, typed: &'a str, secret: &str) -> &'a str {
        if typed.contains(secret) { &self.name } else { typed }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::people::session::hash_hex;

    const SECRET: &str = "0123456789abcdef0123456789abcdef-V1StGXR8_Z5jdHi6B-myT";
    const PEPPER: &str = "pepper";

    #[test]
    fn a_secret_as_address_and_password_is_an_account_that_does_not_tell_it() {
        let typed = format!("{SECRET}@wasm.channel");
        let device = device_account(&typed, SECRET, PEPPER).unwrap();
        assert_eq!(device_account(&typed, SECRET, PEPPER), Some(device.clone()), "the same at every sign-in");
        let (local, host) = device.email().split_once('@').unwrap();
        assert_eq!((local.len(), host), (40, "device.invalid"));
        let elsewhere = device_account(&typed, SECRET, "other").unwrap();
        assert!(elsewhere.email() != device.email() && !hash_hex(&typed).starts_with(local), "the pepper is in it");
        assert_eq!(device.shown_name(SECRET, SECRET), format!("wasm-{}", &local[..8]));
        assert_eq!(device.shown_name(&format!("I am {SECRET}"), SECRET), format!("wasm-{}", &local[..8]));
        assert_eq!(device.shown_name("Ada", SECRET), "Ada");
        let other = device_account(&format!("{SECRET}@other.example"), SECRET, PEPPER).unwrap();
        assert_ne!(other.email(), device.email());
        let lower = SECRET.to_lowercase();
        let lower = device_account(&format!("{lower}@wasm.channel"), &lower, PEPPER).unwrap();
        assert_ne!(lower.email(), device.email(), "case is part of the secret");
    }

    #[test]
    fn everything_else_is_a_persons_address_and_password() {
        let short = &SECRET[..DEVICE_SECRET_BYTES_MIN - 1];
        let long_enough = &SECRET[..DEVICE_SECRET_BYTES_MIN];
        for (email, password) in [
            (format!("{short}@wasm.channel"), short),
            (format!("{SECRET}@wasm.channel"), "tuesday-river-lamp"),
            (format!("{SECRET}@"), SECRET),
            (format!("{SECRET}@a@b.example"), SECRET),
            (SECRET.to_owned(), SECRET),
            ("mia@example.org".to_owned(), "mia"),
            (format!(" {SECRET}@wasm.channel"), SECRET),
        ] {
            assert_eq!(device_account(&email, password, PEPPER), None, "{email}");
        }
        assert!(device_account(&format!("{long_enough}@wasm.channel"), long_enough, PEPPER).is_some());
    }
}
