//! Choice of the language on pages without a script: a link for each language, in its own name.

use crate::i18n::Locale;
use crate::prelude::*;

/// Returns links to all languages; the page's own is plain text. `path` is empty for the present path, and `query` is the rest of the
/// query.
pub fn languages(shown: Locale, path: &str, query: &str) -> ErasedView {
    let one = |locale: Locale| {
        let between = (locale != Locale::default()).then_some(" / ");
        let (tag, name) = (locale.as_str(), locale.name());
        if locale == shown {
            view! { {between} <b lang=tag>{name}</b> }.erase()
        } else {
            view! { {between} {link(locale, path, query)} }.erase()
        }
    };
    together(Locale::ALL.into_iter().map(one).collect())
}

/// Returns links to all languages but the page's own.
pub fn other_languages(shown: Locale, path: &str) -> ErasedView {
    together(shown.others().map(|other| link(other, path, "")).collect())
}

/// Keeps the languages on one line where it has the space.
fn together(all: Vec<ErasedView>) -> ErasedView {
    view! { <span class="languages">{all}</span> }.erase()
}

fn link(locale: Locale, path: &str, query: &str) -> ErasedView {
    let (tag, name) = (locale.as_str(), locale.name());
    view! { <a href=format!("{path}?lang={tag}{query}") hreflang=tag lang=tag>{name}</a> }.erase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::document::render;

    #[test]
    fn every_language_but_the_one_of_the_page_is_a_link() {
        for shown in Locale::ALL {
            let html = render(|| languages(shown, "/a", "&b=c"));
            assert!(html.contains(&format!("<b lang=\"{}\">{}</b>", shown.as_str(), shown.name())), "{html}");
            for other in shown.others() {
                let (tag, name) = (other.as_str(), other.name());
                let address = format!("href=\"/a?lang={tag}&amp;b=c\" hreflang=\"{tag}\" lang=\"{tag}\">{name}</a>");
                assert!(html.contains(&address), "{html}");
            }
            assert_eq!(render(|| other_languages(shown, "")).matches("<a ").count(), Locale::ALL.len() - 1);
        }
    }
}
