//! Form of an e-mail address, and the one spelling by which an account is found (`sign-in.md` 1). A link in a mail proves its owner
//! (`account.md` 3).

use crate::content::normal::{Form, normal};
use crate::people::session::hash_hex;
use crate::words::limits::{EMAIL_BYTES_MAX, EMAIL_LOCAL_BYTES_MAX};
use crate::words::refusal::Refusal;

/// An e-mail address, lower case, in the normal form NFC, without blanks around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Parses a typed address: `name@host.domain`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        Self::checked(normal(&normal(text, Form::Nfc).trim().to_lowercase(), Form::Nfc).into_owned())
    }

    /// Parses an address that gets an account from now on: its local part is a dot-atom (RFC 5322 3.2.3, with the letters and digits of
    /// other scripts as in RFC 6532). Quotes, commas and brackets mean something to programs for mail. Older accounts may have other
    /// addresses.
    pub fn parse_new(text: &str) -> Result<Self, Refusal> {
        let email = Self::parse(text)?;
        let is_usable = email.0.split_once('@').is_some_and(|(local, _)| is_dot_atom(local));
        if is_usable { Ok(email) } else { Err(no_address()) }
    }

    /// Returns the spelling of an account that is older than the normal form of addresses; `None` if it is the same.
    pub fn as_before(&self, text: &str) -> Option<Self> {
        Self::checked(text.trim().to_lowercase()).ok().filter(|before| before != self)
    }

    /// Parses an address as its account keeps it, which may be an older spelling.
    pub fn kept(text: &str) -> Result<Self, Refusal> {
        let email = Self::parse(text)?;
        Ok(email.as_before(text).unwrap_or(email))
    }

    fn checked(email: String) -> Result<Self, Refusal> {
        let is_usable = email.split_once('@').is_some_and(|(local, host)| is_local(local) && is_host(host));
        if email.len() > EMAIL_BYTES_MAX || !is_usable {
            return Err(no_address());
        }
        Ok(Self(email))
    }

    /// Returns the address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the SHA-256, whose first digit is the `auth` shard of the account (`core.md` 1.1).
    pub fn hash(&self) -> String {
        hash_hex(&self.0)
    }
}

fn is_local(local: &str) -> bool {
    (1..=EMAIL_LOCAL_BYTES_MAX).contains(&local.len()) && !local.contains(|c: char| c.is_whitespace() || c.is_control())
}

/// Returns `true` for atoms with single dots between them.
fn is_dot_atom(local: &str) -> bool {
    let is_atext = |c: char| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atext))
}

fn no_address() -> Refusal {
    Refusal::validation("email", "This is not an e-mail address.")
}

fn is_host(host: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    host.contains('.') && host.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_has_one_spelling() {
        let one = Email::parse("  Mia.Lind@Example.ORG ").unwrap();
        assert_eq!(one.as_str(), "mia.lind@example.org");
        assert_eq!(one, Email::parse("mia.lind@example.org").unwrap());
        assert!(one.hash().len() == 64);
        let typed = "Ka\u{308}the@Example.org";
        let one = Email::parse(typed).unwrap();
        assert_eq!((one.as_str(), &one), ("käthe@example.org", &Email::parse("KÄTHE@example.org").unwrap()));
        assert_eq!(Email::parse("a@u\u{308}bung.example"), Email::parse("a@Übung.example"));
        assert_eq!(one.as_before(typed).unwrap().as_str(), typed.to_lowercase());
        assert_eq!(one.as_before("Käthe@example.org"), None);
        for kept in [one.as_str(), &typed.to_lowercase()] {
            assert_eq!(Email::kept(kept).unwrap().as_str(), kept);
        }
        assert!(Email::parse("käthe+inbox@übung.example").is_ok());
    }

    #[test]
    fn a_new_address_has_a_dot_atom_and_an_older_one_need_not() {
        for local in ["mia", "mia.lind", "mia+inbox", "o'hara", "!#$%&'*+-/=?^_`{|}~", "käthe"] {
            assert!(Email::parse_new(&format!("{local}@example.org")).is_ok(), "{local}");
        }
        for local in
            ["a,b", "\"mia\"", "mia<", "(mia)", "a:b", "a;b", "a\\b", "[a]", ".mia", "mia.", "a..b", "mi\u{200b}a"]
        {
            let text = format!("{local}@example.org");
            assert!(Email::parse(&text).is_ok(), "{local}");
            let refused = Email::parse_new(&text).map_err(|refusal| refusal.field().map(str::to_owned));
            assert_eq!(refused, Err(Some("email".to_owned())), "{local}");
        }
        assert!(Email::parse_new("mia").is_err());
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(65));
        let longer = format!("a@{}.org", "b".repeat(260));
        let bad = [
            "",
            "@",
            "mia",
            "mia@",
            "@example.org",
            "mia@example",
            "mia@.org",
            "mia@a..org",
            "a@b@c.org",
            "m ia@a.org",
        ];
        for text in bad.into_iter().chain([long.as_str(), longer.as_str(), "mia@-a.org", "mi\u{7}a@a.org"]) {
            assert_eq!(
                Email::parse(text).map_err(|refusal| refusal.field().map(str::to_owned)),
                Err(Some("email".into())),
                "{text}"
            );
        }
    }
}
