//! Sheet with all actions on a message in words, the reactions on top (`ux.md` 2.10): from below on a phone, else beside the message. It is
//! a native dialog, so Escape and the back gesture of the browser close it, and the focus returns to where it was.

use super::actions::{Action, Message};
use super::reactions::{glyph, reaction_name};
use crate::browser::{anchor, sheet};
use crate::store::arrangement::ListDialog;
use crate::store::conversation::MessageDialog;
use crate::ui::prelude::*;

/// Reactions with a button in the sheet.
const REACTIONS: [&str; 4] = ["like", "heart", "star", "dislike"];
/// Stops of the arrow keys.
const STOPS: &str = ".sheet-actions button";

/// Renders the frame; the content is in the chunk of the strip.
pub fn message_sheet(id: String) -> ErasedView {
    let session = use_session();
    let frame = DialogRef::new();
    Effect::new(move |_| dialog::show(frame));
    let row = format!(".msg[data-id=\"{id}\"]");
    let closed = move |_| {
        // An action may have opened another dialog by now.
        let is_own = |open: &ListDialog| matches!(open, ListDialog::Message(MessageDialog::Actions(_)));
        if session.list_dialog.with_untracked(is_own) {
            session.list_dialog.set(ListDialog::Closed);
        }
        // The strip, whose button opened the sheet, may have gone with the pointer.
        dom::mend_focus([row.clone()]);
    };
    let outside = move |event: ev::MouseEvent| {
        if !anchor::is_in(event.target(), ".sheet-body") {
            dialog::close(frame);
        }
    };
    view! {
        <dialog
            class="sheet"
            aria-label=said!(talk.message_actions)
            node_ref=frame
            on:close=handler(closed)
            on:click=handler(outside)
            on:keydown=handler(|event| dom::walk(&event, STOPS))
        >
            <div class="sheet-body">{head(frame)} {load_view(move || sheet_actions(id.clone(), frame))}</div>
        </dialog>
    }
    .client_only()
}

/// Head of the sheet on a phone: a handle that a finger draws down, and the button that closes it.
fn head(frame: DialogRef) -> ErasedView {
    let (head, from_px) = (NodeRef::<html::Div>::new(), StoredValue::new(None::<i32>));
    let drawn_px = move |event: &ev::PointerEvent| from_px.get_value().map(|from_px| event.client_y() - from_px);
    let press = move |event: ev::PointerEvent| {
        // A captured pointer would not press the button.
        if !anchor::is_in(event.target(), "button") {
            from_px.set_value(Some(event.client_y()));
            anchor::hold_pointer(head, event.pointer_id());
        }
    };
    let draw = move |event: ev::PointerEvent| {
        if let Some(by_px) = drawn_px(&event) {
            sheet::draw(frame, by_px);
        }
    };
    let release = move |event: ev::PointerEvent| {
        let by_px = drawn_px(&event).unwrap_or_default();
        from_px.set_value(None);
        if sheet::is_far(by_px) {
            dialog::close(frame);
        } else {
            sheet::draw(frame, 0);
        }
    };
    let cancel = move |_: ev::PointerEvent| {
        from_px.set_value(None);
        sheet::draw(frame, 0);
    };
    view! {
        <div
            class="sheet-head"
            node_ref=head
            on:pointerdown=handler(press)
            on:pointermove=handler(draw)
            on:pointerup=handler(release)
            on:pointercancel=handler(cancel)
        >
            {bare_icon_button("ic-close", "16", said!(settings.close), handler(move |_| dialog::close(frame)))}
        </div>
    }
    .client_only()
}

lazy_view! {
    talk:
    /// Content of the sheet. A message that nobody can act on any more has none, and the sheet closes.
    pub fn sheet_actions(id: String, frame: DialogRef) {
        let Some(message) = Message::find(&id) else {
            dialog::close(frame);
            return ().erase();
        };
        let content = NodeRef::<html::Div>::new();
        sheet::follow(frame, id.clone());
        Effect::new(move |_| {
            if content.get().is_some() {
                let id = id.clone();
                dom::after_paint(move || {
                    sheet::place(frame, &id);
                    dom::focus(STOPS);
                });
            }
        });
        view! {
            <div class="sheet-actions" node_ref=content>
                {reactions(message, frame)}
                {message.all().into_iter().map(|action| line(action, frame)).collect_view()}
            </div>
        }
        .client_only()
    }
}

/// Line of reactions, and the button that opens all of them.
fn reactions(message: Message, frame: DialogRef) -> ErasedView {
    let i18n = use_i18n();
    let one = |reaction: &'static str| {
        let is_own = message.has_own(reaction);
        let press = move |_| {
            dialog::close(frame);
            message.react(reaction);
        };
        view! {
            <button
                type="button"
                aria-label=said!(talk.react_name, name = reaction_name(i18n, reaction))
                aria-pressed=aria_bool(move || is_own)
                on:click=handler(press)
            >
                {glyph(reaction)}
            </button>
        }
        .client_only()
    };
    let all = move |_| {
        dialog::close(frame);
        dom::after_paint(move || message.open(MessageDialog::React));
    };
    view! {
        <div class="sheet-reactions" role="group" aria-label=said!(sheet.reactions)>
            {REACTIONS.map(one).collect_view()}
            <button type="button" aria-haspopup="dialog" aria-label=said!(talk.react) on:click=handler(all)>
                {icon("ic-plus", "16")}
            </button>
        </div>
    }
    .client_only()
}

/// One action in words. The sheet closes first, and gives the focus back before the action moves it; it stays for an action with a state,
/// which it shows.
fn line(action: Action, frame: DialogRef) -> ErasedView {
    let Action { drawing, name, is_on, press } = action;
    let pressed: WordBinding = match is_on {
        Some(is_on) => aria_bool(move || is_on.get()),
        None => word(|| None),
    };
    let press = move |_| {
        if is_on.is_some() {
            return press();
        }
        dialog::close(frame);
        let press = press.clone();
        dom::after_paint(move || press());
    };
    view! {
        <button class="sheet-line" type="button" aria-pressed=pressed on:click=handler(press)>
            {icon(drawing, "16")} <span>{name()}</span>
        </button>
    }
    .client_only()
}
