//! Where the compiler for Android lies: in the NDK that the environment names.

use std::path::{Path, PathBuf};

/// The variables that may hold the NDK's directory. The first that is set and not empty counts.
pub const NDK_VARIABLES: &[&str] = &[
    "ANDROID_NDK",
    "ANDROID_NDK_HOME",
    "ANDROID_NDK_ROOT",
    "NDK_HOME",
    "ANDROID_NDK_LATEST_HOME",
    "CMAKE_ANDROID_NDK",
];
pub const PLATFORM_VARIABLE: &str = "ANDROID_PLATFORM";
/// The oldest level that both today's NDK and Rust's standard library know.
const DEFAULT_API: u32 = 21;

#[derive(Debug, PartialEq, Eq)]
pub struct Ndk {
    pub compiler: PathBuf,
    pub archiver: PathBuf,
}

/// `read` gives the value of an environment variable, `arch` is Rust's name of the target's architecture, `host` a triple.
pub fn find(read: impl Fn(&str) -> Option<String>, arch: &str, host: &str) -> Result<Ndk, String> {
    let found: Vec<_> = NDK_VARIABLES.iter().filter_map(|name| Some((name, read(name)?))).collect();
    let first = found.iter().find(|(_, directory)| !directory.is_empty());
    let api = api_level(&read(PLATFORM_VARIABLE).unwrap_or_default())?;
    let (variable, directory) = first.ok_or_else(|| {
        format!("{}\nThe API level is that of {PLATFORM_VARIABLE}, as android-24, or {DEFAULT_API}.", how_to_set())
    })?;
    let prebuilt = Path::new(directory).join("toolchains/llvm/prebuilt").join(host_directory(host));
    let (suffix, exe) = if host.contains("windows") { (".cmd", ".exe") } else { ("", "") };
    let ndk = Ndk {
        compiler: prebuilt.join(format!("bin/{}{api}-clang++{suffix}", compiler_triple(arch)?)),
        archiver: prebuilt.join(format!("bin/llvm-ar{exe}")),
    };
    if ndk.compiler.is_file() {
        return Ok(ndk);
    }
    Err(format!(
        "no {} in the directory that {variable} names. Is that an NDK of r22 or newer, which knows API level {api} \
         ({PLATFORM_VARIABLE})?\n{}",
        ndk.compiler.display(),
        how_to_set()
    ))
}

fn how_to_set() -> String {
    format!("snmalloc-sys needs the Android NDK: set {} to its directory (or {}).", NDK_VARIABLES[0], {
        NDK_VARIABLES[1..].join(", ")
    })
}

/// `android-24` or `24`; empty for the default.
fn api_level(platform: &str) -> Result<u32, String> {
    match platform.strip_prefix("android-").unwrap_or(platform) {
        "" => Ok(DEFAULT_API),
        level => level.parse().map_err(|_| {
            format!("{PLATFORM_VARIABLE} is `{platform}`; it should be an API level, such as android-{DEFAULT_API}")
        }),
    }
}

/// The NDK's name of the architecture of an ABI.
fn compiler_triple(arch: &str) -> Result<&'static str, String> {
    match arch {
        "aarch64" => Ok("aarch64-linux-android"),
        "arm" => Ok("armv7a-linux-androideabi"),
        "x86_64" => Ok("x86_64-linux-android"),
        "x86" => Ok("i686-linux-android"),
        "riscv64" => Ok("riscv64-linux-android"),
        _ => Err(format!("the Android NDK has no compiler for {arch}")),
    }
}

/// The NDK for macOS has one name for both processors.
fn host_directory(host: &str) -> &'static str {
    if host.contains("windows") {
        "windows-x86_64"
    } else if host.contains("apple") {
        "darwin-x86_64"
    } else {
        "linux-x86_64"
    }
}
