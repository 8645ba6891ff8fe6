//! Text that others have written, on its way to the server and to the terminal.
//!
//! Write [`request_line`] and [`printable`]. The types are given, and a function that knows the rarer dangers.

/// What is asked of the server, with the contents where there are some.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    Create(&'a str),
    Show,
    List,
    Delete,
    Update(&'a str),
}

/// Which part would not survive as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    Path,
    Contents,
}

/// Whether `c` turns the direction of the text, as some scripts need it. Behind it words can be hidden (Unicode's
/// bidirectional controls).
pub fn turns(c: char) -> bool {
    matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The request as one line with its LF: `ACTION PATH` or `ACTION PATH CONTENTS`.
///
/// The server must understand just this action, this path and these contents. It takes one pair of quotes off the
/// contents if there is one, and unescapes nothing; it accepts empty contents only as `""`.
///
/// Refused are a path that does not begin with `/` or that holds a space or a control character, and contents that
/// hold a control character other than TAB. Whatever else may be wrong is for the server to say.
pub fn request_line(ask: Ask, path: &str) -> Result<String, Refused> {
    todo!("check what could end the line or a part of it, then put the parts together")
}

/// The text as it may go to a terminal: each control character but TAB, and each character that [`turns`], is written
/// as `char::escape_unicode` writes it, for example `\u{1b}`. All others stay.
pub fn printable(text: &str) -> String {
    todo!("escape what a terminal would not show but obey")
}
