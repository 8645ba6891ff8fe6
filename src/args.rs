//! Command lines, and how a program ends.
//!
//! A program lists its options in a table; from it come the parser, the `--help` text and the suggestion for a misspelt
//! option. Every way to stop is an [`Exit`], so that `main` is one line and the exit codes are decided in one place: 0
//! for success, 1 for a failure at run time, 2 for a wrong command line or configuration, and 3 (clients only) for a
//! server that is unreachable or makes no sense. Chapter 1.

use std::ffi::OsString;
use std::fmt::{self, Write as _};
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use crate::log;

/// How long the end of a program may be delayed by a log that cannot be written.
const LAST_LINES: Duration = Duration::from_millis(200);

/// A program as its user sees it.
pub struct Program {
    /// The name of the binary.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// What may follow the name, one line per form.
    pub usage: &'static [&'static str],
    /// All options except `--help` and `--version`, in groups, so that programs can share a group.
    pub options: &'static [&'static [Opt]],
}

/// One option of a program.
pub struct Opt {
    /// `p` for `-p`.
    pub short: Option<char>,
    /// `port` for `--port`.
    pub long: &'static str,
    /// What the help calls its value; empty for a switch, which takes no value.
    pub value: &'static str,
    /// A line for the help.
    pub help: &'static str,
}

/// A parsed command line.
#[derive(Debug, Default)]
pub struct Given {
    options: Vec<(&'static str, String)>,
    /// The arguments that are neither an option nor the value of one.
    pub words: Vec<String>,
}

/// Why a program stops before its work is done.
#[derive(Debug)]
pub enum Exit {
    /// The user asked only for information (`--help`): the text for standard output.
    Info(String),
    /// The command line or the configuration is wrong: what is wrong with it, and what would be right.
    Usage(String),
    /// It failed at run time.
    Failed(String),
    /// The other side could not be reached, or could not be understood.
    Unreachable(String),
    /// The reader of its output has gone away (`| head -1`), which is not an error.
    ClosedPipe,
}

/// Runs a program, prints why it stopped, and returns the exit code.
pub fn run(program: &Program, work: impl FnOnce(Given) -> Result<(), Exit>) -> ExitCode {
    let result = program.parse(std::env::args_os().skip(1)).and_then(work);
    log::flush(LAST_LINES);
    let code = match result {
        Ok(()) | Err(Exit::ClosedPipe) => return ExitCode::SUCCESS,
        Err(Exit::Info(text)) => {
            let _ = io::stdout().write_all(text.as_bytes());
            return ExitCode::SUCCESS;
        }
        Err(Exit::Failed(ref text)) => complain(program, text, 1),
        Err(Exit::Usage(ref text)) => complain(program, text, 2),
        Err(Exit::Unreachable(ref text)) => complain(program, text, 3),
    };
    ExitCode::from(code)
}

impl Program {
    /// Parses a command line. `--name value`, `--name=value`, `-n value` and `-nvalue` mean the same; options and words
    /// may come in any order; after `--` everything is a word.
    pub fn parse(&self, args: impl IntoIterator<Item = OsString>) -> Result<Given, Exit> {
        let mut given = Given::default();
        let mut args = args.into_iter().map(utf8);
        while let Some(arg) = args.next() {
            let arg = arg?;
            match arg.as_str() {
                "--" => given.words.extend(args.by_ref().collect::<Result<Vec<_>, _>>()?),
                "-h" | "--help" => return Err(Exit::Info(self.help())),
                "--version" => return Err(Exit::Info(format!("{} {}\n", self.name, env!("CARGO_PKG_VERSION")))),
                word if word.len() < 2 || !word.starts_with('-') => given.words.push(arg),
                _ => given.options.push(self.option(&arg, &mut args)?),
            }
        }
        Ok(given)
    }

