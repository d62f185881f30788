//! Worker variables and secrets as typed values, read once per isolate (`messenger.md` 12.1).
//!
//! Limits and rates are tables of `protocol`, which read themselves; variables of one door or of a service are in the files of this folder.
//! An unusable value does not become a default: it is kept as `problem`, and `route` answers nothing but that.

mod access;
mod doors;
mod embeds;
mod environment;
mod hub;
mod mail;
mod reader;
mod services;

use std::collections::BTreeMap;
use std::sync::OnceLock;

use protocol::machines::room::Embedding;
use protocol::people::account::password::Method;
use protocol::trust::guard::check_url;
use protocol::trust::sealing::ContentKeys;
use protocol::trust::secret::Strength;
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, RoomId, RoomRules};
use protocol::words::limits::{FILE_MS_MAX, NUMBERS_REPORT_MS, OperatorLimits, PBKDF2_ROUNDS};
use protocol::words::rate::Rules;
use worker::{Env, Url};

pub use self::access::AccessTeam;
pub use self::doors::{AuthServer, StoreAuth};
use self::doors::{JwtConfig, LiveStoreConfig, WasmChannelConfig};
pub use self::environment::Environment;
use self::hub::HubConfig;
use self::mail::MailConfig;
pub use self::mail::{MailProvider, MailWay, parts_of_sender};
use self::reader::VariableReader;
pub use self::services::Vapid;
use self::services::{ModelConfig, TelemetryConfig, TurnstileConfig};
use crate::telemetry;

/// Where objects may be bound to be, and where they can be asked to be (`leaving.md` 5). `runtime/runtime.js` reads the variables.
const JURISDICTIONS: &str = "eu, us, fedramp";
const LOCATION_HINTS: &str = "wnam, enam, sam, weur, eeur, apac, oc, afr, me";
/// Entrances that the sign-in page can put first (`ux.md` 1.1).
const ENTRANCES: &str = "accounts, demo";
/// Lines that are written: all, or only those about what is broken.
const LOG_LEVELS: &str = "info, error";

#[derive(Clone, Debug)]
pub struct Config {
    pub environment: Environment,
    pub limits: OperatorLimits,
    pub rules: Rules,
    /// Proof of being a person.
    pub turnstile: TurnstileConfig,
    /// Origins of other pages that may call us, without the own one.
    pub allowed_origins: Vec<String>,
    /// `true` where a request is believed about where it comes from and what it was sent to, though nobody can see that Cloudflare's edge wrote it.
    pub trusts_cf_headers: bool,
    pub rooms: RoomRules,
    /// Rooms of the deployment that pages of other sites show, by their ids (`embed.md` 1).
    pub embeds: BTreeMap<String, Embedding>,
    /// Where objects must stay, by its word in `JURISDICTIONS`.
    pub jurisdiction: Option<&'static str>,
    /// The sign-in page puts the demo first, and accounts otherwise.
    pub is_demo_first: bool,
    /// People can sign in as personas, and lists show them.
    pub has_personas: bool,
    /// Sockets accept `?sessionId=`.
    pub legacy_ws_query: bool,
    /// Accounts whose address is not proved may only read (`account.md` 3).
    pub requires_verified: bool,
    /// A session of an owner or moderator has a role only if it began with two factors (`account.md` 12).
    pub requires_second_factor: bool,
    pub password_method: Method,
    /// Without it a stolen table of hashes is worth nothing.
    pub password_pepper: Option<String>,
    /// The pepper before it, for hashes that nobody has renewed by a sign-in yet.
    pub password_pepper_previous: Option<String>,
    pub jwt: JwtConfig,
    pub hub: HubConfig,
    pub wasmchannel: WasmChannelConfig,
    /// A token without the claim `pub` publishes to its own person only (`hopeflow.md` 2).
    pub hopeflow_strict_publish: bool,
    pub livestore: LiveStoreConfig,
    /// Keys that seal words at rest (`docs/decisions/0018-sealed-bodies.md`).
    pub content_keys: ContentKeys,
    pub admin_token: Option<String>,
    /// Team whose members are operators as well, without the token.
    pub access: Option<AccessTeam>,
    /// Key that signs requests to push services; without it there is no web push.
    pub vapid: Option<Vapid>,
    pub mail: MailConfig,
    pub alert_url: Option<String>,
    pub model: ModelConfig,
    /// Lines and data points.
    pub telemetry: TelemetryConfig,
    /// Shown to browsers' counter of page views; without it there is none.
    pub web_analytics_token: Option<String>,
    /// Longest time that the body of a file may take; another time is for tests.
    pub file_ms_max: Millis,
    /// When queues try again, in seconds, instead of later each time; for tests.
    pub queue_retry_s: Option<u32>,
    /// Interval at which objects tell their numbers; shorter for tests.
    pub numbers_report_ms: Millis,
    /// Where fresh style sheets come from while a person edits them (`cargo xtask dev`).
    pub dev_style_origin: Option<String>,
    /// Where this process can be killed, on a person's machine (`cargo xtask serve`).
    pub plug_url: Option<String>,
    /// Why this configuration cannot be used.
    pub problem: Option<String>,
}

