//! A server for short texts, built stage by stage.
#![deny(unsafe_code)]

// Chapter 1: bytes.
pub mod line;
pub mod log;

pub mod args;

#[allow(unsafe_code)]
pub mod sys;

pub mod path;
pub mod request;
