// Features of wasm that browsers and workerd both have. With all that binaryen knows it writes files that browsers refuse.

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

/** For binaryen as a library. */
export const FEATURES = Object.values(COMMON).reduce((all, feature) => all | feature, Features.MVP);

/** For its command-line tools. */
export const ENABLED = Object.keys(COMMON).map((name) => `--enable-${name}`);
