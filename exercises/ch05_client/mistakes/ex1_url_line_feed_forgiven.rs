//! caught by a_host_is_a_name_or_an_address: wrong
//! It takes a line feed off the end of the text before it looks.

use std::net::Ipv6Addr;

use sttp::path::SnippetPath;

/// The port when none is given.
pub const DEFAULT_PORT: u16 = 8080;

/// A URL, taken apart.
#[derive(Debug, Clone)]
pub struct Url {
    /// A name or an address; an IPv6 address without its brackets.
    pub host: String,
    /// From 1 to 65535.
    pub port: u16,
    /// Decoded, and good for a [`SnippetPath`].
    pub path: String,
}

/// Why a text is no URL.
#[derive(Debug, Clone)]
pub struct UrlError {
    /// The byte of the text at which the trouble begins. Where something is missing, the byte where it should stand.
    pub at: usize,
    /// What is wrong, for the user to read.
    pub why: String,
}

/// What is left of the text.
#[derive(Clone, Copy)]
struct Rest<'a> {
    text: &'a str,
    /// Where it begins in the whole.
    at: usize,
}

type Parsed<'a, T> = Result<(T, Rest<'a>), UrlError>;

impl Url {
    /// Takes a URL apart.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let rest = scheme(Rest { text: text.trim_end_matches('\n'), at: 0 })?;
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
    let end = rest.text.find(']').ok_or_else(|| rest.wrong(0, "there is no ']' for this '['"))?;
    let address = &rest.text[1..end];
    address.parse::<Ipv6Addr>().map_err(|_| rest.wrong(1, "between '[' and ']' stands an IPv6 address"))?;
    let rest = rest.after(end + 1);
    match rest.text.chars().next() {
        None | Some(':' | '/') => Ok((address, rest)),
        Some(_) => Err(rest.wrong(0, "behind ']' comes ':' and a port, or '/' and a path")),
    }
}

fn name(rest: Rest<'_>) -> Parsed<'_, &str> {
    let name = &rest.text[..rest.text.find([':', '/']).unwrap_or(rest.text.len())];
    if name.is_empty() {
        return Err(rest.wrong(0, "the host is missing"));
    }
    match name.find(|c: char| !c.is_ascii_alphanumeric() && !"-._".contains(c)) {
        Some(at) => Err(rest.wrong(at, "a host cannot hold this character")),
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
    // `parse` alone would take a sign as well.
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

/// The bytes, and for each of them the place it comes from.
fn decoded(rest: Rest) -> Result<(Vec<u8>, Vec<usize>), UrlError> {
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    let mut left = rest.text.bytes().enumerate();
    while let Some((at, byte)) = left.next() {
        let mut digit = || left.next().and_then(|(_, byte)| char::from(byte).to_digit(16));
        let decoded = match byte {
            b'%' => digit().zip(digit()).map(|(high, low)| (high * 16 + low) as u8),
            _ => Some(byte),
        };
        bytes.push(decoded.ok_or_else(|| rest.wrong(at, "behind '%' come two hexadecimal digits"))?);
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
