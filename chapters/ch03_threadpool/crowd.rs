//! `crowd`: many clients that never finish a request, and then one that does. How long must that one wait?
//!
//! Half of the crowd never says a word; the other half stops in the middle of a line. Neither is an attack: people open
//! a connection and then the phone rings, and networks break without telling anybody.

use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given, Opt};
use sttp::sys;

/// How long the crowd stays after the last client has asked.
pub(crate) const STAY: Opt =
    Opt { short: None, long: "stay", value: "S", help: "crowd: stay for S seconds, then report how each was closed" };

/// How long the client that asks waits for its answer.
const ENOUGH: Duration = Duration::from_secs(5);

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    let [_, server, count] = given.words.as_slice() else {
        return Err(Exit::Usage("crowd needs a server and a number: crowd HOST:PORT N".into()));
    };
    let count: usize = count.parse().map_err(|_| Exit::Usage(format!("crowd: '{count}' is not a number")))?;
    let stay = given.parse::<f64>("stay", "a number of seconds")?.filter(|stay| (0.0..1e6).contains(stay));
    // The crowd and the client that asks, and a few for ourselves. If the limit is lower still, connecting says so.
    sys::raise_descriptor_limit(count as u64 + 16);
    let failed = |error: io::Error| Exit::failed(format_args!("cannot connect to {server}"), &error);
    let crowd = gather(server, count).map_err(failed)?;
    writeln!(
        io::stdout(),
        "{} clients are connected; half say nothing, half stop in the middle of a line",
        crowd.len()
    )?;
    let start = Instant::now();
    let answer = ask(server);
    let seconds = start.elapsed().as_secs_f32();
    match answer {
        Ok(line) => writeln!(io::stdout(), "the client that asks: {line:?} after {seconds:.1} s")?,
        Err(error) => writeln!(io::stdout(), "the client that asks: {} after {seconds:.1} s", reason(&error))?,
    }
    stay.map_or(Ok(()), |stay| report_the_end(&crowd, Duration::from_secs_f64(stay)))
}

/// Stays for a while, then reports what has become of the crowd.
fn report_the_end(crowd: &[TcpStream], stay: Duration) -> Result<(), Exit> {
    let deadline = Instant::now() + stay;
    let (mut ended, mut broken, mut open) = (0, 0, 0);
    for mut stream in crowd {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        stream.set_read_timeout(Some(left))?;
        match stream.read_to_end(&mut Vec::new()) {
            Ok(_) => ended += 1,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => open += 1,
            Err(_) => broken += 1,
        }
    }
    Ok(writeln!(
        io::stdout(),
        "of the crowd, {ended} were closed cleanly, {broken} were reset, {open} are still connected"
    )?)
}

/// Opens `count` connections.
fn gather(server: &str, count: usize) -> io::Result<Vec<TcpStream>> {
    let join = |number| {
        let mut stream = TcpStream::connect(server)?;
        if number % 2 == 1 {
            // A server that has had enough may have closed already. That is an answer too, and not ours to report.
            let _ = stream.write_all(b"SHOW /no");
        }
        Ok(stream)
    };
    (0..count).map(join).collect()
}

/// Sends one request and returns the first line of the answer.
fn ask(server: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(ENOUGH))?;
    stream.write_all(b"LIST /\n\n")?;
    let mut line = String::new();
    // One timeout for each read is enough here: the server is ours, and sends the line in one piece.
    match BufReader::new(stream).read_line(&mut line)? {
        0 => Err(ErrorKind::UnexpectedEof.into()),
        _ => Ok(line.trim_end().into()),
    }
}

fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "no answer",
        ErrorKind::UnexpectedEof => "closed without a word",
        ErrorKind::ConnectionReset | ErrorKind::BrokenPipe => "reset",
        _ => "the connection broke",
    }
}
