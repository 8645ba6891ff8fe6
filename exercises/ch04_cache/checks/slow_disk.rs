//! A store in memory that fails, panics or stops where a check wants it to.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{Scope, ScopedJoinHandle, scope};

use course::{fail, freeze, step};
use sttp::path::SnippetPath;
use sttp::store::{Store, StoreError};

use super::Cached;

/// The files, and what is to happen to the calls.
#[derive(Default)]
pub(crate) struct Disk {
    files: Mutex<BTreeMap<String, String>>,
    loads: AtomicUsize,
    plans: Mutex<Vec<(&'static str, Place, &'static str, Act)>>,
    /// Whether a thread is frozen somewhere after its load.
    freezes: bool,
}

/// Before or after a call has read or changed the files.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Place {
    Before,
    After,
}

/// What happens to a call, once.
pub(crate) enum Act {
    Fail,
    Panic,
    /// It reports that it is there, and stops until the other end of this is dropped.
    Stop(Sender<bool>, Receiver<()>),
}

impl Disk {
    pub(crate) fn with(files: &[(&str, &str)]) -> Disk {
        let files = files.iter().map(|(path, contents)| (path.to_string(), contents.to_string())).collect();
        Disk { files: Mutex::new(files), ..Disk::default() }
    }

    /// From now on, a thread may be frozen somewhere after its load.
    pub(crate) fn that_freezes(self) -> Disk {
        Disk { freezes: true, ..self }
    }

    /// Makes `act` happen to the next call of this kind on this path.
    pub(crate) fn plan(&self, call: &'static str, place: Place, path: &'static str, act: Act) {
        locked(&self.plans).push((call, place, path, act));
    }

    /// The number of calls of `show`.
    pub(crate) fn loads(&self) -> usize {
        self.loads.load(Ordering::SeqCst)
    }

    /// Loses a file behind the server's back.
    pub(crate) fn lose(&self, path: &str) {
        locked(&self.files).remove(path);
    }

    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        locked(&self.files).clone()
    }

    fn call<T>(
        &self,
        call: &str,
        path: SnippetPath,
        work: impl FnOnce(&mut BTreeMap<String, String>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.pass(call, Place::Before, path.as_str())?;
        let done = work(&mut locked(&self.files));
        self.pass(call, Place::After, path.as_str())?;
        done
    }

    fn pass(&self, call: &str, place: Place, path: &str) -> Result<(), StoreError> {
        let act = {
            let mut plans = locked(&self.plans);
            let found = plans.iter().position(|plan| (plan.0, plan.1, plan.2) == (call, place, path));
            found.map(|index| plans.remove(index).3)
        };
        match act {
            None => {}
            Some(Act::Fail) => return Err(StoreError::Io("sync the directory", io::Error::other("no such luck"))),
            Some(Act::Panic) => panic!("the store panics, as the check wants it to"),
            Some(Act::Stop(told, go)) => {
                let _ = told.send(true);
                let _ = go.recv();
            }
        }
        Ok(())
    }
}

impl Store for &Disk {
    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        self.loads.fetch_add(1, Ordering::SeqCst);
        let found = |files: &mut BTreeMap<String, String>| files.get(path.as_str()).map(|text| text.as_str().into());
        let contents = self.call("SHOW", path, |files| found(files).ok_or(StoreError::NotFound));
        if self.freezes {
            freeze::soon();
        }
        contents
    }

    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.call("CREATE", path, |files| {
            if files.contains_key(path.as_str()) {
                return Err(StoreError::Exists);
            }
            files.insert(path.as_str().into(), contents.into());
            Ok(())
        })
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.call("LIST", path, |files| Ok(files.keys().cloned().collect()))
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.call("UPDATE", path, |files| {
            *files.get_mut(path.as_str()).ok_or(StoreError::NotFound)? = contents.into();
            Ok(())
        })
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        self.call("DELETE", path, |files| files.remove(path.as_str()).map(drop).ok_or(StoreError::NotFound))
    }
}

