//! The checks of chapter 4: `cargo course check 4`.

// What the learner's file does not use yet is no fault of it.
#![allow(dead_code, unused, unreachable_pub, missing_docs)]

mod ex5_second_chance;
#[path = "checks/ex5_second_chance.rs"]
mod ex5_second_chance_checks;

mod ex6_sweeper;
#[path = "checks/ex6_sweeper.rs"]
mod ex6_sweeper_checks;

mod ex7_two_locks;
#[path = "checks/ex7_two_locks.rs"]
mod ex7_two_locks_checks;

mod ex8_slow_store;
#[path = "checks/ex8_slow_store.rs"]
mod ex8_slow_store_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
