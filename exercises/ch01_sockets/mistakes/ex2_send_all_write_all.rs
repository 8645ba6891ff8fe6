//! caught by the_rules: wrong
//! It leaves the work to `write_all`.

use std::io::{self, Write};

/// Writes all of `bytes` to `out`, in order, each byte once.
pub fn send_all<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<()> {
    out.write_all(bytes)
}
