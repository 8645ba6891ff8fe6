//! What exercise 5.6 asks.
//! without: sttp::client, sttp::response, sttp::load

use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use course::{Dice, fail, same, same_bytes, shown, step, truth};

use super::ex6_kept::*;

#[path = "kept_server.rs"]
mod kept_server;

use kept_server::{Server, bytes};

/// Requests, status lines, and contents.
const SAMPLES: [(&str, &str, Option<&str>); 9] = [
    ("CREATE /a.txt \"x\"", "100 /a.txt CREATED", None),
    ("SHOW /b.txt", "400 /b.txt NOT FOUND", None),
    ("SHOW /a.txt", "200 /a.txt OK", Some("Buy milk")),
    ("LIST /empty/", "200 /empty/ OK", Some("")),
    ("FETCH /a.txt", "300 / CLIENT ERROR \"unknown action 'FETCH'; use SHOW for a 200\"", None),
    ("DELETE /200.txt", "600 /200.txt DELETED", None),
    ("SHOW /200/b.txt", "410 /200/ PATH NOT FOUND", None),
    ("SHOW /c.txt", "200 /c.txt OK", Some("400 /c.txt NOT FOUND")),
    ("LIST /", "200 / OK", Some("a.txt, empty/, é.txt")),
];

#[test]
fn the_client_does_not_wait_for_the_end() {
    for (request, status, _) in SAMPLES.into_iter().filter(|(.., contents)| contents.is_none()) {
        Asking::to(&Server::new(&[(status, None)])).answers(request, status, None);
    }
}

#[test]
fn contents_follow_a_200() {
    for (request, status, contents) in SAMPLES.into_iter().filter(|(.., contents)| contents.is_some()) {
        Asking::to(&Server::new(&[(status, contents)])).answers(request, status, contents);
    }
}

#[test]
fn contents_follow_no_other_status() {
    for status in ["2000 /a.txt OK", "200", "200/a.txt OK", "201 /a.txt MADE", "250 /a.txt OK", "20 /a.txt", "2 00"] {
        Asking::to(&Server::new(&[(status, None)])).answers("SHOW /a.txt", status, None);
    }
}

#[test]
fn contents_are_unchanged() {
    for contents in [" x", "x ", "  two  spaces  ", " ", "\tx\t", "\"quoted\"", "é 🦀", "\u{2028}x\u{3000}"] {
        let status = "200 /a.txt OK";
        Asking::to(&Server::new(&[(status, Some(contents))])).answers("SHOW /a.txt", status, Some(contents));
    }
    for status in ["400 /a.txt NOT FOUND ", "300 / CLIENT ERROR \"\t\" \u{a0}"] {
        Asking::to(&Server::new(&[(status, None)])).answers("SHOW /a.txt", status, None);
    }
}

#[test]
fn one_connection_carries_many_requests() {
    let mut dice = Dice::new(56);
    let asked: Vec<_> = (0..100).map(|_| *dice.pick(&SAMPLES)).collect();
    let answers: Vec<_> = asked.iter().map(|(_, status, contents)| (*status, *contents)).collect();
    let server = Server::new(&answers);
    let mut client = Asking::to(&server);
    for (request, status, contents) in asked {
        client.answers(request, status, contents);
    }
}

#[test]
fn an_answer_may_arrive_in_pieces() {
    for (request, status, contents) in SAMPLES {
        for piece in 1..40 {
            let mut server = Server::new(&[(status, contents)]);
            server.piece = piece;
            Asking::to(&server).answers(request, status, contents);
        }
    }
}

#[test]
fn answers_may_arrive_together() {
    let mut dice = Dice::new(560);
    for piece in [1, 7, 50, 100_000] {
        let asked: Vec<_> = (0..30).map(|_| *dice.pick(&SAMPLES)).collect();
        let answers: Vec<_> = asked.iter().map(|(_, status, contents)| (*status, *contents)).collect();
        let mut server = Server::new(&answers);
        server.piece = piece;
        let mut client = Asking::to(&server);
        for (request, ..) in &asked {
            client.sends(request);
        }
        for (request, status, contents) in &asked {
            client.receives(&format!("sent 30 requests at once; the answer to {request:?}"), status, *contents);
        }
    }
}

