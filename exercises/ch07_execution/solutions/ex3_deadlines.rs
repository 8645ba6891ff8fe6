//! Each key has one entry in a heap, which says when to look at the key, not when its deadline is. A deadline that
//! moves to a later moment leaves the entry where it is. When the entry's moment comes, the key gets a new entry for
//! its deadline.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// A deadline for each of many keys.
pub struct Deadlines<M> {
    /// When to look at a key.
    looks: BinaryHeap<Reverse<(M, u32)>>,
    slots: Vec<Slot<M>>,
}

#[derive(Clone)]
struct Slot<M> {
    deadline: Option<M>,
    /// The one entry in the heap that counts. Others for this key have been replaced by an earlier one.
    look: Option<M>,
}

impl<M: Ord + Copy> Deadlines<M> {
    /// No deadlines.
    pub fn new() -> Deadlines<M> {
        Deadlines { looks: BinaryHeap::new(), slots: Vec::new() }
    }

    /// Sets the deadline of `key`, or moves it.
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

    /// Removes the deadline of `key`.
    pub fn remove(&mut self, key: u32) {
        if let Some(slot) = self.slots.get_mut(key as usize) {
            slot.deadline = None;
        }
    }

    /// Removes a deadline that is `now` or earlier, and returns its key.
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

    /// Drops replaced entries, once they may be the majority.
    fn tidy(&mut self) {
        if self.looks.len() > 2 * self.slots.len() + 64 {
            let slots = &self.slots;
            self.looks.retain(|Reverse((look, key))| slots[*key as usize].look == Some(*look));
        }
    }
}
