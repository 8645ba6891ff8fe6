//! Kills everything that the runner has started if the runner itself is killed (SIGKILL, a closed terminal).
//!
//! A process next to the runner: the same program with another argument. It reads from a pipe which process groups are
//! running. When the pipe ends, the runner is gone, however that happened, and the groups that are left are killed.

use std::io::{self, Write};
use std::process::{ChildStdin, Command, Stdio};

use sttp::sys;

/// The runner's end.
pub(crate) struct Guard {
    pipe: ChildStdin,
}

/// The argument that makes this program a guard.
pub(crate) const ARGUMENT: &str = "--guard-process-groups";

impl Guard {
    pub(crate) fn start() -> io::Result<Guard> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg(ARGUMENT).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // Out of reach of the terminal's Ctrl-C and hang-up.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let pipe = command.spawn()?.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Guard { pipe })
    }

    pub(crate) fn begins(&mut self, leader: u32) {
        let _ = writeln!(self.pipe, "+{leader}");
    }

    pub(crate) fn ended(&mut self, leader: u32) {
        let _ = writeln!(self.pipe, "-{leader}");
    }
}

/// What the guard does, until the runner's end.
pub(crate) fn run() {
    let mut leaders: Vec<u32> = Vec::new();
    for line in io::stdin().lines().map_while(Result::ok) {
        let leader = line.get(1..).and_then(|text| text.parse().ok()).unwrap_or(0);
        leaders.retain(|&other| other != leader);
        leaders.extend(line.starts_with('+').then_some(leader));
    }
    leaders.into_iter().for_each(sys::kill_group);
}
