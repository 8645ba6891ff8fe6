//! Chapter 3: the checks of its exercises.

// An exercise that nobody has begun is full of what rustc would warn of.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex5_serial;
#[path = "checks/ex5_serial.rs"]
mod ex5_serial_checks;

mod ex6_wakeup;
#[path = "checks/ex6_wakeup.rs"]
mod ex6_wakeup_checks;

mod ex7_listener;
#[path = "checks/ex7_listener.rs"]
mod ex7_listener_checks;

mod ex8_patience;
#[path = "checks/ex8_patience.rs"]
mod ex8_patience_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
