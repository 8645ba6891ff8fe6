//! The line-echo server.

use super::NAME;
use crate::support::Server;

#[test]
fn the_first_line_says_where_it_listens() {
    let server = Server::start(NAME, [""; 0]);
    assert_eq!(server.first_line(), format!("listening on {}", server.address()));
    server.connect().send("no word means echo\n").expect("no word means echo\n");
}

#[test]
fn a_line_may_be_split_at_any_byte() {
    let server = echo();
    let text = b"one\n\ntwo \xC3\xA9\n";
    for at in 0..=text.len() {
        server.connect().send(&text[..at]).send(&text[at..]).expect(text);
    }
}

#[test]
fn half_a_line_is_kept_until_its_end_arrives() {
    let server = echo();
    let mut peer = server.connect();
    peer.send("first\nhal").expect("first\n").expect_nothing_yet();
    peer.send("f\n").expect("half\n");
}

#[test]
fn half_a_line_is_sent_back_at_the_end_of_the_input() {
    let server = echo();
    let mut peer = server.connect();
    peer.send("one\nhalf").finish().expect("one\nhalf").expect_closed();
}

#[test]
fn any_bytes_are_sent_back() {
    let server = echo();
    server.connect().send(b"\xFF\xFE\0\n\0\0\n\r\r\n").expect(b"\xFF\xFE\0\n\0\0\n\r\n");
}

#[test]
fn a_line_of_4096_bytes_without_a_newline_is_refused() {
    let server = echo();
    let longest = [&[b'a'; 4095][..], b"\n"].concat();
    let mut peer = server.connect();
    peer.send(&longest).expect(&longest);
    peer.send([b'a'; 4096]).expect("line too long: at most 4096 bytes\n").expect_closed();
}

#[test]
fn the_server_survives_five_megabytes_without_a_newline() {
    let server = echo();
    server.connect().send(vec![b'a'; 5_000_000]);
    server.connect().send("next\n").expect("next\n");
}

#[test]
fn the_server_survives_a_reset() {
    let server = echo();
    let mut rude = server.connect();
    rude.send("never read\n");
    rude.reset();
    server.connect().send("next\n").expect("next\n");
}

#[test]
fn clients_are_served_one_after_another() {
    let server = echo();
    let (mut first, mut second) = (server.connect(), server.connect());
    second.send("me too\n");
    for line in ["one\n", "two\n"] {
        first.send(line).expect(line);
        second.expect_nothing_yet();
    }
    drop(first);
    second.expect("me too\n");
}

fn echo() -> Server {
    Server::start(NAME, ["echo"])
}
