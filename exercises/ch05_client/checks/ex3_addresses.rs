//! What exercise 5.3 asks.
//! without: sttp::client

use std::io::{self, ErrorKind};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use course::{Dice, Sleepers, freeze, same, step, truth};

use super::ex3_addresses::*;

#[path = "hosts.rs"]
mod hosts;

use hosts::Host::{self, Answers, Fails, FailsAfter, Silent};
use hosts::{Now, Race, addresses};

/// As a delay: the next address is dialled only after a failure. As a limit: none.
const HOUR: Duration = Duration::from_secs(3600);

/// As a delay: the next address is dialled even if the last one hangs.
const MOMENT: Duration = Duration::from_millis(1);

#[test]
fn the_only_address_is_dialled() {
    Race::begin(&[Answers], HOUR, HOUR).gives(Ok(0));
    Race::begin(&[Fails(ErrorKind::ConnectionRefused)], HOUR, HOUR).gives_the_first_error(ErrorKind::ConnectionRefused);
}

#[test]
fn an_empty_list_is_invalid_input() {
    Race::begin(&[], HOUR, HOUR).gives(Err(ErrorKind::InvalidInput));
}

#[test]
fn no_address_is_dialled_after_an_answer() {
    let race = Race::begin(&[Answers, Answers, Answers], HOUR, HOUR);
    race.gives(Ok(0));
    race.has_dialed(&[0]);
}

#[test]
fn a_failure_starts_the_next_attempt_at_once() {
    for kind in [ErrorKind::ConnectionRefused, ErrorKind::TimedOut, ErrorKind::Interrupted, ErrorKind::WouldBlock] {
        let race = Race::begin(&[Fails(kind), Fails(kind), Answers, Answers], HOUR, HOUR);
        race.gives(Ok(2));
        race.has_dialed(&[0, 1, 2]);
    }
}

#[test]
fn a_silent_address_does_not_hold_up_the_others() {
    for (delay, winner) in [(MOMENT, 3), (MOMENT, 1), (Duration::ZERO, 0)] {
        let race = Race::begin(&[Silent; 4], delay, HOUR);
        (0..4).for_each(|host| race.dials(host));
        race.settles();
        race.host(winner, Answers);
        race.gives(Ok(winner));
    }
}

#[test]
fn a_failure_does_not_end_the_other_attempts() {
    for order in [[2, 1, 0], [0, 1, 2]] {
        let race = Race::begin(&[Silent; 3], Duration::ZERO, HOUR);
        (0..3).for_each(|host| race.dials(host));
        for host in &order[..2] {
            race.host(*host, Fails(ErrorKind::ConnectionRefused));
            race.settles();
        }
        race.host(order[2], Answers);
        race.gives(Ok(order[2]));
    }
}

#[test]
fn if_all_fail_the_error_is_that_of_the_first_address() {
    let kinds = [ErrorKind::HostUnreachable, ErrorKind::ConnectionRefused, ErrorKind::PermissionDenied];
    let race = Race::begin(&kinds.map(Fails), HOUR, HOUR);
    race.gives_the_first_error(kinds[0]);
    race.has_dialed(&[0, 1, 2]);
    for order in [[2, 1, 0], [1, 0, 2]] {
        let race = Race::begin(&[Silent; 3], Duration::ZERO, HOUR);
        (0..3).for_each(|host| race.dials(host));
        for host in order {
            race.host(host, Fails(kinds[host]));
            race.settles();
        }
        race.gives_the_first_error(kinds[0]);
    }
}

#[test]
fn a_late_connection_is_closed() {
    let race = Race::begin(&[Silent; 4], MOMENT, HOUR);
    (0..4).for_each(|host| race.dials(host));
    race.host(1, Answers);
    race.gives(Ok(1));
    for host in [0, 2] {
        // Number 3 says nothing, ever.
        race.host(host, Answers);
        race.closes(host);
    }
    race.settles();
    same(format_args!("{}: closed", race.what), &race.world.now().closed[..], &[0, 2][..]);
}

#[test]
fn the_families_alternate() {
    for families in ["6", "4", "64", "46", "6644", "4466", "664464", "66664", "46666", "6444", "444666", "6666", "44"] {
        alternates(families);
    }
    let mut dice = Dice::new(53);
    for _ in 0..100 {
        let families: String = (0..1 + dice.roll(12)).map(|_| *dice.pick(&['4', '6'])).collect();
        alternates(&families);
    }
}

#[test]
fn one_limit_covers_all_attempts() {
    for (hosts, delay) in [
        (vec![Silent], HOUR),
        (vec![Silent; 4], MOMENT),
        (vec![Silent; 4], HOUR),
        (vec![Fails(ErrorKind::ConnectionRefused), Silent], HOUR),
        (vec![Fails(ErrorKind::ConnectionRefused), Silent, Silent], MOMENT),
    ] {
        for limit in [100, 1, 0].map(Duration::from_millis) {
            Race::begin(&hosts, delay, limit).gives(Err(ErrorKind::TimedOut));
        }
    }
    // Once more, with as much time as the failure takes to arrive.
    Race::over_in_dial(&[Fails(ErrorKind::ConnectionRefused), Silent], 1);
}

