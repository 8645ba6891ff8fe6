//! Console blocks, run again.
//!
//! A block begins in its own empty directory. A line `$ COMMAND` is run by `sh`, with our binaries first on its PATH; the
//! lines up to the next one are its output, standard output and standard error together, as on a terminal (`[..]` and
//! `[...]` are explained in `pattern`). Each command has its own shell, so a variable or a `cd` does not last.
//!
//! A command that ends in ` &` starts a server of ours. It gets its own port, and wherever the block goes on to
//! write the port that it shows in `listening on …`, the real one takes its place. The server ends with the block;
//! its log is not compared, but `2>log` keeps it for a later `cat log`, which is repeated for a while until the log
//! says what is shown: a server may write its log a moment after its answer. `kill %%` sends SIGTERM to the server
//! that was started last, `kill %% %-` to the last two, and waits for their end. A block that needs a program which
//! is not installed is skipped, in words.

use std::ffi::OsString;
use std::io;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use super::super::transcript::Transcript;
use super::super::{Folder, LIMIT, Server, binaries, missing};
use super::pattern::{difference, fits};
use super::{Block, Text};

/// Programs that a text may show besides ours.
const OTHERS: [&str; 3] = ["curl", "nc", "strace"];

/// Stops the server that was started last, and the last two.
const STOP: [&str; 2] = ["kill %%", "kill %% %-"];

/// Shows the log of a server.
pub const LOG: &str = "cat log";

/// A command and its output.
pub struct Step {
    pub line: usize,
    pub command: String,
    pub shown: Vec<String>,
}

/// Everything that a block has started; it ends with the block.
struct Stage {
    folder: Folder,
    servers: Vec<Server>,
    ports: Ports,
}

/// The ports that the text shows, each with the real one.
#[derive(Default)]
pub struct Ports(Vec<(String, String)>);

impl Text {
    /// Replays all console blocks; returns a complaint for each whose output differs.
    pub(super) fn failed_replays(&self) -> Vec<String> {
        let console = self.blocks.iter().filter(|block| block.info == "console" && !needs_a_missing_program(block));
        let failed = console.filter_map(|block| replay(block).err());
        failed.map(|(line, complaint)| format!("{}:{line}: {complaint}", self.name)).collect()
    }
}

fn replay(block: &Block) -> Result<(), (usize, String)> {
    let mut stage = Stage { folder: Folder::new(), servers: Vec::new(), ports: Ports::default() };
    for step in steps(block)? {
        let begin = Instant::now();
        let mut output = match step.command.strip_suffix(" &") {
            Some(command) => stage.serve(command, &step.shown),
            None if step.command == STOP[0] => stage.stop(),
            None if step.command == STOP[1] => stage.stop() + &stage.stop(),
            None => stage.run(&step.command),
        };
        let shown: Vec<String> = step.shown.iter().map(|line| stage.ports.real(line)).collect();
        while step.command == LOG && begin.elapsed() < LIMIT && !fits_text(&shown, &output) {
            output = stage.run(LOG);
        }
        if !fits_text(&shown, &output) {
            let lines: Vec<&str> = output.lines().collect();
            return Err((step.line, format!("$ {}\n{}", step.command, difference(&shown, &lines))));
        }
    }
    Ok(())
}

fn fits_text(shown: &[String], output: &str) -> bool {
    fits(shown, &output.lines().collect::<Vec<&str>>())
}

/// The commands of a block.
pub fn steps(block: &Block) -> Result<Vec<Step>, (usize, String)> {
    let mut steps: Vec<Step> = Vec::new();
    for (line, text) in (block.line..).zip(&block.lines) {
        match (text.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { line, command: command.into(), shown: Vec::new() }),
            (None, Some(step)) => step.shown.push(text.into()),
            (None, None) => return Err((line, "a console block begins with a command: `$ …`".into())),
        }
    }
    Ok(steps)
}

impl Stage {
    /// Starts a server, and returns the first line of its output.
    fn serve(&mut self, command: &str, shown: &[String]) -> String {
        let command = format!("exec {} --port 0", self.ports.real(command));
        let server = Server::spawn(&mut self.shell(&command));
        self.ports.learn(shown.first().map_or("", String::as_str), &server.first_line());
        self.servers.push(server);
        self.servers[self.servers.len() - 1].first_line()
    }

    /// Stops the server that was started last, as Ctrl-C or `kill` does; returns a complaint if it does not end.
    fn stop(&mut self) -> String {
        match self.servers.pop() {
            Some(server) if server.is_stopped_by_a_signal() => String::new(),
            Some(_) => format!("[still running {LIMIT:?} after SIGTERM]"),
            None => "[there is no server to stop]".into(),
        }
    }

