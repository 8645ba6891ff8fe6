//! The deadlines of many connections.
//!
//! A busy connection moves its deadline with every request, and nearly no deadline is ever reached. So moving one to a
//! later moment costs nothing but an assignment: the heap keeps the old moment, and only when that moment comes is the
//! connection asked whether it still holds. A place has one entry in the heap, as a rule, whoever has it in the meantime;
//! one more if a deadline moved to an earlier moment. Ten thousand deadlines are never scanned. Time is an argument.
//! Chapter 7.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use crate::poll::Token;

/// The deadlines, at most one for each token.
#[derive(Debug, Default)]
pub struct Timers {
    /// When to look, and at which place; the earliest is on top.
    heap: BinaryHeap<Reverse<(Instant, u32)>>,
    /// By the token's place.
    slots: Vec<Slot>,
}

/// The timer of one place.
#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    generation: u32,
    /// When it is due, if it is.
    deadline: Option<Instant>,
    /// The earliest entry in the heap for this place.
    next_look: Option<Instant>,
}

impl Timers {
    /// Sets the deadline of a token, or takes it away. The place's earlier tokens have none any more.
    pub fn set(&mut self, token: Token, deadline: Option<Instant>) {
        let place = token.place as usize;
        if place >= self.slots.len() {
            self.slots.resize(place + 1, Slot::default());
        }
        let slot = &mut self.slots[place];
        (slot.generation, slot.deadline) = (token.generation, deadline);
        if let Some(deadline) = deadline.filter(|deadline| slot.next_look.is_none_or(|look| *deadline < look)) {
            slot.next_look = Some(deadline);
            self.heap.push(Reverse((deadline, token.place)));
            self.tidy();
        }
    }

    /// The earliest moment at which a deadline may have passed; `None` if there is none. It may be too early, never too
    /// late.
    pub fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse((look, _))| *look)
    }

    /// Takes one of the tokens whose deadline has passed. Each call of `set` is answered at most once.
    pub fn pop(&mut self, now: Instant) -> Option<Token> {
        while let Some(&Reverse((look, place))) = self.heap.peek().filter(|Reverse((look, _))| *look <= now) {
            self.heap.pop();
            let slot = &mut self.slots[place as usize];
            if slot.next_look != Some(look) {
                // An earlier look has taken its place.
                continue;
            }
            // If the deadline has moved since, look again then.
            slot.next_look = slot.deadline.filter(|deadline| *deadline > now);
            if let Some(deadline) = slot.next_look {
                self.heap.push(Reverse((deadline, place)));
            } else if slot.deadline.take().is_some() {
                return Some(Token { place, generation: slot.generation });
            }
        }
        None
    }

    /// Removes the entries that an earlier look has replaced, once they are the greater part of the heap.
    fn tidy(&mut self) {
        if self.heap.len() > 2 * self.slots.len() + 64 {
            let slots = &self.slots;
            self.heap.retain(|Reverse((look, place))| slots[*place as usize].next_look == Some(*look));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;
    use std::time::Duration;

    fn token(place: u32, generation: u32) -> Token {
        Token { place, generation }
    }

    /// All that have passed at `now`, in order.
    fn passed(timers: &mut Timers, now: Instant) -> Vec<Token> {
        let mut all: Vec<Token> = std::iter::from_fn(|| timers.pop(now)).collect();
        all.sort();
        all
    }

    #[test]
    fn a_deadline_that_moves_later_costs_no_entry() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        for second in 0..1000 {
            timers.set(token(3, 0), Some(start + Duration::from_secs(30 + second)));
        }
        assert_eq!(timers.heap.len(), 1);
        assert_eq!(timers.next(), Some(start + Duration::from_secs(30)));
        assert_eq!(timers.pop(start + Duration::from_secs(1028)), None);
        assert_eq!(timers.pop(start + Duration::from_secs(1029)), Some(token(3, 0)));
        assert_eq!((timers.pop(start + Duration::from_secs(9999)), timers.next()), (None, None));
    }

    #[test]
    fn a_deadline_of_an_earlier_connection_at_the_same_place_is_forgotten() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        timers.set(token(0, 1), Some(start));
        timers.set(token(0, 2), None);
        assert_eq!(timers.pop(start), None);
        timers.set(token(0, 2), Some(start));
        assert_eq!(passed(&mut timers, start), [token(0, 2)]);
    }

    #[test]
    fn a_hundred_thousand_connections_after_one_another_leave_no_entries_behind() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        for connection in 0..100_000 {
            let now = start + Duration::from_millis(connection);
            timers.set(token(0, connection as u32), Some(now + Duration::from_secs(3600)));
            timers.set(token(0, connection as u32), None);
        }
        assert_eq!(timers.heap.len(), 1);
    }

    #[test]
    fn a_deadline_that_goes_to_and_fro_leaves_few_entries_behind() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        for second in 0..10_000 {
            let now = start + Duration::from_secs(second);
            timers.set(token(0, 0), Some(now + Duration::from_secs(1)));
            timers.set(token(0, 0), Some(now + Duration::from_secs(3600)));
            assert_eq!(timers.pop(now), None);
            assert!(timers.heap.len() <= 66, "{} entries", timers.heap.len());
        }
    }

    #[test]
    fn it_agrees_with_a_naive_model() {
        let (mut timers, start) = (Timers::default(), Instant::now());
        let mut model: HashMap<Token, Instant> = HashMap::new();
        let mut random = 7_u64;
        let mut roll = |sides: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % sides
        };
        for step in 0..20_000 {
            let now = start + Duration::from_millis(step);
            let token = token(roll(20) as u32, (step / 5_000) as u32);
            model.retain(|other, _| other.place != token.place || other.generation == token.generation);
            match roll(4) {
                0 => {
                    timers.set(token, None);
                    model.remove(&token);
                }
                _ => {
                    let deadline = now + Duration::from_millis(roll(200));
                    timers.set(token, Some(deadline));
                    model.insert(token, deadline);
                }
            }
            let next = model.values().min();
            assert!(next.is_none_or(|next| timers.next().is_some_and(|look| look <= *next)), "step {step}");
            if roll(3) == 0 {
                let mut expected: Vec<Token> =
                    model.iter().filter(|(_, at)| **at <= now).map(|(token, _)| *token).collect();
                expected.sort();
                model.retain(|_, at| *at > now);
                assert_eq!(passed(&mut timers, now), expected, "step {step}");
            }
            assert!(timers.heap.len() <= 2 * 20 + 64, "step {step}: {} entries", timers.heap.len());
        }
    }
}
