//! caught by the_rules: wrong
//! The loop is the standard library's after all, in a wrapper that has nothing else to do.

use std::io::{self, Write};

struct Wrapper<'a, W>(&'a mut W);

impl<W: Write> Write for Wrapper<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

pub fn send_all<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<()> {
    io::Write::write_all(&mut Wrapper(out), bytes)
}
