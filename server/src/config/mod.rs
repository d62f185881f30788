//! Worker variables and secrets as typed values, read once per isolate (`messenger.md` 12.1).
//!
//! An unusable value does not become a default: it is kept as `problem`, and `route` answers nothing but that.

mod access;
mod hub;

use std::sync::OnceLock;

use protocol::machines::push::vapid_key;
use protocol::operation::telemetry::Pseudonyms;
use protocol::people::account::password::Method;
use protocol::trust::guard::check_url;
use protocol::trust::sealing::ContentKeys;
use protocol::trust::secret::Strength;
use protocol::words::event::Millis;
use protocol::words::ids::{RoomForm, RoomId, RoomRules};
use protocol::words::limits::{FILE_MS_MAX, NUMBERS_REPORT_MS, OperatorLimits, PBKDF2_ROUNDS};
use protocol::words::rate::Rules;
use protocol::words::refusal::Fault;
use worker::{Env, Url};

pub use self::access::AccessTeam;
use self::hub::HubConfig;
use crate::runtime;
use crate::telemetry;

/// Where the Worker runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// A person's machine: test and load variables count, the Turnstile token `dev` may pass.
    Dev,
    /// Everything else, whatever `ENV` says: test and load variables count for nothing, and what is missing fails closed.
    Production,
}

/// People who may open a LiveStore store (`livestore.md` 14).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreAuth {
    /// Everybody; a token that is given must be good all the same.
    Open,
    /// People whose token names the store.
    Jwt,
}

/// The public siteverify.
const SITEVERIFY_URL: &str = "https://challenges.cloudflare.com/turnstile/v0/siteverify";

/// Where objects may be bound to be, and where they can be asked to be (`leaving.md` 5). `runtime/runtime.js` reads the variables.
const JURISDICTIONS: &str = "eu, us, fedramp";
const LOCATION_HINTS: &str = "wnam, enam, sam, weur, eeur, apac, oc, afr, me";

/// The model that answers where nobody names another.
const AI_MODEL: &str = "@cf/meta/llama-3.2-1b-instruct";

/// Pepper of a person's machine.
const DEV_PEPPER: &str = "dev";

/// The deployment's key for push services (RFC 8292), and who can be asked about it.
#[derive(Clone)]
pub struct Vapid {
    /// The private key: 32 bytes on P-256.
    pub secret: [u8; 32],
    /// An address of mail or of a page.
    pub subject: String,
}

/// Keys are not for lines and messages.
impl std::fmt::Debug for Vapid {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Vapid")
    }
}

