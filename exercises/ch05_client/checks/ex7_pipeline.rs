//! What exercise 5.7 asks.
//! without: sttp::client, sttp::load

use course::{same, truth};

use super::ex7_pipeline::*;

#[path = "narrow_server.rs"]
mod narrow_server;

use narrow_server::{LONGEST, Server, some_requests};

#[test]
fn each_request_gets_its_answer() {
    for count in 0..8 {
        let requests: Vec<String> = (0..count).map(|number| format!("SHOW /{number}.txt\n")).collect();
        Server::new(requests, 3).answers_all();
    }
    let mixed = ["CREATE /a x\n", "SHOW /missing\n", "LIST /empty/\n", "FETCH\n", "DELETE /a\n", "SHOW /a\n"];
    Server::new(mixed.map(String::from).into(), 4).answers_all();
}

#[test]
fn a_busy_answer_does_not_stop_it() {
    let requests = ["SHOW /1.txt\n", "SHOW /busy.txt\n", "DELETE /busy.txt\n", "SHOW /2.txt\n", "CREATE /busy.txt x\n"];
    for at_once in [1, 2, 5] {
        Server::new(requests.map(String::from).into(), at_once).answers_all();
    }
}

#[test]
fn requests_are_sent_unchanged() {
    let long = format!("UPDATE /long.txt \"{}\"\n", "é".repeat(1500));
    let requests = ["SHOW /é/🦀.txt\n", "CREATE /a.txt  two  spaces  \n", &long, " SHOW /a\n", "CREATE /a x\r\n", "\n"];
    for at_once in [1, 4, 10] {
        Server::new(requests.map(String::from).into(), at_once).answers_all();
    }
    // The same request again wants another answer.
    Server::new(vec!["DELETE /a\n".into(); 30], 7).answers_all();
}

#[test]
fn an_answer_may_be_long() {
    for at_once in [1, 3] {
        let mut requests = some_requests(6);
        requests.insert(2, "SHOW /large/5000\n".into());
        requests.insert(3, format!("SHOW /large/{}\n", 64 * 1024 - 1));
        Server::new(requests, at_once).answers_all();
    }
}

#[test]
fn answers_may_arrive_in_any_pieces() {
    for piece in [1, 2, 7, 20, 1000] {
        let mut server = Server::new(some_requests(40), 16);
        server.piece = piece;
        server.answers_all();
    }
}

#[test]
fn a_write_may_be_partial() {
    for most in [1, 5, 30] {
        let mut server = Server::new(some_requests(40), 16);
        server.taken_a_write = most;
        server.answers_all();
        server = Server::new(some_requests(40), 16);
        (server.taken_a_write, server.interrupts) = (most, true);
        server.answers_all();
    }
}

#[test]
fn client_and_server_do_not_deadlock() {
    for at_once in [1, 2, 10] {
        let mut server = Server::new(some_requests(500), at_once);
        // Room for `at_once` answers, and for a few requests.
        (server.room_for_requests, server.room_for_answers) = (100, at_once * LONGEST);
        server.answers_all();
    }
}

#[test]
fn an_answer_is_handed_on_as_it_arrives() {
    for at_once in [1, 5, 20] {
        let mut server = Server::new(some_requests(20), at_once);
        server.one_answer_a_read = true;
        server.answers_all();
    }
}

#[test]
fn at_most_at_once_requests_are_in_flight() {
    for at_once in [1, 2, 3, 10, 64] {
        let mut server = Server::new(some_requests(300), at_once);
        // An answer in the client's own buffer is not in flight any more: let them arrive one at a time.
        (server.most_in_flight, server.one_answer_a_read) = (at_once, true);
        server.answers_all();
    }
}

#[test]
fn at_once_may_exceed_the_requests() {
    for at_once in [1000, usize::MAX / 2, usize::MAX] {
        Server::new(some_requests(100), at_once).answers_all();
    }
}

#[test]
fn there_may_be_seventy_thousand_requests() {
    Server::new(some_requests(70_000), 64).answers_all();
}

#[test]
fn requests_travel_together() {
    for (count, at_once) in [(100_usize, 10), (7, 100), (64, 64), (130, 64), (10, 3), (900, 450)] {
        let server = Server::new(some_requests(count), at_once);
        server.answers_all();
        let (writes, most) = (server.writes(), 2 * count.div_ceil(at_once));
        truth(
            writes <= most,
            format_args!(
                "{}\n  expected  at most {most} writes, because {at_once} may travel together\n  got       {writes} writes",
                server.what()
            ),
        );
    }
}

#[test]
fn requests_are_taken_when_they_can_be_sent() {
    for at_once in [1, 2, 30] {
        let mut server = Server::new(some_requests(200), at_once);
        // One more, to see whether there is one.
        server.most_taken_ahead = at_once + 1;
        server.answers_all();
    }
}

#[test]
fn the_end_of_the_connection_is_reported() {
    for answers in [0, 1, 5, 19] {
        let mut server = Server::new(some_requests(20), 20);
        server.ends_after = Some(answers);
        server.fails("Ended", answers);
    }
}

#[test]
fn half_an_answer_is_not_handed_on() {
    let mut server = Server::new(vec!["SHOW /a\n".into(), "SHOW /b\n".into(), "SHOW /c\n".into()], 3);
    server.ends_after = Some(1);
    server.last_words = "200 /b OK\nthe cont".into();
    server.fails("Ended", 1);
}

#[test]
fn a_malformed_answer_is_reported() {
    let mut server = Server::new(some_requests(20), 7);
    server.ends_after = Some(10);
    server.last_words = "HTTP/1.1 400 Bad Request\r\n\r\n".into();
    server.fails("Malformed", 10);
}

#[test]
fn a_broken_connection_is_reported() {
    let mut server = Server::new(some_requests(20), 4);
    server.ends_after = Some(8);
    server.breaks = true;
    server.fails("Io", 8);
    let mut server = Server::new(some_requests(20), 4);
    server.write_fails_after = Some(0);
    server.fails("Io", 0);
    let mut server = Server::new(some_requests(20), 4);
    server.taken_a_write = 0;
    server.fails("Io", 0);
}

#[test]
fn a_later_write_error_is_reported() {
    // In the first half, and in the last request.
    let all = some_requests(20).concat().len();
    for bytes in [50, 100, 150, all - 1] {
        let mut server = Server::new(some_requests(20), 3);
        server.write_fails_after = Some(bytes);
        let (kind, answers) = server.ask_all();
        server.handed_on_the_first(answers.len(), &answers);
        same(format!("{}; each write fails after {bytes} bytes", server.what()), kind.as_str(), "Io");
    }
}
