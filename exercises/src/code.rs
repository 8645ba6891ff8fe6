//! What a learner's file says in code, comments and literals left out.
//!
//! An exercise asks to build something that the finished library has. Its checks name the library's paths that would
//! give the answer away (`//! without: sttp::line`), and [`refusal`] finds them in the learner's file, however the
//! `use` groups them. Files from elsewhere (`include!`, `#[path]`) are refused too.

use std::iter::Peekable;
use std::slice::Iter;

/// Why a file cannot count, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) what: String,
    pub(crate) line: u32,
}

/// A name that a `use` brings in, and the path it stands for; `*` for all that the path holds.
struct Import<'a> {
    name: &'a str,
    path: Vec<&'a str>,
}

/// The paths that the head of a checks file forbids.
pub(crate) fn forbidden_by(checks: &str) -> Vec<String> {
    let head = checks.lines().take_while(|line| line.starts_with("//!"));
    let lists = head.filter_map(|line| line.strip_prefix("//! without:"));
    lists.flat_map(|list| list.split(',')).map(|path| path.trim().to_string()).filter(|path| !path.is_empty()).collect()
}

/// Whether the code still contains a `todo!`, which a run might reach.
pub(crate) fn has_todo(source: &str) -> bool {
    tokens(source).windows(2).any(|pair| pair == ["todo", "!"])
}

/// The first thing in `source` that makes it no answer to the exercise.
pub(crate) fn refusal(source: &str, forbidden: &[String]) -> Option<Refusal> {
    let tokens = tokens(source);
    let at = |index: usize, what: String| Some(Refusal { what, line: line_of(source, tokens[index]) });
    let foreign = |window: &[&str]| window == ["#", "[", "path"] || window[..2] == ["include", "!"];
    if let Some(index) = tokens.windows(3).position(foreign) {
        return at(index, "this file must hold all of your code: no include!, no #[path]".into());
    }
    let imports = imports(&tokens);
    for path in forbidden {
        let parts: Vec<&str> = path.split("::").collect();
        if let Some(index) = find(&tokens, &imports, &parts) {
            return at(index, format!("this exercise is to build what {path} is: do it without {path}"));
        }
    }
    None
}

/// Where the code names something in `forbidden`.
fn find(tokens: &[&str], imports: &[Import], forbidden: &[&str]) -> Option<usize> {
    let names = |path: &[&str]| path.starts_with(forbidden);
    let imported = imports.iter().find(|import| names(&import.path)).and_then(|import| import.path.last());
    if let Some(last) = imported {
        return tokens.iter().position(|token| token.as_ptr() == last.as_ptr());
    }
    (0..tokens.len())
        .filter(|&index| index == 0 || tokens[index - 1] != "::" || !is_name(tokens, index.wrapping_sub(2)))
        .find(|&index| names(&full_path(tokens, index, imports, forbidden)))
}

/// The path that begins at `index`, its first name replaced by what a `use` made of it.
fn full_path<'a>(tokens: &[&'a str], index: usize, imports: &[Import<'a>], forbidden: &[&'a str]) -> Vec<&'a str> {
    if !is_name(tokens, index) {
        return Vec::new();
    }
    let rest = tokens[index + 1..].chunks_exact(2).take_while(|pair| pair[0] == "::").map(|pair| pair[1]);
    let whole = |import: &Import<'a>| {
        import.name == "*"
            && forbidden.starts_with(&import.path)
            && forbidden.get(import.path.len()) == Some(&tokens[index])
    };
    let first = match imports.iter().find(|import| import.name == tokens[index] || whole(import)) {
        Some(import) if import.name == "*" => [&import.path[..], &[tokens[index]]].concat(),
        Some(import) => import.path.clone(),
        None => vec![tokens[index]],
    };
    first.into_iter().chain(rest).collect()
}

fn is_name(tokens: &[&str], index: usize) -> bool {
    tokens.get(index).is_some_and(|token| token.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}

/// All that the `use` declarations bring in.
fn imports<'a>(tokens: &[&'a str]) -> Vec<Import<'a>> {
    let mut found = Vec::new();
    let mut rest = tokens.iter().peekable();
    while let Some(&token) = rest.next() {
        if token == "use" {
            tree(&mut rest, &[], &mut found);
        }
    }
    found
}

/// Reads one tree of a `use`: a path, and then a name, a `*`, `as` another name, or more trees between braces.
fn tree<'a>(rest: &mut Peekable<Iter<&'a str>>, prefix: &[&'a str], found: &mut Vec<Import<'a>>) {
    let mut path = prefix.to_vec();
    while let Some(&&token) = rest.peek() {
        match token {
            "::" => {}
            "{" => return group(rest, &path, found),
            "," | "}" | ";" => break,
            "*" => found.push(Import { name: "*", path: path.clone() }),
            "as" => {
                rest.next();
                let name = rest.next().copied().unwrap_or_default();
                return found.push(Import { name, path });
            }
            "self" if !path.is_empty() => {}
            name => path.push(name),
        }
        rest.next();
    }
    found.push(Import { name: path.last().copied().unwrap_or_default(), path });
}

fn group<'a>(rest: &mut Peekable<Iter<&'a str>>, path: &[&'a str], found: &mut Vec<Import<'a>>) {
    while let Some(&token) = rest.next() {
        match token {
            "{" | "," if rest.peek().is_some_and(|next| **next != "}") => tree(rest, path, found),
            "}" => return,
            _ => {}
        }
    }
}

