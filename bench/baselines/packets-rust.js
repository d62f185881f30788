// packets-rust: the product's codec (`bench/examples/packets.rs`), a packet in and a packet out through wasm-bindgen, as the Worker
// has it from a socket and gives it to one.

import { initSync, turn } from './packets_glue.js';
import module from './packets_glue_bg.wasm';
import { packets } from './packets.js';

initSync({ module });

export default packets(turn);
