//! Variables of services that the Worker uses: Turnstile, push services, the model, logs and data points.

use protocol::machines::push::{PUSH_SERVICES, is_push_service, is_service_name, vapid_key};
use protocol::operation::telemetry::Pseudonyms;
use worker::Url;

use super::reader::VariableReader;
use crate::runtime;

const SITEVERIFY_URL: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/// The model that answers where nobody names another.
const AI_MODEL: &str = "@cf/meta/llama-3.2-1b-instruct";

/// Proof of being a person.
#[derive(Clone, Debug)]
pub struct TurnstileConfig {
    /// Given to pages for the widget.
    pub site_key: Option<String>,
    /// Proves us to siteverify.
    pub secret: Option<String>,
    /// Address of the verifier of tokens.
    pub siteverify_url: String,
}

impl TurnstileConfig {
    pub(super) fn read(reader: &mut VariableReader<'_>) -> Self {
        let siteverify_url = reader.test_text("SITEVERIFY_URL").unwrap_or_else(|| SITEVERIFY_URL.to_owned());
        if Url::parse(&siteverify_url).is_err() {
            reader.complain("SITEVERIFY_URL", "an address");
        }
        let (site_key, secret) = (reader.text("TURNSTILE_SITE_KEY"), reader.text("TURNSTILE_SECRET_KEY"));
        Self { site_key, secret, siteverify_url }
    }
}

/// The deployment's key for push services (RFC 8292), and who can be asked about it.
#[derive(Clone)]
pub struct Vapid {
    /// The private key: 32 bytes on P-256.
    pub secret: [u8; 32],
    /// The key before it, for browsers that subscribed under it and have not come back since.
    pub previous: Option<[u8; 32]>,
    /// An address of mail or of a page.
    pub subject: String,
    /// Hosts of the push services that are called.
    services: Vec<String>,
}

/// Keys are not for lines and messages.
impl std::fmt::Debug for Vapid {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Vapid")
    }
}

impl Vapid {
    /// One without the other is a mistake: there is no push where neither is.
    pub(super) fn read(reader: &mut VariableReader<'_>) -> Option<Self> {
        let (secret, subject) = (reader.text("VAPID_PRIVATE_KEY"), reader.text("VAPID_SUBJECT"));
        if secret.is_none() && subject.is_none() {
            return None;
        }
        let secret = secret.as_deref().and_then(vapid_key);
        let subject = subject.filter(|subject| ["mailto:", "https:"].iter().any(|scheme| subject.starts_with(scheme)));
        if secret.is_none() {
            reader.complain("VAPID_PRIVATE_KEY", "32 bytes in base64url");
        }
        if subject.is_none() {
            reader.complain("VAPID_SUBJECT", "an address that begins with mailto: or https:");
        }
        let previous = reader.text("VAPID_PRIVATE_KEY_PREVIOUS");
        let previous_key = previous.as_deref().and_then(vapid_key);
        if previous.is_some() && previous_key.is_none() {
            reader.complain("VAPID_PRIVATE_KEY_PREVIOUS", "32 bytes in base64url");
        }
        let services = reader.list("PUSH_SERVICES", PUSH_SERVICES);
        if !services.iter().all(|service| is_service_name(service)) {
            reader.complain("PUSH_SERVICES", "a list of hosts like push.example or *.push.example");
        }
        secret.zip(subject).map(|(secret, subject)| Self { secret, previous: previous_key, subject, services })
    }

    pub fn serves(&self, endpoint: &str) -> bool {
        Url::parse(endpoint).is_ok_and(|url| is_push_service(url.host_str().unwrap_or_default(), &self.services))
    }
}

#[derive(Clone, Debug)]
pub struct ModelConfig {
    pub name: String,
    /// Stands in for it, on a person's machine.
    pub url: Option<String>,
}

impl ModelConfig {
    pub(super) fn read(reader: &VariableReader<'_>) -> Self {
        let name = reader.text("AI_MODEL").unwrap_or_else(|| AI_MODEL.to_owned());
        Self { name, url: reader.test_text("AI_URL") }
    }
}

/// Lines and data points.
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    /// Every request leaves a line; load tests do without (`messagehub.md` 9).
    pub logs_requests: bool,
    /// Data points leave lines, for tests.
    pub logs_points: bool,
    /// Names of people in lines and data points.
    pub pseudonyms: Pseudonyms,
    /// Of many messages one in so many leaves a data point (`messenger.md` 11).
    pub sample_one_in: u32,
}

impl TelemetryConfig {
    pub(super) fn read(reader: &mut VariableReader<'_>) -> Self {
        Self {
            logs_requests: !reader.is_dev() || reader.flag("REQUEST_LOG", true),
            logs_points: reader.test_flag("ANALYTICS_LOG"),
            pseudonyms: pseudonyms(reader),
            sample_one_in: sample_one_in(reader),
        }
    }
}

/// Made from whichever secret there is. Without any, each isolate has its own names for people: nothing is given away, and nothing
/// fits together.
fn pseudonyms(reader: &VariableReader<'_>) -> Pseudonyms {
    let secrets = ["PASSWORD_PEPPER", "JWT_SECRET", "BETTER_AUTH_SECRET", "ADMIN_TOKEN", "TURNSTILE_SECRET_KEY"];
    let secret = secrets.into_iter().find_map(|name| reader.text(name)).or_else(|| reader.dev_pepper());
    match secret {
        Some(secret) => Pseudonyms::new(secret.as_bytes()),
        None => Pseudonyms::new(&runtime::random_bytes::<32>()),
    }
}

fn sample_one_in(reader: &mut VariableReader<'_>) -> u32 {
    let text = reader.text("ANALYTICS_SAMPLE").unwrap_or_else(|| "1".to_owned());
    let share = fraction(&text);
    if share > 0.0 && share <= 1.0 {
        return (1.0 / share).round() as u32;
    }
    reader.complain("ANALYTICS_SAMPLE", "a share above 0 and up to 1");
    1
}

/// Reads a number as the platform does: our own reader of fractions would weigh more than all that is sampled.
fn fraction(text: &str) -> f64 {
    #[cfg(target_family = "wasm")]
    return js_sys::parse_float(text);
    // Tests of the configuration run where there is no JavaScript.
    #[cfg(not(target_family = "wasm"))]
    return text.parse().unwrap_or(f64::NAN);
}
