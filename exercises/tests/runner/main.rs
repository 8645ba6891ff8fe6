//! The course runner, tried on a small course: every way in which a learner's program can go wrong.

mod desk;
mod libtest;
mod prove;
mod scratch;
mod verdicts;
mod watch;
