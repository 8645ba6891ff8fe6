//! Three matches: a line is a request or not, a request succeeds or not, and every error has its code.

use sttp::path::SnippetPath;
use sttp::request::{Request, RequestError, Rule};
use sttp::response::{Response, Status};
use sttp::store::{Store, StoreError};

/// Carries out the request in a line, and returns the answer.
pub fn answer<'a>(store: &dyn Store, line: &'a [u8]) -> Response<'a> {
    match Request::parse(line) {
        Ok(request) => carry_out(store, request).unwrap_or_else(|error| fail(request.path(), error)),
        Err(error) => refuse(error),
    }
}

fn carry_out<'a>(store: &dyn Store, request: Request<'a>) -> Result<Response<'a>, StoreError> {
    let asked = request.path().as_str();
    Ok(match request {
        Request::Create(path, contents) => {
            store.create(path, contents)?;
            Response::plain(Status::Created, asked)
        }
        Request::Show(path) => Response::ok(asked, store.show(path)?),
        Request::List(path) => Response::ok(asked, store.list(path)?.join(", ").into()),
        Request::Update(path, contents) => {
            store.update(path, contents)?;
            Response::ok(asked, contents.into())
        }
        Request::Delete(path) => {
            store.delete(path)?;
            Response::plain(Status::Deleted, asked)
        }
    })
}

fn refuse(error: RequestError) -> Response {
    let path = error.path.map_or("/", SnippetPath::as_str);
    match error.rule {
        Rule::NameLength => Response::plain(Status::NameTooLong, path),
        rule => Response::client_error(path, rule),
    }
}

fn fail(path: SnippetPath, error: StoreError) -> Response {
    let asked = path.as_str();
    match error {
        StoreError::NotFound => Response::plain(Status::NotFound, asked),
        StoreError::PathNotFound => Response::plain(Status::PathNotFound, path.parent()),
        StoreError::CannotCreatePath => Response::plain(Status::CannotCreatePath, path.parent()),
        StoreError::Exists | StoreError::IsDirectory | StoreError::IsFile => Response::client_error(asked, error),
        StoreError::Foreign(_) | StoreError::Io(..) => Response::server_error(asked, error),
    }
}
