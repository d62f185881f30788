//! What wasm-opt leaves behind, taken out by hand. Of the page's wasm: what a panic would say. Of the Worker's: names of functions. Of
//! both: names of imports.
//!
//! Rust has switches for the second (`panic_immediate_abort`, `location-detail`), but not the stable one. A panic of the release
//! page is a trap without words; the page of `cargo xtask dev` has them all. Works on the bytes: sections are copied as they
//! are, except for the one that changes.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, Result, bail, ensure};

const IMPORTS: u8 = 2;
const EXPORTS: u8 = 7;
const CODE: u8 = 10;
const DATA: u8 = 11;
const CUSTOM: u8 = 0;
/// The custom section with the names of functions.
const NAMES: &str = "name";
/// Magic number and version.
const HEAD_BYTES: usize = 8;
/// Short name of the module that wasm-bindgen writes.
const MODULE: &str = "a";

/// Functions that only ever say something and end the program. Compared with the beginning of the demangled name.
const PANICS: [&str; 15] = [
    "core::panicking::",
    "core::option::unwrap_failed",
    "core::option::expect_failed",
    "core::result::unwrap_failed",
    "core::cell::panic_already",
    "core::slice::index::slice_index_fail",
    "core::slice::copy_from_slice_impl::len_mismatch_fail",
    "core::str::slice_error_fail",
    "core::cell::lazy::panic_poisoned",
    "core::slice::sort::shared::smallsort::panic_on_ord_violation",
    "std::thread::local::panic_access_error",
    "std::sync::lazy_lock::panic_poisoned",
    "std::panicking::",
    "alloc::raw_vec::handle_error",
    "alloc::alloc::handle_alloc_error",
];

/// How the page's code is told apart that only words a value for `{:?}`: of a release page nobody reads that.
const WORDING: &str = " as core::fmt::Debug>::fmt";

/// Replaces the bodies of [`PANICS`] with a trap, and of what words values for them with nothing. Before wasm-opt, which then forgets what they were given and all that
/// only they called; names must still be there.
pub fn silence_panics(wasm: &[u8]) -> Result<Vec<u8>> {
    let sections = sections(wasm)?;
    let names = function_names(wasm, &sections)?;
    let imported = sections.iter().find(|section| section.id == IMPORTS).map_or(Ok(0), |imports| {
        let found = imports_of(wasm, imports)?;
        Ok::<_, anyhow::Error>(found.iter().filter(|import| import.kind == FUNCTION).count())
    })?;
    let (mut silenced, mut out) = (0, wasm[..HEAD_BYTES].to_vec());
    for section in &sections {
        if section.id != CODE {
            push_section(&mut out, section.id, &wasm[section.start..section.end]);
            continue;
        }
        let mut reader = Reader { bytes: wasm, at: section.start };
        let count = reader.number()?;
        let mut code = Vec::new();
        push_number(&mut code, count);
        for function in 0..count {
            let body = reader.block()?;
            let name = names.get(&(imported + function)).map(|name| without_hashes(name)).unwrap_or_default();
            if PANICS.iter().any(|panic| name.starts_with(panic)) {
                // No locals, `unreachable`, `end`.
                code.extend([3, 0, 0x00, 0x0b]);
                silenced += 1;
            } else if name.ends_with(WORDING) {
                // No locals, `i32.const 0` (written well), `end`.
                code.extend([4, 0, 0x41, 0x00, 0x0b]);
            } else {
                push_number(&mut code, body.len());
                code.extend(body);
            }
        }
        push_section(&mut out, CODE, &code);
    }
    // Names that changed with the compiler must not go unnoticed: 30 of them are found.
    ensure!(silenced > 10, "only {silenced} functions that panic were found by their names");
    Ok(out)
}

