//! `watch`: checks again when a file changes, until it is ended.

use std::io::Read;
use std::net::TcpListener;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::scratch::{SKELETON, Scratch, read_until};

const SEVEN: &str = "pub fn answer() -> u32 {\n    7\n}\n";
const EIGHT: &str = "pub fn answer() -> u32 {\n    8\n}\n";

/// Calls us, and never ends. The call ends when the process does.
const CALLS: &str = "pub fn answer() -> u32 {\n    let call = std::net::TcpStream::connect((\"127.0.0.1\", PORT)).unwrap();\n    \
    loop { std::thread::park() }\n}\n";

/// A runner that watches; ended when the test is over, however that went.
struct Watch(Child);

impl Watch {
    fn start(scratch: &Scratch, line: &str) -> Watch {
        Watch(scratch.command(line).stdout(Stdio::piped()).spawn().unwrap())
    }

    /// Reads what it writes, up to `text`.
    fn until(&mut self, text: &str) -> String {
        read_until(self.0.stdout.as_mut().unwrap(), text).unwrap()
    }

    #[cfg(unix)]
    fn signal(&mut self, name: &str) -> ExitStatus {
        let done = Command::new("kill").args([&format!("-{name}"), &self.0.id().to_string()]).status().unwrap();
        assert!(done.success());
        self.0.wait().unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[cfg(unix)]
#[test]
fn changed_files_are_checked_again_until_a_signal_ends_it() {
    let scratch = Scratch::new("watch", 1);
    scratch.add(1, "ex1_one", SKELETON);
    scratch.add(1, "ex2_two", SEVEN);
    let mut watch = Watch::start(&scratch, "watch 1");
    let first = watch.until("1 done, 1 not started\n");
    assert!(first.contains("1.1  not started") && first.contains("1.2  done"), "{first}");
    scratch.write("exercises/ch01_try/ex1_one.rs", EIGHT);
    let second = watch.until("1 not right yet\n");
    assert!(second.contains("ex1_one.rs changed\n") && second.contains("1.1  wrong"), "{second}");
    assert!(!second.contains("1.2"), "{second}");
    scratch.write("exercises/ch01_try/ex1_one.rs", SEVEN);
    watch.until("1.1  done");
    assert_eq!(watch.signal("INT").code(), Some(0));
}

#[test]
fn it_ends_when_its_output_is_closed() {
    let scratch = Scratch::new("watch-unread", 1);
    scratch.add(1, "ex1_one", SKELETON);
    let mut watch = Watch::start(&scratch, "watch 1");
    watch.until("1 not started\n");
    drop(watch.0.stdout.take());
    scratch.write("exercises/ch01_try/ex1_one.rs", SEVEN);
    assert_eq!(watch.0.wait().unwrap().code(), Some(0));
}

#[cfg(unix)]
#[test]
fn whatever_ends_it_also_ends_the_running_check() {
    let scratch = Scratch::new("watch-ended", 1);
    scratch.add(1, "ex1_one", SKELETON);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    for (signal, line, code) in [
        ("INT", "watch 1", Some(0)),
        ("TERM", "check 1", Some(130)),
        ("HUP", "watch 1", None),
        ("KILL", "check 1", None),
    ] {
        scratch.write("exercises/ch01_try/ex1_one.rs", &CALLS.replace("PORT", &port));
        let mut runner = scratch.command(line);
        runner.env("COURSE_TIME_LIMIT_MS", "60000");
        let mut watch = Watch(runner.stdout(Stdio::piped()).spawn().unwrap());
        // Both checks run, side by side.
        let calls = [listener.accept().unwrap().0, listener.accept().unwrap().0];
        assert_eq!(watch.signal(signal).code(), code, "{signal}");
        for mut call in calls {
            call.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            assert_eq!(call.read(&mut [0]).unwrap(), 0, "the check went on after {signal}");
        }
    }
}
