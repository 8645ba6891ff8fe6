//! What a learner's file uses, and whether it may.
//!
//! An exercise asks to build something that the finished library has. Its checks name the library's paths that would
//! give the answer away (`//! without: sttp::line`), and [`refusal`] finds them in the learner's file, however the
//! `use` groups them. It also refuses anything that could mislead the checks: exiting, reading the word that proves that
//! the process ran to its end, redefining a name that the checks use, code from another file. An exercise that needs some
//! of this says so: `//! allows: std::process`. Macros that write macros can get around it; nobody does so by accident.

use std::iter::Peekable;
use std::slice::Iter;

use crate::tokens::{line_of, tokens};

/// Why a file is refused, and where.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) what: String,
    pub(crate) line: u32,
}

/// A name that a `use` brings in, and the path that it means; `*` for everything in the path.
struct Import<'a> {
    name: &'a str,
    path: Vec<&'a str>,
}

/// Sequences of tokens that no exercise needs, and the reason to refuse them. An empty token matches any.
const ROWS: &[(&[&str], &str)] = &[
    (&["include", "!"], ALL_HERE),
    (&["#", "[", "path"], ALL_HERE),
    (&["mod", "", ";"], ALL_HERE),
    (&["extern", "crate"], ALL_HERE),
    (&["include_str", "!"], TOLD),
    (&["include_bytes", "!"], TOLD),
    (&["file", "!", "("], TOLD),
    (&["Location", "::", "caller"], TOLD),
    (&["current", "(", ")", ".", "name"], TOLD),
    (&["crate", "::"], "crate:: leads out of this file: use self:: instead"),
    (&["unsafe"], "no exercise of this course needs unsafe code"),
    (&[course::LAST], "this belongs to the checks"),
];

const ALL_HERE: &str =
    "this file must hold all of your code: no include!, no #[path], no mod of another file, no extern crate";

/// Paths that no exercise needs, and the reason to refuse them.
const PATHS: &[(&str, &str)] = &[
    ("std::process::exit", ENDS),
    ("std::process::abort", ENDS),
    ("std::process::Command", "a check must not leave a program behind: do it without std::process::Command"),
    ("std::env::var", TOLD),
    ("std::env::var_os", TOLD),
    ("std::env::vars", TOLD),
    ("std::env::vars_os", TOLD),
    ("std::env::args", TOLD),
    ("std::env::args_os", TOLD),
    ("std::include", ALL_HERE),
    ("core::include", ALL_HERE),
    ("course::PROOF", "this belongs to the checks"),
    ("course::came_to_its_end", "this belongs to the checks"),
];

const ENDS: &str = "a program that exits takes the check with it: do it without std::process::exit and abort";
const TOLD: &str = "a program must not look at how it is being checked: do it without this";

/// The checks begin with `use super::ex1_line::*`, so the learner's file could redefine these names for them.
const NAMES: &[&str] = &["course", "sttp", "std", "core"];
const MACROS: &[&str] = &[
    "assert",
    "assert_eq",
    "assert_ne",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "panic",
    "todo",
    "unreachable",
    "unimplemented",
    "matches",
    "vec",
    "format",
    "print",
    "println",
    "eprint",
    "eprintln",
    "write",
    "writeln",
];

/// The keywords that come before a new name.
const NAMING: &[&str] = &["mod", "struct", "enum", "union", "trait", "type", "as"];

/// The first thing in `source` that the exercise with these `checks` does not allow.
pub(crate) fn refusal(source: &str, checks: &str) -> Option<Refusal> {
    let tokens = tokens(source);
    let (allowed, imports) = (listed(checks, "allows"), imports(&tokens));
    let is_closed = |name: &str| !allowed.iter().any(|path| name.starts_with(path));
    let rows = ROWS.iter().filter(|(row, _)| is_closed(row[0]));
    let rows = rows.filter_map(|(row, why)| Some((find_row(&tokens, row)?, why.to_string())));
    let closed =
        PATHS.iter().filter(|(path, _)| is_closed(path)).map(|(path, why)| (path.to_string(), why.to_string()));
    let without = listed(checks, "without").into_iter().map(|path| {
        let why = match path.starts_with("sttp::") {
            true => format!("this exercise asks you to build what {path} is: do it without {path}"),
            false => format!("this exercise asks you to do it without {path}"),
        };
        (path, why)
    });
    let paths = closed.chain(without).filter_map(|(path, why)| Some((find_path(&tokens, &imports, &path)?, why)));
    let names =
        taken_name(&tokens).map(|index| (index, format!("the checks need the name {}: choose another", tokens[index])));
    let (index, what) = rows.chain(names).chain(paths).next()?;
    Some(Refusal { what, line: line_of(source, tokens[index]) })
}

/// Whether the code still contains a `todo!`, which a run might reach.
pub(crate) fn has_todo(source: &str) -> bool {
    find_row(&tokens(source), &["todo", "!"]).is_some()
}

/// The paths that the head of a checks file lists in lines such as `//! without: sttp::line, sttp::log`.
fn listed(checks: &str, word: &str) -> Vec<String> {
    let head = checks.lines().take_while(|line| line.starts_with("//!"));
    let lists = head.filter_map(|line| line.strip_prefix("//! ")?.strip_prefix(word)?.strip_prefix(':'));
    lists.flat_map(|list| list.split(',')).map(|path| path.trim().to_string()).filter(|path| !path.is_empty()).collect()
}

