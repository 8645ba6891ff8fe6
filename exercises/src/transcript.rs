//! What the output of one check says, read line by line and never kept as a whole.
//!
//! A learner's program may print a gigabyte. A [`Transcript`] takes bytes as they come and keeps what matters: the
//! panics, the last step, libtest's result, the word that proves that the process came to its end, and the last few
//! lines that the program printed itself. It holds some kilobytes at most.

use std::collections::VecDeque;

use course::STEP;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Transcript {
    /// The word that only the last test prints.
    word: String,
    /// The check's full name: libtest writes it before the output, and names the thread after it.
    check: String,
    line: Vec<u8>,
    part: Part,
    pub(crate) panics: Vec<Panic>,
    pub(crate) step: Option<String>,
    /// libtest said that both the check and the last test passed.
    pub(crate) both_passed: bool,
    pub(crate) came_to_its_end: bool,
    pub(crate) stack_overflow: bool,
    pub(crate) out_of_memory: bool,
    /// The last lines that the program printed itself.
    pub(crate) printed: VecDeque<String>,
    pub(crate) bytes: u64,
}

/// One message of the panic hook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Panic {
    pub(crate) thread: String,
    pub(crate) place: Place,
    pub(crate) message: Vec<String>,
}

/// A line of a file, as rustc names it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) file: String,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Where in the output we are.
#[derive(Debug, Default, PartialEq)]
enum Part {
    #[default]
    Output,
    /// In the message of the last of the panics.
    Message,
    /// In libtest's list of failures, or in a backtrace.
    Skipped,
}

/// Longer lines are truncated: nobody reads them, and the word and the steps are short.
const LONGEST_LINE: usize = 2000;
const MOST_PANICS: usize = 16;
const MOST_MESSAGE_LINES: usize = 30;
const MOST_PRINTED: usize = 6;

impl Transcript {
    pub(crate) fn new(check: &str, word: &str) -> Transcript {
        Transcript { word: word.into(), check: check.into(), ..Transcript::default() }
    }

    /// Takes the next bytes of the output.
    pub(crate) fn feed(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        for piece in bytes.split_inclusive(|&byte| byte == b'\n') {
            let room = LONGEST_LINE.saturating_sub(self.line.len());
            self.line.extend(piece.iter().take(room).filter(|&&byte| byte != b'\n'));
            if piece.ends_with(b"\n") {
                self.end_line();
            }
        }
    }

    /// Ends the output: the text after the last LF is a line too.
    pub(crate) fn end(&mut self) {
        if !self.line.is_empty() {
            self.end_line();
        }
    }

    /// The `todo!()` that was reached, if one was.
    pub(crate) fn todo(&self) -> Option<&Panic> {
        self.panics.iter().find(|panic| panic.is_todo())
    }

    /// The panic that made the check fail: the last of its own thread, or else the last of all.
    pub(crate) fn decisive_panic(&self) -> Option<&Panic> {
        let own = |panic: &&Panic| panic.thread == self.check || panic.thread == "main";
        self.panics.iter().rev().find(own).or(self.panics.last())
    }

    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        if !self.is_landmark(&line) {
            match self.part {
                Part::Message => self.message_line(line),
                Part::Output => self.own_line(&line),
                Part::Skipped => {}
            }
        }
    }

    /// Handles a line that the kit, libtest or the panic hook wrote; `false` if it is not one.
    fn is_landmark(&mut self, line: &str) -> bool {
        if let Some(panic) = Panic::begin(line) {
            self.panics.truncate(MOST_PANICS - 1);
            self.panics.push(panic);
            self.part = Part::Message;
        } else if let Some((_, step)) = line.split_once(STEP) {
            self.step = Some(step.into());
            self.part = Part::Output;
        } else if line.starts_with("test result: ") {
            self.both_passed = line.starts_with("test result: ok. 2 passed; 0 failed;");
        } else if line == self.word {
            self.came_to_its_end = true;
        } else if line.contains("has overflowed its stack") {
            self.stack_overflow = true;
        } else if line.starts_with("memory allocation of ") && line.ends_with(" bytes failed") {
            self.out_of_memory = true;
        } else if line == "failures:" || line == "stack backtrace:" {
            self.part = Part::Skipped;
        } else {
            return false;
        }
        true
    }

    fn message_line(&mut self, line: String) {
        let end = line.is_empty() || line == "FAILED" || line.starts_with("note: run with `RUST_BACKTRACE");
        let message = self.panics.last_mut().map(|panic| &mut panic.message);
        match message.filter(|lines| !end && lines.len() < MOST_MESSAGE_LINES) {
            Some(lines) => lines.push(line),
            None => self.part = Part::Output,
        }
    }

    fn own_line(&mut self, line: &str) {
        let line = line.split_once(&format!("test {} ... ", self.check)).map_or(line, |(_, rest)| rest);
        let frame = ["ok", "FAILED", "", "running 2 tests"].contains(&line)
            || line.starts_with(&format!("test {} ... ", course::LAST))
            || line.starts_with("note: run with `RUST_BACKTRACE")
            || line.starts_with("fatal runtime error: stack overflow");
        let line: String = line.chars().filter(|c| !c.is_control()).take(160).collect();
        if !frame && !line.trim().is_empty() {
            self.printed.push_back(line);
            if self.printed.len() > MOST_PRINTED {
                self.printed.pop_front();
            }
        }
    }
}

