//! Guard of the addresses that the server calls on request (`messagehub.md` 7.4): webhooks, link previews.
//!
//! Pure: the input is a text, the output a host and a port, or a refusal. It also decides if all addresses of a name are public; the caller
//! resolves names and makes calls. A text that two parsers could read in two ways is refused. `url` parses the rest like browsers and the
//! runtime: names in letters of any alphabet, and every spelling of an IPv4 address.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use thiserror::Error;
use url::{ParseError, Url};

use crate::codec::json::Value;
use crate::content::normal::{Form, normal};
use crate::words::limits::HOOK_URL_BYTES_MAX;

const HTTPS_PORT: u16 = 443;
/// Smallest port that is allowed besides [`HTTPS_PORT`]: smaller ones belong to well-known services.
const FREE_PORT_MIN: u16 = 1_024;
const HOST_BYTES_MAX: usize = 253;

/// Letters that are invisible.
const FILLERS: [char; 4] = ['\u{115f}', '\u{1160}', '\u{3164}', '\u{ffa0}'];

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Name, which is resolved before every attempt, or address.
    pub host: Host,
    pub port: u16,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Host {
    /// A name in ASCII and lower case (`xn--` for other letters), without the dot at the end.
    Name(String),
    /// A public address.
    Address(IpAddr),
}

/// Reason for the refusal of an address, which is shown to the person who registers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum GuardRefusal {
    /// The text is no absolute address, or it is ambiguous.
    #[error("The address cannot be read.")]
    Form,
    /// The scheme is not `https`.
    #[error("The address must begin with https.")]
    Scheme,
    #[error("The port must be 443 or at least 1024.")]
    Port,
    /// The address contains a user name or password.
    #[error("The address must not contain credentials.")]
    Credentials,
    /// The address is in a private network, or is the deployment's own.
    #[error("The address is not public.")]
    NotPublic,
}

/// Policy for addresses: the deployment's own hosts, and the exception for tests.
#[derive(Clone, Copy, Debug, Default)]
pub struct UrlPolicy<'a> {
    /// The Worker's own host: a call to it would be a loop.
    pub own_host: Option<&'a str>,
    /// Other known hosts of the deployment.
    pub own_hosts: &'a [String],
    /// For tests only (`WEBHOOK_ALLOW_PRIVATE`): `http` and loopback are allowed.
    pub allows_loopback: bool,
}

/// Checks an address from a request.
pub fn check_url(url: &str, place: UrlPolicy<'_>) -> Result<Target, GuardRefusal> {
    // Parsers treat these characters differently, and no address needs one.
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || c == '\\';
    if url.len() > HOOK_URL_BYTES_MAX || url.chars().any(is_odd) {
        return Err(GuardRefusal::Form);
    }
    // Browsers repair an address that has too few or too many slashes. Here it must have two.
    let (scheme, rest) = url.split_once("://").ok_or(GuardRefusal::Form)?;
    let is_http = scheme.eq_ignore_ascii_case("http") && place.allows_loopback;
    if !is_http && !scheme.eq_ignore_ascii_case("https") {
        return Err(GuardRefusal::Scheme);
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if authority.contains('@') {
        return Err(GuardRefusal::Credentials);
    }
    let (written_host, written_port) = written(authority);
    let is_port_of_digits = written_port.bytes().all(|digit| digit.is_ascii_digit());
    if !is_unambiguous(written_host) || !is_port_of_digits {
        return Err(GuardRefusal::Form);
    }
    let read = Url::parse(url).map_err(|error| match error {
        ParseError::InvalidPort => GuardRefusal::Port,
        _ => GuardRefusal::Form,
    })?;
    let host = host_of(&read)?;
    check_host(&host, place)?;
    let port = read.port_or_known_default().ok_or(GuardRefusal::Port)?;
    let is_free = port == HTTPS_PORT || port >= FREE_PORT_MIN || (place.allows_loopback && is_loopback(&host));
    if is_free { Ok(Target { host, port }) } else { Err(GuardRefusal::Port) }
}

/// Returns an origin as a browser writes it in the header `Origin`: lower case, ASCII, without the default port. `None` for a text that is no
/// origin, or more than one.
pub fn origin_of(text: &str) -> Option<String> {
    let is_odd = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '\\' | '@' | '?' | '#');
    let (_, place) = text.split_once("://").filter(|_| text.len() <= HOOK_URL_BYTES_MAX && !text.contains(is_odd))?;
    let is_alone = !place.strip_suffix('/').unwrap_or(place).contains('/');
    let read = Url::parse(text).ok().filter(|_| is_alone)?;
    matches!(read.scheme(), "https" | "http").then(|| read.origin().ascii_serialization())
}

