//! Signals, while a sweeper sleeps.
#![cfg(unix)]

use std::time::{Duration, Instant};

use super::{MODES, server_with_tiny_cache};
use crate::support::{Folder, Peer};

#[test]
fn neither_idle_clients_nor_a_sleeping_sweeper_delay_the_stop() {
    for mode in MODES {
        let folder = Folder::new();
        // Whatever the cache holds, the sweeper sleeps for hours.
        let mut server = server_with_tiny_cache(&folder, mode, "86400");
        let mut idle: Vec<Peer> = (0..10).map(|_| server.connect()).collect();
        idle[0].send("CREATE /a.txt x\nSHOW /a.txt\n").expect("100 /a.txt CREATED\n200 /a.txt OK\nx\n");
        let begun = Instant::now();
        server.signal("TERM");
        assert_eq!(server.exit().code(), Some(0));
        assert!(begun.elapsed() < Duration::from_secs(2), "--cache {mode}: it took {:?}", begun.elapsed());
    }
}
