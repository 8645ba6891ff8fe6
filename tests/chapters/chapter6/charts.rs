//! The charts of a run, and of `bench`.

use std::fs;
use std::time::Duration;

use sttp::chart;
use sttp::histogram::Histogram;

use super::{NAME, run_in, server};
use crate::support::{Folder, program, refusal};

/// Fails unless every tag is closed, in the right order, and every number is one.
#[track_caller]
fn must_be_well_formed(svg: &str) {
    let mut open = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("a tag has no end: <{part}"));
        assert!(!text.contains('>') || text.contains("&gt;"), "a '>' stands alone: {text}");
        let name = tag.split([' ', '/']).find(|name| !name.is_empty()).expect("a name");
        assert_eq!(tag.matches('"').count() % 2, 0, "quotes: <{tag}>");
        match (tag.starts_with('/'), tag.ends_with('/')) {
            (true, _) => assert_eq!(open.pop(), Some(name), "</{name}> closes something else"),
            (false, true) => {}
            (false, false) => open.push(name),
        }
        assert!(!text.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "").contains('&'), "{text}");
    }
    assert!(open.is_empty(), "{open:?} is never closed");
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n"));
    for nonsense in ["NaN", "inf", "-0.0"] {
        assert!(!svg.contains(nonsense), "{nonsense} in\n{svg}");
    }
}

/// The texts in a chart.
fn labels(svg: &str) -> Vec<&str> {
    let texts = svg.split("<text ").skip(1);
    texts.map(|text| text.split_once('>').unwrap().1.split_once('<').unwrap().0).collect()
}

#[test]
fn a_run_is_drawn_with_labels_and_units() {
    let (docroot, folder) = (Folder::new(), Folder::new());
    let server = server(&docroot);
    for (args, curves) in
        [(&["-c", "2"][..], &["latency"][..]), (&["--rate", "100"], &["response time", "service time"])]
    {
        let common = ["--duration", "1", "--warm-up", "0", "--keys", "20", "--svg", "run.svg"];
        let (code, out, err) = run_in(&folder, server.address().port(), &[&common, args].concat());
        assert_eq!((code, &*err), (0, ""), "{out}");
        let svg = fs::read_to_string(folder.path().join("run.svg")).unwrap();
        must_be_well_formed(&svg);
        let labels = labels(&svg);
        for curve in curves {
            assert!(labels.contains(curve), "{curve} is missing in {labels:?}");
        }
        for label in ["percentile", "0 %", "90 %", "99 %", "answers per second; time in seconds"] {
            assert!(labels.contains(&label), "{label} is missing in {labels:?}");
        }
        assert!(labels.iter().any(|label| label.ends_with(" µs") || label.ends_with(" ms")), "{labels:?}");
        assert!(labels[0].contains(&server.address().to_string()), "{labels:?}");
    }
}

#[test]
fn any_run_can_be_drawn() {
    let none = Histogram::new();
    let of = |times: &[u64]| {
        let mut histogram = Histogram::new();
        times.iter().for_each(|&nanos| histogram.record(Duration::from_nanos(nanos)));
        histogram
    };
    let many = of(&(0..100_000).map(|number| 1_000 + number * number).collect::<Vec<_>>());
    for histogram in [none, of(&[0]), of(&[1]), of(&[999]), of(&[1_000_000; 3]), of(&[1, 86_400_000_000_000]), many] {
        for steps in [&[][..], &[0], &[1], &[0, 0, 0], &[1_000_000, 0, 3], &[7; 600]] {
            let svg = chart::svg(
                "<a> & \"b\"",
                &[("one", &histogram), ("two", &histogram)],
                steps,
                Duration::from_millis(100),
            );
            must_be_well_formed(&svg);
            assert!(labels(&svg).iter().all(|label| label.chars().count() < 40), "{:?}", labels(&svg));
        }
        let text = chart::bars(&histogram);
        let sum: u64 = text.lines().map(|line| line.rsplit(' ').nth(2).unwrap().parse::<u64>().unwrap()).sum();
        assert_eq!(sum, histogram.count());
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
    }
}

#[test]
fn bench_refuses_wrong_options_before_it_measures() {
    for (args, code, says) in [
        (&["nothing"][..], 2, "bench: 'nothing' is none of show, pipelined, update, create, one-shot"),
        (&["--rounds", "0"], 2, "--rounds: '0' is not a number from 1 to 1000"),
        (&["--svg", "/none"], 1, "/none/show.svg: no such file or directory"),
        (&["--json", "x"], 2, "bench has no --json; it takes --duration, --rounds and --svg"),
    ] {
        assert_eq!(refusal(NAME, &[&["bench"], args].concat()), (code, format!("{NAME}: {says}\n")), "{args:?}");
    }
}

#[test]
fn bench_prints_a_table_and_draws_a_chart() {
    let folder = Folder::new();
    let mut program = program(NAME);
    let args = ["bench", "create", "--duration", "0.1", "--rounds", "1", "--svg", "."];
    // Its servers' files are in memory, if ours are. And no timeout: it would leave the servers running.
    program.env("TMPDIR", folder.path());
    let output = program.current_dir(folder.path()).args(args).assert().success();
    let out = String::from_utf8_lossy(&output.get_output().stdout).into_owned();
    let line =
        |begin: &str| out.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("{begin}: {out}"));
    let servers = "| ch02 | ch03 spawn | ch03 pool | ch04 rwlock |";
    assert_eq!(line("| connections"), format!("| connections {servers}"));
    assert!(line("| 1 |").starts_with("| 1 | ") && line("| 1 |").contains(" (1.00) | "), "{out}");
    assert!(line("| 50 |").starts_with("| 50 | – | "), "one thread serves one connection: {out}");
    if cfg!(target_os = "linux") {
        let kernel = line("| server, kernel | ").split(" | ").skip(2).collect::<Vec<_>>();
        assert!(kernel.iter().all(|time| time.trim_end_matches(" |").parse::<f64>().is_ok()), "{out}");
    }
    let svg = fs::read_to_string(folder.path().join("create.svg")).unwrap();
    must_be_well_formed(&svg);
    for label in ["ch03 pool", "connections", "durable CREATE, answers per second"] {
        assert!(labels(&svg).contains(&label), "{label} is missing in {svg}");
    }
}
