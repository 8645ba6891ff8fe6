//! The command line.

use std::net::SocketAddr;
use std::thread;

use sttp::args::{Exit, Given, Opt, Program};
use sttp::cached::Kind;
use sttp::config::{self, Config};
use sttp::patterns::Pattern;
use sttp::poll;

/// What `--pattern` takes.
pub(crate) const PATTERNS: &str = "pool, single, readers, balanced, acceptors, sharded or processes";

const PATTERN: &[Opt] = &[
    Opt {
        short: None,
        long: "pattern",
        value: "NAME",
        help: "pool, single (the default), readers, balanced, acceptors, sharded or processes",
    },
    Opt { short: None, long: "threads", value: "N", help: "start N event loops (as many as there are processors)" },
    Opt { short: None, long: "poller", value: "KIND", help: "epoll (the default on Linux) or poll" },
    Opt { short: None, long: "until-eof", value: "", help: "stop at the end of standard input, too" },
    Opt { short: None, long: "cache", value: "KIND", help: "off, mutex or rwlock (the default)" },
];

const DEMO: &[Opt] = &[
    Opt { short: None, long: "connections", value: "N", help: "demo: with N connections" },
    Opt { short: None, long: "seconds", value: "S", help: "demo idle, storm, crash: watch for S seconds" },
];

pub(crate) const PROGRAM: Program = Program {
    name: "ch07_execution",
    about: "An STTP server whose event loops hold any number of clients.",
    usage: &[
        "[OPTIONS]",
        "demo idle         ten thousand clients that say nothing: what they cost",
        "demo herd         how many threads wake up for one client",
        "demo fairness     which of four threads accepts how many",
        "demo storm        readers next to writers, in every pattern",
    ],
    options: &[config::OPTIONS, config::POOL_OPTIONS, PATTERN, DEMO],
};

/// The command line of a server, checked.
pub(crate) struct Settings {
    pub(crate) pattern: Pattern,
    pub(crate) poller: poll::Kind,
    /// How many event loops there are, if there may be several.
    pub(crate) threads: usize,
    /// `None` for no cache.
    pub(crate) cache: Option<Kind>,
    /// Whether the end of standard input stops it.
    pub(crate) until_eof: bool,
    pub(crate) config: Config,
}

impl Settings {
    pub(crate) fn new(given: &Given) -> Result<Settings, Exit> {
        let pattern = given.parse("pattern", PATTERNS)?;
        let pattern = pattern.unwrap_or(Pattern::Single);
        let poller = poller(given.value("poller"))?;
        let threads = threads(given)?;
        let cache = cache(given.value("cache"))?;
        let config = Config::new(given)?;
        Ok(Settings {
            pattern,
            poller,
            threads,
            cache: cache.filter(|_| config.cache.enabled),
            until_eof: given.has("until-eof"),
            config,
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::new(self.config.address, self.config.port)
    }

    /// How many event loops the clients are divided among.
    pub(crate) fn loops(&self) -> usize {
        if self.pattern == Pattern::Single { 1 } else { self.threads }
    }
}

fn poller(name: Option<&str>) -> Result<poll::Kind, Exit> {
    match name {
        None => Ok(poll::Kind::BEST),
        Some("epoll") => Ok(poll::Kind::Epoll),
        Some("poll") => Ok(poll::Kind::Poll),
        Some(other) => Err(Exit::Usage(format!("--poller: '{other}' is not epoll or poll"))),
    }
}

fn threads(given: &Given) -> Result<usize, Exit> {
    const WHAT: &str = "a whole number from 1 to 1024";
    let wrong = |threads| Exit::Usage(format!("--threads: '{threads}' is not {WHAT}"));
    match given.parse("threads", WHAT)? {
        None => Ok(thread::available_parallelism().map_or(2, usize::from)),
        Some(threads @ 1..=1024) => Ok(threads),
        Some(threads) => Err(wrong(threads)),
    }
}

fn cache(name: Option<&str>) -> Result<Option<Kind>, Exit> {
    match name.unwrap_or("rwlock") {
        "off" => Ok(None),
        "mutex" => Ok(Some(Kind::Mutex)),
        "rwlock" => Ok(Some(Kind::RwLock)),
        other => Err(Exit::Usage(format!("--cache: '{other}' is not off, mutex or rwlock"))),
    }
}
