//! Binary packets of `wasmchannel.v1` as text, a line each: `-- decode` turns hex into JSON, `-- encode` JSON into hex.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use protocol::wire::wasmchannel::{decode_line, encode_line};

fn main() -> ExitCode {
    let translate = match std::env::args().nth(1).as_deref() {
        Some("decode") => decode_line,
        Some("encode") => encode_line,
        _ => {
            eprintln!(
                "usage: cargo run -p protocol --features doors --example packet -- decode|encode  (lines on standard input)"
            );
            return ExitCode::from(2);
        }
    };
    match run(translate) {
        Ok(()) => ExitCode::SUCCESS,
        // The reader may stop reading.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Bytes, not text: a line that is not UTF-8 is an unusable line, not the end.
fn run(translate: fn(&str) -> String) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().split(b'\n') {
        writeln!(out, "{}", translate(&String::from_utf8_lossy(&line?)))?;
        out.flush()?;
    }
    Ok(())
}