/// A call in its own thread, held in the store. When this is dropped, the call goes on.
pub(crate) struct Held<'scope, T> {
    what: String,
    thread: ScopedJoinHandle<'scope, T>,
    go: Sender<()>,
}

/// Runs `call` in a thread, and waits until it has come to that place in the store.
#[track_caller]
pub(crate) fn held<'scope, T: Send + 'scope>(
    scope: &'scope Scope<'scope, '_>,
    disk: &Disk,
    (name, place, path): (&'static str, Place, &'static str),
    call: impl FnOnce() -> T + Send + 'scope,
) -> Held<'scope, T> {
    let ((told, events), (go, goes)) = (channel(), channel());
    disk.plan(name, place, path, Act::Stop(told.clone(), goes));
    let what = format!("{name} {path}");
    step(format_args!("{what} in its own thread; waiting until it is in the store"));
    let thread = scope.spawn(move || {
        let _end = End(told);
        call()
    });
    if events.recv() != Ok(true) {
        fail(format_args!("{what} returned without having been in the store"));
    }
    Held { what, thread, go }
}

impl<T> Held<'_, T> {
    /// Lets the call go on to its end, and returns its result.
    #[track_caller]
    pub(crate) fn go_on(self) -> T {
        step(format_args!("{} may leave the store; waiting for it to return", self.what));
        drop(self.go);
        self.thread.join().unwrap_or_else(|_| fail(format_args!("{} panicked after the store had returned", self.what)))
    }
}

/// Reports that a call has returned.
struct End(Sender<bool>);

impl Drop for End {
    fn drop(&mut self) {
        let _ = self.0.send(false);
    }
}

/// The result of a call: contents, or the text of the error.
pub(crate) type Answer = Result<String, String>;

pub(crate) fn ok(contents: &str) -> Answer {
    Ok(contents.into())
}

pub(crate) fn missing() -> Answer {
    Err(StoreError::NotFound.to_string())
}

fn path(text: &str) -> SnippetPath<'_> {
    SnippetPath::parse(text).expect("a path of this check")
}

pub(crate) fn show(store: &dyn Store, at: &str) -> Answer {
    store.show(path(at)).map(|contents| contents.to_string()).map_err(|error| error.to_string())
}

pub(crate) fn create(store: &dyn Store, at: &str, contents: &str) -> Result<(), String> {
    store.create(path(at), contents).map_err(|error| error.to_string())
}

pub(crate) fn update(store: &dyn Store, at: &str, contents: &str) -> Result<(), String> {
    store.update(path(at), contents).map_err(|error| error.to_string())
}

pub(crate) fn delete(store: &dyn Store, at: &str) -> Result<(), String> {
    store.delete(path(at)).map_err(|error| error.to_string())
}

pub(crate) fn list(store: &dyn Store, at: &str) -> Result<Vec<String>, String> {
    store.list(path(at)).map_err(|error| error.to_string())
}

/// Loads `/a`, holds the reader before it returns, runs `writes`, lets the reader go on; returns the result of another
/// show.
pub(crate) fn after_a_slow_reader(disk: &Disk, writes: impl FnOnce(&Cached<&Disk>)) -> Answer {
    let cached = Cached::new(disk);
    scope(|scope| {
        let reader = held(scope, disk, ("SHOW", Place::After, "/a"), || show(&cached, "/a"));
        step("show(/a) has loaded /a and is held in the store; meanwhile the writer");
        writes(&cached);
        let _ = reader.go_on();
    });
    step("show(/a), after reader and writer have returned");
    show(&cached, "/a")
}

/// Makes the call of this name.
pub(crate) fn ask(store: &dyn Store, call: &str, path: &str, contents: &str) -> Answer {
    let done = match call {
        "create" => create(store, path, contents),
        "update" | "UPDATE" => update(store, path, contents),
        "delete" | "DELETE" => delete(store, path),
        _ => return show(store, path),
    };
    done.map(|()| String::new())
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
