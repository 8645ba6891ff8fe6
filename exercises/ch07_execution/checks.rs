//! Chapter 7: its exercises, each a file next to this one, and their checks, in `checks/`.

// An exercise that has not been started is full of things that rustc warns about.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex1_connection;
#[path = "checks/ex1_connection.rs"]
mod ex1_connection_checks;

mod ex2_loop;
#[path = "checks/ex2_loop.rs"]
mod ex2_loop_checks;

mod ex3_deadlines;
#[path = "checks/ex3_deadlines.rs"]
mod ex3_deadlines_checks;

mod ex4_balance;
#[path = "checks/ex4_balance.rs"]
mod ex4_balance_checks;

mod ex5_fair;
#[path = "checks/ex5_fair.rs"]
mod ex5_fair_checks;

mod ex6_wake;
#[path = "checks/ex6_wake.rs"]
mod ex6_wake_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
