//! `/admin`: what whoever runs the deployment sees of it. Plain HTML from the server, in which every button is a form: it needs no
//! script, and no browser takes it over. What is shown was measured elsewhere (`server::admin`); here it is written down.

use std::fmt::Write as _;

use protocol::event::Millis;
use protocol::iso::iso_utc;
use protocol::json::Value;

use crate::i18n::{Locale, ServerTexts, t_string};
use crate::page_files::page_files;

/// The page's own sheet, beside that of the pages without a script.
const SHEET: &str = "/pkg/admin.css";
/// Where the pages for alarms are served (`docs/runbooks`).
const RUNBOOKS: &str = "/assets/runbooks";
/// Readings are this far apart, and as many of them are drawn.
const READING_MS: Millis = 300_000;
const READINGS: u64 = 288;
/// How high a chart is, in its own units.
const CHART: u64 = 60;

/// Whoever has not shown yet that they run the deployment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// They did not try.
    No,
    /// That was not the token.
    Wrong,
    /// They tried too often.
    TooFast,
}

/// Switches that do something.
pub const SWITCHES: [&str; 6] = ["websocket", "sse", "longpoll", "webhooks", "bot_enabled", "maintenance"];

/// An alarm that is up.
#[derive(Debug)]
pub struct AlarmLine {
    /// Its name, which is that of its page.
    pub name: &'static str,
    /// Since when.
    pub since: Millis,
    /// The number when it was looked at last.
    pub value: u64,
}

/// How things were: sockets; and messages and refusals since there is the deployment.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// When.
    pub at: Millis,
    /// Open sockets.
    pub sockets: u64,
    /// Messages.
    pub messages: u64,
    /// Refusals by a limit.
    pub refused: u64,
}

/// What the audit log was searched for, as it was typed.
#[derive(Debug, Default)]
pub struct Sought {
    /// Who or whom.
    pub who: String,
    /// What.
    pub what: String,
    /// From this day on.
    pub from: String,
    /// Until before this day.
    pub until: String,
    /// Only rows before this one: not the first page.
    pub before: Option<u64>,
}

/// What the page shows.
#[derive(Debug)]
pub struct AdminPage {
    /// When it was made.
    pub now: Millis,
    /// Who looks.
    pub owner: String,
    /// What forms prove with that they come from this page.
    pub csrf: String,
    /// They are here by a cookie, which can be taken away.
    pub can_leave: bool,
    /// Alarms that are up.
    pub alarms: Vec<AlarmLine>,
    /// News of alarms that the receiver has not taken; `None` without a receiver.
    pub untold: Option<u64>,
    /// Logs with open sockets.
    pub live: u64,
    /// Some of them, with most sockets.
    pub busiest: Vec<(String, u64)>,
    /// Sockets by door.
    pub sockets: Vec<(String, u64)>,
    /// Accounts, guests, logs.
    pub known: [u64; 3],
    /// What waits, and what was given up.
    pub outbox: u64,
    /// See above.
    pub dead_letters: u64,
    /// Rows that no key opens.
    pub unreadable: u64,
    /// Calls of the model: made, and as many as a day has; `None` when their ledger does not answer.
    pub quota: Option<(u64, u64)>,
    /// The last day.
    pub points: Vec<Point>,
    /// Writes by how long they took, each bucket by itself.
    pub commits: Vec<u64>,
    /// Switches and whether they are on.
    pub flags: Vec<(&'static str, bool)>,
    /// The search.
    pub sought: Sought,
    /// Its rows and the row before which older ones are.
    pub found: Result<(Vec<Value>, Option<u64>), NoRows>,
}

/// Why the audit log shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoRows {
    /// The search cannot be read.
    BadSearch,
    /// The database does not answer.
    Away,
}

/// The page on which the token is asked for.
pub fn door(locale: Locale, theme: Option<&str>, refused: Refused) -> String {
    let t = ServerTexts(locale);
    let said = match refused {
        Refused::No => String::new(),
        Refused::Wrong => bar("error", t_string!(t, admin.wrong)),
        Refused::TooFast => bar("error", t_string!(t, admin.too_fast)),
    };
    let (hint, token, enter) = (t_string!(t, admin.for_owners), t_string!(t, admin.token), t_string!(t, admin.enter));
    let body = format!(
        "{said}<p>{hint}</p><form method=\"post\" action=\"/admin\" class=\"admin-search\"><input type=\"hidden\" name=\"do\" value=\"enter\">\
         <label>{token} <input class=\"field\" type=\"password\" name=\"token\" autocomplete=\"current-password\" required></label>\
         <button class=\"btn\" data-kind=\"default\">{enter}</button></form>"
    );
    document(locale, theme, "", &body)
}