impl Panic {
    /// Reads `thread 'name' (id) panicked at file:line:column:`.
    fn begin(line: &str) -> Option<Panic> {
        let (thread, place) = line[line.find("thread '")?..].split_once(" panicked at ")?;
        let thread = thread["thread '".len()..].rsplit_once('\'')?.0;
        Some(Panic { thread: thread.into(), place: Place::parse(place)?, message: Vec::new() })
    }

    /// Whether this is rustc's `todo!()`.
    pub(crate) fn is_todo(&self) -> bool {
        self.message.first().is_some_and(|line| line.starts_with("not yet implemented"))
    }
}

impl Place {
    fn parse(text: &str) -> Option<Place> {
        let mut parts = text.trim_end_matches(':').rsplitn(3, ':');
        let (column, line) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        Some(Place { file: parts.next()?.into(), line, column })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(output: &str) -> Transcript {
        let mut transcript = Transcript::new("ex1_line_checks::one", "w0rd");
        for byte in output.bytes() {
            transcript.feed(&[byte]);
        }
        transcript.end();
        transcript
    }

    #[test]
    fn a_passing_check() {
        let all = heard(
            "\nrunning 2 tests\ntest ex1_line_checks::one ... hello\n\n::step:: waiting\nok\ntest zz_the_process_came_to_its_end ... \nw0rd\nok\n\ntest result: ok. 2 passed; 0 failed; 0 ignored\n\n",
        );
        assert!(all.both_passed && all.came_to_its_end && all.panics.is_empty());
        assert_eq!((all.printed, all.step.as_deref()), (["hello".to_string()].into(), Some("waiting")));
    }

    #[test]
    fn a_todo_counts_in_whatever_thread_and_after_any_output() {
        for thread in ["main", "<unnamed>", "it's mine"] {
            let all =
                heard(&format!("loading… thread '{thread}' (12) panicked at a/b.rs:30:5:\nnot yet implemented: x\n"));
            assert_eq!(all.todo().map(|panic| (panic.place.line, panic.thread.as_str())), Some((30, thread)));
        }
        assert!(heard("not yet implemented\n").todo().is_none(), "just printed");
    }

    #[test]
    fn the_check_s_own_panic_decides() {
        let all = heard(
            "\nthread 'ex1_line_checks::one' (1) panicked at C:\\c.rs:1:2:\nfirst\nnote: run with `RUST_BACKTRACE=1`\n\
             \nthread 'worker' panicked at b.rs:3:4:\noops\n\nthread 'ex1_line_checks::one' panicked at c.rs:5:6:\nsent\n  got\nFAILED\nmore\n",
        );
        let panic = all.decisive_panic().unwrap();
        assert_eq!((panic.place.line, panic.message.join("|").as_str()), (5, "sent|  got"));
        assert_eq!(all.panics[0].place, Place { file: "C:\\c.rs".into(), line: 1, column: 2 });
        assert_eq!(all.printed, ["more"]);
    }

    #[test]
    fn a_backtrace_is_skipped() {
        let all = heard("thread 'main' panicked at a.rs:1:1:\nno\nstack backtrace:\n   0: 0x1 - f\n  at b.rs\n");
        assert_eq!((all.panics[0].message.join("|").as_str(), all.printed.len()), ("no", 0));
    }

    #[test]
    fn endless_output_takes_no_memory() {
        let mut all = Transcript::new("x", "w");
        (0..1000).for_each(|_| all.feed(&[b'a'; 10_000]));
        (0..100_000).for_each(|_| all.feed(b"thread 'x' panicked at a.rs:1:1:\nno\n\nline\n"));
        assert!(all.line.capacity() < 10_000 && all.panics.len() <= MOST_PANICS && all.printed.len() <= MOST_PRINTED);
    }
}
