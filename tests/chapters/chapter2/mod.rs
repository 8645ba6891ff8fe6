//! Chapter 2: the whole protocol, by a server with one thread.

mod command_line;
mod disk;
mod docroot;
mod limits;
mod protocol;
mod stopping;
mod time;

use crate::support::{Folder, Server, book};

const NAME: &str = "ch02_blocking";

book::tests_of_the_text!("ch02_blocking");

/// A server of this chapter on a docroot.
fn server(docroot: &Folder) -> Server {
    server_with(docroot, &[])
}

/// The same with further arguments.
fn server_with(docroot: &Folder, args: &[&str]) -> Server {
    Server::on(docroot, NAME, args)
}

/// The same with a configuration file.
fn server_configured(docroot: &Folder, config: &str) -> Server {
    Server::configured(docroot, NAME, config, &[])
}
