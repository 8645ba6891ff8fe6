//! Where a snippet is: `sttp://HOST[:PORT]/PATH`.
//!
//! A URL is parsed from left to right by small functions, each of which returns what it found and the rest of the text.
//! An error keeps the position of the mistake, so that a caret can point at it. `%XX` is decoded once, and only in the
//! path: the decoded text is not searched for another `%`. Chapter 5; `sttp.md` section 6, RFC 3986.

use std::fmt;
use std::net::Ipv6Addr;

use crate::path::{MAX_PATH, PathError, SnippetPath};

/// The port when none is given.
pub const DEFAULT_PORT: u16 = 8080;

/// A parsed URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Url {
    /// A name or an address, an IPv6 address without its brackets.
    pub host: String,
    /// From 1 to 65535.
    pub port: u16,
    /// Decoded, and valid as a [`SnippetPath`].
    pub path: String,
}

/// Why a string is not a valid URL.
#[derive(Debug, PartialEq, Eq)]
pub struct UrlError {
    /// What is wrong.
    pub fault: Fault,
    /// The byte offset of the mistake.
    pub at: usize,
}

/// What can be wrong with a URL.
#[derive(Debug, PartialEq, Eq)]
pub enum Fault {
    /// It does not begin with `sttp://`.
    Scheme,
    /// There is a user in front of the host: this protocol has none.
    User,
    /// There is nothing between `//` and the port or the path.
    NoHost,
    /// The host contains this character.
    HostCharacter(char),
    /// The `[` has no `]`.
    OpenBracket,
    /// The text in the brackets is not an IPv6 address.
    Ipv6,
    /// The `]` is followed by neither a port nor a path.
    AfterBracket,
    /// The port is not a number from 1 to 65535.
    Port,
    /// A `?` or `#`: this protocol has neither queries nor fragments.
    Query(char),
    /// A `%` is not followed by two hexadecimal digits.
    Percent,
    /// The decoded bytes are not UTF-8.
    Utf8,
    /// The path breaks a rule of the protocol: the message.
    Path(String),
}

type Parsed<'a, T> = Result<(T, Rest<'a>), UrlError>;

/// The rest of a URL, not parsed yet.
#[derive(Clone, Copy)]
struct Rest<'a> {
    text: &'a str,
    /// Its byte offset in the whole text.
    at: usize,
}

impl Url {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let rest = scheme(text)?;
        no_user(rest)?;
        let (host, rest) = host(rest)?;
        let (port, rest) = port(rest)?;
        let path = path(rest)?;
        Ok(Url { host: host.into(), port: port.unwrap_or(DEFAULT_PORT), path })
    }
}

fn scheme(text: &str) -> Result<Rest<'_>, UrlError> {
    const SCHEME: &str = "sttp://";
    let whole = Rest { text, at: 0 };
    // A scheme is case-insensitive: RFC 3986, section 3.1.
    let is_ours = text.get(..SCHEME.len()).is_some_and(|head| head.eq_ignore_ascii_case(SCHEME));
    if is_ours { Ok(whole.after(SCHEME.len())) } else { Err(whole.wrong(0, Fault::Scheme)) }
}

/// Refuses `user@` and `user:password@` in front of the host, which would look like a wrong port.
fn no_user(rest: Rest) -> Result<(), UrlError> {
    let authority = rest.text.split(['/', '?', '#']).next().unwrap_or_default();
    authority.find('@').map_or(Ok(()), |at| Err(rest.wrong(at, Fault::User)))
}

