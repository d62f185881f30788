//! Stage over the log while a wink plays. Skip is there from the first frame; Escape and a tap skip as well.

use crate::appearance::Motion;
use crate::browser::{WinkPlayback, wink};
use crate::features::messages::brief::wink_words;
use crate::store::conversation::Conversation;
use crate::ui::prelude::*;
use crate::ui::words::wink_title;

/// Shows the playing wink of `conversation`.
#[component]
pub fn WinkStage(conversation: Conversation) -> impl IntoView {
    choice(move || match conversation.wink_playback.get() {
        Some(playback) => load_view(move || stage(conversation, playback.clone())),
        None => ().erase(),
    })
}

lazy_view! {
    talk:
    pub fn stage(conversation: Conversation, playback: WinkPlayback) {
        view! { <Stage conversation playback /> }.client_only()
    }
}

#[component]
fn Stage(conversation: Conversation, playback: WinkPlayback) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let stage = NodeRef::<html::Div>::new();
    let room = StoredValue::new(conversation.room_id());
    let wink_id = playback.wink_id.clone();
    let end = move || session.run_for(&room.get_value(), State::wink_shown);
    let motion = session.settings.motion.get_untracked();
    // A still picture is described in words (`ux.md` 4.8).
    let sent = conversation.find(&playback.row_id).filter(|_| motion != Motion::Full);
    let caption = sent.map(|handle| {
        let wink_id = wink_id.clone();
        let words = text(move || wink_words(i18n, conversation, handle, &wink_id));
        view! { <p class="wink-caption">{words}</p> }.client_only()
    });
    wink::perform(stage, playback, motion, end);
    Effect::new(move |_| {
        let listener = window_event_listener(ev::keydown, move |event| {
            // The top layer gets the key first: a dialog closes before the wink behind it is skipped.
            if event.key() == "Escape" && !dom::is_dialog_open() {
                event.prevent_default();
                end();
            }
        });
        on_cleanup(move || listener.remove());
    });
    view! {
        <div class="wink-stage" role="group" aria-label=text(move || wink_title(i18n, &wink_id)) on:click=handler(move |_| end())>
            <div class="wink-box" node_ref=stage></div>
            {caption}
            // A press on the button bubbles to the stage, which skips.
            <button class="btn wink-skip" type="button" data-kind="default">
                {icon("ic-skip", "14")}
                {said!(wink.skip)}
            </button>
        </div>
    }
}
