//! The settings of a server: defaults, then the configuration file, then the command line.
//!
//! Every setting has one name and one check, both in `Config::set`. The file and the options both go through it, so
//! they reject the same values with the same words. Chapter 2; `sttp.md` section 5.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use crate::args::{Exit, Given, Opt, nearest};
use crate::log::{self, Level};
use crate::session::Limits;

pub mod yaml;

/// All settings of a server. They are all read and checked, even those that a chapter does not use yet.
#[derive(Debug, Clone)]
pub struct Config {
    /// The address to listen on.
    pub address: IpAddr,
    /// The port to listen on; 0 lets the system choose.
    pub port: u16,
    /// The directory that holds the snippets; created if missing.
    pub docroot: PathBuf,
    /// The level of the log.
    pub log: Level,
    /// How long a client may take.
    pub limits: Limits,
    /// How long a client may keep its worker waiting while others need one.
    pub patience: Duration,
    /// The maximum number of threads.
    pub workers: usize,
    /// How many connections may wait for a thread.
    pub queue: usize,
    /// The settings of the cache.
    pub cache: CacheConfig,
}

/// The settings under `cache:`.
#[derive(Debug, Clone)]
pub struct CacheConfig {
    /// Whether there is a cache.
    pub enabled: bool,
    /// What it may hold.
    pub limits: CacheLimits,
}

/// What a cache may hold.
#[derive(Debug, Clone, Copy)]
pub struct CacheLimits {
    /// The maximum number of entries.
    pub max_files: usize,
    /// The maximum number of bytes of keys and values.
    pub max_size: usize,
    /// How long after it was stored an entry expires.
    pub expiration: Duration,
}

/// The options that every server has.
pub const OPTIONS: &[Opt] = &[
    Opt { short: None, long: "config", value: "FILE", help: "read settings from this file" },
    Opt { short: None, long: "address", value: "IP", help: "listen on this address (127.0.0.1)" },
    Opt { short: None, long: "port", value: "N", help: "listen on this port (8080); 0 lets the system choose" },
    Opt { short: None, long: "docroot", value: "DIR", help: "keep the snippets in this directory (snippets)" },
    Opt { short: None, long: "log", value: "LEVEL", help: "log error, info (the default) or debug" },
];

/// The options that servers have from chapter 3 on.
pub const POOL_OPTIONS: &[Opt] = &[
    Opt { short: None, long: "workers", value: "N", help: "start at most N threads (512)" },
    Opt { short: None, long: "queue", value: "N", help: "let at most N connections wait for a thread (512)" },
    Opt { short: None, long: "idle-timeout", value: "S", help: "seconds a client has to begin a request (30)" },
    Opt { short: None, long: "request-timeout", value: "S", help: "seconds it has to finish the line (5)" },
    Opt { short: None, long: "write-timeout", value: "S", help: "seconds it may go without reading its answers (5)" },
    Opt {
        short: None,
        long: "patience",
        value: "S",
        help: "seconds it may keep a thread waiting that others need (1)",
    },
];

/// The names of the settings, as in the configuration file.
const KEYS: [&str; 13] = [
    "listen_address",
    "port",
    "docroot",
    "workers",
    "queue",
    "idle_timeout",
    "request_timeout",
    "write_timeout",
    "patience",
    "cache.enabled",
    "cache.max_files",
    "cache.max_size",
    "cache.expiration",
];

impl Default for Config {
    fn default() -> Config {
        let seconds = Duration::from_secs;
        Config {
            address: Ipv4Addr::LOCALHOST.into(),
            port: 8080,
            docroot: "snippets".into(),
            log: Level::Info,
            limits: Limits { idle: seconds(30), request: seconds(5), write: seconds(5) },
            patience: seconds(1),
            workers: 512,
            queue: 512,
            cache: CacheConfig {
                enabled: true,
                limits: CacheLimits { max_files: 100, max_size: 10 * 1024 * 1024, expiration: seconds(300) },
            },
        }
    }
}

impl Config {
    /// Reads the settings for a command line, and sets the level of the log.
    pub fn new(given: &Given) -> Result<Config, Exit> {
        let mut config = Config::default();
        if let Some(file) = given.value("config") {
            let text = fs::read_to_string(file)
                .map_err(|error| Exit::Usage(format!("cannot read {file}: {}", log::reason(&error))))?;
            config.read(&text).map_err(|(line, problem)| Exit::Usage(format!("{file}:{line}: {problem}")))?;
        }
        for opt in OPTIONS.iter().chain(POOL_OPTIONS).filter(|opt| opt.long != "config") {
            let key = if opt.long == "address" { "listen_address".into() } else { opt.long.replace('-', "_") };
            if let Some(value) = given.value(opt.long) {
                config.set(&key, value).map_err(|problem| Exit::Usage(format!("--{}: {problem}", opt.long)))?;
            }
        }
        log::set(config.log);
        Ok(config)
    }

