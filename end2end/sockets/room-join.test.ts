// messenger.md 5.4: the people of a room, whole or in pages.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { freshRoom } from '../harness/ids.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onSharedServer } from '../harness/suite.ts';

const base = await onSharedServer();

test('a client that takes pages is told the number of people, and asks for them', async () => {
  const room = freshRoom();
  const [one, two] = [await guest(base), await guest(base)];
  const theirs = await FrameSocket.joined(base, room, one);
  const mine = await FrameSocket.joined(base, room, two, { query: { participants: 'page' } });
  const first = mine.all('participants')[0]!;
  assert.deepEqual([first['count'], first['participants'].length, first['participants'][0].id], [2, 2, two.user.id]);
  assert.equal('count' in theirs.all('participants')[0]!, false, 'an older client is told no number');
  const known: string[] = [];
  for (let after = '', more = true; more; ) {
    const rid = `p${known.length}`;
    mine.send({ type: 'participants', rid, after, limit: 1 });
    const page = await mine.next((frame) => frame.type === 'participants_page' && frame['rid'] === rid);
    known.push(...page['items'].map((row: any) => row.id));
    [after, more] = [page['next'], page['more']];
  }
  assert.deepEqual(known, [one.user.id, two.user.id].sort(), 'everybody once, by id');
});
