//! Thousands of random requests, against a model.

use super::server;
use crate::support::model::Model;
use crate::support::{Folder, Peer};

/// Random numbers that come again in the same order (xorshift64*, Vigna 2016).
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// A line that is mostly a good request over few paths, and now and then breaks a rule.
    fn line(&mut self) -> Vec<u8> {
        let action =
            self.pick(&["CREATE", "CREATE", "SHOW", "SHOW", "LIST", "DELETE", "UPDATE", "UPDATE", "PUT", "show", ""]);
        let mut path = String::new();
        for _ in 0..=self.roll(3) {
            path += self.pick(&["/a", "/a", "/b", "/b", "/a.txt", "/é", "/a-b", "/.a", "/..", "/", "a"]);
        }
        path += self.pick(&[
            "",
            "",
            "",
            "",
            "",
            "/",
            "/0123456789abcdefghijklmnopqrstuv",
            "/0123456789abcdefghijklmnopqrstuvw",
        ]);
        let space = self.pick(&[" ", " ", " ", " ", " ", " ", " ", "  ", "", "\t"]);
        let mut line = format!("{action}{space}{path}").into_bytes();
        if matches!(action, "CREATE" | "UPDATE") != (self.roll(16) == 0) {
            line.push(b' ');
            line.extend(self.contents());
        }
        if self.roll(40) == 0 {
            let at = self.roll(line.len() + 1);
            line.insert(at, [0, 0x1b, 0x7f, 0xff, b'\t', b'"'][self.roll(6)]);
        }
        if self.roll(8) == 0 {
            line.push(b'\r');
        }
        line
    }

    fn contents(&mut self) -> Vec<u8> {
        let word = self.pick(&["", "x", "\"", "\"\"", "\"\"\"", "\"x y\"", " x ", "é", "\tx", "x\ry", "\u{85}", "🦀"]);
        let times = [1, 1, 1, 2, 80, 160, 161][self.roll(7)];
        word.repeat(times).into_bytes()
    }
}

#[test]
fn random_requests_are_answered_as_the_model_says() {
    let folder = Folder::new();
    let server = server(&folder);
    let mut peer = server.connect();
    converse(&mut peer, &mut Dice(0x5EED), 5_000);
}

/// Batches of every size, so that a line is also split and joined at random.
fn converse(peer: &mut Peer, dice: &mut Dice, requests: usize) {
    let mut model = Model::new();
    let mut left = requests;
    while left > 0 {
        let batch = (1 + dice.roll(40)).min(left);
        left -= batch;
        let lines: Vec<_> = (0..batch).map(|_| dice.line()).filter(|line| !matches!(&line[..], b"" | b"\r")).collect();
        let sent: Vec<u8> = lines.iter().flat_map(|line| [&line[..], b"\n"].concat()).collect();
        let cut = dice.roll(sent.len() + 1);
        peer.send(&sent[..cut]).send(&sent[cut..]);
        for line in lines {
            let expected = model.answer(&line);
            eprintln!("{:?} should be answered {expected:?}", line.escape_ascii().to_string());
            peer.expect_like(expected.as_bytes());
        }
    }
}