/// Returns the full address of a link on the page at `url`; `None` if one of the two cannot be parsed.
pub fn joined(url: &str, named: &str) -> Option<String> {
    Url::parse(url).ok()?.join(named).ok().map(String::from)
}

/// Returns the destination of a redirect of `url` if it stays with the same scheme, host and port.
pub fn redirected(url: &str, location: &str) -> Option<String> {
    let here = Url::parse(url).ok()?;
    let next = here.join(location).ok()?;
    (next.origin() == here.origin()).then(|| next.into())
}

/// Checks if a name with these addresses may be called. A single private address, or an empty list, refuses the name.
pub fn check_resolved(addresses: &[IpAddr], place: UrlPolicy<'_>) -> Result<(), GuardRefusal> {
    let may = |address: &IpAddr| is_public(*address) || (place.allows_loopback && address.is_loopback());
    if !addresses.is_empty() && addresses.iter().all(may) { Ok(()) } else { Err(GuardRefusal::NotPublic) }
}

/// Parses the addresses in a resolver's answer (`application/dns-json`); `None` for another text.
pub fn resolved(answer: &str) -> Option<Vec<IpAddr>> {
    let answer = Value::parse(answer)?;
    answer.as_object()?;
    let rows = answer.get("Answer").and_then(Value::as_array);
    let data = rows.into_iter().flatten().filter_map(|row| row.get("data").and_then(Value::as_str));
    // The answer also has rows for aliases.
    Some(data.filter_map(|data| data.parse().ok()).collect())
}

/// Returns `true` when an address belongs to the public network.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        // Shared by providers, or reserved for protocols, relays and measurements.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240;
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [first, second, ..] = segments;
    if let Some(inner) = v4_inside(address) {
        return is_public_v4(inner);
    }
    // Global unicast is 2000::/3. Within it, protocol assignments (with Teredo) and documentation must not be called.
    let is_global = first & 0xe000 == 0x2000;
    let is_special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8)) || first == 0x3fff;
    is_global && !is_special
}

