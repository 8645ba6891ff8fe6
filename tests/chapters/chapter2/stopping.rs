//! Signals.
#![cfg(unix)]

use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

use super::{server, server_configured};
use crate::support::Folder;

/// Far less than the timeouts of these servers, and far more than a busy machine adds to the end.
const SOON: Duration = Duration::from_secs(15);

#[test]
fn a_signal_ends_the_server_with_exit_code_0() {
    for signal in ["INT", "TERM"] {
        let folder = Folder::new();
        let mut server = server(&folder);
        server.signal(signal);
        assert_eq!(server.exit().code(), Some(0), "SIG{signal}");
    }
}

#[test]
fn idle_clients_do_not_delay_the_end() {
    let folder = Folder::new();
    let mut server = server(&folder);
    let mut served = server.connect();
    served.send("LIST /\n").expect("200 / OK\n\n");
    let waiting: Vec<_> = (0..5).map(|_| server.connect()).collect();
    let begun = Instant::now();
    server.signal("TERM");
    assert_eq!(server.exit().code(), Some(0));
    assert!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
    served.expect_closed();
    drop(waiting);
}

#[test]
fn a_client_that_does_not_read_does_not_delay_the_end() {
    let folder = Folder::new();
    let mut server = server_configured(&folder, "write_timeout: 60");
    let deaf = TcpStream::connect(server.address()).expect("the server listens");
    std::thread::scope(|scope| {
        let mut writer = &deaf;
        let sending =
            scope.spawn(move || std::io::Write::write_all(&mut writer, "LIST /\n".repeat(4_000_000).as_bytes()));
        // It cannot send everything: nobody reads the answers, so the server stops reading requests.
        let mut second = server.connect();
        let begun = Instant::now();
        server.signal("TERM");
        assert_eq!(server.exit().code(), Some(0));
        assert!(begun.elapsed() < SOON, "it took {:?}", begun.elapsed());
        let _ = deaf.shutdown(Shutdown::Both);
        assert!(sending.join().unwrap().is_err(), "all the answers were read");
        second.send("");
    });
}

#[test]
fn requests_that_have_arrived_are_answered_before_the_end() {
    let folder = Folder::new();
    let mut server = server(&folder);
    let mut peer = server.connect();
    peer.send("LIST /\n").expect("200 / OK\n\n");
    peer.send("CREATE /a.txt x\n".to_owned() + &"SHOW /a.txt\n".repeat(200));
    server.signal("INT");
    let answers = peer.expect_rest();
    assert_eq!(server.exit().code(), Some(0));
    // The requests that had arrived when the signal came: none, or all of them, because they were one write.
    let whole = "100 /a.txt CREATED\n".to_owned() + &"200 /a.txt OK\nx\n".repeat(200);
    assert!(answers.is_empty() || answers == whole, "{answers}");
}

#[test]
fn a_second_signal_ends_the_server_at_once() {
    use std::os::unix::process::ExitStatusExt;

    let folder = Folder::new();
    // Its clients read nothing, so it would take its time to stop.
    let mut server = server(&folder);
    let deaf = TcpStream::connect(server.address()).expect("the server listens");
    std::thread::scope(|scope| {
        let mut writer = &deaf;
        scope.spawn(move || std::io::Write::write_all(&mut writer, "LIST /\n".repeat(4_000_000).as_bytes()));
        server.signal("TERM");
        // The first signal has arrived.
        while TcpStream::connect(server.address()).is_ok() {}
        server.signal("INT");
        let status = server.exit();
        let _ = deaf.shutdown(Shutdown::Both);
        // On a machine that was busy the first signal may have been enough.
        assert!(status.signal() == Some(2) || status.code() == Some(0), "{status}");
    });
}

#[test]
#[cfg(target_os = "linux")]
fn the_stop_needs_no_network() {
    let folder = Folder::new();
    let Some(mut server) = crate::support::strace::showing("connect,shutdown", super::NAME, &folder, &[]) else {
        return;
    };
    let children = format!("/proc/{0}/task/{0}/children", server.id());
    let child = std::fs::read_to_string(children).expect("the system lists children");
    let sent = std::process::Command::new("kill").args(["-s", "TERM", child.trim()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "cannot send SIGTERM to {child:?}");
    assert_eq!(server.exit().code(), Some(0));
    let log = server.log();
    assert!(log.contains("shutdown(") && !log.contains("connect("), "{log}");
}
