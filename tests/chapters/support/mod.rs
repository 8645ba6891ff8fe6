//! What the chapters are tested with.
//!
//! [`program`] runs a binary of ours to its end. [`Server`] starts one that serves, on its own port, and ends it when the
//! test ends. [`Peer`] is a client that says what it sent, what it expected and what it got. Nothing in here sleeps to wait
//! for something: it waits for the thing itself, and a timeout only ever ends a hang.

pub mod book;
pub mod conformance;
mod folder;
pub mod history;
pub mod linear;
pub mod model;
mod peer;
pub mod random;
mod scripted;
mod server;
pub mod store;
pub mod strace;
mod transcript;
pub mod turns;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use folder::Folder;
pub use peer::{Peer, is_like};
pub use scripted::{Guest, Nobody, Scripted};
pub use server::Server;
pub use transcript::Transcript;

/// Whatever takes longer than this hangs.
pub const LIMIT: Duration = Duration::from_secs(20);

/// The directory that holds our binaries.
pub fn binaries() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_ch01_sockets")).parent().expect("a binary is in a directory")
}

/// The path of the binary called `name`.
pub fn binary(name: &str) -> PathBuf {
    binaries().join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// A binary of ours that ends by itself, ready for its arguments; it is ended after [`LIMIT`].
pub fn program(name: &str) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(binary(name));
    command.timeout(LIMIT);
    command
}

/// Runs a binary of ours that must refuse its arguments; its exit code, and what it wrote to standard error.
#[track_caller]
pub fn refusal(name: &str, args: &[&str]) -> (i32, String) {
    let output = program(name).args(args).output().expect("it starts");
    (output.status.code().expect("it ends by itself"), String::from_utf8(output.stderr).expect("text"))
}

/// Sends one request with every netcat there is, as the protocol's page shows it: each must print the answer and return.
#[track_caller]
pub fn netcat_returns_at_once(server: &Server) {
    for netcat in ["nc.openbsd", "nc.traditional", "ncat", "nc"] {
        if missing(netcat) {
            continue;
        }
        let (host, port) = (server.address().ip().to_string(), server.address().port().to_string());
        let mut command = assert_cmd::Command::new(netcat);
        let command = command.args([&host, &port]).write_stdin("SHOW /none.txt\n\n").timeout(LIMIT);
        command.assert().success().stdout("400 /none.txt NOT FOUND\n");
    }
}

/// Whether a program that a test needs is missing; then says that the test is skipped, even if tests pass.
pub fn missing(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let file = format!("{program}{}", std::env::consts::EXE_SUFFIX);
    let found = std::env::split_paths(&path).any(|directory| directory.join(&file).is_file());
    if !found {
        let test = std::thread::current();
        let _ = writeln!(io::stderr(), "skipped: {}: {program} is not installed", test.name().unwrap_or("a test"));
    }
    !found
}