/// See the module's description.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the Worker runs.
    pub environment: Environment,
    /// Limits.
    pub limits: OperatorLimits,
    /// Rate limits.
    pub rules: Rules,
    /// Given to pages for the widget.
    pub turnstile_site_key: Option<String>,
    /// Proves us to siteverify.
    pub turnstile_secret: Option<String>,
    /// Address of the verifier of Turnstile tokens.
    pub siteverify_url: String,
    /// Origins of other pages that may call us, without the own one.
    pub allowed_origins: Vec<String>,
    /// `true` where a request is believed about where it comes from and what it was sent to, though nobody can see that Cloudflare's edge wrote it.
    pub trusts_cf_headers: bool,
    /// Rooms that exist by their name.
    pub rooms: RoomRules,
    /// Sockets accept `?sessionId=`.
    pub legacy_ws_query: bool,
    /// `/` also serves packet clients that name no subprotocol.
    pub packets_at_root: bool,
    /// Signs the cookie of the session routes; without it they are closed.
    pub better_auth_secret: Option<String>,
    /// The session routes ask for proof of being a person.
    pub better_auth_turnstile: bool,
    /// Method of new password hashes.
    pub password_method: Method,
    /// Without it a stolen table of hashes is worth nothing.
    pub password_pepper: Option<String>,
    /// Signs the tokens of other systems; empty when there is none.
    pub jwt_secret: String,
    /// The secret before it: verifies, never signs.
    pub jwt_secret_previous: Option<String>,
    /// Audience that tokens must name in `aud`.
    pub jwt_audience: Option<String>,
    /// Issuer that tokens must name in `iss`.
    pub jwt_issuer: Option<String>,
    /// A token of MessageHub without an end is none.
    pub hub_requires_exp: bool,
    /// A token without the claim `pub` publishes to its own person only (`hopeflow.md` 2).
    pub hopeflow_strict_publish: bool,
    /// Other pages may ask the LiveStore door.
    pub livestore_cors: bool,
    /// People who may open a LiveStore store.
    pub livestore_auth: StoreAuth,
    /// Secret of LiveStore's admin messages.
    pub livestore_admin_secret: Option<String>,
    /// There is one, too short to be used.
    pub livestore_admin_is_weak: bool,
    /// Keys that seal words at rest (`docs/decisions/0018-sealed-bodies.md`).
    pub content_keys: ContentKeys,
    /// Opens what is for whoever runs the deployment.
    pub admin_token: Option<String>,
    /// Team whose members may do the same, instead of the token.
    pub access: Option<AccessTeam>,
    /// Signs what push services are told; without it nothing is.
    pub vapid: Option<Vapid>,
    /// Address that is told of alarms.
    pub alert_url: Option<String>,
    /// The MessageHub door.
    pub hub: HubConfig,
    /// Longest time that the body of a file may take; another time is for tests.
    pub file_ms_max: Millis,
    /// When queues try again, in seconds, instead of later each time; for tests.
    pub queue_retry_s: Option<u32>,
    /// Interval at which objects tell their numbers; shorter for tests.
    pub numbers_report_ms: Millis,
    /// The model that answers for bots.
    pub ai_model: String,
    /// Stands in for it, on a person's machine.
    pub ai_url: Option<String>,
    /// Every request leaves a line; load tests do without (`messagehub.md` 9).
    pub logs_requests: bool,
    /// Data points leave lines, for tests.
    pub logs_points: bool,
    /// Names of people in lines and data points.
    pub pseudonyms: Pseudonyms,
    /// Of many messages one in so many leaves a data point (`messenger.md` 11).
    pub analytics_keep_one_in: u32,
    /// Shown to browsers' counter of page views; without it there is none.
    pub web_analytics_token: Option<String>,
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

    /// A copy of the configuration.
    pub fn read(env: &Env) -> Self {
        Self::of(env).clone()
    }

    fn build(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let environment = match variable("ENV").as_deref() {
            Some("dev") => Environment::Dev,
            _ => Environment::Production,
        };
        let mut reader = Reader { variable, takes_tests: environment == Environment::Dev, problem: None };
        let limits = reader.checked(OperatorLimits::read(variable));
        let rules = reader.checked(Rules::read(variable, reader.takes_tests));
        let (hub, hub_problem) = HubConfig::read(variable, environment, limits.hub_retention_days);
        if let Some(name) = hub_problem {
            reader.complain(name, "usable");
        }
        for (name, words) in [("JURISDICTION", JURISDICTIONS), ("LOCATION_HINT", LOCATION_HINTS)] {
            if variable(name).is_some_and(|word| !words.split(", ").any(|known| known == word)) {
                reader.complain(name, words);
            }
        }
        let public = list(&variable("PUBLIC_ROOMS").unwrap_or_else(|| "general,music,room".into()));
        let by_name = RoomRules { public: Vec::new(), open: true };
        let is_name = |name: &String| RoomId::parse(name, &by_name).is_ok_and(|room| *room.form() == RoomForm::Public);
        if !public.iter().all(is_name) {
            reader.complain("PUBLIC_ROOMS", "a list of room names");
        }
        let allowed_origins = list(&variable("ALLOWED_ORIGINS").unwrap_or_default());
        if !allowed_origins.iter().all(|origin| is_origin(origin)) {
            reader.complain("ALLOWED_ORIGINS", "a list of origins like https://example.org");
        }
        let siteverify_url = reader.test_text("SITEVERIFY_URL").unwrap_or_else(|| SITEVERIFY_URL.to_owned());
        if Url::parse(&siteverify_url).is_err() {
            reader.complain("SITEVERIFY_URL", "an address");
        }
        let alert_url = variable("ALERT_URL");
        if alert_url.as_deref().is_some_and(|url| check_url(url, hub.place()).is_err()) {
            reader.complain("ALERT_URL", "a public address that begins with https");
        }
        let vapid = reader.vapid();
        let web_analytics_token = variable("WEB_ANALYTICS_TOKEN");
        if web_analytics_token.iter().flat_map(|token| token.bytes()).any(|byte| !byte.is_ascii_alphanumeric()) {
            reader.complain("WEB_ANALYTICS_TOKEN", "letters and digits");
        }
        let is_deployed = environment == Environment::Production;
        let given_admin_secret = variable("ADMIN_SECRET");
        let has_admin_secret = given_admin_secret.is_some();
        let livestore_admin_secret = secret("ADMIN_SECRET", Strength::Token, given_admin_secret, is_deployed);
        let better_auth_secret =
            secret("BETTER_AUTH_SECRET", Strength::Key, variable("BETTER_AUTH_SECRET"), is_deployed);
        let password_pepper = secret("PASSWORD_PEPPER", Strength::Key, variable("PASSWORD_PEPPER"), is_deployed);
        Self {
            environment,
            limits,
            rules,
            turnstile_site_key: variable("TURNSTILE_SITE_KEY"),
            turnstile_secret: variable("TURNSTILE_SECRET_KEY"),
            siteverify_url,
            allowed_origins,
            trusts_cf_headers: reader.flag("TRUST_CF_HEADERS", environment == Environment::Dev),
            rooms: RoomRules { public, open: reader.test_flag("OPEN_ROOMS") },
            legacy_ws_query: reader.flag("LEGACY_WS_QUERY", false),
            better_auth_secret: pepper(better_auth_secret, environment),
            better_auth_turnstile: reader.flag("BETTER_AUTH_TURNSTILE", is_deployed),
            packets_at_root: reader.flag("WASMCHANNEL_AT_ROOT", false),
            password_method: reader.method(),
            password_pepper: pepper(password_pepper, environment),
            jwt_secret: variable("JWT_SECRET").unwrap_or_default(),
            jwt_secret_previous: variable("JWT_SECRET_PREVIOUS"),
            jwt_audience: variable("JWT_AUDIENCE"),
            jwt_issuer: variable("JWT_ISSUER"),
            hub_requires_exp: reader.flag("JWT_REQUIRE_EXP", is_deployed),
            hopeflow_strict_publish: reader.flag("HOPEFLOW_STRICT_PUBLISH", false),
            livestore_cors: reader.flag("LIVESTORE_CORS", false),
            livestore_auth: reader.store_auth(environment),
            livestore_admin_is_weak: has_admin_secret && livestore_admin_secret.is_none(),
            livestore_admin_secret,
            content_keys: reader.content_keys(),
            // On a person's machine as well: what the page asks for there is what it asks for elsewhere.
            admin_token: secret("ADMIN_TOKEN", Strength::Token, variable("ADMIN_TOKEN"), true),
            access: AccessTeam::new(
                variable("ACCESS_TEAM"),
                variable("ACCESS_AUD"),
                reader.test_text("ACCESS_CERTS_URL"),
            ),
            vapid,
            alert_url,
            hub,
            file_ms_max: reader.test_text("FILE_MS_MAX").and_then(|text| text.parse().ok()).unwrap_or(FILE_MS_MAX),
            queue_retry_s: reader.test_text("QUEUE_RETRY_S").and_then(|text| text.parse().ok()),
            numbers_report_ms: reader
                .test_text("NUMBERS_REPORT_S")
                .and_then(|text| text.parse::<Millis>().ok())
                .map_or(NUMBERS_REPORT_MS, |seconds| seconds * 1_000),
            ai_model: variable("AI_MODEL").unwrap_or_else(|| AI_MODEL.to_owned()),
            ai_url: variable("AI_URL").filter(|_| environment == Environment::Dev),
            logs_requests: !reader.takes_tests || reader.flag("REQUEST_LOG", true),
            logs_points: reader.test_flag("ANALYTICS_LOG"),
            pseudonyms: pseudonyms(variable, environment),
            analytics_keep_one_in: reader.keep_one_in(),
            web_analytics_token,
            dev_style_origin: variable("DEV_STYLE_ORIGIN").filter(|_| environment == Environment::Dev),
            plug_url: variable("PLUG_URL").filter(|_| environment == Environment::Dev),
            problem: reader.problem,
        }
    }
}

