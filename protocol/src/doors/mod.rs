//! Wire forms, one door each. A door turns bytes into inputs and notices into bytes; it decides nothing and owns no state.

pub mod messenger;
