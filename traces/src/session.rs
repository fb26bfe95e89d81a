//! A test on a machine that is given by name: the one place where traces, replay and export build machines.

use std::sync::Arc;

use sim_core::core::SharedDomain;
use sim_core::litmus::Test;
use sim_core::machine::{self, Hardware};
use sim_core::order::{Layout, Order};
use sim_core::search::visible::{self, Transactions};
use sim_core::search::walk::Walk;
use sim_core::search::{self, Options, Preference, Report};

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
    hardware: Hardware,
    order: Order,
    layout: Layout,
    /// What its machines have found out about the values of the test.
    domain: SharedDomain,
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

    /// The same model on other hardware.
    #[must_use]
    pub fn on(self, hardware: &Hardware) -> Setup {
        let protocol = hardware.protocol().map(str::to_string);
        Setup { protocol, features: hardware.features(), ..self }
    }

    /// The hardware that it names.
    ///
    /// # Errors
    /// A sentence about the first name that this program does not know.
    pub fn hardware(&self) -> Result<Hardware, String> {
        Hardware::named(self.protocol.as_deref(), self.features.iter().map(String::as_str))
    }
}

impl Session {
    /// A test on a machine.
    ///
    /// # Errors
    /// A sentence about the part of `setup` that this program does not have.
    pub fn new(test: Test, setup: Setup) -> Result<Session, String> {
        let model = Machine::named(&setup.model)?;
        let hardware = setup.hardware()?;
        let order = hardware.order(&Order { buffer: setup.store_buffer, ..model.order() });
        let layout = Layout::new(&test.program);
        machine::Machine::new(&test, &order, &layout, setup.unroll).on(&hardware)?;
        Ok(Session { test, setup, hardware, order, layout, domain: SharedDomain::default() })
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
        let (is, said) = ((&test.name, &test.arch), (&recorded.name, &recorded.arch));
        if is != said {
            return Err(format!(
                "the header says that this is the test {} for {}, and its text is the test {} for {}",
                said.0, said.1, is.0, is.1
            ));
        }
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
        let domain = Arc::clone(&self.domain);
        let machine =
            machine::Machine::sharing(&self.test, &self.order, &self.layout, self.setup.unroll, domain);
        machine.on(&self.hardware).expect("the session was made with this hardware")
    }

    /// Whether the search over words of stores shows everything that this machine does. If not, only its own states
    /// tell: a bug of a protocol, an invalidate queue or a shared store buffer is no local order.
    pub fn is_searchable(&self) -> bool {
        self.hardware.is_coherent()
    }

    /// All final states of the machine.
    pub fn outcomes(&self, options: &Options<'_>) -> Report {
        if self.is_searchable() {
            return search::outcomes(&self.test, &self.order, options);
        }
        let (test, order, whole) = (&self.test, &self.order, Transactions::Interleaved);
        visible::on(test, order, &self.hardware, whole, options)
            .expect("the session was made with this hardware")
    }

    /// A run to each final state, found among the states of the machine.
    pub fn walk<'s>(&'s self, preference: Preference, options: Options<'s>) -> Walk<'s> {
        Walk::new(|| self.machine(), preference, options)
    }

    /// What stands between its cores and memory.
    pub fn hardware(&self) -> &Hardware {
        &self.hardware
    }

    /// The local order of the machine.
    pub fn order(&self) -> &Order {
        &self.order
    }
}
