//! The text is split at its punctuation first, and then each part is checked by itself. The offset of a part is found
//! by subtracting addresses: `part` is a slice of `text`, so the distance between their first bytes is where it begins.

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

impl Url {
    /// Parses a URL.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        let wrong = |(part, why): Wrong| UrlError { at: part.as_ptr() as usize - text.as_ptr() as usize, why };
        parse(text).map_err(wrong)
    }
}

/// The text from the mistake on, and what is wrong.
type Wrong<'a> = (&'a str, String);

fn parse(text: &str) -> Result<Url, Wrong<'_>> {
    let (scheme, rest) = text.split_at_checked(7).unwrap_or(("", text));
    if !scheme.eq_ignore_ascii_case("sttp://") {
        return Err((text, "a URL begins with sttp://".into()));
    }
    let (server, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    // The colons of an IPv6 address belong to it: the one before the port comes after the bracket.
    let end = if server.starts_with('[') { server.find(']').unwrap_or(0) } else { 0 };
    let colon = server[end..].find(':').map_or(server.len(), |at| end + at);
    let (host, port) = server.split_at(colon);
    Ok(Url { host: checked_host(host)?.into(), port: port_number(port)?, path: decoded_path(path)? })
}

fn checked_host(host: &str) -> Result<&str, Wrong<'_>> {
    let Some(inside) = host.strip_prefix('[') else {
        let is_strange = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_'));
        return match host.find(is_strange) {
            _ if host.is_empty() => Err((host, "the host is missing".into())),
            Some(at) => Err((&host[at..], "a host cannot contain this".into())),
            None => Ok(host),
        };
    };
    let (address, after) = inside.split_once(']').ok_or((host, "this '[' has no ']'".into()))?;
    match address.parse::<Ipv6Addr>() {
        Err(_) => Err((address, "this is not an IPv6 address".into())),
        Ok(_) if !after.is_empty() => Err((after, "there must be ':' and a port, or '/' and a path".into())),
        Ok(_) => Ok(address),
    }
}

/// The number in `port`, which is empty or begins with a colon.
fn port_number(port: &str) -> Result<u16, Wrong<'_>> {
    let digits = port.strip_prefix(':').unwrap_or(port);
    let number =
        digits.chars().try_fold(0_u16, |number, c| number.checked_mul(10)?.checked_add(c.to_digit(10)? as u16));
    match number {
        _ if digits.is_empty() => Ok(DEFAULT_PORT),
        None | Some(0) => Err((digits, "a port is a number from 1 to 65535".into())),
        Some(number) => Ok(number),
    }
}

fn decoded_path(path: &str) -> Result<String, Wrong<'_>> {
    let mut decoded = String::new();
    let mut rest = path;
    while let Some(c) = rest.chars().next() {
        if c == '%' {
            let (c, after) = decoded_character(rest)?;
            decoded.push(c);
            rest = after;
        } else {
            decoded.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    if decoded.is_empty() {
        decoded.push('/');
    }
    match SnippetPath::parse(&decoded) {
        Ok(_) => Ok(decoded),
        Err(error) => Err((path, error.to_string())),
    }
}

/// The character that the `%XX` at the beginning of `text` stand for, and the text after them.
fn decoded_character(text: &str) -> Result<(char, &str), Wrong<'_>> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while bytes.len() < 4 && rest.starts_with('%') {
        let Some(byte) = hexadecimal(rest) else {
            return Err((rest, "'%' must be followed by two hexadecimal digits".into()));
        };
        bytes.push(byte);
        rest = &rest[3..];
        if let Some(c) = std::str::from_utf8(&bytes).ok().and_then(|text| text.chars().next()) {
            return Ok((c, rest));
        }
    }
    Err((text, "these bytes are not UTF-8".into()))
}

/// The byte that `%XX` stands for.
fn hexadecimal(text: &str) -> Option<u8> {
    let digit = |at: usize| char::from(*text.as_bytes().get(at)?).to_digit(16);
    Some((digit(1)? * 16 + digit(2)?) as u8)
}
