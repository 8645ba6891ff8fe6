//! Chapter 6: what its exercises ask. Each is a file beside this one, and its checks stand in `checks/`.

// An exercise that nobody has begun is full of what rustc would warn of.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex1_histogram;
#[path = "checks/ex1_histogram.rs"]
mod ex1_histogram_checks;

mod ex2_start;
#[path = "checks/ex2_start.rs"]
mod ex2_start_checks;

mod ex3_closed;
#[path = "checks/ex3_closed.rs"]
mod ex3_closed_checks;

mod ex4_open;
#[path = "checks/ex4_open.rs"]
mod ex4_open_checks;

mod ex5_errors;
#[path = "checks/ex5_errors.rs"]
mod ex5_errors_checks;

mod ex6_average;
#[path = "checks/ex6_average.rs"]
mod ex6_average_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
