//! Text of a message: plain text, styled words, code, quotes, links, emoticons and mentions, in the writer's font or the reader's; or an
//! action of the writer (`ux.md` 2.8). Leptos escapes the text; messages contain no HTML.

use leptos::ev::MouseEvent;
use protocol::client::{Font, Maker};
use protocol::content::emoticons::Emoticon;
use protocol::content::markup::{Part, Style, styled};
use protocol::content::mentions::mention;
use protocol::content::own_emoticons::EmbeddedEmoticon;
use protocol::content::slash::{action, automatic};
use protocol::content::spans::{Span, code, is_only_emoticons, quoted, spans, spans_with};
use protocol::words::limits::{FONT_COLORS, FONT_FACES};

use super::brief::sender_name;
use crate::browser::{address, steps};
use crate::features::emoticons::own_emoticon::own_emoticon;
use crate::store::conversation::RowHandle;
use crate::ui::emoticons::emoticon_name;
use crate::ui::prelude::*;

/// The writer's own emoticons in a message.
#[derive(Clone, Copy)]
pub struct MessageEmoticons {
    all: StoredValue<Vec<EmbeddedEmoticon>>,
    is_viewed: RwSignal<bool>,
}

impl MessageEmoticons {
    /// Returns the emoticons of a message, which move again while `is_looked_at`.
    pub fn of(all: Vec<EmbeddedEmoticon>, is_viewed: RwSignal<bool>) -> Self {
        Self { all: StoredValue::new(all), is_viewed }
    }

    /// Returns an empty set.
    pub fn none() -> Self {
        Self::of(Vec::new(), RwSignal::new(false))
    }

    fn find(self, code: &str) -> Option<EmbeddedEmoticon> {
        self.all.with_value(|all| all.iter().find(|one| one.code == code).cloned())
    }
}

/// Rendered text of a message. It never changes: an edit makes a new view.
#[component]
pub fn MessageText(
    content: String,
    font: Font,
    is_own: bool,
    own: MessageEmoticons,
    /// Row of the message, which names the writer of an action; without it an action is text.
    row: Option<RowHandle>,
) -> impl IntoView {
    let (i18n, message_settings) = (use_i18n(), use_session().settings.message_settings);
    let shown = move || {
        let message_settings = message_settings.get();
        font_words(if message_settings.is_mine_for_all && !is_own { message_settings.font } else { font })
    };
    let has_keys = Memo::new(move |_| message_settings.with(|settings| settings.has_plain_keys));
    let has_marks = Memo::new(move |_| message_settings.with(|settings| settings.has_plain_marks));
    let is_only = is_only_emoticons(&own.all.with_value(|own| spans_with(&content, own)));
    // A program outside mentions nobody (`integrations.md` 4).
    let has_mentions = row.is_none_or(|row| row.row.with_untracked(|row| row.maker != Some(Maker::Integration)));
    // A changed text gets a new element, so that the nodes of a translator go with the old one.
    choice(move || {
        let (has_keys, has_marks) = (has_keys.get(), has_marks.get());
        let drawing = Drawing { i18n, has_keys, has_marks, has_mentions, own };
        let only = move || (is_only && !drawing.has_keys).then_some("emoticons");
        let act = row.zip(action(&content));
        let answer = automatic(&content);
        let said = act.map(|(_, words)| words).or(answer).unwrap_or(content.as_str());
        let cut = own.all.with_value(|own| spans_with(said, own));
        let words = drawing.drawn(&cut);
        let words = match (act, answer) {
            (Some((row, _)), _) => acted(row, words),
            (None, Some(_)) => answered(words),
            (None, None) => words.client_only(),
        };
        view! {
            <div class="line-text" dir="auto" data-only=word(only) data-font=text(shown)>
                {words}
            </div>
        }
        .erase()
    })
}

