//! Section of a group's dialog for its bots (`integrations.md` 6): the list, a form for a new one, and its secrets, which are shown once. The
//! code is in the chunk of the integrations, below which the section stands.

use protocol::content::unseen::is_unseen;
use protocol::machines::room::BotScope;
use protocol::words::limits::{INTEGRATION_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX};

use super::programs::{copied_field, follow_focus, question};
use crate::store::own_bots::{
    BotProblem, BotStep, BotWebhook, BotWish, NewBot, OwnBot, OwnBots, OwnCommand, commands_of, lines_of,
};
use crate::ui::prelude::*;

/// Ids of elements that take the focus when they appear, when something is wrong in them, or when the focused element is removed.
const NAME: &str = "own-bot-name";
const READ: &str = "own-bot-read";
const LINES: &str = "own-bot-lines";
const EDITED: &str = "own-bot-edited";
const SURE: &str = "own-bot-sure";
const TOKEN: &str = "own-bot-token";
const ADDRESS: &str = "own-bot-address";
/// Ids of elements that others name.
const SECRET: &str = "own-bot-secret";
const RIGHTS: &str = "own-bot-rights";
const HINT: &str = "own-bot-hint";
const QUESTION: &str = "own-bot-question";

/// A bot of the list; `None` once it is gone.
type ListedBot = Memo<Option<OwnBot>>;

pub fn own_bots(room: String) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let place = session.groups.own_bots;
    session.run_for(&room, State::load_own_bots);
    let room = StoredValue::new(room);
    let made = move || place.made.with(|made| made.as_ref().map(|made| made.bot.id.clone()));
    follow_focus((NAME, TOKEN), move || place.items.with(Vec::len), made);
    let ids = move || place.items.with(|all| all.iter().map(|one| one.id.clone()).collect());
    let shown = move || match place.made.get() {
        Some(made) => secrets(place, made),
        None => ().erase(),
    };
    view! {
        <fieldset class="setting">
            <legend>{said!(own_bots.title)}</legend>
            <p class="setting-note">{said!(own_bots.about)}</p>
            <ul class="devices" aria-label=said!(own_bots.title)>{list_of(ids, move |id| row(place, room, id))}</ul>
            {new_form(place, room)}
            {choice(shown)}
            <p class="setting-note" role="status">{text(move || note(i18n, place))}</p>
        </fieldset>
    }
    .client_only()
}

/// Returns the words under the form: the state of the secrets.
fn note(i18n: Texts, place: OwnBots) -> &'static str {
    match place.made.with(Option::is_some) {
        true if place.is_copied.get() => t_string!(i18n, own_bots.copied),
        true => t_string!(i18n, own_bots.once),
        false => "",
    }
}

/// Returns the words about a mistake.
fn problem_words(i18n: Texts, problem: BotProblem) -> String {
    match problem {
        BotProblem::Name => t_string!(i18n, sign_in.error.name).to_owned(),
        BotProblem::NoScope => t_string!(i18n, own_bots.no_scope).to_owned(),
        BotProblem::Line(line) => t_string!(i18n, own_bots.bad_line, line = line),
        BotProblem::Commands | BotProblem::Address | BotProblem::Full => t_string!(i18n, own_bots.refused).to_owned(),
    }
}

