//! The progress line, on a terminal only: in a pipe or a file it would be noise.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use sttp::load::report::Short;
use sttp::load::tally::Tally;

const WIDTH: usize = 24;

pub(crate) struct Progress<'a> {
    name: &'a str,
    warm_up: Option<Duration>,
    on: bool,
    last: (Duration, u64),
}

impl<'a> Progress<'a> {
    pub(crate) fn new(name: &'a str, warm_up: Option<Duration>) -> Self {
        Progress { name, warm_up, on: io::stderr().is_terminal(), last: (Duration::ZERO, 0) }
    }

    /// Redraws the line. `fraction` is the part that is done.
    pub(crate) fn show(&mut self, since: Duration, tally: &dyn Fn() -> Tally, fraction: impl FnOnce(&Tally) -> f64) {
        if !self.on {
            return;
        }
        let tally = tally();
        let (answers, errors, p99) = (tally.answers(), tally.errors(), tally.all().response.percentile(99.0));
        let done = (fraction(&tally).clamp(0.0, 1.0) * WIDTH as f64) as usize;
        let bar = "█".repeat(done) + &"░".repeat(WIDTH - done);
        let rate = (answers - self.last.1) as f64 / (since - self.last.0).as_secs_f64().max(1e-3);
        self.last = (since, answers);
        let what = if self.warm_up.is_some_and(|warm_up| since < warm_up) { "warming up" } else { self.name };
        let line = format!("{what:10} {bar} {rate:8.0}/s  p99 {:>8}  errors {errors}", Short(p99));
        let _ = write!(io::stderr(), "\r\x1b[K{line}");
    }

    /// Erases the line.
    pub(crate) fn end(&self) {
        if self.on {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}
