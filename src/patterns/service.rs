//! What an event loop serves: how a conversation begins, and where its jobs go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::mail::Return;
use crate::conversation::Conversation;
use crate::conversation::sttp::{self, Cut, Sttp};
use crate::pool::Pool;
use crate::queue::Queue;
use crate::response::{BUSY, Response};
use crate::session::Limits;
use crate::store::Store;

/// A job on its way to a helper, and where its result goes.
#[derive(Debug)]
pub struct Errand<J, D> {
    job: J,
    back: Return<D>,
}

/// What the clients of a loop are served. One value serves many loops.
pub trait Service {
    /// What each client gets.
    type Talk: Conversation;

    /// Begins a conversation.
    fn greet(&self) -> Self::Talk;

    /// Has a job carried out on another thread. Returns it if there is no room; the loop tries again later.
    fn start(&self, errand: ErrandOf<Self>) -> Result<(), ErrandOf<Self>>;

    /// The server stops, and it is too late to carry out what has not been begun.
    fn begin_no_more(&self);

    /// What a client is told that there is no room for.
    fn refusal(&self) -> Vec<u8>;

    /// How many clients one loop may serve.
    fn room(&self) -> usize;

    /// How long clients may take.
    fn limits(&self) -> Limits;
}

/// What a service's jobs come back as.
pub type DoneOf<S> = <<S as Service>::Talk as Conversation>::Done;

/// An errand of a service.
pub type ErrandOf<S> = Errand<<<S as Service>::Talk as Conversation>::Job, DoneOf<S>>;

impl<J, D> Errand<J, D> {
    /// A job whose result goes `back`.
    pub fn new(job: J, back: Return<D>) -> Self {
        Errand { job, back }
    }
}

/// STTP on a store, with a bounded number of helper threads for everything that may block.
pub struct SttpService<S> {
    store: Arc<S>,
    limits: Limits,
    cut: Cut,
    room: usize,
    helpers: Pool<Errand<sttp::Job, sttp::Done>>,
    too_late: Arc<AtomicBool>,
}

impl<S: Store + Send + 'static> SttpService<S> {
    /// With at most `threads` helpers and at most `queue` jobs that wait for one, for loops of at most `room` clients.
    pub fn new(store: Arc<S>, limits: Limits, cut: Cut, room: usize, threads: usize, queue: usize) -> Self {
        let too_late = Arc::<AtomicBool>::default();
        let (kitchen, closing) = (Arc::clone(&store), Arc::clone(&too_late));
        let carry_out = move |errand: Errand<sttp::Job, sttp::Done>| {
            let Errand { job, back } = errand;
            back.send(job.run(&*kitchen, || closing.load(Relaxed)));
        };
        let helpers = Pool::new(Arc::new(Queue::new(queue)), threads, carry_out);
        SttpService { store, limits, cut, room, helpers, too_late }
    }
}

impl<S: Store + Send + 'static> Service for SttpService<S> {
    type Talk = Sttp<S>;

    fn greet(&self) -> Sttp<S> {
        Sttp::new(Arc::clone(&self.store), self.limits, self.cut)
    }

    fn start(&self, errand: Errand<sttp::Job, sttp::Done>) -> Result<(), Errand<sttp::Job, sttp::Done>> {
        self.helpers.submit(errand)
    }

    fn begin_no_more(&self) {
        self.too_late.store(true, Relaxed);
    }

    fn refusal(&self) -> Vec<u8> {
        let mut answer = Vec::new();
        Response::server_error("/", BUSY).write(&mut answer);
        answer
    }

    fn room(&self) -> usize {
        self.room
    }

    fn limits(&self) -> Limits {
        self.limits
    }
}

impl<S> Drop for SttpService<S> {
    /// The pool finishes its jobs when it is dropped; of clients that have left there may be many.
    fn drop(&mut self) {
        self.too_late.store(true, Relaxed);
    }
}
