// livestore-original: the published server of 0.3.1, as in its documentation. `bench/host.mjs` bundles it from `end2end/node_modules`.

import { makeDurableObject, makeWorker } from '@livestore/sync-cf/cf-worker';

export class WebSocketServer extends makeDurableObject({}) {}

export default makeWorker({});
