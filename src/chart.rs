//! Pictures of a run: a histogram as text, and an SVG for everybody else.
//!
//! Latencies span four orders of magnitude, and the interesting ones are the rare ones. So the histogram has
//! logarithmic steps; and the SVG shows the latency by percentile, on an axis where each step is ten times rarer than
//! the one before (90%, 99%, 99.9%), next to the throughput over time. [`columns`] compares servers. Chapter 6.

use std::fmt::Write;
use std::time::Duration;

use crate::histogram::Histogram;
use crate::load::report::Short;

mod columns;

pub use columns::{Name, columns};

/// The steps of the text histogram: three per power of ten, at 1, 2 and 5.
const STEPS: [u64; 3] = [1, 2, 5];
/// The longest bar, in characters.
const WIDTH: f64 = 50.0;
/// The size of each of the SVG's two panels, and the margin around it.
const PANEL: (f64, f64) = (560.0, 300.0);
const MARGIN: (f64, f64) = (80.0, 50.0);

/// Draws a bar for each range of durations, its length in proportion to the count.
pub fn bars(histogram: &Histogram) -> String {
    let mut counts: Vec<(u64, u64)> = Vec::new();
    for (low, _, count) in histogram.buckets() {
        let step = step_of(low.as_nanos() as u64);
        match counts.last_mut() {
            Some((last, sum)) if *last == step => *sum += count,
            _ => counts.push((step, count)),
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let mut text = String::new();
    for (step, count) in counts {
        let length = (count as f64 / most as f64 * WIDTH * 8.0).ceil() as usize;
        let bar = "█".repeat(length / 8) + ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][length % 8];
        let percent = count as f64 / histogram.count() as f64 * 100.0;
        let _ = writeln!(text, "from {:>8} {bar} {count} ({percent:.2} %)", Short(Duration::from_nanos(step)));
    }
    text
}

/// The largest step that does not exceed `nanos`.
fn step_of(nanos: u64) -> u64 {
    let power = 10_u64.pow(nanos.max(1).ilog10());
    STEPS.iter().rev().map(|step| step * power).find(|step| *step <= nanos).unwrap_or(0)
}

/// Draws an SVG with two panels. `curves` are named latencies, `steps` the answers in each `step` of time.
pub fn svg(title: &str, curves: &[(&str, &Histogram)], steps: &[u64], step: Duration) -> String {
    let (width, height) = (2.0 * (PANEL.0 + MARGIN.0) + MARGIN.0, PANEL.1 + 2.5 * MARGIN.1);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-family=\"sans-serif\" font-size=\"13\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n\
         <text x=\"{}\" y=\"24\" font-size=\"15\">{}</text>\n",
        MARGIN.0,
        escaped(title)
    );
    let panel = |nr: f64| Panel { x: MARGIN.0 + nr * (PANEL.0 + MARGIN.0), y: MARGIN.1 };
    percentiles(&mut out, &panel(0.0), curves);
    throughput(&mut out, &panel(1.0), steps, step);
    out + "</svg>\n"
}

/// The upper left corner of a panel.
struct Panel {
    x: f64,
    y: f64,
}

impl Panel {
    /// Converts a point of the panel, given as fractions of its width and height from the lower left.
    fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (self.x + x * PANEL.0, self.y + (1.0 - y) * PANEL.1)
    }

    fn frame(&self, out: &mut String, title: &str) {
        let (x, y) = (self.x, self.y);
        let _ = writeln!(
            out,
            "<rect x=\"{x}\" y=\"{y}\" width=\"{}\" height=\"{}\" fill=\"none\" stroke=\"#888\"/>",
            PANEL.0, PANEL.1
        );
        let (middle, below) = (x + PANEL.0 / 2.0, y + PANEL.1 + 40.0);
        let _ = writeln!(out, "<text x=\"{middle}\" y=\"{below}\" text-anchor=\"middle\">{}</text>", escaped(title));
    }

    /// Draws a grid line with its label at this height.
    fn horizontal(&self, out: &mut String, y: f64, label: &str) {
        let ((x1, y), (x2, _)) = (self.at(0.0, y), self.at(1.0, y));
        let _ = writeln!(out, "<path d=\"M{x1:.1} {y:.1}H{x2:.1}\" stroke=\"#ddd\"/>");
        let _ = writeln!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text>",
            x1 - 6.0,
            y + 4.0,
            escaped(label)
        );
    }

    fn vertical(&self, out: &mut String, x: f64, label: &str) {
        let ((x, y1), (_, y2)) = (self.at(x, 0.0), self.at(x, 1.0));
        let _ = writeln!(out, "<path d=\"M{x:.1} {y1:.1}V{y2:.1}\" stroke=\"#ddd\"/>");
        let _ =
            writeln!(out, "<text x=\"{x:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>", y1 + 18.0, escaped(label));
    }

    fn line(&self, out: &mut String, colour: &str, points: impl Iterator<Item = (f64, f64)>) {
        let path: Vec<String> = points.map(|(x, y)| self.at(x, y)).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        let _ = writeln!(out, "<path d=\"M{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>", path.join("L"));
    }
}

