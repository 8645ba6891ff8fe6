//! Sends everything to a `Write` that takes less than it is given.
//!
//! A `write` may take only part of the bytes, and returns how many. Here you build the loop that `write_all` hides, with
//! `write` alone.

use std::io::{self, Write};

/// Writes all of `bytes` to `out`, in order, each byte once. `write_all` and the like must not be used.
///
/// Each `write` is offered everything that is left. An interrupted one is tried again. One that takes nothing, although
/// it was offered something, is the error `WriteZero`. Any other error is returned, and nothing is written after it.
pub fn send_all<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<()> {
    todo!("write until nothing is left")
}