/// Returns the IPv4 address that an IPv6 address contains: mapped, compatible, translated or tunnelled.
fn v4_inside(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let segments = address.segments();
    let of = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Ipv4Addr::new(a, b, c, d)
    };
    match segments {
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(of(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(of(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(of(high, low)),
        [0x2002, high, low, ..] => Some(of(high, low)),
        _ => None,
    }
}

/// Returns host and port of an authority as they were written.
fn written(authority: &str) -> (&str, &str) {
    let host_end = match authority.find(']') {
        Some(end) if authority.starts_with('[') => end + 1,
        _ => authority.find(':').unwrap_or(authority.len()),
    };
    let (host, rest) = authority.split_at(host_end);
    // Any text behind a bracket but a colon counts as an invalid port.
    (host, rest.strip_prefix(':').unwrap_or(rest))
}

/// Returns `true` if a host has only letters, digits, hyphens, underscores and dots. Other clients ignore invisible characters (soft hyphens,
/// joiners, variants) and decode escapes, so they could call a host that the guard has not checked.
fn is_unambiguous(host: &str) -> bool {
    let is_letter =
        |c: char| (c.is_alphanumeric() && !FILLERS.contains(&c)) || matches!(c, '-' | '_' | '.' | '\u{3002}');
    // Wide digits and other dots become plain ones before a name is resolved.
    !host.is_empty() && (host.starts_with('[') || normal(host, Form::Nfkc).chars().all(is_letter))
}

fn host_of(url: &Url) -> Result<Host, GuardRefusal> {
    match url.host() {
        Some(url::Host::Ipv4(address)) => Ok(Host::Address(IpAddr::V4(address))),
        Some(url::Host::Ipv6(address)) => Ok(Host::Address(IpAddr::V6(address))),
        Some(url::Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(name);
            let is_name = name.len() <= HOST_BYTES_MAX && !name.split('.').any(str::is_empty);
            if is_name { Ok(Host::Name(name.to_owned())) } else { Err(GuardRefusal::Form) }
        }
        None => Err(GuardRefusal::Form),
    }
}

fn check_host(host: &Host, place: UrlPolicy<'_>) -> Result<(), GuardRefusal> {
    if place.allows_loopback && is_loopback(host) {
        return Ok(());
    }
    let is_ours = |name: &str| {
        let mut own_hosts = place.own_hosts.iter().map(String::as_str).chain(place.own_host);
        own_hosts.any(|own| own.eq_ignore_ascii_case(name))
    };
    let is_inner = |name: &str| {
        // A name without a dot belongs to the local network.
        !name.contains('.')
            || [
                "localhost",
                "local",
                "internal",
                "localdomain",
                "lan",
                "home",
                "corp",
                "intranet",
                "arpa",
                "onion",
                "test",
                "invalid",
            ]
            .iter()
            .any(|end| name.strip_suffix(end).is_some_and(|rest| rest.ends_with('.')))
    };
    let is_allowed = match host {
        Host::Address(address) => is_public(*address) && !is_ours(&address.to_string()),
        Host::Name(name) => !is_inner(name) && !is_ours(name),
    };
    if is_allowed { Ok(()) } else { Err(GuardRefusal::NotPublic) }
}

fn is_loopback(host: &Host) -> bool {
    match host {
        Host::Address(IpAddr::V6(address)) => {
            address.is_loopback() || v4_inside(*address).is_some_and(|inner| inner.is_loopback())
        }
        Host::Address(address) => address.is_loopback(),
        Host::Name(name) => name == "localhost" || name.ends_with(".localhost"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(url: &str) -> Result<Target, GuardRefusal> {
        let own_hosts = ["chat.example.com".to_owned()];
        check_url(url, UrlPolicy { own_host: Some("hub.example.com"), own_hosts: &own_hosts, allows_loopback: false })
    }

    fn name(host: &str, port: u16) -> Result<Target, GuardRefusal> {
        Ok(Target { host: Host::Name(host.into()), port })
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        for (text, origin) in [
            ("https://blog.example", "https://blog.example"),
            ("HTTPS://Blog.Example:443/", "https://blog.example"),
            ("https://b\u{fc}cher.example", "https://xn--bcher-kva.example"),
            ("https://192.0.2", "https://192.0.0.2"),
            ("http://LOCALHOST:8080", "http://localhost:8080"),
        ] {
            assert_eq!(origin_of(text).as_deref(), Some(origin), "{text}");
        }
        for bad in [
            "",
            "blog.example",
            "https:blog.example",
            "https://a.example/x",
            "https://a.example//",
            "https://u@a.example",
            "https://a.example?x",
            "https://a b.example",
            "data://a",
        ] {
            assert_eq!(origin_of(bad), None, "{bad}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        assert_eq!(check("https://Example.com/hook?x=1#y"), name("example.com", 443));
        assert_eq!(check("HTTPS://example.com.:8443"), name("example.com", 8_443));
        assert_eq!(check("https://B\u{fc}cher.example/"), name("xn--bcher-kva.example", 443));
        assert_eq!(
            check("https://bu\u{308}cher.example/"),
            name("xn--bcher-kva.example", 443),
            "the same letter in two parts"
        );
        assert_eq!(check("https://1.1.1.1/").map(|target| target.port), Ok(443));
        assert!(check("https://[2606:4700:4700::1111]:1024/").is_ok());
        assert!(check("https://a.b-c_d.example:/").is_ok());
        assert!(check("https://localhost.example.com/").is_ok() && check("https://10.example.com/").is_ok());
    }

    #[test]
    fn redirects_and_pictures_of_a_name_in_other_letters_are_followed() {
        let page = "https://b\u{fc}cher.example/a";
        let moved = Some("https://xn--bcher-kva.example/b".to_owned());
        assert_eq!(redirected(page, "/b"), moved);
        assert_eq!(redirected(page, "https://B\u{dc}CHER.example/b"), moved);
        assert_eq!(redirected("https://xn--bcher-kva.example/", "https://b\u{fc}cher.example/b"), moved);
        assert_eq!(redirected(page, "https://buecher.example/b"), None, "another host");
        assert_eq!(redirected("https://a.example/", "http://a.example/"), None, "another scheme");
        assert_eq!(redirected("https://a.example/", "https://a.example:8443/"), None, "another port");
        assert_eq!(joined(page, "pictures/1.png").as_deref(), Some("https://xn--bcher-kva.example/pictures/1.png"));
        assert_eq!(joined("https://a.example/", "//b.example/1.png").as_deref(), Some("https://b.example/1.png"));
        assert_eq!(joined("no address", "1.png"), None);
    }

    #[test]
    fn what_nobody_sees_is_in_no_name() {
        for host in [
            "169.254.169.254\u{ad}",
            "169.254.169\u{200b}.254",
            "127.0.0.1\u{2060}",
            "local\u{200d}host",
            "127.0.0.1\u{fe0f}",
            "127.0.0.1\u{3164}",
        ] {
            assert_eq!(check_url(&format!("https://{host}/"), UrlPolicy::default()), Err(GuardRefusal::Form), "{host}");
        }
        assert!(check_url("https://b\u{fc}cher.example.com/", UrlPolicy::default()).is_ok());
    }

    #[test]
    fn every_notation_of_what_is_not_public_is_refused() {
        for host in [
            "127.1",
            "127.0.0.1",
            "127.0.0.1.",
            "2130706433",
            "0x7f000001",
            "0x7F.1",
            "0177.0.0.1",
            "017700000001",
            "0",
            "0.0.0.0",
            "10.0.0.1",
            "10.1",
            "0xa.0x0.0x0.0x1",
            "012.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "192.168.257",
            "169.254.169.254",
            "0xa9fea9fe",
            "2852039166",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.1.1.1",
            "240.0.0.1",
            "255.255.255.255",
            "192.88.99.1",
            "[::]",
            "[::1]",
            "[::ffff:10.0.0.1]",
            "[::ffff:a00:1]",
            "[::10.0.0.1]",
            "[::ffff:0:a00:1]",
            "[64:ff9b::a00:1]",
            "[2002:a00:1::]",
            "[2002:7f00:1::1]",
            "[2001::1]",
            "[2001:db8::1]",
            "[3fff::1]",
            "[fe80::1]",
            "[fc00::1]",
            "[fd12::1]",
            "[ff02::1]",
            "[fec0::1]",
            "[100::1]",
            "[64:ff9b:1::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "a.localhost",
            "printer.local",
            "x.internal",
            "metadata.google.internal",
            "router",
            "router.lan",
            "1.0.0.127.in-addr.arpa",
            "hub.example.com",
            "HUB.example.com.",
            "\u{ff11}27.0.0.1",
            "127\u{ff0e}0\u{ff0e}0\u{ff0e}1",
            "127\u{3002}0\u{3002}0\u{3002}1",
            "\u{2460}27.0.0.1",
            "\u{24db}ocalhost",
        ] {
            assert_eq!(check(&format!("https://{host}/")), Err(GuardRefusal::NotPublic), "{host}");
        }
    }

    #[test]
    fn what_can_be_read_in_two_ways_is_not_read() {
        for url in [
            "",
            "https",
            "https:",
            "https:/a.com",
            "https:a.com",
            "//a.com",
            "https:///a.com",
            "https://",
            "https://?a.com",
            "https://.com",
            "https://a..com",
            "https://a.com\\@b.com",
            "https://a.com\t",
            " https://a.com",
            "https://a .com",
            "https://a.com\n.evil.com",
            "https://%31%32%37.0.0.1",
            "https://1.2.3.4.5",
            "https://256.1.1.1",
            "https://1.2.3.256",
            "https://4294967296",
            "https://1.2.65536",
            "https://08.1.1.1",
            "https://a.com.08",
            "https://a.1",
            "https://[::1",
            "https://[::1]x",
            "https://[fe80::1%25eth0]",
            "https://[1.2.3.4]",
            "https://a.com:x",
            "https://a.com:+80",
            "https://a.com:8443:1",
            "https://a*b.com",
        ] {
            assert_eq!(check(url), Err(GuardRefusal::Form), "{url}");
        }
        assert_eq!(check(&format!("https://a.com/{}", "x".repeat(2_048))), Err(GuardRefusal::Form));
        assert_eq!(check(&format!("https://{}com", "a.".repeat(130))), Err(GuardRefusal::Form));
    }

    #[test]
    fn scheme_credentials_and_port() {
        for url in ["http://a.com", "ftp://a.com", "file:///etc/passwd", "javascript://a.com", "wss://a.com"] {
            assert!(matches!(check(url), Err(GuardRefusal::Scheme)), "{url}");
        }
        for url in ["https://user@a.com", "https://user:pw@a.com", "https://@a.com", "https://a.com@127.0.0.1"] {
            assert_eq!(check(url), Err(GuardRefusal::Credentials), "{url}");
        }
        for port in ["0", "22", "25", "80", "442", "444", "1023", "65536", "99999999999"] {
            assert_eq!(check(&format!("https://a.com:{port}")), Err(GuardRefusal::Port), "{port}");
        }
    }

    #[test]
    fn our_own_hosts_are_refused_whichever_a_request_came_by() {
        for url in ["https://hub.example.com/", "https://Chat.Example.com.:8443/rooms", "https://CHAT.example.com"] {
            assert_eq!(check(url), Err(GuardRefusal::NotPublic), "{url}");
        }
        assert!(check("https://other.example.com/").is_ok());
    }

    #[test]
    fn one_private_address_of_a_name_is_one_too_many() {
        let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect::<Vec<IpAddr>>();
        let place = UrlPolicy::default();
        assert!(check_resolved(&addresses(&["1.1.1.1", "2606:4700::1"]), place).is_ok());
        assert!(check_resolved(&addresses(&["1.1.1.1", "10.0.0.1"]), place).is_err());
        assert!(check_resolved(&addresses(&["::ffff:127.0.0.1"]), place).is_err());
        assert!(check_resolved(&[], place).is_err());
        assert!(check_resolved(&addresses(&["127.0.0.1"]), UrlPolicy { allows_loopback: true, ..place }).is_ok());
    }

    #[test]
    fn tests_may_call_themselves_and_nothing_else() {
        let test = |url: &str| check_url(url, UrlPolicy { allows_loopback: true, ..UrlPolicy::default() });
        assert_eq!(test("http://127.0.0.1:9/").map(|target| target.port), Ok(9));
        assert!(test("http://localhost/").is_ok() && test("https://[::1]:80/").is_ok());
        for url in ["http://10.0.0.1/", "http://169.254.169.254/", "http://router/"] {
            assert_eq!(test(url), Err(GuardRefusal::NotPublic), "{url}");
        }
    }
}
