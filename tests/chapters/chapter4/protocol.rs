//! The protocol is the same with a cache: nobody can tell, except by the clock.

use std::fs;
use std::thread;

use super::{MODES, NAME, server, server_with_tiny_cache};
use crate::support::random::{Dice, converse};
use crate::support::{self, Folder, Server, conformance, refusal};

#[test]
fn every_conversation_goes_as_specified_without_a_cache() {
    conformance::hold_all(NAME, &["--cache", "off"]);
}

#[test]
fn every_conversation_goes_as_specified_with_an_lru_under_a_mutex() {
    conformance::hold_all(NAME, &["--cache", "mutex"]);
}

#[test]
fn every_conversation_goes_as_specified_with_second_chance_under_an_rwlock() {
    conformance::hold_all(NAME, &["--cache", "rwlock"]);
}

#[test]
fn a_server_with_a_tiny_cache_answers_as_the_model_does() {
    for (mode, expiration) in [("off", "1"), ("mutex", "1"), ("rwlock", "1"), ("mutex", "0.001"), ("rwlock", "0.001")] {
        let folder = Folder::new();
        let server = server_with_tiny_cache(&folder, mode, expiration);
        thread::scope(|scope| {
            for client in 0..3 {
                let mut peer = server.connect();
                let home = format!("/{client}");
                scope.spawn(move || converse(&mut peer, &home, &mut Dice::new(40 + client), 1_000));
            }
        });
    }
}

#[test]
fn a_change_on_one_connection_is_seen_on_another_at_once() {
    for mode in MODES {
        let folder = Folder::new();
        let server = server(&folder, mode, &[]);
        let (mut reader, mut writer) = (server.connect(), server.connect());
        writer.send("CREATE /a.txt 0\n").expect("100 /a.txt CREATED\n");
        for number in 1..=50 {
            reader.send("SHOW /a.txt\n").expect(format!("200 /a.txt OK\n{}\n", number - 1));
            writer.send(format!("UPDATE /a.txt {number}\n")).expect(format!("200 /a.txt OK\n{number}\n"));
        }
        reader.send("SHOW /a.txt\n").expect("200 /a.txt OK\n50\n");
        writer.send("DELETE /a.txt\n").expect("600 /a.txt DELETED\n");
        reader.send("SHOW /a.txt\n").expect("400 /a.txt NOT FOUND\n");
        writer.send("CREATE /a.txt again\n").expect("100 /a.txt CREATED\n");
        reader.send("SHOW /a.txt\n").expect("200 /a.txt OK\nagain\n");
    }
}

#[test]
fn files_of_the_same_name_in_two_directories_are_kept_apart() {
    for mode in MODES {
        let folder = Folder::new();
        let server = server(&folder, mode, &[]);
        let mut peer = server.connect();
        peer.send("CREATE /a/x.txt one\nCREATE /b/x.txt two\n").expect("100 /a/x.txt CREATED\n100 /b/x.txt CREATED\n");
        for _ in 0..2 {
            peer.send("SHOW /a/x.txt\nSHOW /b/x.txt\n").expect("200 /a/x.txt OK\none\n200 /b/x.txt OK\ntwo\n");
        }
    }
}

/// The price of a cache: it does not know of changes behind its back until the entry expires.
#[test]
fn a_file_changed_by_hand_is_shown_as_it_was_until_the_entry_expires() {
    for (mode, then) in [("off", "new"), ("mutex", "old"), ("rwlock", "old")] {
        let folder = Folder::new();
        let server = server(&folder, mode, &[]);
        let mut peer = server.connect();
        peer.send("CREATE /a.txt old\nSHOW /a.txt\n").expect("100 /a.txt CREATED\n200 /a.txt OK\nold\n");
        fs::write(folder.path().join("a.txt"), "new\n").unwrap();
        peer.send("SHOW /a.txt\n").expect(format!("200 /a.txt OK\n{then}\n"));
        peer.send("DELETE /a.txt\nSHOW /a.txt\n").expect("600 /a.txt DELETED\n400 /a.txt NOT FOUND\n");
    }
    for mode in ["mutex", "rwlock"] {
        let folder = Folder::new();
        let server = server_with_tiny_cache(&folder, mode, "0.1");
        let mut peer = server.connect();
        peer.send("CREATE /a.txt old\n").expect("100 /a.txt CREATED\n");
        fs::write(folder.path().join("a.txt"), "new\n").unwrap();
        let mut answer = String::new();
        while answer != "new" {
            peer.send("SHOW /a.txt\n").expect("200 /a.txt OK\n");
            answer = peer.expect_line();
        }
    }
}

#[test]
fn the_cache_can_be_switched_off_in_the_configuration() {
    let folder = Folder::new();
    let server = Server::configured(&folder, NAME, "cache:\n  enabled: false\n", &["--cache", "mutex"]);
    let mut peer = server.connect();
    peer.send("CREATE /a.txt old\nSHOW /a.txt\n").expect("100 /a.txt CREATED\n200 /a.txt OK\nold\n");
    fs::write(folder.path().join("a.txt"), "new\n").unwrap();
    peer.send("SHOW /a.txt\n").expect("200 /a.txt OK\nnew\n");
}

#[test]
fn a_wrong_setting_exits_with_2_and_a_line_that_helps() {
    let folder = Folder::new();
    let file = folder.path().join("sttp.yaml");
    fs::write(&file, "cache:\n  max_files: 0\n").unwrap();
    let file = file.to_str().unwrap();
    let says = format!("{NAME}: {file}:2: cache.max_files: '0' is not a whole number from 1 to 1073741824\n");
    assert_eq!(refusal(NAME, &["--config", file]), (2, says));
    let says = format!("{NAME}: --cache: 'lru' is not off, mutex or rwlock\n");
    assert_eq!(refusal(NAME, &["--cache", "lru"]), (2, says));
}

#[test]
fn netcat_returns_at_once() {
    let folder = Folder::new();
    support::netcat_returns_at_once(&server(&folder, "mutex", &[]));
}
