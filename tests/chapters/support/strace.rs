//! A server under strace, which makes its system calls fail, or lists them.

use std::path::Path;
use std::process::Command;

use super::{Folder, Server, binary, missing};

/// A server whose system calls fail as `fault` says (see strace(1), `-e inject`), or `None`, said in words, where they
/// cannot be made to. Calls are counted for each thread by itself.
pub fn with_fault(fault: &str, name: &str, docroot: &Folder, args: &[&str]) -> Option<Server> {
    let calls = fault.split(':').next().unwrap_or_default();
    let options = ["-o", "/dev/null", "-e", &format!("trace={calls}"), "-e", &format!("inject={fault}")];
    traced(&options, name, docroot, args)
}

/// The same, but only calls that concern this path fail.
pub fn with_fault_at(path: &Path, fault: &str, name: &str, docroot: &Folder) -> Option<Server> {
    let calls = fault.split(':').next().unwrap_or_default();
    let path = path.to_str().expect("a plain name");
    let options = ["-o", "/dev/null", "-P", path, "-e", &format!("trace={calls}"), "-e", &format!("inject={fault}")];
    traced(&options, name, docroot, &[])
}

/// A server whose system calls of this kind are in its log, or `None`, said in words, where they cannot be seen.
pub fn showing(calls: &str, name: &str, docroot: &Folder, args: &[&str]) -> Option<Server> {
    traced(&["-s", "64", "-e", &format!("trace={calls}")], name, docroot, args)
}

/// Whether strace is there and may trace; says in words that the test is skipped if not.
pub fn works() -> bool {
    if missing("strace") {
        return false;
    }
    let works = Command::new("strace").args(["-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success());
    if !works {
        eprintln!("skipped: strace may not trace here");
    }
    works
}

#[cfg(unix)]
fn traced(options: &[&str], name: &str, docroot: &Folder, args: &[&str]) -> Option<Server> {
    use std::os::unix::process::CommandExt;

    if !works() {
        return None;
    }
    let mut command = Command::new("strace");
    command.arg("-f").args(options).arg(binary(name)).args(args);
    command.args(["--log", "error", "--port", "0", "--docroot", docroot.name()]);
    // In its own group, so that the traced server ends with strace.
    Some(Server::spawn(command.process_group(0)))
}

#[cfg(not(unix))]
fn traced(_: &[&str], _: &str, _: &Folder, _: &[&str]) -> Option<Server> {
    eprintln!("skipped: strace is a program for Linux");
    None
}
