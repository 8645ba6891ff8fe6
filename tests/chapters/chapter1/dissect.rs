//! Packets, layer by layer, from captures that may lie.

use std::path::Path;

use super::{NAME, fails, printed};
use crate::support::program;

const HEADER: usize = 24;

#[test]
fn the_recorded_conversation_is_shown_layer_by_layer() {
    let text = printed(["dissect", "--recorded"]);
    for claim in [
        "packet 1, after 0.000000 s, 74 bytes\n    Ethernet  00:00:00:00:00:00 > 00:00:00:00:00:00, IPv4\n",
        "    IPv4      127.0.0.1 > 127.0.0.1, TCP, 60 bytes, 64 hops left\n",
        "8080, SYN, seq 0, window 65495\n",
        ", SYN ACK, seq 0, ack 1, window 65483\n",
        ", ACK, seq 1, ack 1, window 65536\n",
        ", FIN ACK, seq 10, ack 1, window 65536\n",
        "    line      \"hello\\n\"\n    part      \"wor\"\n",
        ", RST ACK, seq 12, ack 12, window 65536\n",
    ] {
        assert!(text.contains(claim), "{claim:?} in:\n{text}");
    }
    assert_eq!(text.matches("packet ").count(), 20);
}

#[test]
fn a_file_and_standard_input_are_shown_alike() {
    let expected = printed(["dissect", "--recorded"]);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("chapters/ch01_sockets/conversation.pcap");
    assert_eq!(printed(["dissect", file.to_str().unwrap()]), expected);
    assert_eq!(dissected(recorded()), expected);
    program(NAME).args(["dissect", "-"]).write_stdin(recorded()).assert().success().stdout(expected);
}

#[test]
fn both_byte_orders_and_nanoseconds_are_read() {
    let expected = dissected(recorded());
    assert_eq!(dissected(rewritten(0xa1b2_c3d4, 1, u32::to_be_bytes)), expected);
    assert_eq!(dissected(rewritten(0xa1b2_3c4d, 1000, u32::to_le_bytes)), expected);
    assert_eq!(dissected(rewritten(0xa1b2_3c4d, 1000, u32::to_be_bytes)), expected);
}

#[test]
fn cooked_raw_and_null_captures_are_read() {
    let ip: Vec<Vec<u8>> = packets().into_iter().map(|packet| packet[14..].to_vec()).collect();
    let prefixed = |prefix: &[u8]| ip.iter().map(|packet| [prefix, packet].concat()).collect::<Vec<_>>();
    let cooked = [&[0; 14][..], &[8, 0]].concat();
    let cooked_2 = [&[8, 0][..], &[0; 18]].concat();
    for (link, prefix) in [(101, &[][..]), (228, &[]), (113, &cooked), (276, &cooked_2), (0, &[2, 0, 0, 0])] {
        let text = dissected(capture(link, &prefixed(prefix)));
        assert_eq!(text.matches("TCP  ").count(), 20, "link type {link}:\n{text}");
        assert!(text.contains("\n    line      \"hello\\n\"\n    part      \"wor\"\n"), "{text}");
    }
    assert!(
        dissected(capture(147, &ip)).contains("    network   of type 147, which is not among those that we know\n")
    );
}

#[test]
fn ipv6_extension_headers_and_udp_are_read() {
    // Version 6, 17 bytes after the header, first a hop-by-hop header of eight bytes, then UDP.
    let header = [&[0x60, 0, 0, 0, 0, 17, 0, 64][..], &[0; 15], &[1], &[0; 15], &[1]].concat();
    let rest = [&[17, 0, 0, 0, 0, 0, 0, 0][..], &[0, 53, 0x1f, 0x90, 0, 9, 0, 0], b"!padding"].concat();
    let text = dissected(capture(101, &[[header, rest].concat()]));
    let expected = "    IPv6      ::1 > ::1, protocol 0, 17 bytes, 64 hops left\n    UDP       53 > 8080, 9 bytes\n    data      \"!\"\n";
    assert!(text.ends_with(expected), "{text}");
}

