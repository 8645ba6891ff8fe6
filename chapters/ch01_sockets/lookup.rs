//! `lookup`: a name looked up by hand, as a resolver does it.
//!
//! The question is one datagram, and so is the answer. Either may be lost, so the question is sent again, each time with
//! more patience. An answer that does not fit into a datagram says so, and the question is asked over TCP instead.

use std::fmt::Display;
use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given, unbracketed};
use sttp::log;

use crate::dns::{self, Answer, Data};
use crate::until::{Until, is_timeout};

/// How long an answer is waited for, try by try.
const PATIENCE: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let Some(name) = given.words.get(1) else {
        return Err(Exit::Usage("lookup needs a name: lookup NAME [--server IP:PORT]".into()));
    };
    let server = given.value("server").map_or_else(|| Ok(system_server()), server)?;
    let (mut found, mut code) = (0, 0);
    for (word, kind) in [("A", dns::A), ("AAAA", dns::AAAA)] {
        let question = dns::question(random(), name, kind).map_err(Exit::Usage)?;
        say(format_args!("{word}? {} bytes to {server}, over UDP\n{}", question.len(), dump(&question)))?;
        let answer = ask(server, &question)?;
        code = code.max(answer.code);
        found += show(&answer)?;
    }
    match (found, code) {
        (0, 0) => Err(Exit::Failed(format!("no address for '{name}': it has none"))),
        (0, code) => Err(Exit::Failed(format!("no address for '{name}': {}", meaning(code)))),
        _ => Ok(()),
    }
}

/// Asks over UDP, and over TCP if the answer was truncated.
fn ask(server: SocketAddr, question: &[u8]) -> Result<Answer, Exit> {
    let any: IpAddr = if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    // From now on the kernel drops the datagrams of everybody else.
    socket.connect(server).map_err(|error| failed(server, log::reason(&error)))?;
    for (nr, wait) in PATIENCE.into_iter().enumerate() {
        socket.send(question).map_err(|error| failed(server, log::reason(&error)))?;
        match wait_for_answer(&socket, question, Instant::now() + wait)? {
            Some(answer) if answer.truncated => return ask_over_tcp(server, question),
            Some(answer) => return Ok(answer),
            None => say(format_args!("no answer to datagram {} within {wait:?}", nr + 1))?,
        }
    }
    Err(failed(server, format_args!("{} datagrams, and nothing came back", PATIENCE.len())))
}

/// Waits for the answer until the deadline. A datagram that is not the answer is ignored, and prolongs nothing.
fn wait_for_answer(socket: &UdpSocket, question: &[u8], deadline: Instant) -> Result<Option<Answer>, Exit> {
    let (server, mut buffer) = (socket.peer_addr()?, vec![0; 65_535]);
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(None);
        }
        socket.set_read_timeout(Some(left))?;
        let message = match socket.recv(&mut buffer) {
            Ok(length) => &buffer[..length],
            Err(error) if is_timeout(&error) || error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => return Err(failed(server, log::reason(&error))),
        };
        match dns::answer(message, question).map_err(|why| failed(server, why))? {
            Some(answer) => {
                say(format_args!("{} bytes came back\n{}", message.len(), dump(message)))?;
                return Ok(Some(answer));
            }
            None => say(format_args!("{} bytes came that are not the answer: ignored", message.len()))?,
        }
    }
}

fn ask_over_tcp(server: SocketAddr, question: &[u8]) -> Result<Answer, Exit> {
    say(format_args!("the answer does not fit into a datagram: the same question over TCP"))?;
    let message = exchange(server, question).map_err(|error| failed(server, log::reason(&error)))?;
    say(format_args!("{} bytes came back", message.len()))?;
    let answer = dns::answer(&message, question).map_err(|why| failed(server, why))?;
    answer.filter(|answer| !answer.truncated).ok_or_else(|| failed(server, "what came over TCP is not the answer"))
}

/// Sends a message over TCP, and reads one. Each has its length in front of it, 16 bits.
fn exchange(server: SocketAddr, question: &[u8]) -> io::Result<Vec<u8>> {
    let patience = PATIENCE[PATIENCE.len() - 1];
    let stream = TcpStream::connect_timeout(&server, patience)?;
    (&stream).write_all(&[&(question.len() as u16).to_be_bytes(), question].concat())?;
    let mut stream = Until { stream: &stream, deadline: Instant::now() + patience };
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut message = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut message)?;
    Ok(message)
}

fn failed(server: SocketAddr, why: impl Display) -> Exit {
    Exit::Failed(format!("no answer from {server}: {why}"))
}

/// Prints the records, and counts the addresses.
fn show(answer: &Answer) -> io::Result<usize> {
    let mut addresses = 0;
    for record in &answer.records {
        let (name, seconds) = (&record.name, record.seconds);
        let data = match &record.data {
            Data::A(address) => format!("A      {address}"),
            Data::Aaaa(address) => format!("AAAA   {address}"),
            Data::Cname(name) => format!("CNAME  {name}"),
            Data::Other(kind) => format!("a record of type {kind}"),
        };
        addresses += usize::from(matches!(record.data, Data::A(_) | Data::Aaaa(_)));
        say(format_args!("    {name}  {data}  (for {seconds} s)"))?;
    }
    if answer.records.is_empty() {
        say(format_args!("    no such record: {}", meaning(answer.code)))?;
    }
    Ok(addresses)
}

fn meaning(code: u16) -> &'static str {
    match code {
        0 => "the name has none",
        1 => "the server does not understand the question",
        2 => "the server could not find out",
        3 => "there is no such name",
        5 => "the server refuses to answer",
        _ => "the server reports an error",
    }
}

/// Finds the first name server in the system's configuration; without one, it is this machine.
fn system_server() -> SocketAddr {
    let text = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    let servers = text.lines().filter_map(|line| line.strip_prefix("nameserver")?.trim().parse().ok());
    SocketAddr::new(servers.into_iter().next().unwrap_or(Ipv4Addr::LOCALHOST.into()), 53)
}

fn server(text: &str) -> Result<SocketAddr, Exit> {
    let with_port = text.parse().or_else(|_| unbracketed(text).parse().map(|ip: IpAddr| SocketAddr::new(ip, 53)));
    with_port
        .map_err(|_| Exit::Usage(format!("--server: '{text}' is not an address, such as 127.0.0.1:53 or [::1]:53")))
}

/// Chooses an id that a stranger cannot guess. Otherwise they could answer in the server's place.
fn random() -> u16 {
    RandomState::new().hash_one(0) as u16
}

/// Shows bytes, 16 in a row, with the printable ones next to them.
fn dump(bytes: &[u8]) -> String {
    let row = |row: &[u8]| {
        let numbers = row.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
        let text: String = row.iter().map(|&byte| if byte.is_ascii_graphic() { byte.into() } else { '.' }).collect();
        format!("    {numbers:47}  {text}")
    };
    bytes.chunks(16).map(row).collect::<Vec<_>>().join("\n")
}

fn say(what: std::fmt::Arguments) -> io::Result<()> {
    writeln!(io::stdout(), "{what}")
}
