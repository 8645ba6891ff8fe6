//! What exercise 5.6 asks.
//! without: sttp::client, sttp::response, sttp::load

use std::cell::RefCell;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use course::{Dice, fail, same, same_bytes, shown, step, truth};

use super::ex6_kept::*;

/// Requests, the lines of status, and the contents.
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
        Server::new(&[(status, None)]).client().answers(request, status, None);
    }
}

#[test]
fn contents_follow_a_200() {
    for (request, status, contents) in SAMPLES.into_iter().filter(|(.., contents)| contents.is_some()) {
        Server::new(&[(status, contents)]).client().answers(request, status, contents);
    }
}

#[test]
fn contents_follow_no_other_status() {
    for status in ["2000 /a.txt OK", "200", "200/a.txt OK", "201 /a.txt MADE", "250 /a.txt OK", "20 /a.txt", "2 00"] {
        Server::new(&[(status, None)]).client().answers("SHOW /a.txt", status, None);
    }
}

#[test]
fn contents_are_unchanged() {
    for contents in [" x", "x ", "  two  spaces  ", " ", "\tx\t", "\"quoted\"", "é 🦀", "\u{2028}x\u{3000}"] {
        let status = "200 /a.txt OK";
        Server::new(&[(status, Some(contents))]).client().answers("SHOW /a.txt", status, Some(contents));
    }
    for status in ["400 /a.txt NOT FOUND ", "300 / CLIENT ERROR \"\t\" \u{a0}"] {
        Server::new(&[(status, None)]).client().answers("SHOW /a.txt", status, None);
    }
}

#[test]
fn one_connection_carries_many_requests() {
    let mut dice = Dice::new(56);
    let asked: Vec<_> = (0..100).map(|_| *dice.pick(&SAMPLES)).collect();
    let answers: Vec<_> = asked.iter().map(|(_, status, contents)| (*status, *contents)).collect();
    let server = Server::new(&answers);
    let mut client = server.client();
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
            server.client().answers(request, status, contents);
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
        let mut client = server.client();
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
    let mut client = server.client();
    client.sends("CREATE /1 x");
    client.sends("CREATE /2 x");
    client.receives("sent requests 1 and 2; the first answer", answers[0], None);
    client.sends("CREATE /3 x");
    // The answers to 2 and 3 have no taker yet when 4 is asked.
    client.answers("CREATE /4 x", answers[1], None);
    client.receives("sent 3, asked 4, and got the answer to 2; the answer to 3", answers[2], None);
    client.receives("got the answer to 3; the answer to 4", answers[3], None);
}

#[test]
fn a_request_is_sent_in_one_write() {
    let long = format!("UPDATE /a.txt \"{}\"", "é".repeat(3000));
    for request in ["SHOW /a.txt", "SHOW /é/🦀.txt", "CREATE /a.txt  two  spaces  ", &long] {
        let server = Server::new(&[("400 /a.txt NOT FOUND", None)]);
        server.client().answers(request, "400 /a.txt NOT FOUND", None);
        let (now, asked) = (server.now.borrow(), shown(request.as_bytes()));
        same_bytes(format!("asked {asked}: what was sent"), &now.got, format!("{request}\n").as_bytes());
        same(format!("asked {asked}: the number of writes, each of which may be a packet"), &now.writes, &1);
    }
}

#[test]
fn a_write_may_be_partial() {
    for most in [1, 3, 11] {
        let mut server = Server::new(&[("400 /a.txt NOT FOUND", None)]);
        server.taken_a_write = most;
        server.client().answers("SHOW /a.txt", "400 /a.txt NOT FOUND", None);
        let got = &server.now.borrow().got;
        same_bytes(format!("asked SHOW /a.txt, {most} bytes a write: what was sent"), got, b"SHOW /a.txt\n");
    }
}

#[test]
fn a_short_answer_takes_few_reads() {
    let contents = "c".repeat(160);
    let server = Server::new(&[("200 /a.txt OK", Some(&contents))]);
    server.client().answers("SHOW /a.txt", "200 /a.txt OK", Some(&contents));
    let reads = server.now.borrow().reads;
    truth(reads <= 4, format_args!("an answer of 175 bytes had come; you made {reads} reads, each a system call"));
}

