//! Options that are new in this chapter, what the log says, and how the server stops.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use super::{NAME, server};
use crate::support::{Folder, LIMIT, Server, binary, program, refusal, strace};

/// Patterns that listen in this process, each with the event loops that it has for `--threads 3`.
const LOOPS: [(&str, usize); 5] = [("single", 1), ("readers", 4), ("balanced", 4), ("acceptors", 3), ("sharded", 3)];

#[test]
fn a_wrong_option_gives_exit_code_2_and_a_line_that_helps() {
    for (args, says) in [
        (
            &["--pattern", "threads"][..],
            "--pattern: 'threads' is not pool, single, readers, balanced, acceptors, sharded or processes",
        ),
        (&["--patern", "single"], "unknown option --patern; did you mean --pattern?"),
        (&["--threads", "0"], "--threads: '0' is not a whole number from 1 to 1024"),
        (&["--threads", "many"], "--threads: 'many' is not a whole number from 1 to 1024"),
        (&["--threads", "1025"], "--threads: '1025' is not a whole number from 1 to 1024"),
        (&["--poller", "kqueue"], "--poller: 'kqueue' is not epoll or poll"),
        (&["--cache", "on"], "--cache: 'on' is not off, mutex or rwlock"),
        (&["single"], "unexpected argument 'single'; --help shows the usage"),
        (&["demo"], "demo needs a name: demo idle; --help lists them all"),
        (&["demo", "fairnes"], "there is no demonstration 'fairnes'; did you mean fairness?"),
        (&["demo", "flock"], "there is no demonstration 'flock'; --help lists them all"),
        (&["demo", "idle", "now"], "unexpected argument 'now'; --help shows the usage"),
        (&["demo", "idle", "--connections", "0"], "--connections: '0' is not a whole number from 1 to 60000"),
        (&["demo", "idle", "--seconds", "0"], "--seconds: '0' is not a number of seconds from 0.1 to 3600"),
    ] {
        assert_eq!(refusal(NAME, args), (2, format!("{NAME}: {says}\n")), "{args:?}");
    }
}

#[test]
fn help_lists_every_option_pattern_and_demonstration() {
    let help = program(NAME).arg("--help").assert().success();
    let help = String::from_utf8_lossy(&help.get_output().stdout).into_owned();
    for word in ["--pattern", "--threads", "--poller", "--cache", "--until-eof", "--workers", "--idle-timeout"] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
    for word in ["pool", "single", "readers", "balanced", "acceptors", "sharded", "processes"] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
    for word in ["demo idle", "demo herd", "demo fairness", "demo storm"] {
        assert!(help.contains(word), "{word} is missing in\n{help}");
    }
}

#[test]
fn a_port_in_use_is_reported_in_words_even_where_ports_can_be_shared() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let says = "the address is in use (is another server running? --port chooses another)";
    for pattern in ["pool", "single", "readers", "balanced", "acceptors", "sharded"] {
        let folder = Folder::new();
        let args = ["--pattern", pattern, "--port", &address.port().to_string(), "--docroot", folder.name()];
        assert_eq!(refusal(NAME, &args), (1, format!("{NAME}: cannot listen on {address}: {says}\n")));
    }
}

#[test]
fn a_sharded_server_lets_no_second_one_share_its_port() {
    let (one, other) = (Folder::new(), Folder::new());
    let first = server(&one, "sharded", &[]);
    let port = first.address().port().to_string();
    let (code, says) = refusal(NAME, &["--pattern", "sharded", "--port", &port, "--docroot", other.name()]);
    assert!(code == 1 && says.contains("the address is in use"), "{says}");
}

