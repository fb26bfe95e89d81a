//! Abstract values, and which of them are the same.

use crate::program::{AluOp, Value};
use smallvec::{SmallVec, smallvec};

/// A small set of numbers, or any number.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Set(Option<Numbers>);

// As one copy of memory, which a derived `clone` is not.
impl Clone for Set {
    fn clone(&self) -> Set {
        Set(self.0.as_ref().map(|numbers| Numbers::from_slice(numbers)))
    }
}

/// Most sets hold one number: these are copied much and should not be allocated.
type Numbers = SmallVec<[Value; 2]>;

/// The largest set that is kept; a larger one becomes any number.
const MOST: usize = 8;

impl Set {
    pub(super) fn any() -> Set {
        Set(None)
    }

    pub(super) fn empty() -> Set {
        Set(Some(Numbers::new()))
    }

    pub(super) fn one(value: Value) -> Set {
        Set(Some(smallvec![value]))
    }

    /// The numbers in increasing order, `None` for any.
    pub(super) fn known(&self) -> Option<&[Value]> {
        self.0.as_deref()
    }

    /// Adds the numbers of another set; whether this one has grown.
    pub(super) fn join(&mut self, other: &Set) -> bool {
        let Some(mine) = &mut self.0 else { return false };
        let Some(theirs) = &other.0 else {
            self.0 = None;
            return true;
        };
        let before = mine.len();
        for &value in theirs {
            if let Err(place) = mine.binary_search(&value) {
                mine.insert(place, value);
            }
        }
        let grown = mine.len() > before;
        if mine.len() > MOST {
            self.0 = None;
        }
        grown
    }

    /// Each number cut to its lower `size` bytes.
    pub(super) fn truncated(&self, size: u8) -> Set {
        let bits = size.saturating_mul(8).clamp(1, 64);
        Set::apply(AluOp::ZeroExtend(bits), [self.clone(), self.clone(), self.clone()])
    }

    /// The values of a function for all combinations of arguments.
    pub(super) fn apply(op: AluOp, [a, b, c]: [Set; 3]) -> Set {
        let zero = Set::one(0);
        match op {
            AluOp::Copy | AluOp::First => return a,
            AluOp::And | AluOp::Mul(_) if a == zero || b == zero => return zero,
            AluOp::Select => return select(&a, b, &c),
            _ => {}
        }
        let arity = arity(op);
        let list = |set: &Set, used: bool| if used { set.0.clone() } else { Some(smallvec![0]) };
        let lists = (list(&a, true), list(&b, arity > 1), list(&c, arity > 2));
        let (Some(a), Some(b), Some(c)) = lists else { return Set::any() };
        let mut all = Set::empty();
        for &x in &a {
            for &y in &b {
                for &z in &c {
                    all.join(&Set::one(op.apply([x, y, z])));
                }
            }
        }
        all
    }
}

fn select(condition: &Set, yes: Set, no: &Set) -> Set {
    let known = condition.known();
    let may = |expect: bool| known.is_none_or(|known| known.iter().any(|&value| (value != 0) == expect));
    let mut all = if may(true) { yes } else { Set::empty() };
    if may(false) {
        all.join(no);
    }
    all
}

/// How many arguments a function looks at.
fn arity(op: AluOp) -> usize {
    match op {
        AluOp::Copy
        | AluOp::First
        | AluOp::ZeroExtend(_)
        | AluOp::SignExtend(_)
        | AluOp::ReverseBits(_)
        | AluOp::ReverseBytes(..)
        | AluOp::LeadingZeros(_)
        | AluOp::LeadingSigns(_)
        | AluOp::CountOnes => 1,
        AluOp::Select | AluOp::AddFlags(_) => 3,
        _ => 2,
    }
}

/// Value numbering inside one alternative: the same number means the same value, known or not.
pub(super) struct Numbering {
    registers: Vec<usize>,
    definitions: Vec<Definition>,
}

#[derive(PartialEq)]
enum Definition {
    Fresh,
    Constant(Value),
    Application(AluOp, [usize; 3]),
}

impl Numbering {
    /// Numbers for the initial contents of this many registers.
    pub(super) fn new(registers: usize) -> Numbering {
        Numbering {
            registers: (0..registers).collect(),
            definitions: std::iter::repeat_with(|| Definition::Fresh).take(registers).collect(),
        }
    }

    pub(super) fn fresh(&mut self) -> usize {
        self.definitions.push(Definition::Fresh);
        self.definitions.len() - 1
    }

    pub(super) fn constant(&mut self, value: Value) -> usize {
        self.find(Definition::Constant(value))
    }

    pub(super) fn application(&mut self, op: AluOp, args: [usize; 3]) -> usize {
        self.find(Definition::Application(op, args))
    }

    /// The number of a register's contents.
    pub(super) fn register(&mut self, reg: usize) -> usize {
        self.registers.get(reg).copied().unwrap_or(usize::MAX)
    }

    /// Notes that a register now holds the value of that number.
    pub(super) fn assign(&mut self, reg: usize, number: Option<usize>) {
        let number = number.unwrap_or_else(|| self.fresh());
        if let Some(register) = self.registers.get_mut(reg) {
            *register = number;
        }
    }

    fn find(&mut self, definition: Definition) -> usize {
        let initial = self.registers.len();
        let mut made = self.definitions.iter().skip(initial);
        if let Some(found) = made.position(|known| *known == definition) {
            return initial + found;
        }
        self.definitions.push(definition);
        self.definitions.len() - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_grow_to_any_and_functions_of_known_values_are_known() {
        let mut set = Set::one(0);
        for value in 1..MOST as Value {
            assert!(set.join(&Set::one(value)));
        }
        assert!(!set.join(&Set::one(3)));
        let sum = Set::apply(AluOp::Add(64), [set.clone(), Set::one(10), Set::one(0)]);
        assert_eq!(sum.known(), Some(&[10, 11, 12, 13, 14, 15, 16, 17][..]));
        assert!(set.join(&Set::one(100)));
        assert_eq!(set.known(), None);
        assert_eq!(Set::apply(AluOp::And, [set.clone(), Set::one(0), Set::one(0)]), Set::one(0));
        assert_eq!(Set::apply(AluOp::Select, [Set::one(1), Set::one(5), set]), Set::one(5));
    }

    #[test]
    fn the_same_function_of_the_same_values_has_the_same_number() {
        let mut numbering = Numbering::new(2);
        let (a, b) = (numbering.register(0), numbering.register(1));
        let once = numbering.application(AluOp::Xor, [a, b, a]);
        assert_eq!(numbering.application(AluOp::Xor, [a, b, a]), once);
        assert_ne!(numbering.application(AluOp::Xor, [b, a, a]), once);
        numbering.assign(1, Some(a));
        assert_eq!(numbering.register(1), a);
        assert_ne!(numbering.fresh(), numbering.fresh());
    }
}
