//! Names looked up by hand, from servers that answer well, badly, or not at all.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command};
use std::thread;
use std::time::Instant;

use super::{NAME, fails, printed};
use crate::support::{Folder, LIMIT, Nobody, Server, missing, program};

#[test]
fn lookup_shows_the_question_the_answer_and_its_records() {
    let server = names(&[]);
    let text = lookup("www.course.test", server.address());
    for claim in [
        &format!("A? 33 bytes to {}, over UDP\n", server.address()),
        "03 77 77 77 ",
        "    06 63 6f 75 72 73 65 04 74 65 73 74 00 00 01 00  .course.test....\n",
        "\n63 bytes came back\n",
        "    www.course.test  CNAME  course.test  (for 300 s)\n    course.test  A      192.0.2.7  (for 300 s)\n",
        "    course.test  AAAA   2001:db8::7  (for 300 s)\n",
    ] {
        assert!(text.contains(claim), "{claim:?} in:\n{text}");
    }
}

#[test]
fn case_and_a_dot_at_the_end_do_not_matter() {
    let server = names(&[]);
    assert!(lookup("WWW.Course.TEST.", server.address()).contains("  A      192.0.2.7  "));
}

#[test]
fn an_answer_that_is_too_long_for_a_datagram_comes_over_tcp() {
    let server = names(&[]);
    let text = lookup("many.course.test", server.address());
    assert!(text.contains("the answer does not fit into a datagram: the same question over TCP\n"), "{text}");
    assert!(text.contains("    many.course.test  A      192.0.2.40  (for 300 s)\n"), "{text}");
    assert_eq!(text.matches("  A      192.0.2.").count(), 40, "{text}");
}

#[test]
fn a_lost_datagram_is_sent_again() {
    let server = names(&["--lose", "2"]);
    let text = lookup("course.test", server.address());
    assert!(text.contains("no answer to datagram 1 within 1s\nno answer to datagram 2 within 2s\n"), "{text}");
    assert!(text.contains("  A      192.0.2.7  "), "{text}");
}

#[test]
fn a_name_that_does_not_exist_is_an_error() {
    let server = names(&[]);
    refused("nobody.course.test", server.address(), "no address for 'nobody.course.test': there is no such name");
}

#[test]
fn a_port_where_nobody_listens_is_an_error() {
    // A connected socket keeps the port, and takes datagrams from its peer alone.
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = nobody.local_addr().unwrap();
    nobody.connect(address).unwrap();
    refused("course.test", address, &format!("no answer from {address}: connection refused"));
}

#[test]
fn a_server_that_never_answers_is_given_up() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    refused("course.test", address, &format!("no answer from {address}: 3 datagrams, and nothing came back"));
}

#[test]
fn datagrams_that_are_not_the_answer_are_ignored() {
    let address = scripted(|question| {
        let kind = question.len() - 3;
        let size = if question[kind] == 1 { 4 } else { 16 };
        let good = response(question, 1, &record(b"\xc0\x0c", question[kind], &[1; 16][..size]));
        let changed = |at: usize, by: u8| {
            let mut bytes = good.clone();
            bytes[at] ^= by;
            bytes
        };
        // Another id, no response, another name, another type, two questions, and nothing at all.
        vec![changed(0, 1), changed(2, 0x80), changed(13, 1), changed(kind, 2), changed(5, 3), Vec::new(), good]
    });
    let text = lookup("course.test", address);
    assert_eq!(text.matches("bytes came that are not the answer: ignored\n").count(), 12, "{text}");
    assert!(text.contains("  AAAA   101:101:101:101:101:101:101:101  "), "{text}");
}

#[test]
fn an_answer_that_makes_no_sense_is_an_error() {
    let loops = "a compressed name points forwards, or to itself";
    let long: Vec<u8> = [&[63][..], &[b'x'; 63]].concat().repeat(4);
    for (record, why) in [
        (record(b"\xc0\x1d", 1, &[1; 4]), loops),
        (record(b"\x01x\xc0\x1d", 1, &[1; 4]), loops),
        (record(b"\xff\xff", 1, &[1; 4]), loops),
        (record(b"\xc0\x0c", 5, b"\xc0\x29"), loops),
        (record(b"\x80", 1, &[1; 4]), "a label of an unknown kind"),
        (record(&long, 1, &[1; 4]), "a name of more than 255 bytes"),
        (record(b"\xc0\x0c", 1, &[1; 5]), "the length of a record does not fit its contents"),
        (record(b"\xc0\x0c", 5, b"\xc0\x0c!"), "the length of a record does not fit its contents"),
        (record(b"\xc0\x0c", 1, &[1; 4])[..15].to_vec(), "it ends too early: 4 bytes should follow, but there are 3"),
        (Vec::new(), "it ends too early: 1 bytes should follow, but there are 0"),
    ] {
        let address = scripted(move |question| vec![response(question, 1, &record)]);
        refused("course.test", address, &format!("no answer from {address}: {why}"));
    }
}

#[test]
fn an_answer_over_tcp_must_be_the_answer_too() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let Ok(socket) = UdpSocket::bind(address) else { return eprintln!("skipped: that port is taken for UDP") };
    serve(socket, |question| {
        let mut truncated = response(question, 0, &[]);
        truncated[2] |= 2;
        vec![truncated]
    });
    thread::spawn(move || {
        use std::io::{Read, Write};
        for stream in listener.incoming() {
            let (mut stream, mut question) = (stream.unwrap(), [0; 2 + 29]);
            stream.read_exact(&mut question).unwrap();
            question[2] ^= 1;
            stream.write_all(&question).unwrap();
        }
    });
    refused("course.test", address, &format!("no answer from {address}: what came over TCP is not the answer"));
}

