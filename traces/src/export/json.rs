//! Every state in full, for other programs: one JSON object, in which each state is one line.

use std::io::{self, Write};

use serde::Serialize;

use super::{Film, Frame};

/// Writes a film while it is made, so that it need not fit into memory.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    frames: usize,
    /// The first error that there was; nothing is written after it.
    failed: Option<io::Error>,
}

/// What is known at the beginning.
#[derive(Serialize)]
struct Head<'a> {
    format: &'static str,
    version: u32,
    #[serde(flatten)]
    film: &'a Film,
}

/// What is known at the end.
#[derive(Serialize)]
struct End<'a> {
    /// The bookmarks.
    bookmarks: Vec<Bookmark<'a>>,
    /// The steps of the whole trace.
    steps: usize,
    /// Why the trace ends where it does.
    note: &'a Option<String>,
}

#[derive(Serialize)]
struct Bookmark<'a> {
    frame: usize,
    name: &'a str,
}

impl<W: Write> Writer<W> {
    /// Will write to `out`.
    pub fn new(out: W) -> Writer<W> {
        Writer { out, frames: 0, failed: None }
    }

    /// The next frame.
    pub fn frame(&mut self, film: &Film, frame: &Frame) {
        if self.failed.is_none()
            && let Err(error) = self.put(film, frame)
        {
            self.failed = Some(error);
        }
    }

    fn put(&mut self, film: &Film, frame: &Frame) -> io::Result<()> {
        if self.frames == 0 {
            let head = serde_json::to_string(&Head { format: "litmuscope-states", version: 1, film })?;
            let open = head.strip_suffix('}').unwrap_or(&head);
            write!(self.out, "{open},\n\"frames\":[\n")?;
        } else {
            self.out.write_all(b",\n")?;
        }
        self.frames += 1;
        serde_json::to_writer(&mut self.out, frame)?;
        Ok(())
    }

    /// After the last frame.
    ///
    /// # Errors
    /// The first that there was in writing.
    pub fn finish(mut self, film: &Film) -> io::Result<W> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let bookmarks = film.bookmarks.iter().map(|(frame, name)| Bookmark { frame: *frame, name }).collect();
        let end = serde_json::to_string(&End { bookmarks, steps: film.steps, note: &film.note })?;
        write!(self.out, "\n],\n{}\n", end.strip_prefix('{').unwrap_or(&end))?;
        self.out.flush()?;
        Ok(self.out)
    }
}
