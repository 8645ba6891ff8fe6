//! Chapter 2: the whole protocol, by a server with one thread.

mod command_line;
mod disk;
mod protocol;
mod stopping;
mod time;

use crate::support::{Folder, Server, book};

const TEXT: &str = "chapters/ch02_blocking/README.md";

#[test]
fn the_text_quotes_the_code() {
    book::the_text_quotes_the_code(TEXT);
}

#[test]
fn the_transcripts_replay() {
    book::the_transcripts_replay(TEXT);
}

#[test]
fn the_text_has_its_sections() {
    book::the_text_has_its_sections(TEXT);
}

const NAME: &str = "ch02_blocking";

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
