//! Theme lab: every token with its value, which can be changed on the framed page, and the contrasts that follow (`contrast`). Tried values
//! can be copied as CSS, stored on this device, or sent as an address.

use std::fmt::Write as _;

use protocol::codec::percent::{decoded, encoded};

use super::contrast::{Pair, pairs};
use crate::browser::{storage, tokens};
use crate::ui::prelude::*;

/// Prefix of the key in localStorage for the values of a theme; the theme follows.
const STORAGE_KEY: &str = "cfm-gallery-tokens-";

/// Tokens, buttons and the table of contrasts.
#[component]
pub fn Lab(theme: &'static str) -> impl IntoView {
    let place = format!("{STORAGE_KEY}{theme}");
    let sent = tokens::fragment();
    let begun = if sent.is_empty() { storage::get(&place).unwrap_or_default() } else { sent };
    read(&begun).iter().for_each(|(name, value)| tokens::put(name, value));
    // The signal counts changes; `tokens` holds the tried values.
    let turn = RwSignal::new(0_u32);
    let rows: Vec<ErasedView> = tokens::names().into_iter().map(|name| row(turn, name)).collect();
    let tried = move || {
        turn.track();
        css(theme)
    };
    view! {
        <div class="gallery-lab">
            <section aria-label="values">
                <div class="gallery-acts">{buttons(theme, place, turn)}</div>
                <pre class="gallery-css" role="status">{text(tried)}</pre>
                <ul class="gallery-tokens" tabindex="0" aria-label="tokens">{rows}</ul>
            </section>
            <div class="gallery-contrast" tabindex="0" role="region" aria-label="contrast">
                {choice(move || {
                    turn.track();
                    matrix()
                })}
            </div>
        </div>
    }
}

/// Row of a token with its value, which can be changed.
fn row(turn: RwSignal<u32>, name: String) -> ErasedView {
    let (id, put) = (name.clone(), name.clone());
    let value = move || {
        turn.track();
        tokens::value(&name)
    };
    let swatch = format!("var({id})");
    view! {
        <li>
            <label>
                <svg class="gallery-swatch" aria-hidden="true"><rect width="100%" height="100%" fill=swatch /></svg>
                <span>{id}</span>
                <input
                    class="field"
                    type="text"
                    dir="auto"
                    spellcheck="false"
                    prop:value=text(value)
                    on:change=handler(move |event| {
                        tokens::put(&put, event_target_value(&event).trim());
                        turn.update(|turn| *turn += 1);
                    })
                />
            </label>
        </li>
    }
    .client_only()
}

/// Buttons for the tried values; `place` is the key of the storage.
fn buttons(theme: &'static str, place: String, turn: RwSignal<u32>) -> Vec<ErasedView> {
    let storage_key = place.clone();
    let forget = move |_| {
        tokens::tried().iter().for_each(|(name, _)| tokens::put(name, ""));
        storage::remove(&place);
        tokens::set_fragment("");
        turn.update(|turn| *turn += 1);
    };
    vec![
        button(text(|| "copy as CSS"), handler(move |_| dom::copy(&css(theme)))),
        button(text(|| "keep"), handler(move |_| storage::put(&storage_key, &write()))),
        button(text(|| "share"), handler(|_| tokens::set_fragment(&write()))),
        button(text(|| "forget"), handler(forget)),
    ]
}

fn matrix() -> ErasedView {
    let row = |pair: Pair| {
        let ratio = pair.ratio(&tokens::painted);
        let is_met = ratio.is_some_and(|ratio| ratio >= pair.least);
        let number = ratio.map_or_else(|| "–".to_owned(), |ratio| format!("{:.2}", (ratio * 100.0).floor() / 100.0));
        let state = if is_met { "passes" } else { "fails" };
        view! {
            <tr data-state=state>
                <th scope="row">{pair.name()}</th>
                <td>{number}</td>
                <td>{pair.least.to_string()}</td>
                <td>{state}</td>
            </tr>
        }
        .client_only()
    };
    let rows: Vec<ErasedView> = pairs().map(row).collect();
    view! {
        <table>
            <caption>"contrast"</caption>
            <thead>
                <tr><th scope="col">"pair"</th><th scope="col">"is"</th><th scope="col">"least"</th><th scope="col">"state"</th></tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .client_only()
}

/// Returns the tried values as CSS of a theme's file.
fn css(theme: &str) -> String {
    let mut out = format!("[data-theme=\"{theme}\"] {{\n");
    for (name, value) in tokens::tried() {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {name}: {value};");
    }
    out.push('}');
    out
}

/// Returns the tried values as a fragment of an address.
fn write() -> String {
    let pair = |(name, value): (String, String)| format!("{}={}", name.trim_start_matches('-'), encoded(&value));
    tokens::tried().into_iter().map(pair).collect::<Vec<_>>().join("&")
}

/// Parses a fragment of an address.
fn read(words: &str) -> Vec<(String, String)> {
    let pair = |words: &str| {
        let (name, value) = words.split_once('=')?;
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        Some((format!("--{name}"), decoded(value, false)?)).filter(|_| is_name)
    };
    words.split('&').filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_survive_an_address() {
        for value in ["#1B2333", "linear-gradient(180deg, #fff 0, rgb(1 2 3 / .5) 50%)", "\"ä\" & =", ""] {
            assert_eq!(read(&format!("ink={}", encoded(value))), [("--ink".to_owned(), value.to_owned())]);
        }
        assert_eq!(read("ink=%23123456&x&=y&a b=c"), [("--ink".to_owned(), "#123456".to_owned())]);
    }
}
