//! Dialog that reports a person to the operators: the reason, and a switch that blocks the person as well. The dialog shows the result.

use protocol::people::report::Reason;

use crate::store::reports::{Outcome, ReportSubject};
use crate::ui::prelude::*;

/// Button that closes the dialog after the report.
const LAST_BUTTON: &str = "dialog[open] .dialog-foot > .btn";

/// Dialog for the person whose menu opened it, with its initial result.
pub fn report_person(outcome: Outcome) -> ErasedView {
    let Some(person) = use_session().relations.asked.get_untracked() else { return ().erase() };
    let frame = DialogRef::new();
    let title = title(&person.name);
    framed(frame, title, report_form(frame, ReportSubject { person, message: None }, outcome, None))
}

pub fn title(name: &str) -> TextBinding {
    let name = name.to_owned();
    said!(dialogs.report_name, name = &name)
}

/// Content of the dialog, with the present result of the report. `message` is the message that is reported, if the report is about one.
pub fn report_form(
    frame: DialogRef,
    about: ReportSubject,
    outcome: Outcome,
    message: Option<ErasedView>,
) -> ErasedView {
    let (session, i18n) = (use_session(), use_i18n());
    let (reason, blocks) = (RwSignal::new(None), RwSignal::new(false));
    let outcome = RwSignal::new(outcome);
    let is_done = move || outcome.get() == Outcome::Done;
    let may_block = !untrack(|| session.relations.is_blocked(&about.person.id));
    let submit = move || {
        if let Some(reason) = reason.get_untracked() {
            let (about, blocks) = (about.clone(), blocks.get_untracked());
            session.run(move |state| state.report(&about, reason, blocks, outcome));
        }
    };
    // The focused element disappears, so the focus moves.
    Effect::new(move |_| {
        if is_done() {
            dom::focus_soon(LAST_BUTTON);
        }
    });
    let thanks = move || if is_done() { t_string!(i18n, dialogs.reported) } else { "" };
    view! {
        <form on:submit=submit_handler(submit)>
            <div class="dialog-body">
                {message}
                {when(move || !is_done(), move || choices(reason, blocks, may_block))}
                <p role="status">{text(thanks)}</p>
                {when(move || outcome.get().is_failure(), move || dialog::complaint(reason_of(outcome)))}
            </div>
            {when(move || !is_done(), move || submit_or_cancel(frame, said!(dialogs.report_send)))}
        </form>
        {when(is_done, move || done(frame))}
    }
    .client_only()
}

fn choices(reason: RwSignal<Option<Reason>>, blocks: RwSignal<bool>, may_block: bool) -> ErasedView {
    let block_too = may_block.then(|| check(blocks, said!(dialogs.block_too)));
    view! {
        {radio_group(&|| said!(dialogs.report_why), Vec::from(Reason::ALL.map(|one| choice(reason, one))).erase())}
        {block_too}
    }
    .client_only()
}

/// Choice of one reason. None is preselected; the browser asks for one.
fn choice(reason: RwSignal<Option<Reason>>, one: Reason) -> ErasedView {
    let words = match one {
        Reason::Spam => said!(dialogs.report_spam),
        Reason::Abuse => said!(dialogs.report_abuse),
        Reason::Other => said!(dialogs.report_other),
    };
    view! {
        <label class="check">
            <input
                type="radio"
                name="report-why"
                required
                autofocus=one == Reason::Spam
                on:change=handler(move |_| reason.set(Some(one)))
            />
            {words}
        </label>
    }
    .client_only()
}

fn reason_of(outcome: RwSignal<Outcome>) -> TextBinding {
    let i18n = use_i18n();
    text(move || match outcome.get() {
        Outcome::Later => t_string!(i18n, dialogs.reports_full),
        Outcome::Unreachable => t_string!(i18n, refused.network),
        _ => t_string!(i18n, refused.other),
    })
}