#[test]
fn answers_survive_a_later_request() {
    let answers = ["100 /1 CREATED", "100 /2 CREATED", "100 /3 CREATED", "100 /4 CREATED"];
    let server = Server::new(&answers.map(|status| (status, None)));
    let mut client = Asking::to(&server);
    client.sends("CREATE /1 x");
    client.sends("CREATE /2 x");
    client.receives("sent requests 1 and 2; the first answer", answers[0], None);
    client.sends("CREATE /3 x");
    // When 4 is sent, the answers to 2 and 3 have not been read.
    client.answers("CREATE /4 x", answers[1], None);
    client.receives("sent 3 and 4, and received the answer to 2; the answer to 3", answers[2], None);
    client.receives("received the answer to 3; the answer to 4", answers[3], None);
}

#[test]
fn a_request_is_sent_in_one_write() {
    let long = format!("UPDATE /a.txt \"{}\"", "é".repeat(3000));
    for request in ["SHOW /a.txt", "SHOW /é/🦀.txt", "CREATE /a.txt  two  spaces  ", &long] {
        let server = Server::new(&[("400 /a.txt NOT FOUND", None)]);
        Asking::to(&server).answers(request, "400 /a.txt NOT FOUND", None);
        let (now, asked) = (server.now.borrow(), shown(request.as_bytes()));
        same_bytes(format!("sent {asked}: the bytes on the wire"), &now.got, format!("{request}\n").as_bytes());
        same(format!("sent {asked}: the number of writes, each of which may be a packet"), &now.writes, &1);
    }
}

#[test]
fn a_write_may_be_partial() {
    for most in [1, 3, 11] {
        let mut server = Server::new(&[("400 /a.txt NOT FOUND", None)]);
        server.taken_a_write = most;
        Asking::to(&server).answers("SHOW /a.txt", "400 /a.txt NOT FOUND", None);
        let got = &server.now.borrow().got;
        same_bytes(format!("sent SHOW /a.txt, {most} bytes per write: the bytes on the wire"), got, b"SHOW /a.txt\n");
    }
}

#[test]
fn a_short_answer_takes_few_reads() {
    let contents = "c".repeat(160);
    let server = Server::new(&[("200 /a.txt OK", Some(&contents))]);
    Asking::to(&server).answers("SHOW /a.txt", "200 /a.txt OK", Some(&contents));
    let reads = server.now.borrow().reads;
    truth(reads <= 4, format_args!("an answer of 175 bytes was there; you made {reads} reads, each a system call"));
}

#[test]
fn contents_may_be_long() {
    for contents in [500, 5000, 20_000, 70_000].map(|length| "thrée".chars().cycle().take(length).collect::<String>())
    {
        Asking::to(&Server::new(&[("200 / OK", Some(&contents))])).answers("LIST /", "200 / OK", Some(&contents));
    }
}

#[test]
fn half_an_answer_is_an_error() {
    for half in ["", "2", "400 /a.txt NOT FOU", "400 /a.txt NOT FOUND", "200 /a.txt OK", "200 /a.txt OK\n"] {
        ends_early(half);
    }
    ends_early("200 /a.txt OK\nBuy mi");
    ends_early("200 /a.txt OK\nBuy milk");
    let mut server = Server::new(&[("400 /a.txt NOT FOUND", None)]);
    (server.ends, server.last_words) = (true, "200 /b".into());
    let mut client = Asking::to(&server);
    client.answers("SHOW /a.txt", "400 /a.txt NOT FOUND", None);
    client.fails("SHOW /b.txt", ErrorKind::UnexpectedEof);
}

#[test]
fn a_broken_connection_is_reported() {
    for reset in [ErrorKind::ConnectionReset, ErrorKind::TimedOut] {
        let mut server = Server::new(&[]);
        (server.ends, server.last_words, server.error) = (true, "200 /a.txt OK\nBuy".into(), Some(reset));
        Asking::to(&server).fails("SHOW /a.txt", reset);
    }
    let mut server = Server::new(&[]);
    server.refuses_writes = true;
    Asking::to(&server).fails("SHOW /a.txt", ErrorKind::BrokenPipe);
    let mut server = Server::new(&[]);
    server.taken_a_write = 0;
    Asking::to(&server).fails("SHOW /a.txt", ErrorKind::WriteZero);
}

