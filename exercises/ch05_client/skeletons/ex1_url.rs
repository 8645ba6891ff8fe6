//! Where a snippet is: `sttp://HOST[:PORT]/PATH`.
//!
//! Write [`Url::parse`]. `SnippetPath::parse`, from chapter 2, checks a path; you may use it (`src/path.rs`).

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
    /// Parses a URL: `sttp://` in upper or lower case, the host, perhaps a `:` and the port, and the path.
    ///
    /// - The host is a name or an IPv4 address, of letters and digits (ASCII), `-`, `.` and `_`; or an IPv6 address in
    ///   `[ ]`.
    /// - Without a port, or with nothing after the `:`, the port is [`DEFAULT_PORT`].
    /// - Without a path, the path is `/`. Each `%XX` in it is decoded, once; no other character is special there.
    pub fn parse(text: &str) -> Result<Url, UrlError> {
        todo!("scheme, host, port and path, from left to right")
    }
}
