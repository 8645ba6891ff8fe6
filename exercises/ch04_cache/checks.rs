//! The checks of chapter 4: the learner's files, and what is asked of each.

// What is not written yet leaves arguments, fields and imports unused.
#![allow(dead_code, unused, missing_docs, unreachable_pub, clippy::len_without_is_empty)]

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

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
