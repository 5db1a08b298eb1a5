//! Which crates may choose how the allocator works: the program and a `cdylib`, each for itself, and no library. As cargo
//! builds them.
#![cfg(all(target_os = "linux", target_env = "gnu"))]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use snmalloc_tests::MIB;

const MANIFEST: &str = env!("CARGO_MANIFEST_DIR");

/// Each crate tells its own limit from the others', and that of nobody.
const PROGRAM_LIMIT: usize = 60 * MIB;
const PLUGIN_LIMIT: usize = 20 * MIB;
const LEAST_WITHOUT_LIMIT: usize = 500 * MIB;

/// A directory of crates that depend on the one under test, and on each other as they say.
struct Crates {
    root: PathBuf,
}

impl Crates {
    fn new(name: &str) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&root);
        Self { root }
    }

    /// Adds a crate of these files.
    fn add(&self, name: &str, manifest: &str, files: &[(&str, &str)]) {
        let root = self.root.join(name);
        let allocator = Path::new(MANIFEST).with_file_name("snmalloc-rs");
        fs::create_dir_all(&root).unwrap();
        let manifest = format!(
            "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2021\"\n[workspace]\n\
             [profile.release]\nlto = \"fat\"\ncodegen-units = 1\n{manifest}\n\
             [dependencies.snmalloc-rs]\npath = {allocator:?}\n"
        );
        fs::write(root.join("Cargo.toml"), manifest).unwrap();
        // The versions of this workspace, which are there without a network.
        fs::copy(Path::new(MANIFEST).with_file_name("Cargo.lock"), root.join("Cargo.lock")).unwrap();
        for (path, source) in files {
            let path = root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, format!("{HEAD}{source}")).unwrap();
        }
    }

    /// All share one directory of what was built.
    fn cargo(&self, name: &str, arguments: &[&str]) -> Output {
        let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("configured_crates");
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(arguments).arg("--offline").current_dir(self.root.join(name)).env("CARGO_TARGET_DIR", target);
        // What cargo told this program of itself.
        for (variable, _) in std::env::vars().filter(|(variable, _)| variable.starts_with("CARGO_PKG_")) {
            cargo.env_remove(variable);
        }
        cargo.env_remove("SNMALLOC_OPTIONS").output().expect("cargo runs")
    }

    fn succeed(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.cargo(name, arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "cargo {arguments:?} in {name}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    fn fail(&self, name: &str, arguments: &[&str]) -> String {
        let output = self.cargo(name, arguments);
        assert!(!output.status.success(), "cargo {arguments:?} in {name}");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}

const HEAD: &str = "
#[global_allocator]
static ALLOC: snmalloc_rs::SnMalloc = snmalloc_rs::SnMalloc;

#[allow(dead_code)]
fn can_reserve(bytes: usize) -> bool {
    Vec::<u8>::new().try_reserve(bytes).is_ok()
}
";

/// A `main` that panics unless the limit lies just above so many bytes.
fn check_limit(choice: &str, limit_bytes: usize) -> String {
    format!(
        "{choice}\n#[cfg_attr(test, test)]\n#[allow(dead_code)]\nfn main() {{\n\
         assert!(can_reserve({limit_bytes} - 4_000_000) && !can_reserve({limit_bytes}));\n}}\n"
    )
}

/// Every kind of target that cargo knows as a program, and what a library may have: documentation and tests.
#[test]
fn programs_of_all_kinds_choose() {
    let crates = Crates::new("configured_programs");
    let choice = format!("snmalloc_rs::configure! {{ memory_limit: {PROGRAM_LIMIT} }}");
    let program = check_limit(&choice, PROGRAM_LIMIT);
    let in_module = check_limit(&format!("mod choices {{ {choice} }}"), PROGRAM_LIMIT);
    let documented = program.replace('\n', "\n//! ").replace("#[cfg_attr(test, test)]", "");
    let library = format!("//! ```\n//! {}{documented}\n//! ```\n", HEAD.replace('\n', "\n//! "));
    let without_harness = program.replace("#[cfg_attr(test, test)]", "");
    crates.add(
        "programs",
        "[[test]]\nname = \"bare\"\nharness = false\n[[bench]]\nname = \"bench\"\nharness = false\n",
        &[
            ("src/main.rs", &program),
            ("src/bin/other.rs", &in_module),
            ("examples/example.rs", &program),
            ("tests/harnessed.rs", &program),
            ("tests/bare.rs", &without_harness),
            ("benches/bench.rs", &without_harness),
            ("src/tests.rs", &program),
        ],
    );
    // Documentation comes first in its file.
    fs::write(crates.root.join("programs/src/lib.rs"), library + "#[cfg(test)] mod tests;").unwrap();
    for arguments in [&["run", "--bin", "programs"][..], &["run", "--bin", "other"], &["run", "--example", "example"]] {
        crates.succeed("programs", arguments);
    }
    let tests = crates.succeed("programs", &["test", "--lib", "--bins", "--tests", "--benches"]);
    assert_eq!(tests.matches("1 passed").count(), 4, "{tests}");
    assert!(crates.succeed("programs", &["test", "--doc"]).contains("1 passed"));
    crates.succeed("programs", &["run", "--release", "--bin", "programs"]);
}

const USE_PLUGIN: &str = "
extern \"C\" {
    fn dlopen(path: *const u8, flags: i32) -> *mut u8;
    fn dlsym(library: *mut u8, name: *const u8) -> Option<extern \"C\" fn(usize) -> bool>;
}

