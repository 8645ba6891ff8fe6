//! Chapter 6: the load tester.

use crate::support::book;

const TEXT: &str = "chapters/ch06_load/README.md";

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
