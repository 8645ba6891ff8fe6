//! `bare`: the server that no other can beat. A thread per connection looks for line ends and answers each line with the
//! same bytes: nothing is parsed, nothing is looked up.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;

use sttp::args::Exit;
use sttp::load::keys;

pub(crate) fn run() -> Result<(), Exit> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    writeln!(io::stdout(), "listening on {}", listener.local_addr()?)?;
    // It knows one answer only, so `bench` asks it for one key only: its first.
    let mut answer = b"200 /load/bench-0 OK\n".to_vec();
    keys::write_contents(0, 0, 32, &mut answer);
    answer.push(b'\n');
    for stream in listener.incoming().flatten() {
        let answer = answer.clone();
        thread::spawn(move || echo(&stream, &answer));
    }
    Ok(())
}

fn echo(mut stream: &TcpStream, answer: &[u8]) {
    let _ = stream.set_nodelay(true);
    let (mut input, mut output) = ([0; 8192], Vec::new());
    while let Ok(count @ 1..) = stream.read(&mut input) {
        output.clear();
        let lines = input[..count].iter().filter(|byte| **byte == b'\n').count();
        (0..lines).for_each(|_| output.extend_from_slice(answer));
        if stream.write_all(&output).is_err() {
            return;
        }
    }
}
