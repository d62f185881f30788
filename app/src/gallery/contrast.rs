//! Pairs of inks and grounds that must be legible (`ux.md` 4.3, WCAG 1.4.3 and 1.4.11), with their contrast ratio by WCAG. Of a ground with
//! several colours, the worst place counts. Translucent colours are mixed with the colour below.

/// Least ratio of a text.
const TEXT: f64 = 4.5;
/// Least ratio of an icon or a border.
const SIGN: f64 = 3.0;
/// Number of sampled places of a gradient, beside its stops.
const STEPS: u32 = 8;

/// Pair that must be legible.
pub struct Pair {
    /// Tokens of the foreground.
    inks: &'static [&'static str],
    /// One legible ink is enough, as for a bead with an edge; otherwise each ink is a pair of its own.
    is_any: bool,
    /// Tokens of the background, the uppermost first.
    grounds: &'static [&'static str],
    /// Least ratio of the contrast.
    pub least: f64,
    /// Range of the uppermost ground that is behind the ink.
    within: (f64, f64),
}

const fn text(inks: &'static [&'static str], grounds: &'static [&'static str]) -> Pair {
    Pair { inks, is_any: false, grounds, least: TEXT, within: (0.0, 1.0) }
}

const fn sign(inks: &'static [&'static str], grounds: &'static [&'static str]) -> Pair {
    Pair { inks, is_any: true, grounds, least: SIGN, within: (0.0, 1.0) }
}

/// Returns the pair of a caption, whose text stands between its edges.
const fn caption(inks: &'static [&'static str], grounds: &'static [&'static str]) -> Pair {
    Pair { inks, is_any: false, grounds, least: TEXT, within: (0.06, 0.92) }
}

/// Colours in which messages are written.
const COLOURS: &[&str] = &[
    "--m1", "--m2", "--m3", "--m4", "--m5", "--m6", "--m7", "--m8", "--m9", "--m10", "--m11", "--m12", "--m13",
    "--m14", "--m15",
];

pub fn pairs() -> impl Iterator<Item = Pair> {
    PAIRS.iter().flat_map(|pair| {
        let together = if pair.is_any { pair.inks.len() } else { 1 };
        pair.inks.chunks(together).map(|inks| Pair { inks, ..*pair })
    })
}

const PAIRS: &[Pair] = &[
    text(&["--ink"], &["--pane"]),
    text(&["--ink"], &["--pane-2"]),
    text(&["--ink"], &["--select"]),
    text(&["--ink"], &["--window-ground"]),
    text(&["--ink"], &["--menu-bg"]),
    text(&["--ink"], &["--to-bg"]),
    text(&["--ink"], &["--toast-bg"]),
    text(&["--ink"], &["--bubble-peer", "--pane"]),
    text(&["--ink"], &["--bubble-own", "--pane"]),
    text(&["--ink-2"], &["--pane"]),
    text(&["--ink-2"], &["--select"]),
    text(&["--ink-2"], &["--field-bg"]),
    text(&["--ink-blue"], &["--window-ground"]),
    text(&["--ink-blue"], &["--band-bg"]),
    text(&["--format-ink"], &["--format-bg"]),
    text(&["--link"], &["--pane"]),
    text(&["--link"], &["--select"]),
    text(&["--group"], &["--pane"]),
    text(&["--peer"], &["--pane"]),
    text(&["--own"], &["--pane"]),
    text(&["--nudge"], &["--pane"]),
    text(&["--info-ink"], &["--info-bg"]),
    text(&["--err-ink"], &["--err-bg"]),
    text(&["--ok-ink"], &["--ok-bg"]),
    text(&["--badge-ink"], &["--badge-bg"]),
    text(&["--btn-ink"], &["--btn-bg"]),
    text(&["--btn-ink"], &["--btn-bg-hover"]),
    text(&["--btn-ink"], &["--btn-bg-press"]),
    text(&["--btn-off-ink"], &["--btn-off-bg"]),
    text(&["--send-ink"], &["--send-bg"]),
    caption(&["--caption-ink"], &["--caption-bg", "--frame-bg", "--desk-sky"]),
    caption(&["--caption-attn-ink"], &["--caption-attn-bg"]),
    caption(&["--toast-head-ink"], &["--toast-head"]),
    text(COLOURS, &["--pane"]),
    // Bubbles may be part of the theme or the person's choice.
    text(COLOURS, &["--bubble-peer", "--pane"]),
    text(COLOURS, &["--bubble-own", "--pane"]),
    text(COLOURS, &["--pane-2"]),
    text(COLOURS, &["--select"]),
    text(&["--link"], &["--bubble-peer", "--pane"]),
    text(&["--link"], &["--bubble-own", "--pane"]),
    text(&["--link"], &["--pane-2"]),
    sign(&["--focus"], &["--pane"]),
    sign(&["--focus"], &["--select"]),
    sign(&["--focus"], &["--window-ground"]),
    sign(&["--line"], &["--pane"]),
    sign(&["--line"], &["--window-ground"]),
    sign(&["--field-border"], &["--field-bg"]),
    sign(&["--search-border"], &["--search-bg"]),
    sign(&["--btn-border"], &["--window-ground"]),
    sign(&["--info-line"], &["--info-bg"]),
    sign(&["--err-line"], &["--err-bg"]),
    sign(&["--ok-line"], &["--ok-bg"]),
    sign(&["--bead-online", "--bead-online-line"], &["--pane"]),
    sign(&["--bead-online", "--bead-online-line"], &["--select"]),
    sign(&["--bead-away", "--bead-away-line"], &["--pane"]),
    sign(&["--bead-away", "--bead-away-line"], &["--select"]),
    sign(&["--bead-busy", "--bead-busy-line"], &["--pane"]),
    sign(&["--bead-busy", "--bead-busy-line"], &["--select"]),
    sign(&["--bead-offline"], &["--pane"]),
    sign(&["--bead-offline"], &["--select"]),
    Pair {
        inks: &["--close-ink"],
        is_any: false,
        grounds: &["--close-bg", "--caption-bg"],
        least: SIGN,
        within: (0.33, 0.67),
    },
];

