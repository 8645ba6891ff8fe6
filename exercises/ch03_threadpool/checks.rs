//! Chapter 3: its exercises, each a file next to this one, and their checks, in `checks/`.

// An exercise that has not been started is full of things that rustc warns about.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex1_worker;
#[path = "checks/ex1_worker.rs"]
mod ex1_worker_checks;

mod ex2_queue;
#[path = "checks/ex2_queue.rs"]
mod ex2_queue_checks;

mod ex3_pool;
#[path = "checks/ex3_pool.rs"]
mod ex3_pool_checks;

mod ex4_panic;
#[path = "checks/ex4_panic.rs"]
mod ex4_panic_checks;

mod ex5_wakeup;
#[path = "checks/ex5_wakeup.rs"]
mod ex5_wakeup_checks;

mod ex6_listener;
#[path = "checks/ex6_listener.rs"]
mod ex6_listener_checks;

mod ex7_patience;
#[path = "checks/ex7_patience.rs"]
mod ex7_patience_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
