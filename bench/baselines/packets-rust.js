// packets-rust: the product's codec (`bench/examples/packets.rs`). Each packet goes in and out through wasm-bindgen, as in the Worker.

import { initSync, turn } from './packets_glue.js';
import module from './packets_glue_bg.wasm';
import { packets } from './packets.js';

initSync({ module });

export default packets(turn);
