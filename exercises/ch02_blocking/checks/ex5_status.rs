//! What exercise 2.5 asks.
//! without: sttp::answer, sttp::session, sttp::server

use std::io::{Error, ErrorKind};
use std::sync::{Arc, Mutex, PoisonError};

use course::{Dice, same, same_bytes, shown, step, truth};
use sttp::path::SnippetPath;
use sttp::request::Request;
use sttp::store::{Store, StoreError};

use super::ex5_status::*;

/// A request of each action for `PATH`.
const EACH: [&str; 5] = ["CREATE PATH x y", "SHOW PATH", "LIST PATH", "UPDATE PATH x y", "DELETE PATH"];

#[test]
fn each_action_that_succeeds_is_answered() {
    let mut dice = Dice::new(25);
    for _ in 0..10 {
        let (path, text) = (path(&mut dice), format!("Buy {} bottles", dice.roll(1000)));
        let store = Fake::with(&text, &[]);
        store.answers(&format!("CREATE {path} {text}"), &format!("100 {path} CREATED\n"));
        store.answers(&format!("SHOW {path}"), &format!("200 {path} OK\n{text}\n"));
        store.answers(&format!("UPDATE {path} \"new {text}\""), &format!("200 {path} OK\nnew {text}\n"));
        store.answers(&format!("DELETE {path}"), &format!("600 {path} DELETED\n"));
    }
    Fake::with("", &[]).answers("SHOW /a", "200 /a OK\n\n");
    Fake::with(" \tx\" ", &[]).answers("SHOW /a", "200 /a OK\n \tx\" \n");
    Fake::with("", &[]).answers("UPDATE /a  \tx\" ", "200 /a OK\n \tx\" \n");
}

#[test]
fn names_are_joined_by_a_comma_and_a_space() {
    Fake::with("", &[]).answers("LIST /", "200 / OK\n\n");
    Fake::with("", &[]).answers("LIST /notes", "200 /notes OK\n\n");
    let many: Vec<String> = (100..400).map(|number| format!("{number}.txt")).collect();
    let names: Vec<&str> = many.iter().map(String::as_str).collect();
    Fake::with("", &names).answers("LIST /notes/", &format!("200 /notes/ OK\n{}\n", names.join(", ")));
    Fake::with("", &["a.txt"]).answers("LIST /notes", "200 /notes OK\na.txt\n");
    Fake::with("", &["B", "a.txt", "c/"]).answers("LIST /notes/", "200 /notes/ OK\nB, a.txt, c/\n");
}

#[test]
fn the_store_is_called_once_for_each_request() {
    let mut dice = Dice::new(255);
    for _ in 0..10 {
        let path = path(&mut dice);
        for (line, call) in [
            (format!("CREATE {path} \"one\""), format!("create({path}, one)")),
            (format!("CREATE {path}  \tx\" "), format!("create({path},  \tx\" )")),
            (format!("SHOW {path}"), format!("show({path})")),
            (format!("LIST {path}/"), format!("list({path}/)")),
            (format!("UPDATE {path}  two "), format!("update({path},  two )")),
            (format!("DELETE {path}"), format!("delete({path})")),
        ] {
            for error in [None, Some(Failure::NotFound), Some(FULL), Some(Failure::Io(ErrorKind::Interrupted))] {
                let store = Fake { error, ..Fake::with("x", &[]) };
                step(format_args!("sent {line:?}"));
                let _ = answer(&store, line.as_bytes());
                same(format_args!("sent {line:?}; the calls of the store"), &store.calls(), &vec![call.clone()]);
            }
        }
    }
}

#[test]
fn a_broken_rule_is_300_and_does_not_reach_the_store() {
    let usage = "use CREATE, SHOW, LIST, DELETE or UPDATE";
    let store = Fake::with("x", &[]);
    store.answers("FETCH /a", &format!("300 / CLIENT ERROR \"unknown action 'FETCH'; {usage}\"\n"));
    store.answers("", &format!("300 / CLIENT ERROR \"unknown action ''; {usage}\"\n"));
    store.answers("SHOW", "300 / CLIENT ERROR \"the path is missing; use SHOW /notes/a.txt\"\n");
    store.answers("SHOW a", "300 / CLIENT ERROR \"the path must begin with '/', as in SHOW /notes/a.txt\"\n");
    same("sent lines that break a rule; the calls of the store", &store.calls(), &Vec::<String>::new());
}

