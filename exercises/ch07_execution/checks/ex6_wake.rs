//! What exercise 7.6 asks.
//! without: std::sync::Mutex, std::sync::Condvar, std::sync::RwLock, std::sync::Barrier, std::sync::mpsc, std::sync::atomic, std::sync::OnceLock, std::thread, std::time, course::sync
//!
//! The first checks run a mailbox, a loop and helpers in every order that matters: see `course::every_order`. The
//! others have a poller with sockets, and everything happens on one thread.

use std::sync::{Arc, Mutex};

use course::{Scene, every_order, same, step, truth};

use super::ex6_wake::*;

#[path = "pollers.rs"]
mod pollers;

use pollers::{Bell, World};

/// A mailbox and a loop on the stage.
struct Staged {
    bell: Arc<Bell>,
    mailbox: Arc<Mailbox<Bell>>,
}

/// A loop, and a world in which one thing happens after the other.
struct Acted {
    world: Arc<World>,
    mailbox: Arc<Mailbox<World>>,
    scenes: Vec<pollers::Scene>,
}

#[test]
fn requests_are_answered() {
    let mut acted = Acted::new();
    acted.client("client 1 has connected", 1);
    acted.then("client 1 has sent a request", |world| world.client(1, |socket| socket.unread.push_back("one")));
    acted.answer("a helper has posted the answer to client 1", 1, "done: one");
    acted.then("client 1 has sent another request", |world| world.client(1, |socket| socket.unread.push_back("two")));
    acted.answer("a helper has posted the second answer to client 1", 1, "done: two");
    acted.then("client 1 has ended its input", |world| world.client(1, |socket| socket.ended = true));
    let (world, started) = acted.run();
    same("client 1 sent two requests; those given to `start`", &started, &requests(&[(1, "one"), (1, "two")]));
    let socket = &world.state().sockets[&1];
    same("client 1 sent two requests; its answers", &socket.answers, &["done: one", "done: two"]);
    truth(socket.closed, "client 1 has ended its input, and has not been closed");
}

#[test]
fn a_letter_wakes_a_loop_that_sleeps() {
    every_order("the box is empty; a helper posts a letter, waits until it has been read, and posts Stop", || {
        let staged = Staged::new(&[]);
        let helper = staged.helper(|bell, mailbox| {
            mailbox.post(Letter::Client(1));
            bell.await_client(1);
            mailbox.post(Letter::Stop);
        });
        Scene::new().actor("the loop", staged.run()).actor("the helper", helper).after(staged.has_read(&[1]))
    });
}

#[test]
fn all_letters_are_read_at_one_ring() {
    every_order("three letters are in the box; a helper waits until the third has been read, and posts Stop", || {
        let staged = Staged::new(&[1, 2, 3]);
        let helper = staged.helper(|bell, mailbox| {
            bell.await_client(3);
            mailbox.post(Letter::Stop);
        });
        Scene::new().actor("the loop", staged.run()).actor("the helper", helper).after(staged.has_read(&[1, 2, 3]))
    });
}

#[test]
fn no_letter_is_forgotten() {
    every_order("a letter is in the box; the loop reads it, and meanwhile a helper posts Stop", || {
        let staged = Staged::new(&[1]);
        let helper = staged.helper(|_, mailbox| mailbox.post(Letter::Stop));
        Scene::new().actor("the loop", staged.run()).actor("the helper", helper).after(staged.has_read(&[1]))
    });
}

#[test]
fn the_letter_after_next_is_not_forgotten_either() {
    every_order("a letter is in the box; a helper posts another, waits until it has been read, and posts Stop", || {
        let staged = Staged::new(&[1]);
        let helper = staged.helper(|bell, mailbox| {
            mailbox.post(Letter::Client(2));
            bell.await_client(2);
            mailbox.post(Letter::Stop);
        });
        Scene::new().actor("the loop", staged.run()).actor("the helper", helper).after(staged.has_read(&[1, 2]))
    });
}

