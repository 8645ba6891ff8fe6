//! caught by the_first_limit_is_that_of_the_plan: wrong
//! It computes in whole milliseconds, and loses what is less.

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
    mut sleep: impl FnMut(Duration),
) -> Result<Response<'static>, Failure> {
    let mut limit = plan.first_pause.min(plan.longest_pause);
    let mut retries_left = plan.retries;
    loop {
        let result = attempt();
        if retries_left == 0 || !may_ask_again(action, &result) {
            return result;
        }
        retries_left -= 1;
        // A random part: clients that failed together should not come back together.
        sleep(limit.mul_f64(random()));
        limit = Duration::from_millis((limit.as_millis() as u64).saturating_mul(2)).min(plan.longest_pause);
    }
}

fn may_ask_again(action: Action, result: &Result<Response, Failure>) -> bool {
    match result {
        // It has not even looked at the request.
        Ok(response) => response.is_busy(),
        Err(Failure::Connect(_)) => true,
        // Perhaps it was done. The second CREATE would find the file of the first one, the second DELETE would find
        // none.
        Err(Failure::NoAnswer(_)) => matches!(action, Action::Show | Action::List | Action::Update),
        Err(Failure::Malformed(_)) => false,
    }
}
