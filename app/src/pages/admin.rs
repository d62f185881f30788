//! `/admin`: the operators' page. The server renders it alone, and every button is a form: no script and no hydration. The page only
//! formats values that `server::admin` has measured.

mod audit;
mod audit_actions;
mod charts;
pub mod content;
mod done;
mod elements;
mod lists;
mod moderation;
mod now;
mod recovery;
mod reports;
mod rules;
mod sections;

use protocol::operation::alarms::Alarm;

use self::audit::AuditLog;
pub use self::audit_actions::sought_actions;
use self::charts::{Day, LastDay, commits_chart, day_charts};
use self::content::{AdminPage, RaisedAlarm};
use self::done::{DonePlace, done_notice};
use self::elements::{Table, Time};
use self::lists::{DeadLogs, RoomExceptions};
use self::moderation::Moderation;
use self::now::{Now, figures};
use self::recovery::Recovery;
use self::reports::{OpenReports, Reports};
use self::rules::WritingRules;
use self::sections::{Section, Sections};
use super::document::{Document, Notice, PaperWindow, render, words_about};
use super::languages::other_languages;
use crate::appearance::Appearance;
use crate::ui::prelude::*;

/// Style sheet of the page, beside that of the pages without a script.
const SHEET: &str = "/pkg/admin.css";
/// Classes of the window, for tables and for the one form of the door.
const WIDE: &str = "window paper admin";
const NARROW: &str = "window paper admin admin-door";
/// Path of the runbooks for alarms (`docs/runbooks`).
const RUNBOOKS: &str = "/assets/runbooks";

/// Reason why a visitor is not admitted as an operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessRefusal {
    /// The visitor sent no token.
    No,
    /// The token is wrong.
    Wrong,
    /// There were too many tries.
    TooFast,
}

/// Switches that have an effect.
pub const SWITCHES: [&str; 6] = ["websocket", "sse", "longpoll", "webhooks", "bot_enabled", "maintenance"];

/// Renders the page that asks for the token. The next page names the person of `role` in the form of roles.
pub fn door(appearance: &Appearance, refused: AccessRefusal, role: Option<&str>) -> String {
    let t = ServerTexts(appearance.locale());
    let action = role.map_or_else(|| "/admin".to_owned(), role_form_path);
    document(appearance, NARROW, || ().erase(), move || view! { <TokenForm t refused action /> }.erase())
}

/// Returns the path of the page with a person in the form of roles.
pub fn role_form_path(user: &str) -> String {
    format!("/admin?role={user}#people")
}

pub fn admin(appearance: &Appearance, page: AdminPage) -> String {
    let t = ServerTexts(appearance.locale());
    let (owner, leave) = (page.owner.clone(), page.can_leave.then(|| page.csrf.clone()));
    document(appearance, WIDE, move || view! { <OwnerBar t owner leave /> }.erase(), move || page_content(t, page))
}

/// Renders what needs an operator at once, and the sections below it.
fn page_content(t: ServerTexts, page: AdminPage) -> ErasedView {
    let day = Day::of(&page);
    let (figures, charts, commits) = (figures(t, &page, &day), day_charts(t, &day), commits_chart(t, &page));
    let AdminPage { now, csrf, alarms, unsent, busiest, flags, recovery, staff, people, writing, .. } = page;
    let (dead_logs, exceptions, role_form, queue) = (page.dead_logs, page.exceptions, page.role_form, page.reports);
    let (sought, found, open, oldest_at) = (page.sought, page.found, queue.open, queue.oldest_at);
    let (is_reason_wrong, is_rule_wrong) = (queue.has_wrong_reason(), writing.unusable.is_some());
    let present = view! {
        <Now t figures busiest />
        <DeadLogs t logs=dead_logs />
        <LastDay t charts commits />
    }
    .erase();
    let done = [DonePlace::Reports, DonePlace::Roles, DonePlace::Objections];
    let [done_report, done_role, done_objection] = done.map(|at| done_notice(t, page.done.as_ref(), &people, at));
    let reports = view! { {done_report} <Reports t csrf=csrf.clone() queue people=people.clone() /> }.erase();
    let moderation = view! {
        <Moderation t csrf=csrf.clone() staff people=people.clone() role_form done_role done_objection />
        <Recovery t csrf=csrf.clone() recovery />
    }
    .erase();
    let rules = view! { <WritingRules t csrf=csrf.clone() writing /> }.erase();
    let switches = view! {
        <Switches t csrf=csrf.clone() flags />
        <RoomExceptions t csrf exceptions />
    }
    .erase();
    let audit = view! { <AuditLog t now sought found people /> }.erase();
    let section = |id, link, title, content| Section { id, is_at_field: false, link, title, content };
    let named = |id, title, content| section(id, title, title, content);
    let sections = vec![
        named("now", t_string!(t, admin.now), present),
        Section { is_at_field: is_reason_wrong, ..named("reports", t_string!(t, reports.title), reports) },
        named("people", t_string!(t, admin_sections.people), moderation),
        Section {
            is_at_field: is_rule_wrong,
            ..section("rules", t_string!(t, admin_sections.rules), t_string!(t, writing_rules.title), rules)
        },
        named("switches", t_string!(t, admin.switches), switches),
        named("audit", t_string!(t, admin.audit), audit),
    ];
    view! {
        <OpenReports t open oldest_at />
        <Alarms t alarms unsent />
        <Sections label=t_string!(t, admin_sections.label) sections />
    }
    .erase()
}

