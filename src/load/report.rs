//! The outcome of a load, for people: a few lines of text, with both latencies where they differ.

use std::fmt::{self, Write};
use std::time::Duration;

use crate::histogram::Histogram;
use crate::load::Outcome;
use crate::load::tally::Latencies;

/// The percentiles of a report.
pub const PERCENTILES: [f64; 4] = [50.0, 90.0, 99.0, 99.9];

/// How late a thread that sleeps until a request is due may wake up on a busy machine.
const WAKING: Duration = Duration::from_millis(2);

/// Displays a duration with three digits and a suitable unit.
pub struct Short(pub Duration);

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let nanos = self.0.as_nanos() as f64;
        let (value, unit) = match nanos {
            ..1e3 => (nanos, "ns"),
            ..1e6 => (nanos / 1e3, "µs"),
            ..1e9 => (nanos / 1e6, "ms"),
            _ => (nanos / 1e9, "s"),
        };
        let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
        f.pad(&format!("{value:.digits$} {unit}"))
    }
}

/// Writes the lines of a report, without the configuration.
pub fn write(outcome: &Outcome, is_open: bool) -> String {
    let (tally, seconds) = (&outcome.tally, outcome.took.as_secs_f64());
    let mut text = String::new();
    let per_second = tally.answers() as f64 / seconds.max(1e-9);
    let _ = writeln!(text, "throughput  {per_second:.0} answers per second ({} in {seconds:.2} s)", tally.answers());
    match is_open {
        false => table(&mut text, "latency", outcome, |own| &own.service),
        true => {
            table(&mut text, "response time, from when each request was due", outcome, |own| &own.response);
            table(&mut text, "service time, from when it was sent", outcome, |own| &own.service);
            text.push_str(gap(outcome));
        }
    }
    let _ = writeln!(text, "\nerrors      {}", errors(outcome));
    let unsent = if tally.unsent > 0 { format!("; due, but never sent: {}", tally.unsent) } else { String::new() };
    let _ = writeln!(text, "in flight   {} without an answer when the run ended{unsent}", tally.in_flight);
    text
}

/// Each kind of error with its count, or `none`.
pub fn errors(outcome: &Outcome) -> String {
    let each = outcome.tally.wrongs.iter().map(|(wrong, count)| format!("{} {count}", wrong.name()));
    let all: Vec<String> = each.collect();
    if all.is_empty() { "none".into() } else { all.join(", ") }
}

fn table(text: &mut String, title: &str, outcome: &Outcome, which: impl Fn(&Latencies) -> &Histogram) {
    let _ = write!(text, "\n{title}\n{:8}{:>10}", "", "count");
    let columns = ["min", "mean", "p50", "p90", "p99", "p99.9", "max"];
    columns.iter().for_each(|column| _ = write!(text, "{column:>10}"));
    text.push('\n');
    let mut row = |name: &str, histogram: &Histogram| {
        let _ = write!(text, "{name:8}{:>10}", histogram.count());
        let percentiles = PERCENTILES.map(|percent| histogram.percentile(percent));
        let times = [histogram.min(), histogram.mean()].into_iter().chain(percentiles).chain([histogram.max()]);
        times.for_each(|time| match histogram.count() {
            // Nothing was measured, which is not the same as 0 s.
            0 => text.push_str(&format!("{:>10}", "-")),
            _ => _ = write!(text, "{:>10}", Short(time)),
        });
        text.push('\n');
    };
    let mut kinds = 0;
    for (ask, own) in outcome.tally.by_ask() {
        row(ask.name(), which(own));
        kinds += 1;
    }
    if kinds != 1 {
        row("all", which(&outcome.tally.all()));
    }
}

/// Explains the two latencies of an open loop.
fn gap(outcome: &Outcome) -> &'static str {
    let all = outcome.tally.all();
    let (response, service) = (all.response.percentile(99.0), all.service.percentile(99.0));
    match response > service + WAKING {
        true => {
            "\nThe gap between the two is time that requests waited to be sent: the answers before them were late, or the\n\
             tester was. A tester that measures only the service time leaves it out: coordinated omission.\n"
        }
        false => {
            "\nThe two are close: at p99 they differ by 2 ms at most, as long as a sleeping thread may take to wake.\n"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_displayed_with_three_digits_and_a_unit() {
        for (nanos, text) in [
            (0, "0.00 ns"),
            (999, "999 ns"),
            (1_500, "1.50 µs"),
            (12_345, "12.3 µs"),
            (123_456, "123 µs"),
            (9_999_000, "10.0 ms"),
            (2_500_000_000, "2.50 s"),
        ] {
            assert_eq!(Short(Duration::from_nanos(nanos)).to_string(), text);
        }
        assert_eq!(format!("{:>8}", Short(Duration::from_micros(2))), " 2.00 µs");
    }
}
