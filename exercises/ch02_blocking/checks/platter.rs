//! A disk in memory, for the checks of exercise 2.4: its power can be cut, any call can fail, and others may act in
//! between.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use course::{fail, same, shown, truth};

use super::super::ex4_create::Disk;

/// The file that most checks create.
pub const PLACE: &str = "/notes/a.txt";

/// A disk whose power can be cut, in memory.
pub struct Platter {
    pub state: Mutex<State>,
    /// Where a call waits for the other client.
    pub meeting: Option<Meeting>,
}

pub struct State {
    /// Each file's bytes, and whether they are on the platter.
    pub files: Vec<(Vec<u8>, bool)>,
    pub names: BTreeMap<PathBuf, usize>,
    /// The names that are certainly on the platter.
    pub safe_names: BTreeMap<PathBuf, usize>,
    /// All the names that ever existed.
    pub ever: Vec<PathBuf>,
    pub calls: Vec<String>,
    /// The call that fails.
    pub fails_at: Option<usize>,
    pub fails_with: ErrorKind,
    /// Whether names can be removed.
    pub removes: bool,
    /// The call before which another program creates [`PLACE`], if it is free.
    pub rival_before: Option<usize>,
    pub rival_made_it: bool,
    /// The call that wrote to a name that clients can see.
    pub half: Option<String>,
    /// The call after which a name could be on the platter without its bytes.
    pub torn: Option<String>,
}

/// Where two clients meet: each is counted when it comes to the call with this name, or when it leaves.
pub struct Meeting {
    at: String,
    seen: Mutex<usize>,
    changed: Condvar,
}

/// Counts a client that leaves, however it leaves.
pub struct Leave<'a>(pub Option<&'a Meeting>);

impl Platter {
    pub fn new() -> Platter {
        let state = State {
            files: Vec::new(),
            names: BTreeMap::new(),
            safe_names: BTreeMap::new(),
            ever: Vec::new(),
            calls: Vec::new(),
            fails_at: None,
            fails_with: ErrorKind::StorageFull,
            removes: true,
            rival_before: None,
            rival_made_it: false,
            half: None,
            torn: None,
        };
        Platter { state: Mutex::new(state), meeting: None }
    }

    pub fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn read(&self, place: &str) -> Option<String> {
        self.lock().content(Path::new(place)).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    pub fn last_calls(&self) -> String {
        self.lock().last_calls()
    }

    /// Fails unless the file would be there, whole, after a power cut now.
    #[track_caller]
    pub fn survives(&self, place: &str, contents: &str, when: &str) {
        let state = self.lock();
        let calls = state.last_calls();
        let Some(&file) = state.safe_names.get(Path::new(place)) else {
            fail(format_args!(
                "the power was cut after {when}: {place} is gone, because its name was not on the platter{calls}"
            ))
        };
        let (bytes, safe) = &state.files[file];
        truth(
            *safe,
            format_args!(
                "the power was cut after {when}: {place} is empty, because its bytes were not on the platter{calls}"
            ),
        );
        same(
            format_args!("the power was cut after {when}; the contents of {place}{calls}"),
            &shown(bytes),
            &shown(format!("{contents}\n").as_bytes()),
        );
    }

    /// Makes one call: what may happen before it, whether it fails, what it does, and what can be seen after it.
    fn call<T>(&self, what: String, does: impl FnOnce(&mut State, bool) -> io::Result<T>) -> io::Result<T> {
        if let Some(meeting) = self.meeting.as_ref().filter(|meeting| what.starts_with(&meeting.at)) {
            meeting.come();
        }
        let mut state = self.lock();
        let number = state.calls.len();
        truth(number < 10_000, format_args!("you call the disk again and again, without an end{}", state.last_calls()));
        state.calls.push(what.clone());
        if state.rival_before == Some(number) && !state.names.contains_key(Path::new(PLACE)) {
            state.put(PLACE, "theirs");
            state.rival_made_it = true;
        }
        let fails = state.fails_at == Some(number);
        let result = does(&mut state, fails);
        if state.torn.is_none() && state.names.iter().any(|(name, file)| !is_hidden(name) && !state.files[*file].1) {
            state.torn = Some(what);
        }
        if fails { Err(state.fails_with.into()) } else { result }
    }
}

impl State {
    /// Creates a file as another program would that does everything right.
    pub fn put(&mut self, place: &str, contents: &str) {
        self.files.push((format!("{contents}\n").into_bytes(), true));
        self.names.insert(place.into(), self.files.len() - 1);
        self.safe_names.insert(place.into(), self.files.len() - 1);
    }

