//! What exercise 5.2 asks.
//! without: sttp::response, sttp::client, sttp::line, sttp::session, sttp::load

use course::{Dice, same, shown, step, truth};

use super::ex2_framing::*;

#[path = "decoding.rs"]
mod decoding;

use decoding::*;

#[test]
fn a_new_decoder_has_no_answer() {
    let mut decoder = Decoder::new();
    same("nothing was fed: the answer", &next(&mut decoder), &Ok(None));
    decoder.feed(b"");
    same("an empty piece was fed: the answer", &next(&mut decoder), &Ok(None));
    same("nothing was fed, and the connection ends", &end(&decoder), &Ok(()));
}

#[test]
fn contents_follow_a_200_and_no_other_code() {
    for case in CASES {
        gives(&[case.0.as_bytes()], &[meant(case)], Ok(()));
    }
    for code in (0..1000).filter(|code| *code != 200) {
        let bytes = format!("{code:03} /a OK\n300 / CLIENT ERROR \"x\"\n");
        let next = (300, "/".into(), "CLIENT ERROR \"x\"".into(), None);
        gives(&[bytes.as_bytes()], &[(code, "/a".into(), "OK".into(), None), next], Ok(()));
    }
}

#[test]
fn contents_are_unchanged() {
    for contents in ["", " ", "  two  spaces  ", "a\tb\t", "\"quoted\"", "600 /a DELETED", "\u{feff}x", "\0\x1b[1m\0"] {
        let bytes = format!("200 /a OK\n{contents}\n100 /b CREATED\n");
        let answers = [(200, "/a", "OK", Some(contents)), (100, "/b", "CREATED", None)];
        gives(&[bytes.as_bytes()], &answers.map(owned), Ok(()));
    }
}

#[test]
fn one_cr_before_the_lf_is_dropped() {
    let answers = [(400, "/a", "NOT FOUND", None), (200, "/b", "OK", Some("x")), (200, "/c", "OK", Some(""))];
    let bytes = "400 /a NOT FOUND\r\n200 /b OK\r\nx\r\n200 /c OK\r\n\r\n";
    [1, 2, 3, usize::MAX].map(|size| gives(&cut(bytes, size), &answers.map(owned), Ok(())));
    let answers = [(200, "/a", "OK", Some("x\r")), (200, "/b", "OK", Some("\rx\ry"))];
    gives(&[b"200 /a OK\nx\r\r\n200 /b OK\n\rx\r", b"y\n"], &answers.map(owned), Ok(()));
}

#[test]
fn path_and_message_are_unchanged() {
    let deep = "/a".repeat(2000);
    // Only a space ends a path.
    for path in ["/", "//a/../.b", "/a\tb", "/a\u{a0}b", "/\x1b[1m\0", "/a%20b", "/a\rb", &deep] {
        gives(&[format!("400 {path} NO\n").as_bytes()], &[owned((400, path, "NO", None))], Ok(()));
    }
    for message in [" ", "  NO", "NO  ", "N  O", "\tNO\t", "N\rO", "NO\r", "\u{a0}", "\"", "N%4F", "\x1b[1m\0"] {
        gives(&[format!("400 /a {message}\r\n").as_bytes()], &[owned((400, "/a", message, None))], Ok(()));
    }
}

#[test]
fn several_answers_may_arrive_at_once() {
    let all: String = CASES.map(|case| case.0).concat();
    gives(&[all.as_bytes()], &CASES.map(meant), Ok(()));
    // Three answers and a half, and the other half.
    let (begin, rest) = all.as_bytes().split_at(CASES[..4].iter().map(|case| case.0.len()).sum::<usize>() - 5);
    gives(&[begin, rest], &CASES.map(meant), Ok(()));
}

#[test]
fn an_answer_may_be_split_anywhere() {
    for case in CASES {
        let bytes = case.0.as_bytes();
        for at in 0..=bytes.len() {
            gives(&[&bytes[..at], b"", &bytes[at..]], &[meant(case)], Ok(()));
        }
    }
    let all = CASES.map(|case| case.0).concat();
    for size in 1..20 {
        gives(&all.as_bytes().chunks(size).collect::<Vec<_>>(), &CASES.map(meant), Ok(()));
    }
}