/// Whether [`silence_panics`] will silence the function of this name, which the linker has written: parts of a path with their lengths,
/// as in `4core6option13unwrap_failed`.
pub fn will_be_silent(name: &str) -> bool {
    let is_within = |path: &str| {
        let (outer, last) = path.rsplit_once("::").unwrap_or(("", path));
        let outer: String = outer.split("::").map(|part| format!("{}{part}", part.len())).collect();
        let mut behind = name.match_indices(&outer).map(|(at, _)| &name[at + outer.len()..]);
        behind.any(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()).starts_with(last))
    };
    name.contains("5Debug3fmt")
        || name.contains("core..fmt..Debug$GT$3fmt")
        || PANICS.iter().any(|path| is_within(path))
}

/// Wipes the places of panics (`core::panic::Location`: file, line, column) and the names of the files. After
/// [`silence_panics`] nothing reads them.
pub fn forget_places(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut out = wasm.to_vec();
    let Some(section) = sections(wasm)?.into_iter().find(|section| section.id == DATA) else { return Ok(out) };
    let segments = segments(wasm, &section)?;
    let offset_of = |address: usize, length: usize| {
        let holds = |segment: &&Segment| {
            segment.address <= address && address + length <= segment.address + (segment.end - segment.start)
        };
        segments.iter().find(holds).map(|segment| segment.start + address - segment.address)
    };
    let word = |at: usize| wasm[at..at + 4].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    for segment in &segments {
        let first = segment.start + segment.address.next_multiple_of(4) - segment.address;
        let mut at = first;
        while at + 16 <= segment.end {
            let [address, length, line, column] = [0, 4, 8, 12].map(|offset| word(at + offset));
            let is_place = (6..200).contains(&length) && (1..100_000).contains(&line) && (1..1_000).contains(&column);
            let path = is_place.then(|| offset_of(address, length)).flatten();
            if let Some(path) = path.filter(|path| is_path(&wasm[*path..path + length])) {
                out[at..at + 16].fill(0);
                out[path..path + length].fill(0);
                at += 12;
            }
            at += 4;
        }
    }
    Ok(out)
}

/// Leaves out exports that nothing calls: classes of a library between streams of both languages, which the page does not use.
pub fn without_exports(wasm: &[u8], parts: &[&str]) -> Result<Vec<u8>> {
    let mut out = wasm[..HEAD_BYTES].to_vec();
    for section in sections(wasm)? {
        if section.id != EXPORTS {
            push_section(&mut out, section.id, &wasm[section.start..section.end]);
            continue;
        }
        let mut reader = Reader { bytes: wasm, at: section.start };
        let (mut kept, mut count) = (Vec::<u8>::new(), 0);
        for _ in 0..reader.number()? {
            let begin = reader.at;
            let name = reader.text()?;
            reader.byte()?;
            reader.number()?;
            if !parts.iter().any(|part| name.contains(part)) {
                kept.extend(&wasm[begin..reader.at]);
                count += 1;
            }
        }
        let mut exports = Vec::new();
        push_number(&mut exports, count);
        exports.extend(kept);
        push_section(&mut out, EXPORTS, &exports);
    }
    Ok(out)
}

/// Leaves out the names of functions, of which only traces of traps would speak.
pub fn without_names(wasm: &[u8]) -> Result<Vec<u8>> {
    let mut out = wasm[..HEAD_BYTES].to_vec();
    for section in sections(wasm)? {
        let is_names = section.id == CUSTOM && Reader { bytes: wasm, at: section.start }.text()? == NAMES;
        if !is_names {
            push_section(&mut out, section.id, &wasm[section.start..section.end]);
        }
    }
    Ok(out)
}

fn is_path(text: &[u8]) -> bool {
    text.ends_with(b".rs") && text.contains(&b'/') && text.iter().all(|byte| (b' '..0x7f).contains(byte))
}