/// The page.
pub fn admin(locale: Locale, theme: Option<&str>, page: &AdminPage) -> String {
    let t = ServerTexts(locale);
    let mut out = String::new();
    write_alarms(t, page, &mut out);
    write_now(t, page, &mut out);
    write_charts(t, page, &mut out);
    write_switches(t, page, &mut out);
    write_audit(t, page, &mut out);
    let leave = if page.can_leave {
        let leave = t_string!(t, admin.leave);
        format!("{}<button class=\"btn\">{leave}</button></form>", form(page, "leave"))
    } else {
        String::new()
    };
    let owner = format!("<b class=\"clip\">{}</b>{leave}", escaped(&page.owner));
    document(locale, theme, &owner, &out)
}

fn document(locale: Locale, theme: Option<&str>, owner: &str, body: &str) -> String {
    let t = ServerTexts(locale);
    let (lang, other) = (locale.as_str(), if locale == Locale::De { "en" } else { "de" });
    let theme = theme.map(|theme| format!(" data-theme=\"{theme}\"")).unwrap_or_default();
    let (title, other_name) = (t_string!(t, admin.title), t_string!(t, admin.other_language));
    let sign_in_css = &page_files().sign_in_css;
    format!(
        "<!DOCTYPE html><html lang=\"{lang}\"{theme}><head><meta charset=\"utf-8\"><title>{title} – CF Messenger</title>\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"robots\" content=\"noindex\">\
         <link rel=\"stylesheet\" href=\"{sign_in_css}\"><link rel=\"stylesheet\" href=\"{SHEET}\">\
         <link rel=\"icon\" href=\"/favicon.svg\" type=\"image/svg+xml\"></head><body class=\"page\"><div class=\"desk\" aria-hidden=\"true\"></div>\
         <main class=\"centre\"><article class=\"window paper admin\" aria-labelledby=\"admin\"><div class=\"window-body\">\
         <div class=\"paper-ways\">{owner}<a href=\"/admin?lang={other}\" hreflang=\"{other}\" lang=\"{other}\">{other_name}</a></div>\
         <div class=\"paper-text\"><h1 id=\"admin\">{title}</h1>{body}</div></div></article></main></body></html>"
    )
}

fn write_alarms(t: ServerTexts, page: &AdminPage, out: &mut String) {
    let _ = write!(out, "<h2>{}</h2>", t_string!(t, admin.alarms));
    if page.alarms.is_empty() {
        out.push_str(&bar("ok", t_string!(t, admin.quiet)));
    }
    for AlarmLine { name, since, value } in &page.alarms {
        let words = match *name {
            "quota" => t_string!(t, admin.quota),
            "outbox" => t_string!(t, admin.outbox),
            "keys" => t_string!(t, admin.unreadable),
            _ => t_string!(t, admin.dead_letters),
        };
        let (word, runbook) = (t_string!(t, admin.since), t_string!(t, admin.runbook));
        let line = format!(
            "<span><b>{words}: {value}</b>, {word} {} · <a href=\"{RUNBOOKS}/{name}.txt\" hreflang=\"en\">{runbook}</a></span>",
            time(*since)
        );
        out.push_str(&bar("error", &line));
    }
    match page.untold {
        None => drop(write!(out, "<p>{}</p>", t_string!(t, admin.no_receiver))),
        Some(0) => {}
        Some(untold) => drop(write!(out, "<p>{}: {untold}</p>", t_string!(t, admin.untold))),
    }
}

