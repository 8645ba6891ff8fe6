//! The chapters, tested from outside: each through its binary, over loopback, as its readers run it.

mod chapter1;
mod chapter2;
mod chapter3;
mod chapter4;
mod chapter5;
mod chapter6;
mod chapter7;
#[allow(dead_code, unreachable_pub, unused_imports, reason = "a small library of its own")]
mod support;