/// Names, numbers, `::` and single signs, in order.
fn tokens(source: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = source;
    while !rest.is_empty() {
        let skipped = not_code(rest);
        if skipped == 0 {
            let length = token(rest);
            found.push(&rest[..length]);
            rest = &rest[length..];
        } else {
            rest = &rest[skipped..];
        }
    }
    found
}

/// The length of the token that `rest` begins with.
fn token(rest: &str) -> usize {
    let word = word(rest);
    match (word, rest.starts_with("::")) {
        (0, true) => 2,
        (0, false) => rest.chars().next().map_or(0, char::len_utf8),
        _ => word,
    }
}

fn word(rest: &str) -> usize {
    rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
}

/// The length of the white space, comment or literal that `rest` begins with; 0 when it begins with code.
fn not_code(rest: &str) -> usize {
    let blank = rest.len() - rest.trim_start().len();
    if blank > 0 {
        return blank;
    }
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    match &rest[..word(rest)] {
        prefix @ ("" | "b" | "c") if rest[prefix.len()..].starts_with('"') => {
            prefix.len() + quoted(&rest[prefix.len()..], '"')
        }
        prefix @ ("r" | "br" | "cr") => raw_string(rest, prefix.len()),
        prefix @ ("" | "b") if rest[prefix.len()..].starts_with('\'') => {
            prefix.len() + character(&rest[prefix.len()..])
        }
        _ => 0,
    }
}

/// Block comments nest.
fn block_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    loop {
        let step = &rest[at..];
        let (change, length) = match step {
            "" => return at,
            _ if step.starts_with("/*") => (1, 2),
            _ if step.starts_with("*/") => (-1, 2),
            _ => (0, step.chars().next().map_or(1, char::len_utf8)),
        };
        depth += change;
        at += length;
        if depth == 0 {
            return at;
        }
    }
}

/// The length of a literal between two `quote`s, `\` escaping.
fn quoted(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    let end = rest.char_indices().skip(1).find(|&(_, c)| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |(at, _)| at + 1)
}

/// `r#"…"#`; a raw name, `r#type`, is code.
fn raw_string(rest: &str, prefix: usize) -> usize {
    let hashes = rest[prefix..].bytes().take_while(|&byte| byte == b'#').count();
    let open = prefix + hashes;
    if !rest[open..].starts_with('"') {
        return 0;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    rest[open + 1..].find(&close).map_or(rest.len(), |at| open + 1 + at + close.len())
}

/// `'x'`, or the one sign that begins the lifetime `'x`.
fn character(rest: &str) -> usize {
    let mut following = rest.chars().skip(1);
    match (following.next(), following.next()) {
        (Some('\\'), _) | (Some(_), Some('\'')) => quoted(rest, '\''),
        _ => 1,
    }
}

fn line_of(source: &str, token: &str) -> u32 {
    let offset = (token.as_ptr() as usize).saturating_sub(source.as_ptr() as usize);
    1 + source.bytes().take(offset).filter(|&byte| byte == b'\n').count() as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(source: &str) -> Option<u32> {
        refusal(source, &["sttp::line".into(), "std::sync::mpsc".into()]).map(|refusal| refusal.line)
    }

    #[test]
    fn a_forbidden_path_is_found_however_it_is_written() {
        for code in [
            "use sttp::line::LineReader;",
            "use sttp::{log, line::{self, Line}};",
            "use ::sttp::line;",
            "use {sttp::{line as l}};",
            "fn f() { sttp::line::LineReader::new(x) }",
            "fn f() { ::sttp::line::LineReader::new(x) }",
            "use std::sync; fn f() { sync::mpsc::channel() }",
            "use std::sync as s; fn f() { s::mpsc::channel() }",
            "use std::{io, sync::{Arc, mpsc}};",
            "use sttp::*; fn f() { line::LineReader::new(x) }",
            "pub use sttp /* why not */ :: line;",
            "fn f<'a>(x: &'a str) -> char { let y = '\\''; let s = r#type; sttp::line::x }",
        ] {
            assert_eq!(refused(&format!("\n{code}")), Some(2), "{code}");
        }
    }

    #[test]
    fn comments_literals_and_other_paths_are_free() {
        for code in [
            "// use sttp::line;",
            "/* /* sttp::line */ sttp::line */ fn f() {}",
            "const A: &str = \"use sttp::line; \\\" sttp::line\";",
            "const A: &[u8] = br##\"sttp::line \"# sttp::line\"##;",
            "use sttp::{log, path}; fn line() { my::sttp::line() }",
            "use std::sync::{Arc, Mutex}; mod mpsc {} fn f() { mpsc::x() }",
            "use sttp::*; fn f() { path::x() }",
            "const Q: char = '\"'; // sttp::line",
        ] {
            assert_eq!(refused(code), None, "{code}");
        }
    }

    #[test]
    fn code_from_elsewhere_is_refused() {
        assert_eq!(refused("\n\ninclude!(\"solutions/ex1.rs\");"), Some(3));
        assert_eq!(refused("#[path = \"solutions/ex1.rs\"] mod x;"), Some(1));
        assert_eq!(refused("// include!(x)\nconst A: &str = include_str!(\"x\");"), None);
    }

    #[test]
    fn the_head_of_the_checks_says_what_is_forbidden() {
        let checks = "//! Checks.\n//! without: sttp::line, sttp::log\n\n//! without: no::more\n";
        assert_eq!(forbidden_by(checks), ["sttp::line", "sttp::log"]);
    }

    #[test]
    fn a_todo_in_a_comment_is_none() {
        assert!(has_todo("fn f() { todo!(\"x\") }"));
        assert!(!has_todo("// todo!()\nfn f() { \"todo!()\"; todo() }"));
    }
}
