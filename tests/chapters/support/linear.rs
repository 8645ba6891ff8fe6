//! Could a history of calls that overlapped have been made by one thread?
//!
//! If so, each call took effect as a whole, at one moment between its beginning and its end: that is *linearizability*
//! (Herlihy and Wing, 1990). A file is a register: it is missing, or holds a text, and every answer says something about it.
//! So each file is checked by itself, which is enough, because a history is linearizable if that of each register is.
//!
//! The search (Wing and Gong, 1993): which call may have been the first? One that began before any other had ended, and
//! whose answer fits the state. Try each, and go on with the rest. What has been tried before, the same calls done and the
//! same state reached, need not be tried again (Lowe, 2017), and that is what makes it quick: clients that take turns have few
//! orders, and of calls that overlap only the set counts, not their order.

use std::collections::HashSet;
use std::fmt;

/// A file: `None` is missing.
pub type State = Option<String>;

/// A call that has been answered.
#[derive(Debug, Clone)]
pub struct Call {
    /// When it began and when it ended, by a clock that ticks for every such event. It took effect in between.
    pub begun: u64,
    pub ended: u64,
    pub seen: Seen,
}

/// What was asked, and what the answer says of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// CREATE with this text, answered 100.
    Created(String),
    /// CREATE, answered 300: there is one.
    Existed,
    /// SHOW, answered 200 with this text.
    Shown(String),
    /// UPDATE with this text, answered 200.
    Updated(String),
    /// DELETE, answered 600.
    Deleted,
    /// SHOW, UPDATE or DELETE, answered 400 or 410.
    Missing,
    /// LIST of its directory: whether its name was there.
    Listed(bool),
}

/// A history that no single thread could have made.
pub struct Impossible(Vec<Call>);

/// Looks for an order in which a single thread could have made these calls, on a file that was missing before.
pub fn check(mut calls: Vec<Call>) -> Result<(), Impossible> {
    calls.sort_by_key(|call| call.begun);
    assert!(calls.len() <= 128, "a set of done calls has 128 bits");
    let order_found = Search { calls: &calls, tried: HashSet::new() }.finish(0, None);
    if order_found { Ok(()) } else { Err(Impossible(calls)) }
}

struct Search<'a> {
    calls: &'a [Call],
    /// Sets of done calls, a bit for each, with the state that they led to.
    tried: HashSet<(u128, State)>,
}

impl Search<'_> {
    /// Whether the calls that are not done can be ordered, from this state on.
    fn finish(&mut self, done: u128, state: State) -> bool {
        let calls = self.calls;
        let rest = || (0..calls.len()).filter(|nr| done & (1 << nr) == 0);
        // A call that began after another had ended cannot come before it.
        let Some(first_end) = rest().map(|nr| calls[nr].ended).min() else { return true };
        if !self.tried.insert((done, state.clone())) {
            return false;
        }
        let mut next = rest().filter(|&nr| calls[nr].begun < first_end);
        next.any(|nr| calls[nr].seen.after(&state).is_some_and(|state| self.finish(done | 1 << nr, state)))
    }
}

impl Seen {
    /// The state after the call, or `None` if the answer does not fit the state before it.
    fn after(&self, state: &State) -> Option<State> {
        let (fits, after) = match self {
            Seen::Created(text) => (state.is_none(), Some(text)),
            Seen::Updated(text) => (state.is_some(), Some(text)),
            Seen::Deleted => (state.is_some(), None),
            Seen::Shown(text) => (state.as_ref() == Some(text), Some(text)),
            Seen::Existed => (state.is_some(), state.as_ref()),
            Seen::Missing => (state.is_none(), None),
            Seen::Listed(there) => (state.is_some() == *there, state.as_ref()),
        };
        fits.then(|| after.cloned())
    }
}

