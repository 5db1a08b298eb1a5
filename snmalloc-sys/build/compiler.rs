//! The C++ compiler with every flag of the plan: both builders use this and nothing else.

use super::plan::Plan;
use super::{android, environment};
use std::io;
use std::process::Stdio;

pub fn configure(plan: &Plan) -> Result<cc::Build, String> {
    let mut build = cc::Build::new();
    if plan.target.os == "android" && environment::read_for_target("CXX").is_none() {
        let ndk = android::find(environment::read, &plan.target.arch, &environment::cargo("HOST"))?;
        build.compiler(ndk.compiler);
        if environment::read_for_target("AR").is_none() {
            build.archiver(ndk.archiver);
        }
    }
    build
        .cpp(true)
        .cpp_link_stdlib(None) // the core needs the headers of the C++ library, and none of its code
        .std(plan.standard)
        .opt_level(plan.opt_level)
        .debug(plan.has_debug_info)
        .warnings(false) // ours to see, not the user's
        .extra_warnings(false);
    for flag in &plan.flags {
        build.flag(flag);
    }
    for &(name, value) in &plan.defines {
        build.define(name, value);
    }
    if plan.has_lto {
        add_lto(&mut build);
    }
    Ok(build)
}

/// Where the compiler can, the objects hold machine code as well, for linkers that do not match it.
fn add_lto(build: &mut cc::Build) {
    match build.try_get_compiler() {
        Ok(tool) if tool.is_like_msvc() => build.flag("-GL"),
        Ok(tool) if tool.is_like_clang() => build.flag("-flto=thin").flag_if_supported("-ffat-lto-objects"),
        _ => build.flag("-flto").flag("-ffat-lto-objects"),
    };
}

/// Fails when there is no such compiler or it is too old, before either builder says so in its own, longer words.
pub fn check(build: &cc::Build, plan: &Plan) -> Result<(), String> {
    let tool = build.try_get_compiler().map_err(|error| format!("{}\n{error}", how_to_install()))?;
    let spawned = tool.to_command().arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    match spawned {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(format!("`{}` was not found.\n{}", tool.path().display(), how_to_install()))
        }
        _ if !knows_standard(build, &tool, plan.standard) => {
            Err(format!("`{}` does not know {}.\n{}", tool.path().display(), plan.standard, how_to_install()))
        }
        _ => Ok(()),
    }
}

fn knows_standard(build: &cc::Build, tool: &cc::Tool, standard: &str) -> bool {
    let separator = if tool.is_like_msvc() { ':' } else { '=' };
    build.is_flag_supported(format!("-std{separator}{standard}")).unwrap_or(true)
}

fn how_to_install() -> String {
    let (host, target) = (environment::cargo("HOST"), environment::cargo("TARGET"));
    let mut text = String::from(
        "snmalloc-sys needs a C++20 compiler (gcc 10, clang 12, MSVC 2019 16.10, or newer), or with the feature \
         `usecxx17` an older one.\n",
    );
    if host != target {
        return format!(
            "{text}Install one that compiles for {target}, or name it in CXX_{}.",
            target.replace('-', "_")
        );
    }
    text += if host.contains("windows-msvc") {
        "Install the Visual Studio Build Tools with \"Desktop development with C++\"."
    } else if host.contains("windows") {
        "MSYS2: pacman -S mingw-w64-x86_64-gcc"
    } else if host.contains("apple") {
        "Run: xcode-select --install"
    } else if host.contains("linux") {
        "Debian, Ubuntu: apt install g++\nFedora, RHEL: dnf install gcc-c++\nArch: pacman -S gcc\n\
         Alpine: apk add g++\nopenSUSE: zypper install gcc-c++"
    } else {
        "Install clang or gcc from your system's packages."
    };
    text + "\nA compiler with another name: set CXX."
}
