//! Chapter 1: what its exercises ask. Each is a file in this directory, and its checks are in `checks/`.

// An exercise that is not started is full of things that rustc warns about.
#![allow(missing_docs, unused, unreachable_pub, clippy::all)]

mod ex1_line;
#[path = "checks/ex1_line.rs"]
mod ex1_line_checks;

mod ex2_send_all;
#[path = "checks/ex2_send_all.rs"]
mod ex2_send_all_checks;

mod ex3_echo;
#[path = "checks/ex3_echo.rs"]
mod ex3_echo_checks;

mod ex4_connect;
#[path = "checks/ex4_connect.rs"]
mod ex4_connect_checks;

mod ex5_udp;
#[path = "checks/ex5_udp.rs"]
mod ex5_udp_checks;

mod ex6_browser;
#[path = "checks/ex6_browser.rs"]
mod ex6_browser_checks;

#[test]
fn zz_the_process_came_to_its_end() {
    course::came_to_its_end()
}
