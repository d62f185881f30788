//! `/moderation`: acts of moderators on the person who looks, and the form of an objection (`moderation.md` 3 and 4). People with a role also
//! see what waits for review (`held`). The server renders the page alone: no script and no hydration.

use protocol::words::event::Millis;
use protocol::words::iso::iso_utc;
use protocol::words::language::numeric_day;
use protocol::words::limits::OBJECTION_CHARS_MAX;
use protocol::words::own_words::{in_language, public_name};
use protocol::words::time::DAY_MS;

use super::document::{Document, Notice, PaperWindow, render};
use super::held::{self, HeldMessages, HeldSection};
use super::languages::other_languages;
use crate::appearance::Appearance;
use crate::i18n::Locale;
use crate::structure::escaped;
use crate::ui::prelude::*;

/// Time of the acts in the gallery.
const STORY_AT: Millis = 1_795_000_000_000;
pub const MODERATION: &str = "/moderation";

/// Act, as the person concerned sees it.
#[derive(Debug)]
pub struct PageAct {
    pub id: String,
    pub kind: String,
    pub room: Option<String>,
    pub at: Millis,
    /// End of a mute or ban.
    pub until: Option<Millis>,
    /// Reason in the words of the moderator.
    pub reason: String,
    /// State of the objection; `None` before there is one.
    pub objection: Option<String>,
    /// Text of an objection that was just refused.
    pub refused: Option<String>,
}

/// Result of a form, which the page says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormOutcome {
    /// The objection is stored.
    Sent,
    /// The text is empty or too long.
    Unusable,
    /// There is no such act any more, or it has an objection.
    Closed,
    /// Too many tries.
    TooFast,
    /// The judged message is not held any more.
    NotHeld,
}

pub fn moderation(
    appearance: &Appearance,
    acts: Vec<PageAct>,
    held: Option<HeldSection>,
    outcome: Option<FormOutcome>,
) -> String {
    let locale = appearance.locale();
    render(|| {
        let title = t_string!(ServerTexts(locale), moderation.title);
        view! {
            <Document appearance=appearance.clone() title>
                <ModerationPaper locale acts held outcome />
            </Document>
        }
    })
}

/// Renders the content of the page for the gallery: an act without an objection, one whose objection was granted, and a held message.
pub fn story(locale: Locale) -> ErasedView {
    let act = |kind: &str, until, objection: Option<&str>| PageAct {
        id: "0".to_owned(),
        kind: kind.to_owned(),
        room: (kind == "remove").then(|| "general".to_owned()),
        at: STORY_AT,
        until,
        reason: "Spam".to_owned(),
        objection: objection.map(str::to_owned),
        refused: None,
    };
    let acts = vec![act("mute", Some(STORY_AT + DAY_MS), None), act("remove", None, Some("lifted"))];
    let held = Some(held::story_section(STORY_AT));
    view! { <div><ModerationPaper locale acts held outcome=None /></div> }.erase()
}

#[component]
fn ModerationPaper(
    locale: Locale,
    acts: Vec<PageAct>,
    held: Option<HeldSection>,
    outcome: Option<FormOutcome>,
) -> impl IntoView {
    let t = ServerTexts(locale);
    let is_empty = acts.is_empty();
    let words = outcome.map(|outcome| outcome_words(t, outcome));
    // The words about a form that is shown again are in the form.
    let notice = words.filter(|_| acts.iter().all(|act| act.refused.is_none()));
    let refusal = words.map(|(_, words)| words).unwrap_or_default();
    let acts: Vec<ErasedView> = acts.into_iter().map(|act| view! { <OwnAct t act refusal /> }.erase()).collect();
    view! {
        <PaperWindow
            id="moderation"
            title=t_string!(t, moderation.title)
            actions=other_languages(locale, MODERATION)
        >
            {notice.map(|(kind, words)| view! { <Notice kind>{words}</Notice> })}
            {is_empty.then(|| view! { <p>{t_string!(t, moderation.nothing)}</p> })}
            {acts}
            {held.map(|section| view! { <HeldMessages t section /> })}
            <p>
                <a class="btn" href="/app">
                    {t_string!(t, moderation.go_on)}
                </a>
            </p>
        </PaperWindow>
    }
}

