//! What exercise 3.7 asks.
//! without: sttp::session, sttp::server, std::thread, std::time::SystemTime

use std::cell::Cell;
use std::fmt;
use std::ops::Range;
use std::time::{Duration, Instant};

use course::{Dice, fail, same, truth};

use super::ex7_patience::*;

/// A client, its worker and the others, on the check's own clock, which counts from the acceptance.
struct Story {
    limits: Limits,
    /// When a worker takes the connection.
    taken: Duration,
    /// What the client sends, and when.
    sends: Vec<(Duration, &'static str)>,
    /// When others wait.
    crowded: Range<Duration>,
}

/// How a story ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Closed(Duration),
    Refused(Duration),
    /// It did not end while it was watched.
    Open,
}

use End::*;

const NEVER: Range<Duration> = Duration::ZERO..Duration::ZERO;
const ALWAYS: Range<Duration> = Duration::ZERO..Duration::MAX;

impl Story {
    fn new(limits: Limits, crowded: Range<Duration>) -> Story {
        Story { limits, taken: Duration::ZERO, sends: Vec::new(), crowded }
    }

    fn sends(mut self, at: Duration, bytes: &'static str) -> Story {
        self.sends.push((at, bytes));
        self
    }

    /// Sends a byte at a time and never a line feed.
    fn trickles(mut self, from: Duration, every: Duration) -> Story {
        self.sends.extend((0..2000).map(|number| (from + every * number, "x")));
        self
    }

    /// Plays it for `watched`. Returns how it ends, and how often the worker woke up and found nothing.
    fn play(&self, watched: Duration) -> (End, usize) {
        let (zero, clock) = (Instant::now(), Cell::new(self.taken));
        let mut patience = Patience::new(self.limits, zero, || self.crowded.contains(&clock.get()));
        let (mut sends, mut vain) = (self.sends.iter().peekable(), 0);
        while clock.get() < watched {
            let longest = match patience.next(zero + clock.get()) {
                Next::Read(longest) => longest,
                Next::Close => return (Closed(clock.get()), vain),
                Next::Refuse => return (Refused(clock.get()), vain),
            };
            truth(
                !longest.is_zero(),
                format_args!("at {:?} next() returned Read(0), which reads nothing", clock.get()),
            );
            let until = clock.get().saturating_add(longest);
            match sends.next_if(|(at, _)| *at <= until) {
                Some((at, bytes)) => {
                    clock.set(clock.get().max(*at));
                    patience.received(bytes.as_bytes(), zero + clock.get());
                }
                None => {
                    clock.set(until);
                    vain += 1;
                }
            }
            if vain > 100_000 {
                fail(format_args!("the worker has woken up {vain} times in {:?} for nothing", clock.get()));
            }
        }
        (Open, vain)
    }

    /// Plays it until long after all limits have passed.
    fn end(&self) -> End {
        let last = self.sends.first().map_or(Duration::ZERO, |(at, _)| *at);
        self.play((self.taken + last + self.limits.idle + self.limits.request) * 3).0
    }
}

impl fmt::Debug for End {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Closed(at) => write!(f, "closed without a word at {at:?}"),
            Refused(at) => write!(f, "refused with a 300 at {at:?}"),
            Open => write!(f, "still open"),
        }
    }
}

/// Limits, different in each check. The patience is about 1000 ms, and the others are much longer.
fn limits(seed: u64) -> Limits {
    let mut dice = Dice::new(seed);
    let patience = ms(900 + dice.roll(20) as u64 * 10);
    let [idle, request] = [(20, 200), (4, 20)].map(|(least, more)| patience * least + ms(dice.roll(more) as u64 * 10));
    Limits { idle, request, patience }
}

/// Some hundredths of the patience.
fn part(limits: &Limits, hundredths: u32) -> Duration {
    limits.patience / 100 * hundredths
}

#[test]
fn a_client_that_makes_its_requests_in_time_stays() {
    let limits = limits(1);
    let mut story = Story::new(limits, ALWAYS);
    for number in 1..=50 {
        story = story.sends(part(&limits, 80) * number, "SHOW /a.txt\n");
    }
    let watched = part(&limits, 80) * 50;
    same("others wait, and the client sends a line every 0.8 patience", &story.play(watched).0, &Open);
}

#[test]
fn an_idle_client_gives_way_without_a_word() {
    let limits = limits(2);
    let story = Story::new(limits, ALWAYS);
    same(format_args!("others wait, the client sends nothing; {limits:?}"), &story.end(), &Closed(limits.patience));
    let at = part(&limits, 40);
    let story = Story::new(limits, ALWAYS).sends(at, "SHOW /a.txt\n");
    let what = format!("others wait, the client sends a line at {at:?} and then nothing; {limits:?}");
    same(what, &story.end(), &Closed(at + limits.patience));
}

#[test]
fn a_client_in_mid_line_gives_way_with_a_300() {
    let limits = limits(3);
    let at = part(&limits, 70);
    let story = Story::new(limits, ALWAYS).sends(at, "SHOW");
    let what = format!("others wait, the client sends half a line at {at:?} and then nothing; {limits:?}");
    same(what, &story.end(), &Refused(limits.patience));
}