#[test]
fn contents_may_be_long() {
    for contents in [500, 5000, 20_000].map(|length| "thrée".chars().cycle().take(length).collect::<String>()) {
        Server::new(&[("200 / OK", Some(&contents))]).client().answers("LIST /", "200 / OK", Some(&contents));
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
    let mut client = server.client();
    client.answers("SHOW /a.txt", "400 /a.txt NOT FOUND", None);
    client.fails("SHOW /b.txt", ErrorKind::UnexpectedEof);
}

#[test]
fn a_broken_connection_is_reported() {
    for reset in [ErrorKind::ConnectionReset, ErrorKind::TimedOut] {
        let mut server = Server::new(&[]);
        (server.ends, server.last_words, server.error) = (true, "200 /a.txt OK\nBuy".into(), Some(reset));
        server.client().fails("SHOW /a.txt", reset);
    }
    let mut server = Server::new(&[]);
    server.refuses_writes = true;
    server.client().fails("SHOW /a.txt", ErrorKind::BrokenPipe);
    let mut server = Server::new(&[]);
    server.taken_a_write = 0;
    server.client().fails("SHOW /a.txt", ErrorKind::WriteZero);
}

#[test]
fn an_interruption_is_retried() {
    for (request, status, contents) in SAMPLES {
        let mut server = Server::new(&[(status, contents)]);
        (server.piece, server.taken_a_write, server.interrupts) = (5, 4, true);
        server.client().answers(request, status, contents);
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
        step(format_args!("sent {request:?}; the server has answered and keeps the connection; waiting for `ask`"));
        let got = client.ask(request);
        is(&format!("asked {request:?} over TCP"), got, status, contents);
    }
    drop(client);
    step("the client was dropped; waiting for the server to see the end of the connection");
    server.join().unwrap();
}

fn bytes((_, status, contents): &(&str, &str, Option<&str>)) -> String {
    format!("{status}\n{}", contents.map_or(String::new(), |contents| format!("{contents}\n")))
}

/// The connection ends after these bytes.
#[track_caller]
fn ends_early(half: &str) {
    for piece in [1, 1000] {
        let mut server = Server::new(&[]);
        (server.ends, server.last_words, server.piece) = (true, half.into(), piece);
        server.client().fails("SHOW /a.txt", ErrorKind::UnexpectedEof);
    }
}

/// A server in the memory that keeps the connection, and the connection to it.
struct Server {
    /// What it says to the first request, and so on.
    answers: Vec<String>,
    /// So many bytes come with one read, or are taken by one write, at most.
    piece: usize,
    taken_a_write: usize,
    /// Whether the connection ends after all answers and the last words, and with what error.
    ends: bool,
    last_words: String,
    error: Option<ErrorKind>,
    /// Whether each second read, and each second write, is interrupted.
    interrupts: bool,
    refuses_writes: bool,
    now: RefCell<State>,
}

#[derive(Default)]
struct State {
    /// All that the client has sent, and all that is to be sent to it, of which so much has been.
    got: Vec<u8>,
    sent: Vec<u8>,
    at: usize,
    answered: usize,
    has_ended: bool,
    has_failed: bool,
    reads: usize,
    writes: usize,
}

/// The learner's client, and the server that it is connected to.
struct Asking<'a>(Client<&'a Server>, &'a Server);

impl Server {
    fn new(answers: &[(&str, Option<&str>)]) -> Server {
        Server {
            answers: answers.iter().map(|(status, contents)| bytes(&("", status, *contents))).collect(),
            piece: usize::MAX,
            taken_a_write: usize::MAX,
            ends: false,
            last_words: String::new(),
            error: None,
            interrupts: false,
            refuses_writes: false,
            now: RefCell::default(),
        }
    }

    fn client(&self) -> Asking<'_> {
        Asking(Client::new(self), self)
    }

    /// Answers the lines that have come since. A blank one ends the conversation.
    fn answer(&self, now: &mut State) {
        let lines = now.got.split_inclusive(|&byte| byte == b'\n').filter(|line| line.ends_with(b"\n"));
        for line in lines.skip(now.answered) {
            if now.has_ended {
                return;
            }
            match self.answers.get(now.answered) {
                _ if line == b"\n" => now.has_ended = true,
                Some(answer) => now.sent.extend_from_slice(answer.as_bytes()),
                None if self.ends => {
                    now.sent.extend_from_slice(self.last_words.as_bytes());
                    now.has_ended = true;
                }
                None => fail(format_args!("one request too many was sent: \"{}\"", shown(line))),
            }
            now.answered += 1;
        }
    }
}

impl Read for &Server {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let now = &mut *self.now.borrow_mut();
        now.reads += 1;
        truth(now.reads < 100_000, "it reads again and again");
        if self.interrupts && now.reads % 2 == 1 {
            return Err(ErrorKind::Interrupted.into());
        }
        let rest = &now.sent[now.at..];
        if rest.is_empty() && !now.has_ended {
            let last = shown(&now.sent[now.sent.len().saturating_sub(60)..]);
            fail(format_args!(
                "all that the server had to say has come, and you read on: it keeps the connection and waits for the next \
                 request, so you would wait for ever\n  the last bytes that came  \"{last}\""
            ));
        }
        if let (true, Some(kind)) = (rest.is_empty(), self.error) {
            truth(!now.has_failed, format_args!("a read has given the error {kind:?}, and you read on"));
            now.has_failed = true;
            return Err(kind.into());
        }
        let count = rest.len().min(into.len()).min(self.piece);
        into[..count].copy_from_slice(&rest[..count]);
        now.at += count;
        Ok(count)
    }
}

impl Write for &Server {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let now = &mut *self.now.borrow_mut();
        if self.refuses_writes {
            return Err(ErrorKind::BrokenPipe.into());
        }
        now.writes += 1;
        truth(now.writes < 100_000, "it writes again and again");
        if self.interrupts && now.writes % 2 == 1 {
            return Err(ErrorKind::Interrupted.into());
        }
        let taken = &bytes[..bytes.len().min(self.taken_a_write)];
        now.got.extend_from_slice(taken);
        self.answer(now);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Asking<'_> {
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
        let pieces = if self.1.piece < 1000 { format!(", {} bytes a read", self.1.piece) } else { String::new() };
        let sent = bytes(&(request, status, contents));
        let (asked, sent) = (shown(request.as_bytes()), shown(sent.as_bytes()));
        let what = format!("asked \"{asked}\"; the server sent \"{sent}\"{pieces}");
        step(&what);
        let got = self.0.ask(request);
        is(&what, got, status, contents);
    }

    #[track_caller]
    fn fails(&mut self, request: &str, kind: ErrorKind) {
        let what = match self.1.ends {
            true => format!("asked {request:?}; what came is {:?} and then the connection ended", self.1.last_words),
            false => format!("asked {request:?}; the write takes nothing"),
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
