//! Form of an e-mail address, and its normalized spelling, by which an account is found (`sign-in.md` 1). A link in a mail verifies its owner
//! (`account.md` 3).

use url::quirks::{domain_to_ascii, domain_to_unicode};

use crate::content::normal::{Form, normal};
use crate::people::session::hash_hex;
use crate::words::limits::{EMAIL_BYTES_MAX, EMAIL_LOCAL_BYTES_MAX};
use crate::words::refusal::Refusal;

/// Normalized e-mail address: in NFKC and lower case, trimmed, and with its host in ASCII (IDNA). Accounts from before a part of this rule
/// have other spellings ([`Self::older`]).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Email(String);

impl Email {
    /// Parses a typed address: `name@host.domain`.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let typed = spelled(text, Form::Nfkc);
        let with_host = |(local, host): (&str, &str)| Some(format!("{local}@{}", ascii_host(host)?));
        let named = typed.split_once('@').and_then(with_host);
        Self::checked(named.unwrap_or(typed))
    }

    /// Parses an address for a new account: its local part is a dot-atom (RFC 5322 3.2.3, with letters and digits of other scripts as in RFC
    /// 6532). Quotes, commas and brackets have a meaning in mail programs; older accounts may have them.
    pub fn parse_new(text: &str) -> Result<Self, Refusal> {
        let email = Self::parse(text)?;
        let is_usable =
            email.0.split_once('@').is_some_and(|(local, host)| is_dot_atom(local) && ascii_host(host).is_some());
        if is_usable { Ok(email) } else { Err(no_address()) }
    }

    /// Returns the other spellings of the typed address that an older account may have.
    pub fn older(&self, text: &str) -> Vec<Self> {
        let mut older = Vec::new();
        for spelling in [self.shown(), spelled(text, Form::Nfc), text.trim().to_lowercase()] {
            let spelling =
                Self::checked(spelling).ok().filter(|spelling| spelling != self && !older.contains(spelling));
            older.extend(spelling);
        }
        older
    }

    /// Parses an account's stored address, which may have an older spelling.
    pub fn kept(text: &str) -> Result<Self, Refusal> {
        Self::checked(text.trim().to_lowercase())
    }

    /// Returns the address for people, with its host in the letters of its language.
    pub fn shown(&self) -> String {
        shown_address(&self.0)
    }

    fn checked(email: String) -> Result<Self, Refusal> {
        let is_usable = email.split_once('@').is_some_and(|(local, host)| is_local(local) && is_host(host));
        if email.len() > EMAIL_BYTES_MAX || !is_usable {
            return Err(no_address());
        }
        Ok(Self(email))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the SHA-256, whose first digit is the `auth` shard of the account (`core.md` 1.1).
    pub fn hash(&self) -> String {
        hash_hex(&self.0)
    }
}

/// Returns a stored address for people.
pub fn shown_address(email: &str) -> String {
    let host = email.split_once('@').filter(|(_, host)| host.contains("xn--"));
    host.map_or_else(|| email.to_owned(), |(local, host)| format!("{local}@{}", domain_to_unicode(host)))
}

fn spelled(text: &str, form: Form) -> String {
    normal(&normal(text, form).trim().to_lowercase(), form).into_owned()
}

/// Returns a host in ASCII; `None` if it has no such form. Escapes are refused, because `url` would decode them.
fn ascii_host(host: &str) -> Option<String> {
    let ascii = Some(host).filter(|host| !host.contains('%')).map(domain_to_ascii)?;
    (!ascii.is_empty()).then_some(ascii)
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
    Refusal::validation("email", "This doesn't look like an e-mail address.")
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
        assert_eq!(older(&one, typed), [typed.to_lowercase()]);
        assert_eq!(older(&one, "Käthe@example.org"), [""; 0]);
        for kept in [one.as_str(), &typed.to_lowercase(), "a@übung.example"] {
            assert_eq!(Email::kept(kept).unwrap().as_str(), kept);
        }
    }

    fn older(email: &Email, typed: &str) -> Vec<String> {
        email.older(typed).into_iter().map(|email| email.0).collect()
    }

    #[test]
    fn a_host_is_one_in_every_alphabet_and_width() {
        let one = Email::parse("mia@xn--bcher-kva.example").unwrap();
        assert_eq!((one.as_str(), one.shown().as_str()), ("mia@xn--bcher-kva.example", "mia@bücher.example"));
        for typed in [
            "mia@bücher.example",
            "Mia@BÜCHER.example",
            "mia@bu\u{308}cher.example",
            "mia@XN--BCHER-KVA.example",
            "ｍｉａ＠ｂüｃｈｅｒ．ｅｘａｍｐｌｅ",
            "mia@bücher。example",
        ] {
            assert_eq!(Email::parse_new(typed).as_ref(), Ok(&one), "{typed}");
            assert!(older(&one, typed).contains(&"mia@bücher.example".to_owned()), "{typed}");
        }
        assert_eq!(older(&one, "mia@xn--bcher-kva.example"), ["mia@bücher.example"]);
        let plain = Email::parse("mia@example.org").unwrap();
        assert_eq!((older(&plain, "Mia@example.org"), plain.shown().as_str()), (Vec::new(), "mia@example.org"));
        assert_ne!(Email::parse("a@straße.example"), Email::parse("a@strasse.example"));
        assert_eq!(Email::parse("käthe+inbox@пример.рф").unwrap().as_str(), "käthe+inbox@xn--e1afmkfd.xn--p1ai");
        // A host that is no DNS name is accepted for older accounts only.
        for odd in ["a@xn--a.example", "a@xn--zz--.example"] {
            assert!(Email::parse_new(odd).is_err(), "{odd}");
        }
        for odd in ["a@b%61.example", "a@[::1]", "a@b_c.example"] {
            assert!(Email::parse(odd).is_err(), "{odd}");
        }
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