fn text(env: &Env, name: &str) -> Option<String> {
    env.var(name).ok().map(|value| value.to_string()).filter(|value| !value.is_empty())
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(str::to_owned).collect()
}

/// Scheme, host and port, written as browsers write them.
fn is_origin(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| url.as_str().strip_suffix('/') == Some(text) && url.scheme().starts_with("http"))
}

/// Only a person's machine gets by without secrets of its own: everywhere else what needs them fails closed.
fn pepper(given: Option<String>, environment: Environment) -> Option<String> {
    given.or_else(|| (environment == Environment::Dev).then(|| DEV_PEPPER.to_owned()))
}

/// A secret of the deployment. One that is short enough to be guessed counts for none where that is enforced, and a line says so: what
/// needs it fails closed.
fn secret(name: &str, strength: Strength, given: Option<String>, is_enforced: bool) -> Option<String> {
    let is_enough = !is_enforced || given.as_ref().is_none_or(|secret| strength.is_enough(secret.as_bytes()));
    if !is_enough {
        let words = format!("{name} is shorter than {} and opens nothing", strength.words());
        telemetry::fault("config", &Fault(words));
    }
    given.filter(|_| is_enough)
}

/// Made from whichever secret there is. Without any, each isolate has its own names for people: nothing is given away, and nothing
/// fits together.
fn pseudonyms(variable: &dyn Fn(&str) -> Option<String>, environment: Environment) -> Pseudonyms {
    let secrets = ["JWT_SECRET", "BETTER_AUTH_SECRET", "ADMIN_TOKEN", "TURNSTILE_SECRET_KEY"];
    let secret = variable("PASSWORD_PEPPER").or_else(|| secrets.into_iter().find_map(variable));
    match pepper(secret, environment) {
        Some(secret) => Pseudonyms::new(secret.as_bytes()),
        None => Pseudonyms::new(&runtime::random_bytes::<32>()),
    }
}

