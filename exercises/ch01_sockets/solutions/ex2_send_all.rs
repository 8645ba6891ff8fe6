//! The slice itself remembers what is left: it shrinks by the bytes that were taken.

use std::io::{self, ErrorKind, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