#[test]
fn two_helpers_may_post_at_once() {
    every_order("the box is empty; two helpers post a letter each; when both have been read, one posts Stop", || {
        let staged = Staged::new(&[]);
        let one = staged.helper(|_, mailbox| mailbox.post(Letter::Client(1)));
        let two = staged.helper(|bell, mailbox| {
            mailbox.post(Letter::Client(2));
            bell.await_client(1);
            bell.await_client(2);
            mailbox.post(Letter::Stop);
        });
        let scene = Scene::new().actor("the loop", staged.run()).actor("helper 1", one).actor("helper 2", two);
        scene.after(staged.has_read_all(2))
    });
}

#[test]
fn many_letters_cost_one_ring() {
    let acted = Acted::new();
    for round in 1..=3 {
        (0..1_000).for_each(|client| acted.mailbox.post(Letter::Client(10_000 * round + client)));
        acted.mailbox.post(Letter::Stop);
        (0..1_000).for_each(|client| acted.world.client(10_000 * round + client, |_| ()));
        let what = format!(
            "1,001 letters were posted while the loop was busy, for the {round}. time; rings of the bell so far"
        );
        same(what, &acted.world.state().rings, &round);
        step("1,001 letters were posted, the last of them Stop; waiting for run() to return");
        EventLoop::new(Arc::clone(&acted.world), Arc::clone(&acted.mailbox)).run(|_, _| ());
    }
}

#[test]
fn input_waits_while_a_helper_works() {
    let mut acted = Acted::new();
    acted.client("client 1 has connected", 1);
    acted.then("client 1 has sent three requests at once", |world| {
        world.client(1, |socket| socket.unread.extend(["one", "two", "three"]));
    });
    acted.then("client 1 has ended its input, while a helper carries out its first request", |world| {
        world.client(1, |socket| socket.ended = true);
    });
    for (number, answer) in ["one", "two", "three"].into_iter().enumerate() {
        acted.then("a helper is carrying out one request of client 1", move |world| {
            let unread = world.state().sockets[&1].unread.len();
            same("client 1 sent three requests; those not read yet while a helper works", &unread, &(2 - number));
        });
        acted.answer("a helper has posted an answer to client 1", 1, answer);
    }
    let (world, _) = acted.run();
    let socket = &world.state().sockets[&1];
    same("client 1 sent three requests; its answers", &socket.answers, &["one", "two", "three"]);
    truth(socket.closed, "client 1 has ended its input, and its last request was answered; it has not been closed");
}

#[test]
fn a_hang_up_does_not_keep_the_loop_busy() {
    let mut acted = Acted::new();
    acted.client("client 1 has connected", 1);
    acted.client("client 2 has connected", 2);
    acted.then("client 1 has sent a request", |world| world.client(1, |socket| socket.unread.push_back("one")));
    acted.then("client 1 has hung up while a helper carries out its request", |world| {
        world.client(1, |socket| socket.hung_up = true);
    });
    acted.then("client 2 has sent a request", |world| world.client(2, |socket| socket.unread.push_back("two")));
    acted.answer("a helper has posted the answer to client 1, which has hung up", 1, "done: one");
    acted.answer("a helper has posted the answer to client 2", 2, "done: two");
    let (world, _) = acted.run();
    let state = world.state();
    truth(state.sockets[&1].closed, "client 1 has hung up, and its answer has been posted; it has not been closed");
    same("the answers of client 2", &state.sockets[&2].answers, &["done: two"]);
    truth(!state.sockets[&2].closed, "client 1 has hung up, and client 2 was closed");
}

#[test]
fn a_client_that_hangs_up_between_requests_is_closed() {
    let mut acted = Acted::new();
    acted.client("client 1 has connected", 1);
    acted.then("client 1 has hung up", |world| world.client(1, |socket| socket.hung_up = true));
    let (world, started) = acted.run();
    truth(world.state().sockets[&1].closed, "client 1 has hung up, and has not been closed");
    same("client 1 sent nothing; the requests given to `start`", &started, &requests(&[]));
}

#[test]
fn the_last_request_before_a_hang_up_is_carried_out() {
    let mut acted = Acted::new();
    acted.client("client 1 has connected", 1);
    acted.then("client 1 has sent a request and hung up at once", |world| {
        world.client(1, |socket| {
            socket.unread.push_back("delete");
            socket.hung_up = true;
        });
    });
    acted.answer("a helper has posted the answer to client 1, which has hung up", 1, "deleted");
    let (world, started) = acted.run();
    let what = "client 1 sent a request and hung up at once; the requests given to `start`";
    same(what, &started, &requests(&[(1, "delete")]));
    truth(
        world.state().sockets[&1].closed,
        "client 1 has hung up, and its answer has been posted; it has not been closed",
    );
}

