//! Small parsers, one after the other: each takes the text that is left, and returns what it found and what is then
//! left. That text comes with its offset in the whole, so that an error knows where it is.

use std::net::Ipv6Addr;

use sttp::path::SnippetPath;

/// The port of a URL without one.
pub const DEFAULT_PORT: u16 = 8080;

/// A parsed URL.
#[derive(Debug, Clone)]
pub struct Url {
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// From 1 to 65535.
    pub port: u16,
    /// Decoded, and a valid [`SnippetPath`].
    pub path: String,
}

/// Why a string is not a valid URL.
#[derive(Debug, Clone)]
pub struct UrlError {
    /// The byte at which the mistake begins. Where something is missing, the byte where it should be.
    pub at: usize,
    /// What is wrong, for the user to read.
    pub why: String,
}

/// The text that is left.
#[derive(Clone, Copy)]
struct Rest<'a> {
    text: &'a str,
    /// Its offset in the whole.
    at: usize,
}

type Parsed<'a, T> = Result<(T, Rest<'a>), UrlError>;

impl Url {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let rest = scheme(Rest { text, at: 0 })?;
        let (host, rest) = if rest.text.starts_with('[') { ipv6(rest)? } else { name(rest)? };
        let (port, rest) = port(rest)?;
        Ok(Url { host: host.into(), port, path: path(rest)? })
    }
}

fn scheme(rest: Rest<'_>) -> Result<Rest<'_>, UrlError> {
    const SCHEME: &str = "sttp://";
    match rest.text.get(..SCHEME.len()) {
        Some(head) if head.eq_ignore_ascii_case(SCHEME) => Ok(rest.after(SCHEME.len())),
        _ => Err(rest.wrong(0, "a URL begins with sttp://")),
    }
}

fn ipv6(rest: Rest<'_>) -> Parsed<'_, &str> {
    let end = rest.text.find(']').ok_or_else(|| rest.wrong(0, "this '[' has no ']'"))?;
    let address = &rest.text[1..end];
    address.parse::<Ipv6Addr>().map_err(|_| rest.wrong(1, "the brackets must hold an IPv6 address"))?;
    let rest = rest.after(end + 1);
    match rest.text.chars().next() {
        None | Some(':' | '/') => Ok((address, rest)),
        Some(_) => Err(rest.wrong(0, "after ']' there must be ':' and a port, or '/' and a path")),
    }
}

fn name(rest: Rest<'_>) -> Parsed<'_, &str> {
    let name = &rest.text[..rest.text.find([':', '/']).unwrap_or(rest.text.len())];
    if name.is_empty() {
        return Err(rest.wrong(0, "the host is missing"));
    }
    match name.find(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c)) {
        Some(at) => Err(rest.wrong(at, "a host cannot contain this character")),
        None => Ok((name, rest.after(name.len()))),
    }
}

fn port(rest: Rest<'_>) -> Parsed<'_, u16> {
    let Some(digits) = rest.text.strip_prefix(':') else {
        return Ok((DEFAULT_PORT, rest));
    };
    let digits = &digits[..digits.find('/').unwrap_or(digits.len())];
    let after = rest.after(1 + digits.len());
    if digits.is_empty() {
        return Ok((DEFAULT_PORT, after));
    }
    // `parse` alone would also accept a sign.
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    match digits.parse() {
        Ok(port) if is_number && port > 0 => Ok((port, after)),
        _ => Err(rest.wrong(1, "a port is a number from 1 to 65535")),
    }
}

fn path(rest: Rest) -> Result<String, UrlError> {
    if rest.text.is_empty() {
        return Ok("/".into());
    }
    let (bytes, places) = decoded(rest)?;
    let path = String::from_utf8(bytes)
        .map_err(|error| rest.wrong(places[error.utf8_error().valid_up_to()], "these bytes are not UTF-8"))?;
    match SnippetPath::parse(&path) {
        Err(error) => Err(rest.wrong(0, &error.to_string())),
        Ok(_) => Ok(path),
    }
}

/// The bytes, and for each of them where it comes from.
fn decoded(rest: Rest) -> Result<(Vec<u8>, Vec<usize>), UrlError> {
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    let mut left = rest.text.bytes().enumerate();
    while let Some((at, byte)) = left.next() {
        let mut digit = || left.next().and_then(|(_, byte)| char::from(byte).to_digit(16));
        let decoded = match byte {
            b'%' => digit().zip(digit()).map(|(high, low)| (high * 16 + low) as u8),
            _ => Some(byte),
        };
        bytes.push(decoded.ok_or_else(|| rest.wrong(at, "'%' must be followed by two hexadecimal digits"))?);
        places.push(at);
    }
    Ok((bytes, places))
}

impl<'a> Rest<'a> {
    fn after(self, bytes: usize) -> Rest<'a> {
        Rest { text: &self.text[bytes..], at: self.at + bytes }
    }

    fn wrong(self, at: usize, why: &str) -> UrlError {
        UrlError { at: self.at + at, why: why.into() }
    }
}
