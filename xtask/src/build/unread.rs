//! Wipes data that only silent functions read: words of panics, tables of what may be printed, texts for `{:?}`. wasm-opt removes
//! functions that nobody calls, but no data, because it cannot know where one piece ends. What the linker leaves for the cut (`split.rs`)
//! says it: each piece by name and length, and who names whom. What a function hands to a silent one that never returns is not read either.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use anyhow::{Context, Result, ensure};
use wasmparser::{
    BinaryReader, ExternalKind, FunctionBody, KnownCustom, Linking, Name, Operator, Parser, Payload, RelocationEntry,
    RelocationType, SymbolInfo, TypeRef,
};

/// The same program with zeros where data is that no function reads, if those that `is_silent` knows by name read nothing.
pub fn wiped(wasm: &[u8], is_silent: impl Fn(&str) -> bool) -> Result<Vec<u8>> {
    let program = Program::read(wasm)?;
    let silent: HashSet<u32> =
        program.names.iter().filter(|(_, name)| is_silent(name)).map(|(function, _)| *function).collect();
    // Names that changed with the compiler must not go unnoticed: 30 of them are found.
    ensure!(silent.len() > 10, "only {} silent functions were found by their names", silent.len());
    let read = program.read_data(wasm, &silent)?;
    let mut out = wasm.to_vec();
    let of = |symbol: &Symbol| match symbol {
        Symbol::Data(bytes) => Some(bytes.clone()),
        _ => None,
    };
    program.symbols.iter().filter_map(of).for_each(|bytes| out[bytes].fill(0));
    // Pieces may lie within each other.
    for bytes in read.iter().filter_map(|symbol| of(&program.symbols[*symbol])) {
        out[bytes.clone()].copy_from_slice(&wasm[bytes]);
    }
    Ok(out)
}

enum Symbol {
    Function(u32),
    /// Where it lies in the file.
    Data(Range<usize>),
    Other,
}

#[derive(Default)]
struct Program<'a> {
    imported: u32,
    bodies: Vec<Range<usize>>,
    exported: Vec<u32>,
    names: HashMap<u32, &'a str>,
    symbols: Vec<Symbol>,
    /// Where in the file which symbol is named, in order.
    namings: Vec<(usize, usize)>,
}

