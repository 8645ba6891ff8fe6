//! The plan is turned into the row of its pauses, as many as there may be retries. When the row has come to its end,
//! so has the patience: nothing is counted.

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

/// Asks, and again while that may be and `plan` allows it.
pub fn ask(
    action: Action,
    plan: Plan,
    mut attempt: impl FnMut() -> Result<Response<'static>, Failure>,
    mut random: impl FnMut() -> f64,
    sleep: impl FnMut(Duration),
) -> Result<Response<'static>, Failure> {
    let mut result = attempt();
    // Nothing is called before it is asked for: neither a pause nor an attempt is made in advance.
    let limits = (0..plan.retries).map(|number| limit(plan, number));
    let mut pauses = limits.map(|limit| limit.mul_f64(random())).map(sleep);
    while is_safe_to_repeat(action, &result) && pauses.next().is_some() {
        result = attempt();
    }
    result
}

/// The limit of a pause; the first has the number 0.
fn limit(plan: Plan, number: u32) -> Duration {
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
