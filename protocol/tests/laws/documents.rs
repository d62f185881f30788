//! Texts of the repository that the laws read, and the numbers in their form.

use std::fs;
use std::path::{Path, PathBuf};

/// Sentence that a file of the repository has to contain, after the name of the file.
pub type Sentence = (&'static str, String);

/// Returns the path of a file or folder of the repository.
pub fn path_of(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Reads a file of the repository.
pub fn read(name: &str) -> String {
    fs::read_to_string(path_of(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Returns the names of all files below a folder of the repository.
pub fn files_below(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(path_of(folder)).unwrap_or_else(|error| panic!("{folder}: {error}"));
    let names = entries.map(|entry| format!("{folder}/{}", entry.expect("an entry").file_name().to_string_lossy()));
    names.flat_map(|name| if path_of(&name).is_dir() { files_below(&name) } else { vec![name] }).collect()
}

/// Checks that the files contain their sentences.
pub fn are_said(sentences: &[Sentence]) {
    for (name, sentence) in sentences {
        assert!(read(name).contains(sentence), "{name} does not say: {sentence}");
    }
}

/// Formats a number with commas between thousands.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let pieces: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|piece| str::from_utf8(piece).expect("digits")).collect();
    pieces.join(",")
}
