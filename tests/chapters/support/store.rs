//! A store in memory that does what a test wants: waits at a gate, fails, panics, or lets others run first.

use std::collections::BTreeMap;
use std::sync::{Arc, Condvar, Mutex};

use sttp::path::SnippetPath;
use sttp::request::Action;
use sttp::store::{Store, StoreError};

use super::LIMIT;

/// When the store asks the test: before the action takes effect, or after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    Before,
    After,
}

/// What the test answers: to go on, or to fail. Meanwhile it can do what it likes.
pub trait Hook: Fn(When, Action, &str) -> Result<(), StoreError> + Sync {}

impl<F: Fn(When, Action, &str) -> Result<(), StoreError> + Sync> Hook for F {}

/// Snippets in one directory, the root. Each action takes effect at one moment. A clone has the same snippets.
#[derive(Clone)]
pub struct MemoryStore<H> {
    files: Arc<Mutex<BTreeMap<String, Arc<str>>>>,
    hook: H,
}

impl<H: Hook> MemoryStore<H> {
    pub fn new(hook: H) -> Self {
        MemoryStore { files: Arc::default(), hook }
    }

    /// Asks the test, acts, and asks again.
    fn act<T>(
        &self,
        action: Action,
        path: SnippetPath,
        act: impl FnOnce(&mut BTreeMap<String, Arc<str>>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        (self.hook)(When::Before, action, path.as_str())?;
        let done = act(&mut self.files.lock().expect("nobody panics in here"))?;
        (self.hook)(When::After, action, path.as_str())?;
        Ok(done)
    }
}

impl<H: Hook> Store for MemoryStore<H> {
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.act(Action::Create, path, |files| {
            if files.contains_key(path.as_str()) {
                return Err(StoreError::Exists);
            }
            files.insert(path.as_str().into(), contents.into());
            Ok(())
        })
    }

    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        self.act(Action::Show, path, |files| files.get(path.as_str()).cloned().ok_or(StoreError::NotFound))
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.act(Action::List, path, |files| Ok(files.keys().map(|file| file[1..].into()).collect()))
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.act(Action::Update, path, |files| {
            let file = files.get_mut(path.as_str()).ok_or(StoreError::NotFound)?;
            *file = contents.into();
            Ok(())
        })
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        self.act(Action::Delete, path, |files| files.remove(path.as_str()).map(drop).ok_or(StoreError::NotFound))
    }
}

/// A place where the first thread to arrive waits until the test lets it go on. Later threads walk through.
#[derive(Default)]
pub struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    reached: bool,
    open: bool,
}

impl Gate {
    /// Waits here until the gate is opened, unless another thread was here before.
    pub fn stand(&self) {
        if !self.change(|state| std::mem::replace(&mut state.reached, true)) {
            self.wait("the gate was never opened", |state| state.open);
        }
    }

    /// Waits here until the gate is opened, whoever else does.
    pub fn stand_with_others(&self) {
        self.change(|state| state.reached = true);
        self.wait("the gate was never opened", |state| state.open);
    }

    /// Waits until a thread waits here.
    #[track_caller]
    pub fn wait_for_somebody(&self) {
        self.wait("nobody came to the gate", |state| state.reached);
    }

    pub fn open(&self) {
        self.change(|state| state.open = true);
    }

    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let before = change(&mut self.state.lock().expect("nobody panics in here"));
        self.changed.notify_all();
        before
    }

    #[track_caller]
    fn wait(&self, failure: &str, until: impl Fn(&State) -> bool) {
        let state = self.state.lock().expect("nobody panics in here");
        let (state, wait) = self.changed.wait_timeout_while(state, LIMIT, |state| !until(state)).expect("as above");
        drop(state);
        assert!(!wait.timed_out(), "{failure}");
    }
}