/// Renders the link to the page that tells a banned person why, behind the words of the refusal.
pub fn ban_link(t: ServerTexts) -> ErasedView {
    view! { " " <a href=MODERATION>{t_string!(t, moderation.banned_why)}</a> }.erase()
}

/// Returns the kind of the notice about a form, and its words.
fn outcome_words(t: ServerTexts, outcome: FormOutcome) -> (&'static str, &'static str) {
    match outcome {
        FormOutcome::Sent => ("ok", t_string!(t, moderation.sent)),
        FormOutcome::Unusable => ("error", t_string!(t, moderation.unusable)),
        FormOutcome::Closed => ("error", t_string!(t, moderation.closed)),
        FormOutcome::TooFast => ("error", t_string!(t, moderation.too_fast)),
        FormOutcome::NotHeld => ("error", t_string!(t, moderation.held_gone)),
    }
}

/// Returns the words for a kind of act, to the person concerned.
fn kind_words(t: ServerTexts, kind: &str) -> &'static str {
    match kind {
        "remove" => t_string!(t, moderation.remove),
        "mute" => t_string!(t, moderation.mute),
        "unmute" => t_string!(t, moderation.unmute),
        "ban" => t_string!(t, moderation.ban),
        _ => t_string!(t, moderation.unban),
    }
}

#[component]
fn OwnAct(t: ServerTexts, act: PageAct, refusal: &'static str) -> impl IntoView {
    let PageAct { id, kind, room, at, until, reason, objection, refused } = act;
    let below = match objection.as_deref() {
        None => view! { <ObjectionForm t id refused refusal /> }.erase(),
        Some("open") => view! { <p>{t_string!(t, moderation.waits)}</p> }.erase(),
        Some("lifted") => view! { <p>{t_string!(t, moderation.lifted)}</p> }.erase(),
        Some(_) => view! { <p>{t_string!(t, moderation.kept)}</p> }.erase(),
    };
    // An act that was lifted ends nothing any more.
    let until = until.filter(|_| objection.as_deref() != Some("lifted")).map(|until| {
        view! {
            <p>
                {format!("{} ", t_string!(t, moderation.until))}
                {time(t, until)}
            </p>
        }
    });
    view! {
        <section>
            <h2>{kind_words(t, &kind)}</h2>
            <p>
                {time(t, at)}
                {room.map(|room| format!(" · {}", room_name(t, &room)))}
            </p>
            {until}
            <p>
                {format!("{} ", t_string!(t, moderation.reason))}
                <b dir="auto">{reason}</b>
            </p>
            {below}
        </section>
    }
}

#[component]
fn ObjectionForm(t: ServerTexts, id: String, refused: Option<String>, refusal: &'static str) -> impl IntoView {
    let maxlength = OBJECTION_CHARS_MAX.to_string();
    let is_refused = refused.is_some();
    let line = is_refused.then(|| field_refusal("objection", text(move || refusal)));
    // Leptos writes the children of this element as they are.
    let text = escaped(&refused.unwrap_or_default());
    view! {
        <form method="post" action=MODERATION>
            <input type="hidden" name="act" value=id />
            <p>
                <label>
                    {t_string!(t, moderation.objection)}
                    <br />
                    <textarea
                        class="field"
                        name="text"
                        dir="auto"
                        rows="3"
                        cols="40"
                        maxlength=maxlength
                        required
                        autofocus=is_refused
                        aria-invalid=is_refused.then_some("true")
                        aria-describedby=is_refused.then_some("objection-refusal")
                        inner_html=text
                    ></textarea>
                </label>
            </p>
            {line}
            <p>
                <button class="btn" data-kind="default">
                    {t_string!(t, moderation.send)}
                </button>
            </p>
        </form>
    }
}