impl<'a> Program<'a> {
    fn read(wasm: &'a [u8]) -> Result<Self> {
        let mut program = Self::default();
        let (mut segments, mut sections, mut namings) = (Vec::new(), Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(wasm) {
            let payload = payload?;
            if let Some((_, range)) = payload.as_section() {
                sections.push(at(range.start)?);
            }
            match payload {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        program.imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        program.exported.extend((export.kind == ExternalKind::Func).then_some(export.index));
                    }
                }
                Payload::CodeSectionEntry(body) => {
                    program.bodies.push(at(body.range().start)?..at(body.range().end)?);
                }
                Payload::DataSection(data) => {
                    for segment in data {
                        let segment = segment?;
                        segments.push(at(segment.range.end)? - segment.data.len()..at(segment.range.end)?);
                    }
                }
                Payload::CustomSection(custom) => match custom.as_known() {
                    KnownCustom::Name(parts) => {
                        for part in parts {
                            let Name::Function(map) = part? else { continue };
                            for naming in map {
                                let naming = naming?;
                                program.names.insert(naming.index, naming.name);
                            }
                        }
                    }
                    KnownCustom::Linking(parts) => {
                        for part in parts.subsections() {
                            let Linking::SymbolTable(symbols) = part? else { continue };
                            for symbol in symbols {
                                program.symbols.push(symbol_of(&symbol?, &segments)?);
                            }
                        }
                    }
                    KnownCustom::Reloc(relocations) => {
                        let section = relocations.section_index() as usize;
                        for entry in relocations.entries() {
                            namings.push((section, entry?));
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        ensure!(!program.symbols.is_empty(), "the linker left no symbols");
        let is_symbol = |entry: &RelocationEntry| entry.ty != RelocationType::TypeIndexLeb;
        for (section, entry) in namings.into_iter().filter(|(_, entry)| is_symbol(entry)) {
            let start = sections.get(section).context("a relocation of no section")?;
            program.namings.push((start + entry.offset as usize, entry.index as usize));
        }
        program.namings.sort_unstable();
        Ok(program)
    }

    /// The numbers of the symbols whose data is read by what the exports lead to.
    fn read_data(&self, wasm: &[u8], silent: &HashSet<u32>) -> Result<HashSet<usize>> {
        let (mut called, mut read) = (HashSet::new(), HashSet::new());
        let (mut open, mut places) = (self.exported.clone(), Vec::new());
        loop {
            if let Some(function) = open.pop() {
                let own = function.checked_sub(self.imported).and_then(|own| self.bodies.get(own as usize));
                if called.insert(function)
                    && !silent.contains(&function)
                    && let Some(body) = own
                {
                    places.push((body.clone(), last_words(wasm, body, silent)?));
                }
            }
            if let Some((place, unread)) = places.pop() {
                let first = self.namings.partition_point(|(at, _)| *at < place.start);
                for (at, symbol) in self.namings[first..].iter().take_while(|(at, _)| *at < place.end) {
                    match self.symbols.get(*symbol) {
                        Some(Symbol::Function(function)) => open.push(*function),
                        Some(Symbol::Data(bytes)) if !is_in(&unread, *at) && read.insert(*symbol) => {
                            places.push((bytes.clone(), Vec::new()));
                        }
                        _ => {}
                    }
                }
            } else if open.is_empty() {
                return Ok(read);
            }
        }
    }
}

/// Where in a function values are pushed for a call of a silent function that never returns: the words of a panic, and how it prints
/// what it is about. In order.
fn last_words(wasm: &[u8], body: &Range<usize>, silent: &HashSet<u32>) -> Result<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut operators =
        FunctionBody::new(BinaryReader::new(&wasm[body.clone()], body.start as u64)).get_operators_reader()?;
    // Where what is pushed begins; and what was pushed for the call of a silent function just read.
    let (mut from, mut called) = (None, None);
    while !operators.eof() {
        let (operator, offset) = operators.read_with_offset()?;
        let offset = at(offset)?;
        let pushed = from.take();
        match operator {
            Operator::I32Const { .. } | Operator::LocalGet { .. } => from = pushed.or(Some(offset)),
            Operator::Call { function_index } if silent.contains(&function_index) => {
                called = pushed.map(|pushed| pushed..offset);
                continue;
            }
            Operator::Unreachable => found.extend(called.take()),
            _ => {}
        }
        called = None;
    }
    Ok(found)
}

fn is_in(ranges: &[Range<usize>], place: usize) -> bool {
    let behind = ranges.partition_point(|range| range.end <= place);
    ranges.get(behind).is_some_and(|range| range.contains(&place))
}

fn symbol_of(symbol: &SymbolInfo<'_>, segments: &[Range<usize>]) -> Result<Symbol> {
    Ok(match symbol {
        SymbolInfo::Func { index, .. } => Symbol::Function(*index),
        SymbolInfo::Data { symbol: Some(data), .. } => match segments.get(data.index as usize) {
            Some(segment) => {
                let start = segment.start + data.offset as usize;
                let end = start + data.size as usize;
                ensure!(end <= segment.end, "a symbol lies behind its segment");
                Symbol::Data(start..end)
            }
            // What begins as zeros is in no file.
            None => Symbol::Other,
        },
        _ => Symbol::Other,
    })
}

fn at(offset: impl TryInto<usize>) -> Result<usize> {
    offset.try_into().ok().context("the file is too large")
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, ConstExpr, CustomSection, DataSection, DataSymbolDefinition, ExportKind, ExportSection, Function,
        FunctionSection, Instruction, LinkingSection, Module, NameMap, NameSection, SymbolTable, TypeSection,
    };

    use super::*;

    /// A call of function 1, `quiet_1`.
    const QUIET: [u8; 6] = [0x10, 0x81, 0x80, 0x80, 0x80, 0x00];
    /// A call of function 12, `loud`.
    const LOUD: [u8; 6] = [0x10, 0x8c, 0x80, 0x80, 0x80, 0x00];
    /// An address, which a relocation names.
    const ADDRESS: [u8; 6] = [0x41, 0x80, 0x88, 0x80, 0x80, 0x00];
    const NOP: [u8; 1] = [0x01];
    const UNREACHABLE: [u8; 1] = [0x00];

    /// The exported function names `read`, and calls `quiet_1`, which alone names `idle`, which names `told`. Then it hands over `last` for good.
    /// What it hands over in other ways stays: to a function that comes back, to one that is not silent, what it reads elsewhere as well, and
    /// what was not pushed right before.
    fn program() -> Vec<u8> {
        let (mut types, mut functions, mut exports) =
            (TypeSection::new(), FunctionSection::new(), ExportSection::new());
        let (mut code, mut data, mut map) = (CodeSection::new(), DataSection::new(), NameMap::new());
        types.ty().function([], []);
        exports.export("main", ExportKind::Func, 0);
        for number in 0..13 {
            functions.function(0);
            let mut function = Function::new([]);
            function.raw(NOP.repeat(10));
            if number == 0 {
                function.raw([&ADDRESS[..], &QUIET, &UNREACHABLE].concat());
                function.raw([&ADDRESS[..], &QUIET, &NOP].concat());
                function.raw([&ADDRESS[..], &LOUD, &UNREACHABLE].concat());
                function.raw([&ADDRESS[..], &QUIET, &UNREACHABLE].concat());
                function.raw([&ADDRESS[..], &NOP, &QUIET, &UNREACHABLE].concat());
            }
            code.function(function.instruction(&Instruction::End));
            map.append(
                number,
                &match number {
                    0 => "main".to_owned(),
                    12 => "loud".to_owned(),
                    number => format!("quiet_{number}"),
                },
            );
        }
        data.active(0, &ConstExpr::i32_const(1024), b"readidle told lastbackloudbothpast".iter().copied());
        let (mut names, mut linking, mut symbols) = (NameSection::new(), LinkingSection::new(), SymbolTable::new());
        names.functions(&map);
        let words = ["read", "idle", "told", "last", "back", "loud", "both", "past"];
        for (name, offset) in words.into_iter().zip([0, 4, 9, 14, 18, 22, 26, 30]) {
            symbols.data(0, name, Some(DataSymbolDefinition { index: 0, offset, size: 4 }));
        }
        symbols.function(0, 1, Some("quiet_1"));
        linking.symbol_table(&symbols);
        let mut module = Module::new();
        module.section(&types).section(&functions).section(&exports).section(&code).section(&data);
        module.section(&names).section(&linking);
        // Kind (an address, or a function), place, symbol, and what is added to an address.
        let address = |place: u8, symbol: u8| vec![4, place, symbol, 0];
        let in_main = [(14, 3), (27, 4), (40, 5), (53, 6), (66, 7)].map(|(place, word)| address(place, word)).concat();
        let in_code = [vec![3, 9], address(3, 0), address(5, 6), vec![0, 10, 8], in_main, address(82, 1)].concat();
        module.section(&CustomSection { name: "reloc.CODE".into(), data: in_code.as_slice().into() });
        let in_data = [4, 1, 5, 11, 2, 0];
        module.section(&CustomSection { name: "reloc.DATA".into(), data: in_data.as_slice().into() });
        module.finish()
    }

    #[test]
    fn what_only_silent_functions_name_is_wiped() {
        let all = program();
        let wiped = |is_silent: fn(&str) -> bool| wiped(&all, is_silent);
        let quiet = wiped(|name| name.starts_with("quiet_")).unwrap();
        assert_eq!(quiet.len(), all.len());
        let contains = |wasm: &[u8], word: &[u8]| wasm.windows(word.len()).any(|piece| piece == word);
        assert!(contains(&all, b"readidle told lastbackloudbothpast"));
        assert!(contains(&quiet, b"read\0\0\0\0 \0\0\0\0 \0\0\0\0backloudbothpast"));
        assert!(wiped(|name| name == "main").is_err(), "so few");
    }
}