#[test]
fn a_hang_up_and_an_answer_may_come_together() {
    for bell_last in [false, true] {
        let mut acted = Acted::new();
        acted.world.state().bell_last = bell_last;
        acted.client("client 1 has connected", 1);
        acted.then("client 1 has sent a request", |world| world.client(1, |socket| socket.unread.push_back("one")));
        let mailbox = Arc::clone(&acted.mailbox);
        acted.then("client 1 has hung up, and a helper has posted its answer, before the loop woke up", move |world| {
            world.client(1, |socket| socket.hung_up = true);
            mailbox.post(Letter::Answer(1, "done: one".into()));
        });
        let (world, _) = acted.run();
        truth(
            world.state().sockets[&1].closed,
            "client 1 has hung up, and its answer was posted; it has not been closed",
        );
    }
}

impl Staged {
    /// A mailbox with letters for these clients.
    fn new(clients: &[Id]) -> Staged {
        let bell = Arc::new(Bell::new());
        let mailbox = Arc::new(Mailbox::new(Arc::clone(&bell)));
        clients.iter().for_each(|client| mailbox.post(Letter::Client(*client)));
        Staged { bell, mailbox }
    }

    fn run(&self) -> impl FnOnce() + Send + 'static {
        let (bell, mailbox) = (Arc::clone(&self.bell), Arc::clone(&self.mailbox));
        move || EventLoop::new(bell, mailbox).run(|_, _| ())
    }

    fn helper(&self, part: impl FnOnce(&Bell, &Mailbox<Bell>) + Send + 'static) -> impl FnOnce() + Send + 'static {
        let (bell, mailbox) = (Arc::clone(&self.bell), Arc::clone(&self.mailbox));
        move || part(&bell, &mailbox)
    }

    fn has_read(&self, clients: &'static [Id]) -> impl FnOnce() -> Result<(), String> + 'static {
        let bell = Arc::clone(&self.bell);
        move || match bell.watched() {
            read if read == clients => Ok(()),
            read => Err(format!("letters of clients {clients:?} were posted before Stop; those read: {read:?}")),
        }
    }

    fn has_read_all(&self, count: usize) -> impl FnOnce() -> Result<(), String> + 'static {
        let bell = Arc::clone(&self.bell);
        move || match bell.watched().len() {
            read if read == count => Ok(()),
            read => Err(format!("{count} letters were posted before Stop, and {read} were read")),
        }
    }
}

impl Acted {
    fn new() -> Acted {
        let world = Arc::new(World::default());
        Acted { mailbox: Arc::new(Mailbox::new(Arc::clone(&world))), world, scenes: Vec::new() }
    }

    fn then(&mut self, what: &'static str, happens: impl FnOnce(&World) + Send + 'static) {
        self.scenes.push((what, Box::new(happens)));
    }

    fn client(&mut self, what: &'static str, client: Id) {
        let mailbox = Arc::clone(&self.mailbox);
        self.then(what, move |world| {
            world.client(client, |_| ());
            mailbox.post(Letter::Client(client));
        });
    }

    fn answer(&mut self, what: &'static str, client: Id, answer: &'static str) {
        let mailbox = Arc::clone(&self.mailbox);
        self.then(what, move |_| mailbox.post(Letter::Answer(client, answer.into())));
    }

    /// Runs the loop until all has happened, and then Stop is posted. Returns what was given to `start`.
    fn run(mut self) -> (Arc<World>, Vec<(Id, String)>) {
        let mailbox = Arc::clone(&self.mailbox);
        self.then("Stop has been posted", move |_| mailbox.post(Letter::Stop));
        self.world.plan(self.scenes);
        let started = Mutex::new(Vec::new());
        let start = |client, request| started.lock().unwrap().push((client, request));
        step("a loop begins; waiting for it to sleep");
        EventLoop::new(Arc::clone(&self.world), self.mailbox).run(start);
        (self.world, started.into_inner().unwrap())
    }
}

fn requests(requests: &[(Id, &str)]) -> Vec<(Id, String)> {
    requests.iter().map(|(client, request)| (*client, request.to_string())).collect()
}
