//! Reports on `/admin` (`moderation.md` 7): the numbers above everything, the queue, and the report that is opened, with a form for its answer.

use protocol::content::kinds::EffectKind;
use protocol::machines::room::ReportedMessage;
use protocol::words::event::Millis;
use protocol::words::limits::MODERATION_REASON_CHARS_MAX;

use super::content::{
    EarlierAct, NamedPerson, OpenReport, PageReport, People, ReportQueue, ReportRefusal, ReportedPlace,
};
use super::elements::{Table, Time, person, refusal};
use crate::pages::document::{Notice, words_about};
use crate::pages::moderation::room_name;
use crate::prelude::*;
use crate::structure::escaped;

/// Line above everything: the number of open reports, and the time of the oldest.
#[component]
pub fn OpenReports(t: ServerTexts, open: u64, oldest_at: Option<Millis>) -> impl IntoView {
    let oldest = oldest_at.map(|at| {
        view! {
            {format!(" · {} ", t_string!(t, reports.oldest))}
            <Time at />
        }
    });
    view! {
        <p class="admin-pages">
            <a href="#reports">{t_string!(t, conversation.named, name = t_string!(t, reports.open), words = open)}</a>
            <span>{oldest}</span>
        </p>
    }
}

/// Content of the section of the queue.
#[component]
pub fn Reports(t: ServerTexts, csrf: String, queue: ReportQueue, people: People) -> impl IntoView {
    let wrong = queue.has_wrong_reason().then_some("reports");
    let ReportQueue { open, is_full, rows, next, opened, refusal, typed, .. } = queue;
    let refusal = refusal.filter(|_| wrong.is_none());
    let rows = if !rows.is_empty() {
        view! { <Queue t rows people=people.clone() /> }.erase()
    } else if open == 0 {
        view! { <p>{t_string!(t, reports.none)}</p> }.erase()
    } else {
        // All reports of a later page have been answered.
        view! {
            <p class="admin-pages">
                <a href="/admin#reports">{t_string!(t, reports.first)}</a>
            </p>
        }
        .erase()
    };
    let next = next.map(|place| {
        let href = format!("/admin?reports={place}#reports");
        view! {
            <p class="admin-pages">
                <a href=href>{t_string!(t, reports.more)}</a>
            </p>
        }
    });
    view! {
        {is_full.then(|| view! { <Notice kind="error">{t_string!(t, reports.full)}</Notice> })}
        {refusal.map(|refusal| view! { <Notice kind="error">{refused(t, refusal)}</Notice> })}
        {opened.map(|opened| view! { <Opened t csrf opened people typed wrong /> })}
        {rows}
        {next}
    }
}

fn refused(t: ServerTexts, refusal: ReportRefusal) -> &'static str {
    match refusal {
        ReportRefusal::MessageGone => t_string!(t, reports.message_gone),
        ReportRefusal::Gone => t_string!(t, reports.person_gone),
        ReportRefusal::IsOwner => t_string!(t, reports.is_owner),
        ReportRefusal::NoReason => t_string!(t, reports.no_reason),
        ReportRefusal::NotPossible => t_string!(t, reports.not_possible),
    }
}

/// Returns the words for a reason. The audit log has them, too.
pub fn reason_words(t: ServerTexts, reason: &str) -> &'static str {
    match reason {
        "spam" => t_string!(t, reports.spam),
        "abuse" => t_string!(t, reports.abuse),
        _ => t_string!(t, reports.other),
    }
}

/// Returns the reason that the form begins with: the person concerned reads it.
fn suggested(t: ServerTexts, reason: &str) -> &'static str {
    match reason {
        "spam" => t_string!(t, reports.told_spam),
        "abuse" => t_string!(t, reports.told_abuse),
        _ => t_string!(t, reports.told_other),
    }
}

#[component]
fn Queue(t: ServerTexts, rows: Vec<PageReport>, people: People) -> impl IntoView {
    let heads = vec![
        t_string!(t, admin.time),
        t_string!(t, reports.reason),
        t_string!(t, reports.who),
        t_string!(t, reports.place),
        "",
    ];
    let row = |report: PageReport| view! { <QueueRow t report people=people.clone() /> };
    let rows: Vec<_> = rows.into_iter().map(row).collect();
    view! { <Table heads>{rows}</Table> }
}

