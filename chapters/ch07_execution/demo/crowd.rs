//! A crowd of clients that say nothing, in a process of its own, because its descriptors are limited as the server's are.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use sttp::args::{Exit, Given};
use sttp::sys;

use super::child;

/// How many connect before one of them asks, to see that they have been accepted: the system's queue holds a thousand.
const BATCH: usize = 500;

/// A crowd. Dropping it ends it.
pub(super) struct Crowd(Child);

impl Crowd {
    /// Starts one; it is complete after [`gather`](Self::gather).
    pub(super) fn start(server: SocketAddr, count: usize) -> io::Result<Crowd> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["demo", "crowd", &server.to_string(), &count.to_string()]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().map(Crowd)
    }

    /// Waits until all have connected. How long did that take?
    pub(super) fn gather(&mut self) -> Result<Duration, Exit> {
        let line = child::first_line(&mut self.0)?;
        let millis = line.strip_prefix("connected in ms: ").and_then(|millis| millis.parse().ok());
        millis.map(Duration::from_millis).ok_or_else(|| Exit::Failed("not all clients could connect".into()))
    }
}

impl Drop for Crowd {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Is the crowd, until standard input ends. So it ends with the demonstration, however that one ends.
pub(super) fn run(given: &Given) -> Result<(), Exit> {
    let [_, _, server, count] = given.words.as_slice() else {
        return Err(Exit::Usage("demo crowd needs a server and a number".into()));
    };
    let count: usize = count.parse().map_err(|_| Exit::Usage(format!("demo crowd: '{count}' is not a number")))?;
    sys::raise_descriptor_limit(u64::MAX);
    let start = Instant::now();
    let crowd: io::Result<Vec<TcpStream>> =
        (1..=count).map(|nr| join(server, nr % BATCH == 0 || nr == count)).collect();
    let _crowd = crowd.map_err(|error| Exit::failed(format_args!("cannot connect to {server}"), &error))?;
    writeln!(io::stdout(), "connected in ms: {}", start.elapsed().as_millis())?;
    let _ = io::stdin().read(&mut [0]);
    Ok(())
}

fn join(server: &str, asks: bool) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    if asks {
        (&stream).write_all(b"SHOW /a.txt\n")?;
        let mut reader = BufReader::new(&stream);
        (0..2).try_for_each(|_| reader.read_line(&mut String::new()).map(drop))?;
    }
    Ok(stream)
}
