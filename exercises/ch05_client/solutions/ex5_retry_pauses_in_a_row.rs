//! The plan becomes an iterator over its pauses, as many as there may be retries. When the iterator ends, so do the
//! retries: nothing is counted.

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

/// Makes an attempt, and retries as long as that is allowed.
pub fn ask(
    action: Action,
    plan: Plan,
    mut attempt: impl FnMut() -> Result<Response<'static>, Failure>,
    mut random: impl FnMut() -> f64,
    sleep: impl FnMut(Duration),
) -> Result<Response<'static>, Failure> {
    let mut result = attempt();
    // An iterator is lazy: no pause is made in advance.
    let maxima = (0..plan.retries).map(|number| maximum(plan, number));
    let mut pauses = maxima.map(|maximum| maximum.mul_f64(random())).map(sleep);
    while is_safe_to_repeat(action, &result) && pauses.next().is_some() {
        result = attempt();
    }
    result
}

/// The maximum of a pause; the first pause has number 0.
fn maximum(plan: Plan, number: u32) -> Duration {
    let factor = 2_u32.saturating_pow(number);
    plan.first_pause.saturating_mul(factor).min(plan.longest_pause)
}

fn is_safe_to_repeat(action: Action, result: &Result<Response, Failure>) -> bool {
    let is_idempotent = !matches!(action, Action::Create | Action::Delete);
    let was_not_done = match result {
        Ok(response) => return response.is_busy(),
        Err(failure) => matches!(failure, Failure::Connect(_)),
    };
    let was_lost = matches!(result, Err(Failure::NoAnswer(_)));
    was_not_done || was_lost && is_idempotent
}