/// Returns a font as the words of `data-font`: `c9 f2 b i u s`, without the page's defaults.
pub fn font_words(font: Font) -> String {
    let mut words = String::new();
    let mut add = |word: &str, number: Option<u8>| {
        words.push_str(word);
        if let Some(number) = number {
            words.push_str(&number.to_string());
        }
        words.push(' ');
    };
    if let color @ Some(1..FONT_COLORS) = font.color {
        add("c", color);
    }
    if let face @ Some(1..FONT_FACES) = font.face {
        add("f", face);
    }
    for (bit, word) in [(Font::BOLD, "b"), (Font::ITALIC, "i"), (Font::UNDERLINED, "u"), (Font::STRUCK, "s")] {
        if font.has(bit) {
            add(word, None);
        }
    }
    words
}

/// Renders a short text of people elsewhere (names, personal messages, toasts) in its own direction, with its emoticons. Links and marks
/// stay plain text.
pub fn short_text(i18n: Texts, text: &str) -> ErasedView {
    let plain = |span: &Span<'_>| match span {
        Span::Emoticon(emoticon, key) => ours(i18n, emoticon, key),
        span => span.typed().to_owned().erase(),
    };
    view! { <bdi>{spans(text).iter().map(plain).collect::<Vec<_>>()}</bdi> }.erase()
}

/// Renders a name with its emoticons drawn (`ux.md` 1.1). Accessible names contain the typed keys.
pub fn drawn_name(i18n: Texts, name: impl Fn() -> String + Send + Sync + 'static) -> ErasedView {
    let name = Memo::new(move |_| name());
    choice(move || name.with(|name| short_text(i18n, name)))
}

/// Renders an action: the words behind a star and the writer's name.
fn acted(row: RowHandle, words: Vec<ErasedView>) -> ErasedView {
    view! { <em><span aria-hidden="true">"* "</span> <bdi>{text(move || sender_name(row))}</bdi> " " {words}</em> }
        .client_only()
}

/// Renders an automatic answer, which says that it is one.
fn answered(words: Vec<ErasedView>) -> ErasedView {
    view! { <em>{said!(automatic.reply)}</em> " " {words} }.client_only()
}

/// Settings by which the pieces of a message are rendered, and the writer's own emoticons.
#[derive(Clone, Copy)]
struct Drawing {
    i18n: Texts,
    /// Emoticons are shown as the typed keys.
    has_keys: bool,
    /// Marks are shown instead of styles.
    has_marks: bool,
    /// Names of people behind `@` are marked.
    has_mentions: bool,
    own: MessageEmoticons,
}

