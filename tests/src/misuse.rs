//! A misuse of the allocator in a child process, and how it must end.

use std::env;
use std::fmt::Display;
use std::os::unix::process::ExitStatusExt;
use std::process::{self, Command, Output, Stdio};

const MODE_VARIABLE: &str = "SNMALLOC_TESTS_MISUSE";
const ROUNDS_VARIABLE: &str = "SN_ROUNDS";

/// Runs `body` in a child process twice: with `true`, when it must be aborted with the line `expected` on standard error
/// and nothing else there, and with `false`, when it must end well. A name in braces stands for what the body showed
/// under that name. `test` is the name of the calling test; `SN_ROUNDS` says how often, once if not set.
pub fn ends_with(test: &str, expected: &str, body: impl FnOnce(bool)) {
    if let Ok(mode) = env::var(MODE_VARIABLE) {
        body(mode == "misuse");
        process::exit(0);
    }
    let rounds = env::var(ROUNDS_VARIABLE).map_or(1, |rounds| rounds.parse().expect(ROUNDS_VARIABLE));
    for _ in 0..rounds {
        let control = run(test, "control");
        assert!(control.status.success() && control.stderr.is_empty(), "{test}, without the misuse: {control:?}");
        let misuse = run(test, "misuse");
        assert_eq!(misuse.status.signal(), Some(libc::SIGABRT), "{test}: {misuse:?}");
        let line = fill_in(expected, &String::from_utf8_lossy(&misuse.stdout));
        assert_eq!(String::from_utf8_lossy(&misuse.stderr), line + "\n", "{test}");
    }
}

/// Says what the braces of the expected line hold; from the body, before the misuse.
pub fn show(name: &str, value: impl Display) {
    println!("\n{{{name}}} {value}");
}

fn run(test: &str, mode: &str) -> Output {
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(MODE_VARIABLE, mode);
    command.stdin(Stdio::null()).output().expect("this program can be run")
}

fn fill_in(expected: &str, output: &str) -> String {
    let shown = output.lines().filter(|line| line.starts_with('{')).filter_map(|line| line.split_once(' '));
    shown.fold(expected.to_owned(), |text, (name, value)| text.replace(name, value))
}