fn document(
    appearance: &Appearance,
    class: &'static str,
    owner: impl FnOnce() -> ErasedView,
    content: impl FnOnce() -> ErasedView,
) -> String {
    let locale = appearance.locale();
    let title = t_string!(ServerTexts(locale), admin.title);
    render(|| {
        let owner = owner();
        let actions = view! { {owner} {other_languages(locale, "/admin")} }.erase();
        let content = content();
        view! {
            <Document appearance=appearance.clone() title sheet=SHEET>
                <PaperWindow class=class id="admin" title actions>
                    {content}
                </PaperWindow>
            </Document>
        }
    })
}

#[component]
fn TokenForm(t: ServerTexts, refused: AccessRefusal, action: String) -> impl IntoView {
    let is_wrong = refused == AccessRefusal::Wrong;
    let is_too_fast = refused == AccessRefusal::TooFast;
    view! {
        {is_too_fast.then(|| view! { <Notice kind="error">{t_string!(t, admin.too_fast)}</Notice> })}
        <p>{t_string!(t, admin.for_owners)}</p>
        <form method="post" action=action class="admin-search">
            <input type="hidden" name="do" value="enter" />
            <label>
                {format!("{} ", t_string!(t, admin.token))}
                <input
                    class="field"
                    type="password"
                    name="token"
                    autocomplete="current-password"
                    required
                    autofocus=is_wrong
                    aria-invalid=is_wrong.then_some("true")
                    aria-describedby=is_wrong.then_some("token-refusal")
                />
            </label>
            <button class="btn" data-kind="default">
                {t_string!(t, admin.enter)}
            </button>
        </form>
        {is_wrong.then(|| field_refusal("token", text(move || t_string!(t, admin.wrong))))}
    }
}

/// Returns the words for an operator who came with the service token (`owner`); members of a team have their addresses.
fn operator_name(t: ServerTexts, actor: &str) -> &str {
    if actor == "owner" { t_string!(t, admin.operator) } else { actor }
}

/// Name of the operator; with a CSRF token, also the button that signs out.
#[component]
fn OwnerBar(t: ServerTexts, owner: String, leave: Option<String>) -> impl IntoView {
    let leave = leave.map(|csrf| {
        view! {
            <OwnerForm action="leave" place="" csrf>
                <button class="btn">{t_string!(t, admin.leave)}</button>
            </OwnerForm>
        }
    });
    view! {
        <b class="clip">{operator_name(t, &owner).to_owned()}</b>
        {leave}
    }
}

#[component]
fn Alarms(t: ServerTexts, alarms: Vec<RaisedAlarm>, unsent: Option<u64>) -> impl IntoView {
    let quiet = alarms.is_empty().then(|| view! { <Notice kind="ok">{t_string!(t, admin.quiet)}</Notice> });
    let unsent = match unsent {
        None => Some(t_string!(t, admin.no_receiver).to_owned()),
        Some(0) => None,
        Some(unsent) => Some(t_string!(t, conversation.named, name = t_string!(t, admin.untold), words = unsent)),
    };
    view! {
        <h2>{t_string!(t, admin.alarms)}</h2>
        {quiet}
        {alarms.into_iter().map(|alarm| view! { <AlarmNotice t alarm /> }).collect::<Vec<_>>()}
        {unsent.map(|words| view! { <p>{words}</p> })}
    }
}

#[component]
fn AlarmNotice(t: ServerTexts, alarm: RaisedAlarm) -> impl IntoView {
    let RaisedAlarm { alarm, since, value } = alarm;
    let (name, words) = (alarm.as_str(), alarm_words(t, alarm));
    view! {
        <Notice kind="error">
            <span>
                <b>{t_string!(t, conversation.named, name = words, words = value)}</b>
                {format!(", {} ", t_string!(t, admin.since))}
                <Time at=since />
                " · "
                <a href=format!("{RUNBOOKS}/{name}.txt") hreflang="en">
                    {t_string!(t, admin.runbook)}
                </a>
            </span>
        </Notice>
    }
}

