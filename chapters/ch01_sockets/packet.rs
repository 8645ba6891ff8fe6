//! One packet, layer by layer: the network that it travelled on, IP, then TCP or UDP, then what our programs wrote.
//!
//! Each layer is a header that says what comes after it. Lengths are checked against the bytes that are there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::bytes::{Bytes, TooShort};
use crate::segment::{self, Streams};

/// One layer of a packet: its name, and what its header says.
pub(crate) type Layer = (&'static str, String);

/// The payload of IP, with the addresses.
pub(crate) struct Carried<'a> {
    pub(crate) from: IpAddr,
    pub(crate) to: IpAddr,
    pub(crate) bytes: Bytes<'a>,
}

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const TCP: u8 = 6;
const UDP: u8 = 17;

/// Returns the layers of a packet of a network of type `link`, as far as they are complete.
pub(crate) fn layers(link: u32, bytes: &[u8], streams: &mut Streams) -> Vec<Layer> {
    let mut layers = Vec::new();
    if let Err(short) = dissect(link, Bytes::new(bytes), streams, &mut layers) {
        layers.push(("cut off", format!("{short}")));
    }
    layers
}

fn dissect(link: u32, mut bytes: Bytes, streams: &mut Streams, layers: &mut Vec<Layer>) -> Result<(), TooShort> {
    let (carried, protocol) = match network(link, &mut bytes, layers)? {
        Some(IPV4) => ipv4(bytes, layers)?,
        Some(IPV6) => ipv6(bytes, layers)?,
        _ => {
            layers.push(("payload", format!("{} bytes, not of IP", bytes.rest().len())));
            return Ok(());
        }
    };
    match protocol {
        Some(TCP) => segment::tcp(carried, streams, layers),
        Some(UDP) => segment::udp(carried, layers),
        _ => {
            layers.push(("payload", format!("{} bytes", carried.bytes.rest().len())));
            Ok(())
        }
    }
}

/// Reads the header of the network, and returns the type of what it carries.
fn network(link: u32, bytes: &mut Bytes, layers: &mut Vec<Layer>) -> Result<Option<u16>, TooShort> {
    let kind = match link {
        0 => null(bytes, layers)?,
        1 => ethernet(bytes, layers)?,
        113 => cooked(bytes, layers)?,
        276 => cooked_2(bytes, layers)?,
        // Raw: nothing comes before IP, whose first four bits are its version.
        101 | 228 | 229 if bytes.rest().first().is_some_and(|byte| byte >> 4 == 6) => IPV6,
        101 | 228 | 229 => IPV4,
        _ => {
            layers.push(("network", format!("of type {link}, which is not among those that we know")));
            return Ok(None);
        }
    };
    Ok(Some(kind))
}

fn ethernet(bytes: &mut Bytes, layers: &mut Vec<Layer>) -> Result<u16, TooShort> {
    let [to, from] = [bytes.array()?, bytes.array()?].map(hardware);
    let mut kind = bytes.u16()?;
    // A tag says which virtual network (VLAN) the packet belongs to; the real type comes after it.
    while matches!(kind, 0x8100 | 0x88a8) {
        bytes.take(2)?;
        kind = bytes.u16()?;
    }
    layers.push(("Ethernet", format!("{from} > {to}, {}", kind_name(kind))));
    Ok(kind)
}

/// Linux's own header, which `tcpdump -i any` writes in place of that of the network.
fn cooked(bytes: &mut Bytes, layers: &mut Vec<Layer>) -> Result<u16, TooShort> {
    bytes.take(14)?;
    let kind = bytes.u16()?;
    layers.push(("cooked", format!("by Linux, {}", kind_name(kind))));
    Ok(kind)
}

fn cooked_2(bytes: &mut Bytes, layers: &mut Vec<Layer>) -> Result<u16, TooShort> {
    let kind = bytes.u16()?;
    bytes.take(18)?;
    layers.push(("cooked", format!("by Linux, {}", kind_name(kind))));
    Ok(kind)
}