fn find_row(tokens: &[&str], row: &[&str]) -> Option<usize> {
    let fits = |window: &[&str]| window.iter().zip(row).all(|(token, meant)| meant.is_empty() || token == meant);
    tokens.windows(row.len()).position(fits)
}

/// Where a name that the checks need is redefined.
fn taken_name(tokens: &[&str]) -> Option<usize> {
    let is_taken = |index: &usize| match tokens[..*index] {
        [.., "macro_rules", "!"] => MACROS.contains(&tokens[*index]),
        [.., "as"] if MACROS.contains(&tokens[*index]) => true,
        [.., before] => NAMING.contains(&before) && NAMES.contains(&tokens[*index]),
        [] => false,
    };
    (0..tokens.len()).find(is_taken)
}

/// Where the code names something in `forbidden`.
fn find_path(tokens: &[&str], imports: &[Import], forbidden: &str) -> Option<usize> {
    let forbidden: Vec<&str> = forbidden.split("::").collect();
    let names = |path: &[&str]| path.starts_with(&forbidden);
    let imported = imports.iter().find(|import| names(&import.path)).and_then(|import| import.path.last());
    if let Some(last) = imported {
        return tokens.iter().position(|token| token.as_ptr() == last.as_ptr());
    }
    (0..tokens.len())
        .filter(|&index| index == 0 || tokens[index - 1] != "::" || !is_name(tokens, index.wrapping_sub(2)))
        .find(|&index| names(&full_path(tokens, index, imports, &forbidden)))
}

/// The path that begins at `index`, with its first name resolved by the `use` declarations.
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

/// Everything that the `use` declarations bring in.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_found_wherever_its_name_stands() {
        let refused = |source| refusal(source, "//! without: write_all, std::io::Write::write_all\n").is_some();
        for code in [
            "fn f() { out.write_all(b) }",
            "fn f() { <W as Write>::write_all(out, b) }",
            "use std::io::{self, Write}; fn f() { Write::write_all(out, b) }",
            "use std::io::{self, Write}; fn f() { io::Write::write_all(out, b) }",
            "use std::io; fn f() { io::Write::write_all(out, b) }",
        ] {
            assert!(refused(code), "{code}");
        }
        assert!(!refused("// write_all\nfn f() { out.write(b) }"));
    }

    fn refused(source: &str) -> Option<u32> {
        refusal(source, "//! without: sttp::line, std::sync::mpsc\n").map(|refusal| refusal.line)
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
        assert_eq!(refused("\n#[cfg_attr(all(), path = \"solutions/ex1.rs\")]\nmod x;"), Some(3));
        assert_eq!(refused("use std::include as i; i!(\"x\");"), Some(1));
        assert_eq!(refused("fn f() { crate::ex1_other::f() }"), Some(1));
        assert_eq!(refused("// include!(x)\nconst A: &str = \"include!(x)\";"), None);
    }

    #[test]
    fn anything_that_could_mislead_a_check_is_refused() {
        for code in [
            "use std::process; fn f() { process::exit(0) }",
            "fn f() { std::process::exit(0) }",
            "use std::env::var;",
            "use std::process as p; fn f() { p::abort() }",
            "use std::process::*; fn f() { exit(0) }",
            "use std::{env, process::{self, Command}};",
            "fn f() { std::env::args().count() }",
            "fn f() { course::came_to_its_end() }",
            "fn f() { super::zz_the_process_came_to_its_end() }",
            "use course as c; fn f() { c::came_to_its_end() }",
            "const A: &str = include_str!(\"checks/ex1.rs\");",
            "fn f() { std::panic::Location::caller().file() }",
            "fn f() { std::thread::current().name() }",
            "#[unsafe(link_section = \".init_array\")] static F: fn() = f;",
            "extern crate std as s;",
            "pub mod course { pub fn same() {} }",
            "pub struct course;",
            "pub use self::mine as course;",
            "macro_rules! assert_eq { ($($all:tt)*) => {} }",
            "pub(crate) use nothing as assert;",
        ] {
            assert_eq!(refused(&format!("\n{code}")), Some(2), "{code}");
        }
        for code in
            ["fn process() {}", "let course = 1;", "macro_rules! same_all { () => {} }", "mod tests { use super::*; }"]
        {
            assert_eq!(refused(code), None, "{code}");
        }
    }

    #[test]
    fn the_head_of_the_checks_says_what_is_open_and_what_is_not() {
        let checks = "//! Checks.\n//! without: sttp::line, sttp::log\n//! allows: unsafe\n\n//! without: no::more\n";
        assert_eq!(listed(checks, "without"), ["sttp::line", "sttp::log"]);
        assert_eq!(refusal("unsafe fn f() {}", checks), None);
        assert!(refusal("use std::env::var;", checks).is_some());
        assert_eq!(refusal("use std::env::var;", "//! allows: std::env"), None);
    }

    #[test]
    fn a_todo_in_a_comment_does_not_count() {
        assert!(has_todo("fn f() { todo!(\"x\") }"));
        assert!(!has_todo("// todo!()\nfn f() { \"todo!()\"; todo() }"));
    }
}
