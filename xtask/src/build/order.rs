//! Lets functions that look alike (`likeness.rs`) stand side by side in a wasm file, because what compresses it looks for repetitions near
//! by. The program stays the same; only the numbers of its functions change.

use anyhow::{Context, Result, anyhow, ensure};
use wasm_encoder::reencode::{Error, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module, NameMap, NameSection};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Name, Parser, Payload, TypeRef};

use super::likeness::{self, Reach};

/// The same program with its functions in the order that compresses best.
pub fn alike_together(wasm: &[u8], reach: Reach) -> Result<Vec<u8>> {
    // Sorted first: what is equal but for its place is numbered alike then, so that calls of it look alike.
    let sorted = Order::of(wasm, by_form)?.applied(wasm)?;
    Order::of(&sorted, |_, bodies| likeness::alike_together(bodies, reach))?.applied(&sorted)
}

/// Sorted by what they take and give, then by their bytes.
fn by_form(types: &[u32], bodies: &[&[u8]]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..bodies.len()).collect();
    order.sort_by_key(|&function| (types[function], bodies[function]));
    order
}

/// Where each function was and is.
struct Order {
    imported: u32,
    /// For each place, which of the file's own functions stands there now.
    from: Vec<usize>,
    /// For each of them, its new place.
    to: Vec<u32>,
}

impl Order {
    fn of(wasm: &[u8], choose: impl FnOnce(&[u32], &[&[u8]]) -> Vec<usize>) -> Result<Self> {
        let (mut imported, mut types, mut bodies) = (0, Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(wasm) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::FunctionSection(functions) => {
                    types = functions.into_iter().collect::<Result<Vec<u32>, _>>()?
                }
                Payload::CodeSectionEntry(body) => bodies.push(body.as_bytes()),
                _ => {}
            }
        }
        ensure!(types.len() == bodies.len(), "{} functions have {} bodies", types.len(), bodies.len());
        let from = choose(&types, &bodies);
        let mut to = vec![None; bodies.len()];
        for (place, &function) in from.iter().enumerate() {
            to[function] = Some(u32::try_from(place)?);
        }
        let to: Option<Vec<u32>> = to.into_iter().collect();
        let to =
            to.filter(|to| to.len() == from.len()).context("the order leaves functions out, or names them twice")?;
        Ok(Self { imported, from, to })
    }

    fn applied(mut self, wasm: &[u8]) -> Result<Vec<u8>> {
        let mut module = Module::new();
        self.parse_core_module(&mut module, Parser::new(0), wasm)
            .map_err(|error| anyhow!("cannot sort functions: {error}"))?;
        Ok(module.finish())
    }

    fn sorted<T>(&self, all: Vec<T>) -> Vec<T> {
        let mut all: Vec<Option<T>> = all.into_iter().map(Some).collect();
        self.from.iter().filter_map(|&function| all.get_mut(function)?.take()).collect()
    }
}

impl Reencode for Order {
    type Error = std::convert::Infallible;

    fn function_index(&mut self, function: u32) -> Result<u32, Error> {
        let own = function.checked_sub(self.imported).and_then(|own| self.to.get(own as usize));
        Ok(own.map_or(function, |place| self.imported + place))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> Result<(), Error> {
        let types = section.into_iter().collect::<Result<Vec<u32>, _>>()?;
        for ty in self.sorted(types) {
            functions.function(ty);
        }
        Ok(())
    }

    fn parse_code_section(&mut self, code: &mut CodeSection, section: CodeSectionReader<'_>) -> Result<(), Error> {
        let bodies = section.into_iter().collect::<Result<Vec<_>, _>>()?;
        for body in self.sorted(bodies) {
            self.parse_function_body(code, body)?;
        }
        Ok(())
    }

    /// Names stand in the order of their functions as well.
    fn parse_custom_name_subsection(&mut self, names: &mut NameSection, section: Name<'_>) -> Result<(), Error> {
        let Name::Function(map) = section else {
            return utils::parse_custom_name_subsection(self, names, section);
        };
        let mut named = Vec::new();
        for naming in map {
            let naming = naming?;
            named.push((self.function_index(naming.index)?, naming.name));
        }
        named.sort_unstable();
        let mut sorted = NameMap::new();
        named.into_iter().for_each(|(function, name)| sorted.append(function, name));
        names.functions(&sorted);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use wasmparser::ExternalKind;

    use super::*;

    /// A module with one import and three functions, the last of which calls the others.
    fn module() -> Vec<u8> {
        use wasm_encoder::{
            CodeSection, EntityType, ExportKind, ExportSection, Function, FunctionSection, ImportSection, Instruction,
            TypeSection,
        };
        let (mut types, mut imports, mut functions) =
            (TypeSection::new(), ImportSection::new(), FunctionSection::new());
        types.ty().function([], [wasm_encoder::ValType::I32]);
        types.ty().function([], []);
        imports.import("a", "b", EntityType::Function(1));
        let (mut exports, mut code) = (ExportSection::new(), CodeSection::new());
        let bodies: [(u32, &[Instruction]); 3] = [
            (1, &[Instruction::Nop, Instruction::Call(0), Instruction::End]),
            (0, &[Instruction::I32Const(7), Instruction::End]),
            (1, &[Instruction::Call(2), Instruction::Drop, Instruction::Call(1), Instruction::End]),
        ];
        for (ty, instructions) in bodies {
            functions.function(ty);
            let mut function = Function::new([]);
            instructions.iter().for_each(|instruction| {
                function.instruction(instruction);
            });
            code.function(&function);
        }
        exports.export("last", ExportKind::Func, 3);
        let mut names = NameSection::new();
        let mut map = NameMap::new();
        ["import", "nop", "seven", "last"].iter().zip(0..).for_each(|(name, at)| map.append(at, name));
        names.functions(&map);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&functions).section(&exports).section(&code).section(&names);
        module.finish()
    }

    /// Names of the functions in their order, and who is exported; then what `last` calls.
    fn told(wasm: &[u8]) -> (Vec<String>, Vec<String>) {
        let (mut names, mut exported, mut calls, mut at) = (Vec::new(), 0, Vec::new(), 1);
        for payload in Parser::new(0).parse_all(wasm) {
            match payload.unwrap() {
                Payload::ExportSection(exports) => {
                    let export = exports.into_iter().next().unwrap().unwrap();
                    assert_eq!(export.kind, ExternalKind::Func);
                    exported = export.index;
                }
                Payload::CodeSectionEntry(body) => {
                    for operator in body.get_operators_reader().unwrap() {
                        if let wasmparser::Operator::Call { function_index } = operator.unwrap() {
                            calls.push((at, function_index));
                        }
                    }
                    at += 1;
                }
                Payload::CustomSection(section) => {
                    let wasmparser::KnownCustom::Name(section) = section.as_known() else { continue };
                    for part in section {
                        let Name::Function(map) = part.unwrap() else { continue };
                        names = map.into_iter().map(|naming| naming.unwrap().name.to_owned()).collect();
                    }
                }
                _ => {}
            }
        }
        let called = calls.iter().filter(|(by, _)| *by == exported).map(|(_, whom)| names[*whom as usize].clone());
        assert_eq!(names[exported as usize], "last");
        (names.clone(), called.collect())
    }

    #[test]
    fn functions_move_and_everything_that_names_them_follows() {
        let before = module();
        assert_eq!(told(&before).1, ["seven", "nop"]);
        let after = alike_together(&before, likeness::GZIP).unwrap();
        wasmparser::validate(&after).unwrap();
        assert_eq!(told(&after), (["import", "seven", "nop", "last"].map(String::from).to_vec(), told(&before).1));
    }
}
