//! Dialog "Moderate" (`ux.md` 2.14): acts on a message, a person or a public room, each with a reason. Its content is in a chunk of its own,
//! because few people have a role.

use protocol::people::moderation::ActKind;
use protocol::words::event::Millis;
use protocol::words::limits::MODERATION_REASON_CHARS_MAX;

use crate::browser::CallError;
use crate::features::alerts::toasts::refusal;
use crate::store::moderation::{ActOutcome, ModerationSubject, Standing};
use crate::ui::prelude::*;
use crate::ui::when::{self as moment, Day};

/// Choice that has the focus first.
const FIRST: &str = "dialog[open] [name=moderate-kind]:checked";
const REASON: &str = "moderate-reason";
/// Minutes in an hour, and in a day.
const HOUR_MINUTES: u64 = 60;
const MINUTES_A_DAY: u64 = 1_440;

/// Dialog about a person or a room.
pub fn moderate(subject: ModerationSubject) -> ErasedView {
    let frame = DialogRef::new();
    let title = moderate_title(subject.name());
    framed(frame, title, load_view(move || moderate_form(frame, subject.clone())))
}

pub fn moderate_title(name: &str) -> TextBinding {
    let name = name.to_owned();
    said!(moderate.title_name, name = &name)
}

lazy_view! {
    moderate:
    pub fn moderate_form(frame: DialogRef, subject: ModerationSubject) {
        let (form, element) = (Form::new(subject), NodeRef::<html::Form>::new());
        // The content comes after the dialog has opened, so it takes the focus itself.
        Effect::new(move |_| {
            if element.get().is_some() {
                dom::focus_soon(FIRST);
            }
        });
        Effect::new(move |_| {
            if form.outcome.get() == ActOutcome::Done {
                dialog::close(frame);
            }
        });
        let submit = move || form.submit();
        let wrong_field = |error: &CallError| if error.is_about("reason") { REASON } else { NO_FIELD };
        let i18n = use_i18n();
        let refusal = FormRefusal::of(form.refused, wrong_field, move |error| refusal_words(i18n, error));
        view! {
            <form on:submit=submit_handler(submit) node_ref=element>
                <div class="dialog-body">
                    {kinds(form)} {amounts(form)} {standing_note(form)} {reason(form, refusal)}
                    {refusal.of_form()}
                </div>
                {submit_or_cancel(frame, said!(moderate.apply))}
            </form>
        }
        .client_only()
    }
}

/// State of the form. Copy it into every closure.
#[derive(Clone, Copy)]
struct Form {
    session: Session,
    subject: StoredValue<ModerationSubject>,
    standing: RwSignal<Standing>,
    kinds: Memo<Vec<ActKind>>,
    kind: RwSignal<ActKind>,
    amount: RwSignal<u64>,
    reason: RwSignal<String>,
    outcome: RwSignal<ActOutcome>,
    refused: RwSignal<Option<CallError>>,
}

impl Form {
    fn new(subject: ModerationSubject) -> Self {
        let session = use_session();
        let standing = session.standing;
        let first = subject.kinds(&Standing::default()).first().copied().unwrap_or(ActKind::Mute);
        let amount = subject.first_amount(first);
        let subject = StoredValue::new(subject);
        let kinds = Memo::new(move |_| standing.with(|standing| subject.with_value(|subject| subject.kinds(standing))));
        let form = Self {
            session,
            subject,
            standing,
            kinds,
            kind: RwSignal::new(first),
            amount: RwSignal::new(amount),
            reason: RwSignal::new(String::new()),
            outcome: RwSignal::new(ActOutcome::Nothing),
            refused: RwSignal::new(None),
        };
        session.run(State::load_standing);
        // What stands may arrive after a choice, and end the offer of that act.
        Effect::new(move |_| {
            let chosen = form.kind.get_untracked();
            let other = kinds.with(|kinds| if kinds.contains(&chosen) { None } else { kinds.last().copied() });
            if let Some(other) = other {
                form.choose(other);
            }
        });
        form
    }

