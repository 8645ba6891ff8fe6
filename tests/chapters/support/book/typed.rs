//! Console blocks, typed in as a reader types them: into one interactive bash on a terminal, block after block.
//!
//! What a shell without a terminal forgives shows up here: a `wait` that also waits for the server, a server that is
//! still running when the next block starts one, a program that reads the rest of the block as its input. Every
//! command must come back to the prompt, every line that the text shows must appear, in its order, and no block may
//! leave a job behind. Other lines may come in between: here the log is on the terminal too, as are the shell's own
//! words about its jobs.

use std::io::Write;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Instant;

use super::super::transcript::Transcript;
use super::super::{Folder, LIMIT};
use super::Text;
use super::pattern::line_fits;
use super::replay::{LOG, Ports, needs_a_missing_program, path_with_binaries, steps};

/// What the shell prompts with. It is set in two pieces, so that the terminal's echo of that command is not a prompt.
const PROMPT: &str = "<ready>";
const SET_PROMPT: &str = "PS1='<re''ady>\\n'";

/// An interactive bash on its own terminal, which the program `script` provides.
struct Terminal {
    child: Child,
    keyboard: ChildStdin,
    screen: Transcript,
    prompts: usize,
    ports: Ports,
}

impl Text {
    /// Types all console blocks; returns a complaint for each line that goes wrong.
    pub(super) fn failed_typing(&self) -> Vec<String> {
        let mut terminal = Terminal::open();
        let mut complaints = Vec::new();
        for block in self.blocks.iter().filter(|block| block.info == "console" && !needs_a_missing_program(block)) {
            let folder = Folder::new();
            terminal.ports = Ports::default();
            let mut failed = terminal.type_in(&format!("cd '{}'", folder.name()), &[]).err();
            for step in steps(block).unwrap_or_default() {
                let typed = if failed.is_none() { terminal.type_until(&step.command, &step.shown) } else { Ok(()) };
                failed = failed.or(typed.err().map(|why| format!("{}:{}: {why}", self.name, step.line)));
            }
            let jobs = if failed.is_none() { terminal.jobs() } else { String::new() };
            let left = || format!("{}:{}: still running after the block:{jobs}", self.name, block.line);
            let failed = failed.or_else(|| (!jobs.is_empty()).then(left));
            if failed.is_some() {
                terminal = Terminal::open();
            }
            complaints.extend(failed);
        }
        complaints
    }
}

impl Terminal {
    fn open() -> Terminal {
        let mut command = Command::new("script");
        command.args(["-qfec", "exec bash --noprofile --norc --noediting -i", "/dev/null"]);
        command
            .env("PATH", path_with_binaries())
            .env("LC_ALL", "C")
            .env("TERM", "dumb")
            .env("HISTFILE", "")
            .env("NO_COLOR", "1");
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("cannot start script");
        let keyboard = child.stdin.take().expect("piped");
        let screen = Transcript::of(child.stdout.take().expect("piped"));
        let mut terminal = Terminal { child, keyboard, screen, prompts: 0, ports: Ports::default() };
        terminal.enter(SET_PROMPT).expect("bash shows its prompt");
        terminal
    }

    /// Types a command; repeats one that shows a log for a while, because the log may be written a moment later.
    fn type_until(&mut self, command: &str, shown: &[String]) -> Result<(), String> {
        let begin = Instant::now();
        let mut result = self.type_in(command, shown);
        while command == LOG && result.is_err() && begin.elapsed() < LIMIT {
            result = self.type_in(command, shown);
        }
        result
    }

    /// Types a command, and compares what appears until the next prompt with what is shown.
    fn type_in(&mut self, command: &str, shown: &[String]) -> Result<(), String> {
        let mut line = self.ports.real(command);
        let server = command.strip_suffix(" &");
        if let Some(command) = server {
            line = format!("{} --port 0 &", self.ports.real(command));
        }
        let before = self.screen.text().len();
        self.enter(&line)?;
        if let Some(first) = shown.first().filter(|_| server.is_some()) {
            self.screen.wait_until(LIMIT, |text| listening(&text[before..]).is_some());
            self.ports.learn(first, listening(&self.screen.text()[before..]).unwrap_or_default());
        }
        let text = self.screen.text()[before..].replace(PROMPT, "");
        let mut lines = text.lines().map(visible);
        let mut shown = shown.iter().filter(|line| *line != "[...]").map(|line| self.ports.real(line));
        match shown.find(|shown| !lines.any(|line| line_fits(shown, line))) {
            None => Ok(()),
            Some(missing) => Err(format!("$ {command}\n    - {missing}\n(no such line, at its place) in\n{text}")),
        }
    }

    /// The jobs that do not end. One that was told to may take a moment, so the shell waits for them.
    fn jobs(&mut self) -> String {
        if self.enter("wait").is_ok() {
            return String::new();
        }
        let before = self.screen.text().len();
        // The interrupt ends the `wait`, and brings its prompt.
        let _ = self.keyboard.write_all(b"\x03");
        if let Err(why) = self.enter("jobs -r") {
            return why;
        }
        let text = self.screen.text()[before..].replace(PROMPT, "");
        text.lines().filter(|line| line.contains("Running")).map(|line| format!("\n    {}", line.trim_end())).collect()
    }

    /// Types a line, and waits for the prompt.
    fn enter(&mut self, line: &str) -> Result<(), String> {
        self.keyboard.write_all(format!("{line}\n").as_bytes()).map_err(|error| error.to_string())?;
        self.prompts += 1;
        let wanted = self.prompts;
        match self.screen.wait_until(LIMIT, |text| text.matches(PROMPT).count() >= wanted) {
            true => Ok(()),
            false => Err(format!("$ {line}\n    did not come back to the prompt within {LIMIT:?}")),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // The shell's jobs are in their own process groups: the shell itself must end them.
        let _ = self.keyboard.write_all(b"\x03\nkill -9 $(jobs -p) 2>/dev/null; exit\n");
        self.screen.wait_for_end(LIMIT);
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What is left of a line on the screen after parts of it were erased.
fn visible(line: &str) -> &str {
    line.rsplit("\x1b[K").next().unwrap_or(line).trim_end_matches('\r')
}

/// The line in which a server says where it listens, once it is complete.
fn listening(text: &str) -> Option<&str> {
    let mut lines = text.split_inclusive('\n').filter(|line| line.ends_with('\n'));
    lines.find(|line| line.starts_with("listening on ")).map(str::trim_end)
}
