//! Variables of mail, and the way that they choose (`account.md` 1.1).

use worker::Url;

use super::environment::Environment;
use super::reader::VariableReader;

/// Service that takes mails by HTTP.
#[derive(Clone, PartialEq, Eq)]
pub struct MailProvider {
    /// Address that takes a mail by POST.
    pub url: String,
    /// Proves us to the service.
    pub key: String,
}

/// Keys are not for lines and messages.
impl std::fmt::Debug for MailProvider {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("MailProvider").field("url", &self.url).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Default)]
pub struct MailConfig {
    /// Sender of mails: an address, or a name with the address in angle brackets.
    from: Option<String>,
    provider: Option<MailProvider>,
    /// Mails may end in the development mailbox.
    has_mailbox: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailWay<'a> {
    Provider(&'a MailProvider, &'a str),
    /// Binding of Cloudflare's mail service, and the sender.
    Binding(&'a str),
    Mailbox,
}

impl MailConfig {
    /// A half of a provider is a mistake: the other half is named.
    pub(super) fn read(reader: &mut VariableReader<'_>) -> Self {
        let from = reader.text("MAIL_FROM");
        let (url, key) = (reader.text("MAIL_API_URL"), reader.text("MAIL_API_KEY"));
        if from.as_deref().is_some_and(|from| !is_sender(from)) {
            reader.complain("MAIL_FROM", "an address of mail, or a name with one in angle brackets");
        }
        if url.as_deref().is_some_and(|url| !is_provider(url, reader.environment)) {
            reader.complain("MAIL_API_URL", "an address that begins with https:");
        }
        if key.as_deref().is_some_and(|key| !key.bytes().all(|byte| byte.is_ascii_graphic())) {
            reader.complain("MAIL_API_KEY", "made of visible ASCII characters");
        }
        match (&url, &key) {
            (Some(_), None) => reader.complain("MAIL_API_KEY", "set, although MAIL_API_URL is"),
            (None, Some(_)) => reader.complain("MAIL_API_URL", "set, although MAIL_API_KEY is"),
            (Some(_), Some(_)) if from.is_none() => reader.complain("MAIL_FROM", "set, although MAIL_API_URL is"),
            _ => {}
        }
        let provider = url.zip(key).map(|(url, key)| MailProvider { url, key });
        Self { from, provider, has_mailbox: reader.is_dev() }
    }

    /// Returns the first way that is configured; `has_binding` says whether the deployment has the binding of the mail service.
    pub fn way(&self, has_binding: bool) -> Option<MailWay<'_>> {
        match (&self.provider, &self.from) {
            (Some(provider), Some(from)) => Some(MailWay::Provider(provider, from)),
            (None, Some(from)) if has_binding => Some(MailWay::Binding(from)),
            _ => self.has_mailbox.then_some(MailWay::Mailbox),
        }
    }
}

/// Returns true for `name@host`, and for `Name <name@host>`: nothing in it can begin another line of a mail's head.
fn is_sender(text: &str) -> bool {
    let (_, address) = parts_of_sender(text);
    let is_address = address.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    is_address && !address.contains(|c: char| c.is_whitespace() || "<>".contains(c)) && !text.contains(char::is_control)
}

/// Returns the name of a sender, which may be empty, and the address.
pub fn parts_of_sender(text: &str) -> (&str, &str) {
    let named = text.trim().strip_suffix('>').and_then(|rest| rest.split_once('<'));
    named.map_or(("", text.trim()), |(name, address)| (name.trim().trim_matches('"'), address.trim()))
}