#[test]
fn an_answer_is_returned_with_its_last_byte() {
    let mut decoder = Decoder::new();
    for case in CASES {
        let (last, before) = case.0.as_bytes().split_last().unwrap();
        for (at, byte) in before.iter().enumerate() {
            decoder.feed(&[*byte]);
            let what = format!("{} of the {} bytes of {:?} were fed: the answer", at + 1, case.0.len(), case.0);
            same(what, &next(&mut decoder), &Ok(None));
        }
        decoder.feed(&[*last]);
        same(format_args!("all of {:?} was fed: the answer", case.0), &next(&mut decoder), &Ok(Some(meant(case))));
        same("nothing was fed after that: the answer", &next(&mut decoder), &Ok(None));
    }
}

#[test]
fn answers_may_be_asked_for_later() {
    let mut decoder = Decoder::new();
    let all = CASES.map(|case| case.0).concat();
    all.as_bytes().chunks(3).for_each(|piece| decoder.feed(piece));
    let what = format!("fed in pieces of 3 bytes, and asked only afterwards: {}", shown(all.as_bytes()));
    for case in CASES {
        same(&what, &next(&mut decoder), &Ok(Some(meant(case))));
    }
    same(&what, &next(&mut decoder), &Ok(None));
}

#[test]
fn the_end_in_the_middle_of_an_answer_is_unfinished() {
    for case in CASES {
        let bytes = case.0.as_bytes();
        for at in 0..=bytes.len() {
            let expected = if at == 0 || at == bytes.len() { Ok(()) } else { Err(UNFINISHED) };
            let answers = if at == bytes.len() { vec![meant(case)] } else { vec![] };
            gives(&[&bytes[..at]], &answers, expected);
            let answers: Vec<Plain> = [meant(CASES[1])].into_iter().chain(answers).collect();
            gives(&[CASES[1].0.as_bytes(), &bytes[..at]], &answers, expected);
        }
    }
    for begun in ["\r", " ", "\t\r"] {
        let mut decoder = Decoder::new();
        decoder.feed(begun.as_bytes());
        // Unfinished, or Malformed if the decoder can tell that this will never be an answer.
        let _ = next(&mut decoder);
        truth(
            end(&decoder).is_err(),
            format_args!("fed {begun:?}, and the connection ends: the result cannot be Ok(())"),
        );
    }
}

#[test]
fn a_line_that_is_not_an_answer_is_malformed() {
    let lines = [
        "",
        "200",
        "200 /a",
        "200 /a ",
        "200 /a \r",
        "200\t/a\tOK",
        "200 /a\tOK",
        "\u{feff}200 /a OK",
        "200 a/b OK",
        "200  /a OK",
        " 200 /a OK",
        "20 /a OK",
        "2000 /a OK",
        "+20 /a OK",
        "2x0 /a OK",
        "٢٠٠ /a OK",
        "100 a CREATED",
        "220 mail.example.com ESMTP Postfix",
        "HTTP/1.1 400 Bad Request\r",
    ];
    for line in lines {
        let line = format!("{line}\n");
        gives(&[line.as_bytes()], &[], Err(MALFORMED));
        gives(&cut(&line, 7), &[], Err(MALFORMED));
    }
}

#[test]
fn bytes_that_are_not_utf8_are_malformed() {
    for bytes in [&b"400 /caf\xe9 NOT FOUND\n"[..], b"200 /a OK\n\xc3\n", b"200 /a OK\nx\xf0\x9f\xa6\n"] {
        gives(&[bytes], &[], Err(MALFORMED));
        gives(&bytes.chunks(1).collect::<Vec<_>>(), &[], Err(MALFORMED));
    }
}

