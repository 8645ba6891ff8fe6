//! Chapter 2: what its exercises ask. Each is a file in this directory, and its checks are in `checks/`.

// An exercise that is not started is full of things that rustc warns about.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex1_request;
#[path = "checks/ex1_request.rs"]
mod ex1_request_checks;

mod ex2_response;
#[path = "checks/ex2_response.rs"]
mod ex2_response_checks;

mod ex3_inside;
#[path = "checks/ex3_inside.rs"]
mod ex3_inside_checks;

mod ex4_create;
#[path = "checks/ex4_create.rs"]
mod ex4_create_checks;

mod ex5_status;
#[path = "checks/ex5_status.rs"]
mod ex5_status_checks;

mod ex6_session;
#[path = "checks/ex6_session.rs"]
mod ex6_session_checks;

mod ex7_deadline;
#[path = "checks/ex7_deadline.rs"]
mod ex7_deadline_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