/// The loopback of BSD and macOS: the address family, in the byte order of that machine.
fn null(bytes: &mut Bytes, layers: &mut Vec<Layer>) -> Result<u16, TooShort> {
    let family = bytes.array::<4>()?;
    let kind = if family.contains(&2) { IPV4 } else { IPV6 };
    layers.push(("loopback", kind_name(kind)));
    Ok(kind)
}

fn ipv4<'a>(mut bytes: Bytes<'a>, layers: &mut Vec<Layer>) -> Result<(Carried<'a>, Option<u8>), TooShort> {
    let whole = bytes.rest();
    // Four bits of version, four bits for the length of the header in words of four bytes.
    let header = usize::from(bytes.u8()? & 15) * 4;
    bytes.take(1)?;
    let length = usize::from(bytes.u16()?);
    bytes.take(2)?;
    // Three flags, then where in the datagram this fragment belongs.
    let offset = usize::from(bytes.u16()? & 0x1fff) * 8;
    let (hops, protocol) = (bytes.u8()?, bytes.u8()?);
    bytes.take(2)?;
    let [from, to] = [bytes.array::<4>()?, bytes.array()?].map(Ipv4Addr::from);
    let fragment = if offset > 0 { format!(", a fragment from byte {offset}") } else { String::new() };
    let text = format!("{from} > {to}, {}, {length} bytes, {hops} hops left{fragment}", protocol_name(protocol));
    layers.push(("IPv4", text));
    let bytes = within(whole, header.max(20), length, layers)?;
    let carried = Carried { from: from.into(), to: to.into(), bytes };
    // Only the first fragment has the next header.
    Ok((carried, Some(protocol).filter(|_| offset == 0)))
}

fn ipv6<'a>(mut bytes: Bytes<'a>, layers: &mut Vec<Layer>) -> Result<(Carried<'a>, Option<u8>), TooShort> {
    let whole = bytes.rest();
    bytes.take(4)?;
    let length = usize::from(bytes.u16()?);
    let (mut protocol, hops) = (bytes.u8()?, bytes.u8()?);
    let [from, to] = [bytes.array::<16>()?, bytes.array()?].map(Ipv6Addr::from);
    let text = format!("{from} > {to}, {}, {length} bytes, {hops} hops left", protocol_name(protocol));
    layers.push(("IPv6", text));
    let mut bytes = within(whole, 40, 40 + length, layers)?;
    // Extension headers: each says what comes next, and how many times eight bytes it has after the first eight.
    while matches!(protocol, 0 | 43 | 60) {
        protocol = bytes.u8()?;
        let words = usize::from(bytes.u8()?);
        bytes.take(6 + 8 * words)?;
    }
    Ok((Carried { from: from.into(), to: to.into(), bytes }, Some(protocol)))
}

/// Returns what a packet of `length` bytes carries after its header. Any further bytes are padding of the network.
fn within<'a>(whole: &'a [u8], header: usize, length: usize, layers: &mut Vec<Layer>) -> Result<Bytes<'a>, TooShort> {
    if length > whole.len() {
        layers.push(("cut off", format!("{} of these {length} bytes were captured", whole.len())));
    }
    // A network card that cuts segments itself leaves the length 0.
    let end = if length == 0 { whole.len() } else { length.min(whole.len()) };
    let mut bytes = Bytes::new(&whole[..end]);
    bytes.take(header)?;
    Ok(bytes)
}

fn hardware(address: [u8; 6]) -> String {
    address.map(|byte| format!("{byte:02x}")).join(":")
}

fn kind_name(kind: u16) -> String {
    match kind {
        IPV4 => "IPv4".into(),
        IPV6 => "IPv6".into(),
        0x0806 => "ARP".into(),
        other => format!("type {other:#06x}"),
    }
}

fn protocol_name(protocol: u8) -> String {
    match protocol {
        1 | 58 => "ICMP".into(),
        TCP => "TCP".into(),
        UDP => "UDP".into(),
        other => format!("protocol {other}"),
    }
}
