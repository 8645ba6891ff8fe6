//! How to close a connection so that the last answer arrives.
//!
//! A socket closed with unread input in it sends a reset instead of an orderly end. Whatever the client has not received
//! by then is lost, and many clients give up when a write fails, before they read what they have received. So close in two
//! steps: first our own direction only, then, once the client has closed too, the rest. RFC 9112, section 9.6.

use std::io::Read;
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How long we put up with a client that keeps sending or does not close.
const PATIENCE: Duration = Duration::from_millis(500);

/// Sends the end of our output, then drains the client's, until it closes or patience runs out.
pub(crate) fn linger(mut stream: &TcpStream) {
    let deadline = Instant::now() + PATIENCE;
    // If any of these fail, the client has disconnected and nothing can be saved.
    let _ = stream.shutdown(Shutdown::Write);
    let _ = stream.set_read_timeout(Some(PATIENCE));
    let mut drained = [0; 16 * 1024];
    while matches!(stream.read(&mut drained), Ok(1..)) && Instant::now() < deadline {}
}
