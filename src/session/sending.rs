//! Sending answers to a client that may read slowly, or not at all.
//!
//! A write timeout alone would either cut off a client that reads slowly but all the time, or let one that reads a byte
//! now and then keep its thread for hours. So there are two rules: how long it may read nothing, and how much it must read
//! on average. What counts is what has reached the client's system, as far as ours knows. Chapter 2; `sttp.md` section 3.

use std::io::{self, ErrorKind};
use std::time::{Duration, Instant};

use super::{Stream, is_timeout};

/// Once this many bytes of answers are waiting, they are written even if more requests have arrived.
pub const OUTPUT_ENOUGH: usize = 64 * 1024;

/// The fewest bytes per second that a client must read, on average over what is written to it at once. Otherwise it
/// could keep its thread for hours, a byte at a time.
const FLOOR: usize = 1024;

/// How often in its write timeout a client that does not read is looked at.
pub const LOOKS: u32 = 8;

/// Writes all of `output`, for as long as the client goes on reading, and empties it. If it has grown for a large answer,
/// the memory is given back.
pub fn send(stream: &mut impl Stream, output: &mut Vec<u8>, limit: Duration) -> io::Result<()> {
    let sent = write_all(stream, output, limit);
    output.clear();
    output.shrink_to(OUTPUT_ENOUGH);
    sent
}

fn write_all(stream: &mut impl Stream, mut bytes: &[u8], limit: Duration) -> io::Result<()> {
    stream.limit_write(limit / LOOKS)?;
    let mut reader: Option<Reader> = None;
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted || is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
        if !bytes.is_empty() {
            let (left, now) = (bytes.len() + stream.unsent(), Instant::now());
            if !reader.get_or_insert(Reader::new(left, now)).goes_on(left, now, limit) {
                return Err(ErrorKind::TimedOut.into());
            }
        }
    }
    Ok(())
}

/// A client that has not read all of its answers yet.
#[derive(Debug)]
pub struct Reader {
    /// When the first write could not take everything, and how much was left then.
    begun: (Instant, usize),
    /// When it was last seen to have read something, and how much was left then.
    last: (Instant, usize),
}

impl Reader {
    /// A client that has just been found not to take everything; `left` bytes have not reached it.
    pub fn new(left: usize, now: Instant) -> Reader {
        Reader { begun: (now, left), last: (now, left) }
    }

    /// So many more bytes are to be sent.
    pub fn gets_more(&mut self, bytes: usize) {
        self.begun.1 += bytes;
        self.last.1 += bytes;
    }

    /// Whether it reads: it has read something within `limit`, and [`FLOOR`] bytes in each second before.
    pub fn goes_on(&mut self, left: usize, now: Instant, limit: Duration) -> bool {
        if left < self.last.1 {
            self.last = (now, left);
        }
        let earned = Duration::from_secs_f64((self.begun.1 - self.last.1) as f64 / FLOOR as f64);
        now - self.last.0 < limit && now - self.begun.0 < limit + earned
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};

    const SECOND: Duration = Duration::from_secs(1);

    /// Whether a client that has read this many bytes after so many seconds each goes on to the end.
    fn is_kept(reads: &[(u32, usize)]) -> bool {
        let (begun, all) = (Instant::now(), 1_000_000);
        let mut reader = Reader::new(all, begun);
        reads.iter().all(|&(seconds, read)| reader.goes_on(all - read, begun + SECOND * seconds, 5 * SECOND))
    }

    #[test]
    fn a_client_that_reads_slowly_is_kept_and_one_that_does_not_read_is_not() {
        assert!(is_kept(&[(1, 0), (4, 0)]), "there is time left");
        assert!(!is_kept(&[(1, 0), (5, 0)]), "it has read nothing");
        assert!(is_kept(&[(4, 5000), (8, 10_000), (12, 15_000), (16, 20_000)]), "it reads all the time");
        assert!(!is_kept(&[(4, 5000), (8, 10_000), (13, 10_000)]), "it has stopped reading");
    }

    #[test]
    fn a_client_that_reads_a_byte_now_and_then_is_not_kept() {
        let trickle: Vec<(u32, usize)> = (1..=6).map(|seconds| (seconds, seconds as usize)).collect();
        assert!(!is_kept(&trickle));
        let at_the_floor: Vec<(u32, usize)> = (1..=900).map(|seconds| (seconds, seconds as usize * FLOOR)).collect();
        assert!(is_kept(&at_the_floor));
    }

    /// A client that takes everything.
    struct Sink;

    impl Read for Sink {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Ok(0)
        }
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Stream for Sink {
        fn limit_read(&mut self, _: Duration) -> io::Result<()> {
            Ok(())
        }

        fn limit_write(&mut self, _: Duration) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_buffer_that_has_grown_for_a_large_answer_is_given_back() {
        let mut output = vec![b'x'; 3_000_000];
        send(&mut Sink, &mut output, SECOND).unwrap();
        assert!(output.is_empty() && output.capacity() <= OUTPUT_ENOUGH);
    }
}
