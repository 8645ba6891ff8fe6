//! Splits Rust code into words and signs, without comments and literals: as much as [`crate::code`] needs.

/// Names, numbers, `::` and single signs, in order.
pub(crate) fn tokens(source: &str) -> Vec<&str> {
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

/// The line of `source` that contains `token`, which is a part of it.
pub(crate) fn line_of(source: &str, token: &str) -> u32 {
    let offset = (token.as_ptr() as usize).saturating_sub(source.as_ptr() as usize);
    1 + source.bytes().take(offset).filter(|&byte| byte == b'\n').count() as u32
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