    fn file(&self, place: &Path) -> io::Result<usize> {
        self.names.get(place).copied().ok_or(ErrorKind::NotFound.into())
    }

    /// The last calls, for the end of a message.
    pub fn last_calls(&self) -> String {
        let last = &self.calls[self.calls.len().saturating_sub(8)..];
        format!("\n  the last calls were\n    {}", last.join("\n    "))
    }

    pub fn content(&self, place: &Path) -> Option<&[u8]> {
        self.names.get(place).map(|&file| &self.files[file].0[..])
    }

    fn give_name(&mut self, place: &Path, file: usize) {
        self.ever.push(place.into());
        self.names.insert(place.into(), file);
    }
}

impl Disk for &Platter {
    fn write_new(&self, place: &Path, bytes: &[u8]) -> io::Result<()> {
        let what = format!("write_new({})", place.display());
        self.call(what.clone(), |state, fails| {
            if state.names.contains_key(place) {
                return Err(ErrorKind::AlreadyExists.into());
            }
            if !is_hidden(place) && state.half.is_none() {
                state.half = Some(what);
            }
            let written = if fails { bytes.len() / 2 } else { bytes.len() };
            state.files.push((bytes[..written].to_vec(), false));
            let file = state.files.len() - 1;
            state.give_name(place, file);
            Ok(())
        })
    }

    fn exists(&self, place: &Path) -> io::Result<bool> {
        self.call(format!("exists({})", place.display()), |state, _| Ok(state.names.contains_key(place)))
    }

    fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(format!("link({}, {})", from.display(), to.display()), |state, fails| {
            let file = state.file(from)?;
            match state.names.contains_key(to) {
                _ if fails => Ok(()),
                _ if from.parent() != to.parent() => Err(ErrorKind::CrossesDevices.into()),
                true => Err(ErrorKind::AlreadyExists.into()),
                false => {
                    state.give_name(to, file);
                    Ok(())
                }
            }
        })
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.call(format!("rename({}, {})", from.display(), to.display()), |state, fails| {
            let file = state.file(from)?;
            if from.parent() != to.parent() {
                return Err(ErrorKind::CrossesDevices.into());
            }
            if !fails {
                state.names.remove(from);
                state.give_name(to, file);
            }
            Ok(())
        })
    }

    fn remove(&self, place: &Path) -> io::Result<()> {
        self.call(format!("remove({})", place.display()), |state, fails| {
            let _ = state.file(place)?;
            if !state.removes {
                return Err(ErrorKind::PermissionDenied.into());
            }
            if !fails {
                state.names.remove(place);
            }
            Ok(())
        })
    }

    fn sync_file(&self, place: &Path) -> io::Result<()> {
        self.call(format!("sync_file({})", place.display()), |state, fails| {
            let file = state.file(place)?;
            state.files[file].1 |= !fails;
            Ok(())
        })
    }

    fn sync_directory(&self, directory: &Path) -> io::Result<()> {
        self.call(format!("sync_directory({})", directory.display()), |state, fails| {
            if !fails {
                state.safe_names.retain(|name, _| name.parent() != Some(directory));
                let here = state.names.iter().filter(|(name, _)| name.parent() == Some(directory));
                state.safe_names.extend(here.map(|(name, file)| (name.clone(), *file)));
            }
            Ok(())
        })
    }
}

impl Meeting {
    pub fn new(at: &str) -> Meeting {
        Meeting { at: format!("{at}("), seen: Mutex::default(), changed: Condvar::new() }
    }

    /// Waits until one client has come or left.
    pub fn wait_for_the_first(&self) {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.changed.wait_while(seen, |seen| *seen == 0));
    }

    /// Comes, and waits until both have come or left.
    fn come(&self) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen += 1;
        self.changed.notify_all();
        while *seen < 2 {
            seen = self.changed.wait(seen).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        if let Some(meeting) = self.0 {
            *meeting.seen.lock().unwrap_or_else(PoisonError::into_inner) += 1;
            meeting.changed.notify_all();
        }
    }
}

/// Whether no client can ask for this name.
pub fn is_hidden(place: &Path) -> bool {
    place.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}
