//! The rules of a conversation, without its reads and writes: what each line is answered, and what is said at the end.
//!
//! The blocking [`session`](super) follows them, and so does the conversation of the event loops in chapter 7. Answers are
//! appended to `output`. Chapter 2; `sttp.md` section 3.

use crate::answer::answer_line;
use crate::line::Line;
use crate::log;
use crate::request::MAX_LINE;
use crate::response::{Body, Response, Status};
use crate::session::Ending;
use crate::store::{LOST, Store};

/// Answers a line that is neither blank nor too long, and logs what went wrong.
pub fn answer(store: &(impl Store + ?Sized), line: &[u8], output: &mut Vec<u8>) {
    let response = answer_line(store, line);
    response.write(output);
    note(&response);
}

/// Logs a response.
pub fn note(response: &Response) {
    match &response.body {
        // The store has logged the loss of its docroot, once.
        Body::Why(why) if response.status == Status::ServerError && why != LOST => {
            log::error(format_args!("{:?}: {why}", response.path));
        }
        _ => log::debug(format_args!("{} {:?}", response.status.code(), response.path)),
    }
}

/// Refuses a line that is too long. Nobody knows where the next one begins, so the conversation ends.
pub fn too_long(output: &mut Vec<u8>) -> Ending {
    let why = format_args!("the line is too long; at most {MAX_LINE} bytes are allowed");
    Response::client_error("/", why).write(output);
    Ending::LineTooLong
}

/// Ends the conversation at the end of the input. A line without its LF may have been cut off, so it is refused.
pub fn end_of_input(rest: Line, output: &mut Vec<u8>) -> Ending {
    if let Line::Unfinished(_) = rest {
        let why = "the last line has no line feed, so it was not carried out";
        Response::client_error("/", why).write(output);
    }
    Ending::EndOfInput
}

/// Refuses a line that was begun and not finished in time.
pub fn too_slow(output: &mut Vec<u8>) -> Ending {
    Response::client_error("/", "the line was not finished in time; end it with a line feed").write(output);
    Ending::TooSlow
}
