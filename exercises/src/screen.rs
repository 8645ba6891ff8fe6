//! Writes the runner's lines to standard output, in colour on a terminal.

use std::io::{self, IsTerminal, Write};

use crate::judge::Kind;

/// Standard output, and whether it may be coloured.
#[derive(Debug)]
pub(crate) struct Screen {
    pub(crate) colour: bool,
    /// Whether it is a terminal, which shows progress until there is something to say.
    terminal: bool,
}

impl Screen {
    pub(crate) fn new() -> Screen {
        let terminal = io::stdout().is_terminal();
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Screen { colour: terminal && wanted, terminal }
    }

    /// Writes one line, or several.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if self.terminal {
            // Erases what `busy` wrote.
            out.write_all(b"\r\x1b[K")?;
        }
        writeln!(out, "{}", text.as_ref())
    }

    /// Shows on a terminal what is taking a while. The next line replaces it.
    pub(crate) fn busy(&mut self, text: &str) -> io::Result<()> {
        if self.terminal {
            let mut out = io::stdout().lock();
            write!(out, "\r\x1b[K{}", self.dim(text))?;
            out.flush()?;
        }
        Ok(())
    }

    pub(crate) fn bold(&self, text: &str) -> String {
        self.paint("1", text)
    }

    pub(crate) fn dim(&self, text: &str) -> String {
        self.paint("2", text)
    }

    /// `text` in the colour of a verdict.
    pub(crate) fn verdict(&self, kind: Kind, text: &str) -> String {
        let code = match kind {
            Kind::Done => "32",
            Kind::NotStarted => "2",
            Kind::Wrong | Kind::Hangs | Kind::DoesNotCompile => "1;31",
        };
        self.paint(code, text)
    }

    /// A line of a diff: red if it is removed, green if it is added.
    pub(crate) fn diff(&self, line: &str) -> String {
        match line.get(..1) {
            Some("-") => self.paint("31", line),
            Some("+") => self.paint("32", line),
            Some("@") => self.dim("  …"),
            _ => line.into(),
        }
    }

    fn paint(&self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.into() }
    }
}
