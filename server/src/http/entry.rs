//! Decision before any route (`core.md` 8.5): a local server answers under its own names alone, and a deployment over TLS alone.

use protocol::words::refusal::Refusal;
use worker::{Response, Url};

use super::answer;
use super::door::Door;
use super::incoming::Incoming;
use crate::config::Environment;

/// Returns the answer to a request that gets to no route. Where nobody can be believed about host and connection, it gets there.
pub fn refuse(incoming: &Incoming) -> Option<worker::Result<Response>> {
    let host = incoming.url.host_str().unwrap_or_default();
    let is_open = match incoming.config.environment {
        Environment::Dev => is_own_name(host) || is_named(host, &incoming.config.allowed_origins),
        Environment::Production => incoming.is_https() || is_private(host),
    };
    if is_open || !incoming.is_host_known() {
        return None;
    }
    let is_page =
        matches!(&*incoming.method, "GET" | "HEAD") && !incoming.is_upgrade() && incoming.accepts("text/html");
    let encrypted = is_page.then(|| encrypted(&incoming.url)).flatten();
    Some(match encrypted.filter(|_| incoming.config.environment == Environment::Production) {
        Some(address) => answer::moved(incoming, &address),
        None => answer::refused_by_kind(incoming, Door::App, &Refusal::Forbidden),
    })
}

/// Returns `true` for a name that no page of another site can have pointed at this machine: an address, or a name of the machine or its
/// network.
fn is_own_name(host: &str) -> bool {
    is_address(host) || host == "localhost" || host.ends_with(".local")
}

fn is_address(host: &str) -> bool {
    host.starts_with('[') || host.parse::<std::net::Ipv4Addr>().is_ok()
}

/// Returns `true` for a host to which nobody comes over the internet.
fn is_private(host: &str) -> bool {
    let literal = host.trim_start_matches('[').trim_end_matches(']');
    match literal.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        Ok(std::net::IpAddr::V6(v6)) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
        Err(_) => is_own_name(host),
    }
}

fn is_named(host: &str, origins: &[String]) -> bool {
    origins.iter().any(|origin| Url::parse(origin).is_ok_and(|origin| origin.host_str() == Some(host)))
}

fn encrypted(url: &Url) -> Option<String> {
    let mut url = url.clone();
    let is_changed = url.set_scheme("https").is_ok() && url.set_port(None).is_ok();
    is_changed.then(|| url.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_a_page_of_another_site_can_point_at_a_machine_are_not_its_own() {
        for host in ["127.0.0.1", "192.168.1.7", "[::1]", "[fe80::1]", "localhost", "laptop.local"] {
            assert!(is_own_name(host), "{host}");
        }
        for host in
            ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "evil-local", "local", "1.2.3.4.5"]
        {
            assert!(!is_own_name(host), "{host}");
        }
        let origins = ["http://laptop.lan:8787".to_owned(), "no origin".to_owned()];
        assert_eq!(
            ["laptop.lan", "lan", "laptop.lan.evil.example"].map(|host| is_named(host, &origins)),
            [true, false, false]
        );
    }

    #[test]
    fn a_deployment_that_is_reached_over_the_internet_is_not_private() {
        for host in [
            "127.0.0.1",
            "10.1.2.3",
            "192.168.1.7",
            "169.254.1.1",
            "[::1]",
            "[fd00::1]",
            "[fe80::1]",
            "localhost",
            "laptop.local",
        ] {
            assert!(is_private(host), "{host}");
        }
        for host in ["203.0.113.7", "[2001:db8::1]", "chat.example.org", ""] {
            assert!(!is_private(host), "{host}");
        }
        let url = Url::parse("http://chat.example.org:8080/i/a?b=c").unwrap();
        assert_eq!(encrypted(&url).as_deref(), Some("https://chat.example.org/i/a?b=c"));
    }
}