static CONFIG: OnceLock<Config> = OnceLock::new();

impl Config {
    /// The configuration of this deployment; all requests and objects of an isolate share one.
    pub fn of(env: &Env) -> &'static Self {
        CONFIG.get_or_init(|| Self::build(&|name| text(env, name)))
    }

    fn build(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut reader = VariableReader::new(variable);
        let (environment, is_dev) = (reader.environment, reader.is_dev());
        let limits = reader.checked(OperatorLimits::read(variable));
        let rules = reader.checked(Rules::read(variable, is_dev));
        let hub = reader.checked(HubConfig::read(variable, environment, limits.hub_retention_days));
        let jurisdiction = reader.word("JURISDICTION", JURISDICTIONS);
        reader.word("LOCATION_HINT", LOCATION_HINTS);
        let entrance = reader.word("SIGN_IN", ENTRANCES);
        if reader.word("LOG_LEVEL", LOG_LEVELS) == Some("error") {
            telemetry::log_only_faults();
        }
        let rooms = rooms(&mut reader);
        let seconds_of_tests = reader.test_number::<Millis>("NUMBERS_REPORT_S");
        Self {
            environment,
            limits,
            rules,
            turnstile: TurnstileConfig::read(&mut reader),
            allowed_origins: allowed_origins(&mut reader),
            trusts_cf_headers: reader.flag("TRUST_CF_HEADERS", is_dev),
            embeds: embeds::embeds(&mut reader, &rooms),
            rooms,
            jurisdiction,
            is_demo_first: entrance == Some("demo"),
            has_personas: reader.flag("PERSONAS", true),
            legacy_ws_query: reader.flag("LEGACY_WS_QUERY", false),
            requires_verified: reader.flag("REQUIRE_VERIFIED", false),
            requires_second_factor: reader.flag("REQUIRE_SECOND_FACTOR", false),
            password_method: password_method(&mut reader),
            password_pepper: reader.pepper("PASSWORD_PEPPER"),
            // Of any length: it makes no new hash, and a short one is what somebody may want to leave behind.
            password_pepper_previous: reader.text("PASSWORD_PEPPER_PREVIOUS"),
            jwt: JwtConfig::read(&mut reader),
            wasmchannel: WasmChannelConfig::read(&mut reader),
            hopeflow_strict_publish: reader.flag("HOPEFLOW_STRICT_PUBLISH", false),
            livestore: LiveStoreConfig::read(&mut reader, hub.place()),
            content_keys: content_keys(&mut reader),
            // On a person's machine as well: what the page asks for there is what it asks for elsewhere.
            admin_token: reader.secret("ADMIN_TOKEN", Strength::Token, true),
            access: access_team(&reader),
            vapid: Vapid::read(&mut reader),
            mail: MailConfig::read(&mut reader),
            alert_url: alert_url(&mut reader, &hub),
            hub,
            model: ModelConfig::read(&reader),
            telemetry: TelemetryConfig::read(&mut reader),
            web_analytics_token: web_analytics_token(&mut reader),
            file_ms_max: reader.test_number("FILE_MS_MAX").unwrap_or(FILE_MS_MAX),
            queue_retry_s: reader.test_number("QUEUE_RETRY_S"),
            numbers_report_ms: seconds_of_tests.map_or(NUMBERS_REPORT_MS, |seconds| seconds * 1_000),
            dev_style_origin: reader.test_text("DEV_STYLE_ORIGIN"),
            plug_url: reader.test_text("PLUG_URL"),
            problem: reader.problem,
        }
    }
}

fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

fn allowed_origins(reader: &mut VariableReader<'_>) -> Vec<String> {
    let origins = reader.list("ALLOWED_ORIGINS", "");
    if !origins.iter().all(|origin| is_origin(origin)) {
        reader.complain("ALLOWED_ORIGINS", "a list of origins like https://example.org");
    }
    origins
}

/// Scheme, host and port, written as browsers write them.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.as_str().strip_suffix('/') == Some(text) && url.scheme().starts_with("http"))
}

fn rooms(reader: &mut VariableReader<'_>) -> RoomRules {
    let public = reader.list("PUBLIC_ROOMS", "general,music,room");
    let by_name = RoomRules { public: Vec::new(), open: true };
    let is_name = |name: &String| RoomId::parse(name, &by_name).is_ok_and(|room| *room.form() == RoomForm::Public);
    if !public.iter().all(is_name) {
        reader.complain("PUBLIC_ROOMS", "a list of room names");
    }
    RoomRules { public, open: reader.test_flag("OPEN_ROOMS") }
}

fn password_method(reader: &mut VariableReader<'_>) -> Method {
    let name = reader.text("KDF").unwrap_or_else(|| "argon2id".to_owned());
    Method::named(&name).unwrap_or_else(|| {
        reader.complain("KDF", "argon2id or pbkdf2");
        Method::Pbkdf2 { rounds: PBKDF2_ROUNDS }
    })
}

/// A ring that cannot be used stops everything, objects that nobody asks included: what they stored now would be readable for good.
fn content_keys(reader: &mut VariableReader<'_>) -> ContentKeys {
    match reader.text("CONTENT_KEYS").map(|text| ContentKeys::parse(&text)) {
        None => ContentKeys::default(),
        Some(Ok(keys)) => keys,
        Some(Err(error)) => reader.checked((ContentKeys::unusable(), Some(error.to_string()))),
    }
}

fn access_team(reader: &VariableReader<'_>) -> Option<AccessTeam> {
    AccessTeam::new(reader.text("ACCESS_TEAM"), reader.text("ACCESS_AUD"), reader.test_text("ACCESS_CERTS_URL"))
}

fn alert_url(reader: &mut VariableReader<'_>, hub: &HubConfig) -> Option<String> {
    let url = reader.text("ALERT_URL");
    if url.as_deref().is_some_and(|url| check_url(url, hub.place()).is_err()) {
        reader.complain("ALERT_URL", "a public address that begins with https");
    }
    url
}