fn write_now(t: ServerTexts, page: &AdminPage, out: &mut String) {
    let [accounts, guests, rooms] = page.known;
    let _ = write!(out, "<h2>{}</h2><dl class=\"admin-now\">", t_string!(t, admin.now));
    let mut fact = |name: &str, value: &str| {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    };
    for (door, sockets) in &page.sockets {
        fact(&format!("{} ({})", t_string!(t, admin.sockets), escaped(door)), &sockets.to_string());
    }
    fact(t_string!(t, admin.live), &page.live.to_string());
    if let [.., before, last] = page.points.as_slice() {
        fact(t_string!(t, admin.rate), &last.messages.saturating_sub(before.messages).to_string());
    }
    fact(t_string!(t, admin.outbox), &page.outbox.to_string());
    fact(t_string!(t, admin.dead_letters), &page.dead_letters.to_string());
    fact(t_string!(t, admin.unreadable), &page.unreadable.to_string());
    let quota = page.quota.map(|(used, limit)| format!("{used} / {limit}"));
    fact(t_string!(t, admin.quota), quota.as_deref().unwrap_or("?"));
    fact(t_string!(t, admin.accounts), &accounts.to_string());
    fact(t_string!(t, admin.guests), &guests.to_string());
    fact(t_string!(t, admin.rooms), &rooms.to_string());
    out.push_str("</dl>");
    if !page.busiest.is_empty() {
        let _ = write!(out, "<h2>{}</h2>", t_string!(t, admin.busiest));
        table(out, &[t_string!(t, admin.conversation), t_string!(t, admin.sockets)]);
        for (name, sockets) in &page.busiest {
            let _ = write!(out, "<tr><th scope=\"row\">{}</th><td>{sockets}</td></tr>", escaped(name));
        }
        out.push_str("</tbody></table></div>");
    }
}

fn write_charts(t: ServerTexts, page: &AdminPage, out: &mut String) {
    let _ = write!(out, "<h2>{}</h2>", t_string!(t, admin.last_day));
    let place = |at: Millis| (READINGS - 1).checked_sub(page.now.saturating_sub(at) / READING_MS);
    // Of what only grows a chart shows by how much.
    let steps = |of: fn(&Point) -> u64| -> Vec<(u64, u64)> {
        let step = |pair: &[Point]| match pair {
            [before, last] => Some((place(last.at)?, of(last).saturating_sub(of(before)))),
            _ => None,
        };
        page.points.windows(2).filter_map(step).collect()
    };
    let sockets: Vec<(u64, u64)> = page.points.iter().filter_map(|it| Some((place(it.at)?, it.sockets))).collect();
    if sockets.is_empty() {
        let _ = write!(out, "<p>{}</p>", t_string!(t, admin.no_readings));
    } else {
        chart(t, t_string!(t, admin.messages_chart), READINGS, &steps(|it| it.messages), out);
        chart(t, t_string!(t, admin.sockets_chart), READINGS, &sockets, out);
        chart(t, t_string!(t, admin.refused_chart), READINGS, &steps(|it| it.refused), out);
    }
    let commits: Vec<(u64, u64)> = (0..).zip(page.commits.iter().copied()).collect();
    if commits.iter().any(|(_, count)| *count > 0) {
        chart(t, t_string!(t, admin.commits_chart), commits.len() as u64, &commits, out);
    }
}

/// Bars at their places, and in words what a glance would tell.
fn chart(t: ServerTexts, title: &str, width: u64, bars: &[(u64, u64)], out: &mut String) {
    let most = bars.iter().map(|(_, value)| *value).max().unwrap_or(0);
    let mut path = String::new();
    for (at, value) in bars.iter().filter(|(_, value)| *value > 0) {
        let _ = write!(path, "M{at}.5 {CHART}V{}", CHART - (value * CHART).div_ceil(most.max(1)));
    }
    // Of writes that took so long nobody wants to hear of the longest alone.
    let words = if width == READINGS {
        let last = bars.last().map_or(0, |(_, value)| *value);
        format!(": {} {last}, {} {most}", t_string!(t, admin.lately), t_string!(t, admin.most))
    } else {
        let counts: Vec<String> = bars.iter().map(|(_, value)| value.to_string()).collect();
        format!(": {}", counts.join(", "))
    };
    let _ = write!(
        out,
        "<figure class=\"admin-chart\"><svg viewBox=\"0 0 {width} {CHART}\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"{title}\">\
         <path d=\"{path}\"/></svg><figcaption>{title}{words}</figcaption></figure>"
    );
}

