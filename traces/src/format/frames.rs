//! Zstandard data as a stream of bytes, every checksum compared.

use std::cell::Cell;
use std::io::{self, BufRead, Read};
use std::rc::Rc;

use ruzstd::decoding::{FrameDecoder, StreamingDecoder};

/// All frames of a zstd file, one after the other.
///
/// Data that end inside a frame are an error of the kind `UnexpectedEof`, others that are no frames one of the kind
/// `InvalidData`.
pub(crate) struct Frames<R: Read> {
    state: State<Ending<R>>,
    /// Whether the data have come to their end.
    ended: Rc<Cell<bool>>,
}

enum State<R: Read> {
    Between(R),
    Inside(Box<StreamingDecoder<R, FrameDecoder>>),
    Failed,
}

/// A reader that notes its end, for a decoder does not say why it has failed.
struct Ending<R> {
    input: R,
    ended: Rc<Cell<bool>>,
}

impl<R: Read> Read for Ending<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.input.read(buffer)?;
        self.ended.set(read == 0 && !buffer.is_empty());
        Ok(read)
    }
}

impl<R: BufRead> Frames<R> {
    pub(crate) fn new(input: R) -> Frames<R> {
        let ended = Rc::new(Cell::new(false));
        Frames { state: State::Between(Ending { input, ended: Rc::clone(&ended) }), ended }
    }

    /// What it means that a decoder has failed.
    fn broken(&self, error: impl std::fmt::Display) -> io::Error {
        if self.ended.get() {
            return io::Error::new(io::ErrorKind::UnexpectedEof, error.to_string());
        }
        damaged(&error.to_string())
    }
}

fn damaged(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("damaged zstd data: {why}"))
}

/// Whether what was decoded has the checksum that the frame names, if it names one.
fn has_its_checksum(decoder: &FrameDecoder) -> bool {
    decoder.get_checksum_from_data().is_none_or(|named| decoder.get_calculated_checksum() == Some(named))
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            match std::mem::replace(&mut self.state, State::Failed) {
                State::Failed => return Err(damaged("an earlier frame could not be read")),
                State::Between(mut ending) => {
                    if ending.input.fill_buf()?.is_empty() {
                        self.state = State::Between(ending);
                        return Ok(0);
                    }
                    let decoder = StreamingDecoder::new(ending).map_err(|error| self.broken(error))?;
                    self.state = State::Inside(Box::new(decoder));
                }
                State::Inside(mut frame) => {
                    let read = frame.read(buffer).map_err(|error| self.broken(error))?;
                    if read > 0 || buffer.is_empty() {
                        self.state = State::Inside(frame);
                        return Ok(read);
                    }
                    if !has_its_checksum(&frame.decoder) {
                        return Err(damaged("the checksum of a frame is another"));
                    }
                    self.state = State::Between(frame.into_inner());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn read(data: &[u8]) -> io::Result<Vec<u8>> {
        let mut read = Vec::new();
        Frames::new(data).read_to_end(&mut read).map(|_| read)
    }

    /// Every byte of two frames matters: a change is an error or, where a frame has no use for the byte, changes nothing.
    #[test]
    fn damage_is_never_taken_for_data() {
        let text: Vec<u8> = (0..900_u32).flat_map(|n| format!("{} ", n * n % 97).into_bytes()).collect();
        let (first, second) = text.split_at(1000);
        let data = [first, second].map(|part| compress_to_vec(part, CompressionLevel::Fastest)).concat();
        assert_eq!(read(&data).unwrap(), text);
        for (at, bit) in (0..data.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut changed = data.clone();
            changed[at] ^= 1 << bit;
            if let Ok(found) = read(&changed) {
                assert!(found == text, "bit {bit} of byte {at}");
            }
        }
        for end in 1..data.len() {
            match read(&data[..end]) {
                Ok(found) => assert_eq!(found, first, "cut at {end}"),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "cut at {end}: {error}"),
            }
        }
        assert_eq!(read(b"no frame").unwrap_err().kind(), io::ErrorKind::InvalidData);
    }
}
