//! How to close a connection so that the last answer arrives.
//!
//! A socket closed with unread input in it sends a reset instead of an orderly end. What the client has not received by
//! then it never will, and many a client whose write fails gives up before it reads what it has received. So close in two
//! steps: first our own direction only, then, once the client has closed too, the rest. RFC 9112, section 9.6.

use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// So long we bear with a client that does not stop sending, or does not close.
const PATIENCE: Duration = Duration::from_millis(500);

/// Sends the end of our output, then reads and drops what still comes, until the client closes or patience ends.
pub(crate) fn linger(mut stream: &TcpStream) {
    let until = Instant::now() + PATIENCE;
    // If any of these fail, the client has gone and nothing can be saved.
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let mut dropped = [0; 16 * 1024];
    while matches!(stream.read(&mut dropped), Ok(1..)) && Instant::now() < until {}
}
