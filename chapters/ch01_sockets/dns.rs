//! Messages of the domain name system (RFC 1035): a question as bytes, and what an answer says.
//!
//! A name is a sequence of labels, each with its length in front of it, and an empty one at the end. To save space, the
//! rest of a name may be a pointer to an earlier place in the message. An answer may lie in every length and every pointer.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::bytes::{Bytes, TooShort};

pub(crate) const A: u16 = 1;
pub(crate) const CNAME: u16 = 5;
pub(crate) const AAAA: u16 = 28;

/// The class of the internet, the only one still in use.
const IN: u16 = 1;

/// The length of the header: the question begins after it.
const HEADER: usize = 12;

/// The part of an answer that a client wants to know.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// It did not fit into a datagram: retry over TCP.
    pub(crate) truncated: bool,
    /// 0 for success, 3 when there is no such name.
    pub(crate) code: u16,
    pub(crate) records: Vec<Record>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: String,
    /// How many seconds it may be kept.
    pub(crate) seconds: u32,
    pub(crate) data: Data,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Data {
    A(Ipv4Addr),
    Aaaa(Ipv6Addr),
    /// The name is another name for this one.
    Cname(String),
    Other(u16),
}

/// Builds the question for one type of record.
pub(crate) fn question(id: u16, name: &str, kind: u16) -> Result<Vec<u8>, String> {
    // An id, the flag "recursion desired", one question, and nothing in the three other sections.
    let mut message: Vec<u8> = [id, 0x0100, 1, 0, 0, 0].map(u16::to_be_bytes).concat();
    for label in name.strip_suffix('.').unwrap_or(name).split('.') {
        let plain = label.bytes().all(|byte| byte.is_ascii_graphic());
        match label.len() {
            0 => return Err(format!("'{name}' has an empty part")),
            64.. => return Err(format!("'{name}' has a part of more than 63 bytes")),
            _ if !plain => return Err(format!("'{name}' must be ASCII on the wire: xn--…, see RFC 5891")),
            length => message.push(length as u8),
        }
        message.extend_from_slice(label.as_bytes());
    }
    message.push(0);
    if message.len() - HEADER > 255 {
        return Err(format!("'{name}' is too long: at most 255 bytes on the wire"));
    }
    message.extend([kind, IN].map(u16::to_be_bytes).concat());
    Ok(message)
}

/// Reads a message. `Ok(None)` if it is not the answer to `question`; an error if it is, and makes no sense.
pub(crate) fn answer(message: &[u8], question: &[u8]) -> Result<Option<Answer>, String> {
    match is_answer(message, question) {
        true => sections(message, question.len()).map(Some),
        false => Ok(None),
    }
}

/// Whether the id is ours, the flag for a response is set, and the one question is ours too. Case does not matter.
fn is_answer(message: &[u8], question: &[u8]) -> bool {
    let same_question = message.get(HEADER..question.len());
    same_question.is_some_and(|same| same.eq_ignore_ascii_case(&question[HEADER..]))
        && message[..2] == question[..2]
        && message[2] & 0x80 != 0
        && message[4..6] == question[4..6]
}

fn sections(message: &[u8], begin: usize) -> Result<Answer, String> {
    let flags = u16::from_be_bytes([message[2], message[3]]);
    let mut answer = Answer { truncated: flags & 0x0200 != 0, code: flags & 15, records: Vec::new() };
    if !answer.truncated {
        let mut bytes = Bytes::new(message).at(begin);
        for _ in 0..u16::from_be_bytes([message[6], message[7]]) {
            answer.records.push(record(&mut bytes)?);
        }
    }
    Ok(answer)
}

fn record(bytes: &mut Bytes) -> Result<Record, String> {
    let name = name(bytes)?;
    let [kind, class] = [short(bytes.u16())?, short(bytes.u16())?];
    let (seconds, length) = (short(bytes.u32())?, usize::from(short(bytes.u16())?));
    let end = bytes.position() + length;
    let mut data = *bytes;
    short(bytes.take(length))?;
    let data = match (class, kind) {
        (IN, A) => Data::A(short(data.array::<4>())?.into()).sized(length, 4)?,
        (IN, AAAA) => Data::Aaaa(short(data.array::<16>())?.into()).sized(length, 16)?,
        (IN, CNAME) => {
            let target = self::name(&mut data)?;
            Data::Cname(target).sized(data.position(), end)?
        }
        _ => Data::Other(kind),
    };
    Ok(Record { name, seconds, data })
}

