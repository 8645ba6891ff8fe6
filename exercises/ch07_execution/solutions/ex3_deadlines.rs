//! Each key has one entry in a heap, and it says when to look, not when the deadline is. A deadline that moves to a later
//! moment leaves the entry where it is; when its moment comes, the key is asked, and looked at again later.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A deadline for each of many keys.
pub struct Deadlines<M> {
    /// When to look at which key.
    looks: BinaryHeap<Reverse<(M, u32)>>,
    slots: Vec<Slot<M>>,
}

#[derive(Clone)]
struct Slot<M> {
    deadline: Option<M>,
    /// The entry in the heap that counts. An earlier one has replaced all others.
    look: Option<M>,
}

impl<M: Ord + Copy> Deadlines<M> {
    /// No deadlines yet.
    pub fn new() -> Deadlines<M> {
        Deadlines { looks: BinaryHeap::new(), slots: Vec::new() }
    }

    /// Gives `key` this deadline.
    pub fn set(&mut self, key: u32, moment: M) {
        if key as usize >= self.slots.len() {
            self.slots.resize(key as usize + 1, Slot { deadline: None, look: None });
        }
        let slot = &mut self.slots[key as usize];
        slot.deadline = Some(moment);
        if slot.look.is_none_or(|look| moment < look) {
            slot.look = Some(moment);
            self.looks.push(Reverse((moment, key)));
            self.tidy();
        }
    }

    /// Takes the deadline of `key` away.
    pub fn remove(&mut self, key: u32) {
        if let Some(slot) = self.slots.get_mut(key as usize) {
            slot.deadline = None;
        }
    }

    /// Returns a key whose deadline is `now` or earlier, and takes that deadline away.
    pub fn pop_expired(&mut self, now: M) -> Option<u32> {
        while let Some(&Reverse((look, key))) = self.looks.peek() {
            if look > now {
                return None;
            }
            self.looks.pop();
            let slot = &mut self.slots[key as usize];
            if slot.look != Some(look) {
                continue;
            }
            slot.look = slot.deadline.filter(|deadline| *deadline > now);
            match slot.look {
                Some(later) => self.looks.push(Reverse((later, key))),
                None if slot.deadline.take().is_some() => return Some(key),
                None => {}
            }
        }
        None
    }

    /// Returns how long the event loop may sleep.
    pub fn next(&self) -> Option<M> {
        self.looks.peek().map(|Reverse((look, _))| *look)
    }

    /// Drops the entries that have been replaced, once they are the greater part.
    fn tidy(&mut self) {
        if self.looks.len() > 2 * self.slots.len() + 64 {
            let slots = &self.slots;
            self.looks.retain(|Reverse((look, key))| slots[*key as usize].look == Some(*look));
        }
    }
}
