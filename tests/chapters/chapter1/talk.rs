//! Our netcat.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::process::{Command, Stdio};
use std::thread;

use super::{NAME, fails};
use crate::support::{LIMIT, Nobody, Transcript, binary, program};

#[test]
fn talk_closes_half_and_prints_the_answer() {
    let (address, server) = answering();
    let bytes = [&b"half a line, \0 and \xFF"[..], &vec![b'x'; 200_000]].concat();
    program(NAME).args(["talk", &address.to_string()]).write_stdin(bytes.clone()).assert().success().stdout(bytes);
    server.join().unwrap();
}

#[test]
fn talk_ends_when_the_server_closes() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (stdin, still_open) = io::pipe().unwrap();
    let mut talk = Command::new(binary(NAME))
        .args(["talk", &listener.local_addr().unwrap().to_string()])
        .stdin(stdin)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    listener.accept().unwrap().0.write_all(b"bye").unwrap();
    let output = Transcript::of(talk.stdout.take().unwrap());
    let ended = output.wait_for_end(LIMIT);
    let _ = talk.kill();
    let status = talk.wait().unwrap();
    drop(still_open);
    assert!(ended && status.success(), "ended {ended}, {status}");
    assert_eq!(output.text(), "bye");
}

#[test]
fn a_refused_connection_is_reported() {
    let nobody = Nobody::new();
    let address = nobody.address().to_string();
    fails(["talk", &address], 1, &format!("ch01_sockets: cannot connect to {address}: connection refused\n"));
}

#[test]
fn every_address_of_a_name_is_tried() {
    let (address, server) = answering();
    let name = format!("localhost:{}", address.port());
    program(NAME).args(["talk", &name]).write_stdin("hello").assert().success().stdout("hello");
    server.join().unwrap();
}

/// A server for one client, which reads all of the input and then sends it back.
fn answering() -> (SocketAddr, thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut received = Vec::new();
        stream.read_to_end(&mut received).unwrap();
        stream.write_all(&received).unwrap();
    });
    (address, server)
}
