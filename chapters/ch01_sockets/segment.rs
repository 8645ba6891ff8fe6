//! TCP and UDP, and the lines inside.
//!
//! TCP numbers every byte, from a random beginning. To be readable, the numbers here count from that beginning, which
//! has to be remembered for each direction of each connection.

use std::collections::HashMap;
use std::net::SocketAddr;

use crate::bytes::{Bytes, TooShort};
use crate::packet::{Carried, Layer};

/// The most directions that are remembered. With more, the numbers of all connections begin at their next packet.
const MOST: usize = 10_000;

/// The most lines of one packet that are shown, and the most bytes of a line.
const SHOWN: (usize, usize) = (5, 80);

/// What is remembered of each direction of each connection, from the first address to the second.
#[derive(Default)]
pub(crate) struct Streams(HashMap<(SocketAddr, SocketAddr), Direction>);

#[derive(Clone, Copy, Default)]
struct Direction {
    /// The number that is shown as 0.
    first: u32,
    /// The window in the header counts units of two to this power, if both sides said so in their SYN.
    scale: Option<u8>,
}

struct Flags(u8);

pub(crate) fn tcp(mut carried: Carried, streams: &mut Streams, layers: &mut Vec<Layer>) -> Result<(), TooShort> {
    let bytes = &mut carried.bytes;
    let (from, to) = (bytes.u16()?, bytes.u16()?);
    let (seq, ack) = (bytes.u32()?, bytes.u32()?);
    // Four bits for the length of the header in words of four bytes.
    let header = usize::from(bytes.u8()? >> 4) * 4;
    let (flags, window) = (Flags(bytes.u8()?), bytes.u16()?);
    bytes.take(4)?;
    let options = bytes.take(header.saturating_sub(20))?;
    let data = bytes.rest();

    let way = (SocketAddr::new(carried.from, from), SocketAddr::new(carried.to, to));
    let seen = streams.see(way, seq, &flags, options);
    let mut text = format!("{from} > {to}, {}, seq {}", flags.names(), seq.wrapping_sub(seen.first));
    if flags.has(Flags::ACK) {
        text += &format!(", ack {}", ack.wrapping_sub(streams.acknowledged(way, ack)));
    }
    // The window of a SYN is never scaled: the other side does not know the scale yet.
    let both = seen.scale.filter(|_| !flags.has(Flags::SYN) && streams.scales((way.1, way.0)));
    text += &format!(", window {}", u32::from(window) << both.unwrap_or(0));
    layers.push(("TCP", text));
    payload(data, layers);
    Ok(())
}

pub(crate) fn udp(mut carried: Carried, layers: &mut Vec<Layer>) -> Result<(), TooShort> {
    let bytes = &mut carried.bytes;
    let (from, to, length) = (bytes.u16()?, bytes.u16()?, bytes.u16()?);
    bytes.take(2)?;
    layers.push(("UDP", format!("{from} > {to}, {length} bytes")));
    let data = bytes.rest();
    let data = &data[..data.len().min(usize::from(length).saturating_sub(8))];
    layers.push(("data", quoted(data)));
    Ok(())
}

/// Shows what our programs wrote, cut at the newlines. A packet may hold half a line, or three and a half.
fn payload(data: &[u8], layers: &mut Vec<Layer>) {
    let lines: Vec<&[u8]> = data.split_inclusive(|&byte| byte == b'\n').collect();
    for line in lines.iter().take(SHOWN.0) {
        layers.push((if line.ends_with(b"\n") { "line" } else { "part" }, quoted(line)));
    }
    if lines.len() > SHOWN.0 {
        layers.push(("lines", format!("{} more", lines.len() - SHOWN.0)));
    }
}

fn quoted(bytes: &[u8]) -> String {
    let (shown, rest) = bytes.split_at(bytes.len().min(SHOWN.1));
    let more = if rest.is_empty() { String::new() } else { format!(" and {} bytes more", rest.len()) };
    format!("\"{}\"{more}", shown.escape_ascii())
}

impl Streams {
    /// Remembers what a segment says about its direction, and returns that.
    fn see(&mut self, way: (SocketAddr, SocketAddr), seq: u32, flags: &Flags, options: &[u8]) -> Direction {
        let new = if flags.has(Flags::SYN) {
            Direction { first: seq, scale: scale(options) }
        } else {
            // The beginning was not captured: this byte counts as the first.
            self.get(way).unwrap_or(Direction { first: seq.wrapping_sub(1), scale: None })
        };
        if self.0.len() >= MOST {
            self.0.clear();
        }
        self.0.insert(way, new);
        new
    }

    /// Returns the number from which the acknowledged direction counts.
    fn acknowledged(&mut self, (from, to): (SocketAddr, SocketAddr), ack: u32) -> u32 {
        let first = ack.wrapping_sub(1);
        self.0.entry((to, from)).or_insert(Direction { first, scale: None }).first
    }

    fn scales(&self, way: (SocketAddr, SocketAddr)) -> bool {
        self.get(way).is_some_and(|direction| direction.scale.is_some())
    }

    fn get(&self, way: (SocketAddr, SocketAddr)) -> Option<Direction> {
        self.0.get(&way).copied()
    }
}

/// Finds the scale of the window among the options of a SYN: kind 3, length 3, and the power.
fn scale(options: &[u8]) -> Option<u8> {
    let mut bytes = Bytes::new(options);
    loop {
        match bytes.u8().ok()? {
            0 => return None,
            1 => {}
            3 => return bytes.take(2).ok().map(|option| option[1].min(14)),
            _ => {
                let length = usize::from(bytes.u8().ok()?);
                bytes.take(length.checked_sub(2)?).ok()?;
            }
        }
    }
}

impl Flags {
    const SYN: u8 = 2;
    const ACK: u8 = 16;

    fn has(&self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    fn names(&self) -> String {
        let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"];
        let set: Vec<&str> = (0..8).filter(|bit| self.has(1 << bit)).map(|bit| names[bit]).collect();
        if set.is_empty() { "no flags".into() } else { set.join(" ") }
    }
}
