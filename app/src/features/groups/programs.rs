//! Parts that the sections for integrations and for bots of a group's dialog share (`integrations.md` 6).

use crate::ui::prelude::*;

/// Moves the focus to the field for a new name when a row is gone, and to what is shown once when it is new. The dialog is drawn anew with
/// every change of the group, so what was shown before takes no focus.
pub fn follow_focus(
    (field, shown_once): (&'static str, &'static str),
    count: impl Fn() -> usize + Copy + 'static,
    made: impl Fn() -> Option<String> + 'static,
) {
    on_removal(count, move || dom::focus_by_id(field));
    // The new row arrives after the focus and moves what is below it, perhaps out of view.
    Effect::new(move |before: Option<usize>| {
        let now = count();
        if before.is_some_and(|before| before < now) {
            dom::show_soon(format!("#{shown_once}:focus"));
        }
        now
    });
    Effect::new(move |before: Option<Option<String>>| {
        let made = made();
        if made.is_some() && before.is_some_and(|before| before != made) {
            dom::focus_whole(shown_once);
        }
        made
    });
}

/// Asks before a program ends, because nothing brings its secret back. `words` are the question and the word of the confirming button.
pub fn question(
    (sure, question): (&'static str, &'static str),
    [words, end_word]: [TextBinding; 2],
    [end, stay]: [EventHandler<ev::MouseEvent>; 2],
) -> ErasedView {
    dom::focus_by_id(sure);
    view! {
        <span id=question class="grow" role="status">{words}</span>
        <button id=sure class="btn" type="button" data-kind="small" aria-describedby=question on:click=end>
            {end_word}
        </button>
        {button_of("small", said!(dialogs.cancel), stay)}
    }
    .client_only()
}

/// Renders a value with a button that copies it, under its label.
pub fn copied_field(
    is_copied: RwSignal<bool>,
    id: &'static str,
    label: TextBinding,
    value: Signal<String>,
) -> ErasedView {
    let label_id = format!("{id}-label");
    let copy = copy_press(is_copied, move || value.get_untracked());
    view! {
        <div class="setting-part">
            <label class="label" id=label_id.clone() for=id>{label}</label>
            <div class="setting-row">
                <input dir="ltr" id=id class="field grow" type="text" readonly prop:value=text(move || value.get()) />
                <button class="btn" type="button" aria-describedby=label_id on:click=copy>
                    {said!(state.copy)}
                </button>
            </div>
        </div>
    }
    .client_only()
}
