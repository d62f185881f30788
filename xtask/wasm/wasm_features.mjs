// Wasm features that browsers and workerd have in common. With all its features binaryen would write files that browsers refuse.

import binaryen from 'binaryen';

const { Features } = binaryen;
const COMMON = {
  'bulk-memory': Features.BulkMemory,
  'bulk-memory-opt': Features.BulkMemoryOpt,
  'multivalue': Features.Multivalue,
  'mutable-globals': Features.MutableGlobals,
  'nontrapping-float-to-int': Features.NontrappingFPToInt,
  'reference-types': Features.ReferenceTypes,
  'sign-ext': Features.SignExt,
};

/** Feature set for binaryen as a library. */
export const FEATURES = Object.values(COMMON).reduce((all, feature) => all | feature, Features.MVP);

/** Flags for binaryen's command-line tools. */
export const ENABLED = Object.keys(COMMON).map((name) => `--enable-${name}`);