/// Returns the name of a public room in the language of the page. Ids of other rooms have a sign that no public one has, and stay.
pub fn room_name(t: ServerTexts, id: &str) -> String {
    match id.bytes().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'-') {
        true => in_language(&public_name(id), t.0.as_str()).to_owned(),
        false => id.to_owned(),
    }
}

/// Returns a time to the minute, in UTC: the server does not know the person's zone.
pub fn time(t: ServerTexts, at: Millis) -> ErasedView {
    let time = iso_utc(at);
    let day = numeric_day(time.get(..10).unwrap_or_default(), t.0.as_str());
    let minute = time.get(11..16).unwrap_or_default().to_owned();
    view! { <time datetime=time>{format!("{day} {minute} UTC")}</time> }.erase()
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;

    fn act(objection: Option<&str>) -> PageAct {
        PageAct {
            id: "\"><i>".to_owned(),
            kind: "mute".to_owned(),
            room: None,
            at: 1_795_000_000_000,
            until: Some(1_795_000_600_000),
            reason: "<script>".to_owned(),
            objection: objection.map(str::to_owned),
            refused: None,
        }
    }

    fn shown(language: &str, acts: Vec<PageAct>, outcome: Option<FormOutcome>) -> String {
        moderation(&Appearance { language: Some(language.to_owned()), ..Appearance::default() }, acts, None, outcome)
    }

    #[test]
    fn what_people_wrote_is_text_and_an_act_without_an_objection_has_a_form() {
        for language in tags() {
            let html = shown(language, vec![act(None)], Some(FormOutcome::Sent));
            assert!(!html.contains("<i>") && !html.contains("<script") && !html.contains(" style="), "{html}");
            assert!(html.contains("<b dir=\"auto\">&lt;script&gt;</b>") && html.contains("name=\"text\""), "{html}");
            assert!(html.contains("role=\"status\"") && html.matches("<time ").count() == 2, "{html}");
            for state in ["open", "lifted", "kept"] {
                let html = shown(language, vec![act(Some(state))], None);
                assert!(!html.contains("<form"), "{state}");
                // Only an act that stands says until when.
                assert_eq!(html.matches("<time ").count(), if state == "lifted" { 1 } else { 2 }, "{state}");
            }
        }
    }

    #[test]
    fn a_refused_objection_comes_back_with_its_text_and_the_refusal_under_it() {
        let refused = PageAct { refused: Some("</textarea><i>".to_owned()), ..act(None) };
        let html = shown("en", vec![refused, act(None)], Some(FormOutcome::TooFast));
        assert!(html.contains(">&lt;/textarea&gt;&lt;i&gt;</textarea>") && !html.contains("<i>"), "{html}");
        assert_eq!(html.matches("aria-invalid=\"true\"").count(), 1, "{html}");
        assert!(html.contains("id=\"objection-refusal\"") && !html.contains("role=\"status\""), "{html}");
    }

    #[test]
    fn the_page_has_the_text_size_of_the_device_in_the_steps_of_its_sheet() {
        let appearance = |text_percent| Appearance { text_percent, ..Appearance::default() };
        let html = |percent| moderation(&appearance(percent), Vec::new(), None, None);
        assert!(html(Some(200)).contains(" data-text=\"200\"") && html(Some(94)).contains(" data-text=\"90\""));
        assert!(!html(None).contains("data-text"));
    }

    #[test]
    fn a_public_room_has_its_name_and_another_place_its_id() {
        for (language, id, name) in
            [("de", "general", "Allgemein"), ("en", "my-room", "My-room"), ("fr", "grp_0", "grp_0")]
        {
            let appearance = Appearance { language: Some(language.to_owned()), ..Appearance::default() };
            assert_eq!(room_name(ServerTexts(appearance.locale()), id), name);
        }
    }

    #[test]
    fn who_has_done_nothing_reads_so() {
        assert!(shown("en", Vec::new(), None).contains("No actions against you"));
    }
}
