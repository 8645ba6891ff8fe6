//! Chapter 5: what its exercises ask. Each is a file next to this one; its checks are in `checks/`.

// An exercise that has not been started would make rustc warn about nearly everything in it.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex1_url;
#[path = "checks/ex1_url.rs"]
mod ex1_url_checks;

mod ex2_framing;
#[path = "checks/ex2_framing.rs"]
mod ex2_framing_checks;

mod ex3_addresses;
#[path = "checks/ex3_addresses.rs"]
mod ex3_addresses_checks;

mod ex4_exchange;
#[path = "checks/ex4_exchange.rs"]
mod ex4_exchange_checks;

mod ex5_retry;
#[path = "checks/ex5_retry.rs"]
mod ex5_retry_checks;

mod ex6_kept;
#[path = "checks/ex6_kept.rs"]
mod ex6_kept_checks;

mod ex7_pipeline;
#[path = "checks/ex7_pipeline.rs"]
mod ex7_pipeline_checks;

mod ex8_text;
#[path = "checks/ex8_text.rs"]
mod ex8_text_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
