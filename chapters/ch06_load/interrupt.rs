//! Ctrl-C and SIGTERM: the first ends the measurement, and what was measured is reported; the second ends the program.

use std::process::ExitCode;
use std::sync::atomic::{AtomicU8, Ordering};

use sttp::args::Exit;
use sttp::load::Stop;
use sttp::sys;

/// Stops every load that is measured. Loads that clean up do not look at it.
pub(crate) static STOP: Stop = Stop::new();

/// The number of the first signal; 0 if there was none.
static SIGNAL: AtomicU8 = AtomicU8::new(0);

/// From now on, a signal stops the load instead of the program. Call it before a thread is started.
pub(crate) fn watch() -> Result<(), Exit> {
    let stop = |signal| {
        SIGNAL.store(signal, Ordering::Relaxed);
        STOP.stop();
    };
    sys::on_signal(stop).map_err(|error| Exit::failed("cannot wait for signals", &error))
}

/// Fails if a signal has stopped the load.
pub(crate) fn check() -> Result<(), Exit> {
    if STOP.is_stopped() { Err(Exit::Failed("interrupted".into())) } else { Ok(()) }
}

/// The exit code after a signal, as a shell would report it: 130 for SIGINT, 143 for SIGTERM.
pub(crate) fn exit_code() -> Option<ExitCode> {
    match SIGNAL.load(Ordering::Relaxed) {
        0 => None,
        signal => Some(ExitCode::from(128 + signal)),
    }
}