#[test]
fn a_lie_in_the_file_is_a_clear_error() {
    let with = |at: usize, number: u32| {
        let mut bytes = recorded();
        bytes[at..at + 4].copy_from_slice(&number.to_le_bytes());
        bytes
    };
    for (bytes, why) in [
        (Vec::new(), "it is too short for a capture of tcpdump"),
        (
            b"GET / HTTP/1.1\r\n\r\n and so on".to_vec(),
            "it is not a capture of tcpdump (pcap): its first four bytes are wrong",
        ),
        (with(0, 0x0a0d_0d0a), "it is in the newer format pcapng; `editcap -F pcap` converts it"),
        (recorded()[..20].to_vec(), "it ends inside its header"),
        (recorded()[..HEADER + 15].to_vec(), "it ends inside the header of packet 1"),
        (recorded()[..HEADER + 16 + 73].to_vec(), "it ends after 73 of the 74 bytes of packet 1"),
        (with(HEADER + 8, u32::MAX), "packet 1 claims to have 4294967295 bytes; more than 262144 is damage"),
        (with(HEADER + 12, 73), "packet 1 claims to have 73 bytes, of which 74 were captured"),
        (with(HEADER + 4, 1_000_000), "packet 1 has an impossible time: more than a second after the second"),
    ] {
        let complaint = format!("ch01_sockets: standard input cannot be dissected: {why}\n");
        program(NAME).arg("dissect").write_stdin(bytes).assert().code(1).stderr(complaint);
    }
    // The longest packet that the file promises takes no memory, and does not matter.
    assert_eq!(dissected(with(16, u32::MAX)), dissected(recorded()));
}

#[test]
fn a_packet_that_was_cut_off_is_shown_as_far_as_it_goes() {
    let whole = packets()[3].clone();
    let mut bytes = capture(1, &[whole[..40].to_vec()]);
    bytes[HEADER + 12..HEADER + 16].copy_from_slice(&75_u32.to_le_bytes());
    let text = dissected(bytes);
    for claim in [
        "packet 1, after 0.000000 s, 75 bytes\n    cut off   40 of these bytes were captured\n",
        "    cut off   26 of these 61 bytes were captured\n",
        "    cut off   4 bytes should follow, but there are 2\n",
    ] {
        assert!(text.contains(claim), "{claim:?} in:\n{text}");
    }
}

#[test]
fn no_packet_makes_it_panic() {
    let (mut packets, whole) = (Vec::new(), packets());
    for packet in [&whole[0], &whole[3]] {
        packets.extend((0..packet.len()).map(|length| packet[..length].to_vec()));
        for (at, byte) in (0..packet.len()).flat_map(|at| [0, 1, 0x45, 0x60, 0x7f, 0xff].map(|byte| (at, byte))) {
            let mut damaged = packet.clone();
            damaged[at] = byte;
            packets.push(damaged);
        }
    }
    for link in [0, 1, 101, 113, 276] {
        assert_eq!(dissected(capture(link, &packets)).matches("packet ").count(), packets.len());
    }
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    fails(["dissect", "no/such.pcap"], 1, "ch01_sockets: cannot open 'no/such.pcap': no such file or directory\n");
    fails(["dissect", "a.pcap", "--recorded"], 2, "ch01_sockets: dissect takes a file or --recorded, not both\n");
}

fn recorded() -> Vec<u8> {
    include_bytes!("../../../chapters/ch01_sockets/conversation.pcap").to_vec()
}

/// The packets of the recorded conversation.
fn packets() -> Vec<Vec<u8>> {
    let (bytes, mut at, mut packets) = (recorded(), HEADER, Vec::new());
    while at < bytes.len() {
        let length = u32::from_le_bytes(*bytes[at + 8..].first_chunk().unwrap()) as usize;
        packets.push(bytes[at + 16..at + 16 + length].to_vec());
        at += 16 + length;
    }
    packets
}

/// A capture of these packets, all at one time.
fn capture(link: u32, packets: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes: Vec<u8> = [0xa1b2_c3d4, 0x0004_0002, 0, 0, 65_535, link].map(u32::to_le_bytes).concat();
    for packet in packets {
        bytes.extend([0, 0, packet.len() as u32, packet.len() as u32].map(u32::to_le_bytes).concat());
        bytes.extend(packet);
    }
    bytes
}

/// The recorded conversation in another byte order, or with another unit of time.
fn rewritten(magic: u32, unit: u32, number: fn(u32) -> [u8; 4]) -> Vec<u8> {
    let (old, mut at) = (recorded(), HEADER);
    let read = |at: usize| u32::from_le_bytes(*old[at..].first_chunk().unwrap());
    let mut bytes: Vec<u8> = [magic, read(4), read(8), read(12), read(16), read(20)].map(number).concat();
    while at < old.len() {
        bytes.extend([read(at), read(at + 4) * unit, read(at + 8), read(at + 12)].map(number).concat());
        let end = at + 16 + read(at + 8) as usize;
        bytes.extend(&old[at + 16..end]);
        at = end;
    }
    bytes
}

/// What the program prints for a capture on standard input.
#[track_caller]
fn dissected(bytes: Vec<u8>) -> String {
    let run = program(NAME).arg("dissect").write_stdin(bytes).assert().success().stderr("");
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}
