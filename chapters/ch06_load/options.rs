//! The command line, and the load that it describes.

use std::net::{SocketAddr, ToSocketAddrs};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use sttp::args::{Exit, Given, Opt, Program};
use sttp::load::Load;
use sttp::load::keys::Keys;
use sttp::load::wire::Protocol;
use sttp::log;

pub(crate) const PROGRAM: Program = Program {
    name: "ch06_load",
    about: "Puts load on a server, checks every answer, and measures.",
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
    Ok(Load {
        protocol,
        connections: number(given, "connections", 1..=10_000, 1)?,
        pipeline: number(given, "pipeline", 1..=1000, 1)?,
        one_shot: given.has("one-shot"),
        rate: optional(given, "rate", 0.001..=1e8)?,
        interval: Duration::from_millis(number(given, "interval", 0..=3_600_000, 0)?),
        timeout: seconds(given, "timeout", 0.001..=3600.0, 5.0)?,
        keys: Keys::new(keys, zipf),
        size: number(given, "size", 16..=160, 32)?,
        prefix: std::process::id().to_string(),
        seed: number(given, "seed", 0..=u64::MAX, 1)?,
        // Connect last, so that a wrong option is reported even when no server is running.
        server: server(given)?,
    })
}

/// A number of seconds.
pub(crate) fn seconds(given: &Given, long: &str, range: RangeInclusive<f64>, default: f64) -> Result<Duration, Exit> {
    Ok(Duration::from_secs_f64(optional(given, long, range)?.unwrap_or(default)))
}

/// The first address that accepts a connection. A missing server is reported once, here, and not 1,000 times.
fn server(given: &Given) -> Result<SocketAddr, Exit> {
    let host = given.value("address").unwrap_or("localhost");
    let port = number(given, "port", 1..=65535, 8080)?;
    let unreachable = |error: &std::io::Error| Exit::failed(format_args!("cannot connect to {host}:{port}"), error);
    let addresses = (host, port).to_socket_addrs().map_err(|error| unreachable(&error))?;
    let mut failure = Exit::Failed(format!("no address for '{host}'"));
    for address in addresses {
        match std::net::TcpStream::connect_timeout(&address, Duration::from_secs(5)) {
            Ok(_) => return Ok(address),
            Err(error) => failure = Exit::Failed(format!("cannot connect to {address}: {}", log::reason(&error))),
        }
    }
    Err(failure)
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
