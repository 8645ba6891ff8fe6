//! caught by each_write_is_offered_all_that_is_left: wrong
//! It cuts the bytes into buffers of 64 KiB, as one would for a copy: sixteen calls where one would do.

use std::io::{self, ErrorKind, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(&bytes[..bytes.len().min(64 << 10)]) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
