//! Chapter 3: the checks of its exercises.

// An exercise that nobody has begun is full of what rustc would warn of.
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

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
