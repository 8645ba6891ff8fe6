//! The fixed script: create, show each snippet and every tenth one twice, delete.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::channel;

use super::{run, server};
use crate::support::{Folder, Scripted};

/// The number of files at any depth, without those that the server keeps for itself.
fn files(directory: &Path) -> usize {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap());
    let visible = entries.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    visible.map(|entry| if entry.file_type().unwrap().is_dir() { files(&entry.path()) } else { 1 }).sum()
}

#[test]
fn the_script_runs_is_verified_and_cleans_up() {
    let folder = Folder::new();
    let server = server(&folder);
    for (keys, args) in [
        (1000, &[][..]),
        (100, &["--keys", "100", "-c", "4"]),
        (100, &["--keys", "100", "-c", "3", "--pipeline", "16"]),
        (100, &["--keys", "100", "--one-shot", "-c", "2"]),
    ] {
        let (code, out, err) = run(server.address(), args);
        assert_eq!((code, &*err), (0, ""), "{args:?}: {out}");
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), 4, "{out}");
        for (line, (phase, requests)) in
            lines.iter().zip([("create", keys), ("show", keys * 11 / 10), ("delete", keys)])
        {
            assert!(line.starts_with(phase) && line.contains(&format!("  {requests} requests, ")), "{line}");
            assert!(line.ends_with("errors: none"), "{line}");
        }
        assert!(lines[3].starts_with("whole "), "{out}");
        assert_eq!(files(folder.path()), 0, "{args:?}");
    }
}

#[test]
fn a_timed_run_removes_its_snippets() {
    let folder = Folder::new();
    let server = server(&folder);
    let args = ["--duration", "1", "--warm-up", "0.1", "-c", "4", "--mix", "create=1,update=1,show=1"];
    let (code, out, err) = run(server.address(), &args);
    assert_eq!((code, &*err), (0, ""), "{out}");
    assert_eq!(files(folder.path()), 0, "{out}");
}

#[test]
fn two_concurrent_runs_do_not_disturb_each_other() {
    let folder = Folder::new();
    let server = server(&folder);
    std::thread::scope(|scope| {
        let both = [(); 2].map(|()| scope.spawn(|| run(server.address(), &["--keys", "300", "-c", "2"])));
        for one in both {
            let (code, out, _) = one.join().unwrap();
            assert_eq!(code, 0, "{out}");
        }
    });
    assert_eq!(files(folder.path()), 0);
}

/// The requests that a scripted server receives, in order.
fn requests(args: &[&str]) -> Vec<String> {
    let (tell, told) = channel();
    let stored = Mutex::new(std::collections::BTreeMap::new());
    let server = Scripted::new(move |guest| {
        while let Some(line) = guest.line() {
            let _ = tell.send(line.clone());
            let words: Vec<&str> = line.splitn(3, ' ').collect();
            let mut stored = stored.lock().unwrap();
            guest.say(match words[..] {
                ["CREATE", path, contents] => {
                    stored.insert(path.to_string(), contents.to_string());
                    format!("100 {path} CREATED\n")
                }
                ["SHOW", path] => format!("200 {path} OK\n{}\n", stored[path]),
                ["DELETE", path] => format!("600 {path} DELETED\n"),
                // The blank line at the end of a conversation.
                _ => return,
            });
        }
    });
    let (code, out, err) = run(server.address(), args);
    assert_eq!((code, &*err), (0, ""), "{out}");
    drop(server);
    told.iter().collect()
}

#[test]
fn each_snippet_is_shown_once_and_every_tenth_twice() {
    for args in [&["--keys", "30"][..], &["--keys", "30", "-i", "1"], &["--keys", "30", "--one-shot"]] {
        let requests: Vec<String> = requests(args).into_iter().filter(|line| !line.is_empty()).collect();
        let of = |action: &str| requests.iter().filter(|line| line.starts_with(action)).count();
        assert_eq!((requests.len(), of("CREATE "), of("SHOW "), of("DELETE ")), (93, 30, 33, 30));
        let shown = |key: usize| {
            requests.iter().filter(|line| line.starts_with("SHOW ") && line.ends_with(&format!("-{key}"))).count()
        };
        assert!((0..30).all(|key| shown(key) == if key % 10 == 9 { 2 } else { 1 }), "{requests:?}");
        assert!(requests[..30].iter().all(|line| line.starts_with("CREATE ")), "one phase after the other");
        assert!(requests[63..].iter().all(|line| line.starts_with("DELETE ")), "one phase after the other");
    }
}

#[test]
fn one_shot_ends_each_request_with_a_blank_line() {
    let requests = requests(&["--keys", "10", "--one-shot"]);
    assert_eq!(requests.iter().filter(|line| line.is_empty()).count(), 31);
}

#[test]
fn a_forgetful_server_is_caught() {
    let server = Scripted::new(|guest| {
        while let Some(line) = guest.line() {
            let path = line.split(' ').nth(1).unwrap();
            let is_seven = path.ends_with("-7");
            guest.say(match &line[..4] {
                "CREA" => format!("100 {path} CREATED\n"),
                "SHOW" if is_seven => format!("400 {path} NOT FOUND\n"),
                "SHOW" => format!("200 {path} OK\n0000000000000000{}\n", "a".repeat(16)),
                _ => format!("600 {path} DELETED\n"),
            });
        }
    });
    let (code, out, err) = run(server.address(), &["--keys", "10"]);
    assert_eq!((code, &*err), (1, "ch06_load: 11 requests failed\n"));
    assert!(out.contains("errors: 400 1, wrong contents 10\n"), "{out}");
}

#[test]
fn zipf_makes_some_keys_popular() {
    let (tell, told) = channel();
    let server = Scripted::new(move |guest| {
        while let Some(line) = guest.line() {
            let path = line.split(' ').nth(1).unwrap();
            guest.say(match &line[..4] {
                "CREA" => format!("100 {path} CREATED\n"),
                "SHOW" => super::value_of(&line).unwrap(),
                _ => format!("600 {path} DELETED\n"),
            });
            let key = line.rsplit('-').next().and_then(|key| key.parse::<usize>().ok());
            key.filter(|_| line.starts_with("SHOW")).map(|key| tell.send(key));
        }
    });
    let args = ["--duration", "1", "--warm-up", "0", "--keys", "100", "--mix", "show=1", "--zipf", "2"];
    let (code, out, _) = run(server.address(), &args);
    drop(server);
    let keys: Vec<usize> = told.iter().collect();
    assert!(code == 0 && keys.len() > 50, "{} requests: {out}", keys.len());
    // With an exponent of 2, the first of a hundred keys gets 61 of a hundred requests; without Zipf's law, one.
    let first = keys.iter().filter(|key| **key == 0).count();
    assert!(first * 10 > keys.len() * 3, "{first} of {}", keys.len());
}