impl Drawing {
    /// Renders the pieces of a text or of a quoted line.
    fn drawn(self, spans: &[Span<'_>]) -> Vec<ErasedView> {
        self.parts(&styled(spans))
    }

    fn parts(self, parts: &[Part<'_>]) -> Vec<ErasedView> {
        parts.iter().map(|part| self.part(part)).collect()
    }

    fn part(self, part: &Part<'_>) -> ErasedView {
        match part {
            Part::Span(span) => self.span(span),
            // The words are the same pieces, so that the same names are mentioned.
            Part::Styled(style, inside) if self.has_marks => {
                let mark = style.mark().to_string();
                (mark.clone(), self.parts(inside), mark).client_only()
            }
            Part::Styled(Style::Strong, inside) => view! { <strong>{self.parts(inside)}</strong> }.client_only(),
            Part::Styled(Style::Emphasis, inside) => view! { <em>{self.parts(inside)}</em> }.client_only(),
            Part::Styled(Style::Struck, inside) => view! { <s>{self.parts(inside)}</s> }.client_only(),
        }
    }

    fn span(self, span: &Span<'_>) -> ErasedView {
        match span {
            Span::Text(typed) if self.has_mentions && typed.contains('@') => with_mentions(typed).erase(),
            span => self.piece(span),
        }
    }

    fn piece(self, span: &Span<'_>) -> ErasedView {
        let Self { i18n, has_keys, own, .. } = self;
        match span {
            Span::Code(typed) => view! { <code dir="ltr">{code(typed).to_owned()}</code> }.client_only(),
            Span::Block(typed) => view! { <pre dir="ltr">{code(typed).to_owned()}</pre> }.client_only(),
            Span::Quote(lines) => {
                let lines = own.all.with_value(|all| quoted(lines, all).collect::<Vec<_>>());
                let line = |line: Vec<Span<'_>>| view! { <p dir="auto">{self.drawn(&line)}</p> }.client_only();
                view! { <blockquote>{lines.into_iter().map(line).collect::<Vec<_>>()}</blockquote> }.client_only()
            }
            Span::Link(url) => {
                let (url, shown) = ((*url).to_owned(), (*url).to_owned());
                let (plain, press) = (plain_form(&url), follow_here(&url));
                view! {
                    <a href=url title=plain target="_blank" rel="noopener noreferrer nofollow ugc" on:click=press>
                        {shown}
                    </a>
                }
                .erase()
            }
            Span::Emoticon(emoticon, key) if !has_keys => ours(i18n, emoticon, key),
            Span::Own(code) if !has_keys => match own.find(code) {
                Some(one) => load_view(move || own_emoticon(one.clone(), own.is_viewed)),
                None => (*code).to_owned().erase(),
            },
            Span::Text(_) | Span::Emoticon(..) | Span::Own(_) => span.typed().to_owned().erase(),
        }
    }
}

/// Renders a text with mentions of people whom this page knows.
fn with_mentions(mut text: &str) -> Vec<ErasedView> {
    let session = use_session();
    let names = session.roster.people.with_untracked(|all| {
        let of_each = all.iter().flat_map(|handle| {
            handle.person.with_untracked(|person| [person.own_name.clone(), person.display_name.clone()])
        });
        of_each.chain([session.me.with_untracked(|me| me.display_name.clone())]).collect::<Vec<String>>()
    });
    let mut pieces = Vec::new();
    while let Some((from, to)) = mention(text, &names) {
        pieces.push(text[..from].to_owned().erase());
        let called = text[from..to].to_owned();
        pieces.push(view! { <b class="mention"><bdi>{called}</bdi></b> }.erase());
        text = &text[to..];
    }
    pieces.push(text.to_owned().erase());
    pieces
}

/// Leads a link to a conversation of this messenger in this page (`ux.md` 2.1). A press with a key opens another page, as with any link.
pub(super) fn follow_here(url: &str) -> EventHandler<MouseEvent> {
    let (session, url) = (use_session(), url.to_owned());
    handler(move |event: MouseEvent| {
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.shift_key());
        if let Some(address) = steps::address_in(&url).filter(|_| is_plain) {
            event.prevent_default();
            // The dialog of earlier versions would cover the conversation.
            dom::close_dialogs();
            session.run(move |state| state.open_linked(address));
        }
    })
}

/// Returns an address in plain letters if some of its letters look like others, for the tooltip.
fn plain_form(url: &str) -> Option<String> {
    let leads = (!url.is_ascii()).then(|| address::read(url)).flatten();
    leads.map(|leads| leads.plain)
}

fn ours(i18n: Texts, emoticon: &'static Emoticon, key: &str) -> ErasedView {
    let key = key.to_owned();
    // Copied text contains the key, because browsers copy the alternative text of a picture.
    let (drawing, typed) = (emoticon_url(emoticon), key.clone());
    let name = text(move || format!("{} {key}", emoticon_name(i18n, emoticon)));
    view! { <img class="em" src=drawing alt=typed aria-label=name width="20" height="20" /> }.erase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_other_letters_is_said_in_plain_ones() {
        assert_eq!(plain_form("https://пример.рф/").as_deref(), Some("https://xn--e1afmkfd.xn--p1ai/"));
        assert_eq!(plain_form("https://pаypal.example/").as_deref(), Some("https://xn--pypal-4ve.example/"));
        assert_eq!(plain_form("https://paypal.example/"), None);
    }

    #[test]
    fn a_font_is_said_in_words_and_the_usual_one_in_none() {
        let font = Font::default().colored(9).faced(2).toggled(Font::BOLD).toggled(Font::STRUCK);
        assert_eq!(font_words(font), "c9 f2 b s ");
        assert_eq!(font_words(Font::default()), "");
        assert_eq!(font_words(Font { color: Some(0), face: Some(0), style: Some(0) }), "");
        assert_eq!(
            font_words(Font { color: Some(16), face: Some(200), style: Some(2) }),
            "i ",
            "what is unknown is left out"
        );
    }
}
