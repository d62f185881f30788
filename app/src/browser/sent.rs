//! The document as the server sent it, or as an extension or a translator has changed it (`structure.rs`).

use web_sys::{HtmlElement, Node, TreeWalker};

use super::device::document;
use super::storage;
use crate::structure::{ATTRIBUTE, Nodes};

/// `NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT | NodeFilter.SHOW_COMMENT`.
const COUNTED: u32 = 1 | 4 | 128;
/// Key in sessionStorage of a tab whose page broke while it hydrated the document (`shell::TRAP`).
const BROKE: &str = "cfm-broke";

/// Returns `true` if the page can hydrate the document. After a failure in this tab, hydration is not tried again.
pub fn can_be_taken_over() -> bool {
    let Some(body) = document().and_then(|document| document.body()) else { return false };
    storage::tab_item(BROKE).is_none() && body.get_attribute(ATTRIBUTE) == Some(count(&body).written())
}

/// Removes everything from the body except the sprite of drawings, which views refer to.
pub fn clear() {
    let Some(body) = document().and_then(|document| document.body()) else { return };
    let sprite = document().and_then(|document| document.get_element_by_id("sprite"));
    body.set_inner_html("");
    if let Some(sprite) = sprite {
        // The sprite was just taken from this body.
        let _ = body.append_child(&sprite);
    }
}

fn count(body: &HtmlElement) -> Nodes {
    let mut nodes = Nodes::default();
    let walker = document().and_then(|document| document.create_tree_walker_with_what_to_show(body, COUNTED).ok());
    while let Some(node) = walker.as_ref().and_then(next) {
        match node.node_type() {
            Node::COMMENT_NODE => nodes.comments += 1,
            Node::TEXT_NODE => nodes.texts += 1,
            _ => nodes.elements += 1,
        }
    }
    nodes
}

fn next(walker: &TreeWalker) -> Option<Node> {
    walker.next_node().ok().flatten()
}
