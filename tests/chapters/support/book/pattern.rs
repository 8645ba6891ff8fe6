//! Whether output matches a transcript.
//!
//! `[..]` matches any text within a line; a line `[...]` matches any number of lines.

const ANY_LINES: &str = "[...]";
const ANY_TEXT: &str = "[..]";

/// Whether all of the output matches.
pub fn fits(shown: &[String], output: &[&str]) -> bool {
    match (shown, output) {
        ([], []) => true,
        ([first, rest @ ..], _) if first == ANY_LINES => (0..=output.len()).any(|skip| fits(rest, &output[skip..])),
        ([first, rest @ ..], [line, others @ ..]) => line_fits(first, line) && fits(rest, others),
        _ => false,
    }
}

/// The lines shown (`-`) and the lines printed (`+`), after those that they have in common.
pub fn difference(shown: &[String], output: &[&str]) -> String {
    let common = shown.iter().zip(output).take_while(|(shown, line)| line_fits(shown, line)).count();
    let same = shown[..common].iter().map(|line| format!("      {line}\n"));
    let missing = shown[common..].iter().map(|line| format!("    - {line}\n"));
    let extra = output[common..].iter().map(|line| format!("    + {line}\n"));
    same.chain(missing).chain(extra).collect()
}

/// Whether one line matches the line shown.
pub fn line_fits(shown: &str, line: &str) -> bool {
    let Some((head, tail)) = shown.split_once(ANY_TEXT) else {
        return shown == line;
    };
    let Some(mut rest) = line.strip_prefix(head) else {
        return false;
    };
    let mut pieces: Vec<&str> = tail.split(ANY_TEXT).collect();
    let last = pieces.pop().unwrap_or_default();
    for piece in pieces {
        match rest.split_once(piece) {
            Some((_, after)) => rest = after,
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all_fit(shown: &str, output: &str) -> bool {
        let shown: Vec<String> = shown.lines().map(String::from).collect();
        fits(&shown, &output.lines().collect::<Vec<_>>())
    }

    #[test]
    fn a_line_fits_to_the_letter_but_for_what_is_left_open() {
        for (shown, line) in
            [("a", "a"), ("a [..] c", "a b c"), ("[..]", ""), ("a[..]b[..]c", "a1b2bc"), ("[..]a", "aa")]
        {
            assert!(line_fits(shown, line), "{shown:?} should fit {line:?}");
        }
        for (shown, line) in [("a", "ab"), ("ab[..]ba", "aba"), ("a[..]b[..]c", "a1c"), ("[..]a", "ab"), ("a", " a")] {
            assert!(!line_fits(shown, line), "{shown:?} should not fit {line:?}");
        }
    }

    #[test]
    fn lines_are_left_open_by_a_line() {
        assert!(all_fit("a\n[...]\nd", "a\nb\nc\nd") && all_fit("a\n[...]", "a") && all_fit("[...]\nd", "d\nd"));
        assert!(!all_fit("a\n[...]\nd", "a\nb\nc") && !all_fit("a", "a\nb") && !all_fit("a\nb", "a"));
    }

    #[test]
    fn a_difference_shows_both_sides() {
        let shown = ["a".to_string(), "b".to_string()];
        assert_eq!(difference(&shown, &["a", "c"]), "      a\n    - b\n    + c\n");
    }
}
