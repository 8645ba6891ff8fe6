//! Listening sockets that share an address: SO_REUSEPORT, which must be set before bind(2). See socket(7).

use std::ffi::{c_int, c_void};
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

const AF_INET: c_int = 2;
const AF_INET6: c_int = if cfg!(any(target_os = "linux", target_os = "android")) { 10 } else { 30 };
const SOCK_STREAM: c_int = 1;
const SOCK_CLOEXEC: c_int = if cfg!(any(target_os = "linux", target_os = "android")) { 0o2_000_000 } else { 0 };
const SOL_SOCKET: c_int = if cfg!(any(target_os = "linux", target_os = "android")) { 1 } else { 0xffff };
const SO_REUSEADDR: c_int = if cfg!(any(target_os = "linux", target_os = "android")) { 2 } else { 4 };
const SO_REUSEPORT: c_int = if cfg!(any(target_os = "linux", target_os = "android")) { 15 } else { 0x200 };

unsafe extern "C" {
    fn socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int;
    fn setsockopt(socket: c_int, level: c_int, name: c_int, value: *const c_void, length: u32) -> c_int;
    fn bind(socket: c_int, address: *const u8, length: u32) -> c_int;
    fn listen(socket: c_int, backlog: c_int) -> c_int;
}

/// A listening socket on `address` that allows others on the same address, if they allow it too.
pub fn listen_shared(address: SocketAddr, backlog: u16) -> io::Result<TcpListener> {
    let domain = if address.is_ipv4() { AF_INET } else { AF_INET6 };
    // SAFETY: it takes three numbers.
    let fd = check(unsafe { socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0) })?;
    // SAFETY: the descriptor is new, so it belongs to nobody else.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    for option in [SO_REUSEADDR, SO_REUSEPORT] {
        let on: c_int = 1;
        // SAFETY: the value is live and as long as stated.
        check(unsafe { setsockopt(fd, SOL_SOCKET, option, (&raw const on).cast(), size_of::<c_int>() as u32) })?;
    }
    let name = encode(address);
    // SAFETY: the address is live and as long as stated.
    check(unsafe { bind(socket.as_raw_fd(), name.as_ptr(), name.len() as u32) })?;
    // SAFETY: it takes two numbers.
    check(unsafe { listen(socket.as_raw_fd(), c_int::from(backlog)) })?;
    Ok(socket.into())
}

/// A `sockaddr_in` or `sockaddr_in6`. The family is a number of 16 bits on Linux; elsewhere the length comes before it.
fn encode(address: SocketAddr) -> Vec<u8> {
    let (family, length) = if address.is_ipv4() { (AF_INET, 16) } else { (AF_INET6, 28) };
    let head = match cfg!(any(target_os = "linux", target_os = "android")) {
        true => (family as u16).to_ne_bytes(),
        false => [length, family as u8],
    };
    let mut bytes = head.to_vec();
    bytes.extend(address.port().to_be_bytes());
    match address {
        SocketAddr::V4(address) => {
            bytes.extend(address.ip().octets());
            bytes.extend([0; 8]);
        }
        SocketAddr::V6(address) => {
            bytes.extend(address.flowinfo().to_be_bytes());
            bytes.extend(address.ip().octets());
            bytes.extend(address.scope_id().to_ne_bytes());
        }
    }
    bytes
}

fn check(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
