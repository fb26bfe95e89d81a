//! What a step changed, in a few words.
//!
//! | words | meaning |
//! | --- | --- |
//! | `buffers x=1 [x+0..4]` | a store enters the store buffer; in brackets its bytes |
//! | `writes x=1 [x+0..4]` | a store completes |
//! | `writes x=1 early [x+0..4]` | a store completes before its value is known |
//! | `reads 0 [x+0..4 from memory]` | a load reads from memory |
//! | `reads 0 [x+0..4 from cache]` | the same on a machine with caches: from the line in its cache |
//! | `reads 513 [x+0..1 from P0.1, x+1..4 from memory]` | a load reads some bytes from a store that has not completed |
//! | `assumes` | a core predicts |
//! | `P0 x I -> S` | a step between caches: the copies that change, the line at the directory (`dir x I -> E`), and in a shared second level (`L2 x absent -> clean`) |
//! | `keeps every copy` | a step between caches that changes none |
//! | `P0.3 reads 1` | the value that a load has forwarded becomes known |
//! | `undoes P1.2, P1.3` | accesses are squashed, and happen again later |
//!
//! Bytes are those from an offset in a symbol up to, and without, another.

use std::sync::Arc;

use sim_core::core::Window;
use sim_core::litmus::print::{push_contents, push_decimal};
use sim_core::machine::{Holder, Machine, State, Step};
use sim_core::order::{Event, Path, bits};
use sim_core::outcome::Type;
use sim_core::program::{Symbol, Value};

use crate::view::bytes::sources;

/// Appends to `text` what `step` changed between the states `before` and `after`.
pub fn effect(machine: &Machine<'_>, before: &State, after: &State, step: &Step, text: &mut String) {
    match *step {
        Step::Predict { .. } => text.push_str("assumes"),
        Step::Issue { core, event } => stored(machine, before, core, event, "buffers", text),
        Step::Drain { core, event } => stored(machine, before, core, event, "writes", text),
        Step::Guess { core, event, value } => guessed(machine, before, core, event, value, text),
        Step::Load { core, event } => loaded(machine, before, after, core, event, text),
        Step::Cache { .. } => moved(machine, before, after, text),
    }
    for core in 0..before.cores.len() {
        followed(machine, before, after, core, text);
    }
}

fn stored(machine: &Machine<'_>, before: &State, core: usize, event: usize, verb: &str, text: &mut String) {
    let window = &before.cores[core].window;
    let path = machine.tree(core).path(window.node);
    let access = &path.events[event];
    text.push_str(verb);
    text.push(' ');
    machine.push_location(access, text);
    text.push('=');
    let value = |expr| window.eval(path, expr);
    push_value(machine, access, access.value.and_then(value), access.high.and_then(value), text);
    push_bytes(machine, access, text);
}

fn guessed(machine: &Machine<'_>, before: &State, core: usize, event: usize, value: u128, text: &mut String) {
    let access = &machine.tree(core).path(before.cores[core].window.node).events[event];
    text.push_str("writes ");
    machine.push_location(access, text);
    text.push('=');
    let half = 4 * u32::from(access.size);
    let (low, high) = if access.halves { (value & ((1 << half) - 1), value >> half) } else { (value, 0) };
    push_value(machine, access, Some(low as Value), Some(high as Value), text);
    text.push_str(" early");
    push_bytes(machine, access, text);
}

/// The bytes of a store: ` [x+0..4]`.
fn push_bytes(machine: &Machine<'_>, store: &Event, text: &mut String) {
    if let Some((symbol, first)) = store.place.and_then(|place| machine.symbol_at(place)) {
        text.push_str(" [");
        push_span(symbol, first, first + u16::from(store.size), text);
        text.push(']');
    }
}

/// Some bytes of a symbol: `x+0..4`.
fn push_span(symbol: &Symbol, first: u16, end: u16, text: &mut String) {
    text.push_str(&symbol.name);
    text.push('+');
    push_decimal(first.into(), text);
    text.push_str("..");
    push_decimal(end.into(), text);
}

