//! A client that sends a line and reads the answer, and nothing more.

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// More than any server here needs for an answer.
const ENOUGH: Duration = Duration::from_secs(5);

pub(super) struct Client {
    reader: BufReader<TcpStream>,
    line: String,
}

impl Client {
    pub(super) fn connect(server: SocketAddr) -> io::Result<Client> {
        let stream = TcpStream::connect(server)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ENOUGH))?;
        Ok(Client { reader: BufReader::new(stream), line: String::new() })
    }

    /// Sends a request and waits for the answer: its code, and how long it took.
    pub(super) fn ask(&mut self, request: &str) -> io::Result<(u16, Duration)> {
        let start = Instant::now();
        self.reader.get_mut().write_all(format!("{request}\n").as_bytes())?;
        self.read_line()?;
        let code = self.line.split(' ').next().and_then(|code| code.parse().ok()).ok_or(ErrorKind::InvalidData)?;
        if code == 200 {
            self.read_line()?;
        }
        Ok((code, start.elapsed()))
    }

    fn read_line(&mut self) -> io::Result<()> {
        self.line.clear();
        match self.reader.read_line(&mut self.line)? {
            0 => Err(ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}