#[test]
fn a_client_that_trickles_bytes_gives_way() {
    let limits = limits(4);
    let every = part(&limits, 10);
    let story = Story::new(limits, ALWAYS).trickles(every / 2, every);
    let what = format!("others wait, the client sends a byte every {every:?} and never a line feed; {limits:?}");
    same(what, &story.end(), &Refused(limits.patience));
}

#[test]
fn patience_is_counted_from_the_last_complete_request() {
    let limits = limits(5);
    let (first, second) = (part(&limits, 70), part(&limits, 140));
    let story = Story::new(limits, ALWAYS).sends(first, "SHOW /a.txt\n").sends(second, "SHOW /b.txt\nSHOW /c.txt\nSHO");
    let what = format!("others wait, a line comes at {first:?}, two lines and a half at {second:?}; {limits:?}");
    same(what, &story.end(), &Refused(second + limits.patience));
    let story = Story::new(limits, ALWAYS).sends(first, "SHOW /a").sends(second - part(&limits, 60), ".txt\n");
    let what = format!("others wait, half a line comes at {first:?}, the rest 0.1 patience later; {limits:?}");
    same(what, &story.end(), &Closed(second - part(&limits, 60) + limits.patience));
}

#[test]
fn while_nobody_waits_a_client_may_use_its_idle_time() {
    let limits = limits(6);
    let story = Story::new(limits, NEVER);
    same(format_args!("nobody waits, the client sends nothing; {limits:?}"), &story.end(), &Closed(limits.idle));
    let at = limits.patience * 3;
    let story = Story::new(limits, NEVER).sends(at, "SHOW /a.txt\n");
    let what = format!("nobody waits, the client sends a line at {at:?} and then nothing; {limits:?}");
    same(what, &story.end(), &Closed(at + limits.idle));
}

#[test]
fn while_nobody_waits_a_line_may_use_its_request_time() {
    let limits = limits(7);
    let at = limits.patience * 3;
    let story = Story::new(limits, NEVER).sends(at, "SHOW");
    let what = format!("nobody waits, the client sends half a line at {at:?} and then nothing; {limits:?}");
    same(what, &story.end(), &Refused(at + limits.request));
    let story = Story::new(limits, NEVER).trickles(at, part(&limits, 13));
    let what = format!("nobody waits, the client sends a byte now and then from {at:?} on; {limits:?}");
    same(what, &story.end(), &Refused(at + limits.request));
    let story = Story::new(limits, NEVER).sends(at, "SHOW").sends(at * 2, " /a.txt\nSH");
    let what =
        format!("nobody waits, a line comes in two parts at {at:?} and {:?}, with half of another; {limits:?}", at * 2);
    same(what, &story.end(), &Refused(at * 2 + limits.request));
}

#[test]
fn clients_that_arrive_later_are_noticed() {
    let limits = limits(8);
    let half = part(&limits, 50);
    let story = Story::new(limits, half..Duration::MAX);
    let what = format!("others wait from {half:?} on, the client sends nothing; {limits:?}");
    same(what, &story.end(), &Closed(limits.patience));
    for hundredths in [130, 250, 505, 777] {
        let from = part(&limits, hundredths);
        let (story, latest) = (Story::new(limits, from..Duration::MAX), from + limits.patience);
        let what = format!("others wait from {from:?} on, the client sends nothing; {limits:?}");
        match story.end() {
            Closed(at) if (from..=latest).contains(&at) => {}
            end => fail(format_args!("{what}\n  expected  closed between then and {latest:?}\n  got       {end:?}")),
        }
    }
}

#[test]
fn clients_that_have_left_do_not_count() {
    let limits = limits(9);
    let crowded = part(&limits, 20)..part(&limits, 80);
    let what = format!("others wait only from {:?} to {:?}, the client sends nothing", crowded.start, crowded.end);
    let story = Story::new(limits, crowded);
    same(format_args!("{what}; {limits:?}"), &story.end(), &Closed(limits.idle));
}

#[test]
fn a_client_that_has_waited_for_a_worker_is_read_once() {
    let limits = limits(10);
    let taken = limits.patience * 3;
    let story = |crowded| Story { taken, ..Story::new(limits, crowded) };
    let what = format!("others wait; accepted at 0, but taken by a worker only at {taken:?}");
    let at = part(&limits, 10);
    let asked = story(ALWAYS).sends(at, "SHOW /a.txt\n");
    same(format_args!("{what}; a line came at {at:?}; {limits:?}"), &asked.end(), &Closed(taken + limits.patience));
    let late = taken + MOMENT * 10;
    for (sent, is_closed) in [("", true), ("SH", false)] {
        let story = if sent.is_empty() { story(ALWAYS) } else { story(ALWAYS).sends(at, sent) };
        let (end, way) = (story.end(), if is_closed { "closed without a word" } else { "refused with a 300" });
        match end {
            Closed(at) if is_closed && at >= taken + MOMENT && at <= late => {}
            Refused(at) if !is_closed && at <= late => {}
            _ => fail(format_args!(
                "{what}; {sent:?} came before that\n  expected  {way} by {late:?}\n  got       {end:?}"
            )),
        }
    }
}

