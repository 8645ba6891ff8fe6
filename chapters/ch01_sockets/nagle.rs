//! `nagle`: how two small writes come to take 40 milliseconds.
//!
//! Nagle's algorithm (RFC 896) holds a small segment back while an earlier one is unacknowledged. A receiver delays its
//! acknowledgement (RFC 1122, section 4.2.3.2), hoping to send it along with an answer. A request in two writes makes each
//! wait for the other: the second half for the acknowledgement of the first, the answer for the second half.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given};
use sttp::line::{Line, LineReader};

/// Round trips for each way of writing.
const ROUNDS: usize = 25;

pub(crate) fn run(_: &Given) -> Result<(), Exit> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || answer(&listener));

    let mut out = io::stdout();
    writeln!(out, "{ROUNDS} requests of 10 bytes, each answered    median       in all")?;
    for (name, nodelay, pieces) in [
        ("two writes", false, &[&b"request! "[..], b"\n"][..]),
        ("two writes, TCP_NODELAY", true, &[b"request! ", b"\n"]),
        ("one write", false, &[b"request! \n"]),
    ] {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(nodelay)?;
        let mut times = ask(&stream, pieces)?;
        times.sort();
        let (median, total) = (times[ROUNDS / 2], times.iter().sum());
        writeln!(out, "    {name:38} {} ms {} ms", millis(median), millis(total))?;
    }
    writeln!(out, "The first way waits each time for an acknowledgement that the other side delays.")?;
    Ok(())
}

/// Sends the pieces, one write each, and reads the answer, again and again. Returns how long each round trip took.
fn ask(mut stream: &TcpStream, pieces: &[&[u8]]) -> io::Result<Vec<Duration>> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        for piece in pieces {
            stream.write_all(piece)?;
        }
        stream.read_exact(&mut [0; 3])?;
        times.push(start.elapsed());
    }
    Ok(times)
}

/// Runs the server, which answers each line, one client after another, until the process ends.
fn answer(listener: &TcpListener) -> io::Result<()> {
    for stream in listener.incoming() {
        let stream = stream?;
        let mut lines = LineReader::new(&stream, 100);
        while let Line::Complete(_) = lines.next_line()? {
            (&stream).write_all(b"ok\n")?;
        }
    }
    Ok(())
}

fn millis(time: Duration) -> String {
    format!("{:8.3}", time.as_secs_f64() * 1000.0)
}
