//! Where a snippet is: `sttp://HOST[:PORT]/PATH`.
//!
//! Write [`Url::parse`]. The rules for a path are `SnippetPath`'s, from chapter 2, which you may use.

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

impl Url {
    /// Takes a URL apart: `sttp://` in upper or lower case, the host, perhaps a `:` and the port, and the path.
    ///
    /// - The host is a name or an IPv4 address, of letters and digits (ASCII), `-`, `.` and `_`; or an IPv6 address in
    ///   `[ ]`.
    /// - Without a port, or with a `:` and nothing behind it, the port is [`DEFAULT_PORT`].
    /// - Without a path, the path is `/`. Each `%XX` in it is decoded, once; nothing else means anything there.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        todo!("scheme, host, port and path, from left to right")
    }
}
