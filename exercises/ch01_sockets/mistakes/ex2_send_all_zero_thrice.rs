//! caught by a_writer_that_takes_nothing_is_an_error: wrong
//! It gives a writer that takes nothing three more chances; in the end it does say so.

use std::io::{self, ErrorKind, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, mut bytes: &[u8]) -> io::Result<()> {
    let mut zeros = 0;
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) if zeros == 3 => return Err(ErrorKind::WriteZero.into()),
            Ok(0) => zeros += 1,
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