#[test]
fn no_address_is_dialled_after_the_limit() {
    let race = Race::over_in_dial(&[Silent, Answers], 0);
    race.host(0, Fails(ErrorKind::ConnectionRefused));
    race.settles();
    truth(!race.world.now().dialed.contains(&1), format_args!("{}: number 1 was dialled after that", race.what));
    let race = Race::over_in_dial(&[Silent], 0);
    race.host(0, Answers);
    race.closes(0);
    let race = Race::begin(&[Answers], HOUR, Duration::ZERO);
    race.gives(Err(ErrorKind::TimedOut));
    race.has_dialed(&[]);
}

#[test]
fn the_limit_does_not_restart() {
    // Number 1 is dialled after 3 of 5 parts of the limit, number 2 then too, and number 3 would be after 6. A wrong
    // program may be too late even for that, so it gets several tries.
    let part = Duration::from_millis(64);
    let hosts = [FailsAfter(1), Silent, Silent, Silent];
    let races = [(); 4].map(|()| Race::begin(&hosts, part * 3, part * 5));
    for race in races {
        race.ends("number 3 is due after the limit");
        let is_late = race.world.now().dialed.contains(&3);
        truth(!is_late, format_args!("{}: number 3 was dialled, though the limit had passed", race.what));
    }
}

#[test]
fn the_delay_counts_from_the_last_attempt() {
    let refused = Fails(ErrorKind::ConnectionRefused);
    let is_2 = |now: &Now| now.outcome() == "the connection to number 2";
    for hosts in [[refused, Silent, Answers], [Silent, refused, Answers], [FailsAfter(1), Silent, Answers]] {
        at_some_pace(&hosts, (2, 3), "number 2, due after one delay, was not dialled in time", is_2);
    }
    let hosts = [Silent, Silent, Answers];
    at_some_pace(&hosts, (2, 5), "number 2, due after two delays, was not dialled in time", is_2);
}

#[test]
fn a_delay_starts_one_attempt() {
    let hosts = [Silent, Answers, Answers, Answers];
    at_some_pace(&hosts, (1, 9), "not exactly numbers 0 and 1 were dialled", |now| now.dialed == [0, 1]);
}

#[test]
fn the_next_address_waits_for_the_delay() {
    let race = Race::begin(&[Silent, Answers], HOUR, HOUR);
    race.dials(0);
    race.settles();
    a_while_passes();
    race.has_dialed(&[0]);
    race.host(0, Answers);
    race.gives(Ok(0));
    race.has_dialed(&[0]);
}

#[test]
fn forty_attempts_run_concurrently() {
    let race = Race::begin(&[Silent; 40], Duration::ZERO, HOUR);
    (0..40).for_each(|host| race.dials(host));
    race.host(33, Answers);
    race.gives(Ok(33));
}

#[test]
fn the_list_may_be_long() {
    let mut hosts = vec![Fails(ErrorKind::ConnectionRefused); 300];
    Race::begin(&hosts, HOUR, HOUR).gives_the_first_error(ErrorKind::ConnectionRefused);
    hosts[299] = Answers;
    Race::begin(&hosts, HOUR, HOUR).gives(Ok(299));
}

#[test]
fn no_result_is_missed() {
    /// Answers at once, and notes how long after this moment it was dialled.
    struct Quick(Instant, AtomicU64);

    /// Lets the caller run on when its own thread has ended: then the result is there.
    struct AtTheEnd;

    impl Drop for AtTheEnd {
        fn drop(&mut self) {
            freeze::thaw();
        }
    }

    thread_local!(static AT_THE_END: AtTheEnd = const { AtTheEnd });

    impl Dial for Quick {
        type Connection = SocketAddr;

        fn dial(&self, address: SocketAddr) -> io::Result<SocketAddr> {
            self.1.store(self.0.elapsed().as_nanos() as u64, Ordering::SeqCst);
            AT_THE_END.with(|_| Ok(address))
        }
    }

    let address = addresses("4")[0];
    let mut usual = Vec::new();
    step(format_args!(
        "the only host answers at once, while the thread that called connect is stopped somewhere on its way to sleep; \
         delay {HOUR:?}, limit {HOUR:?}; waiting for connect to return"
    ));
    freeze::this_thread();
    for round in freeze::up_to(6_000) {
        // Every tenth round runs freely, and shows how long it takes until `dial` begins. By then the caller has nearly
        // fallen asleep.
        let runs_freely = round % 10 == 1;
        if !runs_freely {
            freeze::between(Duration::ZERO, usual[usual.len() / 2]);
        }
        let net = Arc::new(Quick(Instant::now(), AtomicU64::new(0)));
        let got = connect(net.clone(), &[address], HOUR, HOUR).map_err(|error| error.kind());
        same("the only host answers at once: the connection", &got, &Ok(address));
        if runs_freely {
            usual.push(Duration::from_nanos(net.1.load(Ordering::SeqCst)));
            usual.sort();
        }
    }
}

