//! Chapter 2: one thread, one client at a time.
