//! How an event loop stops: whatever has arrived is answered, and within two seconds it is over.

use std::net::Shutdown;
use std::time::{Duration, Instant};

use super::EventLoop;
use crate::patterns::link::Broken;
use crate::patterns::service::Service;
use crate::poll::Token;

/// How long requests that have arrived may still be answered, and how long after that what is answered may still be sent.
const GRACE: [Duration; 2] = [Duration::from_millis(1000), Duration::from_millis(500)];

impl<S: Service> EventLoop<S> {
    /// Accepts whoever is still waiting to be, and ends everybody's input: what has arrived is answered.
    pub(super) fn stop(&mut self, now: Instant) {
        self.stopped = Some(now);
        if let Some(door) = self.door.take() {
            let mut own = Vec::new();
            door.close(&self.mailbox, &mut self.poller, &mut |socket, peer| own.push((socket, peer)));
            own.into_iter().for_each(|(socket, peer)| self.welcome(socket, peer, now));
        }
        self.links.tokens().into_iter().for_each(|token| self.end_input(token));
    }

    pub(super) fn end_input(&mut self, token: Token) {
        if let Some(link) = self.links.get_mut(token) {
            // A client that has disconnected need not be shut down.
            let _ = link.socket.shutdown(Shutdown::Read);
        }
    }

    /// Whether the loop has nothing left to do. Late in a stop, clients that wait for nothing are disconnected; in the
    /// end, all are.
    pub(super) fn is_over(&mut self, now: Instant) -> bool {
        let Some(stopped) = self.stopped else { return false };
        let is_over = now - stopped >= GRACE[0] + GRACE[1];
        if self.is_late(now) {
            self.service.begin_no_more();
            self.waiting.clear();
            for token in self.links.tokens() {
                let waits = self.links.get_mut(token).is_some_and(|link| link.has_output() || link.jobs > 0);
                if is_over || !waits {
                    self.close(token, Some(&Broken::Stopped));
                }
            }
        }
        is_over || self.links.is_empty() && !self.mailbox.expects_clients()
    }

    /// Whether it is too late to begin another request.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.stopped.is_some_and(|stopped| now - stopped >= GRACE[0])
    }

    /// The next moment at which the stop goes on although nothing happens.
    pub(super) fn next_of_stop(&self, now: Instant) -> Option<Instant> {
        let late = self.stopped? + GRACE[0];
        Some(if late > now { late } else { late + GRACE[1] })
    }
}