/// Returns the id of the field with a mistake, in a form with this field of commands.
fn wrong_field(problem: BotProblem, lines: &'static str) -> &'static str {
    match problem {
        BotProblem::Name => NAME,
        BotProblem::NoScope => READ,
        BotProblem::Line(_) | BotProblem::Commands => lines,
        BotProblem::Address => ADDRESS,
        BotProblem::Full => NO_FIELD,
    }
}

// ---- a new bot

fn new_form(place: OwnBots, room: StoredValue<String>) -> ErasedView {
    let session = use_session();
    let submit = move || {
        if let Some(wish) = wished(place) {
            session.run_for(&room.get_value(), move |state, room| state.make_own_bot(room, &wish));
        }
    };
    let refusal = refusal(place.problems[0], LINES);
    let of_name = (INTEGRATION_NAME_GRAPHEMES_MAX, NAME_BYTES_MAX);
    view! {
        <form class="setting-form" on:submit=submit_handler(submit)>
            {refusal.text_field(NAME, said!(own_bots.name), place.name, of_name)}
            <div role="group" aria-labelledby=RIGHTS>
                <span class="label" id=RIGHTS>{said!(own_bots.scopes)}</span>
                <div class="choices">
                    {right(refusal, READ, place.may_read, said!(own_bots.read))}
                    {right(refusal, "own-bot-write", place.may_write, said!(own_bots.write))}
                </div>
                {refusal.under(READ)}
            </div>
            <label class="label" for=LINES>{said!(own_bots.commands)}</label>
            {lines_field(refusal, LINES, place.lines)}
            <p class="setting-note" id=HINT>{said!(own_bots.lines)}</p>
            <label class="label" for=ADDRESS>{said!(own_bots.address)}</label>
            <input
                id=ADDRESS
                class="field"
                type="url"
                autocomplete="off"
                aria-invalid=refusal.mark(ADDRESS)
                aria-describedby=refusal.description(ADDRESS, "")
                prop:value=text(move || place.address.get())
                on:input=refusal.edited(ADDRESS, move |event| place.address.set(event_target_value(&event)))
            />
            {refusal.under(ADDRESS)}
            {refusal.of_form()}
            <div class="setting-row">
                <button class="btn" type="submit" disabled=switch(move || place.is_making.get())>
                    {said!(own_bots.make)}
                </button>
            </div>
        </form>
    }
    .client_only()
}

/// Refusal of a form with this field of commands.
fn refusal(place: RwSignal<Option<BotProblem>>, lines: &'static str) -> FormRefusal {
    let i18n = use_i18n();
    FormRefusal::of(place, move |problem| wrong_field(*problem, lines), move |problem| problem_words(i18n, *problem))
}

/// Choice of a right. If none is chosen, all are wrong.
fn right(refusal: FormRefusal, id: &'static str, state: RwSignal<bool>, words: TextBinding) -> ErasedView {
    view! {
        <label class="check">
            <input
                id=id
                type="checkbox"
                aria-invalid=refusal.mark(READ)
                aria-describedby=refusal.description(READ, "")
                prop:checked=switch(move || state.get())
                on:change=refusal.edited(READ, move |event| state.set(event_target_checked(&event)))
            />
            {words}
        </label>
    }
    .client_only()
}

/// Field for the lines of commands.
fn lines_field(refusal: FormRefusal, id: &'static str, lines: RwSignal<String>) -> ErasedView {
    view! {
        <textarea
            id=id
            class="field"
            rows="3"
            dir="auto"
            aria-invalid=refusal.mark(id)
            aria-describedby=refusal.description(id, HINT)
            prop:value=text(move || lines.get())
            on:input=refusal.edited(id, move |event| lines.set(event_target_value(&event)))
        ></textarea>
        {refusal.under(id)}
    }
    .client_only()
}

/// Returns the bot of the form; `None` if something is missing in it, which is said.
fn wished(place: OwnBots) -> Option<BotWish> {
    let name = place.name.get_untracked();
    let scopes = place.scopes();
    let problem = match is_unseen(&name) {
        true => Some(BotProblem::Name),
        false => scopes.is_empty().then_some(BotProblem::NoScope),
    };
    if problem.is_some() {
        place.problems[0].set(problem);
        return None;
    }
    let commands = checked(place.problems[0], place.lines)?;
    let url = place.address.with_untracked(|address| address.trim().to_owned());
    let webhook = (!url.is_empty()).then_some(BotWebhook { url });
    Some(BotWish { name, scopes, commands, webhook })
}

/// Returns the commands of a field; `None` if a line of it is none, which is said.
fn checked(problem: RwSignal<Option<BotProblem>>, lines: RwSignal<String>) -> Option<Vec<OwnCommand>> {
    let commands = lines.with_untracked(|lines| commands_of(lines));
    problem.set(commands.as_ref().err().map(|line| BotProblem::Line(*line)));
    commands.ok()
}

/// Token of a new bot, and the secret of its webhook.
fn secrets(place: OwnBots, made: NewBot) -> ErasedView {
    let NewBot { bot, token, webhook_secret } = made;
    let (name, of_webhook) = (bot.name.clone(), bot.name);
    let secret = webhook_secret.map(|secret| {
        let label = said!(own_bots.secret, name = of_webhook.as_str());
        copied_field(place.is_copied, SECRET, label, Signal::stored(secret))
    });
    let label = said!(own_bots.token, name = name.as_str());
    view! {
        {copied_field(place.is_copied, TOKEN, label, Signal::stored(token))}
        {secret}
    }
    .client_only()
}

// ---- the list

fn row(place: OwnBots, room: StoredValue<String>, id: String) -> ErasedView {
    let (own, of_step) = (id.clone(), id.clone());
    let bot = Memo::new(move |_| place.items.with(|all| all.iter().find(|one| one.id == own).cloned()));
    let step = Memo::new(move |_| {
        place.step.with(|step| step.as_ref().filter(|(of, _)| *of == of_step).map(|(_, part)| *part))
    });
    let shown = move || match step.get() {
        None => plain(place, bot, &id),
        Some(BotStep::Commands) => commands_form(place, room, bot, id.clone()),
        Some(BotStep::Revoke) => ask(place, room, bot, id.clone()),
    };
    view! { <li class="setting-row">{choice(shown)}</li> }.client_only()
}

fn plain(place: OwnBots, bot: ListedBot, id: &str) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let about = move || {
        let language = session.settings.language.get();
        bot.with(|bot| bot.as_ref().map(|bot| about(i18n, bot, &language)).unwrap_or_default())
    };
    view! {
        <span class="grow">
            <b><bdi>{text(move || name_of(bot))}</bdi></b>
            " "
            <small class="setting-note">{text(about)}</small>
        </span>
        {opener(
            place,
            (bot, id.to_owned(), BotStep::Commands),
            said!(own_bots.commands),
            said!(own_bots.commands_of, name = name_of(bot)),
        )}
        {opener(
            place,
            (bot, id.to_owned(), BotStep::Revoke),
            said!(own_bots.revoke),
            said!(own_bots.revoke_one, name = name_of(bot)),
        )}
    }
    .client_only()
}

