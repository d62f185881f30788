//! Section "Waiting for review" of `/moderation` (`moderation.md` 8.2): held messages by room, each with a form for the verdict. The server
//! gives it to people with a role alone.

use protocol::machines::room::HeldMessage;
use protocol::wire::messenger::{HeldWords, held_words};
use protocol::words::event::Millis;

use super::document::{Notice, words_about};
use super::moderation::{MODERATION, room_name, time};
use crate::i18n::isolated;
use crate::prelude::*;

/// Public room that holds messages, or that does not answer.
#[derive(Debug)]
pub struct HeldRoom {
    pub room: String,
    /// Held messages, the oldest first; `None` where the room does not answer.
    pub messages: Option<Vec<HeldMessage>>,
}

/// Content of the section.
#[derive(Debug)]
pub struct HeldSection {
    pub csrf: String,
    /// Rooms with something to show.
    pub rooms: Vec<HeldRoom>,
    /// Verdict that was just given.
    pub judged: Option<Judged>,
}

/// Verdict that was just given, which the page says.
#[derive(Debug)]
pub struct Judged {
    /// The message was published, and not rejected.
    pub is_published: bool,
    pub name: String,
}

/// Returns the section for the gallery: a message with a file.
pub fn story_section(at: Millis) -> HeldSection {
    let text = str::to_owned;
    let held = HeldMessage {
        id: text("0"),
        at,
        user: text("user_1"),
        session: None,
        name: text("Mia"),
        body: text(r#"{"content":"https://example.com","files":[{"name":"cake.png"}]}"#),
        rule: text("link example.com"),
    };
    let rooms = vec![HeldRoom { room: text("general"), messages: Some(vec![held]) }];
    HeldSection { csrf: String::new(), rooms, judged: None }
}

/// Section of the held messages.
#[component]
pub fn HeldMessages(t: ServerTexts, section: HeldSection) -> impl IntoView {
    let HeldSection { csrf, rooms, judged } = section;
    let judged = judged.map(|judged| view! { <Notice kind="ok">{judged_words(t, &judged)}</Notice> });
    let none = rooms.is_empty().then(|| view! { <p>{t_string!(t, moderation.held_none)}</p> });
    let rooms: Vec<_> = rooms.into_iter().map(|room| view! { <HeldInRoom t csrf=csrf.clone() room /> }).collect();
    view! {
        <h2 id="held">{t_string!(t, moderation.held)}</h2>
        {judged}
        {none}
        {rooms}
    }
}

fn judged_words(t: ServerTexts, judged: &Judged) -> String {
    let name = isolated(&judged.name);
    match judged.is_published {
        true => t_string!(t, moderation.held_done_publish, name = name),
        false => t_string!(t, moderation.held_done_drop, name = name),
    }
}

#[component]
fn HeldInRoom(t: ServerTexts, csrf: String, room: HeldRoom) -> impl IntoView {
    let HeldRoom { room, messages } = room;
    let message = |held: HeldMessage| view! { <Held t csrf=csrf.clone() room=room.clone() held /> };
    let below = match messages {
        Some(messages) => view! { <div>{messages.into_iter().map(message).collect::<Vec<_>>()}</div> }.erase(),
        None => view! { <Notice kind="error">{t_string!(t, moderation.held_away)}</Notice> }.erase(),
    };
    view! {
        <h3>
            <b><bdi>{room_name(t, &room)}</bdi></b>
        </h3>
        {below}
    }
}

#[component]
fn Held(t: ServerTexts, csrf: String, room: String, held: HeldMessage) -> impl IntoView {
    let HeldMessage { id, at, user, name, body, rule, .. } = held;
    let HeldWords { text, files, link } = held_words(&body);
    let (whose, of_user) = (isolated(&name).into_owned(), user.clone());
    view! {
        <section class="paper-card">
            <p>
                <b><bdi>{name}</bdi></b>
                " "
                <small>{user}</small>
                " · "
                {time(t, at)}
            </p>
            {labelled(t_string!(t, moderation.held_rule), rule_words(t, &rule))}
            {(!text.is_empty()).then(|| view! { <p class="paper-said" dir="auto">{text}</p> })}
            {labelled(t_string!(t, moderation.held_files), files.join(" · "))}
            {labelled(t_string!(t, moderation.held_card), link)}
            <VerdictForm t csrf room id user=of_user whose />
        </section>
    }
}

/// Returns a line with a label; nothing where there are no words.
fn labelled(label: &'static str, words: String) -> Option<ErasedView> {
    (!words.is_empty()).then(|| view! { <p>{format!("{label} {words}")}</p> }.erase())
}

/// Returns the words for the name of a rule: its kind with its pattern, or the rule for first messages.
fn rule_words(t: ServerTexts, rule: &str) -> String {
    match rule.split_once(' ') {
        Some(("link", host)) => format!("{} – {host}", t_string!(t, writing_rules.link)),
        Some((_, word)) => format!("{} – {word}", t_string!(t, writing_rules.word)),
        None => t_string!(t, moderation.held_first).to_owned(),
    }
}

#[component]
fn VerdictForm(
    t: ServerTexts,
    csrf: String,
    room: String,
    id: String,
    /// User id of the writer, whom the answer names.
    user: String,
    whose: String,
) -> impl IntoView {
    let verdicts = [("publish", t_string!(t, moderation.held_publish)), ("drop", t_string!(t, moderation.held_drop))];
    let button = |(verdict, words): (&'static str, &'static str)| {
        view! {
            <button class="btn" name="verdict" value=verdict>
                {words_about(words, &whose)}
            </button>
            " "
        }
    };
    view! {
        <form method="post" action=MODERATION>
            <input type="hidden" name="csrf" value=csrf />
            <input type="hidden" name="room" value=room />
            <input type="hidden" name="id" value=id />
            <input type="hidden" name="user" value=user />
            {verdicts.into_iter().map(button).collect::<Vec<_>>()}
        </form>
    }
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::appearance::Appearance;
    use crate::pages::moderation::{FormOutcome, moderation};

    fn shown(language: &str, rooms: Vec<HeldRoom>) -> String {
        let appearance = Appearance { language: Some(language.to_owned()), ..Appearance::default() };
        let judged = Some(Judged { is_published: true, name: "Mia".to_owned() });
        let section = HeldSection { csrf: "c".to_owned(), rooms, judged };
        moderation(&appearance, Vec::new(), Some(section), Some(FormOutcome::NotHeld))
    }

    #[test]
    fn a_held_message_is_text_with_a_button_for_each_verdict() {
        for language in tags() {
            let mut rooms = story_section(1_795_000_000_000).rooms;
            let held = rooms.iter_mut().find_map(|room| room.messages.as_mut()?.first_mut()).unwrap();
            let body = held.body.replace("https://example.com", "<script>");
            (held.body, held.name, held.id) = (body, "<i>".to_owned(), "\"><i>".to_owned());
            let html = shown(language, rooms);
            assert!(!html.contains("<i>") && !html.contains("<script") && !html.contains(" style="), "{html}");
            assert!(
                html.contains("&lt;script&gt;") && html.contains("cake.png") && html.contains("role=\"status\""),
                "{html}"
            );
            assert!(
                html.contains("name=\"csrf\" value=\"c\"") && html.contains("name=\"room\" value=\"general\""),
                "{html}"
            );
            assert!(html.contains("value=\"publish\"") && html.contains("value=\"drop\""), "{html}");
        }
    }

    #[test]
    fn a_room_without_an_answer_and_an_empty_list_are_said() {
        let away = shown("en", vec![HeldRoom { room: "music".to_owned(), messages: None }]);
        assert!(away.contains("Music") && away.contains("isn’t responding") && !away.contains("<form"), "{away}");
        assert!(shown("en", Vec::new()).contains("No messages are waiting for review."));
        assert!(shown("en", Vec::new()).contains("You published the message from Mia."));
    }

    #[test]
    fn whoever_has_no_role_sees_no_such_section() {
        let html = moderation(&Appearance::default(), Vec::new(), None, None);
        assert!(!html.contains("id=\"held\""), "{html}");
    }

    #[test]
    fn a_rule_is_named_by_kind_and_pattern() {
        let t = ServerTexts(Appearance { language: Some("en".to_owned()), ..Appearance::default() }.locale());
        let rules = ["word odd one", "link example.com", "first_message"].map(|rule| rule_words(t, rule));
        assert_eq!(rules, ["Word – odd one", "Link – example.com", "A guest’s first message"]);
    }
}
