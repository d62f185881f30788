// Runs the published sync client of LiveStore without a store behind it, because the tables of a store are too small for a long log. The
// variable CFM_CLIENT holds {url, storeId, payload?}. The client pulls until nothing remains and then prints one line with the number of
// events, the first event out of place, and the arguments of the last event.

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
