//! A server for short texts, built step by step with nothing but the standard library.
//!
//! The modules are listed in the order in which the course builds them, and each uses only those above it, so this is
//! also the order in which to read them. What happens to a request is one line of calls:
//!
//! ```text
//! bytes → line → Request → answer(&store, request) → Response → bytes
//! ```
//!
//! Read these first; [`log`], [`args`], [`sys`] and [`config`] can wait. Then follow a request through the house. A
//! client connects; [`server`] accepts the connection and hands it to the chapter's own `main.rs`, which decides which
//! thread serves it. There [`session`] reads: [`line`](mod@line) splits the stream of bytes into lines, and [`request`]
//! parses a line, with the help of [`path`]. [`answer`] passes the request to the [`store`], which finds, creates or
//! changes a file, and turns the result into a [`response`]. The session collects the responses to all lines that have
//! arrived, writes them at once, and reads again.
//!
//! Chapter 7 serves the same requests without a thread per connection. [`conversation`] is a session as a value, which
//! neither reads nor writes nor waits. `poll` says which of many sockets are ready, and `timers` when to look at one that is
//! not. An event loop in `patterns` brings them together, and leaves what may block to helper threads. (Three of these
//! modules are for Unix systems only.)
//!
//! Off the request's path are [`log`], [`args`] and [`config`], which every program needs, and [`sys`], which makes the
//! system calls that the standard library leaves out.

#![deny(unsafe_code)]

// Chapter 1: bytes, and what every program needs.
pub mod line;
pub mod log;

pub mod args;

// Chapter 2: the protocol, and a server with one thread.
pub mod clock;

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

// Chapter 4: files that are read often need not be read from the disk.
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

// Chapter 7: one thread for many sockets.
#[cfg(unix)]
pub mod poll;

#[cfg(unix)]
pub mod timers;

pub mod conversation;

#[cfg(unix)]
pub mod patterns;
