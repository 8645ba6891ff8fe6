//! Has cargo build a test executable, and returns it or rustc's errors.

use std::path::{Path, PathBuf};
use std::process::Command;

use sttp::args::Exit;

use crate::json::Json;
use crate::process;
use crate::transcript::Place;

/// The outcome of a build.
#[derive(Debug)]
pub(crate) enum Build {
    /// The test executable.
    Ready(PathBuf),
    /// The errors, in rustc's order.
    Broken(Vec<Diagnostic>),
}

/// One error of rustc.
#[derive(Debug, Clone)]
pub(crate) struct Diagnostic {
    /// As rustc prints it.
    pub(crate) rendered: String,
    /// All places that it points at, the most important first.
    pub(crate) places: Vec<Place>,
}

/// A `cargo test --no-run`, to which the caller adds what to build.
pub(crate) fn cargo_test(root: &Path, colour: bool) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    let format = if colour { "json-diagnostic-rendered-ansi" } else { "json" };
    cargo.current_dir(root).args(["test", "--no-run", "--quiet", "--message-format", format]);
    cargo
}

/// Builds the test target `name`.
pub(crate) fn build(mut cargo: Command, name: &str) -> Result<Build, Exit> {
    let output = process::output(&mut cargo).map_err(|error| Exit::failed("cannot run cargo", &error))?;
    let messages: Vec<Json> = String::from_utf8_lossy(&output.stdout).lines().filter_map(Json::parse).collect();
    if output.status.success() {
        let executable = messages.iter().rev().find_map(|message| executable(message, name));
        return executable
            .ok_or_else(|| Exit::Failed(format!("cargo built no test executable {name}")))
            .map(Build::Ready);
    }
    let errors: Vec<Diagnostic> = messages.iter().filter_map(Diagnostic::read).collect();
    if errors.is_empty() {
        let complaint = String::from_utf8_lossy(&output.stderr).trim().to_string();
        return Err(Exit::Failed(format!("cargo could not build the checks:\n{complaint}")));
    }
    Ok(Build::Broken(errors))
}

/// The path in cargo's message that the test target `name` is built.
fn executable(message: &Json, name: &str) -> Option<PathBuf> {
    let is_test = message.get("profile").get("test") == &Json::Bool(true);
    let target = message.get("target").get("name").text()?;
    (is_test && target.replace('-', "_") == name.replace('-', "_"))
        .then(|| message.get("executable").text().map(PathBuf::from))?
}

impl Diagnostic {
    /// Reads an error that points at a place. The others are only summaries.
    fn read(message: &Json) -> Option<Diagnostic> {
        let message = message.get("message");
        let places = places(message);
        let is_error = message.get("level").text()? == "error" && !places.is_empty();
        is_error.then_some(Diagnostic { rendered: message.get("rendered").text()?.trim_end().to_string(), places })
    }
}

/// The places that a message points at, primary ones first, then those of its notes.
fn places(message: &Json) -> Vec<Place> {
    let (primary, others): (Vec<&Json>, Vec<&Json>) =
        message.get("spans").items().iter().partition(|span| span.get("is_primary") == &Json::Bool(true));
    let own = primary.into_iter().chain(others).flat_map(with_macro_call).filter_map(place);
    own.chain(message.get("children").items().iter().flat_map(places)).collect()
}

/// A span inside a macro, and the span that called the macro.
fn with_macro_call(span: &Json) -> [&Json; 2] {
    [span, span.get("expansion").get("span")]
}

fn place(span: &Json) -> Option<Place> {
    let number = |key| span.get(key).number();
    Some(Place {
        file: span.get("file_name").text()?.into(),
        line: number("line_start")?,
        column: number("column_start")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_read_with_its_places() {
        let span = |file: &str, line: u32, primary: bool| {
            format!(r#"{{"file_name":"{file}","line_start":{line},"column_start":5,"is_primary":{primary}}}"#)
        };
        let json = format!(
            r#"{{"message":{{"rendered":"error: m\n","level":"error","children":[{{"spans":[{}]}}],"spans":[{},{}]}}}}"#,
            span("c.rs", 1, true),
            span("b.rs", 7, false),
            span("a.rs", 30, true)
        );
        let error = Diagnostic::read(&Json::parse(&json).unwrap()).unwrap();
        let places: Vec<_> = error.places.iter().map(|place| (place.file.as_str(), place.line)).collect();
        assert_eq!(places, [("a.rs", 30), ("b.rs", 7), ("c.rs", 1)]);
        assert_eq!(error.rendered, "error: m");
    }
}