#[test]
fn a_line_has_at_most_4096_bytes() {
    for lf in ["\n", "\r\n"] {
        let room = MAX_LINE - lf.len();
        for size in [1, 1000, MAX_LINE, usize::MAX] {
            // A message, and contents, that fill the line; then one byte more.
            let left = room - "400 /a ".len();
            let message = "é".repeat(left / 2) + &"m".repeat(left % 2);
            let contents = "é".repeat(room / 2) + &"c".repeat(room % 2);
            let bytes = format!("400 /a {message}{lf}200 /a OK{lf}{contents}{lf}");
            let answers = [(400, "/a", &*message, None), (200, "/a", "OK", Some(&*contents))];
            gives(&cut(&bytes, size), &answers.map(owned), Ok(()));
            gives(&cut(&format!("400 /a {message}m{lf}"), size), &[], Err(TOO_LONG));
            gives(&cut(&format!("200 /a OK{lf}{contents}c{lf}"), size), &[], Err(TOO_LONG));
        }
    }
    // Lengths that are short again when they are counted in 16 bits.
    for (begin, more) in [("400 /a ", 1), ("200 /a OK\n", 100)] {
        let line = format!("{begin}{}\n", "x".repeat((1 << 16) + more));
        gives(&[line.as_bytes()], &[], Err(TOO_LONG));
    }
}

#[test]
fn an_endless_line_is_too_long_at_byte_4096() {
    for begin in ["", "200 /a OK\n", "100 /a CREATED\n200 /b OK\n"] {
        for (most, last) in [("x", "x"), ("é", "x"), ("x", "\r")] {
            let mut decoder = Decoder::new();
            decoder.feed(begin.as_bytes());
            while let Ok(Some(_)) = next(&mut decoder) {}
            let line = format!("400 /a {}", most.repeat(MAX_LINE));
            for (at, byte) in line.as_bytes()[..MAX_LINE - 1].iter().enumerate() {
                decoder.feed(&[*byte]);
                let what = format!("{begin:?} was fed, then {} bytes of a line", at + 1);
                same(what, &next(&mut decoder), &Ok(None));
            }
            decoder.feed(last.as_bytes());
            let what =
                format!("{begin:?} was fed, then {MAX_LINE} bytes without a line feed, the last of them {last:?}");
            same(&what, &(next(&mut decoder), end(&decoder)), &(Err(TOO_LONG), Err(TOO_LONG)));
        }
    }
}

#[test]
fn answers_before_an_error_are_returned_first() {
    let all = CASES.map(|case| case.0).concat();
    let long = format!("400 /a {}", "x".repeat(MAX_LINE));
    for (bad, error) in [("HTTP/1.1 200 OK\r\n", MALFORMED), (&long, TOO_LONG), ("200 /a O", UNFINISHED)] {
        for size in [1, 50, usize::MAX] {
            gives(&cut(&format!("{all}{bad}"), size), &CASES.map(meant), Err(error));
        }
    }
}

#[test]
fn an_error_is_permanent() {
    let long = format!("400 /a {}", "x".repeat(MAX_LINE)).into_bytes();
    let long_contents = [b"200 /a OK\n", &long[..]].concat();
    for (bad, error) in [
        (&b"HTTP/1.1 200 OK\n"[..], MALFORMED),
        (b"\n", MALFORMED),
        (b"400 /a \xff\n", MALFORMED),
        (b"200 /a OK\n\xff\n", MALFORMED),
        (&long, TOO_LONG),
        (&long_contents, TOO_LONG),
    ] {
        let mut decoder = Decoder::new();
        decoder.feed(bad);
        for more in [b"", &b"\n"[..], b"100 /a CREATED\n", b"200 /a OK\nx\n", b"y", &long] {
            let what = format!("fed {}, and later {:?}", shown(bad), shown(more));
            same(&what, &next(&mut decoder), &Err(error));
            same(format_args!("{what}, and the connection ends"), &end(&decoder), &Err(error));
            decoder.feed(more);
            same(format_args!("{what}, and the connection ends"), &end(&decoder), &Err(error));
            same(&what, &next(&mut decoder), &Err(error));
        }
    }
}