#[test]
fn a_client_that_has_waited_for_too_long_is_read_once_too() {
    let limits = limits(12);
    let little = MOMENT / 3;
    for age in [limits.patience - little, limits.patience, limits.idle - little, limits.idle, limits.idle * 2] {
        for others in [true, false] {
            let zero = Instant::now();
            let first = Patience::new(limits, zero, || others).next(zero + age);
            let what = format!(
                "accepted at 0, taken by a worker at {age:?}, others wait: {others}; {limits:?}; \
                 what next() returned first"
            );
            match first {
                Next::Read(longest) if longest >= MOMENT => {}
                _ => fail(format_args!("{what}\n  expected  Read, for at least {MOMENT:?}\n  got       {first:?}")),
            }
        }
    }
}

#[test]
fn a_client_whose_time_is_used_up_is_not_read_twice() {
    let (limits, zero) = (limits(13), Instant::now());
    let taken = zero + limits.patience * 2;
    let mut patience = Patience::new(limits, zero, || true);
    let what = "others wait; accepted at 0, taken by a worker at twice the patience, \"SHO\" was read";
    patience.next(taken);
    patience.received(b"SHO", taken);
    same(format_args!("{what}; then next()"), &patience.next(taken), &Next::Refuse);
    let (soon, little) = (zero + limits.patience, MOMENT / 2);
    let mut patience = Patience::new(limits, zero, || true);
    patience.next(zero);
    patience.received(b"SHO", soon - little);
    let what =
        format!("others wait; accepted at 0, \"SHO\" was read {little:?} before the end of its patience; {limits:?}");
    same(format_args!("{what}; then next()"), &patience.next(soon - little), &Next::Read(little));
    patience.received(b"W", soon);
    same(format_args!("{what}, and \"W\" exactly at its end; then next()"), &patience.next(soon), &Next::Refuse);
}

#[test]
fn a_line_has_its_own_time() {
    let limits = Limits { idle: ms(2000), request: ms(5000), patience: ms(9000) };
    let at = ms(1500);
    let story = Story::new(limits, NEVER).sends(at, "SHOW");
    let what = format!("nobody waits, the client sends half a line at {at:?} and then nothing; {limits:?}");
    same(what, &story.end(), &Refused(at + limits.request));
}

#[test]
fn the_worker_is_not_woken_needlessly() {
    for times in [1, 8] {
        let Limits { idle, request, patience } = limits(11);
        not_woken_needlessly(Limits { idle, request, patience: patience * times });
    }
}

fn not_woken_needlessly(limits: Limits) {
    let (_, vain) = Story::new(limits, NEVER).play(limits.idle * 2);
    let most = (limits.idle.as_millis() / limits.patience.as_millis() + 1) as usize * 10;
    let what = format!("nobody waits, the client is idle for {:?}, patience is {:?}", limits.idle, limits.patience);
    truth(vain <= most, format_args!("{what}\n  expected  at most {most} reads\n  got       {vain} reads"));
}

#[test]
fn three_hundred_random_clients_are_treated_by_the_rules() {
    for seed in 0..300 {
        let mut dice = Dice::new(1000 + seed);
        let limits = limits(2000 + seed);
        let crowded = if dice.roll(2) == 0 { NEVER } else { ALWAYS };
        let (mut story, mut now) = (Story::new(limits, crowded.clone()), Duration::ZERO);
        for _ in 0..20 {
            // Never exactly at the end of a limit: those are whole milliseconds.
            now += ms(dice.roll(1100) as u64) + Duration::from_micros(7);
            story = story.sends(now, dice.pick::<&str>(&["x", "\n", "xx\n", "x\nx", "x\n\n"]));
        }
        let what = format!(
            "seed {seed}, others wait {}: {:?}; {limits:?}",
            if crowded == NEVER { "never" } else { "always" },
            story.sends
        );
        same(what, &story.end(), &expected(&story));
    }
}

/// The end by the rules, with the whole story known: for others that wait always or never.
fn expected(story: &Story) -> End {
    let Limits { idle, request, patience } = story.limits;
    let patience = if story.crowded == ALWAYS { patience } else { Duration::MAX };
    let (mut since, mut line) = (Duration::ZERO, None);
    for (at, bytes) in story.sends.iter().copied().chain([(Duration::MAX, "")]) {
        let own = line.map_or(since + idle, |begun| begun + request);
        let due = own.min(since.saturating_add(patience));
        if due < at {
            return if line.is_some() { Refused(due) } else { Closed(due) };
        }
        for byte in bytes.bytes() {
            match byte {
                b'\n' => (since, line) = (at, None),
                _ => line = line.or(Some(at)),
            }
        }
    }
    Open
}

fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}