impl Data {
    fn sized(self, length: usize, expected: usize) -> Result<Data, String> {
        match length == expected {
            true => Ok(self),
            false => Err("the length of a record does not fit its contents".into()),
        }
    }
}

/// Reads a name, and leaves `bytes` after it. A pointer must lead to a place before the labels that it follows: every
/// jump goes backwards, so there is no loop.
fn name(bytes: &mut Bytes) -> Result<String, String> {
    let (mut reading, mut begin, mut after) = (*bytes, bytes.position(), None);
    let (mut labels, mut size) = (Vec::new(), 1);
    loop {
        match part(&mut reading)? {
            Part::Label([]) => break,
            Part::Label(label) => {
                size += 1 + label.len();
                labels.push(label.escape_ascii().to_string().replace('.', "\\."));
            }
            Part::Pointer(target) if target < begin => {
                after.get_or_insert(reading);
                (reading, begin) = (reading.at(target), target);
            }
            Part::Pointer(_) => return Err("a compressed name points forwards, or to itself".into()),
        }
        if size > 255 {
            return Err("a name of more than 255 bytes".into());
        }
    }
    *bytes = after.unwrap_or(reading);
    Ok(if labels.is_empty() { ".".into() } else { labels.join(".") })
}

/// One part of a name on the wire.
enum Part<'a> {
    /// Up to 63 bytes; the empty one is the end.
    Label(&'a [u8]),
    /// The name goes on at this place in the message.
    Pointer(usize),
}

fn part<'a>(bytes: &mut Bytes<'a>) -> Result<Part<'a>, String> {
    let first = short(bytes.u8())?;
    match first >> 6 {
        0 => short(bytes.take(first.into())).map(Part::Label),
        3 => Ok(Part::Pointer(usize::from(first & 0x3f) << 8 | usize::from(short(bytes.u8())?))),
        _ => Err("a label of an unknown kind".into()),
    }
}

fn short<T>(result: Result<T, TooShort>) -> Result<T, String> {
    result.map_err(|short| format!("it ends too early: {short}"))
}

/// Returns the name and the type that a question asks for; `None` if it is not a single question.
pub(crate) fn asked(message: &[u8]) -> Option<(String, u16)> {
    let header = message.first_chunk::<HEADER>()?;
    let single = header[2] & 0xf8 == 0 && header[4..6] == [0, 1];
    let mut bytes = Bytes::new(message).at(HEADER);
    let name = name(&mut bytes).ok()?;
    let (kind, class) = (bytes.u16().ok()?, bytes.u16().ok()?);
    (single && class == IN).then_some((name, kind))
}

/// Returns where the one question of a message ends.
pub(crate) fn end_of_question(message: &[u8]) -> Option<usize> {
    let mut bytes = Bytes::new(message).at(HEADER);
    name(&mut bytes).ok()?;
    bytes.take(4).ok()?;
    Some(bytes.position())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A response to the question for `a.b`, with one record, whose name and the rest are these bytes.
    fn parsed(record: &[u8]) -> Result<Option<Answer>, String> {
        let question = question(7, "a.b", A).unwrap();
        let mut message = [&question[..], record].concat();
        (message[2], message[7]) = (0x80, 1);
        answer(&message, &question)
    }

    #[test]
    fn a_pointer_that_does_not_go_back_is_refused() {
        // The record begins at byte 21. To itself, forwards, to the label before it, and there and back.
        for name in [&b"\xc0\x15"[..], b"\xc0\x40", b"\x01x\xc0\x15", b"\x01x\xc0\x17", b"\xff\xff"] {
            let record = [name, b"\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x01"].concat();
            assert!(parsed(&record).is_err(), "{}", name.escape_ascii());
        }
    }

    #[test]
    fn a_compressed_name_is_read_to_its_end() {
        let answer = parsed(b"\x03www\xc0\x0c\0\x01\0\x01\0\0\0\x09\0\x04\x7f\0\0\x01").unwrap().unwrap();
        let data = Data::A(Ipv4Addr::LOCALHOST);
        assert_eq!(answer.records, [Record { name: "www.a.b".into(), seconds: 9, data }]);
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let good = b"\xc0\x0c\0\x05\0\x01\0\0\0\x09\0\x06\x03www\xc0\x0c";
        for at in 0..good.len() {
            assert!(parsed(&good[..at]).is_err(), "cut after {at} bytes");
            for byte in 0..=255 {
                let mut bad = good.to_vec();
                bad[at] = byte;
                let _ = parsed(&bad);
            }
        }
    }
}
