//! The part of YAML that a configuration of this size needs, and a clear no to all the rest.
//!
//! `key: value`, one level of nesting by indentation, comments, and plain or quoted scalars. Text goes in, entries come
//! out in order, with nested keys joined by a dot: `cache.max_files`. An error has the number of its line.
//! Chapter 2; `sttp.md` section 5; chapters 7 and 8 of YAML 1.2.2 describe what is left out.

/// One `key: value`.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The number of its line, from 1.
    pub line: usize,
    /// The key; `outer.inner` if it is nested.
    pub key: String,
    /// The value, without quotes.
    pub value: String,
}

/// The key that further indented lines belong to.
struct Outer<'a> {
    key: &'a str,
    line: usize,
    /// The indentation of its entries, once the first has been read.
    indent: Option<usize>,
}

/// Returns all entries of a document.
pub fn parse(text: &str) -> Result<Vec<Entry>, (usize, String)> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut outer: Option<Outer> = None;
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (nr, text) in text.lines().enumerate() {
        let line = nr + 1;
        let at_line = |problem: String| (line, problem);
        let content = text.trim_start_matches(' ');
        let indent = text.len() - content.len();
        if content.trim().is_empty() || content.starts_with('#') {
            continue;
        }
        if indent == 0 {
            close(outer.take())?;
        }
        let (key, rest) = key(content).map_err(at_line)?;
        let value = scalar(rest).map_err(|problem| (line, format!("{key}: {problem}")))?;
        let key = match (indent, value.is_some()) {
            (0, true) => key.to_owned(),
            (0, false) => {
                outer = Some(Outer { key, line, indent: None });
                continue;
            }
            _ => nested(outer.as_mut(), key, indent).map_err(at_line)?,
        };
        if let Some(before) = entries.iter().find(|entry| entry.key == key) {
            return Err((line, format!("{key}: already set in line {}", before.line)));
        }
        let value = value.ok_or_else(|| (line, format!("{key}: has no value")))?;
        entries.push(Entry { line, key, value });
    }
    close(outer)?;
    Ok(entries)
}

/// Returns the full name of an indented key.
fn nested(outer: Option<&mut Outer>, key: &str, indent: usize) -> Result<String, String> {
    let outer = outer.ok_or(format!("{key}: is indented, but there is no key that it could belong to"))?;
    match *outer.indent.get_or_insert(indent) {
        expected if expected == indent => Ok(format!("{}.{key}", outer.key)),
        expected => Err(format!("{key}: is indented by {indent}, but the keys before it by {expected}")),
    }
}

/// Fails if a key without a value has no entries either.
fn close(outer: Option<Outer>) -> Result<(), (usize, String)> {
    match outer {
        Some(Outer { key, line, indent: None }) => Err((line, format!("{key}: has no value"))),
        _ => Ok(()),
    }
}

fn key(content: &str) -> Result<(&str, &str), String> {
    let form = || format!("'{:.40}' is not of the form 'key: value'", content.trim_end());
    let (key, rest) = content.split_once(':').ok_or_else(form)?;
    let plain = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let parted = rest.is_empty() || rest.starts_with([' ', '\t']);
    if plain && parted { Ok((key, rest)) } else { Err(form()) }
}

/// Parses what follows a key: a scalar, or nothing.
fn scalar(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    match text.chars().next() {
        None | Some('#') => Ok(None),
        Some(quote @ ('"' | '\'')) => quoted(&text[1..], quote).map(Some),
        Some(c) if "[]{}&*!|>%@`,?".contains(c) || text.starts_with("- ") || text == "-" => {
            Err(format!("'{text:.40}' is not a plain value; put it in quotes if it is meant as text"))
        }
        Some(_) => plain(text).map(Some),
    }
}

/// Parses a plain scalar, which ends at a `#` after a space, where a comment begins.
fn plain(text: &str) -> Result<String, String> {
    let comment = text.match_indices('#').find(|(at, _)| text[..*at].ends_with([' ', '\t']));
    let value = text[..comment.map_or(text.len(), |(at, _)| at)].trim_end();
    if value.contains(": ") || value.ends_with(':') {
        return Err(format!("'{value:.40}' holds a ':'; put it in quotes"));
    }
    Ok(value.to_owned())
}

/// Parses the text up to the closing quote. In single quotes, `''` means one quote; double quotes know `\"` and `\\`.
fn quoted(text: &str, quote: char) -> Result<String, String> {
    let mut value = String::new();
    let mut rest = text.chars();
    loop {
        match rest.next().ok_or("the closing quote is missing")? {
            '\\' if quote == '"' => match rest.next() {
                Some(c @ ('"' | '\\')) => value.push(c),
                _ => return Err("only \\\" and \\\\ are known in double quotes".into()),
            },
            '\'' if quote == '\'' && rest.as_str().starts_with('\'') => {
                rest.next();
                value.push('\'');
            }
            c if c == quote => break,
            c => value.push(c),
        }
    }
    let after = rest.as_str().trim();
    let comment = after.starts_with('#') && rest.as_str().starts_with([' ', '\t']);
    if after.is_empty() || comment { Ok(value) } else { Err(format!("'{after:.40}' follows the closing quote")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(text: &str) -> Vec<String> {
        parse(text).unwrap().into_iter().map(|entry| format!("{}={}", entry.key, entry.value)).collect()
    }

    #[test]
    fn scalars_may_be_plain_or_quoted() {
        let text = "a: x y # z\nb: \"x: # \\\"y\\\"\" # z\nc: 'it''s'\r\nd: a#b\n\n# z\ne:   ''\nf: -1\n";
        assert_eq!(values(text), ["a=x y", "b=x: # \"y\"", "c=it's", "d=a#b", "e=", "f=-1"]);
    }

    #[test]
    fn a_byte_order_mark_is_skipped() {
        assert_eq!(values("\u{feff}a: 1\n"), ["a=1"]);
        assert_eq!(values("\u{feff}# a comment\r\na: 1\r\n"), ["a=1"]);
    }

    #[test]
    fn keys_may_be_nested_one_level_deep() {
        assert_eq!(values("a:  # outer\n\n    b: 1\n    c: 2\nd: 3\n"), ["a.b=1", "a.c=2", "d=3"]);
    }

    #[test]
    fn anything_else_is_rejected() {
        for (text, line) in [
            ("a: 1\na: 2", 2),
            ("a", 1),
            ("a:1", 1),
            ("- a", 1),
            ("---", 1),
            ("a: [1]", 1),
            ("a: 1\n  b: 2", 2),
            ("  a: 1", 1),
            ("a:\n  b:\n    c: 1", 2),
            ("a:\n  b: 1\n c: 2", 3),
            ("a:\nb: 1", 1),
            ("\na:", 2),
            ("a: \"x", 1),
            ("a: \"x\" y", 1),
            ("a: \"\\n\"", 1),
            ("a: b: c", 1),
            ("\ta: 1", 1),
        ] {
            assert_eq!(parse(text).map_err(|(line, _)| line), Err(line), "{text:?}");
        }
    }
}
