//! Redis and memcached: the real ones where they are installed, and scripted ones everywhere.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Instant;

use sttp::load::Load;
use sttp::load::wire::{Ask, Protocol};

use super::{load, run, script, wrongs};
use crate::support::{Folder, Guest, LIMIT, Scripted, Transcript, missing};

/// A server that is not ours; it ends with the test.
struct Rival {
    child: Child,
    address: SocketAddr,
    folder: Folder,
}

impl Drop for Rival {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Redis on a port that was free a moment ago. Another process may have taken it, so several ports are tried.
fn redis() -> Option<Rival> {
    if missing("redis-server") {
        return None;
    }
    (0..10).find_map(|_| {
        let (folder, address) = (Folder::new(), TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap());
        let port = address.port().to_string();
        let mut command = Command::new("redis-server");
        command.args(["--bind", "127.0.0.1", "--port", &port, "--save", "", "--appendonly", "no"]);
        command.current_dir(folder.path()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let log = Transcript::of(child.stdout.take().unwrap());
        let rival = Rival { child, address, folder };
        log.wait_until(LIMIT, |log| log.contains("eady to accept connections")).then_some(rival)
    })
}

/// Memcached chooses a port by itself, and writes it into a file.
fn memcached() -> Option<Rival> {
    if missing("memcached") {
        return None;
    }
    let folder = Folder::new();
    let mut command = Command::new("memcached");
    command.args(["-l", "127.0.0.1", "-p", "-1", "-U", "0", "-u", "root", "-vv"]);
    command.env("MEMCACHED_PORT_FILENAME", folder.path().join("ports"));
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let log = Transcript::of(child.stderr.take().unwrap());
    let mut rival = Rival { child, address: ([127, 0, 0, 1], 0).into(), folder };
    log.wait_until(LIMIT, |log| log.contains("server listening"));
    // The file appears soon after the line, and has another name until it is complete.
    let (file, until) = (rival.folder.path().join("ports"), Instant::now() + LIMIT);
    while !file.exists() {
        if rival.child.try_wait().is_ok_and(|ended| ended.is_some()) || Instant::now() > until {
            eprintln!("skipped: memcached does not run here: {}", log.text());
            return None;
        }
        std::thread::yield_now();
    }
    let ports = fs::read_to_string(file).expect("it can be read");
    let port = ports.lines().find_map(|line| line.strip_prefix("TCP INET: ")).expect("a port");
    rival.address.set_port(port.trim().parse().expect("a number"));
    Some(rival)
}

#[track_caller]
fn must_take_the_load(name: &str, server: SocketAddr) {
    let timed = ["--duration", "1", "--warm-up", "0"];
    for args in [&["-c", "2"][..], &["--pipeline", "16", "-c", "3"], &["--one-shot"], &timed] {
        let (code, out, err) = run(server, &[&["--protocol", name, "--keys", "100"], args].concat());
        assert_eq!((code, &*err), (0, ""), "{name} {args:?}: {out}");
    }
}

#[test]
fn redis_takes_the_load() {
    if let Some(rival) = redis() {
        must_take_the_load("redis", rival.address);
    }
}

#[test]
fn memcached_takes_the_load() {
    if let Some(rival) = memcached() {
        must_take_the_load("memcached", rival.address);
    }
}

/// The next command of a Redis client; `None` at the end, or if it is not valid RESP.
fn redis_command(guest: &mut Guest) -> Option<Vec<String>> {
    let count: usize = guest.line()?.strip_prefix('*')?.parse().ok()?;
    let word = |_| {
        let length: usize = guest.line()?.strip_prefix('$')?.parse().ok()?;
        guest.line().filter(|word| word.len() == length)
    };
    (0..count).map(word).collect()
}

#[test]
fn redis_requests_are_valid_resp() {
    let stored = Mutex::new(HashMap::new());
    let server = Scripted::new(move |guest| {
        while let Some(words) = redis_command(guest) {
            let mut stored = stored.lock().unwrap();
            let answer = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["SET", key, value] => {
                    stored.insert(key.to_string(), value.to_string());
                    "+OK\r\n".into()
                }
                ["GET", key] => {
                    stored.get(key).map_or("$-1\r\n".into(), |value| format!("${}\r\n{value}\r\n", value.len()))
                }
                ["DEL", key] => format!(":{}\r\n", u8::from(stored.remove(key).is_some())),
                _ => return,
            };
            guest.say(answer);
        }
    });
    must_take_the_load("redis", server.address());
}

#[test]
fn memcached_requests_are_valid() {
    let stored = Mutex::new(HashMap::<String, String>::new());
    let server = Scripted::new(move |guest| {
        while let Some(line) = guest.line() {
            let mut stored = stored.lock().unwrap();
            let answer = match line.split(' ').collect::<Vec<_>>()[..] {
                ["set", key, "0", "0", length] => {
                    let Some(value) = guest.line().filter(|value| value.len().to_string() == length) else { return };
                    stored.insert(key.into(), value);
                    "STORED\r\n".into()
                }
                ["get", key] => stored
                    .get(key)
                    .map_or("END\r\n".into(), |value| format!("VALUE {key} 0 {}\r\n{value}\r\nEND\r\n", value.len())),
                ["delete", key] if stored.remove(key).is_some() => "DELETED\r\n".into(),
                ["delete", _] => String::from("NOT_FOUND\r\n"),
                _ => return,
            };
            guest.say(answer);
        }
    });
    must_take_the_load("memcached", server.address());
}

#[test]
fn errors_are_counted_in_every_protocol() {
    use Ask::{Delete, Show, Update};
    use Protocol::{Memcached, Redis};

    for (protocol, ask, answer, class) in [
        (Redis, Show, "$-1\r\n", "400"),
        (Redis, Delete, ":0\r\n", "400"),
        (Redis, Update, "-OOM command not allowed\r\n", "500"),
        (Redis, Update, "$2\r\nOK\r\n", "protocol"),
        (Redis, Show, "+OK\r\n", "protocol"),
        (Redis, Show, "$3\r\nabc\r\n", "wrong contents"),
        (Memcached, Show, "END\r\n", "400"),
        (Memcached, Delete, "NOT_FOUND\r\n", "400"),
        (Memcached, Update, "SERVER_ERROR out of memory storing object\r\n", "500"),
        (Memcached, Update, "CLIENT_ERROR bad data chunk\r\n", "500"),
        (Memcached, Update, "ERROR\r\n", "500"),
        (Memcached, Show, "STORED\r\n", "protocol"),
        (Memcached, Show, "VALUE /load/test-0 0 3\r\nabc\r\nEND\r\n", "wrong contents"),
        (Memcached, Show, "VALUE /load/test-0 0 3\r\nabc\r\nSTORED\r\n", "protocol"),
    ] {
        let server = Scripted::new(move |guest| {
            guest.wait_until_asked();
            guest.say(answer);
            guest.wait_for_the_end();
        });
        let outcome = script(&Load { protocol, ..load(server.address()) }, &[(ask, 0)]);
        assert_eq!(wrongs(&outcome), BTreeMap::from([(class.to_string(), 1)]), "{answer:?} to {ask:?}");
        assert_eq!(outcome.tally.answers(), 0);
    }
}
