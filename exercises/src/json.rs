//! Reads as much of JSON as cargo writes. Anything else is `None`.

/// A JSON value. Numbers are kept as they were written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a value.
    pub(crate) fn parse(text: &str) -> Option<Json> {
        let (value, rest) = value(text)?;
        rest.trim_start().is_empty().then_some(value)
    }

    /// A member of an object; [`Json::Null`] when there is none.
    pub(crate) fn get(&self, key: &str) -> &Json {
        match self {
            Json::Object(members) => {
                members.iter().find(|(name, _)| name == key).map_or(&Json::Null, |(_, value)| value)
            }
            _ => &Json::Null,
        }
    }

    /// The items of a list; none if it is anything else.
    pub(crate) fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            _ => &[],
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn number(&self) -> Option<u32> {
        match self {
            Json::Number(digits) => digits.parse().ok(),
            _ => None,
        }
    }
}

fn value(text: &str) -> Option<(Json, &str)> {
    let text = text.trim_start();
    match text.chars().next()? {
        '{' => series(&text[1..], '}', member).map(|(members, rest)| (Json::Object(members), rest)),
        '[' => series(&text[1..], ']', value).map(|(items, rest)| (Json::List(items), rest)),
        '"' => string(&text[1..]).map(|(text, rest)| (Json::Text(text), rest)),
        _ => {
            let (word, rest) = text.split_at(text.find([',', '}', ']', ' ', '\n']).unwrap_or(text.len()));
            Some((plain(word)?, rest))
        }
    }
}

fn plain(word: &str) -> Option<Json> {
    match word {
        "null" => Some(Json::Null),
        "true" | "false" => Some(Json::Bool(word == "true")),
        _ => word.parse::<f64>().is_ok().then(|| Json::Number(word.into())),
    }
}

/// Items separated by commas, up to `close`.
fn series<T>(mut text: &str, close: char, item: fn(&str) -> Option<(T, &str)>) -> Option<(Vec<T>, &str)> {
    let mut items = Vec::new();
    while !text.trim_start().starts_with(close) {
        let (next, rest) = item(text)?;
        items.push(next);
        let rest = rest.trim_start();
        text = rest.strip_prefix(',').or_else(|| rest.starts_with(close).then_some(rest))?;
    }
    Some((items, &text.trim_start()[1..]))
}

fn member(text: &str) -> Option<((String, Json), &str)> {
    let (key, rest) = string(text.trim_start().strip_prefix('"')?)?;
    let (value, rest) = value(rest.trim_start().strip_prefix(':')?)?;
    Some(((key, value), rest))
}

/// The text before the closing quotation mark, and the rest after it.
fn string(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut rest = text;
    loop {
        let special = rest.find(['"', '\\'])?;
        value.push_str(&rest[..special]);
        if rest[special..].starts_with('"') {
            return Some((value, &rest[special + 1..]));
        }
        let (char, after) = escape(&rest[special + 1..])?;
        value.push(char);
        rest = after;
    }
}

/// The character that an escape means. A pair of surrogates, which cargo never writes, is not accepted.
fn escape(text: &str) -> Option<(char, &str)> {
    let sign = text.chars().next()?;
    let rest = &text[sign.len_utf8()..];
    let meant = match sign {
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'u' => {
            let code = u32::from_str_radix(rest.get(..4)?, 16).ok()?;
            return Some((char::from_u32(code)?, &rest[4..]));
        }
        other => other,
    };
    Some((meant, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_writes() {
        let json = Json::parse(r#" {"a": [1, {"b": "x\n\"\u001b[1m\\"}], "c":null,"d":true, "e":[],"f":{}} "#).unwrap();
        assert_eq!(json.get("a").items()[0].number(), Some(1));
        assert_eq!(json.get("a").items()[1].get("b").text(), Some("x\n\"\u{1b}[1m\\"));
        assert_eq!((json.get("c"), json.get("d")), (&Json::Null, &Json::Bool(true)));
        assert_eq!((json.get("e"), json.get("none")), (&Json::List(vec![]), &Json::Null));
    }

    #[test]
    fn anything_else_is_no_value() {
        for text in ["", "{", "[1", "[1 2]", "{\"a\"}", "\"x", "Compiling x", "{} {}", "\"\\ud800\""] {
            assert_eq!(Json::parse(text), None, "{text}");
        }
    }
}
