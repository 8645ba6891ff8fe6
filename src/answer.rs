//! From a request to its answer: a value in, a value out.
//!
//! Nothing here knows about sockets or files. This is the only place that maps errors to status codes. Chapter 2.

use crate::path::SnippetPath;
use crate::request::{Request, RequestError, Rule};
use crate::response::{Response, Status};
use crate::store::{Store, StoreError};

/// Answers a line, whether it is a valid request or not.
pub fn answer_line<'a>(store: &(impl Store + ?Sized), line: &'a [u8]) -> Response<'a> {
    match Request::parse(line) {
        Ok(request) => answer(store, request),
        Err(error) => refuse(error),
    }
}

/// Has the store carry out a request, and returns the answer.
pub fn answer<'a>(store: &(impl Store + ?Sized), request: Request<'a>) -> Response<'a> {
    let asked = request.path().as_str();
    let done = match request {
        Request::Create(path, contents) => {
            store.create(path, contents).map(|()| Response::plain(Status::Created, asked))
        }
        Request::Show(path) => store.show(path).map(|contents| Response::ok(asked, contents)),
        Request::List(path) => store.list(path).map(|names| Response::names(asked, names)),
        Request::Update(path, contents) => store.update(path, contents).map(|()| Response::ok(asked, contents.into())),
        Request::Delete(path) => store.delete(path).map(|()| Response::plain(Status::Deleted, asked)),
    };
    done.unwrap_or_else(|error| fail(request.path(), error))
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