/// Reads variables and keeps the first complaint.
struct Reader<'a> {
    variable: &'a dyn Fn(&str) -> Option<String>,
    /// Test and load variables count.
    takes_tests: bool,
    problem: Option<String>,
}

impl Reader<'_> {
    /// A ring that cannot be used stops everything, objects that nobody asks included: what they stored now would be readable for good.
    fn content_keys(&mut self) -> ContentKeys {
        match (self.variable)("CONTENT_KEYS").map(|text| ContentKeys::parse(&text)) {
            None => ContentKeys::default(),
            Some(Ok(keys)) => keys,
            Some(Err(error)) => {
                self.problem.get_or_insert_with(|| error.to_string());
                ContentKeys::unusable()
            }
        }
    }

    fn test_text(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|_| self.takes_tests)
    }

    fn test_flag(&mut self, name: &str) -> bool {
        self.takes_tests && self.flag(name, false)
    }

    fn flag(&mut self, name: &str, default: bool) -> bool {
        match (self.variable)(name).as_deref() {
            None => default,
            Some("1") => true,
            Some("0") => false,
            Some(_) => {
                self.complain(name, "0 or 1");
                default
            }
        }
    }

    /// What was read elsewhere, with the complaint about it.
    fn checked<T>(&mut self, (value, complaint): (T, Option<String>)) -> T {
        self.problem = self.problem.take().or(complaint);
        value
    }

    /// In production nobody fills stores at the owner's cost unless the owner says so.
    fn store_auth(&mut self, environment: Environment) -> StoreAuth {
        match (self.variable)("LIVESTORE_AUTH").as_deref() {
            Some("open") => StoreAuth::Open,
            Some("jwt") => StoreAuth::Jwt,
            None if environment == Environment::Dev => StoreAuth::Open,
            None => StoreAuth::Jwt,
            Some(_) => {
                self.complain("LIVESTORE_AUTH", "open or jwt");
                StoreAuth::Jwt
            }
        }
    }

    /// One without the other is a mistake: there is no push where neither is.
    fn vapid(&mut self) -> Option<Vapid> {
        let (secret, subject) = ((self.variable)("VAPID_PRIVATE_KEY"), (self.variable)("VAPID_SUBJECT"));
        if secret.is_none() && subject.is_none() {
            return None;
        }
        let secret = secret.as_deref().and_then(vapid_key);
        let subject = subject.filter(|subject| ["mailto:", "https:"].iter().any(|scheme| subject.starts_with(scheme)));
        if secret.is_none() {
            self.complain("VAPID_PRIVATE_KEY", "32 bytes in base64url");
        }
        if subject.is_none() {
            self.complain("VAPID_SUBJECT", "an address that begins with mailto: or https:");
        }
        secret.zip(subject).map(|(secret, subject)| Vapid { secret, subject })
    }

    fn keep_one_in(&mut self) -> u32 {
        let text = (self.variable)("ANALYTICS_SAMPLE").unwrap_or_else(|| "1".to_owned());
        // The platform reads it: our own reader of fractions would weigh more than all that is sampled.
        let share = js_sys::parse_float(&text);
        if share > 0.0 && share <= 1.0 {
            return (1.0 / share).round() as u32;
        }
        self.complain("ANALYTICS_SAMPLE", "a share above 0 and up to 1");
        1
    }

    fn method(&mut self) -> Method {
        let name = (self.variable)("KDF").unwrap_or_else(|| "argon2id".to_owned());
        Method::named(&name).unwrap_or_else(|| {
            self.complain("KDF", "argon2id or pbkdf2");
            Method::Pbkdf2 { rounds: PBKDF2_ROUNDS }
        })
    }

    fn complain(&mut self, name: &str, expected: &str) {
        self.problem.get_or_insert_with(|| format!("the variable {name} is not {expected}"));
    }
}