    fn choose(self, kind: ActKind) {
        self.amount.set(self.subject.with_value(|subject| subject.first_amount(kind)));
        self.kind.set(kind);
        self.refused.set(None);
    }

    /// Sends the act. Only one is sent at a time, because each press would be another act.
    fn submit(self) {
        if self.outcome.get_untracked() == ActOutcome::Sent {
            return;
        }
        let (kind, amount, reason) =
            (self.kind.get_untracked(), self.amount.get_untracked(), self.reason.get_untracked());
        let body = self.subject.with_value(|subject| subject.body(kind, amount, reason.trim()));
        let person = self.subject.with_value(|subject| subject.person().cloned());
        self.outcome.set(ActOutcome::Sent);
        self.refused.set(None);
        self.session.run(move |state| state.send_act((kind, person), body, self.outcome, self.refused));
    }
}

fn kinds(form: Form) -> ErasedView {
    let one = move |kind: ActKind| Entry::of(kind.as_str(), move || kind_choice(form, kind));
    radio_group(&|| said!(moderate.what), list(move || form.kinds.get().into_iter().map(one).collect()))
}

fn kind_choice(form: Form, kind: ActKind) -> ErasedView {
    let words = kind_words(kind);
    let is_it = move || form.kind.get() == kind;
    radio("moderate-kind", words, Box::new(is_it), handler(move |_| form.choose(kind)))
}

fn kind_words(kind: ActKind) -> TextBinding {
    match kind {
        ActKind::Remove => said!(moderate.remove),
        ActKind::Mute => said!(moderate.mute),
        ActKind::Unmute => said!(moderate.unmute),
        ActKind::Ban => said!(moderate.ban),
        ActKind::Unban => said!(moderate.unban),
        ActKind::Slow => said!(moderate.slow),
        ActKind::Close => said!(moderate.close),
        ActKind::Open => said!(moderate.open),
    }
}

/// Choice of the length of a mute or ban, or of the interval of slow mode.
fn amounts(form: Form) -> ErasedView {
    choice(move || {
        let kind = form.kind.get();
        match form.subject.with_value(|subject| subject.amounts(kind)) {
            [] => ().erase(),
            amounts => amount_choice(form, kind, amounts),
        }
    })
}

/// The selected option is marked itself, because a list that gets its value before its options loses it.
fn amount_choice(form: Form, kind: ActKind, amounts: &'static [u64]) -> ErasedView {
    let i18n = use_i18n();
    let label = match kind {
        ActKind::Slow => said!(moderate.interval),
        _ => said!(moderate.how_long),
    };
    let option = |amount: &u64| {
        let amount = *amount;
        let is_it = switch(move || form.amount.get() == amount);
        let words = text(move || amount_words(i18n, kind, amount));
        view! { <option value=amount.to_string() prop:selected=is_it>{words}</option> }.client_only()
    };
    let chosen = move |event: ev::Event| {
        if let Ok(amount) = event_target_value(&event).parse() {
            form.amount.set(amount);
        }
    };
    select_row("moderate-amount", label, amounts.iter().map(option).collect(), handler(chosen))
}

fn amount_words(i18n: Texts, kind: ActKind, amount: u64) -> String {
    match (kind, amount) {
        (ActKind::Slow, 0) => t_string!(i18n, moderate.slow_off).to_owned(),
        (ActKind::Slow, seconds) => t_string!(i18n, moderate.seconds, count = seconds),
        (_, 0) => t_string!(i18n, moderate.no_end).to_owned(),
        (_, minutes) if minutes % MINUTES_A_DAY == 0 => t_string!(i18n, moderate.days, count = minutes / MINUTES_A_DAY),
        (_, minutes) if minutes % HOUR_MINUTES == 0 => t_string!(i18n, moderate.hours, count = minutes / HOUR_MINUTES),
        (_, minutes) => t_string!(i18n, moderate.minutes, count = minutes),
    }
}

/// Says what stands for the person or in the room.
fn standing_note(form: Form) -> ErasedView {
    let i18n = use_i18n();
    let words = Memo::new(move |_| {
        form.standing.with(|standing| form.subject.with_value(|subject| standing_words(i18n, subject, standing)))
    });
    let note = move || view! { <p class="setting-note">{text(move || words.get())}</p> }.client_only();
    when(move || words.with(|words| !words.is_empty()), note)
}

