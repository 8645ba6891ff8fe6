//! Chapter 3: many clients at once, by threads.

mod capacity;
mod command_line;
mod deaf;
mod descriptors;
mod log;
mod patience;
mod protocol;
mod stopping;

use crate::support::{Folder, Server, book};

const NAME: &str = "ch03_threadpool";

book::tests_of_the_text!("ch03_threadpool");

/// A server of this chapter on a docroot, with further arguments.
fn server(docroot: &Folder, args: &[&str]) -> Server {
    Server::on(docroot, NAME, args)
}
