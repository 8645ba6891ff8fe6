//! A store of texts in which a call is held, or stopped, where a check wants it to be.

use std::collections::HashMap;
use std::io::{self, ErrorKind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use course::{all_asleep, freeze};

use super::Store;

/// How long a thread waits for something that a right program need not let happen: a cache may have a lock per path, or
/// none. It uses this up in the first case, and passes in both.
pub(crate) const GRACE: Duration = Duration::from_millis(200);

/// A store in memory that can be made slow: an action can be given for a place in a call and a path, and happens once.
#[derive(Default)]
pub(crate) struct Disk {
    texts: Mutex<HashMap<String, String>>,
    /// The paths that were loaded, in order.
    loads: Mutex<Vec<String>>,
    delays: Mutex<HashMap<(Place, String), Box<dyn FnOnce() + Send>>>,
    /// Whether a thread is stopped somewhere after its load.
    pub(crate) freezes: AtomicBool,
}

/// Where in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// In `load`, after it has read the text.
    AfterReading,
    /// In `save`, before it has written anything.
    BeforeWriting,
    /// In `save`, after it has written the text.
    AfterWriting,
}

use Place::{AfterReading, AfterWriting, BeforeWriting};

impl Disk {
    pub(crate) fn delay(&self, place: Place, path: &str, action: impl FnOnce() + Send + 'static) {
        self.delays.lock().unwrap().insert((place, path.into()), Box::new(action));
    }

    pub(crate) fn pass(&self, place: Place, path: &str) {
        let action = self.delays.lock().unwrap().remove(&(place, path.into()));
        if let Some(action) = action {
            action();
        }
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        self.texts.lock().unwrap().insert(path.into(), text.into());
    }

    pub(crate) fn text(&self, path: &str) -> Option<String> {
        self.texts.lock().unwrap().get(path).cloned()
    }

    pub(crate) fn loads_of(&self, path: &str) -> usize {
        self.loads.lock().unwrap().iter().filter(|loaded| *loaded == path).count()
    }
}

impl Store for Arc<Disk> {
    fn load(&self, path: &str) -> io::Result<Arc<str>> {
        self.loads.lock().unwrap().push(path.into());
        let text = self.text(path);
        self.pass(AfterReading, path);
        if self.freezes.load(Ordering::SeqCst) {
            freeze::soon();
        }
        text.map(Arc::from).ok_or(ErrorKind::NotFound.into())
    }

    fn save(&self, path: &str, text: &str) -> io::Result<()> {
        self.pass(BeforeWriting, path);
        if path == "/full" {
            return Err(ErrorKind::StorageFull.into());
        }
        self.write(path, text);
        self.pass(AfterWriting, path);
        Ok(())
    }
}

/// Holds the next call at this place. The receiver gets something when the call is there; it stays until the sender is
/// dropped.
pub(crate) fn gate(disk: &Disk, place: Place, path: &str) -> (Receiver<()>, Sender<()>) {
    let ((there, arrived), (open, gate)) = (channel(), channel());
    disk.delay(place, path, move || {
        let _ = there.send(());
        let _ = gate.recv();
    });
    (arrived, open)
}

/// The same, but the call also goes on by itself, once all other threads are asleep and have been for a moment.
pub(crate) fn lax_gate(disk: &Disk, place: Place, path: &str) -> (Receiver<()>, Sender<()>) {
    let ((there, arrived), (open, gate)) = (channel(), channel());
    disk.delay(place, path, move || {
        let _ = there.send(());
        all_asleep();
        let _ = gate.recv_timeout(GRACE);
    });
    (arrived, open)
}
