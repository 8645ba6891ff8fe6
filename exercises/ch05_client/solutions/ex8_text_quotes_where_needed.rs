//! Contents get quotes only where the server would take some off, or would find nothing. Text for the terminal is split
//! after its dangerous characters, and joined again with escapes in their place.

/// A request to the server, with its contents if it has any.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    Create(&'a str),
    Show,
    List,
    Delete,
    Update(&'a str),
}

/// The part that would not arrive as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Path,
    Contents,
}

/// Whether `c` turns the direction of the text, as some scripts need it. Such a character can hide words (Unicode's
/// bidirectional controls).
pub fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The request as one line with its LF.
pub fn request_line(ask: Ask, path: &str) -> Result<String, Refused> {
    let mut line = match ask {
        Ask::Create(_) => "CREATE ",
        Ask::Show => "SHOW ",
        Ask::List => "LIST ",
        Ask::Delete => "DELETE ",
        Ask::Update(_) => "UPDATE ",
    }
    .to_string();
    match path.strip_prefix('/') {
        Some(names) if !names.chars().any(|c| c.is_whitespace() && c.is_ascii() || c.is_control()) => line += path,
        _ => return Err(Refused::Path),
    }
    if let Ask::Create(contents) | Ask::Update(contents) = ask {
        // A TAB is harmless, and the only control character that is.
        if contents.replace('\t', "").contains(char::is_control) {
            return Err(Refused::Contents);
        }
        let looks_quoted = contents.len() >= 2 && contents.starts_with('"') && contents.ends_with('"');
        let quotes = if contents.is_empty() || looks_quoted { "\"" } else { "" };
        line += &format!(" {quotes}{contents}{quotes}");
    }
    Ok(line + "\n")
}

/// The text as it may go to a terminal.
pub fn printable(text: &str) -> String {
    let is_dangerous = |c: char| (c.is_control() && c != '\t') || turns(c);
    let escaped = |piece: &str| match piece.chars().next_back() {
        Some(c) if is_dangerous(c) => format!("{}{}", &piece[..piece.len() - c.len_utf8()], c.escape_unicode()),
        _ => piece.to_string(),
    };
    text.split_inclusive(is_dangerous).map(escaped).collect()
}
