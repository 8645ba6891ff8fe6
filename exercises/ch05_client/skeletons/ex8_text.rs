//! Text that somebody else has written, on its way to the server and to the terminal.
//!
//! Write [`request_line`] and [`printable`]. The types are given, and a function that knows the rarer dangers.

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

/// Returns the request as one line with its LF: `ACTION PATH` or `ACTION PATH CONTENTS`.
///
/// The server must find in it exactly this action, this path and these contents. It takes one pair of quotes off the
/// contents if there is one, and unescapes nothing; it accepts empty contents only as `""`.
///
/// Refuses a path that does not begin with `/` or that has a space or a control character in it, and contents with a
/// control character other than TAB. Whatever else may be wrong is for the server to say.
pub fn request_line(ask: Ask, path: &str) -> Result<String, Refused> {
    todo!("check for anything that could end the line or a part of it, then join the parts")
}

/// Returns the text as it may go to a terminal: each control character except TAB, and each character that [`turns`],
/// is written as `char::escape_unicode` writes it, for example `\u{1b}`. All others stay.
pub fn printable(text: &str) -> String {
    todo!("escape characters that a terminal would obey rather than show")
}