#[test]
fn an_interruption_is_retried() {
    for (request, status, contents) in SAMPLES {
        let mut server = Server::new(&[(status, contents)]);
        (server.piece, server.taken_a_write, server.interrupts) = (5, 4, true);
        Asking::to(&server).answers(request, status, contents);
    }
}

#[test]
fn it_works_over_tcp() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let mut client = Client::new(TcpStream::connect(listener.local_addr().unwrap()).unwrap());
    let (stream, _) = listener.accept().unwrap();
    let server = thread::spawn(move || {
        for line in BufReader::new(&stream).lines().map_while(Result::ok) {
            let sample = SAMPLES.iter().find(|(request, ..)| *request == line);
            (&stream).write_all(sample.map_or("500 / SERVER ERROR \"?\"\n".into(), bytes).as_bytes()).unwrap();
        }
    });
    for (request, status, contents) in SAMPLES {
        step(format_args!(
            "sent {request:?}; the server has answered and keeps the connection open; waiting for `ask` to return"
        ));
        let got = client.ask(request);
        is(&format!("sent {request:?} over TCP"), got, status, contents);
    }
    drop(client);
    step("the client was dropped; waiting for the server to see the end of the connection");
    server.join().unwrap();
}

/// The connection ends after these bytes.
#[track_caller]
fn ends_early(half: &str) {
    for piece in [1, 1000] {
        let mut server = Server::new(&[]);
        (server.ends, server.last_words, server.piece) = (true, half.into(), piece);
        Asking::to(&server).fails("SHOW /a.txt", ErrorKind::UnexpectedEof);
    }
}

/// The learner's client, and the server that it is connected to.
struct Asking<'a>(Client<&'a Server>, &'a Server);

impl<'a> Asking<'a> {
    fn to(server: &'a Server) -> Asking<'a> {
        Asking(Client::new(server), server)
    }

    #[track_caller]
    fn sends(&mut self, request: &str) {
        if let Err(error) = self.0.send(request) {
            fail(format_args!("sent {request:?}\n  expected  no error\n  got       {error:?}"));
        }
    }

    #[track_caller]
    fn receives(&mut self, what: &str, status: &str, contents: Option<&str>) {
        step(what);
        let got = self.0.receive();
        is(what, got, status, contents);
    }

    #[track_caller]
    fn answers(&mut self, request: &str, status: &str, contents: Option<&str>) {
        let pieces = if self.1.piece < 1000 { format!(", {} bytes per read", self.1.piece) } else { String::new() };
        let sent = bytes(&(request, status, contents));
        let (asked, sent) = (shown(request.as_bytes()), shown(sent.as_bytes()));
        let what = format!("sent \"{asked}\"; the server answered \"{sent}\"{pieces}");
        step(&what);
        let got = self.0.ask(request);
        is(&what, got, status, contents);
    }

    #[track_caller]
    fn fails(&mut self, request: &str, kind: ErrorKind) {
        let what = match self.1.ends {
            true => {
                format!("sent {request:?}; the server answered {:?} and then the connection ended", self.1.last_words)
            }
            false => format!("sent {request:?}; the write takes nothing"),
        };
        step(&what);
        match self.0.ask(request) {
            Ok(answer) => fail(format_args!("{what}\n  expected  the error {kind:?}\n  got       {answer:?}")),
            Err(error) => same(what, &error.kind(), &kind),
        }
    }
}

#[track_caller]
fn is(what: &str, got: io::Result<Answer>, status: &str, contents: Option<&str>) {
    match got {
        Ok(answer) => same(what, &(answer.status.as_str(), answer.contents.as_deref()), &(status, contents)),
        Err(error) => {
            fail(format_args!("{what}\n  expected  {:?}\n  got       the error {error:?}", (status, contents)))
        }
    }
}
