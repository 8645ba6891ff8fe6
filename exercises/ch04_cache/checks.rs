//! Chapter 4: what its exercises ask. Each is a file next to this one, and its checks are in `checks/`.

// An exercise that nobody has begun is full of things that rustc would warn about.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex1_lru;
#[path = "checks/ex1_lru.rs"]
mod ex1_lru_checks;

mod ex2_eviction;
#[path = "checks/ex2_eviction.rs"]
mod ex2_eviction_checks;

mod ex3_expiry;
#[path = "checks/ex3_expiry.rs"]
mod ex3_expiry_checks;

mod ex4_cached;
#[path = "checks/ex4_cached.rs"]
mod ex4_cached_checks;

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