    /// Runs a command to its end, and returns its output.
    fn run(&self, command: &str) -> String {
        let command = self.ports.real(command);
        let (reader, writer) = io::pipe().expect("cannot make a pipe");
        let errors = writer.try_clone().expect("cannot share a pipe");
        // The command keeps our ends of the pipe until it is dropped, at the end of this statement.
        let mut child = own_group(self.shell(&command).stdin(Stdio::null()).stdout(writer).stderr(errors))
            .spawn()
            .expect("cannot start sh");
        let output = Transcript::of(reader);
        let ended = output.wait_for_end(LIMIT);
        end(&mut child);
        let complaint = if ended { String::new() } else { format!("[still running after {LIMIT:?}]\n") };
        output.text() + &complaint
    }

    fn shell(&self, command: &str) -> Command {
        let path = path_with_binaries();
        let mut shell = Command::new("sh");
        shell.args(["-c", command]).current_dir(self.folder.path()).env("PATH", path).env("LC_ALL", "C");
        shell
    }
}

impl Ports {
    /// Learns that the port at the end of the line shown is really the one at the end of the other line.
    pub fn learn(&mut self, shown: &str, real: &str) {
        let port = |line: &str| line.rsplit(':').next().unwrap_or_default().to_string();
        self.0.push((port(shown), port(real)));
    }

    /// A text with the real ports in it.
    pub fn real(&self, text: &str) -> String {
        // A port means the last server that was shown with it.
        let mut shown = Vec::new();
        self.0.iter().rev().fold(text.into(), |text, (port, real)| {
            let is_new = !shown.contains(&port);
            shown.push(port);
            if is_new { replace_number(&text, port, real) } else { text }
        })
    }
}

/// Our binaries first, then the usual path.
pub fn path_with_binaries() -> OsString {
    let mut path = OsString::from(binaries());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    path
}

/// Replaces `number` by `with` where it is not part of a longer number.
fn replace_number(text: &str, number: &str, with: &str) -> String {
    let mut result = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c.is_ascii_digit()) {
        let digits = rest[at..].chars().take_while(char::is_ascii_digit).count();
        let found = &rest[at..at + digits];
        result += &rest[..at];
        result += if found == number { with } else { found };
        rest = &rest[at + digits..];
    }
    result + rest
}

/// Whether a block cannot be run on this machine.
pub fn needs_a_missing_program(block: &Block) -> bool {
    let commands = block.lines.iter().filter(|line| line.starts_with("$ "));
    let words: Vec<&str> = commands.flat_map(|line| line.split(|c: char| !c.is_alphanumeric())).collect();
    missing("sh") || OTHERS.iter().any(|program| words.contains(program) && missing(program))
}

/// Puts it into its own process group, so that a whole pipeline can be ended.
fn own_group(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
}

/// Kills what the command has left behind, and the command if it has not ended.
fn end(child: &mut Child) {
    sttp::sys::kill_group(child.id());
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(transcript: &str) -> Vec<String> {
        Text::parse("x.md", &format!("```console\n{transcript}```\n")).failed_replays()
    }

    #[test]
    fn a_true_transcript_passes() {
        let none: [String; 0] = [];
        assert_eq!(complaints("$ echo one; echo two >&2\none\ntwo\n$ echo three >file\n$ cat file\n[..]ee\n"), none);
    }

    #[test]
    fn a_wrong_transcript_is_found_with_its_line() {
        assert_eq!(complaints("$ echo a\na\n$ echo b\nc\n"), ["x.md:4: $ echo b\n    - c\n    + b\n"]);
        assert_eq!(complaints("$ echo a\n").len(), 1, "output that the text does not show");
        assert_eq!(complaints("$ true\na\n").len(), 1, "output that does not come");
        assert_eq!(complaints("echo a\na\n").len(), 1, "no command");
    }

    #[test]
    fn a_server_gets_a_port_of_its_own() {
        let server = "$ ch01_sockets 2>log &\nlistening on 127.0.0.1:8080\n";
        let none: [String; 0] = [];
        assert_eq!(complaints(&format!("{server}$ echo hi | ch01_sockets talk localhost:8080\nhi\n")), none);
        assert_eq!(complaints(&format!("{server}$ echo 8080 18080\n8080 18080\n")), none);
        assert_eq!(complaints(&server.replace("127.0.0.1", "127.0.0.2")).len(), 1);
    }

    #[test]
    fn kill_stops_the_last_server() {
        let server = "$ ch01_sockets 2>log &\nlistening on 127.0.0.1:8080\n$ kill %%\n";
        let none: [String; 0] = [];
        assert_eq!(complaints(&format!("{server}{server}$ echo 8080\n8080\n")), none);
        let two = server.replace("$ kill %%\n", "").repeat(2);
        assert_eq!(complaints(&format!("{two}$ kill %% %-\n")), none);
        assert_eq!(complaints(&format!("{server}$ kill %%\n")).len(), 1, "nothing to stop");
    }
}
