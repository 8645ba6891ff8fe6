//! A limit on the results of a run: `p99>5ms`, `errors>0`, `throughput<10000`.

use std::time::Duration;

use sttp::args::Exit;
use sttp::load::Outcome;
use sttp::load::report::Short;

#[derive(Debug)]
pub(crate) struct Limit {
    text: String,
    what: What,
    /// Whether the run fails above the value (`>`), or below it (`<`).
    above: bool,
    /// In nanoseconds, for a duration.
    value: f64,
}

#[derive(Debug, Clone, Copy)]
enum What {
    Percentile(f64),
    Mean,
    Max,
    Throughput,
    Errors,
}

impl Limit {
    pub(crate) fn parse(text: &str) -> Result<Limit, Exit> {
        let wrong = || {
            Exit::Usage(format!("--fail-if: '{text}' is not of the form 'p99>5ms', 'errors>0' or 'throughput<1000'"))
        };
        let (name, value) = text.split_once(['>', '<']).ok_or_else(wrong)?;
        let what = match name.trim() {
            "mean" => What::Mean,
            "max" => What::Max,
            "throughput" => What::Throughput,
            "errors" => What::Errors,
            name => {
                let percent = name.strip_prefix('p').and_then(|percent| percent.parse().ok());
                What::Percentile(percent.filter(|percent| (0.0..=100.0).contains(percent)).ok_or_else(wrong)?)
            }
        };
        let value = match what {
            What::Throughput | What::Errors => value.trim().parse().ok().filter(|value: &f64| value.is_finite()),
            _ => nanos(value.trim()),
        };
        Ok(Limit { text: text.into(), what, above: text.contains('>'), value: value.ok_or_else(wrong)? })
    }

    /// The message, if the run fails on this limit. Latencies are response times.
    pub(crate) fn broken_by(&self, outcome: &Outcome) -> Option<String> {
        let tally = &outcome.tally;
        let latencies = tally.all().response;
        let time = |time: Duration| (time.as_nanos() as f64, Short(time).to_string());
        let (value, shown) = match self.what {
            What::Percentile(percent) => time(latencies.percentile(percent)),
            What::Mean => time(latencies.mean()),
            What::Max => time(latencies.max()),
            What::Errors => (tally.errors() as f64, tally.errors().to_string()),
            What::Throughput => {
                let rate = tally.answers() as f64 / outcome.took.as_secs_f64();
                (rate, format!("{rate:.0}"))
            }
        };
        let broken = if self.above { value > self.value } else { value < self.value };
        broken.then(|| format!("failed on {}: it is {shown}", self.text))
    }
}

fn nanos(text: &str) -> Option<f64> {
    let split = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let factor = match text[split..].trim() {
        "ns" => 1.0,
        "us" | "µs" => 1e3,
        "ms" => 1e6,
        "s" => 1e9,
        _ => return None,
    };
    text[..split].parse::<f64>().ok().map(|number| number * factor)
}
