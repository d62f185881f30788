//! Origins whose pages may frame a room (`embed.md` 1).
//!
//! The origin is inserted into a header unchanged. So only the exact spelling of browsers is accepted, which has no space, quote, comma,
//! semicolon or star. `guard` converts other spellings.

use crate::words::limits::{EMBED_ORIGIN_BYTES_MAX, HOST_LABEL_BYTES_MAX};

const LOCAL_HOSTS: [&str; 2] = ["localhost", "127.0.0.1"];

/// Returns `true` for an origin whose pages may frame a room. `allows_local` also accepts pages of the person's own machine.
pub fn is_frame_origin(text: &str, allows_local: bool) -> bool {
    let Some((scheme, place)) = text.split_once("://") else { return false };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (place, None),
    };
    let default_port = match scheme {
        "https" => "443",
        "http" if allows_local && LOCAL_HOSTS.contains(&host) => "80",
        _ => return false,
    };
    text.len() <= EMBED_ORIGIN_BYTES_MAX
        && host.split('.').all(is_label)
        && port.is_none_or(|port| port != default_port && is_port(port))
}

/// Returns `true` for a text that may be an origin in another spelling, which the server can convert.
pub fn may_be_frame_origin(text: &str) -> bool {
    let Some((scheme, place)) = text.split_once("://") else { return false };
    let is_odd = |sign: char| sign.is_control() || sign.is_whitespace() || "/\\?#@*,;'\"".contains(sign);
    ["https", "http"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        && !place.is_empty()
        && !place.contains(is_odd)
}

fn is_label(label: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=HOST_LABEL_BYTES_MAX).contains(&label.len())
        && label.bytes().all(is_letter)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

/// Returns `true` for a port in the spelling of browsers: without a sign and without leading zeros.
fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok_and(|port| port > 0 && port.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_taken_as_browsers_write_them() {
        for good in
            ["https://blog.example", "https://a-1.b.example:8443", "https://192.0.2.7", "https://xn--bcher-kva.example"]
        {
            assert!(is_frame_origin(good, false), "{good}");
        }
        let long = format!("https://{}.example", "a".repeat(HOST_LABEL_BYTES_MAX + 1));
        for bad in [
            "",
            "https://",
            "blog.example",
            "http://blog.example",
            "https://blog.example/",
            "https://blog.example/path",
            "https://*.example",
            "https://Blog.example",
            "https://blog.example:443",
            "https://blog.example:0443",
            "https://blog.example:0",
            "https://blog.example:+8",
            "https://blog.example:",
            "https://a..example",
            "https://.example",
            "https://-a.example",
            "https://a-.example",
            "https://a_b.example",
            "https://bücher.example",
            "https://user@blog.example",
            "https://[::1]",
            "https://a.example https://b.example",
            "https://a.example;x",
            "https://a.example,b",
            "'self'",
            "*",
            "data://a",
            "https://a.example\n",
            "https://blog.example?x",
            long.as_str(),
        ] {
            assert!(!is_frame_origin(bad, true), "{bad}");
        }
        for odd in ["https://Blog.example", "HTTPS://bücher.example:443"] {
            assert!(may_be_frame_origin(odd), "{odd}");
        }
        for bad in [
            "https://",
            "blog.example",
            "https://a.example/path",
            "https://*.example",
            "https://a.example b",
            "data://a",
        ] {
            assert!(!may_be_frame_origin(bad), "{bad}");
        }
        let host = ["a".repeat(60), "b".repeat(60), "c".repeat(60), "d".repeat(60)].join(".");
        assert!(is_frame_origin(&format!("https://{host}"), false));
        assert!(!is_frame_origin(&format!("https://{host}.example"), false), "more bytes than an origin has");
    }

    #[test]
    fn pages_of_the_own_machine_are_let_in_there_alone() {
        for local in ["http://localhost", "http://localhost:8080", "http://127.0.0.1:8787"] {
            assert!(is_frame_origin(local, true) && !is_frame_origin(local, false), "{local}");
        }
        for other in ["http://localhost:80", "http://127.0.0.2", "http://localhost.example"] {
            assert!(!is_frame_origin(other, true), "{other}");
        }
    }
}
