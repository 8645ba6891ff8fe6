//! The bytes of conversations.

use super::{server, server_configured};
use crate::support::random::{Dice, converse};
use crate::support::{Folder, conformance};

#[test]
fn every_conversation_in_the_table_goes_as_written() {
    conformance::hold_all("ch02_blocking", &[]);
}

#[test]
fn random_requests_are_answered_as_the_model_says() {
    let folder = Folder::new();
    let server = server(&folder);
    converse(&mut server.connect(), "", &mut Dice::new(2), 5_000);
}

#[test]
fn a_request_may_arrive_byte_by_byte() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut peer = server.connect();
    for byte in "CREATE /a.txt é\r\nSHOW /a.txt\n".as_bytes() {
        peer.send([*byte]);
    }
    peer.expect("100 /a.txt CREATED\n200 /a.txt OK\né\n");
}

#[test]
fn a_thousand_requests_may_be_sent_before_one_answer_is_read() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut peer = server.connect();
    peer.send("CREATE /a.txt x\n").send("SHOW /a.txt\n".repeat(1000)).finish();
    peer.expect("100 /a.txt CREATED\n").expect("200 /a.txt OK\nx\n".repeat(1000)).expect_closed();
}

#[test]
fn nothing_after_a_blank_line_is_carried_out() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut peer = server.connect();
    peer.send("LIST /\n\r\nCREATE /a.txt x\n").expect("200 / OK\n\n").expect_closed();
    server.connect().send("SHOW /a.txt\n").expect("400 /a.txt NOT FOUND\n");
}

#[test]
fn five_megabytes_without_an_lf_do_no_harm() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut peer = server.connect();
    peer.send(vec![b'a'; 5 << 20]);
    // The server closes long before everything is sent, and then a reset may destroy the answer; the next client is
    // served in any case.
    server.connect().send("LIST /\n").expect("200 / OK\n\n");
}

#[test]
fn the_answer_to_a_line_that_is_too_long_is_not_lost_to_a_reset() {
    let folder = Folder::new();
    let server = server(&folder);
    for length in [4096, 4097, 9000, 50_000] {
        let mut peer = server.connect();
        peer.send(vec![b'a'; length]);
        peer.expect_like(b"300 / CLIENT ERROR \"*\"\n").expect_closed();
    }
}

#[test]
fn a_line_of_4096_bytes_is_read() {
    let folder = Folder::new();
    let server = server(&folder);
    let path = format!("/{}", "a/".repeat(511));
    let mut line = format!("LIST {path}");
    line.extend(std::iter::repeat_n(' ', 4095 - line.len()));
    let refused = format!("300 {path} CLIENT ERROR \"*\"\n");
    let mut peer = server.connect();
    peer.send(line).send("\n").expect_like(refused.as_bytes());
    peer.send("LIST /\n").expect("200 / OK\n\n");
}

#[test]
fn a_refusal_is_one_line_whatever_the_client_sent() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut peer = server.connect();
    peer.send("\"\x1b[31m\"\r \n");
    let line = peer.expect_line();
    assert_eq!(
        line,
        r#"300 / CLIENT ERROR "unknown action ''\u{1b}[31m'\r'; use CREATE, SHOW, LIST, DELETE or UPDATE""#
    );
}

#[test]
fn a_client_that_resets_costs_nothing_but_its_own_connection() {
    let folder = Folder::new();
    let server = server(&folder);
    for _ in 0..20 {
        let mut peer = server.connect();
        peer.send("LIST /\nLIST /\n");
        peer.reset();
    }
    server.connect().send("LIST /\n").expect("200 / OK\n\n");
}

#[test]
fn a_client_that_does_not_read_is_disconnected() {
    let folder = Folder::new();
    let server = server_configured(&folder, "write_timeout: 0.2");
    let mut deaf = server.connect();
    // Far more answers than the buffers of both sides hold: 640 bytes each.
    deaf.send(format!("CREATE /long.txt {}\nCREATE /a.txt x\n", "🦀".repeat(160)));
    std::thread::scope(|scope| {
        scope.spawn(|| deaf.send("SHOW /long.txt\n".repeat(200_000)));
        server.connect().send("SHOW /a.txt\n").expect("200 /a.txt OK\nx\n");
    });
    server.wait_for_log("did not read its answers");
}