fn main() {
    let path = std::env::current_exe().unwrap().with_file_name(\"libplugin.so\\0\");
    let plugin_can_reserve = unsafe {
        let library = dlopen(path.to_str().unwrap().as_ptr(), 2);
        assert!(!library.is_null());
        dlsym(library, \"plugin_can_reserve\\0\".as_ptr()).unwrap()
    };
    assert!(plugin_can_reserve(PLUGIN_LIMIT - 4_000_000) && !plugin_can_reserve(PLUGIN_LIMIT));
    assert!(can_reserve(LEAST) && !can_reserve(LIMIT));
}
";

/// A `cdylib` has a choice of its own, and so has the program that loads it; also where neither hides its symbols.
#[test]
fn a_cdylib_and_its_program_choose_each_for_itself() {
    let crates = Crates::new("configured_cdylib");
    let plugin = format!(
        "snmalloc_rs::configure! {{ cdylib; memory_limit: {PLUGIN_LIMIT} }}\n\
         #[no_mangle] pub extern \"C\" fn plugin_can_reserve(bytes: usize) -> bool {{ can_reserve(bytes) }}\n"
    );
    crates.add("plugin", "[lib]\ncrate-type = [\"cdylib\"]\n", &[("src/lib.rs", &plugin)]);
    let with_limits = |limit: usize, least: usize| {
        USE_PLUGIN
            .replace("PLUGIN_LIMIT", &PLUGIN_LIMIT.to_string())
            .replace("LIMIT", &limit.to_string())
            .replace("LEAST", &least.to_string())
    };
    let choosing = format!(
        "snmalloc_rs::configure! {{ memory_limit: {PROGRAM_LIMIT} }}\n{}",
        with_limits(PROGRAM_LIMIT, PROGRAM_LIMIT - 4_000_000)
    );
    let without = with_limits(usize::MAX / 2, LEAST_WITHOUT_LIMIT);
    let exporting = "fn main() { println!(\"cargo:rustc-link-arg=-rdynamic\") }";
    crates.add("exporting", "", &[("src/main.rs", &choosing)]);
    fs::write(crates.root.join("exporting/build.rs"), exporting).unwrap();
    crates.add("without", "", &[("src/main.rs", &without)]);
    crates.succeed("plugin", &["build"]);
    crates.succeed("without", &["run"]);
    crates.succeed("exporting", &["run"]);
    crates.succeed("plugin", &["build", "--release"]);
    crates.succeed("exporting", &["run", "--release"]);
}

/// No library gets as far as to a program: neither one nor two, whether or not the program chooses.
#[test]
fn a_library_that_chooses_does_not_compile() {
    let crates = Crates::new("configured_libraries");
    for library in ["one", "two"] {
        crates.add(library, "", &[("src/lib.rs", "snmalloc_rs::configure! { memory_limit: 1 << 24 }\n")]);
        fs::write(
            crates.root.join(library).join("src/lib.rs"),
            "mod inside { snmalloc_rs::configure! { memory_limit: 1 << 24 } }\npub fn nothing() {}\n",
        )
        .unwrap();
    }
    let uses = "[dependencies.one]\npath = \"../one\"\n[dependencies.two]\npath = \"../two\"\n";
    let choice = format!("snmalloc_rs::configure! {{ memory_limit: {PROGRAM_LIMIT} }}");
    let body = "use {one as _, two as _}; fn main() { one::nothing(); }\n";
    crates.add("choosing", uses, &[("src/main.rs", &format!("{choice}\n{body}"))]);
    crates.add("without", uses, &[("src/main.rs", body)]);
    for (name, arguments) in
        [("one", &["build"][..]), ("one", &["check"]), ("choosing", &["build"]), ("without", &["build"])]
    {
        let errors = crates.fail(name, arguments);
        assert!(errors.contains("is for programs: a library does not choose"), "{errors}");
        assert!(errors.contains("snmalloc_rs::configure! { memory_limit: 1 << 24 }"), "{errors}");
    }
}

#[test]
fn two_choices_are_an_error() {
    let crates = Crates::new("configured_twice");
    let choice = "snmalloc_rs::configure! { memory_limit: 1 << 24 }\n";
    crates.add("twice", "", &[("src/main.rs", &format!("{choice}{choice}fn main() {{}}\n"))]);
    let errors = crates.fail("twice", &["build"]);
    assert!(errors.contains("sn_configuration"), "{errors}");
}
