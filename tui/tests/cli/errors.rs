//! Every kind of bad input and usage gives a clear message and status 2, and never a panic.

use crate::{Scene, sb};

#[track_caller]
fn refused(scene: &Scene, line: &str, message: &str) {
    scene.run(line).exits(2).says(message).has_not_panicked();
}

#[test]
fn files_that_are_no_tests() {
    let scene = Scene::new();
    scene
        .file("empty.litmus", "")
        .file("broken.litmus", b"X86_64 SB\n\xff\xfe")
        .file("sub/readme.txt", "no test");
    refused(&scene, "run empty.litmus", "error[empty]: the file is empty\n --> empty.litmus:1:1\n");
    refused(&scene, "run broken.litmus", "error[not-utf8]: this is not UTF-8 text\n --> broken.litmus:2:1\n");
    refused(&scene, "run missing.litmus", "missing.litmus: no such file, and no built-in test has this name");
    refused(&scene, "run sub", "sub: no `*.litmus` file in this folder");
    refused(&scene, "run @missing", "missing: no such file");
}

#[test]
fn garbage_of_all_sorts() {
    let scene = Scene::new();
    let mut noise = Vec::with_capacity(10_000_000);
    let mut state = 12345_u64;
    while noise.len() < 10_000_000 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        noise.extend_from_slice(&state.to_le_bytes());
    }
    scene.file("noise.litmus", &noise);
    refused(&scene, "run noise.litmus", "not UTF-8");
    scene.file("letters.litmus", vec![b'a'; 10_000_000]);
    let ran = scene.run("run letters.litmus");
    ran.exits(2).says("the name of the test is missing").has_not_panicked();
    assert!(ran.stderr.len() < 10_000, "{} bytes of messages", ran.stderr.len());
    scene.file("header.litmus", [b"X86_64 T\n".as_slice(), &vec![b'{'; 10_000_000]].concat());
    scene.run("run header.litmus").exits(2).has_not_panicked();
    scene.file("rows.litmus", "X86_64 T\n{ }\n P0 ;\n".to_string() + &"bogus ;\n".repeat(1_000_000));
    let ran = scene.run("run rows.litmus");
    ran.exits(2).has_not_panicked();
    assert!(ran.stderr.len() < 100_000, "{} bytes of messages", ran.stderr.len());
    scene.file("large.litmus", vec![b' '; 17 << 20]);
    refused(&scene, "run large.litmus", "large.litmus: has more than 16 MiB, too much for a litmus test");
}

#[test]
fn an_error_points_at_the_word() {
    let scene = Scene::new();
    let text = sb("T").replace("movl (y),%eax", "movll (y),%eax");
    let ran = scene.file("t.litmus", text).run("run t.litmus");
    ran.exits(2).prints("").says(" --> t.litmus:5:2\n").says("movll").says("^^^^^").says("help: ");
}

#[test]
fn several_errors_are_said_at_once() {
    let scene = Scene::new();
    let text = sb("T").replace("movl (y),%eax", "bogus1").replace("movl (x),%eax", "bogus2");
    scene.file("t.litmus", text).run("run t.litmus").exits(2).says("bogus1").says("bogus2");
}

/// A broken condition does not hide what is wrong with the instructions.
#[test]
fn errors_of_all_parts_are_said_at_once() {
    let scene = Scene::new();
    let text = sb("T").replace("movl (y),%eax", "movll (y),%eax").replace("{ }", "{ 0:nosuch=1; }");
    let text = text.replace("1:rax=0)", "1:rax=)");
    let ran = scene.file("t.litmus", text).run("run t.litmus");
    ran.exits(2).says("nosuch").says("`movll` is not an instruction").says("expected a number");
    assert_eq!(ran.stderr.matches("error[").count(), 3, "{}", ran.stderr);
}

