//! Two questions, kept apart: may it be retried, which is a table; and is there a retry left, which is a count.

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
    mut sleep: impl FnMut(Duration),
) -> Result<Response<'static>, Failure> {
    let mut maximum = plan.first_pause.min(plan.longest_pause);
    let mut retries_left = plan.retries;
    loop {
        let result = attempt();
        if retries_left == 0 || !may_retry(action, &result) {
            return result;
        }
        retries_left -= 1;
        // A random part: clients that failed together should not come back together.
        sleep(maximum.mul_f64(random()));
        maximum = maximum.saturating_mul(2).min(plan.longest_pause);
    }
}

fn may_retry(action: Action, result: &Result<Response, Failure>) -> bool {
    match result {
        // A busy server has not even looked at the request.
        Ok(response) => response.is_busy(),
        Err(Failure::Connect(_)) => true,
        // It may have been carried out. A second CREATE would find the file of the first, a second DELETE none.
        Err(Failure::NoAnswer(_)) => matches!(action, Action::Show | Action::List | Action::Update),
        Err(Failure::Malformed(_)) => false,
    }
}
