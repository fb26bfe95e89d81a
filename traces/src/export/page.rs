//! What the page's script reads: only what the page shows, and everything that is the same in many frames once.

use std::collections::BTreeMap;

use indexmap::IndexSet;
use serde::Serialize;

use super::{Film, Frame};
use crate::view::counts::{CYCLES, MEASURES};
use crate::view::{Change, CoreView, Count, Counts, Status};

/// The data of a page.
#[derive(Debug, Serialize)]
struct Data<'a> {
    film: &'a Film,
    /// What is left out, in words.
    notes: Option<String>,
    /// How many steps there are, and which are shown if not all.
    of: (usize, Option<String>),
    /// Per status: its word and its sign.
    words: Vec<(Status, &'static str, char)>,
    /// Per core: its name and the text of each instruction.
    programs: Vec<(&'a str, Vec<String>)>,
    /// Per row of the table of counts: its key, its label and how far it is indented.
    measures: Vec<(&'static str, &'static str, usize)>,
    /// Per column of the table of counts: its name. The cores come first, then the total.
    columns: Vec<&'a str>,
    /// What the table is, and how cycles are estimated.
    estimate: String,
    frames: Vec<Shown>,
}

/// The place of a value in the pool.
type Place = usize;

/// Values as JSON, each once.
#[derive(Debug, Default)]
struct Pool {
    values: IndexSet<String, foldhash::fast::FixedState>,
}

impl Pool {
    fn put(&mut self, value: &impl Serialize) -> serde_json::Result<Place> {
        Ok(self.values.insert_full(serde_json::to_string(value)?).0)
    }
}

/// A frame.
#[derive(Debug, Serialize)]
struct Shown {
    /// Its number.
    n: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    branch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    /// Name, core, instruction and story of the step.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<Place>,
    effect: Place,
    /// Per core: rows, registers, buffer, cache, whether it has finished.
    cores: Vec<[Place; 5]>,
    memory: Place,
    level2: Place,
    traffic: Place,
    /// The names of the steps that could be taken.
    next: Place,
    /// Per final state: text, sign, weak, asked, reach.
    outcomes: Place,
    /// Per column: values and what was added.
    #[serde(skip_serializing_if = "Option::is_none")]
    counts: Option<Vec<Place>>,
}

/// Everything as JSON: the data, and under `pool` the values that it names by their place.
///
/// # Errors
/// None that this data can give: only what the serializer may say.
pub(super) fn json(film: &Film) -> serde_json::Result<String> {
    let mut pool = Pool::default();
    let data = serde_json::to_string(&Data::of(film, &mut pool)?)?;
    let values = pool.values.into_iter().collect::<Vec<_>>().join(",");
    Ok(format!("{{\"pool\":[{values}],{}", data.strip_prefix('{').unwrap_or(&data)))
}

/// Whether something is marked, as short as can be.
fn fresh(change: Change) -> u8 {
    matches!(change, Change::New | Change::Changed).into()
}

impl<'a> Data<'a> {
    fn of(film: &'a Film, pool: &mut Pool) -> serde_json::Result<Data<'a>> {
        const ALL: [Status; 9] = [
            Status::Ahead,
            Status::Predicted,
            Status::Waiting,
            Status::Ready,
            Status::Buffered,
            Status::Bound,
            Status::Done,
            Status::Retired,
            Status::Skipped,
        ];
        let view = film.frames.first().map(|frame| &frame.view);
        let counts = view.and_then(|view| view.counts.as_ref());
        let total = counts.map(|counts| &counts.total.values);
        let measures = MEASURES.iter().chain([&CYCLES]);
        let measures: Vec<_> = measures
            .filter(|measure| total.is_some_and(|total| total.contains_key(measure.key)))
            .map(|measure| (measure.key, measure.label, measure.depth))
            .collect();
        let keys: Vec<&str> = measures.iter().map(|(key, ..)| *key).collect();
        let frames: serde_json::Result<Vec<Shown>> =
            film.frames.iter().map(|frame| Shown::of(frame, &keys, pool)).collect();
        let program = |core: &'a CoreView| {
            let text = |row: &crate::view::Row| {
                row.labels.iter().map(|label| format!("{label}: ")).chain([row.text.clone()]).collect()
            };
            (core.name.as_str(), core.program.iter().map(text).collect())
        };
        Ok(Data {
            film,
            notes: film.notes(),
            of: (film.steps, film.cut_words().map(|words| format!("({words})"))),
            words: ALL.iter().map(|status| (*status, status.word(), status.sign())).collect(),
            programs: view.into_iter().flat_map(|view| &view.cores).map(program).collect(),
            measures,
            columns: counts.into_iter().flat_map(Counts::columns).map(|count| count.name.as_str()).collect(),
            estimate: counts.map(Counts::words).unwrap_or_default(),
            frames: frames?,
        })
    }
}

impl Shown {
    fn of(frame: &Frame, keys: &[&str], pool: &mut Pool) -> serde_json::Result<Shown> {
        let view = &frame.view;
        let step = frame.step.as_ref().map(|step| pool.put(&(&step.name, step.core, step.pc, step.story())));
        let memory: Vec<_> = view.memory.iter().map(|c| (&c.name, &c.value, fresh(c.change))).collect();
        let traffic: Vec<_> = view.traffic.iter().map(|m| (&m.text, fresh(m.change))).collect();
        let next: Vec<_> = view.enabled.iter().map(|step| &step.name).collect();
        let outcomes: Vec<_> = frame
            .outcomes
            .iter()
            .map(|o| (&o.text, o.sign(), o.weak == Some(true), o.asked, o.reach))
            .collect();
        let counts = view.counts.as_ref().map(|counts| {
            counts.columns().map(|count| column(count, keys, pool)).collect::<serde_json::Result<_>>()
        });
        Ok(Shown {
            n: frame.number,
            branch: frame.branch_words(),
            mark: frame.bookmark.clone(),
            step: step.transpose()?,
            effect: pool.put(&frame.effect)?,
            cores: view.cores.iter().map(|view| core(view, pool)).collect::<serde_json::Result<_>>()?,
            memory: pool.put(&memory)?,
            level2: pool.put(&lines(&view.level2))?,
            traffic: pool.put(&traffic)?,
            next: pool.put(&next)?,
            outcomes: pool.put(&outcomes)?,
            counts: counts.transpose()?,
        })
    }
}

fn core(view: &CoreView, pool: &mut Pool) -> serde_json::Result<[Place; 5]> {
    let rows: Vec<_> = view.program.iter().map(|r| (r.status, &r.detail, fresh(r.change))).collect();
    let registers: Vec<_> = view.registers.iter().map(|r| (&r.name, &r.value, fresh(r.change))).collect();
    let buffer: Vec<_> = view.buffer.iter().map(|b| (&b.location, &b.value, fresh(b.change))).collect();
    Ok([
        pool.put(&rows)?,
        pool.put(&registers)?,
        pool.put(&buffer)?,
        pool.put(&lines(&view.cache))?,
        pool.put(&view.finished)?,
    ])
}

/// Name, state and data of lines.
fn lines(lines: &[crate::view::Line]) -> Vec<(&str, &str, &str, u8)> {
    lines.iter().map(|l| (l.name.as_str(), l.state.as_str(), l.data.as_str(), fresh(l.change))).collect()
}

/// The values of a column by row, and the rows to which something was added.
fn column(count: &Count, keys: &[&str], pool: &mut Pool) -> serde_json::Result<Place> {
    let values: Vec<Option<u64>> = keys.iter().map(|key| count.value(key)).collect();
    let added: BTreeMap<usize, u8> =
        (0..keys.len()).filter(|row| count.added.contains_key(keys[*row])).map(|row| (row, 1)).collect();
    pool.put(&(values, added))
}
