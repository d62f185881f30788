//! Variables of the MessageHub door (`messagehub.md` 5, 7, 8).

use protocol::machines::hub::HubRetention;
use protocol::machines::webhook::HookRow;
use protocol::trust::guard::UrlPolicy;
use protocol::wire::messagehub::{read_connectors, read_static_hooks};

use super::environment::Environment;

/// The public resolver.
const DOH_URL: &str = "https://cloudflare-dns.com/dns-query";

#[derive(Clone, Debug)]
pub struct HubConfig {
    /// Callers without a token may read and write.
    pub is_open: bool,
    /// Signs this door's tokens in the place of `JWT_SECRET`.
    pub jwt_secret: Option<String>,
    /// The secret before it: verifies, never signs.
    pub jwt_secret_previous: Option<String>,
    /// Pages that may open sockets; none: all.
    pub origins: Vec<String>,
    pub retention: HubRetention,
    /// Receivers that the deployment names, each with its room or `*`.
    fixed_hooks: Vec<(String, HookRow)>,
    /// Hosts of the deployment's own pages: calling them would be a loop.
    own_hosts: Vec<String>,
    /// Receivers on this machine may be called, without encryption: for tests.
    pub allows_private: bool,
    /// Address of the resolver for the names of receivers.
    pub doh_url: String,
    /// Rooms make their attempts themselves, also where there is a queue: for tests.
    pub delivers_itself: bool,
    pub email_from: String,
}

impl HubConfig {
    /// Reads the variables. The second value is a complaint about one that is not usable.
    pub fn read(
        variable: &dyn Fn(&str) -> Option<String>,
        environment: Environment,
        days: u64,
    ) -> (Self, Option<String>) {
        let is_production = environment == Environment::Production;
        let test_flag = |name: &str| !is_production && variable(name).as_deref() == Some("1");
        let allows_private = test_flag("WEBHOOK_ALLOW_PRIVATE");
        let (is_open, auth_problem) = match variable("HUB_AUTH").as_deref() {
            Some("open") => (true, None),
            Some("required") => (false, None),
            None => (environment == Environment::Dev, None),
            Some(_) => (false, Some("HUB_AUTH")),
        };
        let own_hosts = hosts_of(&variable("ALLOWED_ORIGINS").unwrap_or_default());
        let place = UrlPolicy { own_hosts: &own_hosts, allows_loopback: allows_private, ..UrlPolicy::default() };
        let hooks = variable("HUB_WEBHOOKS").map(|text| read_static_hooks(&text, place));
        let connectors = variable("HUB_CONNECTORS").map(|text| read_connectors(&text));
        let hooks_problem = matches!(hooks, Some(None)).then_some("HUB_WEBHOOKS");
        let connectors_problem = matches!(connectors, Some(None)).then_some("HUB_CONNECTORS");
        let fixed = |(room, hook): (String, protocol::machines::hub::Hook)| {
            let row = HookRow::fixed(hook.id, hook.url, hook.secret.text());
            (room, HookRow { is_active: hook.is_active, is_ordered: hook.is_ordered, ..row })
        };
        let mut fixed_hooks: Vec<(String, HookRow)> =
            hooks.flatten().unwrap_or_default().into_iter().map(fixed).collect();
        let connectors = connectors.flatten().unwrap_or_default().into_iter().enumerate();
        fixed_hooks.extend(
            connectors.map(|(at, (room, url))| (room, HookRow::fixed(format!("connector-{at}"), url, String::new()))),
        );
        let origins = variable("HUB_ORIGINS").unwrap_or_default();
        let config = Self {
            is_open,
            jwt_secret: variable("HUB_JWT_SECRET"),
            jwt_secret_previous: variable("HUB_JWT_SECRET_PREVIOUS"),
            origins: origins.split(',').map(str::trim).filter(|origin| !origin.is_empty()).map(str::to_owned).collect(),
            retention: HubRetention::of_days(days),
            fixed_hooks,
            own_hosts,
            allows_private,
            doh_url: variable("DOH_URL").unwrap_or_else(|| DOH_URL.to_owned()),
            delivers_itself: test_flag("HUB_DELIVERS_ITSELF"),
            email_from: variable("EMAIL_FROM").unwrap_or_default(),
        };
        let problem = auth_problem.or(hooks_problem).or(connectors_problem);
        (config, problem.map(|name| format!("the variable {name} is not usable")))
    }

    /// Returns what is known of our own place wherever an address is looked at; a door knows its request's host besides.
    pub fn place(&self) -> UrlPolicy<'_> {
        UrlPolicy { own_hosts: &self.own_hosts, allows_loopback: self.allows_private, ..UrlPolicy::default() }
    }

    /// The deployment's receivers for a room.
    pub fn hooks_of(&self, room: &str) -> Vec<HookRow> {
        let is_meant = |(wanted, _): &&(String, HookRow)| wanted == "*" || wanted == room;
        self.fixed_hooks.iter().filter(is_meant).map(|(_, hook)| hook.clone()).collect()
    }
}

/// Hosts of origins, without scheme and port.
fn hosts_of(origins: &str) -> Vec<String> {
    let host = |origin: &str| worker::Url::parse(origin.trim()).ok()?.host_str().map(str::to_owned);
    origins.split(',').filter_map(host).collect()
}
