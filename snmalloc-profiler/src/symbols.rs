//! Names for addresses.

use std::collections::HashMap;
use std::path::PathBuf;
use std::rc::Rc;

/// A function that a call is in.
#[derive(Debug, Clone, Default)]
pub struct Function {
    pub name: String,
    pub file: Option<PathBuf>,
    pub line: Option<u32>,
}

/// A call, and the functions that it lies in: the innermost first, which were inlined into the last.
#[derive(Debug, Clone)]
pub struct Call {
    pub address: usize,
    pub functions: Rc<[Function]>,
}

/// What was looked up already.
#[derive(Default)]
pub struct Symbols {
    known: HashMap<usize, Rc<[Function]>>,
}

/// Of so many innermost functions, those up to the last one of the allocator are its own.
const INNERMOST: usize = 24;

/// The allocator's functions, this crate's, and those that Rust has in between.
const OWN_PREFIXES: &[&str] = &[
    "sn::",
    "_ZN2sn",
    "_ZNK2sn",
    "sn_rust_",
    "sn_heap_",
    "snmalloc_rs::",
    "<snmalloc_rs::",
    "snmalloc_sys::",
    "snmalloc_profiler::",
    "backtrace::",
    "alloc::alloc::",
    "<alloc::alloc::Global",
    "__rust_alloc",
    "__rust_realloc",
    "__rustc::__rust_",
    "__rustc[",
];

fn is_own(function: &Function) -> bool {
    OWN_PREFIXES.iter().any(|prefix| function.name.starts_with(prefix))
}

impl Symbols {
    /// The calls of a stack, the innermost first, without those of the allocator.
    pub fn calls_of(&mut self, addresses: &[usize]) -> Vec<Call> {
        let mut calls: Vec<_> =
            addresses.iter().map(|&address| Call { address, functions: self.functions_at(address) }).collect();
        let innermost = calls.iter().flat_map(|call| call.functions.iter()).take(INNERMOST);
        let mut own =
            innermost.enumerate().filter(|(_, function)| is_own(function)).map(|(at, _)| at + 1).last().unwrap_or(0);
        while own > 0 && calls[0].functions.len() <= own {
            own -= calls.remove(0).functions.len();
        }
        if own > 0 {
            calls[0].functions = calls[0].functions[own..].into();
        }
        calls
    }

    fn functions_at(&mut self, address: usize) -> Rc<[Function]> {
        let look_up = || {
            let mut functions = Vec::new();
            backtrace::resolve(address as *mut _, |symbol| {
                functions.push(Function {
                    name: symbol.name().map_or_else(|| unknown(address), |name| format!("{name:#}")),
                    file: symbol.filename().map(PathBuf::from),
                    line: symbol.lineno(),
                });
            });
            if functions.is_empty() {
                functions.push(Function { name: unknown(address), ..Function::default() });
            }
            functions.into()
        };
        self.known.entry(address).or_insert_with(look_up).clone()
    }
}

fn unknown(address: usize) -> String {
    format!("{address:#x}")
}
