//! What a server should answer, according to a program so plain that it can be trusted: the store is a map in memory, and
//! the rules are written down a second time, independently of the first.

use std::collections::{BTreeMap, BTreeSet};

/// Snippets and directories in memory.
pub struct Model {
    /// Contents by path.
    files: BTreeMap<String, String>,
    /// Paths without `/` at the end; the root is empty.
    directories: BTreeSet<String>,
}

impl Model {
    pub fn new() -> Model {
        Model { files: BTreeMap::new(), directories: BTreeSet::from([String::new()]) }
    }

    /// The answer to a line (without LF), with `"*"` in place of prose.
    pub fn answer(&mut self, line: &[u8]) -> String {
        let bad = |path: &str| format!("300 {path} CLIENT ERROR \"*\"\n");
        let Ok(line) = std::str::from_utf8(line) else { return bad("/") };
        let mut words = line.strip_suffix('\r').unwrap_or(line).splitn(3, ' ');
        let (action, path, contents) = (words.next().unwrap(), words.next(), words.next());
        let (wants_contents, listing) = match action {
            "CREATE" | "UPDATE" => (true, false),
            "SHOW" | "DELETE" => (false, false),
            "LIST" => (false, true),
            _ => return bad("/"),
        };
        let Some(path) = path.filter(|path| good_path(path, listing)) else { return bad("/") };
        let name = path.rsplit('/').next().unwrap();
        if !listing && name.chars().count() > 32 {
            return format!("310 {path} FILENAME TOO LONG\n");
        }
        let contents = match (wants_contents, contents) {
            (false, None) => "",
            (true, Some(text)) if good_contents(text) => unquoted(text),
            _ => return bad(path),
        };
        self.carry_out(action, path, contents)
    }

    fn carry_out(&mut self, action: &str, path: &str, contents: &str) -> String {
        let place = path.trim_end_matches('/').to_owned();
        let parent = place[..place.rfind('/').unwrap_or(0)].to_owned();
        if action == "CREATE" {
            return self.create(place, &parent, contents);
        }
        if !self.directories.contains(&parent) {
            return format!("410 {parent}/ PATH NOT FOUND\n");
        }
        let (is_file, is_directory) = (self.files.contains_key(&place), self.directories.contains(&place));
        match (action, is_file, is_directory) {
            (_, false, false) => format!("400 {path} NOT FOUND\n"),
            ("LIST", false, true) => format!("200 {path} OK\n{}\n", self.names(&place).join(", ")),
            ("LIST", ..) | (_, _, true) => format!("300 {path} CLIENT ERROR \"*\"\n"),
            ("SHOW", ..) => format!("200 {path} OK\n{}\n", self.files[&place]),
            ("DELETE", ..) => {
                self.files.remove(&place);
                format!("600 {path} DELETED\n")
            }
            _ => {
                self.files.insert(place, contents.into());
                format!("200 {path} OK\n{contents}\n")
            }
        }
    }

    fn create(&mut self, place: String, parent: &str, contents: &str) -> String {
        let above: Vec<&str> = parent.match_indices('/').map(|(at, _)| &parent[..at]).chain([parent]).collect();
        if above.iter().any(|path| self.files.contains_key(*path)) {
            return format!("510 {parent}/ CANNOT CREATE PATH\n");
        }
        self.directories.extend(above.into_iter().map(String::from));
        if self.files.contains_key(&place) || self.directories.contains(&place) {
            return format!("300 {place} CLIENT ERROR \"*\"\n");
        }
        let answer = format!("100 {place} CREATED\n");
        self.files.insert(place, contents.into());
        answer
    }

    fn names(&self, directory: &str) -> BTreeSet<String> {
        let inside = |path: &str| Some(path.strip_prefix(directory)?.strip_prefix('/')?.to_owned());
        let files = self.files.keys().filter_map(|path| inside(path));
        let directories = self.directories.iter().filter_map(|path| inside(path).map(|name| name + "/"));
        files
            .filter(|name| !name.contains('/'))
            .chain(directories.filter(|name| name.matches('/').count() == 1))
            .collect()
    }
}

trait Join {
    fn join(&self, separator: &str) -> String;
}

impl Join for BTreeSet<String> {
    fn join(&self, separator: &str) -> String {
        self.iter().cloned().collect::<Vec<_>>().join(separator)
    }
}

fn good_path(path: &str, listing: bool) -> bool {
    if path == "/" || path.ends_with('/') && !listing {
        return path == "/" && listing;
    }
    let segments: Vec<&str> = path.strip_suffix('/').unwrap_or(path).split('/').collect();
    let good = |segment: &str| !segment.is_empty() && !segment.starts_with('.') && !segment.contains(char::is_control);
    path.len() <= 1024
        && segments.len() > 1
        && segments[0].is_empty()
        && segments[1..].iter().all(|segment| good(segment))
}

fn good_contents(text: &str) -> bool {
    let inside = unquoted(text);
    !text.is_empty() && inside.chars().count() <= 160 && !inside.chars().any(|c| c.is_control() && c != '\t')
}

fn unquoted(text: &str) -> &str {
    let quoted = text.len() >= 2 && text.starts_with('"') && text.ends_with('"');
    if quoted { &text[1..text.len() - 1] } else { text }
}
