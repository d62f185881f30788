// Optimises wasm files in place for size, with binaryen as a library: `node xtask/optimise.mjs FILE …`. With `--strip-only` as the first
// word, it only removes the names of functions.

import { readFileSync, writeFileSync } from 'node:fs';
import binaryen from 'binaryen';
import { FEATURES } from './wasm_features.mjs';

// These levels equal `-Oz`.
binaryen.setOptimizeLevel(2);
binaryen.setShrinkLevel(2);

const words = process.argv.slice(2);
const isStripping = words[0] === '--strip-only';
for (const file of isStripping ? words.slice(1) : words) {
  const module = binaryen.readBinary(readFileSync(file));
  module.setFeatures(FEATURES);
  if (!isStripping) module.optimize();
  module.runPasses(['strip-debug', 'strip-producers']);
  writeFileSync(file, module.emitBinary());
  module.dispose();
}
