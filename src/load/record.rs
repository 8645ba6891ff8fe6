//! A run as a file: written as JSON, and read again to be compared with another run.
//!
//! The file is for other programs as much as for us, so it is plain JSON with all units in its names. The parser is
//! only as much of one as our own files need: objects, numbers and strings. Chapter 6; RFC 8259.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::histogram::Histogram;
use crate::load::Outcome;
use crate::load::report::{PERCENTILES, Short};
use crate::load::tally::STEP;

/// Writes the file: the configuration and the results.
pub fn write(configuration: &[(&str, String)], outcome: &Outcome) -> String {
    let tally = &outcome.tally;
    let seconds = outcome.took.as_secs_f64();
    let mut file = Object::default();
    file.object("configuration", |own| configuration.iter().for_each(|(key, value)| own.text(key, value)));
    file.number("seconds", seconds);
    file.number("answers", tally.answers() as f64);
    file.number("answers_per_second", tally.answers() as f64 / seconds.max(1e-9));
    file.number("in_flight", tally.in_flight as f64);
    file.number("unsent", tally.unsent as f64);
    file.object("errors", |own| {
        tally.wrongs.iter().for_each(|(wrong, &count)| own.number(&wrong.name(), count as f64))
    });
    let all = tally.all();
    for (name, which) in [("response_time_us", &all.response), ("service_time_us", &all.service)] {
        file.object(name, |own| latencies(own, which));
    }
    for (ask, each) in tally.by_ask() {
        file.object(&format!("{}_response_time_us", ask.name()), |own| latencies(own, &each.response));
    }
    let steps: Vec<String> = tally.steps.iter().map(u64::to_string).collect();
    file.raw(&format!("answers_in_each_{}_ms", STEP.as_millis()), &format!("[{}]", steps.join(",")));
    file.end() + "\n"
}

/// Compares two files side by side, with the ratio of the second to the first.
pub fn compare(names: [&str; 2], files: [&str; 2]) -> Result<String, String> {
    let read = |nr: usize| parse(files[nr]).map_err(|why| format!("{}: {why}", names[nr]));
    let (one, other) = (read(0)?, read(1)?);
    let mut text = format!("{:32} {:>15} {:>15} {:>8}\n", "", shorten(names[0]), shorten(names[1]), "B/A");
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for key in keys {
        let (a, b) = (one.get(key), other.get(key));
        let ratio = match (a, b) {
            (Some(Value::Text(a)), Some(Value::Text(b))) if a == b => continue,
            (Some(Value::Number(a)), Some(Value::Number(b))) if *a != 0.0 => format!(" {:>8.2}", b / a),
            _ => String::new(),
        };
        let _ = writeln!(text, "{key:32} {:>15} {:>15}{ratio}", shown(key, a), shown(key, b));
    }
    Ok(text)
}

fn latencies(own: &mut Object, histogram: &Histogram) {
    let micros = |time: std::time::Duration| time.as_nanos() as f64 / 1000.0;
    own.number("count", histogram.count() as f64);
    own.number("min", micros(histogram.min()));
    own.number("mean", micros(histogram.mean()));
    for percent in PERCENTILES {
        own.number(&format!("p{percent}"), micros(histogram.percentile(percent)));
    }
    own.number("max", micros(histogram.max()));
}

fn shown(key: &str, value: Option<&Value>) -> String {
    match value {
        None => "-".into(),
        Some(Value::Text(text)) => text.clone(),
        Some(Value::Number(micros)) if key.contains("_us.") && !key.ends_with(".count") => {
            Short(std::time::Duration::from_nanos((micros * 1000.0) as u64)).to_string()
        }
        Some(Value::Number(value)) if value.fract() == 0.0 => format!("{value}"),
        Some(Value::Number(value)) => format!("{value:.2}"),
    }
}

/// The end of a file name, for a column heading.
fn shorten(name: &str) -> &str {
    let end = name.rsplit('/').next().unwrap_or(name);
    end.char_indices().rev().nth(14).map_or(end, |(at, _)| &end[at..])
}

/// An object under construction.
#[derive(Default)]
struct Object(String);

impl Object {
    fn raw(&mut self, key: &str, value: &str) {
        self.0.push_str(if self.0.is_empty() { "{" } else { "," });
        let _ = write!(self.0, "\n{}: {value}", quoted(key));
    }

    fn number(&mut self, key: &str, value: f64) {
        self.raw(key, &value.to_string());
    }

    fn text(&mut self, key: &str, value: &str) {
        self.raw(key, &quoted(value));
    }

    fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object)) {
        let mut inner = Object::default();
        fill(&mut inner);
        self.raw(key, &inner.end().replace('\n', "\n  "));
    }

    fn end(self) -> String {
        if self.0.is_empty() { "{}".into() } else { self.0.replace('\n', "\n  ") + "\n}" }
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            c if c < ' ' => _ = write!(out, "\\u{:04x}", c as u32),
            c => out.push(c),
        }
    }
    out + "\""
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(f64),
    Text(String),
}

