//! Servers for a demonstration: this very program, started again, each with its own port and its own directory.

use std::env;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use sttp::args::Exit;

/// A running server. Dropping it ends the process and removes its directory.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
    folder: PathBuf,
}

impl Server {
    /// Starts one with these arguments, and waits until it listens.
    pub(super) fn start(args: &[&str]) -> Result<Server, Exit> {
        let failed = |error: io::Error| Exit::failed("cannot start a server", &error);
        let folder = new_folder().map_err(failed)?;
        let log = File::create(folder.join("log")).map_err(failed)?;
        let mut command = Command::new(env::current_exe().map_err(failed)?);
        // It holds the other end of a pipe, and so outlives us in no case.
        command.args(["--until-eof", "--port", "0", "--docroot"]).arg(folder.join("docroot")).args(args);
        let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).spawn().map_err(failed)?;
        // From here on it is ended on every way out.
        let mut server = Server { child, address: ([127, 0, 0, 1], 0).into(), folder };
        let line = first_line(&mut server.child).map_err(failed)?;
        let address = line.strip_prefix("listening on ").and_then(|address| address.parse().ok());
        server.address = address.ok_or_else(|| Exit::Failed(format!("a server did not start: {}", server.log())))?;
        Ok(server)
    }

    /// The number of its process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Stops it as Ctrl-C would, and returns its log.
    pub(super) fn stop(mut self) -> Result<String, Exit> {
        drop(self.child.stdin.take());
        self.child.wait()?;
        Ok(self.log())
    }

    fn log(&self) -> String {
        fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// The first line that a child writes.
pub(super) fn first_line(child: &mut Child) -> io::Result<String> {
    let mut line = String::new();
    if let Some(output) = child.stdout.take() {
        BufReader::new(output).read_line(&mut line)?;
    }
    Ok(line.trim_end().into())
}

/// On a disk, because some demonstrations are about waiting for it.
fn new_folder() -> io::Result<PathBuf> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("ch07-demo-{}-{number}", process::id()));
    fs::create_dir(&folder)?;
    Ok(folder)
}
