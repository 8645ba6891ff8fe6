//! What the checks are written with.
//!
//! A check is a plain `#[test]` that says in the learner's words what it sent, what it expected and what it got. The
//! helpers here make that short: comparisons whose message can be read aloud, readers and writers that behave as
//! badly as sockets do, a stage on which threads run in every order ([`every_order`]), [`at_rest`] for threads that have
//! nothing to do, [`mod@freeze`] for gaps of a few nanoseconds, [`heap`] for memory, and [`step`], which says what a check
//! was waiting for when it is ended for hanging.
//!
//! The head of a checks file may name what a learner's file must do without (`//! without: sttp::line, sttp::log`), and
//! what it may use although the runner usually refuses it: `//! allows: std::process` (its `exit`, `abort`, `Command`),
//! `std::env` (its arguments and variables), `unsafe`.
//!
//! The checks trust what they get: compare plain values, not a type whose `PartialEq` the learner writes.

mod compare;
mod dice;
mod folder;
pub mod freeze;
pub mod heap;
mod monitor;
mod play;
mod rest;
mod stage;
mod streams;
pub mod sync;

pub use compare::{fail, same, same_bytes, shown, truth};
pub use dice::Dice;
pub use folder::Folder;
pub use monitor::{Guard, Monitor};
pub use rest::{Sleepers, all_asleep, all_rest, at_rest};
pub use stage::{Scene, every_order, remark};
pub use streams::{Duplex, ERRORS, Narrow, Piece, Pieces};

/// How a line that [`step`] writes begins; the runner takes these lines out of what it shows.
pub const STEP: &str = "::step:: ";

/// The name of the test that every chapter's checks end with. It prints the word that the runner put into the
/// environment variable [`PROOF`], which proves that the process ran to its end and did not leave by `exit(0)`.
pub const LAST: &str = "zz_the_process_came_to_its_end";

/// See [`LAST`].
pub const PROOF: &str = "COURSE_PROOF";

/// Records what the check does next, for example `sent 5 bytes without a newline; waiting for the reply`. When the check
/// hangs, the learner is shown the last record.
pub fn step(what: impl std::fmt::Display) {
    eprintln!("\n{STEP}{what}");
}

/// The body of the test [`LAST`]. It fails if the check has failed, even if the code under check caught the panic.
pub fn came_to_its_end() {
    println!("\n{}", std::env::var(PROOF).unwrap_or_default());
    if let Some(failure) = compare::failure() {
        panic!("{failure}");
    }
}
