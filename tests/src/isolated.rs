//! A test body in a child process, watched from outside.

use std::io::{self, Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, process, thread};

const CHILD_VARIABLE: &str = "SNMALLOC_TESTS_CHILD";
const LIMIT: Duration = Duration::from_secs(120);
/// The child's exit code when the body was run and returned; a child that never came to it has another.
const DONE: i32 = 42;

/// Runs `body` in a child process that executes this program anew, and panics if it panics, dies or hangs.
/// `test` is the name of the calling test.
pub fn isolated(test: &str, body: impl FnOnce()) {
    isolated_with(test, |_| (), body);
}

/// As [`isolated`]; `prepare` may give the child an environment, limits and the like.
pub fn isolated_with(test: &str, prepare: impl FnOnce(&mut Command), body: impl FnOnce()) {
    if env::var(CHILD_VARIABLE).is_ok_and(|child| child == test) {
        body();
        process::exit(DONE);
    }
    let mut command = Command::new(env::current_exe().expect("this program has a path"));
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).env(CHILD_VARIABLE, test);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    lead_group(&mut command);
    prepare(&mut command);
    let mut child = command.spawn().expect("this program can be run");
    let mut errors = child.stderr.take().expect("stderr is a pipe");
    let errors = thread::spawn(move || {
        let mut text = Vec::new();
        let _ = errors.read_to_end(&mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let end = watch(&mut child);
    let errors = errors.join().expect("reading does not panic");
    eprint!("{errors}");
    assert!(
        end == Ok(Some(DONE)),
        "{test}: {}\n{errors}",
        end.map_or_else(|e| e, |code| format!("ended with {code:?}"))
    );
}

/// What gives the child options of the allocator, for [`isolated_with`].
pub fn with_options(options: &str) -> impl FnOnce(&mut Command) + '_ {
    move |command| {
        command.env("SNMALLOC_OPTIONS", options);
    }
}

/// Returns the child's exit code, none if a signal ended it.
fn watch(child: &mut Child) -> Result<Option<i32>, String> {
    let start = Instant::now();
    let end = loop {
        if let Some(status) = child.try_wait().expect("the child is ours") {
            break status.code().ok_or_else(|| status.to_string()).map(Some);
        }
        if start.elapsed() > LIMIT {
            break Err(format!("hangs: no end after {LIMIT:?}"));
        }
        thread::sleep(Duration::from_millis(2));
    };
    kill_group(child);
    let _ = child.wait();
    end
}

/// What the child itself starts may hold our pipe and must not outlive it.
#[cfg(unix)]
fn lead_group(command: &mut Command) {
    std::os::unix::process::CommandExt::process_group(command, 0);
}

#[cfg(unix)]
fn kill_group(child: &mut Child) {
    // SAFETY: a signal to the group that the child was made the leader of; one that has gone is no error here.
    unsafe { libc::kill(-(child.id() as libc::pid_t), libc::SIGKILL) };
}

/// Tests that start further processes are for Unix.
#[cfg(windows)]
fn lead_group(_: &mut Command) {}

#[cfg(windows)]
fn kill_group(child: &mut Child) {
    let _ = child.kill();
}

/// Prints a line that no test harness captures: what was skipped, and why.
pub fn report(line: &str) {
    let _ = writeln!(io::stderr(), "\n{line}");
}
