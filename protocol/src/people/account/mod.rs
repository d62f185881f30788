//! Accounts: passwords, links in mails, and remembered browsers (`sign-in.md` 1 and 2, `account.md`).
//!
//! Rules only. Hashing is expensive, so the Worker does it (`server/src/auth/password.rs`). The `auth` objects store the rows.

pub mod common;
pub mod family;
pub mod guessing;
pub mod link;
pub mod password;
pub mod recovery;
pub mod second_factor;
pub mod sensitive;

use super::session::base32;

pub fn account_id(random: [u8; 8]) -> String {
    format!("u_{}", base32(random))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_account_has_an_id_of_its_own_form() {
        let id = super::account_id([0x5a; 8]);
        let user = crate::words::ids::UserId::parse(&id).unwrap();
        assert!(id.len() == 15 && id.starts_with("u_") && !user.is_guest());
    }
}