impl fmt::Debug for Impossible {
    /// A line for each call, with its time from left to right.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let mut times: Vec<u64> = self.0.iter().flat_map(|call| [call.begun, call.ended]).collect();
        times.sort_unstable();
        writeln!(f, "no order of these calls makes sense:")?;
        for call in &self.0 {
            let column = |time: u64| times.partition_point(|&other| other < time);
            let (begun, ended) = (column(call.begun), column(call.ended));
            let bar = format!("{}[{}]", " ".repeat(begun), "-".repeat(ended - begun - 1));
            writeln!(f, "  {bar:width$}  {seen:?}", width = times.len(), seen = call.seen)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Seen::*;
    use super::*;

    /// Calls with their beginnings and ends.
    fn is_possible<const N: usize>(calls: [(u64, u64, Seen); N]) -> bool {
        check(calls.map(|(begun, ended, seen)| Call { begun, ended, seen }).into()).is_ok()
    }

    fn text(text: &str) -> String {
        text.into()
    }

    #[test]
    fn calls_one_after_another_must_make_sense_in_that_order() {
        let story = [
            (1, 2, Missing),
            (3, 4, Listed(false)),
            (5, 6, Created(text("a"))),
            (7, 8, Existed),
            (9, 10, Updated(text("b"))),
            (11, 12, Shown(text("b"))),
            (13, 14, Listed(true)),
            (15, 16, Deleted),
            (17, 18, Missing),
        ];
        assert!(is_possible(story.clone()));
        for twisted in 1..story.len() {
            let mut story = story.clone();
            let (earlier, later) = (story[twisted - 1].2.clone(), story[twisted].2.clone());
            (story[twisted - 1].2, story[twisted].2) = (later, earlier);
            // Two that only read, and to which the change between them makes no difference, may come in either order.
            assert_eq!(is_possible(story), matches!(twisted, 1 | 4 | 6), "{twisted}");
        }
    }

    #[test]
    fn of_calls_that_overlap_either_may_be_the_first() {
        for shown in ["a", "b"] {
            assert!(is_possible([(1, 2, Created(text("a"))), (3, 6, Updated(text("b"))), (4, 5, Shown(text(shown)))]));
        }
        assert!(is_possible([(1, 4, Created(text("a"))), (2, 3, Existed)]));
        assert!(is_possible([(1, 4, Missing), (2, 3, Created(text("a")))]));
        assert!(!is_possible([(1, 4, Created(text("a"))), (2, 3, Created(text("b")))]));
    }

    #[test]
    fn what_one_has_seen_another_cannot_unsee() {
        // The new text was shown while the update was in progress: from then on it is there.
        let update = [(1, 2, Created(text("a"))), (3, 10, Updated(text("b"))), (4, 5, Shown(text("b")))];
        let [create, update, shown] = update;
        assert!(is_possible([create.clone(), update.clone(), shown.clone(), (6, 7, Shown(text("b")))]));
        assert!(!is_possible([create, update, shown, (6, 7, Shown(text("a")))]));
    }

    #[test]
    fn a_stale_fill_is_impossible() {
        let reader = (3, 8, Shown(text("a")));
        let later = |shown| (9, 10, Shown(text(shown)));
        let history = |shown| [(1, 2, Created(text("a"))), (4, 5, Updated(text("b"))), reader.clone(), later(shown)];
        assert!(is_possible(history("b")));
        assert!(!is_possible(history("a")));
    }

    #[test]
    fn the_order_of_the_answers_need_not_be_that_of_the_moments() {
        // All overlap: only update a, show a, update b, show b, delete, missing makes sense, listed backwards.
        let told = [
            Missing,
            Deleted,
            Shown(text("b")),
            Updated(text("b")),
            Shown(text("a")),
            Updated(text("a")),
            Created(text("c")),
        ];
        let calls: Vec<Call> = (0..).zip(told).map(|(nr, seen)| Call { begun: nr, ended: 100 + nr, seen }).collect();
        assert!(check(calls.clone()).is_ok());
        let without_update_a: Vec<Call> = calls.into_iter().filter(|call| call.seen != Updated(text("a"))).collect();
        let complaint = format!("{:?}", check(without_update_a).unwrap_err());
        assert_eq!(complaint.lines().count(), 7, "{complaint}");
    }

    #[test]
    fn clients_that_overlap_all_the_time_are_checked_quickly() {
        // Eight calls are open at any time; in the end a text is shown that was never written.
        let call = |nr: u64| Call { begun: 2 * nr, ended: 2 * nr + 15, seen: Updated(nr.to_string()) };
        let mut calls: Vec<Call> = [Call { begun: 0, ended: 1, seen: Created(text("x")) }].into();
        calls.extend((1..=60).map(call));
        assert!(check(calls.clone()).is_ok());
        calls.push(Call { begun: 1000, ended: 1001, seen: Shown(text("never")) });
        assert!(check(calls).is_err());
    }
}
