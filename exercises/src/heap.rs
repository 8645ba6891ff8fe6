//! How much memory a program has allocated: a structure that grows with every call cannot hide it.

pub use sttp::sys::heap::in_use;

#[global_allocator]
static HEAP: sttp::sys::heap::Counting = sttp::sys::heap::Counting;
