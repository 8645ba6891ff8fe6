//! A server of ours, started for one test and ended with it.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};

use super::transcript::Transcript;
use super::{Folder, LIMIT, Peer, binary};

/// A running server. Dropping it kills it and waits for it; if the test failed, its output is shown.
pub struct Server {
    child: Child,
    address: SocketAddr,
    output: Transcript,
    log: Transcript,
}

impl Server {
    /// Starts the binary called `name` with these arguments and `--port 0`, and waits until it listens.
    pub fn start<A: AsRef<OsStr>>(name: &str, args: impl IntoIterator<Item = A>) -> Server {
        Server::spawn(Command::new(binary(name)).args(args).args(["--port", "0"]))
    }

    /// Starts the binary called `name` on a docroot, with further arguments.
    pub fn on(docroot: &Folder, name: &str, args: &[&str]) -> Server {
        Server::start(name, args.iter().copied().chain(["--docroot", docroot.name()]))
    }

    /// The same with a configuration file that says `config`.
    pub fn configured(docroot: &Folder, name: &str, config: &str, args: &[&str]) -> Server {
        let folder = Folder::new();
        let file = folder.path().join("sttp.yaml");
        std::fs::write(&file, config).expect("a file can be written");
        let file = file.to_str().expect("a plain name");
        Server::on(docroot, name, &[&["--config", file], args].concat())
    }

    /// Starts a server with the test's own command: environment, working directory, a limit set by a shell.
    pub fn spawn(command: &mut Command) -> Server {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // In its own group: whatever it is started through (sh, strace) ends together with it.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut child = command.spawn().unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let output = Transcript::of(child.stdout.take().expect("piped"));
        let log = Transcript::of(child.stderr.take().expect("piped"));
        output.wait_until(LIMIT, |text| text.contains('\n'));
        // From here on it is ended on every way out, even if its first line is wrong.
        let mut server = Server { child, address: ([127, 0, 0, 1], 0).into(), output, log };
        let line = server.first_line();
        match line.strip_prefix("listening on ").map(str::parse) {
            Some(Ok(address)) => server.address = address,
            _ => panic!("{command:?} should first print `listening on ADDRESS`, but printed {line:?}"),
        }
        server
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A new connection to it.
    pub fn connect(&self) -> Peer {
        Peer::connect(self.address)
    }

    /// The first line of its standard output.
    pub fn first_line(&self) -> String {
        self.output.text().lines().next().unwrap_or_default().into()
    }

    /// What it has written to standard error so far.
    pub fn log(&self) -> String {
        self.log.text()
    }

    /// Waits until its log contains this.
    #[track_caller]
    pub fn wait_for_log(&self, text: &str) {
        let there = self.log.wait_until(LIMIT, |log| log.contains(text));
        assert!(there, "waited for {text:?} in the log, which is shown below");
    }

    /// The number of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal, for example `INT`.
    #[cfg(unix)]
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(status.is_ok_and(|status| status.success()), "cannot send SIG{name} to the server");
    }

    /// Sends SIGTERM to it and to what it was started through, as a shell's `kill %1` does; says whether it ended.
    pub fn is_stopped_by_a_signal(&self) -> bool {
        let kill = Command::new("kill").args(["-s", "TERM", "--", &format!("-{}", self.id())]).status();
        kill.is_ok_and(|status| status.success()) && self.output.wait_for_end(LIMIT)
    }

    /// Waits for it to end; then all of its log is there.
    #[track_caller]
    pub fn exit(&mut self) -> ExitStatus {
        let ended = self.output.wait_for_end(LIMIT) && self.log.wait_for_end(LIMIT);
        assert!(ended, "the server should have ended, but still runs after {LIMIT:?}");
        self.child.wait().expect("a child can be waited for")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // First the group: once its leader has been waited for, the number could be another's.
        sttp::sys::kill_group(self.child.id());
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            self.log.wait_for_end(LIMIT);
            eprintln!("--- standard output of the server\n{}", self.output.text());
            eprintln!("--- standard error of the server\n{}---", self.log.text());
        }
    }
}
