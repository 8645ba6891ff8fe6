//! The numbers that a run reports agree with each other, and with what the server saw.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sttp::load::{Load, Mix, Work, record};

use super::{load, run_in, server, shows, value_of};
use crate::support::{Folder, Scripted};

/// The values in a JSON file, by the path of names that leads to them.
fn figures(json: &str) -> BTreeMap<String, String> {
    let (mut found, mut names) = (BTreeMap::new(), Vec::new());
    for line in json.lines().map(|line| line.trim().trim_end_matches(',')) {
        let (key, value) = line.split_once(": ").unwrap_or((line, ""));
        let key = key.trim_matches('"');
        match value {
            "" if line == "}" => _ = names.pop(),
            "" => assert_eq!(line, "{", "one figure a line"),
            "{" => names.push(key.to_string()),
            value => {
                let path = [names.as_slice(), &[key.to_string()]].concat().join(".");
                assert_eq!(found.insert(path, value.trim_matches('"').into()), None, "{key} stands there twice");
            }
        }
    }
    assert!(names.is_empty(), "{names:?} has no end");
    found
}

/// Runs a load on a server of ours. Returns its output, and the values in its JSON file.
fn measured(args: &[&str]) -> (String, BTreeMap<String, String>) {
    let (docroot, folder) = (Folder::new(), Folder::new());
    let server = server(&docroot);
    let common = ["--duration", "1", "--warm-up", "0.1", "--keys", "50", "--json", "run.json"];
    let (code, out, err) = run_in(&folder, server.address().port(), &[&common, args].concat());
    assert_eq!((code, &*err), (0, ""), "{out}");
    (out, figures(&fs::read_to_string(folder.path().join("run.json")).unwrap()))
}

fn number(figures: &BTreeMap<String, String>, name: &str) -> f64 {
    let text = figures.get(name).unwrap_or_else(|| panic!("{name} is missing in {figures:#?}"));
    text.parse().unwrap_or_else(|_| panic!("{name} is {text}"))
}

#[test]
fn all_counts_agree() {
    for args in
        [&["-c", "4"][..], &["-c", "2", "--pipeline", "8"], &["-c", "3", "--one-shot"], &["--rate", "100", "-c", "2"]]
    {
        let (out, figures) = measured(args);
        let answers = number(&figures, "answers");
        assert!(answers > 0.0, "{out}");
        for name in ["response_time_us.count", "service_time_us.count"] {
            assert_eq!(number(&figures, name), answers, "{name}");
        }
        let of_each = ["show", "update"].map(|ask| format!("{ask}_response_time_us.count"));
        let sum: f64 =
            of_each.iter().filter(|name| figures.contains_key(*name)).map(|name| number(&figures, name)).sum();
        assert_eq!(sum, answers);
        let steps: Vec<u64> = figures["answers_in_each_100_ms"]
            .trim_matches(['[', ']'])
            .split(',')
            .map(|count| count.parse().unwrap())
            .collect();
        assert_eq!(steps.iter().sum::<u64>() as f64, answers);
        assert_eq!(steps.len(), 10, "a step without an answer is a step: {steps:?}");
        let bars = out.lines().filter(|line| line.starts_with("from "));
        let bars = bars.map(|line| line.rsplit(' ').nth(2).unwrap().parse::<u64>().unwrap());
        assert_eq!(bars.sum::<u64>() as f64, answers, "{out}");
        assert!(out.contains(&format!(" answers per second ({answers} in 1.00 s)")), "{out}");
        assert_eq!(number(&figures, "seconds"), 1.0);
        let rate = number(&figures, "answers_per_second");
        assert!((rate - answers).abs() < 1e-6 * rate, "{rate}");
        assert!(out.contains("errors      none\n"), "{out}");
    }
}

#[test]
fn percentiles_ascend() {
    let (out, figures) = measured(&["-c", "2", "--mix", "show=5,update=3,create=2"]);
    for kind in ["service_time", "response_time", "show_response_time", "update_response_time", "create_response_time"]
    {
        let names = ["min", "p50", "p90", "p99", "p99.9", "max"];
        let times = names.map(|name| number(&figures, &format!("{kind}_us.{name}")));
        assert!(times.is_sorted() && times[0] > 0.0, "{kind}: {times:?}");
        let mean = number(&figures, &format!("{kind}_us.mean"));
        assert!(times[0] <= mean && mean <= times[5], "{kind}: {mean}");
    }
    for row in ["create", "show", "update", "all"] {
        assert!(out.lines().any(|line| line.starts_with(&format!("{row} "))), "{out}");
    }
}

