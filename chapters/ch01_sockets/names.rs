//! `names`: a name server for a handful of names, so that `lookup` needs no network.
//!
//! It answers over UDP and over TCP, on the same port. Over UDP an answer may have 512 bytes (RFC 1035, section 4.2.1); a
//! longer one is sent without its records and marked as truncated. `--lose 2` ignores the first two datagrams.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given};
use sttp::log;

use crate::dns;
use crate::listen::listen_for_both;
use crate::until::Until;

/// The longest answer over UDP.
const DATAGRAM: usize = 512;

/// How long a client may take for its question over TCP.
const PATIENCE: Duration = Duration::from_secs(2);

/// For how many seconds an answer may be kept.
const SECONDS: u32 = 300;

/// Where the question's name is in every message, as a compressed name: a pointer to byte 12.
const POINTER: [u8; 2] = [0xc0, 12];

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let lose: usize = given.parse("lose", "a number of datagrams")?.unwrap_or(0);
    let (listener, socket) = listen_for_both(given)?;
    thread::spawn(move || over_tcp(&listener));
    let mut buffer = [0; 65_535];
    for nr in 0.. {
        let (length, client) = socket.recv_from(&mut buffer)?;
        if nr < lose {
            log::info(format_args!("a datagram from {client} is lost"));
        } else if let Some(answer) = answer(&buffer[..length], DATAGRAM) {
            // If it cannot be sent, the client will ask again.
            let _ = socket.send_to(&answer, client);
        }
    }
    Ok(())
}

fn over_tcp(listener: &TcpListener) {
    for stream in listener.incoming() {
        if let Err(error) = stream.and_then(|stream| serve(&stream)) {
            log::info(format_args!("lost a client: {}", log::reason(&error)));
        }
    }
}

fn serve(mut stream: &TcpStream) -> io::Result<()> {
    let mut input = Until { stream, deadline: Instant::now() + PATIENCE };
    let mut length = [0; 2];
    input.read_exact(&mut length)?;
    let mut question = vec![0; u16::from_be_bytes(length).into()];
    input.read_exact(&mut question)?;
    match answer(&question, usize::from(u16::MAX)) {
        Some(answer) => stream.write_all(&[&(answer.len() as u16).to_be_bytes(), &answer[..]].concat()),
        None => Ok(()),
    }
}

/// Answers a message with at most `most` bytes; `None` if it is not a question that we understand.
fn answer(message: &[u8], most: usize) -> Option<Vec<u8>> {
    let (name, kind) = dns::asked(message)?;
    let records = records(&name.to_ascii_lowercase(), kind);
    let count = records.as_ref().map_or(0, Vec::len) as u16;
    // A response, authoritative, with "recursion desired" as it came; the code 3 says that there is no such name.
    let flags = 0x8400 | u16::from(message[2] & 1) << 8 | if records.is_some() { 0 } else { 3 };
    let header = |flags: u16, count: u16| [flags, 1, count, 0, 0].map(u16::to_be_bytes).concat();
    let question = &message[12..dns::end_of_question(message)?];
    let whole = [&message[..2], &header(flags, count), question, &records.unwrap_or_default().concat()].concat();
    let truncated = || [&message[..2], &header(flags | 0x0200, 0), question].concat();
    Some(if whole.len() <= most { whole } else { truncated() })
}

/// Returns the records of this type for a name, or for the name that it stands for; `None` if there is no such name.
fn records(name: &str, kind: u16) -> Option<Vec<Vec<u8>>> {
    let address = |owner: &[u8]| match kind {
        dns::A => vec![record(owner, dns::A, &Ipv4Addr::new(192, 0, 2, 7).octets())],
        dns::AAAA => vec![record(owner, dns::AAAA, &Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7).octets())],
        _ => Vec::new(),
    };
    match name {
        "course.test" => Some(address(&POINTER)),
        // "course.test" is the end of the question's name, after "www" and its length.
        "www.course.test" => {
            let target = [0xc0, 16];
            Some([vec![record(&POINTER, dns::CNAME, &target)], address(&target)].concat())
        }
        "many.course.test" if kind == dns::A => {
            Some((1..=40).map(|last| record(&POINTER, dns::A, &[192, 0, 2, last])).collect())
        }
        "many.course.test" => Some(Vec::new()),
        _ => None,
    }
}

fn record(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let fixed = [kind, 1].map(u16::to_be_bytes).concat();
    [owner, &fixed, &SECONDS.to_be_bytes(), &(data.len() as u16).to_be_bytes(), data].concat()
}
