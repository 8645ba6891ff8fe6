//! The command line, and the load that it describes.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::{Duration, Instant};

use sttp::args::{self, Exit, Given, Opt, Program};
use sttp::client::{self, ConnectError};
use sttp::load::Load;
use sttp::load::keys::Keys;
use sttp::load::wire::Protocol;
use sttp::sys;

use crate::snippets::{self, CREW};

/// How long to look for an address that answers.
const PATIENCE: Duration = Duration::from_secs(10);
/// Descriptors for everything but the connections: standard streams, files, and what the parent process left open.
const SPARE: usize = 16;

pub(crate) const PROGRAM: Program = Program {
    name: "ch06_load",
    about: "Puts load on a server, checks every answer, and measures. Its snippets are in /load/, and are removed at the end,\n\
            even after Ctrl-C; the second Ctrl-C ends the program at once and leaves them behind.",
    usage: &[
        "[-a HOST] [-p N] [-i MS] [-c N]         create, show and delete 1000 snippets, and time it",
        "--duration S [OPTIONS]                  random requests for S seconds: throughput and latencies",
        "--compare A.json B.json                 two runs side by side",
        "bench [TABLE] [--rounds N] [--svg DIR]  compare this course's servers and others: tables and charts",
        "bare                                    the server that does nothing but answer, as bench starts it",
    ],
    options: &[
        &[
            Opt { short: Some('a'), long: "address", value: "HOST", help: "the server (localhost)" },
            Opt { short: Some('p'), long: "port", value: "N", help: "its port (8080)" },
            Opt {
                short: Some('i'),
                long: "interval",
                value: "MS",
                help: "milliseconds between a connection's requests (0)",
            },
            Opt { short: Some('c'), long: "connections", value: "N", help: "connections at the same time (1)" },
        ],
        &[
            Opt { short: None, long: "duration", value: "S", help: "measure for S seconds; bench: each turn (1)" },
            Opt { short: None, long: "warm-up", value: "S", help: "seconds before that, not counted (1)" },
            Opt { short: None, long: "mix", value: "MIX", help: "parts of each kind of request (show=90,update=10)" },
            Opt { short: None, long: "keys", value: "N", help: "number of snippets (1000)" },
            Opt {
                short: None,
                long: "zipf",
                value: "S",
                help: "some are requested more often: Zipf's law, exponent S",
            },
            Opt { short: None, long: "size", value: "BYTES", help: "length of the contents, 16 to 160 (32)" },
            Opt { short: None, long: "pipeline", value: "N", help: "requests in one write (1)" },
            Opt { short: None, long: "one-shot", value: "", help: "a new connection for each write" },
            Opt {
                short: None,
                long: "rate",
                value: "R",
                help: "open loop: R requests per second, whatever comes back",
            },
            Opt { short: None, long: "timeout", value: "S", help: "seconds to wait for an answer (5)" },
            Opt { short: None, long: "protocol", value: "NAME", help: "sttp (the default), redis or memcached" },
            Opt { short: None, long: "seed", value: "N", help: "seed of the random choices (1)" },
        ],
        &[
            Opt { short: None, long: "json", value: "FILE", help: "write the results to FILE" },
            Opt {
                short: None,
                long: "svg",
                value: "FILE",
                help: "draw latency by percentile and throughput over time",
            },
            Opt {
                short: None,
                long: "fail-if",
                value: "LIMIT",
                help: "exit 1 if 'p99>5ms', 'errors>0' …; may be repeated",
            },
            Opt { short: None, long: "rounds", value: "N", help: "bench: number of rounds (3)" },
            Opt { short: None, long: "compare", value: "A.json", help: "compare this run with the one named next" },
        ],
    ],
};

/// The load that the options describe: which server, which requests, how fast.
pub(crate) fn load(given: &Given) -> Result<Load, Exit> {
    let name = given.value("protocol").unwrap_or("sttp");
    let protocol = Protocol::parse(name)
        .ok_or_else(|| Exit::Usage(format!("--protocol: '{name}' is not sttp, redis or memcached")))?;
    let zipf = optional(given, "zipf", 0.0..=10.0)?;
    let keys = number(given, "keys", 1..=10_000_000, 1000)?;
    let connections = number(given, "connections", 1..=10_000, 1)?;
    must_have_descriptors(connections)?;
    Ok(Load {
        protocol,
        connections,
        pipeline: number(given, "pipeline", 1..=1000, 1)?,
        one_shot: given.has("one-shot"),
        rate: optional(given, "rate", 0.001..=1e8)?,
        interval: Duration::from_millis(number(given, "interval", 0..=3_600_000, 0)?),
        timeout: seconds(given, "timeout", 0.001..=3600.0, 5.0)?,
        keys: Keys::new(keys, zipf),
        size: number(given, "size", 16..=160, 32)?,
        prefix: snippets::unique_word(),
        seed: number(given, "seed", 0..=u64::MAX, 1)?,
        // Connect last, so that a wrong option is reported even when no server is running.
        server: server(given)?,
    })
}

/// A number of seconds.
pub(crate) fn seconds(given: &Given, long: &str, range: RangeInclusive<f64>, default: f64) -> Result<Duration, Exit> {
    Ok(Duration::from_secs_f64(optional(given, long, range)?.unwrap_or(default)))
}

/// The first address that accepts a connection; the others are not tried again. A missing server is reported once, here,
/// and not 1,000 times.
fn server(given: &Given) -> Result<SocketAddr, Exit> {
    let host = args::unbracketed(given.value("address").unwrap_or("localhost"));
    let port = number(given, "port", 1..=65535, 8080)?;
    let deadline = Instant::now() + PATIENCE;
    let stream = client::resolve(host, port, deadline).and_then(|found| client::connect(&found, deadline, |_, _| {}));
    match stream {
        Ok(stream) => Ok(stream.peer_addr()?),
        Err(ConnectError::Refused(address, error)) => {
            Err(Exit::failed(format_args!("cannot connect to {address}"), &error))
        }
        Err(error) => Err(Exit::Failed(format!("cannot connect to {host}:{port}: {error}"))),
    }
}

/// Fails if this process may not open this many connections, even after raising its own limit. The server should not be
/// blamed for that.
fn must_have_descriptors(connections: usize) -> Result<(), Exit> {
    let wanted = (connections.max(CREW.0) + SPARE) as u64;
    match sys::raise_descriptor_limit(wanted) {
        Some(limit) if limit < wanted => Err(Exit::Failed(format!(
            "{connections} connections need {wanted} open files, and the limit is {limit}: use fewer, or raise it (ulimit -n)"
        ))),
        _ => Ok(()),
    }
}

pub(crate) fn number<T>(given: &Given, long: &str, range: RangeInclusive<T>, default: T) -> Result<T, Exit>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    Ok(optional(given, long, range)?.unwrap_or(default))
}

fn optional<T>(given: &Given, long: &str, range: RangeInclusive<T>) -> Result<Option<T>, Exit>
where
    T: FromStr + PartialOrd + std::fmt::Display,
{
    let what = format!("a number from {} to {}", range.start(), range.end());
    match given.parse::<T>(long, &what)? {
        Some(number) if !range.contains(&number) => Err(Exit::Usage(format!("--{long}: '{number}' is not {what}"))),
        number => Ok(number),
    }
}