const COLOURS: [&str; 4] = ["#1f6fb4", "#d1495b", "#3a8f5c", "#8a5fbf"];

fn percentiles(out: &mut String, panel: &Panel, curves: &[(&str, &Histogram)]) {
    panel.frame(out, "percentile");
    let count = curves.iter().map(|(_, histogram)| histogram.count()).max().unwrap_or(0).max(10);
    // Each additional nine is a step to the right; beyond one in `count` there is nothing to see.
    let nines = (count as f64).log10().ceil().max(2.0);
    for nine in 0..=nines as i32 {
        let label = if nine == 0 { "0 %".into() } else { format!("{} %", 100.0 - 100.0 / 10_f64.powi(nine)) };
        panel.vertical(out, f64::from(nine) / nines, &label);
    }
    let shortest = curves.iter().map(|(_, histogram)| histogram.min()).min().unwrap_or_default();
    let longest = curves.iter().map(|(_, histogram)| histogram.max()).max().unwrap_or_default();
    let low = (shortest.as_nanos().max(1) as f64).log10().floor();
    let high = (longest.as_nanos().max(10) as f64).log10().ceil().max(low + 1.0);
    let height = |time: Duration| ((time.as_nanos().max(1) as f64).log10() - low) / (high - low);
    for power in low as i32..=high as i32 {
        let time = Duration::from_nanos(10_u64.pow(power as u32));
        panel.horizontal(out, height(time), &Short(time).to_string().replace(".00", "").replace(".0 ", " "));
    }
    for (nr, (name, histogram)) in curves.iter().enumerate() {
        let colour = COLOURS[nr % COLOURS.len()];
        let point = |nr: u32| {
            let nine = f64::from(nr) / 200.0 * nines;
            (nine / nines, height(histogram.percentile(100.0 - 100.0 / 10_f64.powf(nine))))
        };
        panel.line(out, colour, (0..=200).map(point));
        let (x, y) = panel.at(0.02, 0.94 - 0.06 * nr as f64);
        let _ = writeln!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" fill=\"{colour}\">{}</text>", escaped(name));
    }
}

fn throughput(out: &mut String, panel: &Panel, steps: &[u64], step: Duration) {
    panel.frame(out, "answers per second; time in seconds");
    let per_second: Vec<f64> = steps.iter().map(|count| *count as f64 / step.as_secs_f64()).collect();
    let most = per_second.iter().copied().fold(1.0, f64::max);
    let top = round_up(most);
    for part in 0..=4 {
        let fraction = f64::from(part) / 4.0;
        panel.horizontal(out, fraction, &format!("{:.0}", top * fraction));
        let seconds = fraction * steps.len() as f64 * step.as_secs_f64();
        panel.vertical(out, fraction, &format!("{seconds:.1}"));
    }
    let last = steps.len().max(2) as f64 - 1.0;
    let points = per_second.iter().enumerate().map(|(nr, rate)| (nr as f64 / last, rate / top));
    if !per_second.is_empty() {
        panel.line(out, COLOURS[0], points);
    }
}

/// The end of an axis that must reach `most`: a round number whose quarters are round too.
fn round_up(most: f64) -> f64 {
    const ROUND: [f64; 9] = [1.0, 1.2, 1.6, 2.0, 2.4, 3.2, 4.0, 6.0, 8.0];
    let unit = 10_f64.powf(most.log10().floor());
    ROUND.into_iter().map(|round| round * unit).find(|round| *round >= most).unwrap_or(10.0 * unit)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn histogram() -> Histogram {
        let mut histogram = Histogram::new();
        for micros in 1..=1000 {
            histogram.record(Duration::from_micros(micros));
        }
        histogram
    }

    #[test]
    fn the_commonest_duration_has_the_longest_bar() {
        let text = bars(&histogram());
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0].trim_end(), "from  1.00 µs ▏ 1 (0.10 %)");
        assert!(lines.last().is_some_and(|line| line.contains(&"█".repeat(50))), "{text}");
        let counts = lines.iter().map(|line| line.split(' ').rev().nth(2).unwrap().parse::<u64>().unwrap());
        assert_eq!(counts.sum::<u64>(), 1000, "{text}");
        assert_eq!(bars(&Histogram::new()), "");
    }

    #[test]
    fn the_svg_is_well_formed_and_stays_inside_its_frame() {
        let (one, none) = (histogram(), Histogram::new());
        for steps in [&[][..], &[5], &[10, 20, 0, 30]] {
            let svg = svg("a < b & c", &[("response", &one), ("none", &none)], steps, Duration::from_millis(100));
            assert!(svg.contains("a &lt; b &amp; c") && !svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            let opened = svg.matches("<text").count() + svg.matches("<svg").count();
            assert_eq!(opened, svg.matches("</").count());
        }
    }
}