/// Parses a file into its numbers and strings, keyed by their full names, such as `service_time_us.p99`. Arrays are
/// skipped.
fn parse(text: &str) -> Result<BTreeMap<String, Value>, String> {
    let mut found = BTreeMap::new();
    let rest = value(text.trim_start(), "", &mut found)?;
    if rest.trim().is_empty() { Ok(found) } else { Err(format!("there is more after the end: {:.20}", rest.trim())) }
}

fn value<'a>(text: &'a str, name: &str, found: &mut BTreeMap<String, Value>) -> Result<&'a str, String> {
    if let Some(rest) = text.strip_prefix('{') {
        return object(rest.trim_start(), name, found);
    }
    if let Some(rest) = text.strip_prefix('[') {
        let (numbers, rest) = rest.split_once(']').ok_or("an array has no end")?;
        let is_plain = numbers.chars().all(|c| c.is_ascii_digit() || "., \n".contains(c));
        return if is_plain { Ok(rest.trim_start()) } else { Err("only arrays of numbers are expected".into()) };
    }
    if text.starts_with('"') {
        let (string, rest) = string(text)?;
        found.insert(name.into(), Value::Text(string));
        return Ok(rest);
    }
    let end = text.find(|c: char| !c.is_ascii_digit() && !"+-.eE".contains(c)).unwrap_or(text.len());
    let number = text[..end].parse().map_err(|_| format!("no value at '{:.20}'", text))?;
    found.insert(name.into(), Value::Number(number));
    Ok(text[end..].trim_start())
}

fn object<'a>(text: &'a str, name: &str, found: &mut BTreeMap<String, Value>) -> Result<&'a str, String> {
    let mut rest = text;
    if let Some(rest) = rest.strip_prefix('}') {
        return Ok(rest.trim_start());
    }
    loop {
        let (key, after) = string(rest)?;
        let after = after.strip_prefix(':').ok_or_else(|| format!("no ':' after \"{key}\""))?;
        let name = if name.is_empty() { key } else { format!("{name}.{key}") };
        let after = value(after.trim_start(), &name, found)?;
        match after.chars().next() {
            Some(',') => rest = after[1..].trim_start(),
            Some('}') => return Ok(after[1..].trim_start()),
            _ => return Err(format!("neither ',' nor '}}' after \"{name}\"")),
        }
    }
}

fn string(text: &str) -> Result<(String, &str), String> {
    let inside = text.strip_prefix('"').ok_or_else(|| format!("no string at '{text:.20}'"))?;
    let (mut out, mut chars) = (String::new(), inside.char_indices());
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Ok((out, inside[at + 1..].trim_start())),
            '\\' => match chars.next() {
                Some((_, c @ ('"' | '\\' | '/'))) => out.push(c),
                Some((at, 'u')) => {
                    let code = inside.get(at + 1..at + 5).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                    out.push(code.and_then(char::from_u32).ok_or("a bad escape")?);
                    chars.nth(3);
                }
                _ => return Err("a bad escape".into()),
            },
            c => out.push(c),
        }
    }
    Err("a string has no end".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::tally::{Latency, Tally, Wrong};
    use crate::load::wire::Ask;
    use std::time::Duration;

    fn outcome(millis: u64) -> Outcome {
        let mut tally = Tally::default();
        let time = Duration::from_millis(millis);
        tally.answered(Ask::Show, Latency { response: time, service: time }, time);
        tally.wrong(Wrong::Status(500));
        Outcome { tally, took: Duration::from_secs(2), created: Vec::new() }
    }

    #[test]
    fn a_written_file_can_be_read() {
        let file = write(&[("server", "a \"b\"\\\n".into())], &outcome(3));
        let found = parse(&file).unwrap();
        assert_eq!(found["configuration.server"], Value::Text("a \"b\"\\\n".into()));
        assert_eq!(found["service_time_us.max"], Value::Number(3000.0));
        assert_eq!(found["errors.500"], Value::Number(1.0));
        assert_eq!(found["answers_per_second"], Value::Number(0.5));
    }

    #[test]
    fn two_runs_are_compared_with_their_ratio() {
        let files = [outcome(2), outcome(3)].map(|outcome| write(&[], &outcome));
        let text = compare(["x/a.json", "b.json"], [&files[0], &files[1]]).unwrap();
        let line = text.lines().find(|line| line.starts_with("service_time_us.max")).unwrap();
        assert_eq!(
            line.split_whitespace().collect::<Vec<_>>(),
            ["service_time_us.max", "2.00", "ms", "3.00", "ms", "1.50"]
        );
        for wrong in ["", "{", "{\"a\"}", "{\"a\": }", "{} {}", "{\"a\": [\"b\"]}", "{\"a\": \"b}"] {
            assert!(compare(["a", "b"], [&files[0], wrong]).unwrap_err().starts_with("b: "), "{wrong}");
        }
    }
}
