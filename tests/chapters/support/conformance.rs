//! The conversations of `conformance.tsv`, with the exact bytes: every server of the course must hold all of them.

use super::{Folder, Peer, Server};

/// One conversation: what the client sends, what must come back, and the state of the connection afterwards.
pub struct Conversation<'a> {
    pub name: &'a str,
    pub send: Vec<u8>,
    /// A pattern: see [`Peer::expect_like`].
    pub receive: Vec<u8>,
    /// `open`, `closed`, or `eof` for closed after the end of the input.
    pub then: &'a str,
}

/// Holds every conversation, each with its own server on an empty docroot.
pub fn hold_all(binary: &str, args: &[&str]) {
    for conversation in all() {
        let docroot = Folder::new();
        let server = Server::on(&docroot, binary, args);
        eprintln!("conversation {}", conversation.name);
        conversation.hold(&mut server.connect());
    }
}

/// All conversations of the table.
pub fn all() -> Vec<Conversation<'static>> {
    let table = include_str!("../conformance.tsv");
    let conversations: Vec<_> = table.lines().filter(|line| !line.starts_with('#')).map(Conversation::parse).collect();
    assert_eq!(conversations.len(), 59, "the table has been cut");
    conversations
}

impl<'a> Conversation<'a> {
    fn parse(line: &'a str) -> Self {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[name, send, receive, then] = fields.as_slice() else { panic!("not four fields: {line}") };
        let receive = if receive == "-" { "" } else { receive };
        Conversation { name, send: bytes(send), receive: bytes(receive), then }
    }

    fn hold(&self, peer: &mut Peer) {
        peer.send(&self.send);
        match self.then {
            "open" => {
                peer.expect_like(&self.receive);
                peer.send("SHOW /is-it-still-open\n").expect("400 /is-it-still-open NOT FOUND\n");
            }
            "closed" => peer.expect_like(&self.receive).expect_closed(),
            "eof" => peer.finish().expect_like(&self.receive).expect_closed(),
            other => panic!("{}: unknown ending {other}", self.name),
        }
    }
}

/// The table's notation: `\n \r \t \\ \xNN` are bytes, `{TEXT*N}` is TEXT N times.
fn bytes(notation: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = notation;
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        match c {
            '{' => {
                let (repeated, after) = rest.split_once('}').expect("a } ends what a { began");
                let (text, times) = repeated.rsplit_once('*').expect("{TEXT*N}");
                bytes.extend(self::bytes(text).repeat(times.parse().expect("{TEXT*N}")));
                rest = after;
            }
            '\\' => {
                let length = if rest.starts_with('x') { 3 } else { 1 };
                bytes.push(escaped(&rest[..length]));
                rest = &rest[length..];
            }
            c => bytes.extend(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    bytes
}

fn escaped(notation: &str) -> u8 {
    match notation {
        "n" => b'\n',
        "r" => b'\r',
        "t" => b'\t',
        "\\" => b'\\',
        hex => u8::from_str_radix(&hex[1..], 16).expect("\\xNN"),
    }
}
