//! The demonstrations that need no partner and end by themselves.

use super::{NAME, printed};
use crate::support::program;

#[test]
fn boundaries_shows_what_each_read_gave() {
    let expected = "\
TCP, each write read before the next is made:
    a read returned  3 bytes: \"one\"
    a read returned  3 bytes: \"two\"
    a read returned  5 bytes: \"three\"
TCP, all three written before the first read:
    a read returned 11 bytes: \"onetwothree\"
TCP, the same, read into a buffer of 4 bytes until the sender has closed:
    a read returned  4 bytes: \"onet\"
    a read returned  4 bytes: \"woth\"
    a read returned  3 bytes: \"ree\"
    a read returned  0 bytes: \"\"
UDP, all three written before the first read:
    a read returned  3 bytes: \"one\"
    a read returned  3 bytes: \"two\"
    a read returned  5 bytes: \"three\"
";
    assert_eq!(printed(["boundaries"]), expected);
}

#[test]
fn udp_shows_datagrams_complete_truncated_and_lost() {
    let text = printed(["udp"]);
    for claim in [
        "the server  received \"ping\" from 127.0.0.1:",
        "the server  received \"\" from 127.0.0.1:",
        "the server  received \"abcdefghij\" from",
        "the server  received \"next\" from",
        "could not send 65508 bytes",
        "for an answer, in vain",
    ] {
        assert!(text.contains(claim), "{claim:?} in:\n{text}");
    }
    assert!(!text.contains("received \"klm"), "the rest of a datagram is lost:\n{text}");
}

#[test]
fn resolve_prints_addresses_with_their_families() {
    assert_eq!(printed(["resolve", "127.0.0.1"]), "IPv4  127.0.0.1:8080\n");
    assert_eq!(printed(["resolve", "::1"]), "IPv6  [::1]:8080\n");
    assert_eq!(printed(["resolve", "[::1]:99"]), "IPv6  [::1]:99\n");
    let localhost = printed(["resolve", "localhost:80"]);
    assert!(localhost.contains("IPv4  127.0.0.1:80\n") || localhost.contains("IPv6  [::1]:80\n"), "{localhost}");
}

#[test]
fn resolve_reports_a_name_without_an_address_in_words() {
    // No server is asked for this name, because it has an empty part.
    let run = program(NAME).args(["resolve", "no..where"]).assert().code(1);
    let complaint = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(complaint.starts_with("ch01_sockets: no address for 'no..where': "), "{complaint}");
}

#[test]
fn backlog_connects_before_anybody_accepts() {
    let text = printed(["backlog"]);
    assert!(text.contains("clients are connected, and nobody has called accept\n"), "{text}");
    assert!(text.contains("accepted the first: it had already sent \"hello from client 1\"\n"), "{text}");
    assert!(text.contains("connected\n"), "{text}");
}

#[test]
fn nagle_times_three_ways_of_writing() {
    let text = printed(["nagle"]);
    let ways: Vec<&str> = text.lines().filter(|line| line.ends_with(" ms")).map(str::trim).collect();
    assert_eq!(ways.len(), 3, "{text}");
    let begins = |at: usize, name: &str| assert!(ways[at].starts_with(name), "{text}");
    begins(0, "two writes ");
    begins(1, "two writes, TCP_NODELAY ");
    begins(2, "one write ");
}
