//! What the text of a model promises about coherence, so that candidates it would reject need not be made.

use super::cat::ast::{Binary, Property, Unary, Use};
use super::cat::ir::{Kind, Node, Program, SlotDef, Step};
use super::cat::names::Base;

/// What is known about a model before it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Traits {
    /// It draws coherence orders from the engine, by `with co from coherence-orders`.
    pub native: bool,
    /// It requires that program order, reads-from, coherence and from-read agree at each location.
    pub coherent: bool,
    /// The same with the edges inside read-modify-writes.
    pub coherent_rmw: bool,
}

/// Reads the traits off a model.
///
/// A model is coherent if one of its axioms is `acyclic` of a union that contains `po & loc` (or all of
/// `po`), `rf`, `co` and `fr`, directly or by name.
pub(crate) fn traits(program: &Program) -> Traits {
    let co = program.steps.iter().find_map(|step| match step {
        Step::With(slot, Node { kind: Kind::Base(Base::CoherenceOrders), .. }) => Some(*slot),
        _ => None,
    });
    let mut traits = Traits { native: co.is_some(), coherent: false, coherent_rmw: false };
    let Some(co) = co else { return traits };
    for step in &program.steps {
        let Step::Check(Use::Require, check, Some(_)) = step else { continue };
        if check.negated || check.property != Property::Acyclic {
            continue;
        }
        let look = Look { program, co };
        let mut parts = Parts::default();
        look.union(&check.of, &mut parts, 0);
        if parts.po_loc && parts.rf && parts.co && parts.fr {
            traits.coherent = true;
            traits.coherent_rmw |= parts.rmw;
        }
    }
    traits
}

/// What a union contains.
#[derive(Default)]
struct Parts {
    po_loc: bool,
    rf: bool,
    co: bool,
    fr: bool,
    rmw: bool,
}

struct Look<'a> {
    program: &'a Program,
    co: u32,
}

/// Names are followed this far: more than any model needs, and no loop holds us up.
const DEPTH_MAX: u32 = 50;

impl Look<'_> {
    fn named(&self, node: &Node) -> Option<&Node> {
        match &node.kind {
            Kind::Global(slot) => match &self.program.slots[*slot as usize].def {
                SlotDef::Value(node) => Some(node),
                _ => None,
            },
            _ => None,
        }
    }

    fn union(&self, node: &Node, parts: &mut Parts, depth: u32) {
        if depth > DEPTH_MAX {
            return;
        }
        match &node.kind {
            Kind::Base(Base::Po) => parts.po_loc = true,
            Kind::Base(Base::Rf) => parts.rf = true,
            Kind::Global(slot) if *slot == self.co => parts.co = true,
            Kind::Joined(Binary::Union, all) => {
                all.iter().for_each(|part| self.union(part, parts, depth + 1))
            }
            Kind::Joined(Binary::Inter, all) if all.len() == 2 => {
                let base = |k: usize| if let Kind::Base(base) = all[k].kind { Some(base) } else { None };
                parts.po_loc |= matches!(
                    (base(0), base(1)),
                    (Some(Base::Po), Some(Base::Loc)) | (Some(Base::Loc), Some(Base::Po))
                );
            }
            Kind::Joined(Binary::Minus, all) if all.len() == 2 => {
                parts.fr |= matches!(all[1].kind, Kind::Base(Base::Id)) && self.is_fr(&all[0]);
            }
            Kind::Joined(Binary::Seq, _) if self.is_fr(node) => parts.fr = true,
            // With whole accesses at its end, a relation of accesses is only larger.
            Kind::Joined(Binary::Seq, all) => {
                if let [part, Node { kind: Kind::Base(Base::Si), .. }] = &all[..] {
                    self.union(part, parts, depth + 1);
                }
            }
            Kind::Global(slot) => {
                let slot_of = &self.program.slots[*slot as usize];
                // Only as our own `stdlib.cat`, the first of all files, defines them.
                parts.rmw |= slot_of.place.file == 0 && ["rmw", "amo"].contains(&&*slot_of.name);
                if let Some(inner) = self.named(node) {
                    self.union(inner, parts, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Whether this is `rf^-1; co`.
    fn is_fr(&self, node: &Node) -> bool {
        let Kind::Joined(Binary::Seq, all) = &node.kind else { return false };
        let [inverse, co] = &all[..] else { return false };
        let inverse = matches!(&inverse.kind, Kind::Unary(Unary::Inverse, rf) if matches!(rf.kind, Kind::Base(Base::Rf)));
        inverse && matches!(co.kind, Kind::Global(slot) if slot == self.co)
    }
}
