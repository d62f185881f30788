//! Own emoticon of a writer: small, it moves once when it appears and again on pointer or focus. Without motion it is still.

use protocol::content::own_emoticons::EmbeddedEmoticon;

use crate::prelude::*;
use crate::ui::moving_picture;
use crate::ui::pictures::{fitted, styles};

/// Largest size in which emoticons are shown.
const SHOWN_PX_MAX: (u32, u32) = (48, 48);

lazy_view! {
    files:
    /// Renders an emoticon. `is_looked_at` is `true` while the focus is on its message.
    pub fn own_emoticon(one: EmbeddedEmoticon, is_viewed: RwSignal<bool>) {
        view! { {styles()} {drawing(one, is_viewed)} }.client_only()
    }
}

/// Renders the picture; its code is the fallback, and the text of a copy.
fn drawing(one: EmbeddedEmoticon, is_viewed: RwSignal<bool>) -> ErasedView {
    let is_lost = RwSignal::new(false);
    let may_move = [".png-", ".gif-", ".webp-"].into_iter().any(|kind| one.file.contains(kind));
    let (source, again) = moving_picture::source(format!("/api/files/{}", one.file), may_move, is_lost);
    Effect::new(move |_| {
        if is_viewed.get() {
            again.run(());
        }
    });
    let (width, height) = size_of(&one.file);
    let (code, name) = (one.code.clone(), format!("{} {}", one.alt, one.code));
    let shown = choice(move || {
        if is_lost.get() {
            return whole(vec![code.clone().erase()]);
        }
        let source = source.get();
        if source.is_empty() {
            return ().erase();
        }
        view! {
            <img
                src=source
                alt=code.clone()
                aria-label=name.clone()
                width=width.to_string()
                height=height.to_string()
                on:error=handler(move |_| is_lost.set(true))
            />
        }
        .client_only()
    });
    view! { <span class="em-own" on:mouseenter=handler(move |_| again.run(()))>{shown}</span> }.client_only()
}

/// Returns the display size, which is part of the id.
fn size_of(id: &str) -> (u32, u32) {
    let size = id.rsplit('-').next().and_then(|size| size.split_once('x'));
    let sides = size.and_then(|(width, height)| Some((width.parse().ok()?, height.parse().ok()?)));
    let (width, height) = sides.unwrap_or((1, 1));
    fitted(width, height, SHOWN_PX_MAX)
}

#[cfg(test)]
mod tests {
    use super::size_of;

    #[test]
    fn none_is_larger_than_readers_show() {
        for (rest, shown) in
            [("gif-9-512x512", (48, 48)), ("png-9-20x10", (20, 10)), ("webp-9-512x128", (48, 12)), ("x", (1, 1))]
        {
            assert_eq!(size_of(&format!("u.x.{rest}")), shown);
        }
    }
}