fn loaded(
    machine: &Machine<'_>,
    before: &State,
    after: &State,
    core: usize,
    event: usize,
    text: &mut String,
) {
    let (old, new) = (&before.cores[core].window, &after.cores[core].window);
    let tree = machine.tree(core);
    let path = tree.path(old.node);
    let (load, done) = (&path.events[event], old.done);
    text.push_str("reads ");
    if machine.is_on_same_path(before, after, core) && new.has(event) {
        push_loaded(machine, new, tree.path(new.node), event, text);
    } else {
        // The path has begun anew behind the load.
        let mut window = old.clone();
        window.choose(path, event, &machine.seen(before, core, event));
        push_loaded(machine, &window, path, event, text);
    }
    let Some((symbol, start)) = load.place.and_then(|place| machine.symbol_at(place)) else { return };
    for run in sources(load, done) {
        text.push_str(if run.first == 0 { " [" } else { ", " });
        push_span(symbol, start + u16::from(run.first), start + u16::from(run.end), text);
        text.push_str(" from ");
        match run.store {
            Some(store) => machine.push_instance(core, path, store, text),
            None if before.caches.is_some() => text.push_str("cache"),
            None => text.push_str("memory"),
        }
    }
    text.push(']');
}

/// The copies and directory entries that a step between caches has changed.
fn moved(machine: &Machine<'_>, before: &State, after: &State, text: &mut String) {
    let changes = machine.cache_changes(before, after);
    if changes.is_empty() {
        text.push_str("keeps every copy");
    }
    for (place, change) in changes.iter().enumerate() {
        text.push_str(if place == 0 { "" } else { ", " });
        match change.holder {
            Holder::Core(core) => {
                text.push('P');
                push_decimal(core as u64, text);
            }
            Holder::Directory => text.push_str("dir"),
            Holder::Level2 => text.push_str("L2"),
        }
        for part in [" ", change.line, " ", change.from, " -> ", change.to] {
            text.push_str(part);
        }
    }
}

/// What followed for a core without a step of its own.
fn followed(machine: &Machine<'_>, before: &State, after: &State, core: usize, text: &mut String) {
    let (old, new) = (&before.cores[core].window, &after.cores[core].window);
    let tree = machine.tree(core);
    // A path that begins anew has left behind what is complete.
    let unchanged = Arc::ptr_eq(&before.cores[core], &after.cores[core]);
    if unchanged || !machine.is_on_same_path(before, after, core) {
        return;
    }
    let (before_path, path) = (tree.path(old.node), tree.path(new.node));
    for event in bits(new.known & old.done & !old.known) {
        text.push_str("; ");
        machine.push_instance(core, path, event, text);
        text.push_str(" reads ");
        push_loaded(machine, new, path, event, text);
    }
    for (place, event) in bits(old.done & !new.done).enumerate() {
        text.push_str(if place == 0 { "; undoes " } else { ", " });
        machine.push_instance(core, before_path, event, text);
    }
}

fn push_loaded(machine: &Machine<'_>, window: &Window, path: &Path, event: usize, text: &mut String) {
    let access = &path.events[event];
    let value = |high| window.loaded(path, event as u8, high);
    push_value(machine, access, value(false), if access.halves { value(true) } else { None }, text);
}

fn push_value(
    machine: &Machine<'_>,
    access: &Event,
    low: Option<Value>,
    high: Option<Value>,
    text: &mut String,
) {
    let bytes = if access.halves { access.size / 2 } else { access.size };
    let symbol = access.place.and_then(|place| machine.symbol_at(place));
    let instruction = symbol.is_some_and(|(symbol, _)| symbol.code);
    let ty = Type { instruction, ..Type::number(bytes, true) };
    let show = |v: Option<Value>, text: &mut String| match v {
        Some(v) => push_contents(&machine.test().program, ty, ty.read(v), text),
        None => text.push('?'),
    };
    if access.halves {
        text.push('{');
        show(low, text);
        text.push(',');
        show(high, text);
        text.push('}');
    } else {
        show(low, text);
    }
}
