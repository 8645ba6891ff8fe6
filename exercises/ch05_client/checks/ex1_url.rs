//! What exercise 5.1 asks.
//! without: sttp::url

use course::{Dice, fail, same, step, truth};

use super::ex1_url::*;

#[test]
fn a_url_is_parsed_into_its_parts() {
    let mut dice = Dice::new(51);
    for _ in 0..50 {
        let host = *dice.pick(&["localhost", "127.0.0.1", "a-b.example", "h", "x_1", "UPPER.example"]);
        let (port, path) = (1 + dice.roll(65535) as u16, *dice.pick(&["/a.txt", "/notes/a.txt", "/notes/", "/"]));
        gives(&format!("sttp://{host}:{port}{path}"), host, port, path);
    }
    for port in [1, 80, 8080, 65535] {
        gives(&format!("STTP://h:{port}/a"), "h", port, "/a");
        gives(&format!("Sttp://H:{port}/a"), "H", port, "/a");
    }
}

#[test]
fn the_default_port_is_8080() {
    gives("sttp://localhost/a.txt", "localhost", 8080, "/a.txt");
    gives("sttp://localhost:/a.txt", "localhost", 8080, "/a.txt");
    gives("sttp://10.0.0.1/notes/", "10.0.0.1", 8080, "/notes/");
}

#[test]
fn the_default_path_is_the_root() {
    gives("sttp://localhost", "localhost", 8080, "/");
    gives("sttp://localhost:99", "localhost", 99, "/");
    gives("sttp://localhost:", "localhost", 8080, "/");
}

#[test]
fn an_ipv6_address_is_written_in_brackets() {
    gives("sttp://[::1]:99/a", "::1", 99, "/a");
    gives("sttp://[2001:db8::7]/a", "2001:db8::7", 8080, "/a");
    gives("sttp://[::ffff:10.0.0.1]:1", "::ffff:10.0.0.1", 1, "/");
    gives("sttp://[::]", "::", 8080, "/");
    gives("sttp://[2001:DB8:0::7]/a", "2001:DB8:0::7", 8080, "/a");
    refuses("sttp://[::1/a", 7);
    refuses("sttp://[", 7);
    for inside in ["localhost", "", "1", "::1::", "127.0.0.1", "::1%25eth0", " ::1", "é"] {
        refuses(&format!("sttp://[{inside}]/a"), 8);
    }
    for after in ["8080/a", "]/a", "é", " :1/a", "?a", "#a"] {
        refuses(&format!("sttp://[::1]{after}"), 12);
    }
}

#[test]
fn only_percent_is_special_in_a_path() {
    for path in [
        "/a:b", "/a:99", "/a:b/c:8", "/a+b", "/a@b", "/[x]", "/a\"b", "/é/🦀", "/http:/x", "/A=&b;c", "/sttp:",
        "/a?b=c", "/?", "/a#b", "/#",
    ] {
        gives(&format!("sttp://h{path}"), "h", 8080, path);
        gives(&format!("sttp://h:7{path}"), "h", 7, path);
        gives(&format!("sttp://[::1]{path}"), "::1", 8080, path);
    }
}

#[test]
fn the_path_is_decoded_once() {
    for (written, meant) in [
        ("/%41%42", "/AB"),
        ("/%C3%A9", "/é"),
        ("/%f0%9f%a6%80/x", "/🦀/x"),
        ("/é%C3%A9é", "/ééé"),
        ("/%2525", "/%25"),
        ("/%252e%252e/a", "/%2e%2e/a"),
        ("/100%25", "/100%"),
        ("/%2b%2B+", "/+++"),
        ("/a%2Fb", "/a/b"),
        ("/%3a%3A", "/::"),
    ] {
        gives(&format!("sttp://h{written}"), "h", 8080, meant);
    }
    for byte in 0x21..0x7f_u8 {
        let meant = format!("/x{}", char::from(byte));
        gives(&format!("sttp://h/x%{byte:02X}"), "h", 8080, &meant);
        gives(&format!("sttp://h/x%{byte:02x}"), "h", 8080, &meant);
    }
}