fn alarm_words(t: ServerTexts, alarm: Alarm) -> &'static str {
    match alarm {
        Alarm::Quota => t_string!(t, admin.quota),
        Alarm::DeadLetters => t_string!(t, admin.dead_letters),
        Alarm::Outbox => t_string!(t, admin.outbox),
        Alarm::JobsOld => t_string!(t, admin.job_age),
        Alarm::Keys => t_string!(t, admin.unreadable),
        Alarm::ReportsOld => t_string!(t, reports.old),
        Alarm::Drops => t_string!(t, admin_trouble.drops_up),
        Alarm::ReconnectLoops => t_string!(t, admin_trouble.loops_up),
        Alarm::Evictions => t_string!(t, admin_trouble.wakes_up),
    }
}

#[component]
fn Switches(t: ServerTexts, csrf: String, flags: Vec<(&'static str, bool)>) -> impl IntoView {
    let flags = flags.into_iter().filter(|(name, _)| SWITCHES.contains(name));
    let rows: Vec<_> = flags.map(|(name, is_on)| view! { <Switch t csrf=csrf.clone() name is_on /> }).collect();
    view! { <Table heads=vec![t_string!(t, admin.switch), t_string!(t, admin.state), ""]>{rows}</Table> }
}

#[component]
fn Switch(t: ServerTexts, csrf: String, name: &'static str, is_on: bool) -> impl IntoView {
    let words = switch_words(t, name);
    let (state, turn) = if is_on {
        (t_string!(t, admin.on), t_string!(t, admin.turn_off))
    } else {
        (t_string!(t, admin.off), t_string!(t, admin.turn_on))
    };
    view! {
        <tr>
            <th scope="row">{words}</th>
            <td>{state}</td>
            <td>
                <OwnerForm action="turn" place="#switches" csrf>
                    <input type="hidden" name="flag" value=name />
                    <input type="hidden" name="to" value=(!is_on).to_string() />
                    <button class="btn" data-kind="small">{words_about(turn, words)}</button>
                </OwnerForm>
            </td>
        </tr>
    }
}

fn switch_words(t: ServerTexts, name: &str) -> &'static str {
    match name {
        "websocket" => t_string!(t, admin.websocket),
        "sse" => t_string!(t, admin.sse),
        "longpoll" => t_string!(t, admin.longpoll),
        "webhooks" => t_string!(t, admin.webhooks),
        "bot_enabled" => t_string!(t, admin.bots),
        _ => t_string!(t, admin.maintenance),
    }
}

#[component]
fn OwnerForm(
    action: &'static str,
    /// Fragment of the place on the page to which the answer leads; empty for the top.
    place: &'static str,
    csrf: String,
    children: Children,
) -> impl IntoView {
    view! {
        <form method="post" action=format!("/admin{place}")>
            <input type="hidden" name="csrf" value=csrf />
            <input type="hidden" name="do" value=action />
            {children()}
        </form>
    }
}

#[cfg(test)]
mod tests {
    use protocol::codec::json::Value;
    use protocol::machines::room::ReportedMessage;
    use protocol::words::event::Kind;
    use protocol::words::language::tags;

    use super::*;
    use crate::appearance::Theme;
    use crate::pages::admin::charts::READING_MS;
    use crate::pages::admin::content::{
        AuditQuery, DoneAct, ExceptionValue, NamedPerson, OpenObjection, OpenReport, PageReport, People, Point,
        RecoveryLink, ReportQueue, ReportRefusal, ReportedPlace, RoleForm, RoomException, Staff, WritingRow,
        WritingSection,
    };

    /// Asserts that one field is wrong, is described by a refusal, and has the place to which its form leads.
    fn is_wrong_at(html: &str, place: &str) {
        let mut tags = html.split('<').filter_map(|part| part.split('>').next());
        let field = tags.find(|tag| tag.contains("aria-invalid=\"true\"")).unwrap();
        for part in [format!(" id=\"{place}\""), format!("aria-describedby=\"{place}-refusal\"")] {
            assert!(field.contains(&part), "{part}: {field}");
        }
        for part in ["aria-invalid".to_owned(), format!("id=\"{place}\""), format!("id=\"{place}-refusal\"")] {
            assert_eq!(html.matches(&part).count(), 1, "{part}: {html}");
        }
    }

