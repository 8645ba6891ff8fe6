//! Chapter 3: many clients at once, by threads.

mod capacity;
mod command_line;
mod deaf;
mod descriptors;
mod patience;
mod protocol;
mod stopping;

use crate::support::{Folder, Server, book};

const NAME: &str = "ch03_threadpool";
const TEXT: &str = "chapters/ch03_threadpool/README.md";

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

/// A server of this chapter on a docroot, with further arguments.
fn server(docroot: &Folder, args: &[&str]) -> Server {
    Server::on(docroot, NAME, args)
}
