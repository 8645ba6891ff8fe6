//! A server for short texts, built stage by stage with the standard library alone.
//!
//! The modules stand in the order in which the course builds them, and each uses only those above it, so the list below is
//! also the order in which to read. What happens to a request is one line of calls:
//!
//! ```text
//! bytes → line → Request → answer(&store, request) → Response → bytes
//! ```
//!
//! Read them in this order first; [`log`], [`args`], [`sys`] and [`config`] can wait. Then follow a request through the house. A client connects, and [`server`] accepts it and hands the connection to the chapter's
//! own `main.rs`, which decides who serves it. There [`session`] reads: [`line`](mod@line) cuts the stream of bytes into lines,
//! [`request`] takes a line apart, and in doing so has its [`path`] checked. [`answer`] gives the request to the
//! [`store`], which finds, makes or changes a file, and turns what comes back into a [`response`]. The session collects
//! the responses to all lines that have arrived, writes them at once, and reads again.
//!
//! Beside the way stand [`log`], [`args`] and [`config`], which every program needs, and [`sys`], which asks the
//! operating system for what the standard library leaves out.

#![deny(unsafe_code)]

// Chapter 1: bytes, and what every program needs.
pub mod line;
pub mod log;

pub mod args;

// Chapter 2: the protocol, and a server with one thread.
#[allow(unsafe_code)]
pub mod sys;

pub mod path;

pub mod request;

pub mod response;

pub mod store;

pub mod answer;

pub mod session;

pub mod server;

pub mod config;

// Chapter 3: many clients at once.
pub mod queue;

pub mod pool;

// Chapter 4: what is read often need not be read from the disk.
pub mod order;

pub mod lru;

pub mod second_chance;

pub mod cached;

pub mod sweeper;

// Chapter 5: the client.
pub mod url;

pub mod client;

// Chapter 6: the load tester.
pub mod histogram;

pub mod load;

pub mod chart;