#[test]
fn a_valid_path_is_repeated_in_a_300() {
    let store = Fake::with("x", &[]);
    store.answers("SHOW /n/a x", "300 /n/a CLIENT ERROR \"contents are not expected; use SHOW /notes/a.txt\"\n");
    store.answers("CREATE /b", "300 /b CLIENT ERROR \"the contents are missing; use CREATE /notes/a.txt Buy milk\"\n");
    store.answers("SHOW /n/", "300 / CLIENT ERROR \"a path with '/' at its end is for LIST; use SHOW /notes/a.txt\"\n");
}

#[test]
fn each_broken_rule_is_reported_in_its_own_words() {
    let (long, long_path) = ("c".repeat(161), format!("/{}", "n".repeat(1024)));
    let lines = [
        "show /a".into(),
        "SHOW /../a".into(),
        "SHOW /a//b".into(),
        "SHOW /\u{1b}".into(),
        format!("SHOW {long_path}"),
        "DELETE /n/".into(),
        "UPDATE /n/a".into(),
        "LIST /n/ x".into(),
        format!("CREATE /n/a {long}"),
        "CREATE /n/a \u{1b}".into(),
    ];
    let store = Fake::with("x", &[]);
    for line in lines.iter().map(String::as_bytes).chain([&b"SHOW /\xff"[..]]) {
        let error = Request::parse(line).expect_err("each of these lines breaks a rule");
        let path = error.path.map_or("/", SnippetPath::as_str);
        let mut expected = Vec::new();
        sttp::response::Response::client_error(path, error.rule).write(&mut expected);
        let mut out = Vec::new();
        step(format_args!("sent \"{}\"", shown(line)));
        answer(&store, line).write(&mut out);
        same_bytes(format_args!("sent \"{}\"", shown(line)), &out, &expected);
    }
    same("sent lines that break a rule; the calls of the store", &store.calls(), &Vec::<String>::new());
}

#[test]
fn a_long_name_is_310() {
    let name = format!("/n/{}", "é".repeat(33));
    for line in EACH.iter().filter(|line| !line.starts_with("LIST")) {
        Fake::with("x", &[]).answers(&line.replace("PATH", &name), &format!("310 {name} FILENAME TOO LONG\n"));
    }
}

#[test]
fn not_found_is_400_with_the_path_as_requested() {
    for path in ["/a", "/n/a.txt", "/n/m/a"] {
        each_fails(Failure::NotFound, path, &format!("400 {path} NOT FOUND\n"));
    }
    fails(Failure::NotFound, "LIST /n/m/", "400 /n/m/ NOT FOUND\n");
}

#[test]
fn path_not_found_is_410_with_the_directory() {
    for (path, directory) in
        [("/a", "/"), ("/n/a.txt", "/n/"), ("/n/m/a", "/n/m/"), ("/n.txt/n.txt", "/n.txt/"), ("/é/🦀/é", "/é/🦀/")]
    {
        each_fails(Failure::PathNotFound, path, &format!("410 {directory} PATH NOT FOUND\n"));
    }
    fails(Failure::PathNotFound, "LIST /n/m/", "410 /n/ PATH NOT FOUND\n");
    fails(Failure::PathNotFound, "LIST /n/n/n/", "410 /n/n/ PATH NOT FOUND\n");
}

#[test]
fn cannot_create_is_510_with_the_directory() {
    for (path, directory) in [("/a", "/"), ("/n/a.txt", "/n/"), ("/n/m/a", "/n/m/"), ("/a.txt/a.txt", "/a.txt/")] {
        fails(Failure::CannotCreatePath, &format!("CREATE {path} x"), &format!("510 {directory} CANNOT CREATE PATH\n"));
    }
}

#[test]
fn an_error_that_the_client_can_fix_is_300() {
    for (error, why) in [
        (Failure::Exists, "it exists; use UPDATE to replace the contents of a file"),
        (Failure::IsDirectory, "it is a directory; use LIST to see what is in it"),
        (Failure::IsFile, "it is a file; use SHOW to see its contents"),
    ] {
        each_fails(error, "/n/a.txt", &format!("300 /n/a.txt CLIENT ERROR \"{why}\"\n"));
        fails(error, "LIST /n/", &format!("300 /n/ CLIENT ERROR \"{why}\"\n"));
    }
}