fn write_switches(t: ServerTexts, page: &AdminPage, out: &mut String) {
    let _ = write!(out, "<h2>{}</h2>", t_string!(t, admin.switches));
    table(out, &[t_string!(t, admin.switch), t_string!(t, admin.state), ""]);
    for (name, is_on) in page.flags.iter().filter(|(name, _)| SWITCHES.contains(name)) {
        let words = match *name {
            "websocket" => t_string!(t, admin.websocket),
            "sse" => t_string!(t, admin.sse),
            "longpoll" => t_string!(t, admin.longpoll),
            "webhooks" => t_string!(t, admin.webhooks),
            "bot_enabled" => t_string!(t, admin.bots),
            _ => t_string!(t, admin.maintenance),
        };
        let state = if *is_on { t_string!(t, admin.on) } else { t_string!(t, admin.off) };
        let turn = if *is_on { t_string!(t, admin.turn_off) } else { t_string!(t, admin.turn_on) };
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{words}</th><td>{state}</td><td>{}<input type=\"hidden\" name=\"flag\" value=\"{name}\">\
             <input type=\"hidden\" name=\"to\" value=\"{}\"><button class=\"btn\" data-kind=\"small\">{turn}\
             <span class=\"visually-hidden\"> – {words}</span></button></form></td></tr>",
            form(page, "turn"),
            !is_on
        );
    }
    out.push_str("</tbody></table></div>");
}

fn write_audit(t: ServerTexts, page: &AdminPage, out: &mut String) {
    let Sought { who, what, from, until, before } = &page.sought;
    let _ = write!(
        out,
        // The time is for browsers: they would not ask again for the address that they show, if it ends in a fragment.
        "<h2 id=\"audit\">{}</h2><form class=\"admin-search\" action=\"/admin#audit\"><input type=\"hidden\" name=\"at\" value=\"{}\">",
        t_string!(t, admin.audit),
        page.now
    );
    let mut field = |label: &str, kind: &str, name: &str, value: &str| {
        let value = escaped(value);
        let _ = write!(
            out,
            "<label>{label} <input class=\"field\" type=\"{kind}\" name=\"{name}\" value=\"{value}\" maxlength=\"256\"></label>"
        );
    };
    field(t_string!(t, admin.who), "text", "who", who);
    field(t_string!(t, admin.what), "text", "what", what);
    field(t_string!(t, admin.from), "date", "from", from);
    field(t_string!(t, admin.until), "date", "until", until);
    let _ = write!(out, "<button class=\"btn\">{}</button></form>", t_string!(t, admin.search));
    let (rows, older) = match &page.found {
        Ok(found) => found,
        Err(NoRows::BadSearch) => return out.push_str(&bar("error", t_string!(t, admin.bad_search))),
        Err(NoRows::Away) => return out.push_str(&bar("error", t_string!(t, admin.no_log))),
    };
    if rows.is_empty() {
        let _ = write!(out, "<p>{}</p>", t_string!(t, admin.nothing));
    } else {
        let (whom, act) = (t_string!(t, admin.who), t_string!(t, admin.what));
        table(out, &[t_string!(t, admin.time), whom, act, t_string!(t, admin.network), t_string!(t, admin.result)]);
        rows.iter().for_each(|row| write_row(row, out));
        out.push_str("</tbody></table></div>");
    }
    let same = format!("/admin?who={}&amp;what={}&amp;from={from}&amp;until={until}", coded(who), coded(what));
    out.push_str("<p class=\"admin-pages\">");
    if before.is_some() {
        let _ = write!(out, "<a href=\"{same}#audit\">{}</a>", t_string!(t, admin.newest));
    }
    if let Some(older) = older {
        let _ = write!(out, "<a href=\"{same}&amp;before={older}#audit\">{}</a>", t_string!(t, admin.older));
    }
    out.push_str("</p>");
}

fn write_row(row: &Value, out: &mut String) {
    let text = |name: &str| escaped(row.get(name).and_then(Value::as_str).unwrap_or_default());
    let at = row.get("ts").and_then(Value::as_u64).unwrap_or(0);
    let (actor, target) = (text("actor"), text("target"));
    let between = if actor.is_empty() || target.is_empty() { "" } else { " → " };
    let _ = write!(
        out,
        "<tr><td>{}</td><td>{actor}{between}{target}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        time(at),
        text("action"),
        text("ip"),
        text("result")
    );
}

/// Begins a table, which scrolls in itself where it is too wide.
fn table(out: &mut String, heads: &[&str]) {
    out.push_str("<div class=\"admin-table\" tabindex=\"0\"><table><thead><tr>");
    for head in heads {
        let kind = if head.is_empty() { "td" } else { "th" };
        let _ = write!(out, "<{kind}>{head}</{kind}>");
    }
    out.push_str("</tr></thead><tbody>");
}

/// Begins a form that does something.
fn form(page: &AdminPage, action: &str) -> String {
    format!(
        "<form method=\"post\" action=\"/admin\"><input type=\"hidden\" name=\"csrf\" value=\"{}\">\
         <input type=\"hidden\" name=\"do\" value=\"{action}\">",
        page.csrf
    )
}

