//! Refusal of a form that is answered in the page (`ux.md` 2.2). The form stays as it was typed. Its wrong field is marked, has the focus,
//! and is described by the words under it, until it is edited. A refusal of no field is an alert of the form. Forms that are answered by
//! another document have `pages::form_field`, which shares the words under a field.

use leptos::ev::Event;

use super::dialog::complaint;
use crate::browser::CallError;
use crate::prelude::*;

/// Takes the place of the id if a refusal is about no field.
pub const NO_FIELD: &str = "";

/// Refusal of a form. Copy it into every closure.
#[derive(Clone, Copy)]
pub struct FormRefusal {
    /// Id of the wrong field, or [`NO_FIELD`]; `None` while nothing is refused.
    wrong: Signal<Option<&'static str>>,
    words: Signal<String>,
    forget: Callback<()>,
}

impl FormRefusal {
    /// Follows the place of a refusal. `wrong_field` returns the id of the field that the refusal is about, or [`NO_FIELD`].
    pub fn of<T: Send + Sync + 'static>(
        place: RwSignal<Option<T>>,
        wrong_field: impl Fn(&T) -> &'static str + Send + Sync + 'static,
        words: impl Fn(&T) -> String + Send + Sync + 'static,
    ) -> Self {
        Self::new(
            move || place.with(|refused| refused.as_ref().map(&wrong_field)),
            move || place.with(|refused| refused.as_ref().map(&words)).unwrap_or_default(),
            move || place.set(None),
        )
    }

    /// Follows the place of a refusal in a form of which only the name can be wrong.
    pub fn of_name(place: RwSignal<Option<CallError>>, id: &'static str) -> Self {
        let i18n = use_i18n();
        Self::of(place, move |_| id, move |_| t_string!(i18n, sign_in.error.name).to_owned())
    }

    /// Follows the signals of these closures: the id of the wrong field, and the words. `forget` ends the refusal.
    pub fn new(
        wrong: impl Fn() -> Option<&'static str> + Send + Sync + 'static,
        words: impl Fn() -> String + Send + Sync + 'static,
        forget: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let (wrong, words) = (Signal::derive(wrong), Signal::derive(words));
        // What was refused before the form was drawn takes no focus.
        Effect::new(move |before: Option<()>| {
            let wrong = wrong.get();
            if let Some(id) = wrong.filter(|id| before.is_some() && *id != NO_FIELD) {
                dom::focus_by_id(id);
                // A field that has the focus already is not scrolled to, and the words stand below it.
                dom::show_soon(format!("[id='{id}-refusal']"));
            }
        });
        Self { wrong, words, forget: Callback::new(move |()| forget()) }
    }

    /// Returns the binding of a field's `aria-invalid`.
    pub fn mark(self, id: &'static str) -> WordBinding {
        word(move || self.is_about(id).then_some("true"))
    }

    /// Returns the binding of a field's `aria-describedby`: the refusal, and the ids of the field's own description.
    pub fn description(self, id: &'static str, own: &str) -> Box<dyn FnMut() -> Option<String> + Send> {
        let own = own.to_owned();
        Box::new(move || {
            let ids = if self.is_about(id) { format!("{id}-refusal {own}") } else { own.clone() };
            Some(ids.trim().to_owned()).filter(|ids| !ids.is_empty())
        })
    }

    /// Returns the handler of a field's edits: a refusal of the field ends, and `write` gets the event.
    pub fn edited(self, id: &'static str, write: impl Fn(Event) + Send + 'static) -> EventHandler<Event> {
        handler(move |event| {
            self.edit(id);
            write(event);
        })
    }

    /// Renders the refusal under its field.
    pub fn under(self, id: &'static str) -> ErasedView {
        when(move || self.is_about(id), move || field_refusal(id, text(move || self.words.get())))
    }

    /// Renders the refusal of no field.
    pub fn of_form(self) -> ErasedView {
        when(move || self.is_about(NO_FIELD), move || complaint(text(move || self.words.get())))
    }

    /// Renders a field for a line of words that the form needs, with its label above it. The limits are numbers of graphemes and bytes.
    pub fn text_field(
        self,
        id: &'static str,
        label: TextBinding,
        value: RwSignal<String>,
        (graphemes, bytes): (usize, usize),
    ) -> ErasedView {
        view! {
            <label class="label" for=id>{label}</label>
            <input
                class="field"
                id=id
                type="text"
                dir="auto"
                autocomplete="off"
                required
                aria-invalid=self.mark(id)
                aria-describedby=self.description(id, "")
                prop:value=text(move || value.get())
                on:input=self.edited(id, move |event| value.set(dom::held(&event, graphemes, bytes)))
            />
            {self.under(id)}
        }
        .client_only()
    }

    /// Returns `true` while the refusal is about this field. Reactive.
    fn is_about(self, id: &str) -> bool {
        self.wrong.get() == Some(id)
    }

    /// Ends a refusal of the field, because its value is changed.
    pub fn edit(self, id: &str) {
        if self.wrong.get_untracked() == Some(id) {
            self.forget.run(());
        }
    }
}

/// Renders the words under the wrong field with this id.
pub fn field_refusal(id: &str, words: TextBinding) -> ErasedView {
    view! { <p class="field-refusal" id=format!("{id}-refusal") role="alert">{words}</p> }.erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrong_field_alone_is_marked_and_described_by_the_refusal_until_it_is_edited() {
        Owner::new().with(|| {
            let place = RwSignal::new(None);
            let wrong_field = |code: &&str| if *code == "NETWORK" { NO_FIELD } else { "one" };
            let refusal = FormRefusal::of(place, wrong_field, |code| format!("{code}!"));
            let marks = || ["one", "two"].map(|id| refusal.mark(id)().is_some());
            assert_eq!((marks(), refusal.description("one", "")()), ([false, false], None));
            place.set(Some("TAKEN"));
            assert_eq!(marks(), [true, false]);
            assert_eq!(refusal.description("one", "hint")().as_deref(), Some("one-refusal hint"));
            assert_eq!(refusal.description("two", "hint")().as_deref(), Some("hint"));
            let html = refusal.under("one").to_html();
            assert!(html.contains("id=\"one-refusal\"") && html.contains("role=\"alert\""), "{html}");
            assert!(html.contains("TAKEN!") && !refusal.under("two").to_html().contains("TAKEN!"), "{html}");
            refusal.edit("two");
            assert_eq!(marks(), [true, false], "another field is edited");
            refusal.edit("one");
            assert_eq!((marks(), place.get_untracked()), ([false, false], None));
            place.set(Some("NETWORK"));
            refusal.edit("one");
            assert_eq!((marks(), place.get_untracked()), ([false, false], Some("NETWORK")));
        });
    }
}
