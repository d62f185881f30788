//! How much is written, once it matters; and that it is too much, also for those who do not see the number.

use leptos::prelude::*;
use protocol::limits::CONTENT_UNITS_MAX;

use super::live::{choice, flag, text};
use crate::browser::dom;
use crate::browser::later::later_view;
use crate::browser::part::IntoPart;
use crate::i18n::{Locale, t_string, use_i18n};

later_view! {
    home:
    /// The counter. Every time that something was `refused` it says again why.
    pub fn counter(units: Memo<usize>, refused: RwSignal<u32>) {
        let i18n = use_i18n();
        let number = move |count: usize| grouped(count, if i18n.locale() == Locale::De { '.' } else { ',' });
        let max = move || number(CONTENT_UNITS_MAX);
        let count = move || t_string!(i18n, talk.counter, count = number(units.get()), max = max());
        let is_over = Memo::new(move |_| units.get() > CONTENT_UNITS_MAX);
        // What is said has a place before it is: what comes together with its place is not heard.
        let has_place = RwSignal::new(false);
        dom::after_paint(move || {
            // It may be deleted by now.
            let _ = has_place.try_set(true);
        });
        let said = choice(move || match is_over.get() && has_place.get() {
            true => {
                refused.track();
                let words = untrack(|| t_string!(i18n, talk.too_long, count = count()));
                view! { <div>{words}</div> }.late_part()
            }
            false => ().part(),
        });
        view! {
            <span class="counter" data-over=flag(move || is_over.get())>{text(count)}</span>
            <div class="visually-hidden" role="status">{said}</div>
        }
        .late_part()
    }
}

/// `2,048`.
fn grouped(number: usize, separator: char) -> String {
    if number < 1_000 {
        return number.to_string();
    }
    format!("{}{separator}{:03}", number / 1_000, number % 1_000)
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(grouped(999, ','), "999");
        assert_eq!(grouped(2_048, ','), "2,048");
        assert_eq!(grouped(12_005, '.'), "12.005");
    }
}
