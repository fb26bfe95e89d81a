//! Files of litmuscope.
