//! The line-echo server.

use super::NAME;
use crate::support::Server;

#[test]
fn says_first_where_it_listens() {
    let server = Server::start(NAME, [""; 0]);
    assert_eq!(server.first_line(), format!("listening on {}", server.address()));
    server.connect().send("no word means echo\n").expect("no word means echo\n");
}

#[test]
fn takes_a_line_split_at_any_byte() {
    let server = echo();
    let text = b"one\n\ntwo \xC3\xA9\n";
    for at in 0..=text.len() {
        server.connect().send(&text[..at]).send(&text[at..]).expect(text);
    }
}

#[test]
fn waits_for_the_end_of_a_line() {
    let server = echo();
    let mut peer = server.connect();
    peer.send("first\nhal").expect("first\n").expect_nothing_yet();
    peer.send("f\n").expect("half\n");
}

#[test]
fn sends_back_half_a_line_when_the_input_ends() {
    let server = echo();
    let mut peer = server.connect();
    peer.send("one\nhalf").finish().expect("one\nhalf").expect_closed();
}

#[test]
fn takes_any_bytes() {
    let server = echo();
    server.connect().send(b"\xFF\xFE\0\n\0\0\n\r\r\n").expect(b"\xFF\xFE\0\n\0\0\n\r\n");
}

#[test]
fn refuses_a_line_of_4096_bytes_without_end() {
    let server = echo();
    let longest = [&[b'a'; 4095][..], b"\n"].concat();
    let mut peer = server.connect();
    peer.send(&longest).expect(&longest);
    peer.send([b'a'; 4096]).expect("line too long: at most 4096 bytes\n").expect_closed();
}

#[test]
fn outlives_five_megabytes_without_a_line_end() {
    let server = echo();
    server.connect().send(vec![b'a'; 5_000_000]);
    server.connect().send("next\n").expect("next\n");
}

#[test]
fn outlives_a_client_that_resets() {
    let server = echo();
    let mut rude = server.connect();
    rude.send("never read\n");
    rude.reset();
    server.connect().send("next\n").expect("next\n");
}

#[test]
fn serves_one_client_after_another() {
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