#[test]
fn nothing_after_an_error_is_returned() {
    let long = format!("400 /a {}\n", "x".repeat(MAX_LINE));
    for (bad, error) in [("HTTP/1.1 200 OK\n", MALFORMED), ("\n", MALFORMED), (&long, TOO_LONG)] {
        for more in ["100 /b CREATED\n", "\n", "200 /b OK\nx\n", &long] {
            let bytes = format!("{}{bad}{more}", CASES[0].0);
            // All at once, then in pieces, without asking in between.
            for size in [usize::MAX, 2000, 1] {
                let mut decoder = Decoder::new();
                cut(&bytes, size).iter().for_each(|piece| decoder.feed(piece));
                let what = format!("fed \"{}\"", shown(bytes.as_bytes()));
                same(format_args!("{what}: first"), &next(&mut decoder), &Ok(Some(meant(CASES[0]))));
                same(format_args!("{what}: then"), &next(&mut decoder), &Err(error));
                same(format_args!("{what}: later"), &next(&mut decoder), &Err(error));
                same(format_args!("{what}, and the connection ends"), &end(&decoder), &Err(error));
            }
        }
    }
}

#[test]
fn any_answers_in_any_pieces() {
    let mut dice = Dice::new(52);
    for _ in 0..300 {
        // Two connections, interleaved: one must not affect the other.
        let mut both = [(); 2].map(|()| (Decoder::new(), String::new(), Vec::new(), Vec::new()));
        for (_, bytes, expected, _) in &mut both {
            for _ in 0..dice.roll(8) {
                let answer = any_answer(&mut dice);
                *bytes += &written(&answer);
                expected.push(answer);
            }
        }
        let mut at = [0, 0];
        step("feeding two decoders, interleaved");
        while at[0] < both[0].1.len() || at[1] < both[1].1.len() {
            let nr = dice.roll(2);
            let (decoder, bytes, _, got) = &mut both[nr];
            let size = dice.roll(40).min(bytes.len() - at[nr]);
            decoder.feed(&bytes.as_bytes()[at[nr]..][..size]);
            at[nr] += size;
            while let Ok(Some(answer)) = next(decoder) {
                got.push(answer);
            }
        }
        for (decoder, bytes, expected, got) in both {
            let what = format!("two decoders were fed, interleaved, one with {}: its answers", shown(bytes.as_bytes()));
            same(&what, &got, &expected);
            same(format_args!("{what}, and the end"), &end(&decoder), &Ok(()));
        }
    }
}

#[test]
fn a_hundred_thousand_answers_may_arrive_at_once() {
    let contents = "x".repeat(100);
    let one = format!("200 /a.txt OK\n{contents}\n");
    let all = one.repeat(100_000);
    // A decoder that moves or searches all waiting bytes for each answer, or for each piece, handles half a terabyte.
    for (pieces, meanwhile) in [(1, 100_000), (100_000, 0)] {
        let what = format!("100,000 answers, 11 MB, were fed in pieces of {} bytes", all.len() / pieces);
        step(format_args!("{what}; taking them one by one, and feeding {meanwhile} more meanwhile"));
        let mut decoder = Decoder::new();
        all.as_bytes().chunks(all.len() / pieces).for_each(|piece| decoder.feed(piece));
        for number in 0..100_000 + meanwhile {
            let answer = next(&mut decoder);
            let is_right = matches!(&answer, Ok(Some((200, _, _, Some(got)))) if *got == contents);
            truth(is_right, format_args!("{what}: number {number} is {answer:?}"));
            if number < meanwhile {
                decoder.feed(one.as_bytes());
            }
        }
        same(format_args!("{what}, and all were taken: the next"), &next(&mut decoder), &Ok(None));
    }
}

#[test]
fn returned_bytes_are_not_kept() {
    let line = format!("200 /a.txt OK\n{}\n", "x".repeat(4000));
    let short = format!("400 /a.txt {}\n", "x".repeat(4000));
    stays_small("answers, each taken as soon as it was complete", "", |decoder| {
        decoder.feed(line.as_bytes());
        truth(matches!(next(decoder), Ok(Some(_))), "a complete answer was fed, and it is not returned");
    });
    stays_small("answers without contents, each taken when the next had begun", &short[..10], |decoder| {
        decoder.feed(short[10..].as_bytes());
        decoder.feed(short[..10].as_bytes());
        truth(matches!(next(decoder), Ok(Some(_))), "a complete answer was fed, and it is not returned");
    });
    for begin in ["", "no answer\n"] {
        stays_small("an endless line, or bytes after an error", begin, |decoder| {
            let _ = next(decoder);
            decoder.feed(&[b'x'; 4000]);
        });
    }
}