#[test]
fn another_scheme_is_refused() {
    for text in [
        "",
        "sttp",
        "sttp:/",
        "sttp:/h/a",
        "http://h/a",
        "/a",
        "localhost",
        " sttp://h/a",
        "stt://h/a",
        "sttp//h/a",
        "ſttp://h/a",
        "sttps://h/a",
        "Sttp:h",
        "STTP/",
    ] {
        refuses_the_scheme(text);
    }
}

#[test]
fn a_host_is_a_name_or_an_address() {
    for text in ["sttp://", "sttp:///a", "sttp://:80/a", "sttp://:", "sttp://::1/a"] {
        refuses(text, 7);
    }
    refuses("sttp://me@h/a", 9);
    refuses("sttp://h h/a", 8);
    refuses("sttp://éa/a", 7);
    refuses("sttp://ab\n/a", 9);
    refuses("sttp://h%41/a", 8);
    refuses("sttp://a[::1]/a", 8);
    for c in ('\0'..='\u{7f}').filter(|&c| !c.is_ascii_alphanumeric() && !"-._:/".contains(c)) {
        refuses(&format!("sttp://h{c}h/a"), 8);
        refuses(&format!("sttp://h{c}"), 8);
    }
    let long = "h.".repeat(200);
    gives(&format!("sttp://{long}/a"), &long, 8080, "/a");
}

#[test]
fn a_port_is_a_number_from_1_to_65535() {
    // Among them are 80 more than a number of 16, 32, 64 and 128 bits can hold.
    for port in [
        "0",
        "00000",
        "65536",
        "65537",
        "65616",
        "4294967376",
        "18446744073709551696",
        "340282366920938463463374607431768211536",
        "99999999999999999999",
        "+1",
        "-1",
        "x",
        "8o8o",
        " 1",
        "1 ",
        "1:2",
        "¹",
        "８０",
        "٨٠",
        "1e3",
        "80.0",
        "0x50",
        "8_080",
    ] {
        refuses(&format!("sttp://h:{port}/a"), 9);
        refuses(&format!("sttp://[::1]:{port}"), 13);
    }
    gives("sttp://h:00080/a", "h", 80, "/a");
    gives("sttp://h:0000065535/a", "h", 65535, "/a");
    gives(&format!("sttp://h:{}80/a", "0".repeat(1000)), "h", 80, "/a");
}

#[test]
fn a_percent_sign_needs_two_hexadecimal_digits() {
    for bad in ["%", "%4", "%zz", "%4g", "%+1", "%-1", "%é", "%4é", "%４１", "%🦀", "%%41", "%0x41"] {
        refuses(&format!("sttp://h/{bad}"), 9);
        refuses(&format!("sttp://h:1/a/{bad}"), 13);
    }
}

#[test]
fn the_decoded_bytes_must_be_utf8() {
    refuses("sttp://h/%FF", 9);
    refuses("sttp://h/abc%C3", 12);
    refuses("sttp://h/a%c3b", 10);
    refuses("sttp://h/a%ED%A0%80", 10);
    refuses("sttp://h/a%E2%82b", 10);
    refuses("sttp://h/%F5%80%80%80", 9);
    // A lenient decoder would turn this into two dots.
    refuses("sttp://h/%C0%AE%C0%AE/a", 9);
}

#[test]
fn the_decoded_path_must_be_valid() {
    for path in [
        "/../a",
        "/a/..",
        "/.git/config",
        "/a//b",
        "/a b",
        "/%2e%2e/a",
        "/x/%2E%2e/a",
        "/a%00",
        "/a%0ADELETE",
        "/a%20b",
        "/a%2F%2Fb",
        "/a%C2%85",
        "/a\n",
        "/a ",
    ] {
        refuses(&format!("sttp://h{path}"), 8);
        refuses(&format!("sttp://[::1]:5{path}"), 14);
    }
    refuses(&format!("sttp://h/{}", "a".repeat(1024)), 8);
    let path = format!("/{}", "a".repeat(1023));
    gives(&format!("sttp://h{}", path.replace('a', "%61")), "h", 8080, &path);
}