/// Gives every import of a module a short name, and the module as well, in the wasm and in the script that provides it: the usual
/// ones end in 16 random digits, which nothing can compress.
pub fn shorten_imports(wasm: &[u8], script: &str, own: &str) -> Result<(Vec<u8>, String)> {
    let (mut out, mut names) = (wasm[..HEAD_BYTES].to_vec(), HashMap::new());
    for section in sections(wasm)? {
        if section.id != IMPORTS {
            push_section(&mut out, section.id, &wasm[section.start..section.end]);
            continue;
        }
        let found = imports_of(wasm, &section)?;
        let mut imports = Vec::new();
        push_number(&mut imports, found.len());
        for import in found {
            // Others are those of inline JavaScript, and of the parts that come later.
            let is_ours = import.module == own;
            let next = short_name(names.len());
            let (module, name) = if is_ours {
                (MODULE, names.entry(import.name).or_insert(next).as_str())
            } else {
                (import.module, import.name)
            };
            for text in [module, name] {
                push_number(&mut imports, text.len());
                imports.extend(text.bytes());
            }
            imports.extend(import.what);
        }
        push_section(&mut out, IMPORTS, &imports);
    }
    let (module, short) = (format!("\"{own}\""), format!("\"{MODULE}\""));
    ensure!(script.matches(&module).count() == 1, "the script does not name {own} once");
    // `name: function …` is a member of the object that the script hands over, once.
    let script = script.replace(&module, &short);
    let (script, found) = with_names(&script, &names, |_, after| after.starts_with(':'));
    ensure!(found.len() == names.len(), "the script names {} of {} imports", found.len(), names.len());
    Ok((out, script))
}

/// Gives the exports through which scripts call closures a short name.
pub fn shorten_exports(wasm: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let (mut out, mut names) = (wasm[..HEAD_BYTES].to_vec(), HashMap::new());
    for section in sections(wasm)? {
        if section.id != EXPORTS {
            push_section(&mut out, section.id, &wasm[section.start..section.end]);
            continue;
        }
        let mut reader = Reader { bytes: wasm, at: section.start };
        let count = reader.number()?;
        let mut exports = Vec::new();
        push_number(&mut exports, count);
        for _ in 0..count {
            let name = reader.text()?;
            // No name of ours begins like this.
            let short = format!("_{}", short_name(names.len()));
            let is_long = name.starts_with("wasm_bindgen__convert__closures");
            let short = if is_long { names.entry(name).or_insert(short).as_str() } else { name };
            push_number(&mut exports, short.len());
            exports.extend(short.bytes());
            let what = reader.at;
            reader.byte()?;
            reader.number()?;
            exports.extend(&wasm[what..reader.at]);
        }
        push_section(&mut out, EXPORTS, &exports);
    }
    let (script, found) = with_names(script, &names, |before, _| before.ends_with('.'));
    let called: HashSet<&str> = found.into_iter().collect();
    ensure!(called.len() == names.len(), "the script calls closures by {} of {} names", called.len(), names.len());
    Ok((out, script))
}

