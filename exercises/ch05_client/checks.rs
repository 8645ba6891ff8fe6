//! Chapter 5: what its exercises ask. Each is a file beside this one, and its checks stand in `checks/`.

// An exercise that nobody has begun is full of what rustc would warn of.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex1_url;
#[path = "checks/ex1_url.rs"]
mod ex1_url_checks;

mod ex2_pipeline;
#[path = "checks/ex2_pipeline.rs"]
mod ex2_pipeline_checks;

mod ex3_text;
#[path = "checks/ex3_text.rs"]
mod ex3_text_checks;

mod ex4_exchange;
#[path = "checks/ex4_exchange.rs"]
mod ex4_exchange_checks;

mod ex5_retry;
#[path = "checks/ex5_retry.rs"]
mod ex5_retry_checks;

mod ex6_kept;
#[path = "checks/ex6_kept.rs"]
mod ex6_kept_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