/// Returns the day of the making, the rights, the commands and the webhook of a bot.
fn about(i18n: Texts, bot: &OwnBot, language: &str) -> String {
    let mut parts = vec![t_string!(i18n, own_bots.made, date = clock::date_text(bot.made_at, language))];
    parts.extend(bot.scopes.iter().map(|scope| match scope {
        BotScope::Read => t_string!(i18n, own_bots.reads).to_owned(),
        BotScope::Write => t_string!(i18n, own_bots.writes).to_owned(),
    }));
    parts.extend(bot.commands.iter().map(|command| format!("/{}", command.name)));
    parts.extend(bot.webhook.iter().map(|webhook| webhook.url.clone()));
    parts.join(", ")
}

fn name_of(bot: ListedBot) -> String {
    bot.with(|bot| bot.as_ref().map(|bot| bot.name.clone()).unwrap_or_default())
}

/// Button that opens a part of a bot's row.
fn opener(
    place: OwnBots,
    (bot, id, part): (ListedBot, String, BotStep),
    words: TextBinding,
    name: TextBinding,
) -> ErasedView {
    let own_id = opener_id(&id, part);
    let press: EventHandler<ev::MouseEvent> = handler(move |_| {
        let lines = bot.with_untracked(|bot| bot.as_ref().map(|bot| lines_of(&bot.commands)).unwrap_or_default());
        place.problems[1].set(None);
        place.edited.set(lines);
        place.step.set(Some((id.clone(), part)));
    });
    view! {
        <button id=own_id class="btn" type="button" data-kind="small" aria-label=name on:click=press>
            {words}
        </button>
    }
    .client_only()
}

/// Returns the id of the button that opens a part of a bot's row.
fn opener_id(id: &str, part: BotStep) -> String {
    match part {
        BotStep::Commands => format!("commands-{id}"),
        BotStep::Revoke => format!("revoke-{id}"),
    }
}

/// Closes a part of a bot's row, unless another one is open by now, and focuses the button that opened it.
fn close(place: OwnBots, id: &str, part: BotStep) {
    let is_open = place.step.with_untracked(|step| step.as_ref().is_some_and(|(of, open)| of == id && *open == part));
    if is_open {
        place.step.set(None);
        place.problems[1].set(None);
        dom::focus_by_id(&opener_id(id, part));
    }
}

/// Form for all commands of a bot.
fn commands_form(place: OwnBots, room: StoredValue<String>, bot: ListedBot, id: String) -> ErasedView {
    let session = use_session();
    let cancelled = id.clone();
    let refusal = refusal(place.problems[1], EDITED);
    dom::focus_by_id(EDITED);
    let submit = move || {
        if let Some(commands) = checked(place.problems[1], place.edited) {
            let (id, changed) = (id.clone(), id.clone());
            let then = Box::new(move || close(place, &changed, BotStep::Commands));
            session.run_for(&room.get_value(), move |state, room| state.change_own_bot(room, &id, commands, then));
        }
    };
    view! {
        <form class="setting-form grow" on:submit=submit_handler(submit)>
            <label class="label" for=EDITED>
                {said!(own_bots.commands_of, name = name_of(bot))}
            </label>
            {lines_field(refusal, EDITED, place.edited)}
            {refusal.of_form()}
            <div class="setting-row">
                <button class="btn" type="submit" data-kind="small">{said!(own_bots.save)}</button>
                {button_of(
                    "small",
                    said!(dialogs.cancel),
                    handler(move |_| close(place, &cancelled, BotStep::Commands)),
                )}
            </div>
        </form>
    }
    .client_only()
}

fn ask(place: OwnBots, room: StoredValue<String>, bot: ListedBot, id: String) -> ErasedView {
    let session = use_session();
    let stays = id.clone();
    let revoke = move |_| {
        let id = id.clone();
        session.run_for(&room.get_value(), move |state, room| state.revoke_own_bot(room, id));
    };
    question(
        (SURE, QUESTION),
        [said!(own_bots.really, name = name_of(bot)), said!(own_bots.revoke)],
        [handler(revoke), handler(move |_| close(place, &stays, BotStep::Revoke))],
    )
}
