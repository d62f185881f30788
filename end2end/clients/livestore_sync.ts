// LiveStore's sync client alone: the published package without a store behind it, whose tables end long before a log does. Started with
// CFM_CLIENT = {url, storeId, payload?}. Pulls until nothing remains and says in one line what came: how many events, the first that was
// not in its place, and the arguments of the last.

import { makeCfSync } from '@livestore/sync-cf';
import { Effect, Option, Stream } from '@livestore/utils/effect';

const { url, storeId, payload } = JSON.parse(process.env['CFM_CLIENT']!);
let [count, args, misplaced]: [number, unknown, number | undefined] = [0, undefined, undefined];
const pull = Effect.gen(function* () {
  const sync = yield* makeCfSync({ url })({ storeId, clientId: 'sync', payload } as never);
  yield* sync.pull(Option.none()).pipe(
    Stream.takeUntil(({ remaining }) => remaining === 0),
    Stream.runForEach(({ batch }) =>
      Effect.sync(() => {
        for (const { eventEncoded } of batch) {
          count += 1;
          args = eventEncoded.args;
          if (Number(eventEncoded.seqNum) !== count) misplaced ??= count;
        }
      }),
    ),
  );
});
await Effect.runPromise(Effect.scoped(pull) as never);
console.log(JSON.stringify({ count, misplaced: misplaced ?? null, args }));
process.exit(0);
