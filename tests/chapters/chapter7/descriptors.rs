//! A system that has no descriptor for another client.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::{Duration, Instant};

use super::{NAME, PATTERNS};
use crate::support::{Folder, Peer, Server, binary, strace};

#[test]
fn a_loop_that_cannot_accept_pauses_says_so_once_and_goes_on() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        // Ten attempts of each thread fail, then there are descriptors again.
        let fault = "accept4:error=EMFILE:when=1..10";
        let args = ["--pattern", pattern, "--threads", "2"];
        let Some(server) = strace::with_fault(fault, NAME, &folder, &args) else { return };
        let begun = Instant::now();
        let mut clients: Vec<Peer> = (0..20).map(|_| server.connect()).collect();
        for peer in &mut clients {
            peer.send("SHOW /a\n").expect("400 /a NOT FOUND\n");
        }
        // In `processes`, each child pauses by itself, and says so itself.
        let doors = if pattern == "processes" { 2 } else { 1 };
        // 10 ms, and then twice as long each time: ten attempts cannot have followed each other more quickly.
        let pauses = Duration::from_millis(if doors == 1 { 10 + 20 + 40 + 80 } else { 0 });
        assert!(begun.elapsed() >= pauses, "{pattern}: it did not pause");
        let (log, incidents) = (server.log(), 1 + begun.elapsed().as_secs() as usize / 2);
        let lines = log.matches("cannot accept: ").count();
        assert!((1..=doors * incidents).contains(&lines), "{pattern}: {log}");
    }
}

#[test]
fn with_few_descriptors_clients_are_served_or_told_that_there_is_no_room() {
    for pattern in PATTERNS {
        let folder = Folder::new();
        let script = r#"ulimit -n 100; exec "$0" "$@""#;
        let mut command = Command::new("sh");
        command.args(["-c", script]).arg(binary(NAME)).args(["--pattern", pattern, "--threads", "2", "--port", "0"]);
        let server = Server::spawn(command.args(["--log", "error", "--docroot", folder.name()]));
        let mut clients: Vec<Peer> = (0..200).map(|_| server.connect()).collect();
        let (mut inside, mut refused) = (Vec::new(), 0);
        for (number, mut peer) in clients.drain(..).enumerate() {
            let answer = peer.send(format!("CREATE /{number} x\n")).expect_line();
            match &*answer {
                "500 / SERVER ERROR \"server is busy; try again\"" => refused += 1,
                _ => {
                    assert_eq!(answer, format!("100 /{number} CREATED"), "{pattern}");
                    inside.push((number, peer));
                }
            }
        }
        assert!(inside.len() >= 10 && refused >= 50, "{pattern}: {} served, {refused} refused", inside.len());
        // Each of them has descriptors for its files, all at the same time.
        inside.iter_mut().for_each(|(number, peer)| _ = peer.send(format!("UPDATE /{number} y\n").repeat(20)));
        for (number, peer) in &mut inside {
            peer.expect(format!("200 /{number} OK\ny\n").repeat(20));
        }
        // And when some leave, others can come. Where the kernel deals them out, it may be to a loop that is still full.
        inside.drain(..5).for_each(|(_, mut peer)| peer.send("\n").expect_closed());
        let answers = (0..200).map(|_| server.connect().send("SHOW /none\n").expect_line());
        assert!(answers.into_iter().any(|answer| answer == "400 /none NOT FOUND"), "{pattern}: nobody is let in");
    }
}
