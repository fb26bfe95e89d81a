//! A test on a machine that is given by name: the one place where traces, replay and export build machines.

use sim_core::litmus::Test;
use sim_core::machine;
use sim_core::order::{Layout, Order};

use crate::format::{Header, Setup, md5_of};
use crate::load;
use crate::machine::Machine;

/// Back-jumps that a core may predict before any is decided, if nobody says how many.
const UNROLL: u32 = 4;

/// Everything that a run refers to.
#[derive(Debug)]
pub struct Session {
    /// The test.
    pub test: Test,
    /// The machine by name.
    pub setup: Setup,
    order: Order,
    layout: Layout,
}

impl Setup {
    /// The plain machine of a model for a test.
    pub fn new(model: Machine, test: &Test) -> Setup {
        Setup {
            model: model.name().to_string(),
            protocol: None,
            features: Vec::new(),
            store_buffer: None,
            unroll: test.unroll.unwrap_or(UNROLL),
        }
    }
}

impl Session {
    /// A test on a machine.
    ///
    /// # Errors
    /// A sentence about the part of `setup` that this program does not have.
    pub fn new(test: Test, setup: Setup) -> Result<Session, String> {
        let model = Machine::named(&setup.model)?;
        if let Some(protocol) = &setup.protocol {
            return Err(format!("there is no protocol `{protocol}` on this machine"));
        }
        if let Some(feature) = setup.features.first() {
            return Err(format!("there is no feature `{feature}` on this machine"));
        }
        let order = Order { buffer: setup.store_buffer, ..model.order() };
        let layout = Layout::new(&test.program);
        Ok(Session { test, setup, order, layout })
    }

    /// The session that a header describes.
    ///
    /// # Errors
    /// A sentence about what is wrong: the text has been changed since it was written, is no test, or this
    /// program does not have the machine.
    pub fn of(header: &Header) -> Result<Session, String> {
        let recorded = &header.test;
        let md5 = md5_of(&recorded.text);
        if md5 != recorded.md5 {
            return Err(format!(
                "the text of test {} has been changed: its MD5 is {md5}, and {} was recorded",
                recorded.name, recorded.md5
            ));
        }
        let parsed = load::Source::new(recorded.name.as_str(), recorded.text.as_str()).parse();
        let Some(test) = parsed.value else {
            let reason = parsed.diagnostics.first().map(|d| d.message.clone()).unwrap_or_default();
            return Err(format!("the text of test {} cannot be read: {reason}", recorded.name));
        };
        if test.hash != recorded.hash {
            return Err(format!(
                "this program reads the text of test {} as another test: its hash is {}, and {} was recorded",
                recorded.name, test.hash, recorded.hash
            ));
        }
        Session::new(test, header.machine.clone())
    }

    /// The machine, in its initial state.
    pub fn machine(&self) -> machine::Machine<'_> {
        machine::Machine::new(&self.test, &self.order, &self.layout, self.setup.unroll)
    }

    /// The local order of the machine.
    pub fn order(&self) -> &Order {
        &self.order
    }
}