pub(super) fn bar(kind: &str, html: &str) -> String {
    format!("<div class=\"bar\" data-kind=\"{kind}\" role=\"status\">{html}</div>")
}

/// To the second, as in the audit log.
fn time(at: Millis) -> String {
    let time = iso_utc(at);
    let shown = time.split('.').next().unwrap_or_default().replace('T', " ");
    format!("<time datetime=\"{time}\">{shown}</time>")
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// As a value in a query.
fn coded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte as char),
            _ => drop(write!(out, "%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty() -> AdminPage {
        AdminPage {
            now: 1_795_000_000_000,
            owner: "a@b.example".into(),
            csrf: "c".into(),
            can_leave: true,
            alarms: Vec::new(),
            untold: None,
            live: 0,
            busiest: Vec::new(),
            sockets: Vec::new(),
            known: [0; 3],
            outbox: 0,
            dead_letters: 0,
            unreadable: 0,
            quota: Some((0, 10_000)),
            points: Vec::new(),
            commits: Vec::new(),
            flags: SWITCHES.map(|name| (name, name != "maintenance")).to_vec(),
            sought: Sought::default(),
            found: Ok((Vec::new(), None)),
        }
    }

    #[test]
    fn rows_that_no_key_opens_are_an_alarm_in_both_languages() {
        let line = AlarmLine { name: "keys", since: 1_795_000_000_000, value: 3 };
        let page = AdminPage { alarms: vec![line], unreadable: 3, ..empty() };
        for (locale, words) in
            [(Locale::En, "Rows that no key opens"), (Locale::De, "Zeilen, die kein Schlüssel öffnet")]
        {
            let html = admin(locale, None, &page);
            assert!(html.contains(&format!("<b>{words}: 3</b>")) && html.contains("/keys.txt"), "{html}");
            assert!(html.contains(&format!("<dt>{words}</dt><dd>3</dd>")), "{html}");
        }
    }

    #[test]
    fn what_came_from_outside_is_text() {
        let row = Value::parse(r#"{"ts":0,"actor":"<b>","action":"login","target":"\"&","result":"ok"}"#).unwrap();
        let sought = Sought { who: "\"><script>".into(), ..Sought::default() };
        let page = AdminPage {
            owner: "<i>".into(),
            busiest: vec![("rm:<a>".into(), 2)],
            sought,
            found: Ok((vec![row], Some(7))),
            ..empty()
        };
        let html = admin(Locale::En, None, &page);
        for bad in ["<b>&", "<script", "<i>", "<a>"] {
            assert!(!html.contains(bad), "{bad}");
        }
        assert!(html.contains("&lt;b> → &quot;&amp;") && html.contains("who=%22%3E%3Cscript%3E&amp;"));
        assert!(html.contains("&amp;before=7#audit") && html.contains("1970-01-01 00:00:00"));
    }

    #[test]
    fn bars_stand_where_their_time_is_and_none_is_higher_than_the_chart() {
        let now = empty().now;
        let point = |ago: u64, messages: u64| Point { at: now - ago * READING_MS, sockets: 2, messages, refused: 0 };
        let points = vec![point(300, 1), point(2, 10), point(1, 40), point(0, 41)];
        let html = admin(Locale::En, None, &AdminPage { points, ..empty() });
        let (at, _) = html.match_indices("<path d=\"").next().unwrap();
        let path = html[at + 9..].split('"').next().unwrap();
        assert_eq!(path, "M285.5 60V42M286.5 60V0M287.5 60V58");
        assert!(html.contains("Messages, each five minutes: lately 1, at most 30</figcaption>"));
        assert_eq!(html.matches("<svg").count(), 3, "nothing was written yet");
    }

    #[test]
    fn every_form_that_does_something_proves_where_it_comes_from() {
        for locale in [Locale::En, Locale::De] {
            let html = admin(locale, Some("glass"), &empty());
            let posts = html.matches("method=\"post\"").count();
            assert_eq!((posts, html.matches("name=\"csrf\" value=\"c\"").count()), (SWITCHES.len() + 1, posts));
            assert!(!html.contains(" style=") && !html.contains("<script"));
        }
        let door = door(Locale::De, None, Refused::Wrong);
        assert!(door.contains("lang=\"de\"") && door.contains("Das ist nicht das Token."));
    }
}
