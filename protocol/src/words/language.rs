//! Choice among our languages by the header of a person's browser (`Accept-Language`, RFC 9110 12.5.4).

/// The best of `offered` for a header, by its weights, then by its order. `None` when it names none of them.
pub fn preferred<'a>(accept_language: &str, offered: &[&'a str]) -> Option<&'a str> {
    let mut best: Option<(u16, &'a str)> = None;
    for range in accept_language.split(',') {
        let mut parts = range.split(';');
        let tag = parts.next().unwrap_or_default().trim();
        let primary = tag.split('-').next().unwrap_or_default();
        let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(Some(1_000), thousandths);
        let language = offered.iter().find(|language| language.eq_ignore_ascii_case(primary));
        if let (Some(weight @ 1..), Some(language)) = (weight, language)
            && best.is_none_or(|(best_weight, _)| weight > best_weight)
        {
            best = Some((weight, language));
        }
    }
    best.map(|(_, language)| language)
}

/// A weight `0` to `1` with up to three decimals.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if decimals.len() > 3 || !is_number(decimals) {
        return None;
    }
    match whole {
        "1" => Some(1_000),
        "0" => format!("{decimals:0<3}").parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::preferred;

    #[test]
    fn the_heaviest_language_that_we_have_wins() {
        let ours = ["en", "de"];
        assert_eq!(preferred("de-CH,de;q=0.9,en;q=0.8", &ours), Some("de"));
        assert_eq!(preferred("fr, en;q=0.3, de;q=0.35", &ours), Some("de"));
        assert_eq!(preferred("EN-gb", &ours), Some("en"));
        assert_eq!(preferred("de;q=0, en;q=0.001", &ours), Some("en"));
    }

    #[test]
    fn of_equal_ones_the_first_and_of_foreign_ones_none() {
        let ours = ["en", "de"];
        assert_eq!(preferred("en,de", &ours), Some("en"));
        for header in ["", "fr", "*", "d", "de;q=2", "de;q=x", ";;;,,,", "de;q=0.0001"] {
            assert_eq!(preferred(header, &ours), None, "{header}");
        }
    }
}