    /// Returns the text for `--help`.
    pub fn help(&self) -> String {
        let mut text = format!("{}\n\n", self.about);
        for (nr, form) in self.usage.iter().enumerate() {
            let label = if nr == 0 { "usage:" } else { "" };
            let _ = writeln!(text, "{label:6} {} {form}", self.name);
        }
        text.push_str("\noptions:\n");
        let own = self.options.iter().copied().flatten().map(|opt| (opt.label(), opt.help));
        let common = [("-h, --help".into(), "print this help"), ("    --version".into(), "print the version")];
        for (label, help) in own.chain(common) {
            let _ = writeln!(text, "  {label:28} {help}");
        }
        text
    }

    /// Returns the option in `arg` with its value, which may be the next argument.
    fn option(
        &self,
        arg: &str,
        rest: &mut impl Iterator<Item = Result<String, Exit>>,
    ) -> Result<(&'static str, String), Exit> {
        let (opt, attached) = self.find(arg)?;
        match (opt.value, attached) {
            ("", None) => Ok((opt.long, String::new())),
            ("", Some(_)) => Err(Exit::Usage(format!("--{} takes no value", opt.long))),
            (_, Some(value)) => Ok((opt.long, value.into())),
            (name, None) => match rest.next() {
                Some(value) => Ok((opt.long, value?)),
                None => Err(Exit::Usage(format!("--{0} needs a value: --{0} {name}", opt.long))),
            },
        }
    }

    fn find<'a>(&self, arg: &'a str) -> Result<(&'static Opt, Option<&'a str>), Exit> {
        let mut all = self.options.iter().copied().flatten();
        let (found, attached) = match arg.strip_prefix("--") {
            Some(long) => {
                let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
                (all.find(|opt| opt.long == name), value)
            }
            None => {
                let mut letters = arg[1..].chars();
                let short = letters.next();
                (all.find(|opt| opt.short == short), Some(letters.as_str()).filter(|rest| !rest.is_empty()))
            }
        };
        found.map(|opt| (opt, attached)).ok_or_else(|| self.unknown(arg))
    }

    fn unknown(&self, arg: &str) -> Exit {
        let name = arg.split('=').next().unwrap_or(arg);
        let names = self.options.iter().copied().flatten().map(|opt| opt.long).chain(["help", "version"]);
        let meant = nearest(name.trim_start_matches('-'), names);
        let help = meant.map_or("--help lists them all".into(), |meant| format!("did you mean --{meant}?"));
        Exit::Usage(format!("unknown option {name}; {help}"))
    }
}

impl Opt {
    fn label(&self) -> String {
        let short = self.short.map_or("   ".into(), |short| format!("-{short},"));
        format!("{short} --{} {}", self.long, self.value)
    }
}

impl Given {
    /// Whether the switch or option was given.
    pub fn has(&self, long: &str) -> bool {
        self.value(long).is_some()
    }

    /// The value of an option; if it is given several times, the last one.
    pub fn value(&self, long: &str) -> Option<&str> {
        self.options.iter().rev().find(|(name, _)| *name == long).map(|(_, value)| value.as_str())
    }

    /// All values of an option that may be given several times.
    pub fn values(&self, long: &str) -> impl Iterator<Item = &str> {
        self.options.iter().filter(move |(name, _)| *name == long).map(|(_, value)| value.as_str())
    }

    /// Parses the value of an option as a `T`; `what` completes the message "… is not …", as in `a port, 0 to 65535`.
    pub fn parse<T: FromStr>(&self, long: &str, what: &str) -> Result<Option<T>, Exit> {
        let wrong = |value: &str| Exit::Usage(format!("--{long}: '{value}' is not {what}"));
        self.value(long).map(|value| value.parse().map_err(|_| wrong(value))).transpose()
    }

    /// Fails if there are more than `most` words.
    pub fn at_most(self, most: usize) -> Result<Given, Exit> {
        match self.words.get(most) {
            Some(word) => Err(Exit::Usage(format!("unexpected argument '{word}'; --help shows the usage"))),
            None => Ok(self),
        }
    }
}