fn web_analytics_token(reader: &mut VariableReader<'_>) -> Option<String> {
    let token = reader.text("WEB_ANALYTICS_TOKEN");
    if token.iter().flat_map(|token| token.bytes()).any(|byte| !byte.is_ascii_alphanumeric()) {
        reader.complain("WEB_ANALYTICS_TOKEN", "letters and digits");
    }
    token
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the configuration of a person's machine with these variables more.
    fn configured(variables: &[(&str, &str)]) -> Config {
        let variable = |name: &str| {
            let given = variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
            given.or_else(|| (name == "ENV").then(|| "dev".to_owned()))
        };
        Config::build(&variable)
    }

    #[test]
    fn without_a_variable_there_is_nothing_to_complain_about() {
        assert_eq!(configured(&[]).problem, None);
        assert_eq!(configured(&[("ENV", "production")]).problem, None);
    }

    #[test]
    fn a_value_that_cannot_be_used_is_named_and_not_shown() {
        // 32 bytes in base64url.
        let push_key = format!("{}Bwc", "BwcH".repeat(10));
        for (name, given, value) in [
            ("RATE_CHAT", "RATE_CHAT", "often"),
            ("RETENTION_DAYS", "RETENTION_DAYS", "-1"),
            ("JURISDICTION", "JURISDICTION", "uk"),
            ("LOCATION_HINT", "LOCATION_HINT", "uk"),
            ("SIGN_IN", "SIGN_IN", "guests"),
            ("LOG_LEVEL", "LOG_LEVEL", "loud"),
            ("PERSONAS", "PERSONAS", "none"),
            ("OPEN_ROOMS", "OPEN_ROOMS", "yes"),
            ("KDF", "KDF", "md5"),
            ("ANALYTICS_SAMPLE", "ANALYTICS_SAMPLE", "2"),
            ("ALERT_URL", "ALERT_URL", "http://127.0.0.1/"),
            ("EMBED", "EMBED", r#"[{"room":"general","origins":["*"]}]"#),
            ("LIVESTORE_AUTH", "LIVESTORE_AUTH", "everybody"),
            ("LIVESTORE_AUTH_URL", "LIVESTORE_AUTH_URL", "http://127.0.0.1/"),
            ("LIVESTORE_AUTH_SECRET", "LIVESTORE_AUTH_SECRET", "whsec_AAAA"),
            ("LIVESTORE_WEBHOOKS", "LIVESTORE_WEBHOOKS", r#"[{"store":"*"}]"#),
            ("MAIL_FROM", "MAIL_FROM", "nobody"),
            // Each variable of a pair alone; the missing one is named.
            ("MAIL_API_KEY", "MAIL_API_URL", "https://mail.example/send"),
            ("VAPID_SUBJECT", "VAPID_PRIVATE_KEY", push_key.as_str()),
            ("VAPID_PRIVATE_KEY", "VAPID_SUBJECT", "mailto:owner@example.org"),
        ] {
            let problem = configured(&[(given, value)]).problem.unwrap_or_default();
            let expected = problem.strip_prefix(&format!("the variable {name} is not ")).map(str::len);
            assert!(expected.is_some_and(|bytes| (4..=80).contains(&bytes)), "{given}={value}: {problem}");
            assert!(!problem.contains(value), "a value may be a secret: {problem}");
        }
    }

    #[test]
    fn variables_for_tests_count_on_a_persons_machine_alone() {
        const TESTS: [(&str, &str); 7] = [
            ("OPEN_ROOMS", "1"),
            ("WEBHOOK_ALLOW_PRIVATE", "1"),
            ("RATE_LOGIN", "0"),
            ("SITEVERIFY_URL", "http://127.0.0.1:9/"),
            ("ACCESS_TEAM", "team"),
            ("ACCESS_AUD", "aud"),
            ("ACCESS_CERTS_URL", "http://127.0.0.1:9/"),
        ];
        for (environment, is_dev) in
            [("dev", true), ("production", false), ("staging", false), ("DEV", false), ("dev ", false), ("", false)]
        {
            let mut variables = TESTS.to_vec();
            variables.push(("ENV", environment));
            let config = configured(&variables);
            assert_eq!(config.environment == Environment::Dev, is_dev, "{environment}");
            assert_eq!((config.rooms.open, config.hub.allows_private), (is_dev, is_dev), "{environment}");
            assert_eq!(config.rules.login != Rules::default().login, is_dev, "{environment}");
            let keys_url = config.access.map(|team| team.keys_url).unwrap_or_default();
            let real = ["https://challenges.cloudflare.com/", "https://team.cloudflareaccess.com/"];
            for (url, real) in [config.turnstile.siteverify_url, keys_url].iter().zip(real) {
                assert_eq!(!url.starts_with(real), is_dev, "{environment}: {url}");
            }
        }
    }
}
