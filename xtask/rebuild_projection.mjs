// Makes a running deployment rebuild its database from the logs, step by step. `cargo xtask rebuild-projection` starts it with CFM_URL and
// ADMIN_TOKEN. A failed step is repeated, because a step has the same effect when it runs twice.

const { CFM_URL: url, ADMIN_TOKEN: token } = process.env;
const TRIES_MAX = 8;
const STEP_MS_MAX = 120_000;

async function ask(after) {
  const answer = await fetch(new URL('/api/admin/projection', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ after }),
    signal: AbortSignal.timeout(STEP_MS_MAX),
  });
  const { data, error } = await answer.json();
  if (answer.ok) return { data };
  const message = `${answer.status} ${error?.code ?? ''}`.trim();
  // A refusal would be the same next time.
  if (answer.status < 500 && answer.status !== 429) throw new Error(message);
  return { message };
}

async function step(after) {
  for (let tries = 1; ; tries += 1) {
    const { data, message } = await ask(after).catch((failure) => {
      if (/^4\d\d /.test(failure.message)) throw failure;
      return { message: failure.cause?.message ?? failure.message };
    });
    if (data) return data;
    console.error(`not now: ${message}`);
    if (tries === TRIES_MAX) throw new Error(`given up after ${tries} tries: ${message}`);
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** tries));
  }
}

let [after, rooms, rows, failed] = [undefined, 0, 0, 0];
try {
  for (let steps = 1; ; steps += 1) {
    const said = await step(after);
    rooms += said.rooms;
    rows += said.rows;
    failed += said.failed;
    console.log(`step ${steps}: ${said.rooms} rooms, ${said.rows} rows${said.done ? '' : `; next after ${said.after}`}`);
    if (said.done) break;
    after = said.after;
  }
  console.log(`done: ${rooms} rooms, ${rows} rows`);
  if (failed > 0) throw new Error(`${failed} logs could not tell theirs, and keep the rows they had: the lines of the Worker say why`);
} catch (failure) {
  console.error(failure.message);
  process.exitCode = 1;
}
