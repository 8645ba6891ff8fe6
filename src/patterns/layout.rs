//! Who accepts, and who serves: the patterns that divide clients among threads, next to each other.
//!
//! Each function returns the event loops of its pattern, ready to run, one per thread. Read them for their differences:
//! how many loops there are, which of them have a door, and whose the guests are. Chapter 7.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use super::door::{Door, Guests};
use super::event_loop::EventLoop;
use super::service::Service;
use crate::poll::Kind;

/// One loop accepts, reads, answers and writes for everybody. Known from Redis and Node.
pub fn single<S: Service>(service: &Arc<S>, kind: Kind, listener: TcpListener) -> io::Result<Vec<EventLoop<S>>> {
    let door = Door::new(listener, Guests::Own)?;
    Ok(vec![EventLoop::new(Arc::clone(service), kind, Some(door))?])
}

/// One loop accepts, and hands each client to the least loaded of `threads` others. Known from memcached and Netty.
pub fn readers<S: Service>(
    service: &Arc<S>,
    kind: Kind,
    listener: TcpListener,
    threads: usize,
) -> io::Result<Vec<EventLoop<S>>> {
    let mut loops = idle(service, kind, threads)?;
    let guests = Guests::Of(loops.iter().map(EventLoop::mailbox).collect());
    loops.push(EventLoop::new(Arc::clone(service), kind, Some(Door::new(listener, guests)?))?);
    Ok(loops)
}

/// All loops accept from one listening socket. Known from nginx.
pub fn acceptors<S: Service>(
    service: &Arc<S>,
    kind: Kind,
    listener: &TcpListener,
    threads: usize,
) -> io::Result<Vec<EventLoop<S>>> {
    let mut loops = idle(service, kind, threads)?;
    let all: Vec<_> = loops.iter().map(EventLoop::mailbox).collect();
    for one in &mut loops {
        one.open(Door::new(listener.try_clone()?, Guests::Shared(all.clone()))?);
    }
    Ok(loops)
}

/// Each loop has a listening socket of its own, all on the same port: the kernel deals the clients out. Known from Envoy,
/// and from nginx with `reuseport`.
pub fn sharded<S: Service>(service: &Arc<S>, kind: Kind, listeners: Vec<TcpListener>) -> io::Result<Vec<EventLoop<S>>> {
    let door = |listener| Door::new(listener, Guests::Own);
    listeners.into_iter().map(|listener| EventLoop::new(Arc::clone(service), kind, Some(door(listener)?))).collect()
}

fn idle<S: Service>(service: &Arc<S>, kind: Kind, threads: usize) -> io::Result<Vec<EventLoop<S>>> {
    (0..threads).map(|_| EventLoop::new(Arc::clone(service), kind, None)).collect()
}