/// The script with short names where `is_place` is true of what stands before and behind; and which of them were found.
fn with_names<'a>(
    script: &'a str,
    names: &HashMap<&str, String>,
    is_place: impl Fn(&str, &str) -> bool,
) -> (String, Vec<&'a str>) {
    let is_letter = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '$';
    let (mut out, mut found, mut rest) = (String::with_capacity(script.len()), Vec::new(), script);
    while let Some(begin) = rest.find(is_letter) {
        let (before, word) = rest.split_at(begin);
        let end = word.find(|c| !is_letter(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        out.push_str(before);
        let short = names.get(word).filter(|_| is_place(before, after));
        found.extend(short.map(|_| word));
        out.push_str(short.map_or(word, String::as_str));
        rest = after;
    }
    (out + rest, found)
}

/// The script before it is bundled names another module once for each function that comes from it, in a line of its own; once is enough.
pub fn without_repeated_modules(script: &str) -> String {
    let mut others = HashSet::new();
    let mut out = String::with_capacity(script.len());
    for line in script.lines() {
        let module = line.trim_start().split_once(": ");
        let module = module.filter(|(name, import)| name.starts_with("\"./") && import.starts_with("import"));
        if module.is_none_or(|(name, _)| others.insert(name)) {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// `a`, `b`, … `Z`, `aa`: what fits a member's name.
fn short_name(mut number: usize) -> String {
    const LETTERS: &[u8; 52] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    let mut name = String::new();
    loop {
        name.push(char::from(LETTERS[number % 52]));
        if number < 52 {
            return name;
        }
        number = number / 52 - 1;
    }
}

// ---- the binary format

struct Section {
    id: u8,
    start: usize,
    end: usize,
}

struct Segment {
    address: usize,
    start: usize,
    end: usize,
}

const FUNCTION: u8 = 0;

struct Import<'a> {
    module: &'a str,
    name: &'a str,
    kind: u8,
    /// Kind and type, as they are.
    what: &'a [u8],
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Reader<'a> {
    fn byte(&mut self) -> Result<u8> {
        let byte = *self.bytes.get(self.at).context("the wasm ends too early")?;
        self.at += 1;
        Ok(byte)
    }

    /// An unsigned LEB128 number.
    fn number(&mut self) -> Result<usize> {
        let (mut number, mut shift) = (0, 0);
        loop {
            let byte = self.byte()?;
            ensure!(shift < 35, "a number of the wasm is too long");
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
            shift += 7;
        }
    }

    fn block(&mut self) -> Result<&'a [u8]> {
        let length = self.number()?;
        let block = self.bytes.get(self.at..self.at + length).context("the wasm ends too early")?;
        self.at += length;
        Ok(block)
    }

    fn text(&mut self) -> Result<&'a str> {
        std::str::from_utf8(self.block()?).context("a name of the wasm is not UTF-8")
    }

    fn skip_limits(&mut self) -> Result<()> {
        let has_maximum = self.byte()? & 1 == 1;
        self.number()?;
        if has_maximum {
            self.number()?;
        }
        Ok(())
    }
}

fn push_number(out: &mut Vec<u8>, mut number: usize) {
    while number > 0x7f {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn push_section(out: &mut Vec<u8>, id: u8, content: &[u8]) {
    out.push(id);
    push_number(out, content.len());
    out.extend(content);
}

fn sections(wasm: &[u8]) -> Result<Vec<Section>> {
    ensure!(wasm.starts_with(b"\0asm\x01\0\0\0"), "this is no wasm");
    let (mut reader, mut sections) = (Reader { bytes: wasm, at: HEAD_BYTES }, Vec::new());
    while reader.at < wasm.len() {
        let id = reader.byte()?;
        let length = reader.block()?.len();
        sections.push(Section { id, start: reader.at - length, end: reader.at });
    }
    Ok(sections)
}

fn imports_of<'a>(wasm: &'a [u8], section: &Section) -> Result<Vec<Import<'a>>> {
    let mut reader = Reader { bytes: wasm, at: section.start };
    let count = reader.number()?;
    let one = |_| {
        let (module, name, start) = (reader.text()?, reader.text()?, reader.at);
        let kind = reader.byte()?;
        match kind {
            FUNCTION => {
                reader.number()?;
            }
            1 => {
                reader.byte()?;
                reader.skip_limits()?;
            }
            2 => reader.skip_limits()?,
            3 => reader.at += 2,
            // A tag of exceptions.
            4 => {
                reader.byte()?;
                reader.number()?;
            }
            _ => bail!("an import of an unknown kind"),
        }
        Ok(Import { module, name, kind, what: &wasm[start..reader.at] })
    };
    (0..count).map(one).collect()
}

/// Names by the number of the function, from the section of that name.
fn function_names<'a>(wasm: &'a [u8], sections: &[Section]) -> Result<HashMap<usize, &'a str>> {
    let mut names = HashMap::new();
    for section in sections.iter().filter(|section| section.id == CUSTOM) {
        let mut reader = Reader { bytes: wasm, at: section.start };
        if reader.text()? != NAMES {
            continue;
        }
        while reader.at < section.end {
            let (kind, block) = (reader.byte()?, reader.block()?);
            // 1 = functions.
            if kind == 1 {
                let mut inner = Reader { bytes: block, at: 0 };
                for _ in 0..inner.number()? {
                    names.insert(inner.number()?, inner.text()?);
                }
            }
        }
    }
    Ok(names)
}

