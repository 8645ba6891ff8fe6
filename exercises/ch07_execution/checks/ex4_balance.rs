//! What exercise 7.4 asks.
//! without: std::time, sttp::conversation, sttp::patterns
//!
//! Nothing here depends on time. A message that is *held* is carried out until the check releases it, and what must not
//! happen is looked for when all threads sleep.

use std::sync::mpsc::channel;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

use course::{Dice, at_rest, heap, same, step, truth};

use super::ex4_balance::*;

#[path = "office.rs"]
mod office;

use office::{Book, Office};

#[test]
fn every_message_is_answered() {
    for workers in [1, 2 + Dice::new(74).roll(3)] {
        let office = Office::new(workers);
        for number in 1..=5 {
            for client in [0, 7, u64::MAX] {
                office.submit(client, kind(number), &format!("message {number}"));
            }
        }
        step(format_args!("{workers} workers; three clients sent five messages each; waiting for 15 answers"));
        office.book.wait(|pages| pages.answers.len() >= 15);
        for client in [0, 7, u64::MAX] {
            let expected = Vec::from_iter((1..=5).map(|number| format!("done: message {number}")));
            let mut answers = office.answers(client);
            // With several workers the order is looked at later, where it is not left to chance.
            answers.sort_unstable();
            same(format_args!("client {client} sent messages 1 to 5; its answers, sorted"), &answers, &expected);
        }
        let threads = office.book.pages().threads.clone();
        truth(
            !threads.contains(&thread::current().id()),
            "a message was carried out by the thread that called submit()",
        );
        truth(
            threads.len() <= workers,
            format_args!("{workers} workers carried out 15 messages, on {} threads", threads.len()),
        );
        at_rest(format_args!("{workers} workers have nothing to do"));
    }
}

#[test]
fn messages_of_several_clients_run_side_by_side() {
    for workers in [2, 5] {
        let office = Office::new(workers);
        let texts: Vec<String> = (0..workers).map(|client| format!("write of client {client}")).collect();
        office.hold(&texts);
        for (client, text) in texts.iter().enumerate() {
            office.submit(client as u64, Kind::Write, text);
        }
        office.await_start(format_args!("{workers} workers; {workers} clients sent a write each"), &texts);
        office.read(99, &["one more"]);
        office.quiet();
        truth(
            !office.book.pages().started.contains(&"one more".to_string()),
            format_args!("{workers} workers were busy, and yet one more message was started, on another thread"),
        );
        office.release(&texts);
        step("all workers are free again; waiting for all answers");
        office.book.wait(|pages| pages.answers.len() > workers);
    }
}

#[test]
fn other_clients_do_not_wait_for_a_write() {
    const OTHERS: u64 = 64;
    let office = Office::new(2);
    office.hold(&["write 1"]);
    office.write(1, &["write 1", "write 2", "write 3"]);
    office.read(1, &["read 4", "read 5"]);
    office.await_start("2 workers; client 1 sent three writes and two reads", &["write 1"]);
    for client in 1000..1000 + OTHERS {
        office.submit(client, Kind::Write, "set");
        office.submit(client, Kind::Read, "get");
    }
    step(format_args!(
        "one of 2 workers carries out write 1 of client 1; {OTHERS} other clients sent a write and a read each; \
        waiting for their answers"
    ));
    office.book.wait(|pages| pages.answers.len() >= 2 * OTHERS as usize);
    same("write 1 of client 1 is still being carried out; its answers", &office.answers(1), &[""; 0]);
    same("the answers of another client", &office.answers(1000), &["done: set", "done: get"]);
    office.release(&["write 1"]);
}

#[test]
fn reads_of_one_client_run_side_by_side() {
    let office = Office::new(3);
    office.hold(&["read 1", "read 2", "read 3"]);
    office.read(1, &["read 1", "read 2", "read 3"]);
    office.await_start("3 workers; one client sent three reads", &["read 1", "read 2", "read 3"]);
    office.release(&["read 1", "read 2", "read 3"]);
}

#[test]
fn answers_leave_in_the_order_of_the_messages() {
    let office = Office::new(3);
    office.hold(&["read 1", "read 2", "read 3"]);
    office.read(1, &["read 1", "read 2", "read 3"]);
    office.await_start("3 workers; one client sent three reads", &["read 1", "read 2", "read 3"]);
    for early in ["read 3", "read 2"] {
        office.release(&[early]);
        office.quiet();
        let what = format!("read 1 is still being carried out; {early} has just ended; the answers sent so far");
        same(what, &office.answers(1), &[""; 0]);
    }
    office.release(&["read 1"]);
    step("reads 3, 2 and 1 have ended, in this order; waiting for three answers");
    office.book.wait(|pages| pages.answers.len() >= 3);
    let expected = ["done: read 1", "done: read 2", "done: read 3"];
    same("reads 3, 2 and 1 ended in this order; the answers", &office.answers(1), &expected);
}

