//! A server for short texts, built stage by stage.

#![deny(unsafe_code)]

// Chapter 1: bytes.
pub mod line;
pub mod log;

pub mod args;