fn standing_words(i18n: Texts, subject: &ModerationSubject, standing: &Standing) -> String {
    let mut words: Vec<String> = Vec::new();
    if let Some(person) = subject.person() {
        words.extend(standing.muted_until(&person.id).map(|until| term_words(i18n, until, false)));
        words.extend(standing.banned_until(&person.id).map(|until| term_words(i18n, until, true)));
    }
    if let ModerationSubject::Room { room, .. } = subject
        && let Some(rule) = standing.rule_of(room)
    {
        let slow = (rule.slow_s > 0).then(|| t_string!(i18n, moderate.is_slow, count = rule.slow_s));
        words.extend(slow);
        words.extend(rule.is_closed.then(|| t_string!(i18n, moderate.is_closed).to_owned()));
    }
    words.join(" ")
}

fn term_words(i18n: Texts, until: Millis, is_ban: bool) -> String {
    let (date, time) = (moment::day_rule(i18n, until, Day::InText), moment::time(i18n, until));
    match (is_ban, until) {
        (true, 0) => t_string!(i18n, moderate.is_banned).to_owned(),
        (true, _) => t_string!(i18n, moderate.is_banned_until, date = date, time = time),
        (false, _) => t_string!(i18n, moderate.is_muted_until, date = date, time = time),
    }
}

/// Field of the reason, with common ones that fill it.
fn reason(form: Form, refusal: FormRefusal) -> ErasedView {
    let i18n = use_i18n();
    let common: [fn(Texts) -> &'static str; 3] = [
        |i18n: Texts| t_string!(i18n, moderate.reason_ads),
        |i18n: Texts| t_string!(i18n, moderate.reason_abuse),
        |i18n: Texts| t_string!(i18n, moderate.reason_off_topic),
    ];
    let one = move |words: fn(Texts) -> &'static str| {
        let fill = handler(move |_| {
            refusal.edit(REASON);
            form.reason.set(untrack(|| words(i18n)).to_owned());
        });
        button_of("small", text(move || words(i18n)), fill).client_only()
    };
    view! {
        <div class="setting-part">
            <label class="label" for=REASON>{said!(moderate.reason)}</label>
            <div class="choices" role="group" aria-label=said!(moderate.common)>{Vec::from(common.map(one))}</div>
            <textarea
                class="field"
                id=REASON
                rows="3"
                maxlength=MODERATION_REASON_CHARS_MAX.to_string()
                required
                dir="auto"
                aria-invalid=refusal.mark(REASON)
                aria-describedby=refusal.description(REASON, "moderate-told")
                prop:value=text(move || form.reason.get())
                on:input=refusal.edited(REASON, move |event| form.reason.set(event_target_value(&event)))
            ></textarea>
            {refusal.under(REASON)}
            <p class="setting-note" id="moderate-told">{text(move || told_words(i18n, form.kind.get()))}</p>
        </div>
    }
    .client_only()
}

/// Says who reads the reason. The event of a removal names the moderator, and nobody is told of an act on a room (`moderation.md` 3).
fn told_words(i18n: Texts, kind: ActKind) -> &'static str {
    match kind {
        ActKind::Remove => t_string!(i18n, moderate.told_remove),
        ActKind::Slow | ActKind::Close | ActKind::Open => t_string!(i18n, moderate.told_room),
        _ => t_string!(i18n, moderate.told_why),
    }
}

fn refusal_words(i18n: Texts, error: &CallError) -> String {
    match error.code.as_str() {
        "FORBIDDEN" => t_string!(i18n, moderate.forbidden).to_owned(),
        "CONFLICT" => t_string!(i18n, moderate.conflict).to_owned(),
        "NOT_FOUND" => t_string!(i18n, moderate.gone).to_owned(),
        "VALIDATION" => t_string!(i18n, moderate.unusable).to_owned(),
        code => refusal(i18n, code, error.retry_after_ms.map(|ms| ms.div_ceil(1_000) as u32)),
    }
}
