//! 7.2: the event loop.
//!
//! without: sttp::patterns, sttp::poll

use course::{Dice, same, step, truth};

use super::ex2_loop::*;

#[path = "world.rs"]
mod world;

use State::{Again, Done, Reading, Writing};
use world::Happens::{BrokenIn, BrokenOut, Come, In, Out};
use world::{Happens, Turns, World};

/// A client whose turns return these states.
fn client(states: &[State]) -> Turns {
    states.iter().map(|state| Some(*state)).collect()
}

/// Plays a script; `what` says what happens in it.
fn play(what: &str, clients: &[&[State]], rounds: &[&[Happens]]) -> World {
    step(what);
    let rounds: Vec<Vec<Happens>> = rounds.iter().map(|round| round.to_vec()).collect();
    let world = World::new(clients.iter().map(|states| client(states)), rounds);
    world.play();
    world
}

#[test]
fn a_client_that_is_ready_gets_a_turn() {
    let what = "two clients come, one after the other, and send something now and then";
    let clients: [&[State]; 2] = [&[Reading, Reading, Done], &[Reading, Done]];
    let world = play(what, &clients, &[&[Come(1)], &[In(1)], &[Come(1), In(1)], &[In(2)], &[In(2), In(1)]]);
    same(format_args!("{what}: clients accepted"), &world.look().accepted, &2);
    same(format_args!("{what}: turns"), &world.look().turns, &5);
}

#[test]
fn it_is_interested_in_writing_only_while_a_client_is_writing() {
    let rounds: [&[Happens]; 6] = [&[Come(1)], &[In(1)], &[In(1), Out(1)], &[Out(1)], &[In(1), Out(1)], &[In(1)]];
    let world =
        play("a client that reads, writes twice, and reads again", &[&[Writing, Writing, Reading, Done]], &rounds);
    same("a client that reads, writes twice, and reads again: turns", &world.look().turns, &4);
}

#[test]
fn a_client_is_removed_before_it_is_closed() {
    play("a client is done", &[&[Done]], &[&[Come(1)], &[In(1)], &[]]);
    play("a client is done after it has written", &[&[Writing, Done]], &[&[Come(1)], &[In(1)], &[Out(1)], &[]]);
}

#[test]
fn all_are_removed_and_closed_when_the_server_stops() {
    let clients: [&[State]; 3] = [&[Reading, Done], &[Writing, Done], &[Reading]];
    play("three clients, and the server stops", &clients, &[&[Come(3)], &[In(1), In(2)], &[]]);
}

#[test]
fn an_error_ends_only_its_own_client() {
    step("three clients; the turn of the second fails");
    let clients = [client(&[Reading, Done]), vec![Some(Reading), None], client(&[Reading, Done])];
    let rounds = [vec![Come(3)], vec![In(1), In(2), In(3)], vec![In(2), In(1)], vec![In(3)], vec![]];
    let world = World::new(clients, rounds);
    world.play();
    same("three clients; the second turn of the second fails: turns", &world.look().turns, &6);
}

#[test]
fn a_client_that_wants_another_turn_gets_it_without_an_event() {
    let what = "a client that sent much wants three turns more; another one sends something meanwhile";
    let clients: [&[State]; 2] = [&[Again, Again, Again, Reading], &[Reading, Reading, Reading, Done]];
    let rounds: [&[Happens]; 7] = [&[Come(2)], &[In(1), In(2)], &[], &[In(2)], &[], &[In(2)], &[In(2)]];
    let world = play(what, &clients, &rounds);
    same(format_args!("{what}: turns"), &world.look().turns, &8);
    play(
        "a client wants another turn, and then has to write",
        &[&[Again, Writing, Reading]],
        &[&[Come(1)], &[In(1)], &[], &[Out(1)], &[]],
    );
    play(
        "a client wants another turn when it has written",
        &[&[Writing, Again, Reading]],
        &[&[Come(1)], &[In(1)], &[Out(1)], &[], &[]],
    );
    play("a client wants another turn, and the server stops", &[&[Again, Done]], &[&[Come(1)], &[In(1)]]);
}

#[test]
fn nobody_gets_two_turns_after_one_wait() {
    let clients: [&[State]; 2] = [&[Reading, Reading, Done], &[Reading, Done]];
    let rounds: [&[Happens]; 4] =
        [&[Come(2)], &[BrokenIn(1), BrokenOut(1)], &[In(2), BrokenOut(1), BrokenIn(1)], &[In(2)]];
    play("the poller reports a client as readable and as writable", &clients, &rounds);
    let rounds: [&[Happens]; 5] = [&[Come(1)], &[In(1)], &[In(1)], &[BrokenOut(1), BrokenIn(1)], &[]];
    play("a client that wants another turn is reported as well", &[&[Again, Again, Reading, Done]], &rounds);
}

#[test]
fn an_event_for_a_closed_client_is_ignored() {
    let clients: [&[State]; 2] = [&[Done], &[Reading, Done]];
    let rounds: [&[Happens]; 4] = [&[Come(2)], &[BrokenIn(1), BrokenOut(1), In(2)], &[In(2)], &[]];
    play("a client is done; a second event for it is in the same list", &clients, &rounds);
    let rounds: [&[Happens]; 5] = [&[Come(1)], &[In(1)], &[BrokenIn(1), BrokenOut(1)], &[], &[]];
    play("a client that wanted another turn is done before its turn comes", &[&[Again, Done]], &rounds);
}

