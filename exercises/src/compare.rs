//! Comparisons whose failure messages a learner can read.

use std::fmt::{Debug, Display};
use std::sync::OnceLock;

/// The first failure. It counts even if the code under check catches the panic, as a pool does with its jobs.
static FAILED: OnceLock<String> = OnceLock::new();

/// Fails the check with this text, whose first line says what is wrong. It fails in whatever thread this is called, even
/// if the code under check catches the panic.
#[track_caller]
pub fn fail(text: impl Display) -> ! {
    let text = text.to_string();
    let _ = FAILED.set(text.clone());
    panic!("{text}")
}

/// Fails unless `holds`; `claim` says what went wrong.
#[track_caller]
pub fn truth(holds: bool, claim: impl Display) {
    if !holds {
        fail(claim);
    }
}

/// Fails unless `got` is `expected`; `what` says what was done.
#[track_caller]
pub fn same<T: PartialEq<U> + Debug + ?Sized, U: Debug + ?Sized>(what: impl Display, got: &T, expected: &U) {
    if got != expected {
        fail(format_args!("{what}\n  expected  {}\n  got       {}", brief(expected), brief(got)));
    }
}

/// Fails unless the bytes are the same, and points at the first that is not.
#[track_caller]
pub fn same_bytes(what: impl Display, got: &[u8], expected: &[u8]) {
    if got != expected {
        let common = got.iter().zip(expected).take_while(|(a, b)| a == b).count();
        // Nobody needs a long common beginning: show its last 40 bytes.
        let from = common.saturating_sub(40);
        let caret = " ".repeat(shown(&got[from..common]).chars().count());
        fail(format_args!(
            "{what}\n  expected  {}\n  got       {}\n             {caret}^ differs at byte {common}",
            window(expected, from),
            window(got, from)
        ));
    }
}

/// Bytes as text between quotes, with escapes for what is not printable ASCII; long ones are cut in the middle.
pub fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 120;
    let escape = |bytes: &[u8]| bytes.escape_ascii().to_string().replace("\\\"", "\"").replace("\\'", "'");
    if bytes.len() <= MOST {
        return escape(bytes);
    }
    format!("{} [… {} bytes …] {}", escape(&bytes[..60]), bytes.len() - 100, escape(&bytes[bytes.len() - 40..]))
}

/// The text of the first failure, if there was one.
pub(crate) fn failure() -> Option<&'static str> {
    FAILED.get().map(String::as_str)
}

fn window(bytes: &[u8], from: usize) -> String {
    let tail = &bytes[from.min(bytes.len())..];
    let (head, most) = (if from > 0 { "…" } else { "\"" }, tail.len().min(100));
    let end = if most < tail.len() { "…" } else { "\"" };
    format!("{head}{}{end}", shown(&tail[..most]))
}

/// A value as `{:?}` writes it, but one line of at most 200 characters.
fn brief<T: Debug + ?Sized>(value: &T) -> String {
    let text = format!("{value:?}");
    match text.char_indices().nth(200) {
        Some((cut, _)) => format!("{}… ({} characters)", &text[..cut], text.chars().count()),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(check: impl FnOnce() + std::panic::UnwindSafe) -> String {
        *std::panic::catch_unwind(check).unwrap_err().downcast::<String>().unwrap()
    }

    #[test]
    fn the_caret_stands_under_the_first_byte_that_differs() {
        let text = message(|| same_bytes("sent x", b"ab\ncd", b"ab\ncX"));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[2], r#"  got       "ab\ncd""#);
        assert_eq!(lines[3].find('^'), lines[2].find('d'));
    }

    #[test]
    fn equal_values_pass() {
        same("equal", "a", "a");
        same_bytes("equal", b"a", b"a");
        truth(true, "holds");
    }
}