#[test]
fn an_error_points_at_a_byte_of_the_text() {
    refuses("sttp://h/é%zz", 11);
    refuses("sttp://h/🦀🦀%4", 17);
    refuses("sttp://h/%41%zz", 12);
    refuses("sttp://h/%41%41%FF", 15);
    refuses("sttp://h/é%C3%A9%FF", 17);
    refuses("sttp://h/%F0%9F%A6%80%F0%9F%A6", 21);
}

#[test]
fn no_text_makes_it_panic() {
    let mut dice = Dice::new(510);
    let pieces = [
        "sttp://",
        "h",
        "localhost",
        "[",
        "]",
        "[::1]",
        ":",
        "8080",
        "0",
        "/",
        "/a",
        "%",
        "%4",
        "%41",
        "%C3",
        "%A9",
        "é",
        ".",
        "@",
        " ",
        "%2e",
        "%25",
        "+",
        "🦀",
        "7",
    ];
    for _ in 0..3000 {
        let mut text = if dice.roll(8) > 0 { "sttp://".to_string() } else { String::new() };
        if dice.roll(2) > 0 {
            text.push_str(*dice.pick(&["h", "[::1]", "h:1", "[::2]:2", "h/a", "h:3/"]));
        }
        (0..dice.roll(6)).for_each(|_| text.push_str(*dice.pick(&pieces)));
        match sttp::url::Url::parse(&text) {
            Ok(url) => gives(&text, &url.host, url.port, &url.path),
            Err(_) => {
                is_refused(&text);
            }
        }
    }
}

#[test]
fn a_text_may_be_long() {
    let long = "a".repeat(1_000_000);
    refuses(&format!("sttp://h/{long}"), 8);
    refuses(&format!("sttp://h/{}", "%61".repeat(300_000)), 8);
    refuses(&format!("sttp://h:{}", "1".repeat(1_000_000)), 9);
    refuses(&format!("sttp://{long}é"), 1_000_007);
}

#[track_caller]
fn gives(text: &str, host: &str, port: u16, path: &str) {
    step(format_args!("parsing {}", brief(text)));
    match Url::parse(text) {
        Ok(url) => same(
            format_args!("parsed {}: host, port and path", brief(text)),
            &(url.host.as_str(), url.port, url.path.as_str()),
            &(host, port, path),
        ),
        Err(UrlError { at, why }) => fail(format_args!(
            "parsed {}\n  expected  host {}, port {port}, path {}\n  got       an error at byte {at}: {why}",
            brief(text),
            brief(host),
            brief(path)
        )),
    }
}

/// There must be an error at this byte.
#[track_caller]
fn refuses(text: &str, byte: usize) {
    let at = is_refused(text);
    same(format_args!("parsed {}, which is not a valid URL: the byte of the error", brief(text)), &at, &byte);
}

/// There must be an error, not beyond the first byte at which the text differs from the scheme.
#[track_caller]
fn refuses_the_scheme(text: &str) {
    let at = is_refused(text);
    let pairs = text.bytes().zip("sttp://".bytes());
    let common = pairs.take_while(|(byte, expected)| byte.eq_ignore_ascii_case(expected)).count();
    let what = format!("parsed {}, which does not begin with sttp://", brief(text));
    truth(
        at <= common,
        format_args!("{what}\n  expected  an error at a byte from 0 to {common}\n  got       byte {at}"),
    );
}

#[track_caller]
fn is_refused(text: &str) -> usize {
    step(format_args!("parsing {}", brief(text)));
    match Url::parse(text) {
        Ok(Url { host, port, path }) => fail(format_args!(
            "parsed {}\n  expected  an error\n  got       host {}, port {port}, path {}",
            brief(text),
            brief(&host),
            brief(&path)
        )),
        Err(error) => {
            let what = format!("parsed {}", brief(text));
            truth(!error.why.trim().is_empty(), format_args!("{what}: the error does not say what is wrong"));
            truth(
                text.is_char_boundary(error.at),
                format_args!("{what}: the error is at byte {}, where no character of this text begins", error.at),
            );
            error.at
        }
    }
}

fn brief(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((cut, _)) => format!("{:?} and so on, {} bytes", &text[..cut], text.len()),
        None => format!("{text:?}"),
    }
}