/// Returns the name of a public room. Another place has the words for its kind, with its id in small letters.
fn place_words(t: ServerTexts, room: &str) -> ErasedView {
    let words = match room {
        _ if room.starts_with("dm_") => t_string!(t, reports.direct),
        _ if room.starts_with("grp_") => t_string!(t, reports.group),
        _ => return room_name(t, room).erase(),
    };
    view! { {format!("{words} ")} <small>{room.to_owned()}</small> }.erase()
}

#[component]
fn QueueRow(t: ServerTexts, report: PageReport, people: People) -> impl IntoView {
    let PageReport { id, at, reporter, reason, user, room, .. } = report;
    let (reporter, user) = (people.of(&reporter), people.of(&user));
    let show = words_about(t_string!(t, reports.show), &user.words());
    view! {
        <tr>
            <td>
                <Time at />
            </td>
            <td>{reason_words(t, &reason)}</td>
            <td>{person(reporter)} " → " {person(user)}</td>
            <td>{place_words(t, &room)}</td>
            <td>
                <a class="btn" data-kind="small" href=format!("/admin?report={id}#report")>{show}</a>
            </td>
        </tr>
    }
}

/// Opened report: who, what was said, what is known of the person, and the form.
#[component]
fn Opened(
    t: ServerTexts,
    csrf: String,
    opened: OpenReport,
    people: People,
    /// Words of an answer that was not possible.
    typed: String,
    /// Id of the field for them, if it is wrong.
    wrong: Option<&'static str>,
) -> impl IntoView {
    let OpenReport { report, others, acts, place, is_private } = opened;
    let PageReport { at, reporter, reason, user, room, .. } = &report;
    let room = (!room.is_empty()).then(|| view! { " · " {place_words(t, room)} });
    let head = format!(" · {} · ", reason_words(t, reason));
    let (at, of_user) = (*at, user.clone());
    let (reporter, concerned) = (people.of(reporter), people.of(user));
    let is_removable = !is_private && matches!(&place, ReportedPlace::Messages(_));
    let acts = if acts.is_empty() {
        view! { <p>{t_string!(t, reports.no_acts)}</p> }.erase()
    } else {
        view! { <ul>{acts.into_iter().map(|act| view! { <Earlier t act /> }).collect::<Vec<_>>()}</ul> }.erase()
    };
    view! {
        <section class="admin-report">
            <h3 id="report">{person(concerned.clone())}</h3>
            <p>
                <Time at />
                {head}
                {person(reporter)}
                " → "
                {person(concerned.clone())}
                {room}
            </p>
            {said(t, place, is_private, &of_user)}
            <p>{t_string!(t, conversation.named, name = t_string!(t, reports.others), words = others)}</p>
            <h4>{t_string!(t, reports.acts)}</h4>
            {acts}
            <AnswerForm t csrf report concerned is_removable typed wrong />
        </section>
    }
}

#[component]
fn Earlier(t: ServerTexts, act: EarlierAct) -> impl IntoView {
    let EarlierAct { at, kind, until, reason } = act;
    let words = match kind.as_str() {
        "remove" => t_string!(t, reports.act_remove),
        "mute" => t_string!(t, reports.act_mute),
        "unmute" => t_string!(t, reports.act_unmute),
        "ban" => t_string!(t, reports.act_ban),
        _ => t_string!(t, reports.act_unban),
    };
    let until = until.map(|until| {
        view! {
            {format!(" {} ", t_string!(t, reports.until))}
            <Time at=until />
        }
    });
    view! {
        <li>
            <Time at />
            {format!(" · {words}")}
            {until}
            {t_string!(t, conversation.named, name = "", words = reason)}
        </li>
    }
}