fn segments(wasm: &[u8], section: &Section) -> Result<Vec<Segment>> {
    let mut reader = Reader { bytes: wasm, at: section.start };
    let count = reader.number()?;
    let one = |_| {
        // Active, memory 0, at a constant: `i32.const`, `end`.
        ensure!(reader.byte()? == 0 && reader.byte()? == 0x41, "a data segment of another kind");
        let address = reader.number()?;
        ensure!(reader.byte()? == 0x0b, "a data segment at a computed address");
        let length = reader.block()?.len();
        Ok(Segment { address, start: reader.at - length, end: reader.at })
    };
    (0..count).map(one).collect()
}

/// `core[1a2b3c4d5e6f7890]::option` → `core::option`: the number of the crate's version is of no interest.
fn without_hashes(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        out.push_str(before);
        match after.split_once(']') {
            Some((hash, after)) if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                rest = after
            }
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn module(parts: &[(u8, &[u8])]) -> Vec<u8> {
        let mut out = b"\0asm\x01\0\0\0".to_vec();
        for (id, content) in parts {
            push_section(&mut out, *id, content);
        }
        out
    }

    #[test]
    fn imports_get_short_names_in_wasm_and_script() {
        let long = b"\x03\x0b./app_bg.js\x05__a_1\x00\x00\x0b./app_bg.js\x05__b_2\x04\x00\x01\x03./x\x05__a_1\x00\x00";
        let short = b"\x03\x01a\x01a\x00\x00\x01a\x01b\x04\x00\x01\x03./x\x05__a_1\x00\x00";
        let wasm = module(&[(1, b"x"), (IMPORTS, long)]);
        let shorten = |script: &str| shorten_imports(&wasm, script, "./app_bg.js");
        let (shorter, script) =
            shorten("{\n  __a_1: function(x) {\n x.__a_1();  },\n  __b_2: ü,\n}\n{ \"./app_bg.js\": import0 }")
                .unwrap();
        assert_eq!(shorter, module(&[(1, b"x"), (IMPORTS, short)]));
        assert_eq!(script, "{\n  a: function(x) {\n x.__a_1();  },\n  b: ü,\n}\n{ \"a\": import0 }");
        let (_, bundled) = shorten("return{\"./app_bg.js\":{__a_1:function(_){},__b_2:t,x__a_1:2}}").unwrap();
        assert_eq!(bundled, "return{\"a\":{a:function(_){},b:t,x__a_1:2}}");
        for incomplete in ["{}", "{\"./app_bg.js\":{__a_1:x}}", "{\"./app_bg.js\":{__a_1:x,__a_1:y,__b_2:z}}"] {
            assert!(shorten(incomplete).is_err(), "{incomplete}");
        }
    }

    #[test]
    fn exports_that_call_closures_get_short_names() {
        let long = b"\x02\x27wasm_bindgen__convert__closures__invoke\x00\x07\x03run\x00\x01";
        let short = b"\x02\x02_a\x00\x07\x03run\x00\x01";
        let wasm = module(&[(1, b"x"), (EXPORTS, long)]);
        let (shorter, script) =
            shorten_exports(&wasm, "w.run();w.wasm_bindgen__convert__closures__invoke(a,b)").unwrap();
        assert_eq!((shorter, script.as_str()), (module(&[(1, b"x"), (EXPORTS, short)]), "w.run();w._a(a,b)"));
        assert!(shorten_exports(&wasm, "w.run()").is_err());
    }

    #[test]
    fn another_module_is_named_once() {
        let script = "{\n \"./later.js\": import1,\n \"./later.js\": import2,\n \"./a.js\": import3,\n}\n";
        assert_eq!(without_repeated_modules(script), "{\n \"./later.js\": import1,\n \"./a.js\": import3,\n}\n");
    }

    #[test]
    fn exports_that_nothing_calls_are_left_out() {
        let all = b"\x03\x03run\x00\x05\x06x_pull\x00\x06\x06memory\x02\x00";
        let kept = b"\x02\x03run\x00\x05\x06memory\x02\x00";
        let shorter = without_exports(&module(&[(1, b"x"), (EXPORTS, all)]), &["_pull"]).unwrap();
        assert_eq!(shorter, module(&[(1, b"x"), (EXPORTS, kept)]));
    }

    #[test]
    fn names_of_functions_are_left_out_and_all_else_stays() {
        let others: [(u8, &[u8]); 3] = [(1, b"x"), (CUSTOM, b"\x05other!"), (CODE, b"y")];
        let named = module(&[others[0], (CUSTOM, b"\x04name..."), others[1], others[2]]);
        assert_eq!(without_names(&named).unwrap(), module(&others));
    }

    #[test]
    fn names_are_letters_and_all_different() {
        let names: std::collections::HashSet<String> = (0..5_000).map(short_name).collect();
        assert_eq!(names.len(), 5_000);
        assert!(names.iter().all(|name| name.bytes().all(|byte| byte.is_ascii_alphabetic())));
    }

    #[test]
    fn places_are_wiped_and_other_words_stay() {
        let mut data = b"src/lib.rs..".to_vec();
        for word in [1024_u32, 10, 7, 9, 1024, 10, 0, 9] {
            data.extend(word.to_le_bytes());
        }
        let section = |data: &[u8]| {
            let mut section = b"\x01\x00\x41\x80\x08\x0b".to_vec();
            push_number(&mut section, data.len());
            section.extend(data);
            module(&[(DATA, &section)])
        };
        let mut wiped = data.clone();
        wiped[..10].fill(0);
        wiped[12..28].fill(0);
        assert_eq!(forget_places(&section(&data)).unwrap(), section(&wiped));
    }

    #[test]
    fn names_of_the_linker_are_known_as_well() {
        for silent in [
            "_RNvNtCsgXGp5Oqx2Ny_4core9panicking5panic",
            "_RNvNtCsgXGp5Oqx2Ny_4core6option13unwrap_failed",
            "_RNvNtCsgXGp5Oqx2Ny_4core4cell22panic_already_borrowed",
            "_ZN4core9panicking9panic_fmt17h0123456789abcdefE",
            "_RNvXsh_NtCsgXGp5Oqx2Ny_4core3fmteNtB5_5Debug3fmt",
            "_ZN42_$LT$$RF$T$u20$as$u20$core..fmt..Debug$GT$3fmt17h7dbbeb9d5c65df07E",
        ] {
            assert!(will_be_silent(silent), "{silent}");
        }
        for loud in ["_RNvXsh_4core3fmteNtB5_7Display3fmt", "_RNvNtCs0_4core6option4some", "_ZN3app3runE"] {
            assert!(!will_be_silent(loud), "{loud}");
        }
    }

    #[test]
    fn a_panic_becomes_a_trap_and_words_for_it_become_none() {
        let names: Vec<String> = (0..12).map(|n| format!("core[0123456789abcdef]::panicking::panic_{n}")).collect();
        let others = ["app::run", "<app::Me as core[0123456789abcdef]::fmt::Debug>::fmt"];
        let mut functions = vec![14];
        for (at, name) in names.iter().map(String::as_str).chain(others).enumerate() {
            functions.push(at as u8);
            push_number(&mut functions, name.len());
            functions.extend(name.bytes());
        }
        let mut custom = b"\x04name\x01".to_vec();
        push_number(&mut custom, functions.len());
        custom.extend(functions);
        let code = |panic: &[u8], worded: &[u8]| [&[14][..], &panic.repeat(12), b"\x02\x00\x0b", worded].concat();
        let number = |number: u8| [4, 0, 0x41, number, 0x0b];
        let before = module(&[(CODE, &code(&number(5), &number(5))), (CUSTOM, &custom)]);
        let after = module(&[(CODE, &code(b"\x03\x00\x00\x0b", &number(0))), (CUSTOM, &custom)]);
        assert_eq!(silence_panics(&before).unwrap(), after);
        assert!(silence_panics(&module(&[(CODE, b"\x00")])).is_err());
    }
}
