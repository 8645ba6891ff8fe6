//! A server of this chapter on threads of the test, with a store of the test's own, whose counters can be read.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use sttp::conversation::sttp::{Cut, Done};
use sttp::log;
use sttp::patterns::event_loop::EventLoop;
use sttp::patterns::mail::Mailbox;
use sttp::patterns::service::SttpService;
use sttp::patterns::{self, layout};
use sttp::poll::Kind;
use sttp::session::Limits;
use sttp::store::Store;
use sttp::sys;

use crate::support::Peer;

/// Those whose loops are threads of one process.
const PATTERNS_OF_THREADS: [&str; 5] = ["single", "readers", "balanced", "acceptors", "sharded"];

const HOUR: Duration = Duration::from_secs(3600);

/// How a server is made.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) pattern: &'static str,
    pub(super) kind: Kind,
    pub(super) threads: usize,
    /// Helper threads, and jobs that may wait for one.
    pub(super) helpers: (usize, usize),
    /// Clients in each loop.
    pub(super) room: usize,
    pub(super) limits: Limits,
}

/// A server that has been made and may not run yet.
pub(super) struct Running {
    address: SocketAddr,
    mailboxes: Vec<Mailbox<Done>>,
    start: Option<Box<dyn FnOnce() -> io::Result<()> + Send>>,
    thread: Option<JoinHandle<io::Result<()>>>,
}

/// A plan for every pattern, with both pollers.
pub(super) fn plans() -> impl Iterator<Item = Plan> {
    let limits = Limits { idle: HOUR, request: HOUR, write: HOUR };
    let plan = move |(pattern, kind)| Plan { pattern, kind, threads: 2, helpers: (4, 64), room: 1000, limits };
    PATTERNS_OF_THREADS.into_iter().flat_map(|pattern| [(pattern, Kind::BEST), (pattern, Kind::Poll)]).map(plan)
}

impl Plan {
    /// Makes a server, which listens already.
    pub(super) fn prepare(self, store: impl Store + Send + 'static) -> Running {
        eprintln!("{} with {:?}", self.pattern, self.kind);
        log::silence();
        let cut = if self.pattern == "balanced" { Cut::Messages } else { Cut::Batches };
        let (helpers, queue) = self.helpers;
        let service = Arc::new(SttpService::new(Arc::new(store), self.limits, cut, self.room, helpers, queue));
        let first = sys::listen_shared(([127, 0, 0, 1], 0).into(), 1024).expect("a port");
        let address = first.local_addr().expect("an address");
        let loops = self.loops(&service, first, address).expect("event loops");
        let mailboxes = loops.iter().map(EventLoop::mailbox).collect();
        // The service ends with its loops.
        drop(service);
        Running { address, mailboxes, start: Some(Box::new(move || patterns::run(loops))), thread: None }
    }

    pub(super) fn start(self, store: impl Store + Send + 'static) -> Running {
        let mut running = self.prepare(store);
        running.start();
        running
    }

    fn loops<S: Store + Send + 'static>(
        self,
        service: &Arc<SttpService<S>>,
        listener: TcpListener,
        address: SocketAddr,
    ) -> io::Result<Vec<EventLoop<SttpService<S>>>> {
        match self.pattern {
            "single" => layout::single(service, self.kind, listener),
            "acceptors" => layout::acceptors(service, self.kind, &listener, self.threads),
            "sharded" => {
                let others = (1..self.threads).map(|_| sys::listen_shared(address, 1024));
                let all = [Ok(listener)].into_iter().chain(others).collect::<io::Result<_>>()?;
                layout::sharded(service, self.kind, all)
            }
            _ => layout::readers(service, self.kind, listener, self.threads),
        }
    }
}

impl Running {
    pub(super) fn start(&mut self) {
        self.thread = self.start.take().map(thread::spawn);
    }

    pub(super) fn connect(&self) -> Peer {
        Peer::connect(self.address)
    }

    /// How many clients it has.
    pub(super) fn clients(&self) -> usize {
        self.mailboxes.iter().map(Mailbox::clients).sum()
    }

    /// Waits until it has this many clients.
    #[track_caller]
    pub(super) fn wait_for_clients(&self, count: usize) {
        let begun = std::time::Instant::now();
        while self.clients() != count {
            assert!(begun.elapsed() < crate::support::LIMIT, "{} clients, not {count}", self.clients());
            thread::yield_now();
        }
    }

    /// How often its loops have woken up.
    pub(super) fn wakes(&self) -> u64 {
        self.mailboxes.iter().map(|one| one.counts().wakes.load(Relaxed)).sum()
    }

    /// How many clients each loop has.
    pub(super) fn shares(&self) -> Vec<usize> {
        self.mailboxes.iter().map(Mailbox::clients).collect()
    }

    /// Tells it to stop.
    pub(super) fn stop(&self) {
        self.mailboxes.iter().for_each(Mailbox::stop);
    }

    /// Waits until it has stopped.
    pub(super) fn wait(mut self) {
        let thread = self.thread.take().expect("it runs");
        thread.join().expect("no loop panics").expect("no loop fails");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
