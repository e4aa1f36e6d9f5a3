//! Builds Lua 5.1 as the servers have it: the sources of the crate `lua-src` with the changes of `patches.rs`, without what
//! could reach the host (files, processes, environment, modules).
#![allow(clippy::print_stdout, reason = "a build script speaks to Cargo that way")]

mod patches;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use anyhow::{Context as _, Result, bail};

/// What is compiled; `io`, `os`, `package` and `debug` are not.
const FILES: &[&str] = &[
    "lapi", "lauxlib", "lbaselib", "lcode", "ldebug", "ldo", "ldump", "lfunc", "lgc", "llex", "lmathlib", "lmem",
    "lobject", "lopcodes", "lparser", "lstate", "lstring", "lstrlib", "ltable", "ltablib", "ltm", "lundump", "lvm",
    "lzio",
];

fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=build");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").context("no OUT_DIR")?).join("lua");
    fs::remove_dir_all(&out).ok();
    fs::create_dir_all(&out)?;
    let sources = sources(&out)?;
    let mut texts = BTreeMap::new();
    for entry in fs::read_dir(&sources).with_context(|| sources.display().to_string())? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.extension().is_some_and(|it| it == "c" || it == "h") {
            texts.insert(name, fs::read_to_string(&path).with_context(|| path.display().to_string())?);
        }
    }
    for patch in patches::PATCHES {
        let text = texts.get_mut(patch.file).with_context(|| format!("lua-src has no {}", patch.file))?;
        let found = text.matches(patch.find).count();
        if found != patch.times {
            bail!("{}: `{}` is there {found} times, not {}", patch.file, patch.find, patch.times);
        }
        *text = text.replace(patch.find, patch.replace);
    }
    for (name, text) in &texts {
        fs::write(out.join(name), text)?;
    }
    let mut build = cc::Build::new();
    if std::env::var("CARGO_CFG_TARGET_ARCH").as_deref() == Ok("x86") {
        // The old floating-point unit keeps more digits than a double has.
        build.flag_if_supported("-msse2").flag_if_supported("-mfpmath=sse");
    }
    build
        .include(&out)
        .files(FILES.iter().map(|name| out.join(name).with_extension("c")))
        .warnings(false)
        .flag_if_supported("-fno-common")
        // The servers' own build lets integers wrap where the standard leaves it open.
        .flag_if_supported("-fwrapv")
        // Newer compilers refuse an undeclared function by themselves.
        .flag_if_supported("-Werror=implicit-function-declaration")
        .define("LUA_ANSI", None)
        .opt_level(2)
        .cargo_metadata(false)
        .try_compile("redlua-lua51")?;
    let out = std::env::var("OUT_DIR")?;
    println!("cargo:rustc-link-search=native={out}");
    // The bindings that call it come later on the linker's command line, so all of it is linked.
    println!("cargo:rustc-link-lib=static:+whole-archive=redlua-lua51");
    Ok(())
}

/// The folder of Lua 5.1 in the crate `lua-src`. The crate builds it and does not tell where it is; but when asked to build
/// for a machine that is none it panics, and the place of the panic is a file of the crate.
fn sources(scratch: &Path) -> Result<PathBuf> {
    static PLACE: Mutex<Option<PathBuf>> = Mutex::new(None);
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(|info| {
        if let (Some(at), Ok(mut place)) = (info.location(), PLACE.lock()) {
            *place = Some(PathBuf::from(at.file()));
        }
    }));
    let scratch = scratch.to_path_buf();
    let built =
        std::panic::catch_unwind(move || lua_src::Build::new().target("none").out_dir(scratch).build(lua_src::Lua51));
    std::panic::set_hook(before);
    let place = PLACE.lock().ok().and_then(|mut place| place.take());
    let file = place.filter(|_| built.is_err()).context("lua-src does not tell where it is")?;
    let folder = file.ancestors().nth(2).unwrap_or(Path::new(".")).join("lua-5.1.5");
    if folder.is_dir() { Ok(folder) } else { bail!("{} is not there", folder.display()) }
}