#[test]
#[cfg(unix)]
fn the_log_says_how_many_clients_there_is_room_for() {
    let folder = Folder::new();
    let mut command = Command::new("sh");
    command.args(["-c", r#"ulimit -Sn 50; ulimit -Hn 200; exec "$0" "$@""#]).arg(binary(NAME));
    let server = Server::spawn(command.args(["--port", "0", "--docroot", folder.name()]));
    // 25 helpers of 2 files each, 4 for the loop, 12 for the process, and 15 for clients that are being refused.
    server.wait_for_log("the limit is 200 descriptors: room for 119 clients");
}

#[test]
fn the_cache_can_be_switched_off_in_the_configuration() {
    let folder = Folder::new();
    let config = "cache:\n  enabled: false\n";
    let server = Server::configured(&folder, NAME, config, &[]);
    let file = folder.path().join("a.txt");
    for text in ["one", "two"] {
        std::fs::write(&file, format!("{text}\n")).unwrap();
        server.connect().send("SHOW /a.txt\n").expect(format!("200 /a.txt OK\n{text}\n"));
    }
}

#[test]
#[cfg(unix)]
fn expired_entries_are_swept() {
    let folder = Folder::new();
    let server = Server::configured(&folder, NAME, "cache:\n  expiration: 0.001\n", &[]);
    server.connect().send("CREATE /a.txt a\nSHOW /a.txt\n").expect("100 /a.txt CREATED\n200 /a.txt OK\na\n");
    let tasks = std::fs::read_dir(format!("/proc/{}/task", server.id()));
    let Ok(tasks) = tasks else { return };
    let names = tasks.flatten().map(|task| std::fs::read_to_string(task.path().join("comm")).unwrap_or_default());
    assert!(names.into_iter().any(|name| name == "sweeper\n"));
}

#[test]
#[cfg(unix)]
fn at_the_stop_the_log_says_what_each_loop_accepted() {
    for (pattern, loops) in LOOPS {
        let folder = Folder::new();
        let mut server = server(&folder, pattern, &["--threads", "3"]);
        for _ in 0..20 {
            server.connect().send("LIST /\n\n").expect("200 / OK\n\n").expect_closed();
        }
        server.signal("TERM");
        assert_eq!(server.exit().code(), Some(0));
        let log = server.log();
        let accepted = |line: &str| {
            line.split_once("loop ")?.1.split_once(": ")?.1.split_once(" clients accepted, ")?.0.parse().ok()
        };
        let counts: Vec<u32> = log.lines().filter_map(accepted).collect();
        assert_eq!((counts.len(), counts.iter().sum()), (loops, 20), "{pattern}:\n{log}");
    }
    let folder = Folder::new();
    let mut server = server(&folder, "pool", &[]);
    server.connect().send("LIST /\n\n").expect("200 / OK\n\n").expect_closed();
    server.signal("TERM");
    assert_eq!(server.exit().code(), Some(0));
    assert!(server.log().contains("the accepting thread: 1 clients accepted, 0 wake-ups in vain"), "{}", server.log());
}

#[test]
#[cfg(unix)]
fn the_end_of_the_input_stops_it_if_it_was_told_so() {
    for pattern in ["pool", "single", "sharded"] {
        let folder = Folder::new();
        let args = ["--until-eof", "--pattern", pattern, "--port", "0", "--docroot", folder.name()];
        let mut child = Command::new(binary(NAME));
        let mut child =
            child.args(args).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("listening on 127.0.0.1:"), "{line}");
        drop(child.stdin.take());
        assert_eq!(child.wait().unwrap().code(), Some(0), "{pattern}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_stop_does_not_wait_for_a_disk_that_hangs() {
    if !strace::works() {
        return;
    }
    for pattern in ["single", "readers", "balanced"] {
        let folder = Folder::new();
        let mut command = Command::new("strace");
        command.args(["-D", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
        command.args(["-e", "inject=fsync,fdatasync:delay_enter=60000000"]).arg(binary(NAME));
        command.args(["--pattern", pattern, "--log", "error", "--port", "0", "--docroot", folder.name()]);
        let mut server = Server::spawn(&mut command);
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
        let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:")).unwrap().trim();
        let mut waits = server.connect();
        waits.send("CREATE /a.txt a\n");
        let begun = Instant::now();
        server.signal("TERM");
        server.wait_for_log("error requests were not carried out in time; ending without them\n");
        // All threads have ended but the one that strace holds. Without strace, it would have ended, too.
        let status = format!("/proc/{}/status", server.id());
        while !std::fs::read_to_string(&status).unwrap().contains("State:\tZ") {
            assert!(begun.elapsed() < LIMIT, "{pattern} still runs");
            thread::yield_now();
        }
        assert!(Command::new("kill").args(["-s", "KILL", tracer]).status().unwrap().success());
        assert_eq!(server.exit().code(), Some(1), "{pattern}");
        assert_eq!(server.log().matches(" error ").count(), 1, "{}", server.log());
    }
}
