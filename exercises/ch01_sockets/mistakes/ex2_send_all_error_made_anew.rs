//! caught by the_error_is_the_one_that_write_gave: wrong
//! It keeps the kind of the error, and loses what it says.

use std::io::{self, ErrorKind, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error.kind().into()),
        }
    }
    Ok(())
}
