//! Embeds the litmus library: writes a table of all `library/**/*.litmus` files and their companions.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("library");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("library.rs");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut files = BTreeMap::new();
    if root.is_dir() {
        walk(&root, "", &mut files)?;
    }
    let mut table = String::from("&[\n");
    for (name, path) in &files {
        println!("cargo::rerun-if-changed={}", path.display());
        writeln!(table, "    ({name:?}, include_str!({:?})),", path.display().to_string()).expect("a string");
    }
    table.push_str("]\n");
    fs::write(out, table)
}

/// Adds the files below `dir` by their names relative to the library, with `/` between folders.
fn walk(dir: &Path, prefix: &str, files: &mut BTreeMap<String, PathBuf>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", dir.display());
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let base = entry.file_name().to_string_lossy().into_owned();
        let name = format!("{prefix}{base}");
        if entry.file_type()?.is_dir() {
            walk(&entry.path(), &format!("{name}/"), files)?;
        } else if [".litmus", ".txt", ".log", ".expected"].iter().any(|end| base.ends_with(end)) {
            files.insert(name, entry.path());
        }
    }
    Ok(())
}
