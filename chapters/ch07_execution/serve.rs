//! Everything around the event loops: the service, room for the clients, the stop, and what the log says about it.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use sttp::args::Exit;
use sttp::cached::Cached;
use sttp::config::Config;
use sttp::conversation::sttp::{Cut, Done};
use sttp::patterns::event_loop::EventLoop;
use sttp::patterns::mail::Mailbox;
use sttp::patterns::service::{Service, SttpService};
use sttp::patterns::{self, Pattern};
use sttp::store::Store;
use sttp::sweeper::Sweeper;
use sttp::{log, sys};

use crate::options::Settings;
use crate::stop::{self, Stop};

/// The most threads that do what would block a loop. More do not make the disk faster.
const HELPERS: usize = 64;

/// Descriptors that one helper may need for its files, that one loop needs for itself, and that the process needs.
const PER_HELPER: usize = 2;
const PER_LOOP: usize = 4;
const OWN: usize = 12;

/// What the clients of all loops are served.
pub(crate) fn service<S: Store + Send + 'static>(store: &Arc<S>, settings: &Settings) -> Arc<SttpService<S>> {
    let cut = if settings.pattern == Pattern::Balanced { Cut::Messages } else { Cut::Batches };
    let (room, helpers) = divide(descriptors(), settings.loops(), settings.config.workers);
    Arc::new(SttpService::new(Arc::clone(store), settings.config.limits, cut, room, helpers, settings.config.queue))
}

/// How many descriptors there may be, after the soft limit has been raised to the hard one.
fn descriptors() -> usize {
    sys::raise_descriptor_limit(u64::MAX).map_or(usize::MAX, |limit| limit as usize)
}

/// Divides the descriptors: how many clients a loop may have, and how many helpers there may be. No client is accepted
/// whose request could not be carried out for lack of a descriptor.
fn divide(descriptors: usize, loops: usize, workers: usize) -> (usize, usize) {
    let helpers = workers.min(HELPERS).min(descriptors / 8).max(1);
    let reserved = helpers * PER_HELPER + loops * PER_LOOP + OWN;
    let connections = descriptors.saturating_sub(reserved) / loops;
    // An eighth as many are being told that there is no room.
    ((connections - connections.div_ceil(9)).max(1), helpers)
}

/// Runs the loops until a signal comes.
pub(crate) fn run<S: Store + Send + 'static>(
    loops: io::Result<Vec<EventLoop<SttpService<S>>>>,
    service: &SttpService<S>,
    settings: &Settings,
    stop: &Stop,
) -> Result<(), Exit> {
    let loops = loops.map_err(|error| Exit::failed("cannot start the event loops", &error))?;
    let address = loops.iter().find_map(EventLoop::address).expect("a loop has a door")?;
    let mailboxes: Vec<_> = loops.iter().map(EventLoop::mailbox).collect();
    let theirs = mailboxes.clone();
    stop.then(move || {
        theirs.iter().for_each(Mailbox::stop);
        stop::watch()
    });
    // While there is room for its thread.
    log::start();
    writeln!(io::stdout(), "listening on {address}")?;
    let room = service.room().saturating_mul(settings.loops());
    log::info(format_args!("the limit is {} descriptors: room for {room} clients", descriptors()));
    let result = patterns::run(loops).map_err(|error| Exit::failed("an event loop failed", &error));
    report(&mailboxes);
    result
}

/// Says in the log how the clients were divided.
fn report(mailboxes: &[Mailbox<Done>]) {
    for (number, mailbox) in (1..).zip(mailboxes) {
        let counts = mailbox.counts();
        let (accepted, in_vain) = (counts.accepted.load(Relaxed), counts.in_vain.load(Relaxed));
        log::info(format_args!("loop {number}: {accepted} clients accepted, {in_vain} wake-ups in vain"));
    }
}

/// An empty cache need not be swept before something put into it now could expire.
pub(crate) fn sweep<S: Store + Send + 'static>(cached: Arc<Cached<S>>, config: &Config) -> Result<Sweeper, Exit> {
    let expiration = config.cache.limits.expiration;
    let sweeper = Sweeper::start(move |now: Instant| cached.sweep(now).unwrap_or(now + expiration));
    sweeper.map_err(|error| Exit::failed("cannot start the sweeper", &error))
}
