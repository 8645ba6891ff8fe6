//! One play of a scene: what each actor is doing, and which one moves next.
//!
//! Nothing here sleeps or runs: the [stage](crate::stage) does that, and reports to the [`Play`] what its threads do. A
//! play can be repeated, because everything left to chance is a list of decisions.

/// After this many steps, an actor is running in circles.
const MOST_STEPS: usize = 300;
/// How many of the last steps of a failed play are shown.
const SHOWN: usize = 12;

/// What a thread does at a monitor, which is known by its address.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Step {
    Begin,
    Lock(usize),
    Wait(usize),
    NotifyOne(usize),
    NotifyAll(usize),
}

/// Where one play is.
pub(crate) struct Play {
    names: Vec<String>,
    doing: Vec<Doing>,
    /// The locks that are held.
    held: Vec<usize>,
    /// The actor that moves; not a valid number once the play is over.
    pub(crate) moves: usize,
    pub(crate) decisions: Vec<Decision>,
    decided: usize,
    disturbances: usize,
    steps: Vec<String>,
    pub(crate) failure: Option<String>,
}

/// What an actor is doing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Doing {
    Wants(Step),
    Sleeps(usize),
    Moves,
    Gone,
}

/// Which of several possible things happened.
pub(crate) struct Decision {
    pub(crate) taken: usize,
    pub(crate) of: usize,
}

impl Play {
    /// A play that has not begun, with these decisions first and then always the first of what is possible.
    pub(crate) fn new(names: Vec<String>, decisions: Vec<Decision>) -> Play {
        Play {
            doing: vec![Doing::Wants(Step::Begin); names.len()],
            names,
            held: Vec::new(),
            moves: usize::MAX,
            decisions,
            decided: 0,
            disturbances: 0,
            steps: Vec::new(),
            failure: None,
        }
    }

    /// Whether any actor still has something to do.
    pub(crate) fn is_on(&self) -> bool {
        self.failure.is_none() && self.doing.iter().any(|doing| *doing != Doing::Gone)
    }

    /// `actor` has come to this step.
    pub(crate) fn wants(&mut self, actor: usize, step: Step) {
        self.doing[actor] = Doing::Wants(step);
    }

    /// `actor` releases the lock and sleeps.
    pub(crate) fn sleeps(&mut self, actor: usize, monitor: usize) {
        self.held.retain(|held| *held != monitor);
        self.doing[actor] = Doing::Sleeps(monitor);
    }

    /// `actor` has released the lock.
    pub(crate) fn unlocks(&mut self, actor: usize, monitor: usize) {
        self.held.retain(|held| *held != monitor);
        let locked = format!("{} locks", self.names[actor]);
        match self.steps.last_mut() {
            Some(last) if *last == locked => last.push_str(" and unlocks"),
            _ => self.note(actor, "unlocks"),
        }
    }

    /// `actor` has come to its end, which may have been a panic.
    pub(crate) fn ends(&mut self, actor: usize, panic: Option<String>) {
        self.doing[actor] = Doing::Gone;
        let failure = panic.map(|text| format!("{}: {text}", self.names[actor]));
        self.failure = self.failure.take().or(failure);
    }

    /// Decides which actor moves once `last` has come to its next step, or to its end.
    pub(crate) fn next(&mut self, last: usize) {
        let over = self.names.len();
        let mut able: Vec<usize> = (0..over).filter(|&number| self.is_able(number)).collect();
        if self.failure.is_some() || able.is_empty() || self.steps.len() > MOST_STEPS {
            self.failure = self.failure.take().or_else(|| self.why_it_ended());
            self.moves = over;
            return;
        }
        let goes_on = able.contains(&last);
        // The actor that could go on comes first: choosing another one is a disturbance.
        able.sort_by_key(|&number| number != last);
        let quiet = if goes_on { 1 } else { able.len() };
        able.extend((0..over).filter(|&number| self.may_be_startled(number)));
        let most_disturbances = if over > 2 { 1 } else { 2 };
        let of = if self.disturbances < most_disturbances { able.len() } else { quiet };
        let taken = self.decide(of);
        self.disturbances += usize::from(taken >= quiet);
        self.moves = able[taken];
        if let Doing::Sleeps(monitor) = self.doing[self.moves] {
            self.note(self.moves, "wakes, although nobody has woken it");
            self.doing[self.moves] = Doing::Wants(Step::Lock(monitor));
        }
    }

