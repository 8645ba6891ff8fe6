//! What exercise 7.5 asks.
//! without: std::thread, std::time
//!
//! The network is played by the check, on the thread that calls `run`: see `network.rs`.

use course::{Dice, same, step, truth};

use self::What::{Breaks, Bytes, Chats, Ends, Floods, Sends, Stop};
use self::When::{Answered, Asleep, First, Waits};
use super::ex5_fair::*;

#[path = "network.rs"]
mod network;

use network::{BUDGET, Net, What, When};

/// Runs a loop on these clients, to its end.
fn run(what: &str, script: &[(When, What)]) -> Net {
    step(format_args!("{what}; waiting for run() to return"));
    let mut net = Net::new(script.iter().copied());
    EventLoop::default().run(&mut net);
    net
}

/// Compares how many answers these clients have got at the end of the script.
#[track_caller]
fn got(what: &str, net: &Net, expected: &[(Id, usize)]) {
    for (id, count) in expected {
        let answered = net.clients.get(id).map_or(0, |client| client.answered);
        same(format_args!("{what}; the number of answers to {}", Net::name(*id)), &answered, count);
    }
}

#[test]
fn polite_clients_are_served() {
    let what =
        "client 1 sends 2 requests and client 2 sends 3, then client 1 sends 1 more; both wait for their answers";
    let script = [(First, Sends(1, 2)), (First, Sends(2, 3)), (Asleep, Sends(1, 1)), (Asleep, Stop)];
    got(what, &run(what, &script), &[(1, 3), (2, 3)]);
}

#[test]
fn a_client_that_floods_does_not_keep_the_loop() {
    for (greedy, polite) in [(1, 2), (2, 1)] {
        let what = format!("client {greedy} sends without end; client {polite} sends 3 requests a little later");
        let script = [(First, Floods(greedy)), (Answered(greedy, 5), Sends(polite, 3)), (Waits(20), Stop)];
        got(&what, &run(&what, &script), &[(polite, 3)]);
    }
}

#[test]
fn requests_that_are_left_over_are_answered() {
    for count in [BUDGET, BUDGET + 1, 2 * BUDGET, 2 * BUDGET + 1, 20] {
        let what = format!("client 1 sends {count} requests at once, and then nothing more");
        got(&what, &run(&what, &[(First, Sends(1, count)), (Asleep, Stop)]), &[(1, count)]);
    }
}

#[test]
fn a_turn_is_used() {
    const COUNT: usize = 800;
    let what = format!("client 1 sends {COUNT} requests at once, and is alone");
    let net = run(&what, &[(First, Sends(1, COUNT)), (Asleep, Stop)]);
    got(&what, &net, &[(1, COUNT)]);
    let most = 2 * COUNT / BUDGET;
    truth(
        net.waits <= most,
        format_args!(
            "{what}\n  expected  about {} calls of wait(), one for {BUDGET} requests\n  got       {}: each costs a \
            system call",
            COUNT / BUDGET,
            net.waits
        ),
    );
}

#[test]
fn a_client_with_requests_left_over_has_its_turn_too() {
    for (large, quick) in [(1, 2), (2, 1)] {
        let what = format!(
            "client {large} sends 60 requests at once; client {quick} sends one request after another, each when it \
            has got the last answer"
        );
        got(&what, &run(&what, &[(First, Sends(large, 60)), (First, Chats(quick)), (Waits(60), Stop)]), &[(large, 60)]);
    }
}

#[test]
fn clients_that_flood_take_turns() {
    for (one, two, three) in [(1, 2, 3), (3, 2, 1), (2, 1, 3)] {
        let what = format!("clients {one} and {two} send without end; client {three} sends 30 requests a little later");
        let script =
            [(First, Floods(one)), (First, Floods(two)), (Answered(one, 40), Sends(three, 30)), (Waits(100), Stop)];
        got(&what, &run(&what, &script), &[(three, 30)]);
    }
}

#[test]
fn the_loop_sleeps_when_there_is_nothing_to_do() {
    let what = "client 1 sends 10 requests, and after a long time 1 more";
    let script = [(First, Sends(1, 10)), (Asleep, Sends(1, 1)), (Asleep, Stop)];
    let net = run(what, &script);
    got(what, &net, &[(1, 11)]);
}

#[test]
fn half_a_request_is_no_work() {
    let what = "client 1 sends 9 requests and half of another; the other half comes after a long time";
    let script = [
        (First, Sends(1, BUDGET + 1)),
        (First, Bytes(1, "SHOW /no")),
        (Asleep, Bytes(1, "tes.txt\n")),
        (Asleep, Bytes(1, "LIST")),
        (Asleep, Stop),
    ];
    got(what, &run(what, &script), &[(1, BUDGET + 2)]);
}

#[test]
fn nothing_is_read_while_requests_are_in_hand() {
    let what = "client 1 sends without end, and is alone";
    let net = run(what, &[(First, Floods(1)), (Waits(400), Stop)]);
    truth(net.clients[&1].answered > 200, format_args!("{what}; it got few answers"));
}

#[test]
fn the_end_of_the_input_comes_after_the_last_request() {
    let what =
        "client 1 sends 20 requests and ends its input; client 2 sends 2, and ends its input when they are answered";
    let script = [(First, Sends(1, 20)), (First, Ends(1)), (First, Sends(2, 2)), (Asleep, Ends(2)), (Asleep, Stop)];
    let net = run(what, &script);
    truth(net.clients.is_empty(), format_args!("{what}; a client was not closed"));
}

#[test]
fn a_connection_that_breaks_is_closed_once() {
    let what = "client 1 sends 20 requests, and its connection breaks when 3 are answered; client 2 sends 9";
    let script = [(First, Sends(1, 20)), (First, Sends(2, 9)), (Answered(1, 3), Breaks(1)), (Asleep, Stop)];
    let net = run(what, &script);
    truth(!net.clients.contains_key(&1), format_args!("{what}; client 1 was not closed"));
    got(what, &net, &[(2, 9)]);
}

#[test]
fn a_new_client_inherits_nothing() {
    let what = "client 1 sends half a request and ends its input; when it is closed, a new client gets the number 1";
    let script = [(First, Bytes(1, "SHOW /se")), (First, Ends(1)), (Asleep, Bytes(1, "LIST /\n")), (Asleep, Stop)];
    got(what, &run(what, &script), &[(1, 1)]);
}

#[test]
fn any_mixture_of_clients_is_served() {
    let mut dice = Dice::new(75);
    for _ in 0..50 {
        let clients = 2 + dice.roll(4);
        let mut script = vec![(First, Sends(clients + 1, 1)), (First, Floods(clients + 2))];
        let mut expected = vec![(clients + 1, 1)];
        for id in 1..=clients {
            let (count, when) = (1 + dice.roll(40), dice.roll(50));
            script.push((Answered(clients + 2, 1 + when), Sends(id, count)));
            expected.push((id, count));
        }
        script.push((Waits(200), Stop));
        let what = format!("client {} sends without end, and meanwhile others send: {:?}", clients + 2, &expected[1..]);
        got(&what, &run(&what, &script), &expected);
    }
}
