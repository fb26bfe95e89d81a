//! What can be searched.

/// A state space. States are strings of words.
pub(super) trait Space: Sync {
    /// What a thread needs to expand states.
    type Scratch: Send + Sync;
    /// What can be wrong.
    type Violation: Copy + Send + Sync;

    /// Fresh scratch.
    fn scratch(&self) -> Self::Scratch;

    /// Where it begins.
    fn initial(&self) -> Vec<u16>;

    /// Finds the successors of a state.
    ///
    /// # Errors
    ///
    /// Something is wrong with the state or with a step from it; what has been found by then does not matter.
    fn expand(
        &self,
        state: &[u16],
        scratch: &mut Self::Scratch,
        found: &mut Successors,
    ) -> Result<(), Wrong<Self::Violation>>;
}

/// What is wrong: with a state, or with a step from it, which is one step further away.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wrong<V> {
    pub(super) violation: V,
    pub(super) at_step: bool,
}

/// The successors of some states, one after the other.
#[derive(Debug, Default)]
pub(super) struct Successors {
    words: Vec<u16>,
    ends: Vec<u32>,
    pub(super) steps: usize,
    /// Those that [`Successors::goes_on`] was said of.
    pub(super) onward: Vec<u32>,
}

impl Successors {
    pub(super) fn clear(&mut self) {
        self.words.clear();
        self.ends.clear();
        self.onward.clear();
        self.steps = 0;
    }

    /// Where the next successor is appended.
    #[inline]
    pub(super) fn buffer(&mut self) -> &mut Vec<u16> {
        &mut self.words
    }

    /// Ends a successor, which stands for so many steps.
    #[inline]
    pub(super) fn push(&mut self, steps: usize) {
        self.ends.push(self.words.len() as u32);
        self.steps += steps;
    }

    /// The last successor is the one in whose direction the state comes to rest; at most one of a state's.
    pub(super) fn goes_on(&mut self) {
        self.onward.push(self.ends.len() as u32 - 1);
    }

    #[inline]
    pub(super) fn get(&self, number: u32) -> &[u16] {
        let number = number as usize;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        &self.words[start as usize..self.ends[number] as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &[u16]> {
        (0..self.ends.len() as u32).map(|number| self.get(number))
    }
}
