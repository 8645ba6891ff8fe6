//! What exercise 1.3 asks for.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use course::{Dice, fail, same, same_bytes, shown, step, truth};

use super::ex3_echo::*;

/// The outcome of one conversation on the server's side.
struct Served {
    result: Result<u64, ErrorKind>,
    /// Whether the sending side had been shut down when `echo` returned.
    shut: bool,
    /// The timeout for a read that `echo` left on the socket.
    patience: Option<Duration>,
}

#[test]
fn every_byte_sent_comes_back() {
    all_comes_back(b"hello\n");
}

#[test]
fn a_client_may_wait_for_its_echo() {
    let mut dice = Dice::new(13);
    let words: Vec<Vec<u8>> = [1, 2, 100, 1, 3000].map(|length| letters(&mut dice, length)).into();
    let (_, served) = talk(|mut client| {
        for word in &words {
            let what = format!("sent {} bytes without an LF, after the earlier ones had come back", word.len());
            step(format_args!("{what}; waiting for them to come back"));
            let _ = client.write_all(word);
            let mut back = vec![0; word.len()];
            if let Err(error) = client.read_exact(&mut back) {
                fail(format_args!("{what}: they did not all come back; reading returned {:?}", error.kind()));
            }
            same_bytes(what, &back, word);
        }
    });
    same("what echo returned after five words", &served.result, &Ok(3104));
}

#[test]
fn our_sending_side_is_shut_down_after_the_clients() {
    for text in ["", "bye"] {
        let (_, served) = all_that_comes_back(text.as_bytes());
        truth(
            served.shut,
            format!(
                "the client sent \"{text}\" and shut down its sending side; echo returned without shutting down ours:\n  \
                 as long as the socket is open, the client waits for more"
            ),
        );
    }
}

#[test]
fn any_bytes_come_back() {
    let every: Vec<u8> = (0..=255).collect();
    for bytes in [&b""[..], b"\n", b"\r\n\r\n", b" no newline", b"\xff\xc3\0", &every] {
        all_comes_back(bytes);
    }
}

#[test]
fn a_megabyte_comes_back() {
    all_comes_back(&letters(&mut Dice::new(31), 1 << 20));
}

#[test]
fn a_reset_is_an_error_and_not_an_end() {
    let (_, served) = talk(|mut client| {
        step("sent one byte; waiting for it to come back");
        let _ = client.write_all(b"x");
        let _ = client.peek(&mut [0]);
        step("the client closed its socket without reading its echo, which sends a reset; waiting for echo to return");
    });
    let what = "sent one byte, and closed the socket without reading its echo, which sends a reset: what echo returned";
    same(what, &served.result, &Err(ErrorKind::ConnectionReset));
}

#[test]
fn a_failed_write_is_an_error() {
    let server = |stream: &TcpStream| {
        // As if it had broken, but in one direction only: reading still works.
        stream.shutdown(Shutdown::Write).unwrap();
        echo(stream).map_err(|error| error.kind())
    };
    let (_, result) = converse(server, |mut client| {
        step(
            "sent \"bye\" and shut down the sending side, to a server whose own is shut down; waiting for echo to return",
        );
        let _ = client.write_all(b"bye");
        let _ = client.shutdown(Shutdown::Write);
        let _ = client.read_to_end(&mut Vec::new());
    });
    if let Ok(count) = result {
        fail(format_args!(
            "the client sent \"bye\", but the server's socket cannot send any more:\n  \
             expected  the error that the write returned\n  got       Ok({count})"
        ));
    }
}

#[test]
fn a_client_may_be_silent_for_as_long_as_it_likes() {
    let (_, served) = all_that_comes_back(b"hello\n");
    same("the read timeout that echo left on the socket", &served.patience, &None);
}

