//! Options, limits, and the files that are written.

use std::fs;

use super::{NAME, run, run_in, server};
use crate::support::{Folder, LIMIT, Nobody, binary, missing, program, refusal};

/// The options of a short timed run.
const SHORT: [&str; 8] = ["--duration", "0.5", "--warm-up", "0", "--keys", "20", "--mix", "show=1"];

#[test]
fn a_wrong_option_exits_with_2_and_a_line_that_helps() {
    // Reported even when no server is running, as here.
    let nobody = Nobody::new();
    let port = format!("--port={}", nobody.address().port());
    for (args, says) in [
        (&["--pipelin", "2"][..], "unknown option --pipelin; did you mean --pipeline?"),
        (&["-c", "0"], "--connections: '0' is not a number from 1 to 10000"),
        (&["-c", "many"], "--connections: 'many' is not a number from 1 to 10000"),
        (&["-p", "0"], "--port: '0' is not a number from 1 to 65535"),
        (&["--pipeline", "0"], "--pipeline: '0' is not a number from 1 to 1000"),
        (&["--keys", "0"], "--keys: '0' is not a number from 1 to 10000000"),
        (&["--size", "15"], "--size: '15' is not a number from 16 to 160"),
        (&["-i", "-1"], "--interval: '-1' is not a number from 0 to 3600000"),
        (&["--timeout", "0"], "--timeout: '0' is not a number from 0.001 to 3600"),
        (&["--seed", "x"], "--seed: 'x' is not a number from 0 to 18446744073709551615"),
        (&["--protocol", "http"], "--protocol: 'http' is not sttp, redis or memcached"),
        (&["--duration", "0"], "--duration: '0' is not a number from 0.1 to 86400"),
        (&["--duration", "NaN"], "--duration: 'NaN' is not a number from 0.1 to 86400"),
        (&["--duration", "1", "--warm-up", "-1"], "--warm-up: '-1' is not a number from 0 to 86400"),
        (&["--duration", "1", "--rate", "0"], "--rate: '0' is not a number from 0.001 to 100000000"),
        (&["--duration", "1", "--zipf", "11"], "--zipf: '11' is not a number from 0 to 10"),
        (
            &["--duration", "1", "--mix", "list=1"],
            "--mix: 'list' is not create, show or update, as in show=90,update=10",
        ),
        (&["--duration", "1", "--mix", "show=0"], "--mix: 'show=0': a weight is a number from 1 to 1000000"),
        (&["--one-shot=1"], "--one-shot takes no value"),
        (&["--json"], "--json needs a value: --json FILE"),
        (&["--compare", "a.json"], "--compare needs two files: --compare A.json B.json"),
        (&["show"], "unexpected argument 'show'; --help shows the usage"),
        (&["--duration", "1", "x"], "unexpected argument 'x'; --help shows the usage"),
    ] {
        let args = [&[&*port], args].concat();
        assert_eq!(refusal(NAME, &args), (2, format!("{NAME}: {says}\n")), "{args:?}");
    }
}

#[test]
fn a_malformed_limit_exits_with_2() {
    for limit in ["p99", "p99>5", "p101>1ms", "pNaN>1ms", "p9=5ms", "errors>x", "errors>nan", "throughput<inf", ">1ms"]
    {
        let says = format!("--fail-if: '{limit}' is not of the form 'p99>5ms', 'errors>0' or 'throughput<1000'");
        let args = ["--duration", "1", "--fail-if", limit];
        assert_eq!(refusal(NAME, &args), (2, format!("{NAME}: {says}\n")));
    }
}

/// A script that sets a limit takes silence for success, so an option must not be ignored in silence.
#[test]
fn options_that_need_a_duration_are_refused_without_one() {
    for (option, value) in [
        ("fail-if", "p99>1ms"),
        ("json", "x"),
        ("svg", "x"),
        ("mix", "show=1"),
        ("rate", "1"),
        ("warm-up", "1"),
        ("zipf", "1"),
    ] {
        let says = format!("--{option} needs --duration: --duration 10 --{option} …");
        assert_eq!(refusal(NAME, &[&format!("--{option}"), value]), (2, format!("{NAME}: {says}\n")));
    }
}

#[test]
fn help_lists_every_option() {
    let help = program(NAME).arg("--help").assert().success().stderr("");
    let help = String::from_utf8_lossy(&help.get_output().stdout).into_owned();
    let short = ["-a", "-p", "-i", "-c", "-h", "bench"];
    let load = ["--duration", "--warm-up", "--mix", "--keys", "--zipf", "--pipeline", "--one-shot", "--rate"];
    let other = ["--timeout", "--protocol", "--json", "--svg", "--fail-if", "--compare", "--version"];
    for option in short.iter().chain(&load).chain(&other) {
        assert!(help.contains(option), "{option} is missing in\n{help}");
    }
}

