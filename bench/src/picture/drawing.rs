//! Drawing of the ratios: one row each, a bar from 1 to the median on a logarithmic axis, and the goal as a line.
//!
//! The picture is read as an image: it loads nothing, its text is text in the reader's own font, and its ground belongs to it, so that both
//! colour schemes are legible on any page.

use std::fmt::Write as _;

use super::ratios::{Ratio, Run};

const WIDTH: f64 = 960.0;
/// Left edge of the titles.
const TITLES_X: f64 = 16.0;
/// Left edge of the plot.
const PLOT_X: f64 = 344.0;
const PLOT_WIDTH: f64 = 270.0;
/// Left edge of the marks and of the figures behind the plot.
const MARKS_X: f64 = 628.0;
const FIGURES_X: f64 = 646.0;
/// Heights of the part above the rows, of a row and of the part below.
const HEAD: f64 = 84.0;
const ROW: f64 = 26.0;
const FOOT: f64 = 80.0;
const BAR: f64 = 12.0;
/// Smallest width of a bar, so that a ratio of 1 is visible.
const BAR_WIDTH_MIN: f64 = 2.0;
/// Ratios beyond this power of two, in both directions, end at the edge.
const EXPONENT_MAX: f64 = 5.0;

const STYLE: &str = "\
<style>
text { font: 12px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1b2333 }
.name { font-size: 16px; font-weight: 600 }
.quiet { fill: #566074 }
.tick { text-anchor: middle }
.ground { fill: #fff }
.grid { stroke: #d5dbe6 }
.one { stroke: #566074 }
.spread, .goal { stroke: #1b2333 }
.goal { stroke-width: 2.5 }
.met { fill: #1f6fb2 }
.missed { fill: #b3541e }
@media (prefers-color-scheme: dark) {
text { fill: #e6eaf2 }
.quiet { fill: #a7b0c0 }
.ground { fill: #151a24 }
.grid { stroke: #333c4c }
.one { stroke: #a7b0c0 }
.spread, .goal { stroke: #e6eaf2 }
.met { fill: #6db3f2 }
.missed { fill: #f0a060 }
}
</style>
";

/// Returns the picture of a run.
pub fn svg(run: &Run) -> String {
    let axis = Axis::of(&run.ratios);
    let end = HEAD + ROW * run.ratios.len() as f64;
    let mut svg = String::new();
    push_head(&mut svg, run, end + FOOT);
    push_axis(&mut svg, &axis, end);
    for (at, ratio) in run.ratios.iter().enumerate() {
        push_row(&mut svg, &axis, ratio, HEAD + ROW * at as f64);
    }
    push_legend(&mut svg, end);
    svg.push_str("</svg>\n");
    svg
}

/// Logarithmic axis between two powers of two.
struct Axis {
    low: f64,
    high: f64,
}

impl Axis {
    /// Chooses the powers that enclose all ratios and goals, at least a half and 2.
    fn of(ratios: &[Ratio]) -> Self {
        let values = || ratios.iter().flat_map(|ratio| [ratio.spread.min, ratio.spread.max, ratio.goal.limit()]);
        let low = values().fold(0.5, f64::min).log2().floor().max(-EXPONENT_MAX);
        let high = values().fold(2.0, f64::max).log2().ceil().min(EXPONENT_MAX);
        Self { low, high }
    }

    /// Returns the place of a ratio; the logarithm of 0 is the left edge.
    fn x(&self, ratio: f64) -> f64 {
        let at = ratio.log2().clamp(self.low, self.high);
        PLOT_X + (at - self.low) / (self.high - self.low) * PLOT_WIDTH
    }

    fn exponents(&self) -> impl Iterator<Item = i32> {
        self.low as i32..=self.high as i32
    }
}

fn push_head(svg: &mut String, run: &Run, height: f64) {
    let all = run.ratios.len();
    let reached = run.ratios.iter().filter(|ratio| ratio.is_reached()).count();
    let _ = writeln!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
         role=\"img\" aria-labelledby=\"name about\">"
    );
    let _ = writeln!(svg, "<title id=\"name\">Speed of CF Messenger beside other servers, {}</title>", run.date);
    let sentences: Vec<String> = run.ratios.iter().map(sentence).collect();
    let _ = writeln!(
        svg,
        "<desc id=\"about\">Ratios of one run; {reached} of {all} goals are met. {}</desc>",
        sentences.join(" ")
    );
    svg.push_str(STYLE);
    let _ = writeln!(svg, "<rect class=\"ground\" width=\"{WIDTH}\" height=\"{height}\" rx=\"8\"/>");
    push_text(svg, "name", TITLES_X, 30.0, "CF Messenger divided by another server");
    let measured = format!("measured {}: medians of {} rounds, {} cores", run.date, run.rounds, run.cores);
    push_text(svg, "quiet", TITLES_X, 50.0, &measured);
}

/// Returns a row in words, for readers of the description.
fn sentence(ratio: &Ratio) -> String {
    let verdict = if ratio.is_reached() { "met" } else { "missed" };
    escaped(&format!("{}: {}, {verdict}.", ratio.title, ratio.text()))
}

fn push_axis(svg: &mut String, axis: &Axis, end: f64) {
    for exponent in axis.exponents() {
        let power = 2_f64.powi(exponent.abs());
        let (ratio, label) =
            if exponent < 0 { (1.0 / power, format!("1/{power}")) } else { (power, power.to_string()) };
        let class = if exponent == 0 { "one" } else { "grid" };
        let x = axis.x(ratio);
        push_line(svg, class, [x, HEAD - 8.0], [x, end + 4.0]);
        push_text(svg, "quiet tick", x, HEAD - 14.0, &label);
    }
}

fn push_row(svg: &mut String, axis: &Axis, ratio: &Ratio, top: f64) {
    let (middle, baseline) = (top + ROW / 2.0, top + ROW / 2.0 + 4.0);
    let (class, mark) = if ratio.is_reached() { ("met", "✓") } else { ("missed", "✗") };
    push_text(svg, "row", TITLES_X, baseline, &ratio.title);
    let (one, median) = (axis.x(1.0), axis.x(ratio.spread.median));
    let (left, width) = (one.min(median), (one - median).abs().max(BAR_WIDTH_MIN));
    let bar = middle - BAR / 2.0;
    let _ = writeln!(
        svg,
        "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{bar:.1}\" width=\"{width:.1}\" height=\"{BAR:.1}\"/>"
    );
    push_line(svg, "spread", [axis.x(ratio.spread.min), middle], [axis.x(ratio.spread.max), middle]);
    let goal = axis.x(ratio.goal.limit());
    push_line(svg, "goal", [goal, top + 3.0], [goal, top + ROW - 3.0]);
    push_text(svg, class, MARKS_X, baseline, mark);
    push_text(svg, "row", FIGURES_X, baseline, &ratio.text());
}

fn push_legend(svg: &mut String, end: f64) {
    let lines = [
        "A bar goes from 1, where both servers are equal, to the median of the rounds. \
         The thin line is their spread, the thick one the goal.",
        "≤: less is better, ≥: more is better. ✓ the median reaches the goal, ✗ it does not.",
        "~ others used the machine meanwhile. ! the client was close to its own limit.",
    ];
    for (line, y) in lines.into_iter().zip([end + 28.0, end + 46.0, end + 64.0]) {
        push_text(svg, "quiet", TITLES_X, y, line);
    }
}

fn push_text(svg: &mut String, class: &str, x: f64, y: f64, text: &str) {
    let _ = writeln!(svg, "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{}</text>", escaped(text));
}

fn push_line(svg: &mut String, class: &str, [x1, y1]: [f64; 2], [x2, y2]: [f64; 2]) {
    let _ = writeln!(svg, "<line class=\"{class}\" x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\"/>");
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Makes a run from title, bound, and smallest, middle and largest ratio of its goals.
    fn run_of(goals: &[(&str, &str, [f64; 3])]) -> Run {
        let goals: Vec<_> = goals
            .iter()
            .map(|(title, must, [min, median, max])| {
                serde_json::json!({"title": title, "reference": "limit-js", "must": must, "min": min, "median": median, "max": max})
            })
            .collect();
        let about = serde_json::json!({"scale": "Full", "rounds": 3, "cores": 2});
        let saved = serde_json::json!({"about": about, "saved_at_s": 1_795_824_000_u64, "goals": goals});
        Run::read(&saved.to_string()).unwrap()
    }

    #[test]
    fn every_row_has_its_bar_its_goal_and_its_words() {
        let drawn = svg(&run_of(&[("echo", "≤ 1.15", [0.9, 1.0, 1.2]), ("a & b < c", "≥ 2", [0.3, 0.31, 0.4])]));
        assert_eq!(
            (drawn.matches("<rect class=\"met\"").count(), drawn.matches("<rect class=\"missed\"").count()),
            (1, 1)
        );
        assert_eq!(drawn.matches("<line class=\"goal\"").count(), 2);
        assert!(drawn.contains("1 of 2 goals are met. echo: 1.00 × limit-js, goal ≤ 1.15, met."), "{drawn}");
        assert!(drawn.contains(">a &amp; b &lt; c</text>") && !drawn.contains("b < c"), "{drawn}");
        assert!(drawn.contains("<title id=\"name\">") && drawn.contains("prefers-color-scheme: dark"));
        assert!(drawn.starts_with("<svg ") && drawn.ends_with("</svg>\n"));
    }

    #[test]
    fn the_axis_encloses_what_it_shows_and_ends_somewhere() {
        let axis = |ratios: [f64; 3]| Axis::of(&run_of(&[("one", "≤ 1.15", ratios)]).ratios);
        let usual = axis([0.9, 1.0, 1.1]);
        assert_eq!((usual.low, usual.high), (-1.0, 1.0));
        assert_eq!(
            (usual.x(0.5), usual.x(1.0), usual.x(2.0)),
            (PLOT_X, PLOT_X + PLOT_WIDTH / 2.0, PLOT_X + PLOT_WIDTH)
        );
        let wide = axis([0.0, 3.0, 1e6]);
        assert_eq!((wide.low, wide.high), (-EXPONENT_MAX, EXPONENT_MAX));
        assert_eq!((wide.x(0.0), wide.x(1e9)), (PLOT_X, PLOT_X + PLOT_WIDTH));
    }
}
