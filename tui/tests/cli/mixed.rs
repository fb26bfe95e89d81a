//! Accesses of several sizes.

use crate::Scene;

fn scene(name: &str, init: &str, rows: &[&str]) -> Scene {
    let scene = Scene::new();
    let arch = if rows.iter().any(|row| row.contains('%')) { "X86_64" } else { "AArch64" };
    let rows: String = rows.iter().map(|row| format!(" {row} ;\n")).collect();
    let text = format!("{arch} {name}\n{{ {init} }}\n P0 | P1 ;\n{rows}exists (x=0)\n");
    scene.file("t.litmus", text);
    scene
}

#[test]
fn mixed_sizes_are_detected_and_said() {
    let scene = scene("T", "uint64_t x;", &["movb $1,(x) | movq (x),%rax"]);
    scene.run("run t.litmus").exits(0).shows("mixed sizes: accesses of different sizes");
    scene.run("run --format json t.litmus").exits(0).shows("\"mixed\":true");
    scene.run("run --engine all t.litmus").exits(0);
}

#[test]
fn mixed_sizes_can_be_forced() {
    let scene = Scene::new();
    let plain = scene.run("run SB");
    assert!(!plain.stdout.contains("mixed sizes"), "{}", plain.stdout);
    scene.run("run --mixed SB").exits(0).shows("mixed sizes").shows("can happen: in 1 of 4");
}

#[test]
fn misaligned_accesses_and_those_outside_are_refused_with_the_reason() {
    for (init, row, messages) in [
        (
            "int x;",
            "movq $1,(x) | movl (x),%eax",
            ["t.litmus:4:2", "out of bounds: 8 bytes at x, and `x` has 4"],
        ),
        ("int x; 1:X1=x;", "NOP | LDR W0,[X1,#4]", ["t.litmus:4:8", "out of bounds: 4 bytes at x+4"]),
        ("uint64_t x; 1:X1=x;", "NOP | STRH W0,[X1,#1]", ["t.litmus:4:8", "misaligned: 2 bytes at x+1"]),
        ("uint64_t x; 1:X1=x;", "NOP | LDXP X2,X3,[X1]", ["t.litmus:4:8", "out of bounds: 16 bytes at x"]),
    ] {
        let ran = scene("T", init, &[row]).run("run --format herd t.litmus");
        ran.exits(2).prints("").says(messages[0]).says(messages[1]).has_not_panicked();
    }
}
