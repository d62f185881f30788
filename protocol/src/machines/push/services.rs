//! Push services whose addresses are taken (`push.md` 2.2): browsers have few of them, and the server calls nobody else on a person's word.

/// Services of the browsers. The second one is that of Chromium without the keys of Chrome. `*.` stands for any name below it.
pub const PUSH_SERVICES: &str =
    "fcm.googleapis.com, jmt17.google.com, *.push.services.mozilla.com, *.push.apple.com, *.notify.windows.com";

/// Services of browsers that show a message in the declarative form by themselves, and still let our service worker replace it
/// (`push.md` 3.4).
const DECLARATIVE: [&str; 1] = ["*.push.apple.com"];

/// Returns `true` for the host of a service that gets messages in the declarative form.
pub fn takes_declarative(host: &str) -> bool {
    is_push_service(host, &DECLARATIVE)
}

/// Returns `true` for the host of a service of the list.
pub fn is_push_service<Name: AsRef<str>>(host: &str, services: &[Name]) -> bool {
    let is_it = |service: &str| match service.strip_prefix("*.") {
        Some(parent) => host.strip_suffix(parent).is_some_and(|below| below.len() > 1 && below.ends_with('.')),
        None => host == service,
    };
    services.iter().any(|service| is_it(service.as_ref()))
}

/// Returns `true` for a name of the list: a host, perhaps with `*.` before it.
pub fn is_service_name(text: &str) -> bool {
    let host = text.strip_prefix("*.").unwrap_or(text);
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.');
    !host.is_empty() && host.bytes().all(is_letter) && host.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_services_of_browsers_are_known_and_no_others() {
        let services: Vec<&str> = PUSH_SERVICES.split(", ").collect();
        assert!(services.iter().all(|service| is_service_name(service)));
        for host in [
            "fcm.googleapis.com",
            "jmt17.google.com",
            "updates.push.services.mozilla.com",
            "web.push.apple.com",
            "wns2-par02p.notify.windows.com",
        ] {
            assert!(is_push_service(host, &services), "{host}");
        }
        assert_eq!(
            ["web.push.apple.com", "updates.push.services.mozilla.com", "evilpush.apple.com"].map(takes_declarative),
            [true, false, false]
        );
        for host in [
            "",
            "googleapis.com",
            "google.com",
            "xfcm.googleapis.com",
            "push.services.mozilla.com",
            ".push.apple.com",
            "web.push.apple.com.evil.example",
            "evilpush.apple.com",
        ] {
            assert!(!is_push_service(host, &services), "{host}");
        }
        for wrong in ["", "*", "*.", "*.*.example", "a..example", "https://a.example", "A.example", "a.example:8443"] {
            assert!(!is_service_name(wrong), "{wrong}");
        }
    }
}