    fn appearance(language: &str, theme: Option<Theme>) -> Appearance {
        Appearance { language: Some(language.to_owned()), theme, ..Appearance::default() }
    }

    fn empty() -> AdminPage {
        AdminPage {
            now: 1_795_000_000_000,
            owner: "a@b.example".into(),
            csrf: "c".into(),
            can_leave: true,
            alarms: Vec::new(),
            unsent: None,
            live: 0,
            busiest: Vec::new(),
            sockets: Vec::new(),
            known: [0; 3],
            outbox: 0,
            dead_letters: 0,
            dead_logs: Vec::new(),
            unreadable: 0,
            quota: Some((0, 10_000)),
            points: Vec::new(),
            commits: Vec::new(),
            flags: SWITCHES.map(|name| (name, name != "maintenance")).to_vec(),
            exceptions: Vec::new(),
            recovery: None,
            staff: Staff::default(),
            role_form: RoleForm::default(),
            done: None,
            people: People::default(),
            writing: WritingSection::default(),
            reports: ReportQueue::default(),
            sought: AuditQuery::default(),
            found: Ok((Vec::new(), None)),
        }
    }

    #[test]
    fn rows_that_no_key_opens_are_an_alarm_in_both_languages() {
        let line = || RaisedAlarm { alarm: Alarm::Keys, since: 1_795_000_000_000, value: 3 };
        for (language, words) in [("en", "Unreadable rows"), ("de", "Unlesbare Zeilen")] {
            let page = AdminPage { alarms: vec![line()], unreadable: 3, ..empty() };
            let html = admin(&appearance(language, None), page);
            assert!(html.contains(&format!("<b>{words}: 3</b>")) && html.contains("/keys.txt"), "{html}");
            assert!(html.contains(&format!("<dt>{words}</dt><dd>3</dd>")), "{html}");
        }
    }

    #[test]
    fn an_exception_of_a_room_is_text_with_a_button_that_ends_it() {
        let exception = |name, value| RoomException { room: "\"><i>".into(), name, value };
        let exceptions = vec![
            exception("sse", ExceptionValue::Switch(false)),
            exception("rate", ExceptionValue::Number(60)),
            exception("retention_days", ExceptionValue::Number(30)),
        ];
        for language in tags() {
            let html = admin(&appearance(language, None), AdminPage { exceptions: exceptions.clone(), ..empty() });
            assert_eq!(html.matches("name=\"do\" value=\"end_exception\"").count(), 3);
            assert!(!html.contains("<i>") && html.contains("<td>60</td>") && html.contains("<td>30</td>"), "{html}");
        }
        let none = admin(&appearance("en", None), empty());
        assert!(!none.contains("Room exceptions"), "{none}");
    }

    #[test]
    fn logs_with_dead_letters_are_text_with_their_number() {
        let dead_logs = vec![("hub:<i>".to_owned(), 3)];
        let html = admin(&appearance("en", None), AdminPage { dead_logs, ..empty() });
        assert!(!html.contains("<i>") && html.contains("hub:&lt;i&gt;</bdi></th><td>3</td>"), "{html}");
        assert!(html.contains("/dead-letters.txt"), "{html}");
        assert!(!admin(&appearance("en", None), empty()).contains("/dead-letters.txt"));
    }

