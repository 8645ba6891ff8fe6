//! A load that is ended before its time: by a signal, or by a reader that goes away.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use super::{NAME, run, server};
use crate::support::{Folder, LIMIT, Scripted, Transcript, binary, missing};

/// Long enough for any test; it must be ended from outside.
const LONG: [&str; 8] = ["--duration", "3600", "--warm-up", "0", "--keys", "20", "--mix", "show=1"];

/// The snippets on a server.
type Stored = Arc<Mutex<BTreeSet<String>>>;

/// A server that keeps the names of its snippets; `asked` is called with each request before the answer is sent.
fn remembering(asked: impl Fn(&str) + Send + Sync + 'static) -> (Scripted, Stored) {
    let stored = Stored::default();
    let own = Arc::clone(&stored);
    let server = Scripted::new(move |guest| {
        while let Some(line) = guest.line() {
            asked(&line);
            if !guest.say(answer(&line, &own)) {
                return;
            }
        }
    });
    (server, stored)
}

fn answer(line: &str, stored: &Stored) -> String {
    let path = line.split(' ').nth(1).expect("a path").to_string();
    let mut stored = stored.lock().unwrap();
    match &line[..4] {
        "CREA" if stored.insert(path.clone()) => format!("100 {path} CREATED\n"),
        "SHOW" => super::value_of(line).unwrap(),
        "DELE" if stored.remove(&path) => format!("600 {path} DELETED\n"),
        _ => format!("400 {path} NOT FOUND\n"),
    }
}

/// A server as above, and a channel that hears of the first request of this kind.
fn signalling(action: &'static str) -> (Scripted, Stored, Receiver<()>) {
    let (tell, told) = channel();
    let (server, stored) = remembering(move |line| _ = line.starts_with(action).then(|| tell.send(())));
    (server, stored, told)
}

/// The tester in the background.
struct Running {
    child: Child,
    out: Transcript,
    err: Transcript,
}

impl Running {
    fn start(server: &Scripted, args: &[&str]) -> Running {
        Running::spawn(Command::new(binary(NAME)).args(["-a", "127.0.0.1", "-p", &server.port()]).args(args))
    }

    fn spawn(command: &mut Command) -> Running {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        Running { child, out: Transcript::of(out), err: Transcript::of(err) }
    }

