//! The path of a snippet, checked once and trusted from then on.
//!
//! Only [`SnippetPath::parse`] can create a [`SnippetPath`], so a function that is given one knows that it is absolute,
//! that no segment is empty, hidden or `..`, and that nothing in it can upset a terminal or a file system. Text goes in,
//! and the same text comes out with that guarantee attached. Chapter 2; `sttp.md` section 1.

use std::fmt;

/// The most bytes in a path.
pub const MAX_PATH: usize = 1024;
/// The most characters (Unicode scalar values) in a file name.
pub const MAX_NAME: usize = 32;

/// A path that keeps the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SnippetPath<'a>(&'a str);

/// Why a text is not a valid path.
#[derive(Debug, PartialEq, Eq)]
pub enum PathError<'a> {
    /// It does not begin with `/`.
    Relative,
    /// It has this many bytes, more than [`MAX_PATH`].
    TooLong(usize),
    /// It contains `//`.
    EmptySegment,
    /// This segment begins with a dot.
    Hidden(&'a str),
    /// It contains this character: a control character, or the space that would end it.
    Forbidden(char),
}

impl<'a> SnippetPath<'a> {
    /// Checks a path. A single trailing `/` is allowed: it names a directory.
    pub fn parse(text: &'a str) -> Result<Self, PathError<'a>> {
        let inside = text.strip_prefix('/').ok_or(PathError::Relative)?;
        if text.len() > MAX_PATH {
            return Err(PathError::TooLong(text.len()));
        }
        if let Some(forbidden) = text.chars().find(|&c| c.is_control() || c == ' ') {
            return Err(PathError::Forbidden(forbidden));
        }
        let segments = inside.strip_suffix('/').unwrap_or(inside);
        // "/" has no segments, and is the only path in which the text between the slashes may be empty.
        for segment in segments.split('/').filter(|_| text != "/") {
            match segment.chars().next() {
                None => return Err(PathError::EmptySegment),
                Some('.') => return Err(PathError::Hidden(segment)),
                Some(_) => {}
            }
        }
        Ok(SnippetPath(text))
    }

    /// The text, as the client sent it.
    pub fn as_str(self) -> &'a str {
        self.0
    }

    /// Whether it ends with `/`.
    pub fn has_trailing_slash(self) -> bool {
        self.0.ends_with('/')
    }

    /// The directory that would hold it, with a trailing `/`; for `/` itself, `/`.
    pub fn parent(self) -> &'a str {
        let path = self.trimmed();
        &self.0[..path.rfind('/').unwrap_or(0) + 1]
    }

    /// The last segment; empty for `/`.
    pub fn name(self) -> &'a str {
        let path = self.trimmed();
        &path[path.rfind('/').map_or(0, |slash| slash + 1)..]
    }

    /// The segments of [`parent`](Self::parent), outermost first.
    pub fn directories(self) -> impl Iterator<Item = &'a str> {
        self.parent().split('/').filter(|segment| !segment.is_empty())
    }

    /// The text without the trailing `/`.
    fn trimmed(self) -> &'a str {
        self.0.strip_suffix('/').unwrap_or(self.0)
    }
}

impl fmt::Display for PathError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            PathError::Relative => write!(f, "the path must begin with '/', as in SHOW /notes/a.txt"),
            PathError::TooLong(bytes) => write!(f, "the path has {bytes} bytes; at most {MAX_PATH} are allowed"),
            PathError::EmptySegment => write!(f, "the path has '//'; put one '/' between names, as in /notes/a.txt"),
            PathError::Hidden(name) => write!(f, "the name '{name:.40}' begins with a dot; use one that does not"),
            PathError::Forbidden(c) => write!(f, "the path holds the character {c:?}; use letters, digits, '.', '-'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_valid_path_is_returned_unchanged() {
        for text in ["/", "/a", "/a/", "/notes/a.txt", "/a..b", "/é/🦀", "/a\"b"] {
            assert_eq!(SnippetPath::parse(text).map(SnippetPath::as_str), Ok(text));
        }
    }

    #[test]
    fn an_invalid_path_is_rejected_with_the_rule_it_breaks() {
        let long = format!("/{}", "a".repeat(1024));
        for (text, error) in [
            ("", PathError::Relative),
            ("a.txt", PathError::Relative),
            ("//", PathError::EmptySegment),
            ("/a//b", PathError::EmptySegment),
            ("/a//", PathError::EmptySegment),
            ("/.", PathError::Hidden(".")),
            ("/a/../b", PathError::Hidden("..")),
            ("/.git/config", PathError::Hidden(".git")),
            ("/a\0", PathError::Forbidden('\0')),
            ("/a\u{85}", PathError::Forbidden('\u{85}')),
            ("/a b", PathError::Forbidden(' ')),
            (&long, PathError::TooLong(1025)),
        ] {
            assert_eq!(SnippetPath::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn a_path_is_split_into_parent_name_and_directories() {
        for (text, parent, name) in
            [("/", "/", ""), ("/a", "/", "a"), ("/a/b/c.txt", "/a/b/", "c.txt"), ("/a/b/", "/a/", "b")]
        {
            let path = SnippetPath::parse(text).unwrap();
            assert_eq!((path.parent(), path.name()), (parent, name), "{text}");
        }
        let path = SnippetPath::parse("/a/b/c.txt").unwrap();
        assert_eq!(path.directories().collect::<Vec<_>>(), ["a", "b"]);
    }
}
