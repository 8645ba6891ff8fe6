//! From a request to its answer: find the server, connect, ask; and retry where that is safe.

use std::hash::{BuildHasher, RandomState};
use std::io::{self, Write};
use std::thread;
use std::time::{Duration, Instant};

use sttp::args::Exit;
use sttp::client::{self, AskError, Client, Timed};
use sttp::log;
use sttp::request::Request;
use sttp::response::{Body, Response};

use crate::printing::printable;
use crate::question::Question;

/// How patient, how stubborn and how talkative to be.
pub(crate) struct Manner {
    /// For one attempt, from resolving the name to the last byte of the answer.
    pub(crate) timeout: Duration,
    pub(crate) retries: u8,
    pub(crate) verbose: bool,
}

/// The first pause before a retry, and the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// Returns the answer, after as many attempts as it takes and as are allowed.
pub(crate) fn ask(question: &Question, manner: &Manner) -> Result<Response<'static>, Exit> {
    let request = question.request()?;
    let mut pause = PAUSES.0;
    for retries_left in (0..=manner.retries).rev() {
        let answer = attempt(question, &request, manner);
        let again = match &answer {
            Ok(response) => response.is_busy(),
            Err(error) => client::may_retry(request.action(), error),
        };
        if !again || retries_left == 0 {
            return answer.map_err(|error| unreachable(question, &error));
        }
        let wait = random_part(pause);
        manner.say(format_args!("* {}; retrying in {:.1} s", reason(&answer), wait.as_secs_f32()));
        thread::sleep(wait);
        pause = (pause * 2).min(PAUSES.1);
    }
    unreachable!("the last attempt returns")
}

fn attempt(question: &Question, request: &Request, manner: &Manner) -> Result<Response<'static>, AskError> {
    let begin = Instant::now();
    let deadline = begin + manner.timeout;
    let addresses = client::resolve(&question.url.host, question.url.port, deadline)?;
    let stream = client::connect(&addresses, deadline, |address, error| match error {
        Some(error) => manner.say(format_args!("* {address}: {}", log::reason(error))),
        None => manner.say(format_args!("* connected to {address} after {:.1} ms", millis(begin))),
    })?;
    let mut client = Client::new(Timed::new(stream, deadline));
    let mut line = Vec::new();
    request.write(&mut line);
    manner.say(format_args!("> {}", printable(String::from_utf8_lossy(&line).trim_end())));
    let response = client.ask(request)?;
    let mut lines = Vec::new();
    response.write(&mut lines);
    for line in String::from_utf8_lossy(&lines).lines() {
        manner.say(format_args!("< {}", printable(line)));
    }
    manner.say(format_args!("* answered after {:.1} ms", millis(begin)));
    Ok(response)
}

impl Manner {
    fn say(&self, what: std::fmt::Arguments) {
        if self.verbose {
            let _ = writeln!(io::stderr(), "{what}");
        }
    }
}

/// A random part of a pause, because clients that failed together should not come back together.
fn random_part(pause: Duration) -> Duration {
    let random = RandomState::new().hash_one(0) as u32;
    pause.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

fn reason(answer: &Result<Response, AskError>) -> String {
    match answer {
        Ok(Response { body: Body::Why(why), .. }) => printable(why),
        Ok(_) => "the server said no".into(),
        Err(error) => printable(&error.to_string()),
    }
}

fn unreachable(question: &Question, error: &AskError) -> Exit {
    let what = match error {
        AskError::Connect(_) => "cannot connect to",
        AskError::Answer(_) => "no answer from",
    };
    Exit::Unreachable(format!("{what} {}: {}", question.server(), printable(&error.to_string())))
}

fn millis(since: Instant) -> f64 {
    since.elapsed().as_secs_f64() * 1000.0
}
