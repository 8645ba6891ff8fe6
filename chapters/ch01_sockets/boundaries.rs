//! `boundaries`: the same three writes, seen by a TCP reader and by a UDP reader.
//!
//! TCP promises the bytes, in order; it says nothing about where one write ended and the next began. UDP keeps each
//! write together, and promises nothing else.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::thread;

use sttp::args::{Exit, Given};

const WRITES: [&str; 3] = ["one", "two", "three"];

pub(crate) fn run(_: &Given) -> Result<(), Exit> {
    in_step()?;
    at_once()?;
    in_small_bites()?;
    as_datagrams()?;
    Ok(())
}

/// As long as reader and writer take turns, it looks as if TCP kept the writes apart.
fn in_step() -> io::Result<()> {
    say("TCP, each write read before the next is made")?;
    let (mut sender, mut receiver) = tcp_pair()?;
    for write in WRITES {
        sender.write_all(write.as_bytes())?;
        read_once(&mut receiver, 100)?;
    }
    Ok(())
}

/// It does not keep them apart.
fn at_once() -> io::Result<()> {
    say("TCP, all three written before the first read")?;
    let (sender, mut receiver) = tcp_pair()?;
    write_all_three(&sender, &receiver)?;
    read_once(&mut receiver, 100)?;
    Ok(())
}

/// How much a read returns depends on the reader's buffer too. After the last byte a read returns 0: the end of the input.
fn in_small_bites() -> io::Result<()> {
    say("TCP, the same, read into a buffer of 4 bytes until the sender has closed")?;
    let (sender, mut receiver) = tcp_pair()?;
    write_all_three(&sender, &receiver)?;
    drop(sender);
    while read_once(&mut receiver, 4)? > 0 {}
    Ok(())
}

fn as_datagrams() -> io::Result<()> {
    say("UDP, all three written before the first read")?;
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    for write in WRITES {
        sender.send_to(write.as_bytes(), receiver.local_addr()?)?;
    }
    for _ in WRITES {
        let mut buffer = [0; 100];
        let count = receiver.recv(&mut buffer)?;
        show(&buffer[..count])?;
    }
    Ok(())
}

/// Returns when all of it has arrived and is waiting, unread, in the receiver's kernel buffer.
fn write_all_three(mut sender: &TcpStream, receiver: &TcpStream) -> io::Result<()> {
    for write in WRITES {
        sender.write_all(write.as_bytes())?;
    }
    while receiver.peek(&mut [0; 100])? < WRITES.concat().len() {
        thread::yield_now();
    }
    Ok(())
}

fn read_once(receiver: &mut TcpStream, size: usize) -> io::Result<usize> {
    let mut buffer = vec![0; size];
    let count = receiver.read(&mut buffer)?;
    show(&buffer[..count])?;
    Ok(count)
}

fn show(bytes: &[u8]) -> io::Result<()> {
    writeln!(io::stdout(), "    a read returned {:2} bytes: \"{}\"", bytes.len(), bytes.escape_ascii())
}

fn say(what: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{what}:")
}

/// Creates both ends of one connection, in one process: the kernel does not mind.
fn tcp_pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let sender = TcpStream::connect(listener.local_addr()?)?;
    // Each write shall leave at once: see `nagle`.
    sender.set_nodelay(true)?;
    Ok((sender, listener.accept()?.0))
}
