//! How the server stops: once a signal has come, and within two seconds even if a thread is stuck in the disk.

use std::io;
use std::process;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use sttp::args::Exit;
use sttp::{log, sys};

/// By then all loops have ended, and what the helpers had to do should be done.
const GRACE: Duration = Duration::from_millis(1700);

/// How long that may be delayed by a log that cannot be written.
const LAST_LINE: Duration = Duration::from_millis(250);

type Action = Box<dyn FnOnce() + Send>;

/// What to do when a signal comes may be said later than that one is waited for: signals must be blocked before the first
/// thread is started.
pub(crate) struct Stop(Sender<Action>);

impl Stop {
    /// From now on, a signal no longer ends the process.
    pub(crate) fn on_signal(until_eof: bool) -> Result<Stop, Exit> {
        let (then, actions) = channel::<Action>();
        // Waits if the signal came too soon.
        sys::on_stop_signal(move || actions.iter().for_each(|action| action()))
            .map_err(|error| Exit::failed("cannot wait for signals", &error))?;
        if until_eof {
            watch_input()?;
        }
        Ok(Stop(then))
    }

    /// Says what to do.
    pub(crate) fn then(&self, action: impl FnOnce() + Send + 'static) {
        // Nobody listens any longer only if the server is stopping already.
        let _ = self.0.send(Box::new(action));
    }
}

/// Takes the end of standard input for a signal: whoever holds the other end of that pipe need not live to send one.
fn watch_input() -> Result<(), Exit> {
    let wait = || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        sys::terminate_self();
    };
    let thread = thread::Builder::new().name("input".into()).spawn(wait);
    thread.map(drop).map_err(|error| Exit::failed("cannot watch standard input", &error))
}

/// Ends the process if it does not end by itself, because a helper is stuck in the disk. What it was asked to do has not
/// been acknowledged.
pub(crate) fn watch() -> ! {
    thread::sleep(GRACE);
    log::error(format_args!("requests were not carried out in time; ending without them"));
    log::flush(LAST_LINE);
    process::exit(1)
}