/// Colour: red, green, blue and opacity, each from 0 to 1.
type Colour = [f64; 4];

/// Ground as a browser computes it: its colour and its picture.
pub type GroundPaint = (String, String);

impl Pair {
    pub fn name(&self) -> String {
        let words = |all: &[&str]| all.iter().map(|name| name.trim_start_matches('-')).collect::<Vec<_>>().join(" / ");
        format!("{} on {}", words(self.inks), words(self.grounds))
    }

    /// Returns the ratio of the worst place; `None` if a value is no colour.
    pub fn ratio(&self, painted: &dyn Fn(&str) -> GroundPaint) -> Option<f64> {
        let mut grounds = vec![[1.0; 4]];
        for (at, token) in self.grounds.iter().enumerate().rev() {
            let layer = colours(&painted(token), if at == 0 { self.within } else { (0.0, 1.0) })?;
            let on = |top: &Colour| grounds.iter().map(|below| over(*top, *below)).collect::<Vec<_>>();
            grounds = layer.iter().flat_map(on).collect();
        }
        let inks = self.inks.iter().map(|token| colours(&painted(token), (0.0, 1.0))).collect::<Option<Vec<_>>>()?;
        let of = |ground: &Colour| {
            let ratios = inks.iter().flatten().map(|ink| ratio(over(*ink, *ground), *ground));
            ratios.fold(0.0, f64::max)
        };
        Some(grounds.iter().map(of).fold(f64::INFINITY, f64::min))
    }
}

/// Returns the colours of a ground between two of its places.
fn colours((colour, picture): &GroundPaint, within: (f64, f64)) -> Option<Vec<Colour>> {
    if picture.is_empty() || picture == "none" {
        return Some(vec![read(colour)?]);
    }
    let stops = stops(picture)?;
    let places = (0..=STEPS).map(|step| within.0 + (within.1 - within.0) * f64::from(step) / f64::from(STEPS));
    let own = stops.iter().map(|(place, _)| *place).filter(|place| (within.0..=within.1).contains(place));
    Some(places.chain(own).map(|place| at(&stops, place)).collect())
}

