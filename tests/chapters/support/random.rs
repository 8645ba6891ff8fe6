//! Random requests, mostly valid ones over few paths, whose answers a model predicts.

use super::Peer;
use super::model::Model;

/// Random numbers in a repeatable order (xorshift64*, Vigna 2016).
pub struct Dice(u64);

impl Dice {
    /// Every seed has its own order.
    pub fn new(seed: u64) -> Dice {
        // Spread over all bits, so that neighbouring seeds have nothing in common; and 0 would stay 0 forever.
        Dice((seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15))
    }

    /// From 0 to `sides - 1`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % sides
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.roll(from.len())]
    }

    /// A line that is mostly a valid request over few paths, all below `home`, and sometimes breaks a rule.
    pub fn line(&mut self, home: &str) -> Vec<u8> {
        let action =
            self.pick(&["CREATE", "CREATE", "SHOW", "SHOW", "LIST", "DELETE", "UPDATE", "UPDATE", "PUT", "show", ""]);
        let mut path = home.to_owned();
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

/// Holds a conversation of this many random requests, all below the directory `home`, which must be the client's own; the
/// root is "". Fails at the first answer that the model does not predict.
#[track_caller]
pub fn converse(peer: &mut Peer, home: &str, dice: &mut Dice, requests: usize) {
    let mut model = Model::new();
    let mut left = requests;
    while left > 0 {
        // Batches of every size, so that lines are split and joined at random too.
        let batch = (1 + dice.roll(40)).min(left);
        left -= batch;
        let lines = (0..batch).map(|_| dice.line(home)).filter(|line| !matches!(&line[..], b"" | b"\r"));
        let lines: Vec<_> = lines.collect();
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
