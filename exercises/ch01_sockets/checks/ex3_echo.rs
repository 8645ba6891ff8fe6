//! What exercise 1.3 asks.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;

use course::{Dice, fail, same, same_bytes, shown, step, truth};

use super::ex3_echo::*;

/// What came of one conversation on the server's side.
struct Served {
    result: Result<u64, ErrorKind>,
    /// Whether the sending side had been shut when `echo` returned.
    shut: bool,
}

#[test]
fn what_is_sent_comes_back() {
    all_comes_back(b"hello\n");
}

#[test]
fn a_client_may_wait_for_its_echo() {
    let mut dice = Dice::new(13);
    let words: Vec<Vec<u8>> = [1, 2, 100, 1, 3000].map(|length| letters(&mut dice, length)).into();
    let (_, served) = talk(|mut client| {
        for word in &words {
            let what = format!("sent {} bytes without a line feed, after those before had come back", word.len());
            step(format_args!("{what}; waiting for them"));
            let _ = client.write_all(word);
            let mut back = vec![0; word.len()];
            if let Err(error) = client.read_exact(&mut back) {
                fail(format_args!("{what}: they did not all come back; reading gave {:?}", error.kind()));
            }
            same_bytes(what, &back, word);
        }
    });
    same("what echo returned after five words", &served.result, &Ok(3104));
}

#[test]
fn our_side_is_shut_when_the_client_has_shut_its_own() {
    for text in ["", "bye"] {
        let (_, served) = all_that_comes_back(text.as_bytes());
        truth(
            served.shut,
            format!(
                "the client sent \"{text}\" and shut its side; echo returned without having shut ours:\n  \
                 as long as the socket is open, the client waits for more"
            ),
        );
    }
}

#[test]
fn any_bytes_come_back() {
    let every: Vec<u8> = (0..=255).collect();
    for bytes in [&b""[..], b"\n", b"\r\n\r\n", b" no line feed", b"\xff\xc3\0", &every] {
        all_comes_back(bytes);
    }
}

#[test]
fn a_megabyte_comes_back() {
    all_comes_back(&letters(&mut Dice::new(31), 1 << 20));
}

#[test]
fn a_broken_connection_is_an_error() {
    let (_, served) = talk(|mut client| {
        step("the client sends and sends and reads nothing, until nothing more goes in");
        client.set_nonblocking(true).unwrap();
        // Bounded, for a server that takes everything and sends nothing.
        for _ in 0..1024 {
            match client.write(&[b'x'; 64 * 1024]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                _ => {}
            }
        }
        client.set_nonblocking(false).unwrap();
        step("the client waits for the first byte to come back");
        let _ = client.peek(&mut [0]);
        step("the client closed its socket, with the whole echo unread; waiting for echo to return");
    });
    if let Ok(count) = served.result {
        fail(format_args!(
            "the client closed its socket and took nothing of its echo:\n  expected  an error\n  got       Ok({count})"
        ));
    }
}

/// One conversation: the learner's server on a thread of its own, the client here. The client's socket is closed when
/// `client` returns.
fn talk<T>(client: impl FnOnce(&TcpStream) -> T) -> (T, Served) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let server = thread::spawn(move || {
        let result = echo(&stream).map_err(|error| error.kind());
        // A socket whose sending side is shut refuses to send, at once.
        let shut = (&stream).write(b"[sent after echo had returned]").is_err();
        Served { result, shut }
    });
    let told = client(&here);
    drop(here);
    (told, server.join().unwrap_or_else(|_| fail("echo panicked")))
}

/// Sends all from one thread while another reads, as a client of large data must; then shuts its side.
fn all_that_comes_back(bytes: &[u8]) -> (Vec<u8>, Served) {
    talk(|client| {
        let (mut sender, mut receiver, mut back) = (client, client, Vec::new());
        thread::scope(|scope| {
            // If it fails, the server has gone; what came back will show it.
            scope.spawn(move || sender.write_all(bytes).and_then(|()| sender.shutdown(Shutdown::Write)));
            step(format_args!("sent \"{}\" and shut the sending side; waiting for the end of the echo", shown(bytes)));
            let _ = receiver.read_to_end(&mut back);
        });
        back
    })
}

#[track_caller]
fn all_comes_back(bytes: &[u8]) {
    let (mut back, served) = all_that_comes_back(bytes);
    let what = format!("sent \"{}\", {} bytes, and shut the sending side", shown(bytes), bytes.len());
    same(format_args!("{what}: what echo returned"), &served.result, &Ok(bytes.len() as u64));
    // What our own probe sent is no part of the echo; another check asks for the end.
    if !served.shut {
        back.truncate(back.len().saturating_sub(b"[sent after echo had returned]".len()));
    }
    same_bytes(format_args!("{what}: what came back"), &back, bytes);
}

fn letters(dice: &mut Dice, length: usize) -> Vec<u8> {
    (0..length).map(|_| b'a' + dice.roll(26) as u8).collect()
}
