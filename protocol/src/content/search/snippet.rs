//! Found message, cut to a line around the first hit.

/// Number of units before the first hit that stay.
const BEFORE_UNITS: u32 = 40;
/// Number of units of the whole line.
const LINE_UNITS: u32 = 160;

/// Returns pieces of `content`; the flag of each says if it is one of `spots` (pairs of UTF-16 units, ascending). `…` replaces omitted text.
pub fn snippet(content: &str, spots: &[(u32, u32)]) -> Vec<(String, bool)> {
    let first = spots.first().map_or(0, |(start, _)| *start);
    let from = first.saturating_sub(BEFORE_UNITS);
    let mut pieces: Vec<(String, bool)> = Vec::new();
    if from > 0 {
        pieces.push(("…".to_owned(), false));
    }
    let mut at = 0;
    for character in content.chars() {
        let begin = at;
        at += character.len_utf16() as u32;
        if begin < from {
            continue;
        }
        let is_found = spots.iter().any(|(start, end)| (*start..*end).contains(&begin));
        if begin >= from + LINE_UNITS {
            pieces.push(("…".to_owned(), false));
            break;
        }
        match pieces.last_mut().filter(|(_, was_found)| *was_found == is_found) {
            Some((piece, _)) => piece.push(character),
            None => pieces.push((character.to_string(), is_found)),
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn piece(text: &str, is_found: bool) -> (String, bool) {
        (text.to_owned(), is_found)
    }

    #[test]
    fn short_messages_are_shown_whole() {
        let pieces = snippet("😀 Bär, baer!", &[(3, 6), (8, 12)]);
        assert_eq!(
            pieces,
            [piece("😀 ", false), piece("Bär", true), piece(", ", false), piece("baer", true), piece("!", false)]
        );
        assert_eq!(snippet("", &[]), []);
    }

    #[test]
    fn long_ones_are_cut_around_the_first_word() {
        let content = format!("{}needle{}", "a".repeat(100), "b".repeat(300));
        let pieces = snippet(&content, &[(100, 106)]);
        let begin = format!("…{}", "a".repeat(40));
        assert_eq!(
            pieces,
            [piece(&begin, false), piece("needle", true), piece(&"b".repeat(114), false), piece("…", false)]
        );
    }

    proptest! {
        #[test]
        fn whatever_the_spots_it_is_a_part_of_the_message(content in "\\PC{0,300}", start in 0_u32..400, length in 0_u32..50) {
            let line: String = snippet(&content, &[(start, start + length)]).into_iter().map(|(piece, _)| piece).collect();
            prop_assert!(content.contains(line.trim_start_matches('…').trim_end_matches('…')));
        }
    }
}
