//! Where the build script looks for the NDK, in folders that have its layout.

#[path = "../build/android.rs"]
mod android;

use android::{find, Ndk, NDK_VARIABLES, PLATFORM_VARIABLE};
use std::fs;
use std::path::{Path, PathBuf};

const LINUX: &str = "x86_64-unknown-linux-gnu";

/// A folder with the layout of an NDK that has these compilers.
fn make_ndk(name: &str, host_directory: &str, compilers: &[&str]) -> PathBuf {
    let ndk = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let bin = ndk.join("toolchains/llvm/prebuilt").join(host_directory).join("bin");
    fs::create_dir_all(&bin).unwrap();
    for compiler in compilers {
        fs::write(bin.join(compiler), "").unwrap();
    }
    ndk
}

fn find_with(variables: &[(&str, &str)], arch: &str, host: &str) -> Result<Ndk, String> {
    find(|name| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_string()), arch, host)
}

#[test]
fn every_abi_has_its_compiler() {
    let abis = [
        ("aarch64", "aarch64-linux-android"),
        ("arm", "armv7a-linux-androideabi"),
        ("x86_64", "x86_64-linux-android"),
        ("x86", "i686-linux-android"),
    ];
    for (arch, triple) in abis {
        let compiler = format!("{triple}21-clang++");
        let ndk = make_ndk("abis", "linux-x86_64", &[&compiler]);
        let found = find_with(&[("ANDROID_NDK", ndk.to_str().unwrap())], arch, LINUX).unwrap();
        let bin = ndk.join("toolchains/llvm/prebuilt/linux-x86_64/bin");
        assert_eq!(found, Ndk { compiler: bin.join(compiler), archiver: bin.join("llvm-ar") });
    }
    assert!(find_with(&[("ANDROID_NDK", "/")], "mips", LINUX).unwrap_err().contains("no compiler for mips"));
}

#[test]
fn every_synonym_is_read_and_the_first_counts() {
    let ndk = make_ndk("synonyms", "linux-x86_64", &["aarch64-linux-android21-clang++"]);
    for name in NDK_VARIABLES {
        assert!(find_with(&[(name, ndk.to_str().unwrap())], "aarch64", LINUX).is_ok(), "{name}");
    }
    let two = [("NDK_HOME", "/nowhere"), ("ANDROID_NDK", ndk.to_str().unwrap())];
    assert!(find_with(&two, "aarch64", LINUX).is_ok());
    let empty = [("ANDROID_NDK", ""), ("NDK_HOME", ndk.to_str().unwrap())];
    assert!(find_with(&empty, "aarch64", LINUX).is_ok());
}

#[test]
fn platform_chooses_the_api_level() {
    let ndk = make_ndk("platform", "linux-x86_64", &["x86_64-linux-android29-clang++"]);
    let ndk = ndk.to_str().unwrap();
    for platform in ["29", "android-29"] {
        let found = find_with(&[("ANDROID_NDK", ndk), (PLATFORM_VARIABLE, platform)], "x86_64", LINUX).unwrap();
        assert!(found.compiler.ends_with("x86_64-linux-android29-clang++"));
    }
    let wrong = find_with(&[("ANDROID_NDK", ndk), (PLATFORM_VARIABLE, "latest")], "x86_64", LINUX).unwrap_err();
    assert!(wrong.contains("ANDROID_PLATFORM is `latest`; it should be an API level"), "{wrong}");
}

#[test]
fn every_host_has_its_directory() {
    for (host, directory, compiler) in [
        ("x86_64-pc-windows-msvc", "windows-x86_64", "aarch64-linux-android21-clang++.cmd"),
        ("aarch64-apple-darwin", "darwin-x86_64", "aarch64-linux-android21-clang++"),
        (LINUX, "linux-x86_64", "aarch64-linux-android21-clang++"),
    ] {
        let ndk = make_ndk(directory, directory, &[compiler]);
        let found = find_with(&[("ANDROID_NDK", ndk.to_str().unwrap())], "aarch64", host).unwrap();
        assert!(found.compiler.ends_with(compiler), "{host}");
    }
}

#[test]
fn errors_say_what_to_set() {
    for unset in [&[][..], &[("ANDROID_NDK", "")]] {
        let missing = find_with(unset, "aarch64", LINUX).unwrap_err();
        assert!(
            missing.contains("set ANDROID_NDK to its directory (or ANDROID_NDK_HOME, ANDROID_NDK_ROOT"),
            "{missing}"
        );
    }
    let wrong = find_with(&[("NDK_HOME", "/nowhere")], "aarch64", LINUX).unwrap_err();
    assert!(wrong.contains("no /nowhere/toolchains/llvm/prebuilt/linux-x86_64/bin/aarch64-linux-android21-clang++"));
    assert!(wrong.contains("that NDK_HOME names") && wrong.contains("API level 21"), "{wrong}");
}
