//! Chapter 7: execution patterns.

mod bare;
mod closing;
mod command_line;
mod conversation;
mod cost;
mod deaf;
mod demos;
mod descriptors;
mod faults;
mod protocol;
mod running;
mod stopping;
mod timeouts;
mod truth;

use crate::support::{Folder, Server, book};

const NAME: &str = "ch07_execution";

book::tests_of_the_text!("ch07_execution");

/// What `--pattern` takes.
const PATTERNS: [&str; 5] = ["single", "readers", "balanced", "acceptors", "sharded"];

/// A server of this chapter on a docroot.
fn server(docroot: &Folder, pattern: &str, args: &[&str]) -> Server {
    Server::on(docroot, NAME, &[&["--pattern", pattern], args].concat())
}