#[test]
fn waiting_threads_sleep() {
    // One may dial more, but not yet; one has dialled all; one is over, with a silent attempt left; one is completely
    // over.
    let before = Race::begin(&[Silent; 2], HOUR, HOUR);
    before.dials(0);
    let under_way = Race::begin(&[Silent; 3], Duration::ZERO, HOUR);
    (0..3).for_each(|host| under_way.dials(host));
    let [after, quite_over] = [(); 2].map(|()| {
        let race = Race::begin(&[Silent; 3], Duration::ZERO, HOUR);
        (0..3).for_each(|host| race.dials(host));
        race.host(1, Answers);
        race.gives(Ok(1));
        race.host(0, Answers);
        race.closes(0);
        race
    });
    quite_over.host(2, Answers);
    quite_over.closes(2);
    // Once is enough: on a busy machine, a thread may not have fallen asleep yet.
    let they_sleep = (0..5).any(|_| {
        [&before, &under_way, &after, &quite_over].map(Race::settles);
        let sleepers = Sleepers::now();
        a_while_passes();
        sleepers.have_slept_on()
    });
    truth(
        they_sleep,
        "some hosts say nothing, and no other is due\n  expected  all threads sleep until something happens\n  \
         got       one keeps waking up to look",
    );
}

#[test]
fn delay_and_limit_may_be_endless() {
    let failed = Fails(ErrorKind::ConnectionRefused);
    for endless in [Duration::MAX, Duration::from_secs(u64::MAX - 10), Duration::from_secs(1 << 40)] {
        Race::begin(&[failed, Answers], endless, HOUR).gives(Ok(1));
        Race::begin(&[failed, Silent, Answers], MOMENT, endless).gives(Ok(2));
        Race::begin(&[failed, Answers], endless, endless).gives(Ok(1));
        Race::begin(&[Silent], endless, MOMENT).gives(Err(ErrorKind::TimedOut));
        Race::begin(&[failed, failed], endless, endless).gives_the_first_error(ErrorKind::ConnectionRefused);
    }
}

#[test]
fn it_connects_over_real_tcp() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let open = listener.local_addr().unwrap();
    // An accepted connection keeps this port in use, and nobody listens on it any more, so it is sure to refuse.
    let closing = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let closed = closing.local_addr().unwrap();
    let _kept = (TcpStream::connect(closed).unwrap(), closing.accept().unwrap());
    drop(closing);
    step(format_args!("connecting to {closed}, which refuses, or {open}, which answers"));
    let stream = connect(Arc::new(Tcp), &[closed, open], Duration::from_millis(250), HOUR);
    let peer = stream.and_then(|stream| stream.peer_addr()).map_err(|error| error.kind());
    same("one address refuses, one answers: the peer of the connection", &peer, &Ok(open));
}

/// Waits longer than the 250 ms of the RFC, by the limits of other calls: six in a row, so that on a busy machine a
/// thread that polls gets its turns too.
#[track_caller]
fn a_while_passes() {
    for _ in 0..6 {
        Race::begin(&[Silent], HOUR, Duration::from_millis(55)).gives(Err(ErrorKind::TimedOut));
    }
}

/// Calls `connect` until the outcome `is_so`, each time with twice the delay and the limit. A busy machine may be too
/// late when they are short; a wrong program is never in time.
#[track_caller]
fn at_some_pace(hosts: &[Host], (delay, limit): (u32, u32), not_yet: &str, is_so: impl Fn(&Now) -> bool) {
    let so_far = format!("with less time, {not_yet}");
    let pace = |power| Duration::from_millis(1_u64 << power);
    (0_u32..).map(|power| Race::begin(hosts, pace(power) * delay, pace(power) * limit)).any(|race| {
        race.ends(&so_far);
        is_so(&race.world.now())
    });
}

/// Checks the order in which hosts are dialled that all fail.
#[track_caller]
fn alternates(families: &str) {
    let hosts = vec![Fails(ErrorKind::ConnectionRefused); families.len()];
    let each = families.chars().map(|family| format!("IPv{family}")).collect::<Vec<_>>().join(", ");
    let what = format!("the addresses are {each}, and all fail");
    let race = Race::with(addresses(families), &hosts, HOUR, HOUR, what);
    race.gives_the_first_error(ErrorKind::ConnectionRefused);
    let of = |own: bool| {
        let first = families.chars().next();
        families.chars().enumerate().filter(move |(_, family)| (Some(*family) == first) == own).map(|(nr, _)| nr)
    };
    let (mut first, mut other, mut expected) = (of(true), of(false), Vec::new());
    while expected.len() < families.len() {
        expected.extend(first.next());
        expected.extend(other.next());
    }
    same(format_args!("{}: dialled", race.what), &race.world.now().dialed[..], &expected[..]);
}