#[test]
fn a_read_timeout_of_the_caller_is_an_error() {
    let server = |stream: &TcpStream| {
        stream.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        echo(stream).map_err(|error| error.kind())
    };
    let (_, result) = converse(server, |mut client| {
        step("the caller has set a read timeout of 20 ms; sent \"hello\", then nothing; waiting for echo to return");
        let _ = client.write_all(b"hello");
        // It ends when the server's socket is closed.
        let _ = client.read_to_end(&mut Vec::new());
    });
    if let Ok(count) = result {
        fail(format_args!(
            "the caller has set a read timeout of 20 ms; the client sent \"hello\", then nothing, and did not close:\n  \
             expected  the error that the read returned, WouldBlock or TimedOut\n  got       Ok({count})"
        ));
    }
}

#[test]
fn a_broken_connection_is_an_error() {
    let (_, served) = talk(|mut client| {
        step("the client keeps sending and reads nothing, until no more bytes fit");
        client.set_nonblocking(true).unwrap();
        // Bounded, because of a server that takes everything and sends nothing.
        for _ in 0..1024 {
            match client.write(&[b'x'; 64 * 1024]) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                _ => {}
            }
        }
        client.set_nonblocking(false).unwrap();
        step("the client waits for the first byte of the echo");
        let _ = client.peek(&mut [0]);
        step("the client closed its socket without reading the echo; waiting for echo to return");
    });
    if let Ok(count) = served.result {
        fail(format_args!(
            "the client closed its socket and read nothing of its echo:\n  expected  an error\n  got       Ok({count})"
        ));
    }
}

/// Holds one conversation: the learner's server runs on its own thread, the client here. The client's socket is closed
/// when `client` returns.
fn talk<T>(client: impl FnOnce(&TcpStream) -> T) -> (T, Served) {
    let server = |stream: &TcpStream| {
        let result = echo(stream).map_err(|error| error.kind());
        // A socket whose sending side is shut down refuses to send, at once.
        let shut = { stream }.write(b"[sent after echo had returned]").is_err();
        Served { result, shut, patience: stream.read_timeout().unwrap_or(None) }
    };
    converse(server, client)
}

/// The same with any server. Its socket is closed when it returns.
fn converse<S: Send + 'static, T>(
    server: impl FnOnce(&TcpStream) -> S + Send + 'static,
    client: impl FnOnce(&TcpStream) -> T,
) -> (T, S) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let here = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (stream, _) = listener.accept().unwrap();
    let server = thread::spawn(move || server(&stream));
    let seen = client(&here);
    drop(here);
    (seen, server.join().unwrap_or_else(|_| fail("echo panicked")))
}

/// Sends everything from one thread while another reads, as a client of large data must; then shuts down its sending
/// side.
fn all_that_comes_back(bytes: &[u8]) -> (Vec<u8>, Served) {
    talk(|client| {
        let (mut sender, mut receiver, mut back) = (client, client, Vec::new());
        thread::scope(|scope| {
            // If it fails, the server has disconnected; what came back will show it.
            scope.spawn(move || sender.write_all(bytes).and_then(|()| sender.shutdown(Shutdown::Write)));
            step(format_args!(
                "sent \"{}\" and shut down the sending side; waiting for the end of the echo",
                shown(bytes)
            ));
            let _ = receiver.read_to_end(&mut back);
        });
        back
    })
}

#[track_caller]
fn all_comes_back(bytes: &[u8]) {
    let (mut back, served) = all_that_comes_back(bytes);
    let what = format!("sent \"{}\", {} bytes, and shut down the sending side", shown(bytes), bytes.len());
    same(format_args!("{what}: what echo returned"), &served.result, &Ok(bytes.len() as u64));
    // The bytes of our own probe are not part of the echo; another check asks for the shutdown.
    if !served.shut {
        back.truncate(back.len().saturating_sub(b"[sent after echo had returned]".len()));
    }
    same_bytes(format_args!("{what}: what came back"), &back, bytes);
}

fn letters(dice: &mut Dice, length: usize) -> Vec<u8> {
    (0..length).map(|_| b'a' + dice.roll(26) as u8).collect()
}
