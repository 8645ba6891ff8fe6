//! From a line to an answer: the one place that decides which status code an error means.
//!
//! Write [`answer`]. `Request::parse` parses the line, the store does the work, and `Response` has a function for each
//! kind of answer: `plain`, `ok`, `client_error`, `server_error`. They are in `src/request.rs`, `src/store.rs`,
//! `src/response.rs` and `src/path.rs`, or in `cargo doc --open`. `show` returns an `Arc<str>`, a text that several
//! owners share; `.into()` makes one of a `&str` or a `String`. (The path of a `Response` is a `Cow<str>`, a text that is
//! either borrowed or owned; there too `.into()` does.)

use sttp::path::SnippetPath;
use sttp::request::{Request, RequestError, Rule};
use sttp::response::{Response, Status};
use sttp::store::{Store, StoreError};

/// Carries out the request in a line, and returns the answer. The store is called once for each request, and never for
/// a line that is not one.
///
/// | outcome | answer | path in the answer |
/// | --- | --- | --- |
/// | `create` succeeds | 100 | as requested |
/// | `show` succeeds | 200, the contents | as requested |
/// | `list` succeeds | 200, the names, joined by `, ` | as requested |
/// | `update` succeeds | 200, the new contents | as requested |
/// | `delete` succeeds | 600 | as requested |
/// | the line breaks a rule | 300, the rule's own words | the path of the `RequestError`; if it has none, `/` |
/// | that rule is `NameLength` | 310 | the same |
/// | `NotFound` | 400 | as requested |
/// | `PathNotFound` | 410 | the directory that would hold it, with a `/` at the end |
/// | `CannotCreatePath` | 510 | the same |
/// | `Exists`, `IsDirectory`, `IsFile` | 300, the error's own words | as requested |
/// | `Foreign`, `Io` | 500, the error's own words | as requested |
///
/// "Its own words" are what `Display` writes.
pub fn answer<'a>(store: &dyn Store, line: &'a [u8]) -> Response<'a> {
    todo!()
}