#[test]
fn an_answer_waits_for_no_later_one() {
    let office = Office::new(3);
    office.hold(&["read 1", "read 2", "write 3"]);
    office.read(1, &["read 1", "read 2"]);
    office.write(1, &["write 3"]);
    for (done, count) in [("read 1", 1), ("read 2", 2)] {
        office.release(&[done]);
        step(format_args!(
            "{done} of a client has been carried out, the message after it has not; waiting for the answer"
        ));
        office.book.wait(|pages| pages.answers.len() >= count);
    }
    office.release(&["write 3"]);
}

#[test]
fn a_write_waits_for_the_reads_before_it() {
    let office = Office::new(4);
    office.hold(&["read 1", "read 2"]);
    office.read(1, &["read 1", "read 2"]);
    office.write(1, &["write 3"]);
    office.await_start("4 workers; one client sent two reads and a write", &["read 1", "read 2"]);
    for (ended, still) in [("", "reads 1 and 2 are"), ("read 1", "read 2 is")] {
        office.release(&[ended]);
        office.quiet();
        office.not_started("write 3", format_args!("{still} still being carried out"));
    }
    office.release(&["read 2"]);
    office.await_start("reads 1 and 2 have been carried out, and write 3 may start", &["write 3"]);
}

#[test]
fn a_write_waits_for_the_write_before_it() {
    let office = Office::new(4);
    office.hold(&["write 1"]);
    office.write(1, &["write 1", "write 2"]);
    office.await_start("4 workers; one client sent two writes", &["write 1"]);
    office.quiet();
    office.not_started("write 2", "write 1 is still being carried out");
    office.release(&["write 1"]);
    office.await_start("write 1 has been carried out, and write 2 may start", &["write 2"]);
}

#[test]
fn a_write_holds_up_all_after_it() {
    let office = Office::new(4);
    office.hold(&["write 1", "read 2", "read 3", "read 4"]);
    office.write(1, &["write 1"]);
    office.read(1, &["read 2", "read 3", "read 4"]);
    office.await_start("4 workers; one client sent a write and three reads", &["write 1"]);
    office.quiet();
    for text in ["read 2", "read 3", "read 4"] {
        office.not_started(text, "write 1 is still being carried out");
    }
    office.release(&["write 1"]);
    let what = "4 workers; write 1 has been carried out, and three reads may start";
    office.await_start(what, &["read 2", "read 3", "read 4"]);
    office.release(&["read 2", "read 3", "read 4"]);
}

#[test]
fn a_read_does_not_overtake_a_write_that_waits() {
    let office = Office::new(4);
    office.hold(&["read 1", "write 2"]);
    office.read(1, &["read 1"]);
    office.write(1, &["write 2"]);
    office.read(1, &["read 3"]);
    office.await_start("4 workers; one client sent a read, a write and a read", &["read 1"]);
    office.quiet();
    office.not_started("read 3", "write 2, which came before it, waits for read 1");
    office.release(&["read 1"]);
    office.await_start("read 1 has been carried out, and write 2 may start", &["write 2"]);
    office.quiet();
    office.not_started("read 3", "write 2 is still being carried out");
    office.release(&["write 2"]);
    office.await_start("write 2 has been carried out, and read 3 may start", &["read 3"]);
}

#[test]
fn an_answer_that_is_early_keeps_no_worker() {
    let office = Office::new(2);
    office.hold(&["read 1"]);
    office.read(1, &["read 1", "read 2", "read 3"]);
    office.await_start("2 workers; client 1 sent three reads, and read 1 takes long", &["read 1", "read 2", "read 3"]);
    office.quiet();
    office.read(2, &["hello"]);
    step(
        "2 workers; client 1's read 1 takes long, its reads 2 and 3 have ended, and their answers must wait; waiting \
        for the answer to client 2",
    );
    office.book.wait(|pages| !pages.answers.is_empty());
    same("client 2 sent one message; its answers", &office.answers(2), &["done: hello"]);
    office.release(&["read 1"]);
}

#[test]
fn an_answer_is_not_overtaken_while_it_is_sent() {
    let office = Office::new(2);
    office.hold(&["read 1", "read 2"]);
    office.book.change(|pages| pages.meanwhile = Some(("done: read 1".into(), "read 2".into())));
    office.read(1, &["read 1", "read 2"]);
    office.await_start("2 workers; one client sent two reads", &["read 1", "read 2"]);
    office.release(&["read 1"]);
    step("the answer to read 1 is being sent while read 2 ends; waiting for both answers");
    office.book.wait(|pages| pages.answers.len() >= 2);
    let what = "read 2 ended while the answer to read 1 was being sent; the answers";
    same(what, &office.answers(1), &["done: read 1", "done: read 2"]);
}

