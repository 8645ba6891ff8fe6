//! caught by an_interrupted_write_is_tried_again_and_nothing_is_sent_twice: wrong
//! It begins anew after an interruption, and sends twice what had been taken.

use std::io::{self, ErrorKind, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, mut bytes: &[u8]) -> io::Result<()> {
    let all = bytes;
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(ErrorKind::WriteZero.into()),
            Ok(count) => bytes = &bytes[count..],
            Err(error) if error.kind() == ErrorKind::Interrupted => bytes = all,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