#[test]
fn the_nearest_instruction_is_named_and_what_is_known_but_not_modelled() {
    let scene = Scene::new();
    let x86 = |instr: &str| format!("X86_64 T\n{{ }}\n P0 ;\n {instr} ;\nexists (0:rax=0)\n");
    let arm = |instr: &str| format!("AArch64 T\n{{ 0:X1=x; }}\n P0 ;\n {instr} ;\nexists (0:X0=0)\n");
    for (text, message) in [
        (x86("movll (x),%eax"), "The nearest instruction is `movl`."),
        (x86("movaps %xmm0,(x)"), "known but not modelled: SSE"),
        (x86("vaddps %ymm0,%ymm1,%ymm2"), "known but not modelled: AVX"),
        (x86("movl (x),%eex"), "The nearest register is `eax`."),
        (arm("LDRR W0,[X1]"), "did you mean LDR?"),
        (arm("FADD D0,D1,D2"), "known but not modelled: Neon"),
        (arm("STR W40,[X1]"), "`W40` is not a register"),
        (arm("DMB FOO"), "it is one of SY LD ST"),
    ] {
        scene.file("t.litmus", text);
        refused(&scene, "run t.litmus", message);
    }
}

#[test]
fn one_bad_file_does_not_stop_the_others() {
    let scene = Scene::new();
    scene.file("a.litmus", sb("A")).file("b.litmus", "X86_64 B").file("c.litmus", sb("C"));
    scene
        .run("run --format herd .")
        .exits(2)
        .shows("Test A Allowed")
        .shows("Test C Allowed")
        .says("b.litmus");
}

#[test]
fn bad_usage() {
    let scene = Scene::new();
    for (line, message) in [
        ("run", "required"),
        ("run SB --jobs 0", "at least one thread"),
        ("run SB --jobs two", "invalid"),
        ("run SB --timeout 0", "more than 0 seconds"),
        ("run SB --max-states 0", "a count of at least 1"),
        ("run SB --max-memory 12Q", "a size, such as 512M"),
        ("run SB --shard 3/2", "such as 1/4"),
        ("run SB --machine tos", "did you mean `tso`?"),
        ("run SB --store-buffer 0", "invalid"),
        ("run SB --format xml", "[possible values: text, herd, json]"),
        ("run SB --engine search --model sc.cat", "leave out --engine"),
        ("run SB -I lib", "--model <FILE.cat>"),
        ("run SB --expect missing.log", "missing.log: no such file or folder"),
        ("run SB --out no/such/folder/x.log", "no/such/folder/x.log: no such file or folder"),
        ("run SBB", "did you mean `SB`?"),
        ("run SB --frobnicate", "unexpected argument"),
        ("rnu SB", "unrecognized subcommand"),
        ("list no-such-name", "no built-in test has a name with no-such-name"),
    ] {
        refused(&scene, line, message);
    }
}

#[test]
fn duplicate_names() {
    let scene = Scene::new();
    let other = sb("A").replace("$1,(x)", "$2,(x)");
    scene.file("1.litmus", sb("A")).file("2.litmus", sb("A")).file("3.litmus", other);
    let ran = scene.run("run --format herd 1.litmus 2.litmus");
    ran.exits(0).says("note: 2.litmus: test A was run already, from 1.litmus");
    assert_eq!(ran.stdout.matches("Test A").count(), 1);
    let ran = scene.run("run --format herd 1.litmus 3.litmus");
    ran.exits(2).says("3.litmus: another X86_64 test called A was run already, from 1.litmus");
    assert_eq!(ran.stdout.matches("Test A").count(), 1);
}

/// Names belong to an architecture: the same name in another is another test.
#[test]
fn tests_of_two_architectures_may_share_a_name() {
    let scene = Scene::new();
    for format in ["herd", "json"] {
        let ran = scene.run(&format!("run --format {format} SB armv8/SB"));
        ran.exits(0);
        assert_eq!(ran.stderr, "");
        let word = if format == "herd" { "Test SB " } else { "\"test\":\"SB\"" };
        assert_eq!(ran.stdout.matches(word).count(), 2, "{}", ran.stdout);
    }
    scene.run("run --format herd --out both.log SB armv8/SB").exits(0);
    let ran = scene.run("run --format herd --expect both.log armv8/SB SB");
    ran.exits(0).says("2 equal, 0 differ, 0 absent\n");
    assert!(!ran.stderr.contains("hash"), "{}", ran.stderr);
    let ran = scene.run("run --format herd --expect both.log armv8/SB");
    ran.exits(1).says("absent  SB\n1 equal, 0 differ, 1 absent\n");
}