fn host(rest: Rest<'_>) -> Parsed<'_, &str> {
    if let Some(inside) = rest.text.strip_prefix('[') {
        let end = inside.find(']').ok_or_else(|| rest.wrong(0, Fault::OpenBracket))?;
        let address = &inside[..end];
        address.parse::<Ipv6Addr>().map_err(|_| rest.wrong(1, Fault::Ipv6))?;
        let rest = rest.after(end + 2);
        return match rest.text.chars().next() {
            None | Some(':' | '/') => Ok((address, rest)),
            Some(_) => Err(rest.wrong(0, Fault::AfterBracket)),
        };
    }
    let end = rest.text.find([':', '/', '?', '#']).unwrap_or(rest.text.len());
    let name = &rest.text[..end];
    let invalid = name.char_indices().find(|(_, c)| !c.is_ascii_alphanumeric() && !"-._".contains(*c));
    match invalid {
        Some((at, c)) => Err(rest.wrong(at, Fault::HostCharacter(c))),
        None if name.is_empty() => Err(rest.wrong(0, Fault::NoHost)),
        None => Ok((name, rest.after(end))),
    }
}

/// An empty port means the default one: RFC 3986, section 3.2.3.
fn port(rest: Rest<'_>) -> Parsed<'_, Option<u16>> {
    let Some(digits) = rest.text.strip_prefix(':') else {
        return Ok((None, rest));
    };
    let digits = &digits[..digits.find('/').unwrap_or(digits.len())];
    let after = rest.after(1 + digits.len());
    if digits.is_empty() {
        return Ok((None, after));
    }
    // `parse` alone would also accept a sign.
    let number = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()));
    match number.and_then(|digits| digits.parse().ok()) {
        None | Some(0) => Err(rest.wrong(1, Fault::Port)),
        Some(port) => Ok((Some(port), after)),
    }
}

/// Decodes the rest; a missing path is `/`.
fn path(rest: Rest) -> Result<String, UrlError> {
    if rest.text.is_empty() {
        return Ok("/".into());
    }
    if let Some(at) = rest.text.find(['?', '#']) {
        let c = if rest.text[at..].starts_with('?') { '?' } else { '#' };
        return Err(rest.wrong(at, Fault::Query(c)));
    }
    let (bytes, places) = decoded(rest)?;
    let path = String::from_utf8(bytes).map_err(|error| {
        let bad = error.utf8_error().valid_up_to();
        rest.wrong(places[bad], Fault::Utf8)
    })?;
    match SnippetPath::parse(&path) {
        Err(error) => Err(rest.wrong(places[place(&path, &error)], Fault::Path(error.to_string()))),
        Ok(_) => Ok(path),
    }
}

/// Decodes `%XX`. Returns the bytes, and for each of them the place in the text that it comes from.
fn decoded(rest: Rest) -> Result<(Vec<u8>, Vec<usize>), UrlError> {
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    let mut left = rest.text.bytes().enumerate();
    while let Some((at, byte)) = left.next() {
        places.push(at);
        bytes.push(match byte {
            b'%' => {
                let mut digit = || left.next().and_then(|(_, byte)| char::from(byte).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => (high * 16 + low) as u8,
                    _ => return Err(rest.wrong(at, Fault::Percent)),
                }
            }
            _ => byte,
        });
    }
    Ok((bytes, places))
}

/// The byte of the path where it breaks the rule.
fn place(path: &str, error: &PathError) -> usize {
    match error {
        PathError::Relative => 0,
        // The first character beyond the limit may begin before it.
        PathError::TooLong(_) => (0..=MAX_PATH).rev().find(|&at| path.is_char_boundary(at)).unwrap_or(0),
        PathError::EmptySegment => path.find("//").map_or(0, |at| at + 1),
        PathError::Hidden(_) => path.find("/.").map_or(0, |at| at + 1),
        PathError::Forbidden(c) => path.find(*c).unwrap_or(0),
    }
}

impl<'a> Rest<'a> {
    fn after(self, bytes: usize) -> Rest<'a> {
        Rest { text: &self.text[bytes..], at: self.at + bytes }
    }

    fn wrong(self, at: usize, fault: Fault) -> UrlError {
        UrlError { fault, at: self.at + at }
    }
}

impl UrlError {
    /// The error, the text, and a caret that points at the mistake: three lines.
    pub fn pointed(&self, text: &str) -> String {
        let before = text[..self.at].chars().count();
        format!("{self}\n    {text}\n    {}^", " ".repeat(before))
    }
}