#[test]
fn an_event_never_reaches_the_next_client_in_the_same_place() {
    let clients: [&[State]; 2] = [&[Done], &[Reading, Done]];
    let rounds: [&[Happens]; 4] = [&[Come(1)], &[BrokenIn(1), Come(1), BrokenOut(1)], &[In(2)], &[In(2)]];
    let world =
        play("client 1 is done, client 2 comes, and a second event for client 1 is in the list", &clients, &rounds);
    same("turns", &world.look().turns, &3);
    let clients: [&[State]; 2] = [&[Again, Done], &[Reading, Done]];
    let rounds: [&[Happens]; 5] = [&[Come(1)], &[In(1)], &[BrokenIn(1), Come(1), BrokenOut(1)], &[In(2)], &[In(2)]];
    play("client 1 wanted another turn and is done, and client 2 comes in the same round", &clients, &rounds);
    let clients: [&[State]; 3] = [&[Done], &[Done], &[Reading, Done]];
    let both: &[Happens] = &[BrokenIn(1), BrokenIn(2), Come(2), BrokenOut(1), BrokenOut(2)];
    let rounds: [&[Happens]; 4] = [&[Come(2)], both, &[In(3), In(4)], &[In(4), In(3)]];
    play("clients 1 and 2 are done, clients 3 and 4 come, and there are more events for 1 and 2", &clients, &rounds);
}

#[test]
fn the_poller_is_called_only_if_something_changes() {
    let what = "a client that reads three times, writes twice, and reads once more";
    let states = [Reading, Reading, Writing, Writing, Reading, Reading, Done];
    let rounds: [&[Happens]; 8] = [&[Come(1)], &[In(1)], &[In(1)], &[In(1)], &[Out(1)], &[Out(1)], &[In(1)], &[]];
    let world = play(what, &[&states], &rounds);
    same(format_args!("{what}: calls of change() that changed nothing"), &world.look().needless, &0);
    same(format_args!("{what}: calls of change()"), &world.look().changes, &2);
}

#[test]
fn a_crowd_at_the_door_does_not_keep_the_others_waiting() {
    let clients: [&[State]; 2] = [&[Reading, Reading, Done], &[Reading, Done]];
    let crowd: [&[Happens]; 6] =
        [&[Come(1)], &[Come(40), In(1)], &[Come(0), In(1)], &[Come(0)], &[Come(0)], &[Come(0)]];
    let world = play("40 clients come at once", &clients, &crowd);
    truth(world.look().accepted >= 4, "40 clients came at once, and only a few have been accepted after five waits");
}

#[test]
fn a_client_that_the_poller_refuses_is_closed() {
    for refused in [vec![2], vec![1, 3]] {
        step(format_args!("three clients; the poller does not register {refused:?}"));
        let rounds = [vec![Come(3)], vec![In(1), In(2), In(3)], vec![In(1), In(2), In(3)], vec![]];
        let world = World::new([client(&[Reading, Reading, Done])], rounds);
        world.look().unregistered = refused.clone();
        world.play();
        let turns = 2 * (3 - refused.len() as u32);
        same(
            format_args!("three clients; the poller does not register {refused:?}: turns"),
            &world.look().turns,
            &turns,
        );
    }
    step("two clients; the poller does not watch the first one for writing");
    let world = World::new(
        [client(&[Writing, Done]), client(&[Reading, Done])],
        [vec![Come(2)], vec![In(1), In(2)], vec![In(2)], vec![]],
    );
    world.look().unchanged = vec![1];
    world.play();
    same("two clients; the poller does not watch the first one for writing: turns", &world.look().turns, &3);
}

#[test]
fn clients_that_have_gone_leave_nothing_behind() {
    const CLIENTS: u32 = 20_000;
    step("20,000 clients, one after the other");
    let rounds = (1..=CLIENTS).map(|number| vec![Come(1), BrokenIn(number - 1)]);
    let world = World::new([client(&[Done])], rounds);
    world.play();
    let (first, last) = world.look().heap;
    let grown = last.saturating_sub(first);
    same("20,000 clients, one after the other: clients accepted", &world.look().accepted, &CLIENTS);
    truth(grown < 100_000, format_args!("20,000 clients have come and gone, and {} KiB are left", grown / 1024));
}

#[test]
fn everybody_is_served_whatever_happens_in_whatever_order() {
    for seed in 0..60 {
        step(format_args!("play {seed}: a dozen clients, and events in any order"));
        let mut dice = Dice::new(seed);
        let mut states = || -> Turns {
            let states = (0..dice.roll(8)).map(|_| *dice.pick(&[Some(Reading), Some(Writing), Some(Again)]));
            let mut states: Turns = states.collect();
            states.extend((dice.roll(5) == 0).then_some(None));
            states
        };
        let clients: Vec<Turns> = (0..12).map(|_| states()).collect();
        let mut rounds: Vec<Vec<Happens>> = Vec::new();
        for _ in 0..60 {
            let mut round = Vec::new();
            for _ in 0..dice.roll(9) {
                let who = 1 + dice.roll(12) as u32;
                round.push(*dice.pick(&[In(who), In(who), Out(who), BrokenIn(who), BrokenOut(who), Come(1)]));
            }
            rounds.push(round);
        }
        let ends: Vec<Happens> = (1..=200).flat_map(|who| [In(who), Out(who)]).collect();
        rounds.extend(vec![[vec![Come(0)], ends].concat(); 40]);
        let world = World::new(clients, rounds);
        world.play();
        truth(world.look().left == 0, format_args!("play {seed}: clients were left when nothing more happened"));
    }
}
