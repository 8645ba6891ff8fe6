//! Asking again what may be asked again.
//!
//! Write [`ask`]. One attempt, the pauses and the dice are closures, so that a check can be quick and exact.

use std::time::Duration;

use sttp::request::Action;
use sttp::response::Response;

/// Why an attempt brought no answer.
#[derive(Debug)]
pub enum Failure {
    /// There was no connection. Nothing was sent.
    Connect(String),
    /// The request was sent, or a part of it, and the connection ended or the time was over before the answer was
    /// whole.
    NoAnswer(String),
    /// Something came that is no answer: whoever it is speaks another protocol.
    Malformed(String),
}

/// How often to ask again, and how long to pause.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// How often it is asked again at most. With 0 it is asked once.
    pub retries: u32,
    /// The first pause lasts no longer than this.
    pub first_pause: Duration,
    /// No pause lasts longer than this.
    pub longest_pause: Duration,
}

/// Asks by calling `attempt`, and again while that may be and `plan` allows it; returns what the last attempt brought.
///
/// - Asked again is whatever `action` is: after `Connect`, and after an answer that says that the server is busy
///   ([`Response::is_busy`]). Asked again after `NoAnswer` is only what may be done twice.
/// - Before each further attempt it calls `sleep`, once. The pause is a part of a limit, and `random`, called once
///   for each pause, says which part: a number from 0 to 1, without the 1. The limit is `first_pause` for the first
///   pause and doubles from pause to pause, but is never more than `longest_pause`.
pub fn ask(
    action: Action,
    plan: Plan,
    attempt: impl FnMut() -> Result<Response<'static>, Failure>,
    random: impl FnMut() -> f64,
    sleep: impl FnMut(Duration),
) -> Result<Response<'static>, Failure> {
    todo!("ask, look whether it may be asked again, pause")
}
