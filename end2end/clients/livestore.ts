// Runs a real LiveStore store in a process of its own, with the published packages and no replaced part. The variable CFM_CLIENT holds
// {url, storeId, directory?, clientId, payload?, startMs}. The process reads one command per line, {"do": …}, and answers each with one
// line. Without a directory the store lives in memory.

import { createInterface } from 'node:readline';
import { makeAdapter } from '@livestore/adapter-node';
import { createStorePromise, Events, makeSchema, queryDb, Schema, State } from '@livestore/livestore';
import { makeCfSync } from '@livestore/sync-cf';

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
// Escapes everything that is not ASCII, because line readers treat some Unicode characters as line ends.
const ascii = (text: string) => text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
const say = (value: unknown) => console.log(`#${ascii(JSON.stringify(value))}`);
say({ ready: true });

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  switch (command.do) {
    case 'create':
      store.commit(...command.todos.map((todo: any) => events.created(todo)));
      say({ done: true });
      break;
    case 'rename':
      store.commit(events.renamed({ id: command.id, text: command.text }));
      say({ done: true });
      break;
    case 'list':
      say({ rows: store.query(all) });
      break;
    case 'count':
      say({ count: store.query(all).length });
      break;
  }
}
process.exit(0);
