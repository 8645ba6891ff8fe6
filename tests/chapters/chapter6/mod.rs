//! Chapter 6: the load tester.

mod charts;
mod command_line;
mod errors;
mod figures;
mod interrupt;
mod open_loop;
mod percentiles;
mod rivals;
mod tester;
mod time;
mod workload;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use sttp::load::keys::Keys;
use sttp::load::wire::{Ask, Protocol};
use sttp::load::{Load, Mix, Outcome, Work};

use crate::support::{Folder, LIMIT, Server, book, program};

const NAME: &str = "ch06_load";

book::tests_of_the_text!("ch06_load");

#[test]
fn the_links_of_the_other_tables_lead_somewhere() {
    book::the_links_lead_somewhere("chapters/ch06_load/tables.md");
}

/// The result of a run: the exit code, standard output and standard error.
type Came = (i32, String, String);

/// Runs the program in a folder, on a server's port, and waits until it ends.
#[track_caller]
fn run_in(folder: &Folder, port: u16, args: &[&str]) -> Came {
    let mut program = program(NAME);
    let output = program.current_dir(folder.path()).args(["-a", "127.0.0.1", "-p", &port.to_string()]).args(args);
    let output = output.timeout(3 * LIMIT).output().expect("it starts");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("it ends by itself"), text(output.stdout), text(output.stderr))
}

#[track_caller]
fn run(server: SocketAddr, args: &[&str]) -> Came {
    run_in(&Folder::new(), server.port(), args)
}

/// The server of chapter 4.
fn server(docroot: &Folder) -> Server {
    Server::on(docroot, "ch04_cache", &["--log", "error", "--address", "127.0.0.1"])
}

/// A load on this server with one connection, and a timeout as long as a test may take.
fn load(server: SocketAddr) -> Load {
    Load {
        server,
        protocol: Protocol::Sttp,
        connections: 1,
        pipeline: 1,
        one_shot: false,
        rate: None,
        interval: Duration::ZERO,
        timeout: LIMIT,
        keys: Keys::new(10, None),
        size: 32,
        prefix: "test".into(),
        seed: 1,
    }
}

/// Runs a load of SHOWs for `duration`, without a warm-up.
fn shows(load: &Load, duration: Duration) -> Outcome {
    let mix = Mix::parse("show=1").expect("a mix");
    load.run(Work::Mix { mix: &mix, warm_up: Duration::ZERO, duration }, |_, _| {}).expect("threads can be started")
}

/// Sends these requests, each once.
fn script(load: &Load, script: &[(Ask, usize)]) -> Outcome {
    load.run(Work::Script(script), |_, _| {}).expect("threads can be started")
}

/// The counts of errors, by name.
fn wrongs(outcome: &Outcome) -> BTreeMap<String, u64> {
    outcome.tally.wrongs.iter().map(|(wrong, &count)| (wrong.name(), count)).collect()
}

/// The right answer to a SHOW of a load: contents that belong to its key.
fn value_of(line: &str) -> Option<String> {
    let path = line.strip_prefix("SHOW ")?;
    let key = path.rsplit('-').next()?.parse().ok()?;
    let mut contents = Vec::new();
    sttp::load::keys::write_contents(key, 7, 32, &mut contents);
    Some(format!("200 {path} OK\n{}\n", String::from_utf8(contents).ok()?))
}