    fn end(mut self) -> (ExitStatus, String, String) {
        assert!(self.out.wait_for_end(LIMIT) && self.err.wait_for_end(LIMIT), "it should have ended");
        (self.child.wait().unwrap(), self.out.text(), self.err.text())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn signal(process: u32, name: &str) {
    let status = Command::new("kill").args(["-s", name, &process.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "cannot send SIG{name}");
}

const SAYS: &str = "interrupted: removing the snippets; a second signal would leave them behind\n";

#[cfg(unix)]
#[test]
fn a_signal_ends_the_measurement_and_what_was_measured_is_reported() {
    for (name, code) in [("INT", 130), ("TERM", 143)] {
        let (server, stored, told) = signalling("SHOW");
        let folder = Folder::new();
        let json = folder.path().join("run.json");
        let running = Running::start(&server, &[&LONG[..], &["--json", json.to_str().unwrap()]].concat());
        (0..20).for_each(|_| told.recv_timeout(LIMIT).expect("a SHOW"));
        signal(running.child.id(), name);
        let (status, out, err) = running.end();
        assert_eq!((status.code(), &*err), (Some(code), SAYS), "{out}");
        assert!(out.contains("throughput  ") && out.contains("errors      none\n"), "{out}");
        assert!(fs::read_to_string(json).unwrap().contains("\"answers\""));
        assert_eq!(*stored.lock().unwrap(), BTreeSet::new(), "snippets that are left");
    }
}

#[cfg(unix)]
#[test]
fn a_sleeping_tester_is_interrupted_too() {
    // The second request is due a quarter of an hour after the first.
    let (server, stored, told) = signalling("SHOW");
    let running = Running::start(&server, &[&LONG[..], &["--rate", "0.001"]].concat());
    told.recv_timeout(LIMIT).expect("a SHOW");
    signal(running.child.id(), "INT");
    let (status, out, err) = running.end();
    // The one answer may have come in time or too late.
    assert!(status.code() == Some(130) && err.starts_with(SAYS), "{err}{out}");
    assert_eq!(*stored.lock().unwrap(), BTreeSet::new(), "snippets that are left");
}

#[cfg(unix)]
#[test]
fn each_phase_of_the_guides_workload_can_be_interrupted() {
    for action in ["CREATE", "SHOW", "DELETE"] {
        let (server, stored, told) = without_the_first(action);
        let running = Running::start(&server, &["--keys", "30", "--timeout", "3600"]);
        told.recv_timeout(LIMIT).expect("a request");
        signal(running.child.id(), "INT");
        let (status, out, err) = running.end();
        assert_eq!((status.code(), &*err), (Some(130), "ch06_load: interrupted\n"), "{out}");
        assert!(out.lines().last().is_some_and(|line| line.starts_with(&action.to_lowercase())), "{out}");
        assert_eq!(*stored.lock().unwrap(), BTreeSet::new(), "snippets that are left after {action}");
    }
}

/// A server that never answers the first request of this kind, but reports it.
#[cfg(unix)]
fn without_the_first(action: &'static str) -> (Scripted, Stored, Receiver<()>) {
    let (stored, first, (tell, told)) = (Stored::default(), AtomicBool::new(true), channel());
    let own = Arc::clone(&stored);
    let server = Scripted::new(move |guest| {
        while let Some(line) = guest.line() {
            if line.starts_with(action) && first.swap(false, Ordering::Relaxed) {
                let _ = tell.send(());
                return guest.wait_for_the_end();
            }
            guest.say(answer(&line, &own));
        }
    });
    (server, stored, told)
}

/// A server that answers everything but DELETE.
#[cfg(unix)]
fn without_delete() -> (Scripted, Receiver<String>) {
    let (tell, told) = channel();
    let stored = Stored::default();
    let server = Scripted::new(move |guest| {
        while let Some(line) = guest.line() {
            let _ = tell.send(line[..4].to_string());
            match &line[..4] {
                "DELE" => return guest.wait_for_the_end(),
                _ => _ = guest.say(answer(&line, &stored)),
            }
        }
    });
    (server, told)
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_it_at_once() {
    use std::os::unix::process::ExitStatusExt;
    let (server, told) = without_delete();
    let running = Running::start(&server, &[&LONG[..], &["--timeout", "3600"]].concat());
    wait_for(&told, "SHOW");
    signal(running.child.id(), "INT");
    wait_for(&told, "DELE");
    signal(running.child.id(), "TERM");
    let (status, ..) = running.end();
    assert_eq!(status.signal(), Some(15));
}

#[cfg(unix)]
fn wait_for(told: &Receiver<String>, action: &str) {
    while told.recv_timeout(LIMIT).expect(action) != action {}
}

/// The kernel protects process 1 of a container from the default action of a signal.
#[cfg(target_os = "linux")]
#[test]
fn both_signals_also_work_for_process_1_of_a_container() {
    let alone = ["--user", "--map-root-user", "--fork", "--pid", "--kill-child"];
    let works = Command::new("unshare").args(alone).arg("true").stderr(Stdio::null()).status();
    if missing("unshare") || !works.is_ok_and(|status| status.success()) {
        return eprintln!("skipped: no process may be put into a container here");
    }
    let (server, told) = without_delete();
    let port = server.port();
    let args = [&LONG[..], &["--timeout", "3600", "-a", "127.0.0.1", "-p", &port]].concat();
    let running = Running::spawn(Command::new("unshare").args(alone).arg(binary(NAME)).args(args));
    wait_for(&told, "SHOW");
    let id = running.child.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("Linux lists them");
    let first = children.trim().parse().expect("one child");
    signal(first, "TERM");
    wait_for(&told, "DELE");
    signal(first, "TERM");
    let (status, _, err) = running.end();
    assert_eq!(status.code(), Some(143), "{err}");
}

#[test]
fn a_reader_that_goes_away_ends_only_the_printing() {
    let (docroot, folder) = (Folder::new(), Folder::new());
    let server = server(&docroot);
    let port = server.address().port().to_string();
    let json = folder.path().join("run.json");
    let name = json.to_str().unwrap();
    let timed = ["--duration", "0.3", "--warm-up", "0", "--fail-if", "max>1ns", "--json", name];
    for (args, code) in [(&timed[..], 1), (&[], 0)] {
        let mut command = Command::new(binary(NAME));
        command.args(["-a", "127.0.0.1", "-p", &port, "--keys", "20"]).args(args);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(code), "{args:?}");
    }
    assert!(fs::read_to_string(json).unwrap().contains("\"answers\""));
    assert_eq!(fs::read_dir(docroot.path().join("load")).unwrap().count(), 0, "snippets that are left");
}

#[test]
fn snippets_that_cannot_be_removed_are_named() {
    let (server, _) = remembering(|_| {});
    let refusing = Scripted::new(move |guest| {
        let stored = Stored::default();
        while let Some(line) = guest.line() {
            match &line[..4] {
                "DELE" => _ = guest.say("500 / SERVER ERROR \"no\"\n"),
                _ => _ = guest.say(answer(&line, &stored)),
            }
        }
    });
    let args = ["--duration", "0.3", "--warm-up", "0", "--keys", "20", "--mix", "show=1"];
    let (_, _, err) = run(refusing.address(), &args);
    let says = "some snippets may be left (500 20): they are in /load/, and their names begin with ";
    assert!(err.starts_with(says), "{err}");
    let (_, _, err) = run(server.address(), &args);
    assert!(!err.contains("may be left"), "{err}");
}

/// The number of a process says nothing in a container, where it is always the same.
#[test]
fn two_runs_never_use_the_same_names() {
    let prefixes = || {
        let names = Arc::new(Mutex::new(BTreeSet::new()));
        let seen = Arc::clone(&names);
        let (server, _) = remembering(move |line| {
            let name = line.split(' ').nth(1).and_then(|path| path.strip_prefix("/load/")).expect("a name");
            assert!(name.len() <= 32, "{name}");
            seen.lock().unwrap().insert(name.split('-').next().unwrap().to_string());
        });
        let running = Running::start(&server, &["--keys", "10"]);
        let id = running.child.id().to_string();
        assert!(running.end().0.success());
        let names = names.lock().unwrap().clone();
        assert!(names.len() == 1 && !names.contains(&id), "{names:?}");
        names
    };
    assert_ne!(prefixes(), prefixes());
}