#[test]
fn an_error_that_only_the_server_can_fix_is_500() {
    for why in ["it is a symbolic link", "it is a pipe"] {
        each_fails(Failure::Foreign(why), "/n/a", &format!("500 /n/a SERVER ERROR \"{why}\"\n"));
    }
    // To the store these are not the errors with variants of their own: they come from the disk.
    use ErrorKind::{AlreadyExists, Interrupted, IsADirectory, NotFound, PermissionDenied, StorageFull};
    for kind in [StorageFull, NotFound, AlreadyExists, PermissionDenied, IsADirectory, Interrupted] {
        let error = StoreError::Io("write the file", Error::from(kind)).to_string();
        each_fails(Failure::Io(kind), "/n/a", &format!("500 /n/a SERVER ERROR \"{error}\"\n"));
        fails(Failure::Io(kind), "LIST /n/", &format!("500 /n/ SERVER ERROR \"{error}\"\n"));
    }
}

/// A store that does nothing, and returns what it is told to.
struct Fake {
    calls: Mutex<Vec<String>>,
    contents: Arc<str>,
    names: Vec<String>,
    error: Option<Failure>,
}

/// The kinds of [`StoreError`], which is not `Copy`.
#[derive(Debug, Clone, Copy)]
enum Failure {
    Exists,
    IsDirectory,
    IsFile,
    NotFound,
    PathNotFound,
    CannotCreatePath,
    Foreign(&'static str),
    Io(ErrorKind),
}

const FULL: Failure = Failure::Io(ErrorKind::StorageFull);

impl Fake {
    fn with(contents: &str, names: &[&str]) -> Fake {
        let names = names.iter().map(|name| name.to_string()).collect();
        Fake { calls: Mutex::default(), contents: contents.into(), names, error: None }
    }

    #[track_caller]
    fn answers(&self, line: &str, expected: &str) {
        let failed = self.error.map_or(String::new(), |error| format!(", and the store returned {error:?}"));
        step(format_args!("sent {line:?}{failed}"));
        let mut out = Vec::new();
        answer(self, line.as_bytes()).write(&mut out);
        same_bytes(format_args!("sent {line:?}{failed}"), &out, expected.as_bytes());
    }

    fn calls(&self) -> Vec<String> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn call<T>(&self, call: String, done: T) -> Result<T, StoreError> {
        let mut calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        truth(calls.len() < 100, "the store is called again and again");
        calls.push(call);
        self.error.map_or(Ok(done), |error| Err(error.into()))
    }
}

impl Store for Fake {
    fn create(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.call(format!("create({}, {contents})", path.as_str()), ())
    }

    fn show(&self, path: SnippetPath) -> Result<Arc<str>, StoreError> {
        self.call(format!("show({})", path.as_str()), self.contents.clone())
    }

    fn list(&self, path: SnippetPath) -> Result<Vec<String>, StoreError> {
        self.call(format!("list({})", path.as_str()), self.names.clone())
    }

    fn update(&self, path: SnippetPath, contents: &str) -> Result<(), StoreError> {
        self.call(format!("update({}, {contents})", path.as_str()), ())
    }

    fn delete(&self, path: SnippetPath) -> Result<(), StoreError> {
        self.call(format!("delete({})", path.as_str()), ())
    }
}

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> StoreError {
        match failure {
            Failure::Exists => StoreError::Exists,
            Failure::IsDirectory => StoreError::IsDirectory,
            Failure::IsFile => StoreError::IsFile,
            Failure::NotFound => StoreError::NotFound,
            Failure::PathNotFound => StoreError::PathNotFound,
            Failure::CannotCreatePath => StoreError::CannotCreatePath,
            Failure::Foreign(what) => StoreError::Foreign(what),
            Failure::Io(kind) => StoreError::Io("write the file", kind.into()),
        }
    }
}

#[track_caller]
fn each_fails(error: Failure, path: &str, expected: &str) {
    for line in EACH {
        fails(error, &line.replace("PATH", path), expected);
    }
}

#[track_caller]
fn fails(error: Failure, line: &str, expected: &str) {
    Fake { error: Some(error), ..Fake::with("x", &[]) }.answers(line, expected);
}

fn path(dice: &mut Dice) -> String {
    format!("{}/{}.txt", dice.pick(&["", "/notes", "/n/m", "/é"]), dice.roll(1000))
}
