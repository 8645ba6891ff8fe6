//! The answer is put together from its parts, and each part is decided by itself: the outcome of the request, the status
//! of an error, the path, and the text.

use std::sync::Arc;

use sttp::request::{Request, RequestError, Rule};
use sttp::response::{Body, Response, Status};
use sttp::store::{Store, StoreError};

/// Carries out the request in a line, and returns the answer.
pub fn answer<'a>(store: &dyn Store, line: &'a [u8]) -> Response<'a> {
    let request = match Request::parse(line) {
        Ok(request) => request,
        Err(RequestError { path, rule }) => {
            let path = path.map_or("/", |path| path.as_str()).into();
            return match rule {
                Rule::NameLength => Response { status: Status::NameTooLong, path, body: Body::None },
                _ => Response { status: Status::ClientError, path, body: Body::Why(rule.to_string()) },
            };
        }
    };
    let error = match done(store, request) {
        Ok((status, contents)) => {
            let body = contents.map_or(Body::None, Body::Contents);
            return Response { status, path: request.path().as_str().into(), body };
        }
        Err(error) => error,
    };
    let status = status_of(&error);
    let path = match status {
        Status::PathNotFound | Status::CannotCreatePath => holder(request.path().as_str()),
        _ => request.path().as_str(),
    };
    let body = match status {
        Status::ClientError | Status::ServerError => Body::Why(error.to_string()),
        _ => Body::None,
    };
    Response { status, path: path.into(), body }
}

fn done(store: &dyn Store, request: Request) -> Result<(Status, Option<Arc<str>>), StoreError> {
    match request {
        Request::Create(path, contents) => store.create(path, contents).map(|()| (Status::Created, None)),
        Request::Update(path, contents) => store.update(path, contents).map(|()| (Status::Ok, Some(contents.into()))),
        Request::Show(path) => store.show(path).map(|contents| (Status::Ok, Some(contents))),
        Request::List(path) => store.list(path).map(|names| (Status::Ok, Some(names.join(", ").into()))),
        Request::Delete(path) => store.delete(path).map(|()| (Status::Deleted, None)),
    }
}

fn status_of(error: &StoreError) -> Status {
    match error {
        StoreError::NotFound => Status::NotFound,
        StoreError::PathNotFound => Status::PathNotFound,
        StoreError::CannotCreatePath => Status::CannotCreatePath,
        StoreError::Exists | StoreError::IsDirectory | StoreError::IsFile => Status::ClientError,
        StoreError::Foreign(_) | StoreError::Io(..) => Status::ServerError,
    }
}

/// The directory that would hold it: everything up to the last `/`, not counting one at the end.
fn holder(path: &str) -> &str {
    let inside = path.strip_suffix('/').unwrap_or(path);
    inside.rfind('/').map_or("/", |slash| &path[..=slash])
}
