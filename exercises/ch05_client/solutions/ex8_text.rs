//! Contents always get a pair of quotes, whatever is in them: the server takes off one pair, and so exactly this one.
//! Nothing has to be escaped, because nothing is unescaped; a character that could end the line cannot be written at
//! all, and is refused.

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
    if !path.starts_with('/') || path.contains(|c: char| c == ' ' || c.is_control()) {
        return Err(Refused::Path);
    }
    match ask {
        Ask::Show => Ok(format!("SHOW {path}\n")),
        Ask::List => Ok(format!("LIST {path}\n")),
        Ask::Delete => Ok(format!("DELETE {path}\n")),
        Ask::Create(contents) => Ok(format!("CREATE {path} {}\n", quoted(contents)?)),
        Ask::Update(contents) => Ok(format!("UPDATE {path} {}\n", quoted(contents)?)),
    }
}

/// The text as it may go to a terminal.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => safe.push(c),
            _ if c.is_control() || turns(c) => safe.extend(c.escape_unicode()),
            _ => safe.push(c),
        }
    }
    safe
}

fn quoted(contents: &str) -> Result<String, Refused> {
    match contents.chars().any(|c| c.is_control() && c != '\t') {
        true => Err(Refused::Contents),
        false => Ok(format!("\"{contents}\"")),
    }
}