impl fmt::Display for UrlError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match &self.fault {
            Fault::Scheme => write!(f, "a URL begins with sttp://, as in sttp://localhost:8080/notes/a.txt"),
            Fault::NoHost => write!(f, "the host is missing; use sttp://HOST/PATH"),
            Fault::User => write!(f, "an STTP URL has no user or password; use sttp://HOST/PATH"),
            Fault::HostCharacter(c) => write!(f, "a host cannot contain {c:?}"),
            Fault::OpenBracket => write!(f, "this '[' has no ']'"),
            Fault::Ipv6 => write!(f, "the brackets must hold an IPv6 address, as in [::1]"),
            Fault::AfterBracket => write!(f, "after ']' there must be ':' and a port, or '/' and a path"),
            Fault::Port => write!(f, "a port is a number from 1 to 65535"),
            Fault::Query(c) => {
                write!(f, "an STTP URL has no query or fragment; write a '{c}' in a name as %{:02X}", *c as u8)
            }
            Fault::Percent => write!(f, "'%' must be followed by two hexadecimal digits; write a '%' in a name as %25"),
            Fault::Utf8 => write!(f, "these bytes are not UTF-8"),
            Fault::Path(why) => write!(f, "{why}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_parsed_into_its_parts() {
        for (text, host, port, path) in [
            ("sttp://localhost/a.txt", "localhost", 8080, "/a.txt"),
            ("sttp://localhost", "localhost", 8080, "/"),
            ("STTP://a-b.example:1/", "a-b.example", 1, "/"),
            ("sttp://127.0.0.1:65535/notes/", "127.0.0.1", 65535, "/notes/"),
            ("sttp://[::1]:99/a:b", "::1", 99, "/a:b"),
            ("sttp://[2001:db8::7]/a", "2001:db8::7", 8080, "/a"),
            ("sttp://h:/a", "h", 8080, "/a"),
            ("sttp://h/%C3%A9/%2525", "h", 8080, "/é/%25"),
        ] {
            assert_eq!(Url::parse(text), Ok(Url { host: host.into(), port, path: path.into() }), "{text}");
        }
    }

    #[test]
    fn an_error_points_at_the_mistake() {
        let path = |error: PathError| Fault::Path(error.to_string());
        for (text, at, fault) in [
            ("http://h/a", 0, Fault::Scheme),
            ("/a", 0, Fault::Scheme),
            ("sttp:///a", 7, Fault::NoHost),
            ("sttp://:80/a", 7, Fault::NoHost),
            ("sttp://me@h/a", 9, Fault::User),
            ("sttp://me:secret@h:80/a", 16, Fault::User),
            ("sttp://me:@[::1]/a", 10, Fault::User),
            ("sttp://@h", 7, Fault::User),
            ("sttp://h h/a", 8, Fault::HostCharacter(' ')),
            ("sttp://[::1/a", 7, Fault::OpenBracket),
            ("sttp://[localhost]/a", 8, Fault::Ipv6),
            ("sttp://[::1]8080/a", 12, Fault::AfterBracket),
            ("sttp://h:0/a", 9, Fault::Port),
            ("sttp://h:65536/a", 9, Fault::Port),
            ("sttp://h:+1/a", 9, Fault::Port),
            ("sttp://h:1:2/a", 9, Fault::Port),
            ("sttp://h/a?b", 10, Fault::Query('?')),
            ("sttp://h?b", 8, Fault::Query('?')),
            ("sttp://h/%4", 9, Fault::Percent),
            ("sttp://h/%+1", 9, Fault::Percent),
            ("sttp://h/a%FF", 10, Fault::Utf8),
            ("sttp://h/a%20b", 10, path(PathError::Forbidden(' '))),
            ("sttp://h/%41/%2E%2e/b", 13, path(PathError::Hidden(".."))),
            ("sttp://h/a//b", 11, path(PathError::EmptySegment)),
            (&format!("sttp://h/{}", "é".repeat(600)), 8 + 1023, path(PathError::TooLong(1201))),
        ] {
            assert_eq!(Url::parse(text), Err(UrlError { fault, at }), "{text}");
        }
        let text = "sttp://é/a";
        let lines = Url::parse(text).unwrap_err().pointed(text);
        assert_eq!(lines, "a host cannot contain 'é'\n    sttp://é/a\n           ^");
    }
}
