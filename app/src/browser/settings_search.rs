//! Search in the settings (`ux.md` 2.6): an attribute marks what does not contain the sought text, and the style sheet hides it. The marks
//! are on elements, because the labels of settings are texts of many views. Like `dom`, this code serves both halves: the server compiles
//! it and never runs it.

use leptos::prelude::{SetValue, StoredValue, UpdateValue, on_cleanup};
use leptos::web_sys::Element;

use super::dom::{self, all};
use super::letters::comparable;
use super::watch;

const MARK: &str = "data-left-out";
/// Elements whose parts are searched one by one.
const GROUPS: &str = ".settings-panel, .setting:not([role=radiogroup]), ul";
/// Elements of a group with its title, or with what it is for: a group for which one of them or another name contains the text is shown
/// whole.
const TITLES: &str = ".setting-head, legend, .setting > p.setting-note:not([role])";
/// Elements that are settings; everything else is shown with them or found by its text.
const SETTINGS: &str = ".setting-row, [role=radiogroup], .setting > .btn, .settings-panel > .btn";
/// Other names of a setting or of a group: a search finds it by them as well. The page does not show them.
const ALSO: &str = "data-also";
/// Elements that must stay, because they announce their text.
const LIVE: &str = "[role=status], [role=alert]";

/// Marks everything below the first element that matches `root` and does not contain `sought`, a comparable text, and returns the number of
/// settings that do. An empty text removes the marks.
pub fn filter(root: &str, sought: &str) -> u32 {
    let Some(root) = dom::found(root) else { return 0 };
    unmark(&root);
    if sought.is_empty() {
        return 0;
    }
    all(&root, ":scope > *").iter().map(|part| search(part, sought)).sum()
}

/// Calls `changed` whenever rows or texts below the first element that matches `root` change, as long as the current owner lives. The
/// marks are attributes, and do not count.
pub fn watch(root: &'static str, changed: impl Fn() + 'static) {
    let watch = StoredValue::new_local(None);
    on_cleanup(move || drop(watch.try_update_value(Option::take)));
    dom::after_paint(move || {
        if let Some(root) = dom::found(root) {
            // The element may be gone with its owner by now; then nothing is observed.
            watch.try_set_value(watch::changes(&root, |what| what.set_character_data(true), changed));
        }
    });
}

fn search(element: &Element, sought: &str) -> u32 {
    let count = if is(element, GROUPS) { search_group(element, sought) } else { contains(element, sought) };
    if count == 0 {
        // The name is valid.
        let _ = element.set_attribute(MARK, "");
    }
    count
}

fn search_group(group: &Element, sought: &str) -> u32 {
    let its = all(group, ":scope > *");
    let has_title = |part: &Element| is(part, TITLES) && contains(part, sought) > 0;
    if is_also_called(group, sought) || its.iter().any(has_title) {
        let whole = all(group, SETTINGS).len() as u32;
        return whole.max(1);
    }
    its.iter().filter(|part| !is(part, TITLES) && !is(part, LIVE)).map(|part| search(part, sought)).sum()
}

/// Returns 1 if the label of the element or one of its other names contains the text. The choices of a list are no label.
fn contains(element: &Element, sought: &str) -> u32 {
    let label = element.query_selector(":scope > .label").ok().flatten();
    let text = label.as_ref().unwrap_or(element).text_content().unwrap_or_default();
    u32::from(comparable(&text).contains(sought) || is_also_called(element, sought))
}

fn is_also_called(element: &Element, sought: &str) -> bool {
    element.get_attribute(ALSO).is_some_and(|names| comparable(&names).contains(sought))
}

fn unmark(root: &Element) {
    for part in all(root, &format!("[{MARK}]")) {
        // The name is valid.
        let _ = part.remove_attribute(MARK);
    }
}

fn is(element: &Element, selector: &str) -> bool {
    element.matches(selector).unwrap_or(false)
}
