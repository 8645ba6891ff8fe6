//! The file format of tcpdump (pcap): a header of 24 bytes, then packets, each with a header of 16 bytes.
//!
//! The numbers are in the byte order of the machine that wrote the file, and the first of them, the magic number, tells
//! which that is. Every length in the file may be a lie, so memory is taken only for bytes that arrive.

use std::io::{ErrorKind, Read};
use std::time::Duration;

use sttp::log;

/// The most bytes of one packet that tcpdump writes.
const MOST: u32 = 262_144;

/// The first number of a file whose times are in microseconds, and in nanoseconds.
const MICROS: u32 = 0xa1b2_c3d4;
const NANOS: u32 = 0xa1b2_3c4d;

/// A pcap file, or one that is still being written into a pipe.
pub(crate) struct Capture<R> {
    source: R,
    big_endian: bool,
    /// How many fractions of a second, as the file counts them, make a second.
    per_second: u32,
    /// The type of the network: what each packet begins with.
    pub(crate) link: u32,
    packets: usize,
}

pub(crate) struct Packet {
    /// Since 1970.
    pub(crate) time: Duration,
    /// The bytes that were captured.
    pub(crate) bytes: Vec<u8>,
    /// How many bytes the packet had on the wire.
    pub(crate) length: usize,
}

impl<R: Read> Capture<R> {
    /// Reads the header of the file.
    pub(crate) fn open(mut source: R) -> Result<Capture<R>, String> {
        let mut header = [0; 24];
        let count = fill(&mut source, &mut header)?;
        let magic = u32::from_le_bytes([header[0], header[1], header[2], header[3]]);
        let (big_endian, per_second) = match (magic, magic.swap_bytes()) {
            _ if count < 4 => return Err("it is too short for a capture of tcpdump".into()),
            (MICROS, _) => (false, 1_000_000),
            (NANOS, _) => (false, 1_000_000_000),
            (_, MICROS) => (true, 1_000_000),
            (_, NANOS) => (true, 1_000_000_000),
            (0x0a0d_0d0a, _) => return Err("it is in the newer format pcapng; `editcap -F pcap` converts it".into()),
            _ => return Err("it is not a capture of tcpdump (pcap): its first four bytes are wrong".into()),
        };
        if count < header.len() {
            return Err("it ends inside its header".into());
        }
        let mut capture = Capture { source, big_endian, per_second, link: 0, packets: 0 };
        // Above 16 bits there are flags.
        capture.link = capture.number(&header, 20) & 0xffff;
        Ok(capture)
    }

    /// Reads the next packet; `None` at the end of the file.
    pub(crate) fn next_packet(&mut self) -> Result<Option<Packet>, String> {
        let mut header = [0; 16];
        self.packets += 1;
        let number = self.packets;
        match fill(&mut self.source, &mut header)? {
            0 => return Ok(None),
            16 => {}
            _ => return Err(format!("it ends inside the header of packet {number}")),
        }
        let [seconds, fraction, captured, length] = [0, 4, 8, 12].map(|at| self.number(&header, at));
        if captured > MOST {
            return Err(format!("packet {number} claims to have {captured} bytes; more than {MOST} is damage"));
        }
        if captured > length {
            return Err(format!("packet {number} claims to have {length} bytes, of which {captured} were captured"));
        }
        if fraction >= self.per_second {
            return Err(format!("packet {number} has an impossible time: more than a second after the second"));
        }
        let bytes = self.bytes(captured, number)?;
        let nanos = fraction * (1_000_000_000 / self.per_second);
        Ok(Some(Packet { time: Duration::new(seconds.into(), nanos), bytes, length: length as usize }))
    }

    fn bytes(&mut self, count: u32, number: usize) -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        let read = self.source.by_ref().take(count.into()).read_to_end(&mut bytes);
        read.map_err(|error| format!("cannot read on: {}", log::reason(&error)))?;
        match bytes.len() == count as usize {
            true => Ok(bytes),
            false => Err(format!("it ends after {} of the {count} bytes of packet {number}", bytes.len())),
        }
    }

    fn number(&self, header: &[u8], at: usize) -> u32 {
        let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
        if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
    }
}

/// Reads until `into` is full or the input ends. Returns how many bytes were read.
fn fill(source: &mut impl Read, into: &mut [u8]) -> Result<usize, String> {
    let mut count = 0;
    while count < into.len() {
        match source.read(&mut into[count..]) {
            Ok(0) => break,
            Ok(more) => count += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(format!("cannot read on: {}", log::reason(&error))),
        }
    }
    Ok(count)
}
