//! caught by what_is_left_is_written_next: wrong
//! It takes one write for the whole, whatever the write says.

use std::io::{self, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<()> {
    out.write(bytes)?;
    Ok(())
}
