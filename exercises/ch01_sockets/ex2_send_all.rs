//! Everything into a `Write` that takes less than it is given.
//!
//! A `write` may take a part and says how much. Here you build the loop that `write_all` hides, with `write` alone.

use std::io::{self, Write};

/// Writes all of `bytes` to `out`, in order, each byte once. `write_all` and its like are not to be used.
///
/// Each `write` is offered all that is left. An interrupted one is tried again. One that takes nothing of something is
/// the error `WriteZero`. Any other error is returned, and nothing is written after it.
pub fn send_all<W: Write>(out: &mut W, bytes: &[u8]) -> io::Result<()> {
    todo!("write until nothing is left")
}
