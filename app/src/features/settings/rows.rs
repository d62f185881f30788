//! Parts that several sections of the settings share.

use crate::prelude::*;

pub fn heading(title: TextBinding) -> ErasedView {
    view! { <h3 class="setting-head">{title}</h3> }.client_only()
}

/// Group of radio buttons, which a search finds by other names (`also`) as well.
pub fn own_choice(name: &dyn Fn() -> TextBinding, also: TextBinding, choices: ErasedView) -> ErasedView {
    view! {
        <fieldset class="setting" role="radiogroup" aria-label=name() data-also=also>
            <legend>{name()}</legend>
            {choices}
        </fieldset>
    }
    .client_only()
}

/// Row with a slider in steps of ten percent, and its value in words. `also` has other names, by which a search finds it.
pub fn percent_row(
    id: &'static str,
    label: TextBinding,
    also: Option<TextBinding>,
    [min, max]: [String; 2],
    percent: impl Fn() -> String + Copy + Send + Sync + 'static,
    set: impl Fn(&str) + Send + 'static,
) -> ErasedView {
    let i18n = use_i18n();
    let words = move || t_string!(i18n, settings.percent, number = percent());
    view! {
        <div class="setting-row" data-also=also>
            <label class="label" for=id>{label}</label>
            <output class="setting-note" for=id>{text(words)}</output>
            <input
                type="range"
                id=id
                min=min
                max=max
                step="10"
                aria-valuetext=text(words)
                prop:value=text(percent)
                on:change=handler(move |event| set(&event_target_value(&event)))
            />
        </div>
    }
    .client_only()
}
