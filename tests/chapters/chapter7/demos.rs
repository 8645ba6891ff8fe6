//! Each demonstration, small: it ends by itself, and its table is complete. The figures are the machine's business.

use std::process::Command;

use super::NAME;
use crate::support::{binary, program};

/// What a demonstration prints.
fn demo(args: &[&str]) -> String {
    let output = program(NAME).arg("demo").args(args).assert().success().stderr("");
    String::from_utf8_lossy(&output.get_output().stdout).into_owned()
}

/// The columns of the row that begins with `name`.
#[track_caller]
fn row<'a>(table: &'a str, name: &str) -> Vec<&'a str> {
    let row = table.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix("  "));
    row.unwrap_or_else(|| panic!("there is no row {name:?} in\n{table}")).split_whitespace().collect()
}

#[track_caller]
fn number(column: &str) -> u64 {
    column.parse().unwrap_or_else(|_| panic!("{column:?} is not a number"))
}

#[test]
fn idle_shows_what_clients_cost_that_say_nothing() {
    let table = demo(&["idle", "--connections", "200", "--seconds", "0.1"]);
    assert!(table.starts_with("200 clients connect to a server with one thread, say nothing, and stay\n"), "{table}");
    for name in ["single, epoll", "single, poll", "pool"] {
        assert_eq!(number(row(&table, name)[0]), 200, "{table}");
    }
    #[cfg(target_os = "linux")]
    for name in ["single, epoll", "single, poll"] {
        let columns = row(&table, name);
        assert_eq!((columns.len(), columns[4]), (10, "bytes"), "{table}");
        // At most, each of its few threads goes to sleep once, and late.
        assert!(number(columns[5]) < 10, "somebody wakes up although nothing happens\n{table}");
    }
}

#[test]
#[cfg(unix)]
fn idle_makes_do_with_the_descriptors_that_there_are() {
    let script = r#"ulimit -n 300; exec "$0" demo idle --connections 1000 --seconds 0.1"#;
    let output = Command::new("sh").args(["-c", script]).arg(binary(NAME)).output().unwrap();
    let table = String::from_utf8_lossy(&output.stdout);
    let says = "the limit is 300 descriptors, so 140 clients have to do, and not 1000\n140 clients connect";
    assert!(output.status.success() && table.starts_with(says), "{table}{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(number(row(&table, "single, poll")[0]), 140);
}

#[test]
fn herd_shows_how_many_threads_wake_up_for_a_client() {
    let table = demo(&["herd", "--connections", "20"]);
    assert!(table.starts_with("4 threads sleep at one listening socket; 20 clients come"), "{table}");
    assert_eq!(row(&table, "accept(2)").last(), Some(&"0"), "nobody returns from accept in vain\n{table}");
    assert_eq!(row(&table, "poll(2)").len(), 3, "{table}");
    #[cfg(target_os = "linux")]
    for name in ["epoll", "epoll with EPOLLEXCLUSIVE"] {
        assert_eq!(row(&table, name).len(), 3, "{table}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn fairness_shows_who_accepts_how_many() {
    let table = demo(&["fairness", "--connections", "40"]);
    for name in
        ["accept(2)", "one epoll for all", "EPOLLEXCLUSIVE, one each", "the same, with our rule", "SO_REUSEPORT"]
    {
        let columns = row(&table, name);
        let accepted: u64 = columns[..4].iter().map(|column| number(column)).sum();
        assert_eq!((columns.len(), accepted), (5, 40), "{name}:\n{table}");
    }
    let blocked = table.split_once("SO_REUSEPORT: ").and_then(|(_, rest)| rest.split_once(" clients wait at its door"));
    assert!(number(blocked.expect("the last lines").0) <= 40, "{table}");
}

#[test]
fn storm_shows_readers_next_to_writers_in_every_pattern() {
    let table = demo(&["storm", "--seconds", "0.1"]);
    for name in ["pool", "single", "readers", "balanced", "acceptors", "sharded"] {
        let columns = row(&table, name);
        // Four durations with their units, and a rate.
        assert_eq!(columns.len(), 9, "{name}:\n{table}");
        assert!(number(columns[8]) > 0, "nothing was created\n{table}");
    }
}
