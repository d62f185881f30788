//! The text of a message: plain text, links and emoticons. Leptos escapes what is text; there is no HTML in messages.

use leptos::prelude::*;
use protocol::spans::{Span, is_only_emoticons, spans};

use super::icon::emoticon_url;
use super::words::{Texts, emoticon_name};
use crate::browser::part::{IntoPart, Part};
use crate::i18n::use_i18n;

/// The text of a message as it is shown. It never changes: a changed message is a new view.
#[component]
pub fn MessageText(
    /// As it was typed.
    text: String,
) -> impl IntoView {
    let i18n = use_i18n();
    let spans = spans(&text);
    let only = is_only_emoticons(&spans).then_some("emoticons");
    let pieces = spans.iter().map(|span| piece(i18n, span)).collect_view();
    view! { <div class="line-text" dir="auto" data-only=only>{pieces}</div> }
}

/// Emoticons of a short text that is shown elsewhere (personal messages, toasts); its links are text.
pub fn short_text(i18n: Texts, text: &str) -> Vec<Part> {
    let plain = |span: &Span<'_>| match span {
        Span::Emoticon(..) => piece(i18n, span),
        Span::Text(text) | Span::Link(text) => (*text).to_owned().part(),
    };
    spans(text).iter().map(plain).collect()
}

fn piece(i18n: Texts, span: &Span<'_>) -> Part {
    match span {
        Span::Text(text) => (*text).to_owned().part(),
        Span::Link(url) => {
            let (url, shown) = ((*url).to_owned(), (*url).to_owned());
            view! { <a href=url target="_blank" rel="noopener noreferrer nofollow ugc">{shown}</a> }.part()
        }
        Span::Emoticon(emoticon, key) => {
            let (emoticon, key) = (*emoticon, (*key).to_owned());
            let alt = move || format!("{} {key}", emoticon_name(i18n, emoticon));
            let drawing = emoticon_url(emoticon);
            view! { <img class="em" src=drawing alt=alt width="20" height="20" /> }.part()
        }
    }
}
