//! poll(2): the caller passes the whole list of descriptors, every time. Every Unix.

use std::ffi::{c_int, c_short};
use std::io;

/// Bits of an entry, the same on every Unix.
pub mod bits {
    /// There is something to read, or the end of the input.
    pub const IN: i16 = 0x1;
    /// There is room to write.
    pub const OUT: i16 = 0x4;
    /// The connection broke. Reported even if nobody asked.
    pub const ERR: i16 = 0x8;
    /// Both directions are shut down. Reported even if nobody asked.
    pub const HUP: i16 = 0x10;
    /// The descriptor is not open. Reported even if nobody asked.
    pub const INVALID: i16 = 0x20;
}

/// A descriptor to watch, as the kernel lays it out.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct Entry {
    /// Its number; a negative one is skipped.
    pub fd: c_int,
    /// What to watch for.
    pub wanted: c_short,
    /// What happened.
    pub happened: c_short,
}

#[cfg(any(target_os = "linux", target_os = "android"))]
type Count = std::ffi::c_ulong;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
type Count = std::ffi::c_uint;

unsafe extern "C" {
    fn poll(entries: *mut Entry, count: Count, timeout: c_int) -> c_int;
}

/// Waits for at most `timeout` milliseconds, or forever if it is negative, until something has happened to one of the
/// entries. Returns to how many.
pub fn wait(entries: &mut [Entry], timeout: c_int) -> io::Result<usize> {
    // SAFETY: the kernel reads and writes as many entries as the slice has.
    match unsafe { poll(entries.as_mut_ptr(), entries.len() as Count, timeout) } {
        -1 => Err(io::Error::last_os_error()),
        count => Ok(count as usize),
    }
}
