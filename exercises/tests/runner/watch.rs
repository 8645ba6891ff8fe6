//! `watch`: checks again when a file changes, until it is ended.

use std::process::{Child, Command, ExitStatus, Stdio};

use crate::scratch::{SKELETON, Scratch, read_until};

const SEVEN: &str = "pub fn answer() -> u32 {\n    7\n}\n";
const EIGHT: &str = "pub fn answer() -> u32 {\n    8\n}\n";

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
fn it_checks_again_what_has_changed_until_a_signal_ends_it() {
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
