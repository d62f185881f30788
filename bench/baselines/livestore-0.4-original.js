// livestore-0.4-original: the published server of 0.4, as in its documentation, with the SQLite of its object. `bench/host.mjs` bundles it
// from `end2end/clients/livestore-0.4/node_modules`.

import { makeDurableObject, makeWorker } from '@livestore/sync-cf/cf-worker';

export class SyncBackendDO extends makeDurableObject({}) {}

export default makeWorker({ syncBackendBinding: 'SYNC_BACKEND_DO' });
