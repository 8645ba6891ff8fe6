//! How the server stops: once a signal has come, and within two seconds even if a thread is stuck in the disk.

use std::process;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::Duration;

use sttp::args::Exit;
use sttp::{log, sys};

/// By then all loops have ended, and what the helpers had to do should be done.
const GRACE: Duration = Duration::from_millis(1800);

type Action = Box<dyn FnOnce() + Send>;

/// What to do when a signal comes may be said later than that one is waited for: signals must be blocked before the first
/// thread is started.
pub(crate) struct Stop(Sender<Action>);

impl Stop {
    /// From now on, a signal no longer ends the process.
    pub(crate) fn on_signal() -> Result<Stop, Exit> {
        let (then, actions) = channel::<Action>();
        // Waits if the signal came too soon.
        sys::on_stop_signal(move || actions.iter().for_each(|action| action()))
            .map_err(|error| Exit::failed("cannot wait for signals", &error))?;
        Ok(Stop(then))
    }

    /// Says what to do.
    pub(crate) fn then(&self, action: impl FnOnce() + Send + 'static) {
        // Nobody listens any longer only if the server is stopping already.
        let _ = self.0.send(Box::new(action));
    }
}

/// Ends the process if it does not end by itself. `stuck` counts the connections that have not ended by then; there may be
/// none, if a client has left while its request is still being carried out.
pub(crate) fn watch(stuck: impl FnOnce() -> usize) -> ! {
    thread::sleep(GRACE);
    match stuck() {
        0 => log::error(format_args!("a request was not carried out in time; ending without it")),
        stuck => log::error(format_args!("connections that did not end in time: {stuck}; ending without them")),
    }
    log::flush(Duration::from_millis(100));
    process::exit(1)
}