    /// Applies the settings of a file. An error has the number of its line.
    fn read(&mut self, text: &str) -> Result<(), (usize, String)> {
        for entry in yaml::parse(text)? {
            let wrong = |problem| (entry.line, format!("{}: {problem}", entry.key));
            if !KEYS.contains(&entry.key.as_str()) {
                let meant = nearest(&entry.key, KEYS).map_or(String::new(), |key| format!("; did you mean {key}?"));
                return Err(wrong(format!("unknown key{meant}")));
            }
            self.set(&entry.key, &entry.value).map_err(wrong)?;
        }
        Ok(())
    }

    /// Sets the setting called `key`, or says what kind of value it takes.
    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        match key {
            "listen_address" => self.address = address(value)?,
            "port" => self.port = parse(value, "a port, 0 to 65535")?,
            "docroot" if value.is_empty() => return Err("'' is not a directory".into()),
            "docroot" => self.docroot = value.into(),
            "log" => self.log = Level::parse(value).ok_or(format!("'{value}' is not error, info or debug"))?,
            "workers" => self.workers = count(value, 1..=65_536)?,
            "queue" => self.queue = count(value, 0..=65_536)?,
            "idle_timeout" => self.limits.idle = seconds(value)?,
            "request_timeout" => self.limits.request = seconds(value)?,
            "write_timeout" => self.limits.write = seconds(value)?,
            "patience" => self.patience = seconds(value)?,
            "cache.enabled" => self.cache.enabled = parse(value, "true or false")?,
            "cache.max_files" => self.cache.limits.max_files = count(value, 1..=1 << 30)?,
            "cache.max_size" => self.cache.limits.max_size = count(value, 1..=1 << 40)?,
            "cache.expiration" => self.cache.limits.expiration = seconds(value)?,
            _ => return Err("unknown setting".into()),
        }
        Ok(())
    }
}

/// Parses an IP address. One of version 6 may be in brackets, as in a URL.
fn address(value: &str) -> Result<IpAddr, String> {
    let inner = value.strip_prefix('[').and_then(|value| value.strip_suffix(']'));
    match inner.and_then(|inner| inner.parse().ok()) {
        Some(address) => Ok(IpAddr::V6(address)),
        None => parse(value, "an IP address, for example 127.0.0.1"),
    }
}

fn parse<T: FromStr>(value: &str, what: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("'{value}' is not {what}"))
}

fn count(value: &str, range: RangeInclusive<usize>) -> Result<usize, String> {
    let what = format!("a whole number from {} to {}", range.start(), range.end());
    parse(value, &what).and_then(|n| range.contains(&n).then_some(n).ok_or(format!("'{value}' is not {what}")))
}

/// Parses a duration, from a millisecond to a day.
fn seconds(value: &str) -> Result<Duration, String> {
    const WHAT: &str = "a number of seconds from 0.001 to 86400";
    let seconds: f64 = parse(value, WHAT)?;
    let allowed = (0.001..=86_400.0).contains(&seconds);
    if allowed { Ok(Duration::from_secs_f64(seconds)) } else { Err(format!("'{value}' is not {WHAT}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Config, (usize, String)> {
        let mut config = Config::default();
        config.read(text).map(|()| config)
    }

    #[test]
    fn every_key_can_be_set() {
        for key in KEYS {
            let problem = Config::default().set(key, "?").err().unwrap_or_default();
            assert_ne!(problem, "unknown setting", "{key}");
        }
    }

    #[test]
    fn settings_are_read_from_a_file() {
        let config = read("port: 0\nidle_timeout: 0.5\ncache:\n  max_files: 2\n  enabled: false\n").unwrap();
        assert_eq!((config.port, config.limits.idle), (0, Duration::from_millis(500)));
        assert_eq!((config.cache.limits.max_files, config.cache.enabled), (2, false));
    }

    #[test]
    fn an_address_of_version_6_may_be_in_brackets() {
        for text in ["listen_address: ::1", "listen_address: '[::1]'", "\u{feff}listen_address: \"[0::1]\""] {
            assert_eq!(read(text).unwrap().address, std::net::Ipv6Addr::LOCALHOST);
        }
        for text in ["[127.0.0.1]", "[::1", "::1]", "[]", "localhost", ""] {
            let problem = Config::default().set("listen_address", text).unwrap_err();
            assert_eq!(problem, format!("'{text}' is not an IP address, for example 127.0.0.1"));
        }
    }

    #[test]
    fn an_error_says_where_and_why() {
        for (text, line, problem) in [
            ("prot: 80", 1, "prot: unknown key; did you mean port?"),
            ("\nport: 80000", 2, "port: '80000' is not a port, 0 to 65535"),
            ("cache:\n  max_files: 0", 2, "cache.max_files: '0' is not a whole number from 1 to 1073741824"),
            ("patience: inf", 1, "patience: 'inf' is not a number of seconds from 0.001 to 86400"),
            ("idle_timeout: -1", 1, "idle_timeout: '-1' is not a number of seconds from 0.001 to 86400"),
        ] {
            assert_eq!(read(text).unwrap_err(), (line, problem.to_owned()));
        }
    }
}