#[test]
fn a_name_that_cannot_be_asked_for_is_refused() {
    for (name, why) in [
        ("a..b", "'a..b' has an empty part"),
        (&"x".repeat(64), &format!("'{}' has a part of more than 63 bytes", "x".repeat(64))),
        ("grüß.test", "'grüß.test' must be ASCII on the wire: xn--…, see RFC 5891"),
    ] {
        fails(["lookup", name, "--server", "127.0.0.1:9"], 2, &format!("ch01_sockets: {why}\n"));
    }
    let long = "x.".repeat(127) + "xx";
    let complaint = format!("ch01_sockets: '{long}' is too long: at most 255 bytes on the wire\n");
    fails(["lookup", &long, "--server", "127.0.0.1:9"], 2, &complaint);
    let complaint = "--server: 'localhost' is not an address, such as 127.0.0.1:53 or [::1]:53";
    fails(["lookup", "a.b", "--server", "localhost"], 2, &format!("ch01_sockets: {complaint}\n"));
}

#[test]
fn names_ignores_what_is_not_a_question() {
    let server = names(&[]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for junk in [&b""[..], b"junk", &[0xff; 600], b"\0\x01\x01\0\0\x01\0\0\0\0\0\0\xc0\x0c\0\x01\0\x01"] {
        socket.send_to(junk, server.address()).unwrap();
    }
    drop(std::net::TcpStream::connect(server.address()).unwrap());
    assert!(lookup("course.test", server.address()).contains("  A      192.0.2.7  "));
}

#[test]
fn dnsmasq_is_understood() {
    if missing("dnsmasq") {
        return;
    }
    let folder = Folder::new();
    let hosts: String = (1..=60).map(|last| format!("192.0.2.{last} many.course.test\n")).collect();
    std::fs::write(folder.path().join("hosts"), hosts).unwrap();
    let (_server, address) = dnsmasq(&folder);
    let text = lookup("www.course.test", address);
    assert!(text.contains("    www.course.test  CNAME  course.test  "), "{text}");
    assert!(text.contains("    course.test  A      192.0.2.7  "), "{text}");
    assert!(text.contains("    course.test  AAAA   2001:db8::7  "), "{text}");
    let text = lookup("many.course.test", address);
    assert!(text.contains("over TCP\n"), "{text}");
    assert_eq!(text.matches("  A      192.0.2.").count(), 60, "{text}");
}

/// A dnsmasq that is ended with the test.
struct Dnsmasq(Child);

impl Drop for Dnsmasq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts dnsmasq on a free port of this machine, and waits until it answers.
fn dnsmasq(folder: &Folder) -> (Dnsmasq, SocketAddr) {
    let begin = Instant::now();
    while begin.elapsed() < LIMIT {
        // Another process may take the port before dnsmasq does; then it ends, and the next round has another port.
        let address = Nobody::new().address();
        let mut server = Dnsmasq(start_dnsmasq(folder, address.port()));
        while server.0.try_wait().unwrap().is_none() && begin.elapsed() < LIMIT {
            let run = program(NAME).args(["lookup", "course.test", "--server", &address.to_string()]).output().unwrap();
            if run.status.success() {
                return (server, address);
            }
        }
    }
    panic!("dnsmasq did not answer within {LIMIT:?}");
}

fn start_dnsmasq(folder: &Folder, port: u16) -> Child {
    let hosts = folder.path().join("hosts");
    Command::new("dnsmasq")
        .args(["--keep-in-foreground", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--pid-file"])
        .args(["--listen-address=127.0.0.1", "--bind-interfaces", "--host-record=course.test,192.0.2.7,2001:db8::7"])
        .args(["--cname=www.course.test,course.test", "--user=root", "--group=root", &format!("--port={port}")])
        .arg(format!("--addn-hosts={}", hosts.display()))
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap()
}

fn names(args: &[&str]) -> Server {
    Server::start(NAME, [&["names"], args].concat())
}

#[track_caller]
fn lookup(name: &str, server: SocketAddr) -> String {
    printed(["lookup", name, "--server", &server.to_string()])
}

#[track_caller]
fn refused(name: &str, server: SocketAddr, complaint: &str) {
    let run = program(NAME).args(["lookup", name, "--server", &server.to_string()]).assert().code(1);
    assert_eq!(String::from_utf8_lossy(&run.get_output().stderr), format!("ch01_sockets: {complaint}\n"));
}

/// A server that sends these datagrams for each question.
fn scripted(answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) -> SocketAddr {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    serve(socket, answer);
    address
}

fn serve(socket: UdpSocket, answer: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send + 'static) {
    thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            for datagram in answer(&buffer[..length]) {
                let _ = socket.send_to(&datagram, client);
            }
        }
    });
}

/// A response to `question` that claims to have `count` records.
fn response(question: &[u8], count: u8, records: &[u8]) -> Vec<u8> {
    let mut bytes = [question, records].concat();
    (bytes[2], bytes[7]) = (0x81, count);
    bytes
}

fn record(name: &[u8], kind: u8, data: &[u8]) -> Vec<u8> {
    // The question for `course.test` ends at byte 29, which is where the record begins.
    [name, &[0, kind, 0, 1, 0, 0, 1, 44, 0, data.len() as u8], data].concat()
}
