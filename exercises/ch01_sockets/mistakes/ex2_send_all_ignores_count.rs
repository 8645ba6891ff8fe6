//! caught by what_is_left_is_written_next: wrong
//! It cuts what it has into pieces by itself, and trusts that each is taken whole.

use std::io::{self, ErrorKind, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<()> {
    for piece in bytes.chunks(4096) {
        while let Err(error) = out.write(piece) {
            if error.kind() != ErrorKind::Interrupted {
                return Err(error);
            }
        }
    }
    Ok(())
}
