//! What the command line asks for: an action, a place, and contents for it.

use std::io::{self, Read};

use sttp::args::{Exit, Given, nearest, unbracketed};
use sttp::path::SnippetPath;
use sttp::request::{Action, MAX_LINE, Request};
use sttp::url::{DEFAULT_PORT, Url};

/// One request, as the user gave it.
pub(crate) struct Question {
    pub(crate) action: Action,
    pub(crate) url: Url,
    pub(crate) contents: String,
}

impl Question {
    pub(crate) fn new(given: Given) -> Result<Question, Exit> {
        let mut words = given.words.iter().map(String::as_str);
        let action = action(words.next())?;
        let target = words.next().ok_or_else(|| Exit::Usage(form(action, "the URL or path is missing")))?;
        let url = url(target, &given)?;
        let contents = match (action, words.next()) {
            (Action::Create | Action::Update, Some("-")) => contents_from(io::stdin())?,
            (Action::Create | Action::Update, Some(text)) => one_line(text)?,
            (Action::Create | Action::Update, None) => {
                return Err(Exit::Usage(form(action, "the contents are missing")));
            }
            (_, Some(word)) => return Err(Exit::Usage(form(action, &format!("unexpected argument '{word}'")))),
            (_, None) => String::new(),
        };
        match words.next() {
            Some(word) => {
                let what = format!("unexpected argument '{word}'; put quotes around contents of several words");
                Err(Exit::Usage(form(action, &what)))
            }
            None => Ok(Question { action, url, contents }),
        }
    }

    /// The server as HOST:PORT, for messages.
    pub(crate) fn server(&self) -> String {
        let (host, port) = (&self.url.host, self.url.port);
        if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
    }

    /// The request that goes over the wire.
    pub(crate) fn request(&self) -> Result<Request<'_>, Exit> {
        let path = SnippetPath::parse(&self.url.path).map_err(|error| Exit::Usage(error.to_string()))?;
        Ok(match self.action {
            Action::Create => Request::Create(path, &self.contents),
            Action::Show => Request::Show(path),
            Action::List => Request::List(path),
            Action::Delete => Request::Delete(path),
            Action::Update => Request::Update(path, &self.contents),
        })
    }
}

fn action(word: Option<&str>) -> Result<Action, Exit> {
    let all = "create, show, list, delete or update";
    let word = word.ok_or_else(|| Exit::Usage(format!("the action is missing; use {all}")))?;
    let found = Action::ALL.into_iter().find(|action| action.name().eq_ignore_ascii_case(word));
    found.ok_or_else(|| {
        let lower = word.to_ascii_lowercase();
        let help = nearest(&lower, ["create", "show", "list", "delete", "update"]);
        let help = help.map_or(format!("use {all}"), |meant| format!("did you mean {meant}?"));
        Exit::Usage(format!("unknown action '{word}'; {help}"))
    })
}

/// A URL as it is, or a bare path with `--address` and `--port`. A bare path is taken literally: nothing is decoded.
fn url(target: &str, given: &Given) -> Result<Url, Exit> {
    if !target.starts_with('/') {
        if let Some(option) = ["address", "port"].into_iter().find(|option| given.has(option)) {
            return Err(Exit::Usage(format!("--{option} is for a bare /PATH; '{target}' names its own server")));
        }
        return Url::parse(target).map_err(|error| Exit::Usage(error.pointed(target)));
    }
    let port = given.parse::<u16>("port", "a port, 1 to 65535")?.unwrap_or(DEFAULT_PORT);
    if port == 0 {
        return Err(Exit::Usage("--port: '0' is not a port, 1 to 65535".into()));
    }
    let host = unbracketed(given.value("address").unwrap_or("localhost"));
    SnippetPath::parse(target).map_err(|error| Exit::Usage(error.to_string()))?;
    Ok(Url { host: host.into(), port, path: target.into() })
}

/// All of the input, without the LF at its end.
fn contents_from(input: impl Read) -> Result<String, Exit> {
    let mut bytes = Vec::new();
    // One byte more than a line can hold is enough to know that it is too long.
    input.take(MAX_LINE as u64 + 1).read_to_end(&mut bytes).map_err(|error| Exit::failed("standard input", &error))?;
    if bytes.is_empty() {
        // Most likely the program that should have written it has failed. An empty line is not empty input.
        return Err(Exit::Usage("standard input is empty; write \"\" in place of - for empty contents".into()));
    }
    let text = match std::str::from_utf8(&bytes) {
        Ok(text) => text,
        // Too long anyway, and we stopped reading in the middle of a character.
        Err(error) if bytes.len() > MAX_LINE && error.error_len().is_none() => &String::from_utf8_lossy(&bytes),
        Err(_) => return Err(Exit::Usage("standard input is not UTF-8; a snippet is text".into())),
    };
    let line = text.strip_suffix('\n').unwrap_or(text);
    one_line(line.strip_suffix('\r').unwrap_or(line))
}

/// Refuses an LF in the contents: it would end the request, and the rest would be another one.
fn one_line(text: &str) -> Result<String, Exit> {
    match text.contains('\n') {
        true => Err(Exit::Usage("the contents have more than one line; a snippet is one line".into())),
        false => Ok(text.into()),
    }
}

/// What is wrong, and the right form.
fn form(action: Action, wrong: &str) -> String {
    let name = action.name().to_ascii_lowercase();
    let contents = if matches!(action, Action::Create | Action::Update) { " \"Buy milk\"" } else { "" };
    format!("{wrong}; use {name} sttp://localhost:8080/notes/a.txt{contents}")
}