#[test]
fn the_configuration_is_in_the_report_and_in_the_file() {
    let args = ["-c", "2", "--pipeline", "3", "--zipf", "1.1", "--mix", "show=2,update=1", "--size", "99"];
    let (out, figures) = measured(&args);
    for (name, value) in [
        ("protocol", "sttp"),
        ("mix", "show=2,update=1"),
        ("keys", "50"),
        ("zipf", "1.1"),
        ("size", "99"),
        ("connections", "2"),
        ("pipeline", "3"),
        ("one_shot", "false"),
        ("loop", "closed loop"),
        ("duration", "1 s"),
    ] {
        assert_eq!(figures[&format!("configuration.{name}")], value);
        assert!(out.contains(&format!("{name} {value}")), "{name} {value} is missing in\n{out}");
    }
    let (out, figures) = measured(&["--rate", "50"]);
    assert_eq!(figures["configuration.loop"], "open loop, 50 requests per second");
    assert!(out.contains("response time, from when each request was due\n"), "{out}");
    assert!(out.contains("service time, from when it was sent\n"), "{out}");
}

#[test]
fn the_tester_counts_what_the_server_received() {
    for (pipeline, one_shot) in [(1, false), (7, false), (1, true), (4, true)] {
        let asked = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&asked);
        let server = Scripted::new(move |guest| {
            while let Some(line) = guest.line().filter(|line| !line.is_empty()) {
                count.fetch_add(1, Ordering::SeqCst);
                guest.say(value_of(&line).unwrap());
            }
            guest.wait_for_the_end();
        });
        let outcome =
            shows(&Load { connections: 3, pipeline, one_shot, ..load(server.address()) }, Duration::from_millis(300));
        drop(server);
        let tally = &outcome.tally;
        assert_eq!((tally.errors(), tally.unsent), (0, 0));
        // Requests that were in flight when the connection was cut may not have arrived.
        let (asked, least) = (asked.load(Ordering::SeqCst), tally.answers());
        assert!((least..=least + tally.in_flight).contains(&asked), "{least} + {} answers to {asked}", tally.in_flight);
    }
}

#[test]
fn the_warm_up_is_not_counted() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = Arc::clone(&asked);
    let server = Scripted::new(move |guest| {
        while let Some(line) = guest.line() {
            count.fetch_add(1, Ordering::SeqCst);
            guest.say(value_of(&line).unwrap());
        }
    });
    let mix = Mix::parse("show=1").unwrap();
    let work = Work::Mix { mix: &mix, warm_up: Duration::from_secs(1), duration: Duration::from_millis(100) };
    let outcome = load(server.address()).run(work, |_, _| {}).unwrap();
    assert!(outcome.tally.answers() + outcome.tally.in_flight < asked.load(Ordering::SeqCst));
    assert_eq!(outcome.took, Duration::from_millis(100));
    assert_eq!(outcome.tally.steps.len(), 1);
}

#[test]
fn a_comparison_shows_both_values_and_their_ratio() {
    let (docroot, folder) = (Folder::new(), Folder::new());
    let server = server(&docroot);
    let port = server.address().port();
    let files = [("a.json", "show=1", "1"), ("b.json", "show=1,update=1", "4")];
    for (file, mix, connections) in files {
        let args =
            ["--duration", "1", "--warm-up", "0", "--keys", "20", "--mix", mix, "-c", connections, "--json", file];
        assert_eq!(run_in(&folder, port, &args).0, 0);
    }
    let (code, out, err) = run_in(&folder, port, &["--compare", "a.json", "b.json"]);
    assert_eq!((code, &*err), (0, ""));
    let [a, b] = files.map(|(file, ..)| figures(&fs::read_to_string(folder.path().join(file)).unwrap()));
    let line =
        |name: &str| out.lines().find(|line| line.split(' ').next() == Some(name)).unwrap_or_else(|| panic!("{out}"));
    let words: Vec<&str> = line("answers").split_whitespace().collect();
    let ratio = format!("{:.2}", number(&b, "answers") / number(&a, "answers"));
    assert_eq!(words, ["answers", &a["answers"], &b["answers"], &ratio]);
    assert_eq!(line("configuration.connections").split_whitespace().collect::<Vec<_>>()[1..], ["1", "4"]);
    // A value that only one run has is shown too: it may be an error.
    assert_eq!(line("update_response_time_us.count").split_whitespace().nth(1), Some("-"));
    assert!(!out.contains("NaN") && !out.contains("inf"), "{out}");
}

#[test]
fn a_comparison_shows_errors_that_only_one_run_had() {
    let file = |errors: &str| {
        format!("{{\n\"answers\": 0,\n\"errors\": {{{errors}}},\n\"loop\": \"{}\"}}\n", "x".repeat(20 + errors.len()))
    };
    let text = record::compare(["a", "b"], [&file(""), &file("\"timeout\": 5")]).unwrap();
    let line = text.lines().find(|line| line.starts_with("errors.timeout")).expect("the errors are shown");
    assert_eq!(line.split_whitespace().collect::<Vec<_>>(), ["errors.timeout", "-", "5"]);
    let line = text.lines().find(|line| line.starts_with("loop")).unwrap();
    assert_eq!(line.split_whitespace().count(), 3, "long texts have a space between them: {line}");
}