/// Returns the message between its neighbours, or why there is none.
fn said(t: ServerTexts, place: ReportedPlace, is_private: bool, reported: &str) -> ErasedView {
    let lines = match place {
        ReportedPlace::NoMessage => return view! { <p>{t_string!(t, reports.no_message)}</p> }.erase(),
        ReportedPlace::Closed => return view! { <Notice kind="note">{t_string!(t, reports.closed)}</Notice> }.erase(),
        ReportedPlace::Away => return view! { <Notice kind="error">{t_string!(t, reports.away)}</Notice> }.erase(),
        ReportedPlace::Messages(lines) => lines,
    };
    let is_of_another = lines.iter().any(|line| line.is_reported && line.user != reported);
    view! {
        {is_private.then(|| view! { <p>{t_string!(t, reports.private)}</p> })}
        {is_of_another.then(|| view! { <Notice kind="error">{t_string!(t, reports.other_writer)}</Notice> })}
        <ol class="admin-said">{lines.into_iter().map(|line| view! { <Line t line /> }).collect::<Vec<_>>()}</ol>
    }
    .erase()
}

#[component]
fn Line(t: ServerTexts, line: ReportedMessage) -> impl IntoView {
    let ReportedMessage { at, user, name, kind, text, files, is_reported, is_deleted } = line;
    let words = match kind.effect() {
        _ if is_deleted => t_string!(t, reports.deleted).to_owned(),
        Some(EffectKind::Nudge) => t_string!(t, reports.nudge).to_owned(),
        Some(EffectKind::Wink) => t_string!(t, reports.wink).to_owned(),
        None => text,
    };
    let files = (files > 0).then(|| {
        let label = t_string!(t, reports.files);
        format!(" ({})", t_string!(t, conversation.named, name = label, words = files))
    });
    // The mark is a word, not only a look.
    let mark = is_reported.then(|| view! { <b>{format!("{} ", t_string!(t, reports.reported))}</b> });
    view! {
        <li aria-current=is_reported.then_some("true")>
            {mark}
            <Time at />
            " "
            <bdi>{name}</bdi>
            " "
            <small>{user}</small>
            {t_string!(t, conversation.named, name = "", words = "")}
            <span class="admin-words" dir="auto">{words}</span>
            {files}
        </li>
    }
}

/// Form with a button for each answer. The reason is a field of several lines, so that no key sends the form by itself.
#[component]
fn AnswerForm(
    t: ServerTexts,
    csrf: String,
    report: PageReport,
    /// The reported person.
    concerned: NamedPerson,
    is_removable: bool,
    /// Words of an answer that was not possible.
    typed: String,
    /// Id of the field for them, if it is wrong.
    wrong: Option<&'static str>,
) -> impl IntoView {
    let PageReport { id, reason, .. } = report;
    let words = if typed.is_empty() { suggested(t, &reason).to_owned() } else { typed };
    let whose = concerned.words();
    let action = format!("/admin?report={id}#reports");
    let remove = is_removable.then(|| ("remove", t_string!(t, reports.remove)));
    let others = [
        ("mute-hour", t_string!(t, reports.mute_hour)),
        ("mute-day", t_string!(t, reports.mute_day)),
        ("ban-week", t_string!(t, reports.ban_week)),
        ("dismiss", t_string!(t, reports.dismiss)),
    ];
    let button = |(answer, words): (&'static str, &'static str)| {
        // What follows from nothing needs no reason.
        let needs_none = answer == "dismiss";
        view! {
            <button class="btn" name="answer" value=answer formnovalidate=needs_none>
                {words_about(words, &whose)}
            </button>
        }
    };
    let buttons: Vec<_> = remove.into_iter().chain(others).map(button).collect();
    view! {
        <form method="post" action=action>
            <input type="hidden" name="csrf" value=csrf />
            <input type="hidden" name="do" value="report" />
            <input type="hidden" name="report" value=id />
            <input type="hidden" name="user" value=concerned.id />
            <p>
                <label>
                    {t_string!(t, reports.told)}
                    <br />
                    <textarea
                        class="field"
                        id=wrong
                        name="reason"
                        dir="auto"
                        rows="2"
                        cols="40"
                        maxlength=MODERATION_REASON_CHARS_MAX.to_string()
                        required
                        aria-invalid=wrong.map(|_| "true")
                        aria-describedby=wrong.map(|id| format!("{id}-refusal"))
                        inner_html=escaped(&words)
                    ></textarea>
                </label>
            </p>
            {refusal(wrong, t_string!(t, reports.no_reason))}
            <div class="admin-search">{buttons}</div>
        </form>
    }
}