/// Returns the stops of a gradient. A stop without a place lies in the middle of its neighbours.
fn stops(picture: &str) -> Option<Vec<(f64, Colour)>> {
    let inner = picture.split_once("gradient(")?.1;
    let mut stops: Vec<(Option<f64>, Colour)> = Vec::new();
    for piece in inner.split("rgb").skip(1) {
        let (numbers, after) = piece.split_once(')')?;
        let colour = read(&format!("rgb{numbers})"))?;
        let mut places = after.split([',', ')']).next().unwrap_or_default().split_whitespace().map(place).peekable();
        if places.peek().is_none() {
            stops.push((None, colour));
        }
        stops.extend(places.map(|place| (place, colour)));
    }
    let last = stops.len().checked_sub(1)?;
    stops[0].0 = stops[0].0.or(Some(0.0));
    stops[last].0 = stops[last].0.or(Some(1.0));
    let known = |at: usize| stops[at].0.map(|place| (at, place));
    let place_of = |at: usize| {
        let (before, after) = ((0..=at).rev().find_map(known)?, (at..=last).find_map(known)?);
        let share = (at - before.0) as f64 / (after.0 - before.0).max(1) as f64;
        Some(before.1 + (after.1 - before.1) * share)
    };
    (0..=last).map(|at| Some((place_of(at)?, stops[at].1))).collect()
}

fn place(word: &str) -> Option<f64> {
    if word == "0px" {
        return Some(0.0);
    }
    word.strip_suffix('%')?.parse::<f64>().ok().map(|percent| percent / 100.0)
}

/// Returns the colour of a gradient at a place.
fn at(stops: &[(f64, Colour)], place: f64) -> Colour {
    let after = stops.iter().position(|(stop, _)| *stop >= place).unwrap_or(stops.len() - 1);
    let ((from, first), (to, second)) = (stops[after.saturating_sub(1)], stops[after]);
    let share = if to > from { ((place - from) / (to - from)).clamp(0.0, 1.0) } else { 1.0 };
    std::array::from_fn(|part| first[part] + (second[part] - first[part]) * share)
}

/// Parses `rgb(1, 2, 3)` and `rgba(1, 2, 3, 0.5)`, the form in which browsers write all colours of the sheets.
fn read(words: &str) -> Option<Colour> {
    let inner = words.trim().strip_prefix("rgb")?.trim_start_matches('a').strip_prefix('(')?.strip_suffix(')')?;
    let parts = inner.split(|separator: char| ", /".contains(separator)).filter(|part| !part.is_empty());
    let parts = parts.map(|part| part.parse::<f64>().ok()).collect::<Option<Vec<_>>>()?;
    let hides = parts.get(3).copied().unwrap_or(1.0);
    Some([parts.first()? / 255.0, parts.get(1)? / 255.0, parts.get(2)? / 255.0, hides])
}

fn over(top: Colour, below: Colour) -> Colour {
    let mixed: [f64; 4] = std::array::from_fn(|part| top[part] * top[3] + below[part] * (1.0 - top[3]));
    [mixed[0], mixed[1], mixed[2], 1.0]
}

