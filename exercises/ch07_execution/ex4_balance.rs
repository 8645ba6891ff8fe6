//! Build a balancer: messages of many clients come in, a few workers carry them out, and each client gets its answers
//! in the order of its requests. The fields of `Balancer` are yours to choose, and so are all other types that you
//! need.

/// What one client asks for.
pub struct Message {
    /// Which client: any number.
    pub client: u64,
    pub kind: Kind,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Changes nothing.
    Read,
    /// Changes something that the client's next messages will see.
    Write,
}

/// Carries out messages on several threads.
pub struct Balancer {}

impl Balancer {
    /// Starts `workers` threads, at least one. They call `carry_out` for each message, which returns the answer, may
    /// block for long, and does not panic. `send` puts an answer into the output of the client with this number; it
    /// does not block, and may be called on any thread.
    pub fn new(
        workers: usize,
        carry_out: impl Fn(&Message) -> String + Send + Sync + 'static,
        send: impl Fn(u64, String) + Send + Sync + 'static,
    ) -> Balancer {
        todo!()
    }

    /// Takes a message. Never waits for one to be carried out.
    ///
    /// A message starts as soon as its client's earlier messages allow it and a worker is free:
    /// - a read when all earlier writes of this client have been carried out,
    /// - a write when all earlier messages of this client have been carried out.
    ///
    /// A client's answers are sent in the order of its messages, each as soon as those before it have been sent.
    pub fn submit(&self, message: Message) {
        todo!()
    }
}

impl Drop for Balancer {
    /// Returns when all messages that were taken have been carried out, and their answers sent. No thread is left
    /// behind.
    fn drop(&mut self) {
        todo!()
    }
}