    #[test]
    fn what_came_from_outside_is_text() {
        let row = Value::parse(r#"{"ts":0,"actor":"<b>","action":"login","target":"\"&","result":"ok"}"#).unwrap();
        let sought = AuditQuery { who: "\"><script>".into(), ..AuditQuery::default() };
        let page = AdminPage {
            owner: "<i>".into(),
            csrf: "\"><script>".into(),
            sockets: vec![("<dfn>".into(), 1)],
            busiest: vec![("rm:<a>".into(), 2)],
            sought,
            found: Ok((vec![row], Some(7))),
            ..empty()
        };
        let html = admin(&appearance("en", None), page);
        for bad in ["<b>\"", "<b> →", "<script", "<i>", "<a>", "<dfn>"] {
            assert!(!html.contains(bad), "{bad}");
        }
        assert!(html.contains("<td>&lt;b&gt; → \"&amp;</td>") && html.contains("who=%22%3E%3Cscript%3E&amp;"));
        assert!(
            html.contains("value=\"&quot;&gt;&lt;script&gt;\"") && html.contains("<b class=\"clip\">&lt;i&gt;</b>")
        );
        assert!(html.contains("&amp;before=7#audit") && html.contains("1970-01-01 00:00:00"));
    }

    fn person(id: &str, name: &str, handle: Option<&str>) -> NamedPerson {
        NamedPerson { id: id.to_owned(), name: Some(name.to_owned()), handle: handle.map(str::to_owned) }
    }

    #[test]
    fn a_person_has_the_name_as_text_with_handle_and_id_in_every_section() {
        let row = Value::parse(r#"{"ts":0,"actor":"u_1","action":"report","target":"u_2 general/m"}"#).unwrap();
        let text = str::to_owned;
        let objection = OpenObjection {
            at: 0,
            act: text("act"),
            user: text("u_2"),
            kind: text("ban"),
            reason: text("Spam."),
            text: text("No."),
        };
        let staff = Staff { roles: vec![(text("u_1"), "owner")], objections: vec![objection] };
        let OpenReport { report, .. } = reported(false, "u_2");
        let report = PageReport { reporter: text("u_1"), user: text("u_2"), ..report };
        let opened = Some(OpenReport { report: report.clone(), ..reported(false, "u_2") });
        let reports = ReportQueue { open: 1, rows: vec![report], opened, ..ReportQueue::default() };
        let people = People::new([person("u_1", "\"><i>", Some("mia")), person("u_2", "<script>", None)]);
        let page = AdminPage { staff, reports, people, found: Ok((vec![row], None)), ..empty() };
        let html = admin(&appearance("en", None), page);
        assert!(!html.contains("<i>") && !html.contains("<script"), "{html}");
        let [mia, other] =
            ["<bdi>\"&gt;&lt;i&gt;</bdi> (@mia) <small>u_1</small>", "<bdi>&lt;script&gt;</bdi> <small>u_2</small>"];
        // A role, a report in the queue and opened, a row of the audit log.
        assert_eq!(html.matches(mia).count(), 4, "{html}");
        // An objection, the heading of the opened report, and the same three.
        assert_eq!(html.matches(other).count(), 5, "{html}");
        assert!(html.contains(&format!("{mia} → {other}")) && html.contains(" – &lt;script&gt; u_2</span>"), "{html}");
        let unknown = People::default().of("u_3");
        assert_eq!(
            (unknown.words().as_str(), person("u_1", "Mia", Some("m")).words().as_str()),
            ("u_3", "Mia (@m) u_1")
        );
    }

    #[test]
    fn an_act_is_said_with_the_person_in_the_section_of_its_form() {
        let people = People::new([person("u_1", "Vic", None)]);
        for (act, words, place) in [
            ("mute-day", "You muted Vic in public rooms for a day.", "id=\"reports\""),
            ("role-moderator", "Vic is now a moderator.", "id=\"roles\""),
            ("lift", "You accepted the appeal from Vic.", "id=\"objections\""),
        ] {
            let done = Some(DoneAct { act: act.to_owned(), user: "u_1".to_owned() });
            let html = admin(&appearance("en", None), AdminPage { done, people: people.clone(), ..empty() });
            assert!(html.contains(words) && html.find(place) < html.find(words), "{act}: {html}");
        }
        let done = Some(DoneAct { act: "\"><i>".to_owned(), user: "u_1".to_owned() });
        assert!(!admin(&appearance("en", None), AdminPage { done, ..empty() }).contains("<i>"));
    }

    #[test]
    fn a_link_to_a_new_password_is_text_and_an_unknown_address_is_said_in_every_language() {
        for (language, unknown) in [
            ("en", "There’s no account with this e-mail address."),
            ("de", "Zu dieser E-Mail-Adresse gibt es kein Konto."),
            ("fr", "Aucun compte n’a cette adresse e-mail."),
        ] {
            let shown =
                |recovery| admin(&appearance(language, None), AdminPage { recovery: Some(recovery), ..empty() });
            let (email, url) = ("\"><i>".to_owned(), "https://x.example/reset?token=\"><i>".to_owned());
            let made = shown(RecoveryLink::Made { email: email.clone(), url });
            assert!(made.contains("https://x.example/reset?token=") && !made.contains("<i>"), "{made}");
            assert!(!made.contains(unknown) && !made.contains("href=\"https://x.example"), "{made}");
            let html = shown(RecoveryLink::Unknown { email });
            assert!(html.contains(unknown) && !html.contains("<i>"), "{html}");
            is_wrong_at(&html, "recovery");
        }
    }

    #[test]
    fn an_objection_is_text_with_a_button_for_each_answer_and_a_name_that_is_no_account_is_said() {
        let bad = || "\"><i>".to_owned();
        let objection =
            OpenObjection { at: 0, act: bad(), user: bad(), kind: "ban".into(), reason: bad(), text: bad() };
        let staff = Staff { roles: vec![(bad(), "owner")], objections: vec![objection] };
        let role_form = RoleForm { typed: bad(), is_unknown: true, ..RoleForm::default() };
        let html = admin(&appearance("en", None), AdminPage { staff, role_form, ..empty() });
        assert!(!html.contains("<i>") && html.contains("No account found."), "{html}");
        is_wrong_at(&html, "roles");
        for action in ["lift", "keep"] {
            assert!(html.contains(&format!("name=\"do\" value=\"{action}\"")), "{html}");
        }
    }

    #[test]
    fn people_of_a_typed_name_are_buttons_that_give_the_chosen_role_by_id() {
        let choices = vec!["u_1".to_owned(), "u_2".to_owned()];
        let role_form = RoleForm { typed: "Mia".into(), role: "owner".into(), choices, is_unknown: false };
        let people = People::new([person("u_1", "<i>Mia", Some("mia")), person("u_2", "Mia", None)]);
        let html = admin(&appearance("en", None), AdminPage { role_form, people, ..empty() });
        assert!(!html.contains("<i>") && html.contains("Who do you mean?"), "{html}");
        for button in ["<bdi>&lt;i&gt;Mia</bdi> (@mia) <small>u_1</small>", "<bdi>Mia</bdi> <small>u_2</small>"] {
            assert!(html.contains(&format!("<button class=\"btn\">{button}</button>")), "{button}: {html}");
        }
        for user in ["u_1", "u_2"] {
            assert!(html.contains(&format!("name=\"user\" value=\"{user}\"")), "{user}: {html}");
        }
        assert_eq!(html.matches("name=\"role\" value=\"owner\"").count(), 2, "{html}");
        assert!(!html.contains("No account found.") && html.contains("<option value=\"owner\" selected>"), "{html}");
    }

    fn reported(is_private: bool, writer: &str) -> OpenReport {
        let text = str::to_owned;
        let report = PageReport {
            id: text("0123abcd"),
            at: 0,
            reporter: text("user_1"),
            reason: text("abuse"),
            user: text("user_9"),
            room: text("general"),
            message: text("m-1"),
        };
        let line = ReportedMessage {
            at: 0,
            user: text(writer),
            name: text("\"><i>"),
            kind: Kind::Chat,
            text: text("</textarea><script>"),
            files: 2,
            is_reported: true,
            is_deleted: false,
        };
        OpenReport { report, others: 3, acts: Vec::new(), place: ReportedPlace::Messages(vec![line]), is_private }
    }

    #[test]
    fn an_opened_report_is_text_with_a_button_for_each_answer() {
        for (is_private, answers) in [(false, 5), (true, 4)] {
            let opened = Some(reported(is_private, "user_9"));
            let reports = ReportQueue { open: 4, oldest_at: Some(0), opened, ..ReportQueue::default() };
            let html = admin(&appearance("en", None), AdminPage { reports, ..empty() });
            assert!(!html.contains("<i>") && !html.contains("<script"), "{html}");
            assert!(html.contains("Open reports: 4</a>") && html.contains("Abuse or threats."), "{html}");
            assert_eq!(html.matches("name=\"answer\"").count(), answers, "{is_private}");
            assert_eq!(html.contains("value=\"remove\""), !is_private);
            assert_eq!(html.contains("someone in this conversation reported it"), is_private);
        }
    }

    #[test]
    fn a_private_place_and_the_result_of_an_action_have_words_with_what_is_stored() {
        let room = |room: &str| PageReport { room: room.to_owned(), ..reported(true, "user_9").report };
        let reports = ReportQueue {
            open: 2,
            rows: vec![room("dm_user_1____user_9"), room("grp_0123456789abc")],
            ..ReportQueue::default()
        };
        let row = |action: &str, result: &str| {
            Value::parse(&format!(r#"{{"ts":0,"actor":"u","action":"{action}","target":"","result":"{result}"}}"#))
                .unwrap()
        };
        let results = [("report", "abuse"), ("report_answer", "acted"), ("role_give", "owner"), ("login", "owner")];
        let found = Ok((results.map(|(action, result)| row(action, result)).into(), None));
        let html = admin(&appearance("en", None), AdminPage { reports, found, ..empty() });
        for cell in [
            "Direct conversation <small>dm_user_1____user_9</small>",
            "Group <small>grp_0123456789abc</small>",
            "Abuse or threats <small>abuse</small>",
            "Action taken <small>acted</small>",
            "Owner <small>owner</small>",
            "owner",
        ] {
            assert!(html.contains(&format!("<td>{cell}</td>")), "{cell}: {html}");
        }
    }

    #[test]
    fn a_message_of_somebody_else_and_a_refused_answer_are_said() {
        let refused = |refusal| {
            let reports = ReportQueue {
                opened: Some(reported(false, "user_2")),
                refusal: Some(refusal),
                typed: "That was <i>not</i> nice.".to_owned(),
                next: Some(7),
                is_full: true,
                ..ReportQueue::default()
            };
            admin(&appearance("en", None), AdminPage { reports, ..empty() })
        };
        let html = refused(ReportRefusal::NoReason);
        assert!(html.contains("A reason needs 1 to 500 characters."), "{html}");
        is_wrong_at(&html, "reports");
        let html = refused(ReportRefusal::IsOwner);
        let typed = "That was &lt;i&gt;not&lt;/i&gt; nice.</textarea>";
        for words in ["by the reported person", "is an owner", "The queue is full", "/admin?reports=7#reports", typed] {
            assert!(html.contains(words), "{words}: {html}");
        }
    }

    #[test]
    fn a_rule_is_text_with_a_button_that_removes_it_and_a_pattern_that_cannot_be_used_is_said() {
        let pattern = "\"><i>".to_owned();
        let typed = WritingRow { kind: "link".into(), pattern: pattern.clone(), effect: "allow".into() };
        let rules = vec![WritingRow { kind: "word".into(), pattern, effect: "refuse".into() }];
        let writing = WritingSection { rules, holds_first: true, unusable: Some(typed) };
        let html = admin(&appearance("en", None), AdminPage { writing, ..empty() });
        assert!(!html.contains("<i>") && html.contains("A rule needs a word or a domain."), "{html}");
        for choice in ["link", "allow"] {
            assert!(html.contains(&format!("<option value=\"{choice}\" selected>")), "{choice}: {html}");
        }
        is_wrong_at(&html, "rules");
        assert!(html.contains("First messages wait for review.") && html.contains("value=\"off\""), "{html}");
        assert_eq!(html.matches("name=\"do\" value=\"rule\"").count(), 2, "one to set, one to remove");
    }

    #[test]
    fn an_answered_page_of_the_queue_leads_to_the_others_and_does_not_say_that_none_waits() {
        for (open, says_none) in [(0, true), (4, false)] {
            let reports = ReportQueue { open, ..ReportQueue::default() };
            let html = admin(&appearance("en", None), AdminPage { reports, ..empty() });
            assert_eq!(html.contains("No open reports."), says_none);
            assert_eq!(html.contains("href=\"/admin#reports\""), !says_none);
        }
    }

    /// Returns the numbers of charts, which have a name, and of lines beside figures, which have none.
    fn svgs(html: &str) -> (usize, usize) {
        let charts = html.matches("role=\"img\"").count();
        (charts, html.matches("<svg").count() - charts)
    }

    #[test]
    fn durations_of_writes_have_a_mark_and_words_in_every_language() {
        let commits: Vec<_> = [Some(1), Some(500), Some(1_000), None].into_iter().zip([12, 0, 3, 1]).collect();
        for (language, words) in [
            ("en", "Write latency: up to 1\u{a0}ms 12, up to 500\u{a0}ms 0, up to 1\u{a0}s 3, longer 1<"),
            ("de", "Schreiblatenz: bis 1\u{a0}ms 12, bis 500\u{a0}ms 0, bis 1\u{a0}s 3, länger 1<"),
            (
                "fr",
                "Latence d’écriture\u{a0}: jusqu’à 1\u{a0}ms 12, jusqu’à 500\u{a0}ms 0, jusqu’à 1\u{a0}s 3, au-delà 1<",
            ),
        ] {
            let html = admin(&appearance(language, None), AdminPage { commits: commits.clone(), ..empty() });
            assert!(html.contains(words), "{words}: {html}");
            assert!(html.contains("<span>1\u{a0}ms</span><span>500\u{a0}ms</span><span>1\u{a0}s</span><span>…</span>"));
            assert!(html.contains("<path d=\"M0.5 60V0M2.5 60V45M3.5 60V55\""), "{html}");
        }
    }

    #[test]
    fn bars_stand_where_their_time_is_and_none_is_higher_than_the_chart() {
        let now = empty().now;
        let point = |ago: u64, messages: u64| Point {
            at: now - ago * READING_MS,
            sockets: 2,
            messages,
            refused: 0,
            series: Vec::new(),
        };
        let points = vec![point(300, 1), point(2, 10), point(1, 40), point(0, 41)];
        let html = admin(&appearance("en", None), AdminPage { points, ..empty() });
        // The first reading is older than the chart, so only the others have bars and are in the line.
        let path_after = |mark: &str| html.split(mark).nth(1)?.split("<path d=\"").nth(1)?.split('"').next();
        let messages = path_after("aria-label=\"Messages per 5 minutes\"");
        assert_eq!(messages, Some("M285.5 60V42M286.5 60V0M287.5 60V58"));
        let line = path_after("<dt>Messages in the last 5 minutes</dt>");
        assert_eq!(line, Some("M285.5 42h0L286.5 0L287.5 58"));
        assert!(html.contains("<dt>Messages in the last 5 minutes</dt><dd>1<svg"), "{html}");
        for mark in
            ["<span>30</span><span>0</span>", "<span>−24\u{a0}h</span>", "<span>−12\u{a0}h</span><span>now</span>"]
        {
            assert!(html.contains(mark), "{mark}: {html}");
        }
        assert!(html.contains("Messages per 5 minutes: latest 1, peak 30</figcaption>"));
        assert_eq!(svgs(&html), (3, 3), "nothing was written yet, and no series was counted");
    }

    #[test]
    fn drops_returns_and_refusals_are_charts_that_say_each_reason_in_words() {
        let now = empty().now;
        let point = |ago: u64, series: &[u64]| Point {
            at: now - ago * READING_MS,
            sockets: 0,
            messages: 0,
            refused: 0,
            series: series.to_vec(),
        };
        // The oldest reading is of a version without series: what was counted before is no step.
        let points = vec![
            point(3, &[]),
            point(2, &[100; 11]),
            point(1, &[101, 103, 100, 100, 100, 100, 107, 100, 100, 100, 100]),
            point(0, &[101, 103, 100, 100, 100, 102, 108, 104, 100, 105, 100]),
        ];
        let html = admin(&appearance("en", None), AdminPage { points, ..empty() });
        let dropped = "Sockets dropped or lagging, per 5 minutes: latest 2, peak 4. Last 24 hours: too slow 1, \
                       silent 3, session ended 0, too fast or too many 0, replaced by the same device 0, \
                       other 2</figcaption>";
        let back = "peak 7. Last 24 hours: reconnected 8</figcaption>";
        let refused = "latest 9, peak 9. Last 24 hours: muted 4, room closed 0, banned 5, other 0</figcaption>";
        for words in [dropped, back, refused] {
            assert!(html.contains(words), "{words}: {html}");
        }
        assert!(html.contains("<path d=\"M286.5 60V0M287.5 60V30\""), "{html}");
        assert!(html.contains("Last 24 hours: in a reconnect loop 0</figcaption>"), "{html}");
        assert_eq!(svgs(&html), (8, 4));
        assert!(html.contains("<dt>Dropped or lagging in the last 5 minutes</dt><dd>2<svg"), "{html}");
        for language in tags() {
            let points = vec![point(1, &[0; 11]), point(0, &[0; 11])];
            let html = admin(&appearance(language, None), AdminPage { points, ..empty() });
            assert_eq!((svgs(&html), html.matches("<figcaption>").count()), ((8, 4), 8));
        }
    }

    #[test]
    fn every_section_has_a_link_and_every_form_leads_back_to_a_place_of_the_page() {
        for language in tags() {
            let html = admin(&appearance(language, None), empty());
            for id in ["now", "reports", "people", "rules", "switches", "audit"] {
                assert_eq!(html.matches(&format!("<section id=\"{id}\"")).count(), 1, "{id}: {html}");
                assert!(html.contains(&format!("<a href=\"#{id}\">")), "{id}: {html}");
            }
            let places = html.split("action=\"/admin#").skip(1).filter_map(|rest| rest.split('"').next());
            for place in places {
                assert!(html.contains(&format!("id=\"{place}\"")), "{place}: {html}");
            }
            // The button that signs out is above all sections.
            assert_eq!(html.matches("action=\"/admin\"").count(), 1, "{html}");
        }
    }

    #[test]
    fn every_form_that_does_something_proves_where_it_comes_from() {
        for language in tags() {
            let html = admin(&appearance(language, Some(Theme::Glass)), empty());
            let posts = html.matches("method=\"post\"").count();
            assert_eq!((posts, html.matches("name=\"csrf\" value=\"c\"").count()), (SWITCHES.len() + 5, posts));
            assert!(!html.contains(" style=") && !html.contains("<script"));
        }
        let asked = door(&appearance("de", None), AccessRefusal::Wrong, None);
        assert!(asked.contains("lang=\"de\"") && asked.contains("Das Token stimmt nicht."));
        assert!(asked.contains("action=\"/admin\""), "{asked}");
        let named = door(&appearance("de", None), AccessRefusal::No, Some("u_1"));
        assert!(named.contains("action=\"/admin?role=u_1#people\""), "{named}");
    }
}
