//! Text nodes that a browser's translator has replaced by nodes of its own. The page still writes into its old nodes, which are not
//! visible. This file puts a changed node back into the page, where it is translated again.

use js_sys::{Array, WeakMap};
use wasm_bindgen::prelude::*;
use web_sys::{Element, MutationObserver, MutationObserverInit, MutationRecord, Node, Text};

use super::device::document;

/// Tag of the elements that translators insert.
const REPLACEMENT_TAG: &str = "FONT";

/// Watches the text nodes of the document, for the life of the page.
pub fn watch() {
    let Some(body) = document().and_then(|document| document.body()) else { return };
    let replacements = WeakMap::new();
    let react = Closure::<dyn Fn(Array, MutationObserver)>::new(move |records: Array, observer: MutationObserver| {
        for record in records.iter().map(JsCast::unchecked_into::<MutationRecord>) {
            if record.type_() == "characterData" {
                record.target().inspect(|words| put_back(&replacements, words));
            } else if record.removed_nodes().length() > 0 {
                note(&replacements, &record, &observer);
            }
        }
    });
    let options = MutationObserverInit::new();
    options.set_child_list(true);
    options.set_subtree(true);
    if let Ok(observer) = MutationObserver::new(react.into_js_value().unchecked_ref()) {
        // A body can be observed.
        let _ = observer.observe_with_options(&body, &options);
    }
}

/// Stores which text node was replaced by which element, and observes its changes from now on.
fn note(replacements: &WeakMap, record: &MutationRecord, observer: &MutationObserver) {
    let added = (0..record.added_nodes().length()).filter_map(|at| record.added_nodes().get(at));
    let mut near = added.chain(record.previous_sibling()).chain(record.next_sibling());
    let Some(replacement) = near.find(|node| node.node_name() == REPLACEMENT_TAG) else { return };
    let removed = (0..record.removed_nodes().length()).filter_map(|at| record.removed_nodes().get(at));
    let options = MutationObserverInit::new();
    options.set_character_data(true);
    for words in removed.filter_map(|node| node.dyn_into::<Text>().ok()) {
        replacements.set(&words, &replacement);
        // A text node can be observed.
        let _ = observer.observe_with_options(&words, &options);
    }
}

/// Puts a text node back in the place of its replacement.
fn put_back(replacements: &WeakMap, words: &Node) {
    let replacement = replacements.get(words).dyn_into::<Element>();
    if let Ok(replacement) = replacement
        && !words.is_connected()
        && replacement.is_connected()
    {
        replacements.delete(words);
        // The replacement has a parent.
        let _ = replacement.replace_with_with_node_1(words);
    }
}