/// The host without the brackets of an IPv6 address: `[::1]`, as it is written in a URL, means `::1` on the command line
/// too.
pub fn unbracketed(host: &str) -> &str {
    let inside = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    inside.filter(|inside| inside.contains(':')).unwrap_or(host)
}

impl Exit {
    /// A failure at run time: what was tried, and the reason that the system gave.
    pub fn failed(what: impl fmt::Display, error: &io::Error) -> Exit {
        Exit::Failed(format!("{what}: {}", log::reason(error)))
    }
}

/// Converts errors of writes to standard output.
impl From<io::Error> for Exit {
    fn from(error: io::Error) -> Exit {
        match error.kind() {
            ErrorKind::BrokenPipe => Exit::ClosedPipe,
            _ => Exit::Failed(log::reason(&error)),
        }
    }
}

/// Returns the candidate that `word` was most likely meant to be, if one is similar enough.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = |candidate: &&str| distance(word, candidate) <= candidate.len().div_ceil(3);
    candidates.into_iter().filter(near).min_by_key(|candidate| distance(word, candidate))
}

fn complain(program: &Program, text: &str, code: u8) -> u8 {
    let _ = writeln!(io::stderr(), "{}: {text}", program.name);
    code
}

fn utf8(arg: OsString) -> Result<String, Exit> {
    arg.into_string().map_err(|arg| Exit::Usage(format!("argument {arg:?} is not UTF-8")))
}

/// How many letters must be inserted, removed or changed to turn `b` into `a` (Levenshtein), row by row.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, to) in b.chars().enumerate() {
            let change = diagonal + usize::from(from != to);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.chars().count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: Opt = Opt { short: Some('p'), long: "port", value: "N", help: "the port" };
    const QUIET: Opt = Opt { short: None, long: "quiet", value: "", help: "say less" };
    const PROGRAM: Program = Program { name: "x", about: "Does x.", usage: &[""], options: &[&[PORT], &[QUIET]] };

    fn parse(line: &str) -> Result<Given, Exit> {
        PROGRAM.parse(line.split_whitespace().map(OsString::from))
    }

    fn complaint(line: &str) -> String {
        match parse(line) {
            Err(Exit::Usage(text)) => text,
            other => panic!("expected a complaint, got {other:?}"),
        }
    }

    #[test]
    fn every_spelling_of_an_option_means_the_same() {
        for line in ["--port 80", "--port=80", "-p 80", "-p80", "-p 1 --port 80"] {
            assert_eq!(parse(line).unwrap().parse("port", "a port").unwrap(), Some(80), "{line}");
        }
    }

    #[test]
    fn options_and_words_may_be_mixed() {
        let given = parse("one --quiet two - -- --port").unwrap();
        assert!(given.has("quiet") && !given.has("port"));
        assert_eq!(given.words, ["one", "two", "-", "--port"]);
    }

    #[test]
    fn a_usage_error_says_what_would_be_right() {
        assert_eq!(complaint("--prot 80"), "unknown option --prot; did you mean --port?");
        assert_eq!(complaint("-x"), "unknown option -x; --help lists them all");
        assert_eq!(complaint("--port"), "--port needs a value: --port N");
        assert_eq!(complaint("--quiet=1"), "--quiet takes no value");
        let given = parse("-p 8o").unwrap();
        let Err(Exit::Usage(text)) = given.parse::<u16>("port", "a port, 0 to 65535") else { panic!() };
        assert_eq!(text, "--port: '8o' is not a port, 0 to 65535");
    }

    #[test]
    fn the_help_lists_every_option() {
        let Err(Exit::Info(help)) = parse("--port 1 --help") else { panic!() };
        assert!(help.contains("-p, --port N") && help.contains("--quiet") && help.contains("--version"), "{help}");
    }
}