/// Returns the contrast ratio (WCAG 2).
fn ratio(one: Colour, other: Colour) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// Returns the relative luminance (WCAG 2).
fn luminance(colour: Colour) -> f64 {
    let linear = |part: f64| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) };
    0.2126 * linear(colour[0]) + 0.7152 * linear(colour[1]) + 0.0722 * linear(colour[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio_of(ink: &str, ground: &str, picture: &str) -> f64 {
        let pair = text(&["--ink"], &["--ground", "--below"]);
        let painted = |token: &str| match token {
            "--ink" => (ink.to_owned(), "none".to_owned()),
            "--ground" => (ground.to_owned(), picture.to_owned()),
            _ => ("rgb(0, 0, 0)".to_owned(), "none".to_owned()),
        };
        (pair.ratio(&painted).unwrap_or_default() * 10.0).round() / 10.0
    }

    #[test]
    fn ratios_are_those_of_the_specification() {
        assert_eq!(ratio_of("rgb(255, 255, 255)", "rgb(0, 0, 0)", "none"), 21.0);
        assert_eq!(ratio_of("rgb(27, 35, 51)", "rgb(255, 255, 255)", "none"), 15.7);
        assert_eq!(ratio_of("rgb(90, 100, 120)", "rgb(220, 235, 252)", "none"), 4.9);
        assert_eq!(ratio_of("rgb(194, 65, 12)", "rgb(255, 255, 255)", "none"), 5.2);
    }

    #[test]
    fn the_worst_place_of_a_gradient_counts_and_what_shines_through() {
        let gradient = "linear-gradient(rgb(0, 0, 0) 0px, rgb(255, 255, 255) 50%, rgb(0, 0, 0))";
        assert_eq!(ratio_of("rgb(255, 255, 255)", "", gradient), 1.0);
        assert_eq!(ratio_of("rgb(255, 255, 255)", "rgba(255, 255, 255, 0)", "none"), 21.0);
        let seam =
            stops("linear-gradient(rgb(0, 0, 0), rgb(9, 9, 9), rgb(0, 0, 0) 80%, rgb(1, 1, 1))").unwrap_or_default();
        assert_eq!(seam.iter().map(|(place, _)| (place * 100.0).round()).collect::<Vec<_>>(), [0.0, 40.0, 80.0, 100.0]);
    }

    /// Least ratios of the colours of messages on the pane, of light and of dark themes (`ux.md` 4.3).
    const MESSAGE_LIGHT: f64 = 5.85;
    const MESSAGE_DARK: f64 = 8.5;

    fn sheet(name: &str) -> String {
        let path = format!("{}/../style/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Returns the value of a token in a sheet.
    fn value<'a>(sheet: &'a str, token: &str) -> Option<&'a str> {
        let (_, rest) = sheet.split_once(&format!("{token}: "))?;
        rest.split(';').next()
    }

    /// Parses `#fff` and `#FFFFFF`; of `light-dark(…, …)` the one that is asked for.
    fn hex(words: &str, is_dark: bool) -> Option<Colour> {
        let both = words.strip_prefix("light-dark(").and_then(|both| both.strip_suffix(')')?.split_once(", "));
        let word = both.map_or(words, |(light, dark)| if is_dark { dark } else { light });
        let digits = word.strip_prefix('#')?;
        let length = digits.len() / 3;
        let part = |at: usize| {
            let digits = digits.get(at * length..(at + 1) * length)?;
            let number = f64::from(u8::from_str_radix(digits, 16).ok()?);
            Some(number / if length == 1 { 15.0 } else { 255.0 })
        };
        Some([part(0)?, part(1)?, part(2)?, 1.0])
    }

    #[test]
    fn colours_of_messages_are_as_legible_on_the_pane_as_the_specification_says() {
        let sentence =
            format!("light themes with at least {MESSAGE_LIGHT} : 1, dark themes with at least {MESSAGE_DARK} : 1");
        assert!(include_str!("../../../docs/spec/ux.md").contains(&sentence), "{sentence}");
        let (tokens, index) = (sheet("tokens.css"), sheet("themes/index.css"));
        // Azure is `tokens.css` alone. In forced colours the system chooses.
        let names = index.split("url(\"").skip(1).filter_map(|rest| rest.split('"').next());
        let themes = names.filter(|name| *name != "forced-colors.css");
        let themes = themes.map(|name| (name, sheet(&format!("themes/{name}"))));
        let themes: Vec<(&str, String)> = std::iter::once(("azure", String::new())).chain(themes).collect();
        assert!(themes.len() > 1, "{index}");
        assert_eq!(value(&tokens, "--pane"), Some("var(--c-white)"));
        for (name, theme) in &themes {
            let is_dark = theme.contains("color-scheme: dark");
            let least = if is_dark { MESSAGE_DARK } else { MESSAGE_LIGHT };
            let pane = value(theme, "--pane").or_else(|| value(&tokens, "--c-white")).unwrap();
            let pane = hex(pane, is_dark).unwrap();
            for token in COLOURS {
                let ink = value(theme, token).or_else(|| value(&tokens, token)).unwrap();
                let ratio = ratio(hex(ink, is_dark).unwrap(), pane);
                assert!(ratio >= least, "{token} of {name} has {ratio:.2}, not {least}");
            }
        }
    }

    #[test]
    fn each_ink_has_a_line_but_beads_and_their_edges() {
        let names: Vec<String> = pairs().map(|pair| pair.name()).collect();
        for name in ["m1 on select", "m15 on bubble-own / pane", "bead-away / bead-away-line on pane"] {
            assert!(names.iter().any(|other| other == name), "{name}");
        }
        assert!(names.iter().enumerate().all(|(at, name)| !names[..at].contains(name)));
    }

    #[test]
    fn what_is_no_colour_has_no_ratio() {
        let nothing = |_: &str| (String::new(), String::new());
        assert_eq!(PAIRS[0].ratio(&nothing), None);
    }
}
