//! Chapter.

fn main() {}
