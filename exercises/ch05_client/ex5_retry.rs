//! Retrying whatever may be retried.
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
    /// The request was sent, or a part of it, and the connection ended or the timeout passed before the answer was
    /// complete.
    NoAnswer(String),
    /// Something came that is not an answer: the server speaks another protocol.
    Malformed(String),
}

/// How often to retry, and how long to pause.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// The most retries; with 0 there is one attempt.
    pub retries: u32,
    /// The maximum of the first pause.
    pub first_pause: Duration,
    /// The maximum of any pause.
    pub longest_pause: Duration,
}

/// Calls `attempt`, and again as long as it may and `plan` allows it; returns the result of the last attempt.
///
/// - Any action may be retried after `Connect`, and after an answer that says that the server is busy
///   ([`Response::is_busy`]). After `NoAnswer`, only an action that may be carried out twice.
/// - Before each retry it calls `sleep`, once. The pause is a part of a maximum, and `random`, called once per pause,
///   says which part: a number from 0 up to but not including 1. The maximum is `first_pause` for the first pause and
///   doubles from pause to pause, but never exceeds `longest_pause`.
pub fn ask(
    action: Action,
    plan: Plan,
    attempt: impl FnMut() -> Result<Response<'static>, Failure>,
    random: impl FnMut() -> f64,
    sleep: impl FnMut(Duration),
) -> Result<Response<'static>, Failure> {
    todo!("make an attempt, check whether it may be repeated, pause")
}
