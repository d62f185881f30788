//! Search in the settings (`ux.md` 2.6): while a text is typed, the dialog shows the settings whose label or heading contains it.

use crate::browser::letters::comparable;
use crate::browser::settings_search;
use crate::prelude::*;

/// Selector of the part that is searched.
const PANELS: &str = ".settings-panels";

/// Sought text, and the number of settings with it.
#[derive(Clone, Copy)]
pub struct FoundSettings {
    sought: RwSignal<String>,
    count: RwSignal<u32>,
}

impl FoundSettings {
    /// Begins without a search. From now on, the settings follow the typed text.
    pub fn begin() -> Self {
        let (sought, count) = (RwSignal::new(String::new()), RwSignal::new(0));
        // The dialog may be closed by the time of a call.
        let filter = move |words: &str| {
            let _ = count.try_set(settings_search::filter(PANELS, words));
        };
        Effect::new(move |_| {
            let words = comparable(sought.get().trim());
            dom::after_paint(move || filter(&words));
        });
        // Rows that arrive late are searched too.
        settings_search::watch(PANELS, move || {
            let words = sought.try_with_untracked(|sought| comparable(sought.trim())).unwrap_or_default();
            if !words.is_empty() {
                filter(&words);
            }
        });
        Self { sought, count }
    }

    /// Returns `true` while a text is sought. Reactive.
    pub fn is_on(self) -> bool {
        self.sought.with(|sought| !sought.trim().is_empty())
    }

    pub fn end(self) {
        self.sought.set(String::new());
    }

    /// Escape ends the search; without one it closes the dialog.
    fn pressed(self, event: &ev::KeyboardEvent) {
        if event.key() == "Escape" && self.sought.with_untracked(|sought| !sought.is_empty()) {
            event.prevent_default();
            event.stop_propagation();
            self.end();
        }
    }

    fn result(self, i18n: Texts) -> String {
        match (self.is_on(), self.count.get()) {
            (false, _) => String::new(),
            (true, 0) => t_string!(i18n, sections.none).to_owned(),
            (true, count) => t_string!(i18n, sections.found, count = count),
        }
    }
}

/// Renders the field, and the result in words.
pub fn search_field(search: FoundSettings) -> ErasedView {
    let i18n = use_i18n();
    view! {
        <div class="settings-search">
            <input
                class="field"
                type="search"
                dir="auto"
                aria-label=said!(sections.search)
                placeholder=said!(sections.search)
                autocomplete="off"
                prop:value=text(move || search.sought.get())
                on:input=handler(move |event| search.sought.set(event_target_value(&event)))
                on:keydown=handler(move |event| search.pressed(&event))
            />
            <p class="setting-note" role="status">{text(move || search.result(i18n))}</p>
        </div>
    }
    .client_only()
}

#[cfg(test)]
mod tests {
    use protocol::codec::json::Value;
    use protocol::words::language::tags;

    /// Returns the lists of other names in one language, in lower case.
    fn lists_in(language: &str) -> Vec<(String, Vec<String>)> {
        let path = format!("{}/locales/{language}.json", env!("CARGO_MANIFEST_DIR"));
        let texts = Value::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
        let lists = texts.get("sections").unwrap().get("also").unwrap().as_object().unwrap();
        let names = |list: &Value| list.as_str().unwrap().split(", ").map(str::to_lowercase).collect();
        lists.iter().map(|(setting, list)| (setting.clone(), names(list))).collect()
    }

    #[test]
    fn every_language_has_the_english_other_names_as_well() {
        let english = lists_in("en");
        for language in tags() {
            let own = lists_in(language);
            assert_eq!(own.len(), english.len(), "{language}");
            for ((setting, names), (of, wanted)) in own.iter().zip(&english) {
                assert_eq!(setting, of, "{language}");
                assert!(names.iter().all(|name| !name.trim().is_empty()), "{language}: {setting}");
                assert!(wanted.iter().all(|name| names.contains(name)), "{language}: {setting}");
            }
        }
    }
}
