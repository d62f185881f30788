// core.md 5: a log has 1,024 sockets at most; the next is refused before the upgrade, and a place that is left is free again.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bearer, freshUser } from '../harness/hopeflow.ts';
import { JWT_SECRET } from '../harness/jwt.ts';
import { Line, noLine } from '../harness/line.ts';
import { address, freshStore } from '../harness/livestore.ts';
import { onOwnServer } from '../harness/suite.ts';
import { until } from '../harness/wait.ts';

const LOG_SOCKETS_MAX = 1_024;
const { base } = await onOwnServer({ JWT_SECRET });

const doors: [string, string, Record<string, string>, number][] = [
  ['livestore', address(freshStore()), {}, 503],
  ['hopeflow', '/', bearer({ userId: freshUser() }), 429],
];
for (const [door, path, headers, status] of doors) {
  test(`${door}: the 1,025th socket is refused`, async () => {
    const lines: Line[] = [];
    while (lines.length < LOG_SOCKETS_MAX) {
      lines.push(...(await Promise.all(Array.from({ length: 64 }, () => Line.open(base, path, { headers })))));
    }
    const refused = await noLine(base, path, { headers });
    assert.equal(refused.status, status);
    if (status === 429) assert.ok(Number(refused.headers['retry-after']) >= 1);
    await lines[0]!.close();
    const again = await until('a place is free', () => Line.open(base, path, { headers }).catch(() => undefined));
    for (const line of [again, ...lines]) line.terminate();
  });
}
