//! The answer: contents alone to standard output, so that they can be piped; everything else to standard error.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};

use sttp::args::Exit;
use sttp::request::Action;
use sttp::response::{Body, Response, Status};

use crate::question::Question;

/// Prints what the server returned, or reports that it said no.
pub(crate) fn print(question: &Question, response: &Response) -> Result<(), Exit> {
    let fits = response.path == question.url.path.as_str();
    match (question.action, response.status, &response.body) {
        (Action::Show, Status::Ok, Body::Contents(contents)) if fits => print_line(contents),
        (Action::List, Status::Ok, Body::Contents(names)) if fits => {
            names.split(", ").filter(|name| !name.is_empty()).try_for_each(print_line)
        }
        // The contents in this answer are those that we have just sent.
        (Action::Update, Status::Ok, Body::Contents(contents)) if fits && **contents == question.contents => Ok(()),
        (Action::Create, Status::Created, _) | (Action::Delete, Status::Deleted, _) if fits => Ok(()),
        (Action::Update, Status::Ok, Body::Contents(contents)) if fits => {
            let (sent, came) = (printable(&question.contents), printable(contents));
            Err(misfit(question, &format!("with other contents: '{sent}' was sent, '{came}' came back")))
        }
        (_, Status::Ok | Status::Created | Status::Deleted, _) => {
            Err(misfit(question, &format!("with '{}'", status_line(response))))
        }
        _ if !may_be_about(&response.path, &question.url.path) => {
            Err(misfit(question, &format!("with '{}'", status_line(response))))
        }
        _ => Err(Exit::Failed(format!("the server said {}", status_line(response)))),
    }
}

/// Whether an error about `path` can be the answer to a request for `asked`: it names the path itself, one of its
/// directories, or `/`.
fn may_be_about(path: &str, asked: &str) -> bool {
    path == asked || path.ends_with('/') && asked.starts_with(path)
}

/// An answer that is valid, but not to this question.
fn misfit(question: &Question, how: &str) -> Exit {
    let (server, action, path) = (question.server(), question.action.name(), &question.url.path);
    Exit::Unreachable(format!("{server} answered {action} {path} {how}"))
}

fn status_line(response: &Response) -> String {
    let mut lines = Vec::new();
    response.write(&mut lines);
    printable(String::from_utf8_lossy(&lines).lines().next().unwrap_or_default())
}

/// Writes nothing to a terminal that could change its colours, move its cursor or set its title. A pipe or a file gets
/// the text as it is.
fn print_line(text: &str) -> Result<(), Exit> {
    let mut out = io::stdout();
    if out.is_terminal() {
        writeln!(out, "{}", printable(text))?;
    } else {
        writeln!(out, "{text}")?;
    }
    Ok(())
}

/// The text with escapes for whatever a terminal would obey rather than print: control characters except TAB, and those
/// that change the direction of the text (Unicode's bidirectional controls), which can hide words.
pub(crate) fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => safe.push(c),
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                let _ = write!(safe, "{}", c.escape_unicode());
            }
            _ if c.is_control() => safe.extend(c.escape_default()),
            _ => safe.push(c),
        }
    }
    safe
}
