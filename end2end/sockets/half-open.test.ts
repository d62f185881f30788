// push.md 1, core.md 5 and 7: half-open connections. A connection can be dead for a long time before the server notices. Messages of that
// time wait in the inbox, as if the person had been away. How long a silent socket is believed, and what of it waits, is in
// `room/tests.rs`.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { marker } from '../harness/ids.ts';
import { FREE_VARS } from '../harness/server.ts';
import { persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { onPooledServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const { base } = await onPooledServer(FREE_VARS);

test('a connection that breaks after it stalled: what it did not bring is in the inbox, and nothing else', async () => {
  const [writer, reader] = [await persona(base, 'user_1'), await persona(base, 'user_2')];
  const { id: room } = await writer.api.ok('POST', '/api/rooms/dm', { userId: 'user_2' });
  const [theirs, mine] = [await FrameSocket.joined(base, room, writer), await FrameSocket.joined(base, room, reader)];
  const got = await theirs.say(marker());
  await mine.next('chat');
  mine.send({ type: 'ack', upToSeq: got['seq'], status: 'delivered' });
  await mine.next('delivery_status');
  const waiting = async () => (await reader.api.ok('GET', '/api/inbox')).items.find((item: any) => item.roomId === room);
  mine.pause();
  const said = [await theirs.say(marker()), await theirs.say(marker()), await theirs.say(marker())];
  assert.equal(await waiting(), undefined, 'as far as anybody knows they are here');
  mine.terminate();
  const item = await until('the inbox', waiting);
  assert.deepEqual([item.fromSeq, item.toSeq, item.count], [said[0]!['seq'], said[2]!['seq'], 3]);
  await theirs.close();
});
