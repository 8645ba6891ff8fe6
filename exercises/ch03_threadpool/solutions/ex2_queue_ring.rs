//! A ring of slots, allocated once and never grown: the bound is the number of slots. Closing the queue makes none of
//! them usable.

use course::sync::{Condvar, Mutex};

pub struct Queue<T> {
    ring: Mutex<Ring<T>>,
    changed: Condvar,
}

struct Ring<T> {
    slots: Vec<Option<T>>,
    /// The slot of the next item to be taken.
    front: usize,
    count: usize,
    /// How many slots may be filled: all, or none after `close`.
    usable: usize,
}

impl<T> Queue<T> {
    pub fn new(capacity: usize) -> Queue<T> {
        let slots = (0..capacity).map(|_| None).collect();
        Queue { ring: Mutex::new(Ring { slots, front: 0, count: 0, usable: capacity }), changed: Condvar::new() }
    }

    pub fn push(&self, item: T) -> Result<(), T> {
        self.ring.lock().unwrap().put(item)?;
        self.changed.notify_one();
        Ok(())
    }

    pub fn pop(&self) -> Option<T> {
        let ring = self.ring.lock().unwrap();
        self.changed.wait_while(ring, |ring| ring.count == 0 && ring.usable > 0).unwrap().take()
    }

    pub fn close(&self) {
        self.ring.lock().unwrap().usable = 0;
        self.changed.notify_all();
    }
}

impl<T> Ring<T> {
    fn put(&mut self, item: T) -> Result<(), T> {
        if self.count >= self.usable {
            return Err(item);
        }
        let back = (self.front + self.count) % self.slots.len();
        self.slots[back] = Some(item);
        self.count += 1;
        Ok(())
    }

    fn take(&mut self) -> Option<T> {
        let item = self.slots[self.front].take()?;
        self.front = (self.front + 1) % self.slots.len();
        self.count -= 1;
        Some(item)
    }
}
