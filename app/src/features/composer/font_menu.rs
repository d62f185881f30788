//! Font of new messages: colour, face, style. A switch decides whether messages of others are shown in their fonts.

use protocol::client::Font;
use protocol::words::limits::{FONT_COLORS, FONT_FACES};

use crate::features::messages::message_text::font_words;
use crate::ui::prelude::*;
use crate::ui::sheets::small_dialog;

#[component]
pub fn FontMenu(popover: Popover) -> impl IntoView {
    let label = said!(composer.font);
    let sign = view! { <b aria-hidden="true">"A"</b> };
    popover.at_button("fmt", label, sign.client_only(), move || load_view(move || font_choices(popover)))
}

lazy_view! {
    talk:
    pub fn font_choices(popover: Popover) {
        let label = said!(composer.font);
        small_dialog(popover, "picker font-menu", label, view! { <Choices /> }.client_only())
    }
}

#[component]
fn Choices() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let message_settings = session.settings.message_settings;
    let bits = [Font::BOLD, Font::ITALIC, Font::UNDERLINED, Font::STRUCK];
    let styles = bits.into_iter().enumerate().map(move |(at, bit)| {
        let label = move || nth(t_string!(i18n, font.styles), at);
        let toggle = handler(move |_| {
            session.change_message_settings(|settings| settings.font = settings.font.toggled(bit));
        });
        view! {
            <button
                class="fmt"
                type="button"
                data-item=""
                data-font=font_words(Font::default().toggled(bit))
                aria-pressed=aria_bool(move || message_settings.get().font.has(bit))
                aria-label=text(label)
                title=text(label)
                on:click=toggle
            >
                {text(move || label().chars().next().map(String::from).unwrap_or_default())}
            </button>
        }
    });
    let for_all = handler(move |_| {
        session.change_message_settings(|settings| settings.is_mine_for_all = !settings.is_mine_for_all);
    });
    view! {
            {choices("colors", said!(font.color), FONT_COLORS, move |color| {
                let is_chosen = move || message_settings.get().font.color.unwrap_or(0) == color;
                let label = text(move || nth(t_string!(i18n, font.colors), color.into()));
                let choose = move || {
                    session.change_message_settings(|settings| settings.font = settings.font.colored(color));
                };
                option(Font::default().colored(color), label, text(String::new), Box::new(is_chosen), Box::new(choose))
            })}
            {choices("faces", said!(font.face), FONT_FACES, move |face| {
                let is_chosen = move || message_settings.get().font.face.unwrap_or(0) == face;
                let word = move || nth(t_string!(i18n, font.faces), face.into());
                let choose = move || {
                    session.change_message_settings(|settings| settings.font = settings.font.faced(face));
                };
                option(Font::default().faced(face), text(word), text(word), Box::new(is_chosen), Box::new(choose))
            })}
            <div class="font-styles" role="group" aria-label=said!(font.style)>
                {styles.collect_view()}
            </div>
            <div class="setting-row">
                <span id="font-for-all">{said!(font.for_all)}</span>
                <button
                    class="switch"
                    type="button"
                    role="switch"
                    data-item=""
                    aria-checked=aria_bool(move || message_settings.get().is_mine_for_all)
                    aria-labelledby="font-for-all"
                    on:click=for_all
                ></button>
            </div>
    }
}

/// Option for one value, in its own font.
fn option(
    font: Font,
    label: TextBinding,
    shown: TextBinding,
    is_chosen: Box<dyn Fn() -> bool + Send>,
    choose: Box<dyn Fn() + Send>,
) -> ErasedView {
    view! {
        <button
            type="button"
            role="radio"
            data-item=""
            data-font=font_words(font)
            aria-checked=aria_bool(is_chosen)
            aria-label=label
            on:click=handler(move |_| choose())
        >
            {shown}
        </button>
    }
    .client_only()
}

#[cfg(test)]
mod tests {
    use protocol::words::language::tags;

    use super::*;
    use crate::ui::choices::tests::words_in;

    #[test]
    fn every_colour_and_face_has_a_name_in_every_language() {
        for language in tags() {
            let count = |name| words_in(language, "font", name);
            assert_eq!(count("colors"), usize::from(FONT_COLORS), "{language}");
            assert_eq!(count("faces"), usize::from(FONT_FACES), "{language}");
            assert_eq!(count("styles"), 4, "{language}");
        }
    }
}
