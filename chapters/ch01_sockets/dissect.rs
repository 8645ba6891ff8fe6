//! `dissect`: your own packets, layer by layer, from a capture of tcpdump.
//!
//! `tcpdump -i lo -U -w - port 8080 | ch01_sockets dissect` shows them as they travel (tcpdump needs root); a file can
//! be shown later. `--recorded` shows a conversation that was recorded for the chapter.

use std::fs::File;
use std::io::{self, IsTerminal, Read, Write};
use std::time::Duration;

use sttp::args::{Exit, Given};
use sttp::log;

use crate::packet::layers;
use crate::pcap::{Capture, Packet};
use crate::segment::Streams;

/// Two conversations with `echo`: one ends with a half-close, the other with a reset.
const RECORDED: &[u8] = include_bytes!("conversation.pcap");

pub(crate) fn run(given: &Given) -> Result<(), Exit> {
    match given.words.get(1).map(String::as_str) {
        Some(_) if given.has("recorded") => Err(Exit::Usage("dissect takes a file or --recorded, not both".into())),
        None if given.has("recorded") => show("the recorded conversation", RECORDED),
        None if io::stdin().is_terminal() => {
            Err(Exit::Usage("dissect needs a capture of tcpdump: dissect FILE, or --recorded".into()))
        }
        None | Some("-") => show("standard input", io::stdin()),
        Some(file) => match File::open(file) {
            Ok(open) => show(&format!("'{file}'"), io::BufReader::new(open)),
            Err(error) => Err(Exit::failed(format_args!("cannot open '{file}'"), &error)),
        },
    }
}

fn show(name: &str, source: impl Read) -> Result<(), Exit> {
    let wrong = |why| Exit::Failed(format!("{name} cannot be dissected: {why}"));
    let mut capture = Capture::open(source).map_err(wrong)?;
    let (mut streams, mut begin, mut number) = (Streams::default(), None, 0);
    while let Some(packet) = capture.next_packet().map_err(wrong)? {
        number += 1;
        let begin = *begin.get_or_insert(packet.time);
        let text = text(number, &packet, capture.link, begin, &mut streams);
        io::stdout().write_all(text.as_bytes())?;
    }
    if number == 0 {
        log::info(format_args!("there are no packets in {name}"));
    }
    Ok(())
}

fn text(number: usize, packet: &Packet, link: u32, begin: Duration, streams: &mut Streams) -> String {
    let time = packet.time.saturating_sub(begin).as_secs_f64();
    let mut text = format!("packet {number}, after {time:.6} s, {} bytes\n", packet.length);
    if packet.bytes.len() < packet.length {
        text += &format!("    cut off   {} of these bytes were captured\n", packet.bytes.len());
    }
    for (name, says) in layers(link, &packet.bytes, streams) {
        text += &format!("    {name:9} {says}\n");
    }
    text
}
