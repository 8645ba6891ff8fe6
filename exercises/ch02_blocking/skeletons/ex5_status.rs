//! From a line to an answer: the one place that decides which status code an error means.
//!
//! Write [`answer`]. `Request::parse` takes the line apart, the store does the work, and `Response` has a function for each
//! kind of answer: `plain`, `ok`, `client_error`, `server_error`.

use sttp::path::SnippetPath;
use sttp::request::{Request, RequestError, Rule};
use sttp::response::{Response, Status};
use sttp::store::{Store, StoreError};

/// Carries a line out, and says what came of it. The store is asked once for each request, and never for what is none.
///
/// | what came of it | answer | path in the answer |
/// | --- | --- | --- |
/// | `create` is done | 100 | as asked |
/// | `show` is done | 200, the contents | as asked |
/// | `list` is done | 200, the names, joined by `, ` | as asked |
/// | `update` is done | 200, the new contents | as asked |
/// | `delete` is done | 600 | as asked |
/// | the line broke a rule | 300, the rule's own words | the path of the `RequestError`; if it has none, `/` |
/// | the rule was `NameLength` | 310 | the same |
/// | `NotFound` | 400 | as asked |
/// | `PathNotFound` | 410 | the directory that would hold it, with a `/` at the end |
/// | `CannotCreatePath` | 510 | the same |
/// | `Exists`, `IsDirectory`, `IsFile` | 300, the error's own words | as asked |
/// | `Foreign`, `Io` | 500, the error's own words | as asked |
///
/// "Its own words" are what `Display` writes.
pub fn answer<'a>(store: &dyn Store, line: &'a [u8]) -> Response<'a> {
    todo!()
}
