//! epoll(7): the kernel keeps the list of descriptors, and returns only those that are ready. Linux.

use std::ffi::c_int;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// Bits of an event: see epoll_ctl(2).
pub mod bits {
    /// There is something to read, or the end of the input.
    pub const IN: u32 = 0x1;
    /// There is room to write.
    pub const OUT: u32 = 0x4;
    /// The connection broke. Reported even if nobody asked.
    pub const ERR: u32 = 0x8;
    /// Both directions are shut down. Reported even if nobody asked.
    pub const HUP: u32 = 0x10;
    /// Of several epolls that watch the same descriptor, wake only one, or a few.
    pub const EXCLUSIVE: u32 = 1 << 28;
}

const CLOEXEC: c_int = 0o2_000_000;
const ADD: c_int = 1;
const DELETE: c_int = 2;
const MODIFY: c_int = 3;

/// One event, as the kernel lays it out. On x86-64 it is packed, so that 32-bit programs see the same.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(target_arch = "x86_64", repr(C, packed))]
#[cfg_attr(not(target_arch = "x86_64"), repr(C))]
pub struct Event {
    /// What happened.
    pub bits: u32,
    /// The number that the descriptor was added with.
    pub data: u64,
}

/// An epoll instance.
#[derive(Debug)]
pub struct Epoll(OwnedFd);

unsafe extern "C" {
    fn epoll_create1(flags: c_int) -> c_int;
    fn epoll_ctl(epoll: c_int, operation: c_int, fd: c_int, event: *mut Event) -> c_int;
    fn epoll_wait(epoll: c_int, events: *mut Event, room: c_int, timeout: c_int) -> c_int;
}

impl Epoll {
    /// An instance that watches nothing yet.
    pub fn new() -> io::Result<Epoll> {
        // SAFETY: it takes a number.
        match unsafe { epoll_create1(CLOEXEC) } {
            -1 => Err(io::Error::last_os_error()),
            // SAFETY: the descriptor is new, so it belongs to nobody else.
            fd => Ok(Epoll(unsafe { OwnedFd::from_raw_fd(fd) })),
        }
    }

    /// Watches a descriptor.
    pub fn add(&self, fd: BorrowedFd, bits: u32, data: u64) -> io::Result<()> {
        self.control(ADD, fd, Event { bits, data })
    }

    /// Watches it for something else.
    pub fn modify(&self, fd: BorrowedFd, bits: u32, data: u64) -> io::Result<()> {
        self.control(MODIFY, fd, Event { bits, data })
    }

    /// No longer watches it.
    pub fn delete(&self, fd: BorrowedFd) -> io::Result<()> {
        self.control(DELETE, fd, Event::default())
    }

    /// Waits for at most `timeout` milliseconds, or forever if it is negative. Fills `events` from the front and returns
    /// how many there are.
    pub fn wait(&self, events: &mut [Event], timeout: c_int) -> io::Result<usize> {
        let room = c_int::try_from(events.len()).unwrap_or(c_int::MAX);
        // SAFETY: the kernel writes at most `room` events, and the slice has as many.
        match unsafe { epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), room, timeout) } {
            -1 => Err(io::Error::last_os_error()),
            count => Ok(count as usize),
        }
    }

    fn control(&self, operation: c_int, fd: BorrowedFd, mut event: Event) -> io::Result<()> {
        // SAFETY: both descriptors are open, and the kernel only reads the event.
        match unsafe { epoll_ctl(self.0.as_raw_fd(), operation, fd.as_raw_fd(), &mut event) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }
}
