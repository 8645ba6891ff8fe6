//! One line on standard error for each thing worth knowing.
//!
//! Standard output belongs to a program's results, standard error to its log. A line goes into a bounded buffer, and a
//! thread of the log's own writes it: if nobody reads standard error, that thread blocks and nothing else does. Lines
//! that do not fit are dropped and counted. Chapter 1; chapter 3 says why.

use std::fmt;
use std::io::{self, Write};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The most bytes that may wait to be written.
const BUFFER: usize = 256 * 1024;

/// How much is logged: each level includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Problems that need somebody's attention.
    Error,
    /// Each connection, once it has ended.
    Info,
    /// Each request.
    Debug,
}

/// How many of the levels are logged.
static LEVELS: AtomicU8 = AtomicU8::new(Level::Info as u8 + 1);

/// The lines that have not been written yet.
struct Waiting {
    text: String,
    /// How many lines were lost since the log last said so.
    dropped: usize,
    /// Whether the thread that writes has been started.
    started: bool,
    /// Whether that thread is writing right now.
    writing: bool,
}

static WAITING: Mutex<Waiting> =
    Mutex::new(Waiting { text: String::new(), dropped: 0, started: false, writing: false });

/// Notified when a line is added, and when lines have been written.
static CHANGED: Condvar = Condvar::new();

impl Level {
    /// Finds a level by its name on the command line.
    pub fn parse(name: &str) -> Option<Level> {
        [Level::Error, Level::Info, Level::Debug].into_iter().find(|level| level.name() == name)
    }

    /// `error`, `info` or `debug`.
    pub fn name(self) -> &'static str {
        match self {
            Level::Error => "error",
            Level::Info => "info",
            Level::Debug => "debug",
        }
    }
}

/// Sets the level of the whole process, which starts as [`Level::Info`].
pub fn set(level: Level) {
    LEVELS.store(level as u8 + 1, Ordering::Relaxed);
}

/// Logs nothing from now on. For tests that make things go wrong in their own process.
pub fn silence() {
    LEVELS.store(0, Ordering::Relaxed);
}

/// Whether a line of this level would be written.
pub fn enabled(level: Level) -> bool {
    (level as u8) < LEVELS.load(Ordering::Relaxed)
}

/// Starts the thread that writes the log; the first line does so too. A server calls this while there is room for one.
pub fn start() {
    drop(started());
}

/// Waits until all lines have been written, or for `limit`. For the end of a program.
pub fn flush(limit: Duration) {
    let _ = CHANGED.wait_timeout_while(lock(), limit, |waiting| waiting.writing || !waiting.text.is_empty());
}

/// Logs a line at [`Level::Error`].
pub fn error(text: fmt::Arguments) {
    write(Level::Error, text);
}

/// Logs a line at [`Level::Info`].
pub fn info(text: fmt::Arguments) {
    write(Level::Info, text);
}

/// Logs a line at [`Level::Debug`].
pub fn debug(text: fmt::Arguments) {
    write(Level::Debug, text);
}

/// Returns an I/O error in words only: `Address already in use (os error 98)` becomes `address already in use`.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error ").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

fn write(level: Level, text: fmt::Arguments) {
    if enabled(level) {
        let line = line(level, text);
        let mut waiting = started();
        if waiting.text.len() + line.len() > BUFFER {
            waiting.dropped += 1;
        } else {
            waiting.text.push_str(&line);
        }
        drop(waiting);
        CHANGED.notify_all();
    }
}

/// Writes lines as they come, all that are waiting with one call. Runs on the log's own thread, and never ends.
fn write_lines() {
    let mut text = String::new();
    let mut waiting = lock();
    loop {
        waiting =
            CHANGED.wait_while(waiting, |waiting| waiting.text.is_empty()).unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut text, &mut waiting.text);
        waiting.writing = true;
        let dropped = std::mem::take(&mut waiting.dropped);
        drop(waiting);
        if dropped > 0 {
            text +=
                &line(Level::Error, format_args!("{dropped} lines of the log were lost: they could not be written"));
        }
        let written = io::stderr().write_all(text.as_bytes());
        waiting = lock();
        // A log that cannot be written has nobody to complain to, but it may recover, as when a full disk has space
        // again.
        waiting.dropped += if written.is_err() { text.lines().count() } else { 0 };
        waiting.writing = false;
        text.clear();
        CHANGED.notify_all();
    }
}

fn line(level: Level, text: fmt::Arguments) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    format!("{} {:5} {text}\n", timestamp(now.as_millis() as u64), level.name())
}

fn started() -> MutexGuard<'static, Waiting> {
    let mut waiting = lock();
    let start = || thread::Builder::new().name("log".into()).stack_size(64 * 1024).spawn(write_lines);
    waiting.started = waiting.started || start().is_ok();
    waiting
}

fn lock() -> MutexGuard<'static, Waiting> {
    // Nothing panics while holding the lock; even if something did, a text and some numbers are always consistent.
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Formats a time as in RFC 3339, in UTC: `2026-11-20T20:12:46.123Z`.
fn timestamp(millis: u64) -> String {
    let (seconds, millis) = (millis / 1000, millis % 1000);
    let (year, month, day) = civil_date(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}Z")
}

/// Converts days since 1970-01-01 to year, month and day in the Gregorian calendar.
///
/// Counts from 0000-03-01, so that the leap day is the last day of its year, in eras of 400 years, which all have the
/// same length. After Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn civil_date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timestamp_is_in_rfc_3339_format() {
        assert_eq!(timestamp(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(timestamp(951_825_599_999), "2000-02-29T11:59:59.999Z");
        assert_eq!(timestamp(1_735_689_600_000), "2025-01-01T00:00:00.000Z");
    }

    #[test]
    fn a_reason_omits_the_error_number() {
        let error = io::Error::from_raw_os_error(2);
        assert_eq!(reason(&error), "no such file or directory");
    }
}