#[test]
fn a_broken_limit_exits_with_1() {
    let folder = Folder::new();
    let server = server(&folder);
    for (limit, is_broken) in [
        ("p50>0ns", true),
        ("p99.9 > 0.001us", true),
        ("mean>1ns", true),
        ("max>1ns", true),
        ("throughput>1", true),
        ("throughput<1e9", true),
        ("errors<1", true),
        ("p99>3600s", false),
        ("max>3600000ms", false),
        ("errors>0", false),
        ("throughput<0.5", false),
    ] {
        let (code, out, err) = run(server.address(), &[&SHORT[..], &["--fail-if", limit]].concat());
        let says = format!("ch06_load: failed on {limit}: it is ");
        assert_eq!((code, err.starts_with(&says)), (i32::from(is_broken), is_broken), "{limit}: {err}\n{out}");
        assert!(is_broken || err.is_empty(), "{err}");
    }
    let both = [&SHORT[..], &["--fail-if", "errors>0", "--fail-if", "max>1ns"]].concat();
    let (code, _, err) = run(server.address(), &both);
    assert!(code == 1 && err.contains("max>1ns"), "each of several limits counts: {err}");
}

#[test]
fn files_are_written_even_if_a_limit_is_broken() {
    let (docroot, folder) = (Folder::new(), Folder::new());
    let server = server(&docroot);
    let args = [&SHORT[..], &["--fail-if", "max>1ns", "--json", "run.json", "--svg", "run.svg"]].concat();
    assert_eq!(run_in(&folder, server.address().port(), &args).0, 1);
    for name in ["run.json", "run.svg"] {
        assert!(fs::metadata(folder.path().join(name)).is_ok_and(|file| file.len() > 0), "{name}");
    }
}

#[test]
fn files_that_cannot_be_read_or_written_are_named() {
    let (docroot, folder) = (Folder::new(), Folder::new());
    let server = server(&docroot);
    // Before the start, which is why nothing is printed.
    for option in ["--json", "--svg"] {
        let came = run(server.address(), &[&SHORT[..], &[option, "/none/run"]].concat());
        assert_eq!(came, (1, String::new(), "ch06_load: /none/run: no such file or directory\n".into()));
    }
    fs::write(folder.path().join("a.json"), "{\n\"answers\": 1}\n").unwrap();
    fs::write(folder.path().join("b.json"), "not JSON").unwrap();
    let (code, _, err) = run_in(&folder, 1, &["--compare", "a.json", "none.json"]);
    assert_eq!((code, &*err), (1, "ch06_load: none.json: no such file or directory\n"));
    let (code, _, err) = run_in(&folder, 1, &["--compare", "a.json", "b.json"]);
    assert!(code == 1 && err.starts_with("ch06_load: b.json: "), "{err}");
}

#[test]
fn a_refused_connection_is_reported_at_once() {
    let nobody = Nobody::new();
    let says = format!("ch06_load: cannot connect to {}: connection refused\n", nobody.address());
    for args in [&[][..], &["--duration", "3600"]] {
        assert_eq!(run(nobody.address(), args), (1, String::new(), says.clone()));
    }
}

#[test]
fn the_progress_line_is_for_terminals_only() {
    let folder = Folder::new();
    let server = server(&folder);
    let args = ["--duration", "0.5", "--warm-up", "0", "--keys", "20", "--mix", "show=1"];
    for args in [&args[..], &["--keys", "100"]] {
        let (code, out, err) = run(server.address(), args);
        assert_eq!((code, &*err), (0, ""));
        assert!(!out.contains(['\r', '\x1b']), "{out:?}");
    }
    if missing("script") {
        return;
    }
    let program = binary(NAME);
    let command = format!("{} -p {} {}", program.display(), server.address().port(), args.join(" "));
    let mut script = assert_cmd::Command::new("script");
    let output = script.args(["-qec", &command, "/dev/null"]).timeout(LIMIT).output().unwrap();
    if !output.status.success() && output.stderr.starts_with(b"script:") {
        return eprintln!("skipped: script gives no terminal: {}", String::from_utf8_lossy(&output.stderr));
    }
    let shown = String::from_utf8_lossy(&output.stdout);
    let line = shown.split("\r\x1b[K").find(|line| line.starts_with("measuring"));
    let line = line.unwrap_or_else(|| panic!("there is no line in {shown:?}"));
    assert!(line.contains('░') && line.contains("/s  p99 ") && line.contains("errors 0"), "{line}");
}