    /// `actor` does its step.
    pub(crate) fn act(&mut self, actor: usize, step: Step) {
        self.doing[actor] = Doing::Moves;
        match step {
            Step::Begin => {}
            Step::Lock(monitor) => {
                self.held.push(monitor);
                self.note(actor, "locks");
            }
            Step::Wait(_) => self.note(actor, "waits: releases the lock and sleeps"),
            Step::NotifyOne(monitor) => self.notify(actor, monitor, 1),
            Step::NotifyAll(monitor) => self.notify(actor, monitor, usize::MAX),
        }
    }

    /// The last steps.
    pub(crate) fn story(&self) -> String {
        let from = self.steps.len().saturating_sub(SHOWN);
        let lines: String = self.steps[from..].iter().map(|step| format!("\n    {step}")).collect();
        format!("  it happens in this order:{}{lines}", if from > 0 { "\n    …" } else { "" })
    }

    /// Leaks what actors that are stuck still look at.
    pub(crate) fn take_out(&mut self) -> Play {
        Play {
            names: self.names.clone(),
            doing: Vec::new(),
            held: Vec::new(),
            decisions: std::mem::take(&mut self.decisions),
            steps: std::mem::take(&mut self.steps),
            failure: self.failure.take(),
            ..*self
        }
    }

    fn notify(&mut self, actor: usize, monitor: usize, most: usize) {
        let mut woken = Vec::new();
        while woken.len() < most {
            let sleepers: Vec<usize> =
                (0..self.doing.len()).filter(|&n| self.doing[n] == Doing::Sleeps(monitor)).collect();
            if sleepers.is_empty() {
                break;
            }
            // A condition variable does not promise which thread it wakes.
            let chosen = if most == 1 { self.decide(sleepers.len()) } else { 0 };
            self.doing[sleepers[chosen]] = Doing::Wants(Step::Lock(monitor));
            woken.push(self.names[sleepers[chosen]].clone());
        }
        let whom = if woken.is_empty() { "nobody, because nobody sleeps".into() } else { woken.join(" and ") };
        self.note(actor, &format!("notifies {}: wakes {whom}", if most == 1 { "one" } else { "all" }));
    }

    fn is_able(&self, actor: usize) -> bool {
        match self.doing[actor] {
            Doing::Wants(Step::Lock(monitor)) => !self.held.contains(&monitor),
            Doing::Wants(_) => true,
            _ => false,
        }
    }

    fn may_be_startled(&self, actor: usize) -> bool {
        matches!(self.doing[actor], Doing::Sleeps(monitor) if !self.held.contains(&monitor))
    }

    fn decide(&mut self, of: usize) -> usize {
        if of == 1 {
            return 0;
        }
        if self.decided == self.decisions.len() {
            self.decisions.push(Decision { taken: 0, of });
        }
        self.decided += 1;
        self.decisions[self.decided - 1].taken
    }

    /// `None` when all have come to their end.
    fn why_it_ended(&self) -> Option<String> {
        if self.steps.len() > MOST_STEPS {
            return Some(format!(
                "after {MOST_STEPS} steps there is no end: a thread asks again and again instead of sleeping"
            ));
        }
        let state = |(name, doing): (&String, &Doing)| match doing {
            Doing::Sleeps(_) => Some(format!("{name} sleeps")),
            Doing::Wants(_) => Some(format!("{name} waits for the lock")),
            _ => None,
        };
        let stuck: Vec<String> = self.names.iter().zip(&self.doing).filter_map(state).collect();
        (!stuck.is_empty()).then(|| format!("nobody can go on: {}", stuck.join(", ")))
    }

    /// Adds a line to the story.
    pub(crate) fn note(&mut self, actor: usize, what: &str) {
        self.steps.push(format!("{} {what}", self.names[actor]));
    }
}