#[test]
fn submit_never_waits() {
    let office = Office::new(1);
    office.hold(&["write"]);
    office.write(1, &["write"]);
    office.await_start("one worker; client 1 sent a write, which takes long", &["write"]);
    step("the one worker is busy; submit() is called for 1,000 more messages; waiting for it to return");
    for client in 0..1_000 {
        office.submit(client % 10, Kind::Read, "read");
    }
    office.release(&["write"]);
    step("the worker is free again; waiting for 1,001 answers");
    office.book.wait(|pages| pages.answers.len() > 1_000);
}

#[test]
fn several_threads_may_submit() {
    let office = Arc::new(Office::new(3));
    let threads: Vec<_> = (0..4)
        .map(|client| {
            let office = Arc::clone(&office);
            thread::spawn(move || (0..200).for_each(|number| office.submit(client, kind(number), &number.to_string())))
        })
        .collect();
    step("four threads submit 200 messages each, every third a write; waiting for 800 answers");
    office.book.wait(|pages| pages.answers.len() >= 800);
    threads.into_iter().for_each(|thread| truth(thread.join().is_ok(), "submit() panicked"));
    for client in 0..4 {
        let expected = Vec::from_iter((0..200).map(|number| format!("done: {number}")));
        same(format_args!("the answers of client {client}, which sent 0 to 199"), &office.answers(client), &expected);
    }
}

#[test]
fn dropping_it_carries_out_all_that_it_has_taken() {
    let office = Office::new(3);
    let later = ["read 2", "read 3", "read 4"];
    office.hold(&["write 1"]);
    office.hold(&later);
    office.write(1, &["write 1"]);
    office.read(1, &later);
    office.await_start("3 workers; one client sent a write and three reads", &["write 1"]);
    let (book, (note, returned)) = (Arc::clone(&office.book), channel());
    let dropping = thread::spawn(move || {
        drop(office.balancer);
        note.send(()).unwrap();
    });
    book.quiet();
    truth(returned.try_recv().is_err(), "drop() returned while a message was being carried out and three more waited");
    book.release(&["write 1"]);
    let what = "drop() was called while write 1 was being carried out; it has ended, and three reads may start";
    step(format_args!("{what}; waiting for all three to be carried out side by side"));
    book.wait(|pages| later.iter().all(|text| pages.started.iter().any(|started| started == text)));
    book.quiet();
    truth(returned.try_recv().is_err(), "drop() returned while three messages were being carried out");
    book.release(&later);
    step("all messages have been carried out; waiting for drop() to return");
    truth(dropping.join().is_ok(), "drop() panicked");
    same("after drop() has returned: the number of answers sent", &book.pages().answers.len(), &4);
}

#[test]
fn no_thread_is_left_behind() {
    let (alive, workers) = (Arc::new(()), 3);
    let mine = Arc::clone(&alive);
    let carry_out = move |message: &Message| {
        let _mine = &mine;
        message.text.clone()
    };
    let (note, answers) = channel();
    let balancer = Balancer::new(workers, carry_out, move |_, answer| _ = note.send(answer));
    balancer.submit(Message { client: 1, kind: Kind::Read, text: "hello".into() });
    step("a balancer got one message; waiting for its answer");
    same("one message was submitted; its answer", &answers.recv(), &Ok("hello".to_string()));
    step("dropping a balancer that has nothing to do; waiting for drop() to return, and for `carry_out` to be dropped");
    drop(balancer);
    while Arc::strong_count(&alive) > 1 {
        thread::yield_now();
    }
}

#[test]
fn clients_that_have_their_answers_are_forgotten() {
    const BATCH: usize = 50;
    let answers = Arc::new((Mutex::new(0), Condvar::new()));
    let sent = Arc::clone(&answers);
    let send = move |_, _| {
        *sent.0.lock().unwrap() += 1;
        sent.1.notify_one();
    };
    let balancer = Balancer::new(2, |_| String::new(), send);
    let serve = |first: usize, count: usize| {
        for batch in (first..first + count).step_by(BATCH) {
            for client in batch..batch + BATCH {
                balancer.submit(Message { client: client as u64, kind: kind(client), text: String::new() });
            }
            let done = answers.1.wait_while(answers.0.lock().unwrap(), |sent| *sent < batch + BATCH);
            drop(done.unwrap());
        }
    };
    step("thousands of clients come with one message each, get their answer and go; waiting for all answers");
    serve(0, 5_000);
    let before = heap::in_use();
    serve(5_000, 40_000);
    let grown = heap::in_use().saturating_sub(before);
    truth(
        grown < 500_000,
        format_args!(
            "40,000 clients came with one message each, got their answer and went; {grown} bytes are still in use"
        ),
    );
}

fn kind(number: usize) -> Kind {
    if number.is_multiple_of(3) { Kind::Write } else { Kind::Read }
}
