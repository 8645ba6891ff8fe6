//! Chapter 1: sockets.

mod alone;
mod dissect;
mod echo;
mod hello;
mod lookup;
mod talk;

use std::io;
use std::process::Command;

use crate::support::{Server, binary, book, program};

const NAME: &str = "ch01_sockets";

book::tests_of_the_text!("ch01_sockets");

#[test]
fn the_links_of_the_front_page_lead_somewhere() {
    book::the_links_lead_somewhere("README.md");
}

#[test]
fn help_goes_to_standard_output() {
    let help = printed(["hello", "--help"]);
    for word in ["usage: ch01_sockets", "talk HOST[:PORT]", "--think SECONDS", "-p, --port N"] {
        assert!(help.contains(word), "{word} in {help}");
    }
    assert!(printed(["--version"]).starts_with("ch01_sockets "));
}

#[test]
fn a_wrong_command_line_exits_with_2_and_the_line_that_would_help() {
    for (line, complaint) in [
        ("--prot 80", "unknown option --prot; did you mean --port?"),
        ("ehco", "there is no demonstration 'ehco'; did you mean echo?"),
        ("frobnicate", "there is no demonstration 'frobnicate'; --help lists them all"),
        ("udp twice", "unexpected argument 'twice'; --help shows the usage"),
        ("--port 65536", "--port: '65536' is not a port, 0 to 65535"),
        ("--address localhost", "--address: 'localhost' is not an IP address, such as 127.0.0.1 or ::1"),
        ("hello --think -1", "--think: '-1' is not a number of seconds"),
        ("talk", "talk needs a server: talk HOST[:PORT]"),
        ("resolve", "resolve needs a name: resolve NAME[:PORT]"),
        ("lookup", "lookup needs a name: lookup NAME [--server IP:PORT]"),
        ("names --lose one", "--lose: 'one' is not a number of datagrams"),
        ("resolve localhost:99999", "'99999' in 'localhost:99999' is not a port, 0 to 65535"),
        ("resolve :80", "':80' has no name in it: NAME[:PORT]"),
    ] {
        fails(line.split(' '), 2, &format!("ch01_sockets: {complaint}\n"));
    }
}

#[test]
fn an_ipv6_address_may_be_in_brackets_everywhere() {
    let port = |text: &str| format!("IPv6  [::1]:{text}\n");
    for (target, address) in [("[::1]:80", port("80")), ("[::1]", port("8080")), ("::1", port("8080"))] {
        assert_eq!(printed(["resolve", target]), address);
    }
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        return eprintln!("skipped: this machine has no ::1");
    }
    for address in ["[::1]", "::1"] {
        let server = Server::start(NAME, ["--address", address]);
        let at = format!("[::1]:{}", server.address().port());
        program(NAME).args(["talk", &at]).write_stdin("six\n").assert().success().stdout("six\n");
    }
}

#[test]
fn a_taken_port_is_reported_in_words() {
    let other = Server::start(NAME, ["echo"]);
    let taken = other.address();
    for word in ["echo", "hello"] {
        let complaint = "the address is in use (is another server running? --port chooses another)";
        let complaint = format!("ch01_sockets: cannot listen on {taken}: {complaint}\n");
        fails([word, "--port", &taken.port().to_string()], 1, &complaint);
    }
}

#[test]
fn an_address_of_another_machine_is_reported_in_words() {
    // From the block reserved for documentation (RFC 5737): no machine has it.
    let run = program(NAME).args(["--address", "192.0.2.1", "--port", "0"]).assert().code(1);
    let complaint = String::from_utf8_lossy(&run.get_output().stderr).into_owned();
    assert!(complaint.starts_with("ch01_sockets: cannot listen on 192.0.2.1:0: "), "{complaint}");
    assert!(!complaint.contains("os error") && complaint.lines().count() == 1, "{complaint}");
}

#[test]
fn a_closed_pipe_ends_it_quietly() {
    for line in ["boundaries", "udp", "backlog", "nagle", "dissect --recorded", "--help"] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = Command::new(binary(NAME)).args(line.split(' ')).stdout(writer).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
    }
}

/// Returns what the program prints, and expects it to succeed.
#[track_caller]
fn printed<const N: usize>(args: [&str; N]) -> String {
    let run = program(NAME).args(args).assert().success().stderr("");
    String::from_utf8_lossy(&run.get_output().stdout).into_owned()
}

#[track_caller]
fn fails<'a>(args: impl IntoIterator<Item = &'a str>, code: i32, complaint: &str) {
    program(NAME).args(args).assert().code(code).stdout("").stderr(complaint.to_string());
}
