//! A count of the bytes taken so far, and a helper that writes once.

use std::io::{self, ErrorKind, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<()> {
    let mut sent = 0;
    while sent < bytes.len() {
        sent += write_some(out, &bytes[sent..])?;
    }
    Ok(())
}

/// Writes part of `bytes`. Returns how many: at least one, unless an interruption came first.
fn write_some<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<usize> {
    match out.write(bytes) {
        Ok(0) => Err(io::Error::new(ErrorKind::WriteZero, "the other side takes no more")),
        Err(error) if error.kind() == ErrorKind::Interrupted => Ok(0),
        result => result,
    }
}