/// A key is not sent in plain text, except to a stand-in on a person's machine.
fn is_provider(url: &str, environment: Environment) -> bool {
    let is_allowed = |scheme: &str| scheme == "https" || (scheme == "http" && environment == Environment::Dev);
    Url::parse(url).is_ok_and(|url| is_allowed(url.scheme()) && url.host_str().is_some_and(|host| !host.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: (&str, &str) = ("MAIL_API_URL", "https://mail.example/send");
    const KEY: (&str, &str) = ("MAIL_API_KEY", "a-key");
    const FROM: (&str, &str) = ("MAIL_FROM", "CF Messenger <no-reply@messenger.example>");
    const DEV: (&str, &str) = ("ENV", "dev");

    /// Returns the configuration, and the complaint about it.
    fn read(variables: &[(&str, &str)]) -> (MailConfig, Option<String>) {
        let variable =
            |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
        let mut reader = VariableReader::new(&variable);
        let config = MailConfig::read(&mut reader);
        (config, reader.problem)
    }

    fn way(variables: &[(&str, &str)], has_binding: bool) -> String {
        let (config, complaint) = read(variables);
        assert_eq!(complaint, None);
        match config.way(has_binding) {
            Some(MailWay::Provider(provider, from)) => format!("{} for {from}", provider.url),
            Some(MailWay::Binding(from)) => format!("binding for {from}"),
            Some(MailWay::Mailbox) => "mailbox".to_owned(),
            None => "none".to_owned(),
        }
    }

    #[test]
    fn the_first_way_that_is_configured_is_taken() {
        let provider = format!("{} for {}", URL.1, FROM.1);
        let binding = format!("binding for {}", FROM.1);
        assert_eq!(way(&[DEV, URL, KEY, FROM], true), provider);
        assert_eq!(way(&[URL, KEY, FROM], false), provider);
        assert_eq!(way(&[DEV, FROM], true), binding);
        assert_eq!(way(&[FROM], true), binding);
        assert_eq!([way(&[DEV], true), way(&[DEV, FROM], false), way(&[DEV], false)], ["mailbox"; 3]);
        assert_eq!([way(&[], true), way(&[FROM], false), way(&[], false)], ["none"; 3]);
    }

    #[test]
    fn a_half_of_a_provider_names_the_other() {
        let complaint = |variables: &[(&str, &str)]| read(variables).1.unwrap_or_default();
        assert!(complaint(&[URL, FROM]).starts_with("the variable MAIL_API_KEY is not "));
        assert!(complaint(&[KEY, FROM]).starts_with("the variable MAIL_API_URL is not "));
        assert!(complaint(&[URL, KEY]).starts_with("the variable MAIL_FROM is not "));
        assert!(complaint(&[URL]).starts_with("the variable MAIL_API_KEY is not "));
    }

    #[test]
    fn the_key_goes_over_plain_http_on_a_persons_machine_only() {
        let plain = ("MAIL_API_URL", "http://127.0.0.1:9/send");
        assert_eq!(read(&[DEV, plain, KEY, FROM]).1, None);
        for url in [plain.1, "ftp://mail.example", "mail.example", "https:"] {
            let complaint = read(&[("MAIL_API_URL", url), KEY, FROM]).1.unwrap_or_default();
            assert!(complaint.starts_with("the variable MAIL_API_URL is not "), "{url}: {complaint}");
        }
    }

    #[test]
    fn a_sender_and_a_key_have_no_second_line() {
        for from in ["nobody", "a@b\nBcc: c@d", "<>", "@b", "a b@c", "A <a@b> B"] {
            let complaint = read(&[("MAIL_FROM", from)]).1.unwrap_or_default();
            assert!(complaint.starts_with("the variable MAIL_FROM is not "), "{from:?}: {complaint}");
        }
        let complaint = read(&[URL, FROM, ("MAIL_API_KEY", "a\nb")]).1.unwrap_or_default();
        assert!(complaint.starts_with("the variable MAIL_API_KEY is not "), "{complaint}");
        assert!(!format!("{:?}", read(&[URL, KEY, FROM]).0).contains(KEY.1), "a key is in no line");
    }

    #[test]
    fn a_sender_has_a_name_or_none() {
        assert_eq!(parts_of_sender(FROM.1), ("CF Messenger", "no-reply@messenger.example"));
        assert_eq!(parts_of_sender("\"A, B\" <a@b>"), ("A, B", "a@b"));
        assert_eq!(parts_of_sender(" a@b "), ("", "a@b"));
    }
}
