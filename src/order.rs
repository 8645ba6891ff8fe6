//! An order over numbered slots: a doubly linked list without pointers.
//!
//! The links are in one `Vec`, and a neighbour is an index into it. So moving a slot to the back is a few writes to memory
//! that has been allocated already: no `Rc`, no `unsafe`. The list is a ring through a sentinel at index 0, so the first
//! and the last slot need no special cases. Chapter 4.

/// A list of slots without duplicates.
#[derive(Debug)]
pub struct Order {
    /// The link of slot `n` is at `n + 1`; the sentinel's is at 0.
    links: Vec<Link>,
}

#[derive(Debug, Clone, Copy)]
struct Link {
    before: usize,
    after: usize,
}

impl Order {
    /// An empty list.
    pub fn new() -> Self {
        Order { links: vec![Link { before: 0, after: 0 }] }
    }

    /// Appends a slot, which must not be in the list.
    pub fn push_back(&mut self, slot: usize) {
        let (link, last) = (slot + 1, self.links[0].before);
        if self.links.len() <= link {
            self.links.resize(link + 1, Link { before: 0, after: 0 });
        }
        self.links[link] = Link { before: last, after: 0 };
        self.links[last].after = link;
        self.links[0].before = link;
    }

    /// Removes a slot, which must be in the list.
    pub fn remove(&mut self, slot: usize) {
        let Link { before, after } = self.links[slot + 1];
        self.links[before].after = after;
        self.links[after].before = before;
    }

    /// The slot that has been in the list the longest.
    pub fn front(&self) -> Option<usize> {
        self.links[0].after.checked_sub(1)
    }

    /// All slots, front to back.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        std::iter::successors(self.front(), |slot| self.links[slot + 1].after.checked_sub(1))
    }

    /// Panics unless the links agree in both directions.
    pub fn validate(&self) {
        let mut link = 0;
        for _ in 0..self.links.len() {
            let next = self.links[link].after;
            assert_eq!(self.links[next].before, link, "the link back from {next}");
            link = next;
            if link == 0 {
                return;
            }
        }
        panic!("the ring does not close");
    }
}

impl Default for Order {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_in_the_order_in_which_they_were_pushed() {
        let mut order = Order::new();
        assert_eq!(order.front(), None);
        for slot in [3, 0, 2] {
            order.push_back(slot);
            order.validate();
        }
        order.remove(3);
        order.push_back(3);
        order.validate();
        assert_eq!(order.iter().collect::<Vec<_>>(), [0, 2, 3]);
        for slot in [2, 0, 3] {
            order.remove(slot);
            order.validate();
        }
        assert_eq!(order.iter().count(), 0);
    }
}
