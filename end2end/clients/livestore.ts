// Runs a real store of LiveStore 0.3.1 in a process of its own, with the published packages and no replaced part. The variable CFM_CLIENT
// holds {url, storeId, directory?, clientId, payload?, startMs}; the process takes the commands of `commands.ts`. Without a directory the
// store lives in memory.

import { makeAdapter } from '@livestore/adapter-node';
import { createStorePromise, Events, makeSchema, queryDb, Schema, State } from '@livestore/livestore';
import { makeCfSync } from '@livestore/sync-cf';
import { obey } from './commands.ts';

const todos = State.SQLite.table({
  name: 'todos',
  columns: {
    id: State.SQLite.text({ primaryKey: true }),
    text: State.SQLite.text({ default: '' }),
    data: State.SQLite.text({ nullable: true }),
  },
});
const events = {
  created: Events.synced({
    name: 'v1.TodoCreated',
    schema: Schema.Struct({ id: Schema.String, text: Schema.String, data: Schema.optional(Schema.Any) }),
  }),
  renamed: Events.synced({ name: 'v1.TodoRenamed', schema: Schema.Struct({ id: Schema.String, text: Schema.String }) }),
};
const materializers = State.SQLite.materializers(events, {
  'v1.TodoCreated': ({ id, text, data }) => todos.insert({ id, text, data: data === undefined ? null : JSON.stringify(data) }),
  'v1.TodoRenamed': ({ id, text }) => todos.update({ text }).where({ id }),
});
const schema = makeSchema({ events, state: State.SQLite.makeState({ tables: { todos }, materializers }) });

const { url, storeId, directory, clientId, payload, startMs } = JSON.parse(process.env['CFM_CLIENT']!);
const store = await createStorePromise({
  schema,
  storeId,
  syncPayload: payload,
  adapter: makeAdapter({
    storage: directory ? { type: 'fs', baseDirectory: directory } : { type: 'in-memory' },
    clientId,
    sync: { backend: makeCfSync({ url }), initialSyncOptions: { _tag: 'Blocking', timeout: startMs } },
  }),
});
const all = queryDb(todos.orderBy('id', 'asc'));
await obey({
  create: (created) => store.commit(...created.map((todo) => events.created(todo))),
  rename: (id, text) => store.commit(events.renamed({ id, text })),
  rows: () => store.query(all),
});
