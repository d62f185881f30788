//! Places of objects in a time that many of them share. The name alone decides: objects that were busy in the same moment do not work in the
//! same moment, and an object that woke in between keeps its place. A release may give all of them other places.

use std::hash::{DefaultHasher, Hash, Hasher};

use super::event::Millis;

/// Returns the place of `name` in a time of `span_ms`, which is below that. The span is not 0. Names that are alike are spread as well.
pub fn place_in(span_ms: Millis, name: &str) -> Millis {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish() % span_ms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_the_same_place_again_and_within_the_span() {
        for name in ["", "general", "dm:user_1:user_2"] {
            for span_ms in [1, 7, 2_000, 60_000] {
                assert!(place_in(span_ms, name) < span_ms, "{name} {span_ms}");
                assert_eq!(place_in(span_ms, name), place_in(span_ms, name));
            }
        }
    }

    #[test]
    fn names_are_spread_over_the_span_even_if_they_are_alike() {
        let unlike = |n: u64| format!("{:016x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let alike = |n: u64| format!("table-{n}");
        for name_of in [unlike, alike] {
            let mut counts = [0_u32; 4];
            for n in 0..400 {
                counts[(place_in(2_000, &name_of(n)) / 500) as usize] += 1;
            }
            assert!(counts.iter().all(|count| (50..=200).contains(count)), "{counts:?}");
        }
    }
}
