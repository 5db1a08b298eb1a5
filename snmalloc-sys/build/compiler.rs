//! The C++ compiler with every flag of the plan: both builders use this and nothing else.

use super::plan::Plan;
use super::{android, environment, flags};
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The variables that C++ compilers read beside their arguments, and that the `cc` crate does not watch.
const READ_BY_COMPILERS: &[&str] = &["CPATH", "CPLUS_INCLUDE_PATH", "COMPILER_PATH", "GCC_EXEC_PREFIX"];

pub struct Compiler {
    /// Knows the archiver, and how to tell cargo of a library. Its flags are set below.
    pub build: cc::Build,
    /// Runs the compiler, as `ccache` does.
    pub wrapper: Option<OsString>,
    pub path: PathBuf,
    /// First those of the plan that the user may change, then the user's, last those that the core needs.
    pub arguments: Vec<OsString>,
    pub warnings: Vec<String>,
    standard: String,
    tool: cc::Tool,
}

impl Compiler {
    /// The call that compiles `source`.
    pub fn command(&self, source: &Path, object: &Path) -> Command {
        self.command_with(&self.arguments, source, object)
    }

    fn command_with(&self, arguments: &[OsString], source: &Path, object: &Path) -> Command {
        let mut command = self.program();
        command.args(arguments).arg("-c");
        if self.tool.is_like_msvc() {
            let mut output = OsString::from("-Fo");
            output.push(object);
            command.arg(output);
        } else {
            command.arg("-o").arg(object);
        }
        command.arg(source);
        command
    }

    /// Without the compiler's arguments.
    pub fn program(&self) -> Command {
        let mut command = match &self.wrapper {
            Some(wrapper) => Command::new(wrapper),
            None => Command::new(&self.path),
        };
        if self.wrapper.is_some() {
            command.arg(&self.path);
        }
        for (name, value) in self.tool.to_command().get_envs() {
            command.env(name, value.unwrap_or_default());
        }
        command
    }

    /// Fails when there is no such compiler, or it is too old, or refuses the user's flags. So the user reads this message,
    /// and not the longer one of a builder.
    pub fn check(&self) -> Result<(), String> {
        let out_dir = environment::cargo("OUT_DIR");
        let (source, object) = (Path::new(&out_dir).join("probe.cc"), Path::new(&out_dir).join("probe.o"));
        std::fs::write(&source, "").map_err(|error| format!("{}: {error}", source.display()))?;
        let mut command = self.command(&source, &object);
        let output = command.stdout(Stdio::null()).output().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                format!("`{}` was not found.\n{}", Path::new(command.get_program()).display(), how_to_install())
            }
            _ => format!("{}: {error}", describe(&command)),
        })?;
        if output.status.success() {
            return Ok(());
        }
        let standard = [OsString::from(&self.standard)];
        let with_standard = self.command_with(&standard, &source, &object).stderr(Stdio::null()).status();
        let name = self.path.display();
        Err(if with_standard.map_or(false, |status| status.success()) {
            format!("`{name}` refuses its flags:\n{}\n{}", String::from_utf8_lossy(&output.stderr), describe(&command))
        } else {
            let standard = &self.standard["-std=".len()..];
            format!("`{name}` does not know {standard}.\n{}", how_to_install())
        })
    }
}

/// The words of a call, without the environment.
pub fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| format!("{word:?}")).collect::<Vec<_>>().join(" ")
}

pub fn configure(plan: &Plan) -> Result<Compiler, String> {
    READ_BY_COMPILERS.iter().for_each(|name| drop(environment::read(name)));
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
        .opt_level(plan.opt_level)
        .debug(plan.has_debug_info)
        .warnings(false) // they are for us, not for the user
        .extra_warnings(false);
    // The user chooses the processor.
    let (first, last): (Vec<&str>, Vec<&str>) = plan.flags.iter().partition(|flag| flag.starts_with("-m"));
    for flag in first {
        build.flag(flag);
    }
    for &(name, value) in &plan.defines {
        build.define(name, value);
    }
    let tool = build.try_get_compiler().map_err(|error| format!("{}\n{error}", how_to_install()))?;

    // The call also holds what the user wrote into CXX, before or after the compiler.
    let call = tool.to_command();
    let has_wrapper = call.get_program() != tool.path();
    let wrapper = has_wrapper.then(|| call.get_program().to_os_string());
    let arguments =
        call.get_args().skip(usize::from(has_wrapper)).map(|argument| argument.to_string_lossy().into_owned());
    let (arguments, warnings) = flags::settle(arguments.collect(), &environment::cargo("CARGO_ENCODED_RUSTFLAGS"));
    let mut arguments: Vec<OsString> = arguments.into_iter().map(OsString::from).collect();
    let standard = format!("-std{}{}", if tool.is_like_msvc() { ':' } else { '=' }, plan.standard);
    arguments.push(OsString::from(&standard));
    arguments.extend(last.into_iter().map(OsString::from));
    if plan.has_lto {
        arguments.extend(lto_flags(&build, &tool).iter().map(OsString::from));
    }
    Ok(Compiler { build, wrapper, path: tool.path().to_path_buf(), arguments, warnings, standard, tool })
}

/// Where the compiler can, the objects also hold machine code, for linkers that cannot read its other format.
fn lto_flags(build: &cc::Build, tool: &cc::Tool) -> &'static [&'static str] {
    if tool.is_like_msvc() {
        &["-GL"]
    } else if !tool.is_like_clang() {
        &["-flto", "-ffat-lto-objects"]
    } else if build.is_flag_supported("-ffat-lto-objects").unwrap_or(false) {
        &["-flto=thin", "-ffat-lto-objects"]
    } else {
        &["-flto=thin"]
    }
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
