// The stage (ux.md 3.1; demo.md). Two devices talk side by side, figures are measured, and simulated effects are marked. The plug
// kills the server for real. The proof is counted from the log and from what two sockets received.

import { photographed } from '../harness/camera.ts';
import { violations } from '../harness/clean.ts';
import { marker } from '../harness/ids.ts';
import { expect, soundsOpen, soundsStarted, test, STORY_VARS, type Company, type Person } from '../harness/people.ts';
import { begin, code, panel } from '../harness/presenter.ts';
import { Server } from '../harness/server.ts';
import { device, eventsAfter, kept, log, number, row, say } from '../harness/stage.ts';

async function open(company: Company, base?: string, prepare?: () => void, query = ''): Promise<Person> {
  const shown = await company.come({ viewport: { width: 1_920, height: 1_080 }, outage: true, ...(base ? { base } : {}) });
  if (prepare) await shown.page.addInitScript(prepare);
  await shown.page.goto(`${shown.base}/demo/stage${query}`);
  for (const number of [1, 2] as const) await expect(log(shown.page, number)).toBeVisible({ timeout: 30_000 });
  return shown;
}

declare const stopTime: () => void;
declare const goOn: () => void;

/** Runs in the page before its own scripts. From `stopTime` on, due timers of the devices wait until `goOn`. */
function stoppableTime(): void {
  const stage = window.top as unknown as { waiting?: Map<number, () => void>; stopTime: () => void; goOn: () => void };
  if (window.top === window) {
    stage.stopTime = () => {
      stage.waiting = new Map();
    };
    stage.goOn = () => {
      const due = [...stage.waiting!.values()];
      delete stage.waiting;
      for (const act of due) act();
    };
    return;
  }
  const [wait, end] = [window.setTimeout.bind(window), window.clearTimeout.bind(window)];
  window.setTimeout = ((act: () => void, ms?: number) => {
    const id = wait(() => (stage.waiting ? stage.waiting.set(id, act) : act()), ms);
    return id;
  }) as typeof window.setTimeout;
  window.clearTimeout = ((id?: number) => {
    stage.waiting?.delete(id!);
    end(id);
  }) as typeof window.clearTimeout;
}

test('two devices talk side by side; events are told without words, and figures are measured @night', async ({ company }) => {
  const shown = await open(company);
  const { page } = shown;
  const line = marker();
  await say(page, 1, line);
  await expect(row(page, 2, line)).toBeVisible();
  const events = page.getByRole('log', { name: 'Events' });
  await expect(events.getByText('sent a message').first()).toBeVisible();
  await expect(events).not.toContainText(line);
  // The audience reads both devices, whichever has the keyboard.
  for (const number of [1, 2] as const) await expect(device(page, number).locator('.row-end .badge')).toHaveCount(0);
  const { code } = await kept(page);
  await expect(page.getByText(code, { exact: true }).last()).toBeVisible();
  await expect(page.getByText('3 here')).toBeVisible();
  await expect(device(page, 1).getByRole('region', { name: 'Demo room' })).toBeVisible();
  await expect(device(page, 2).getByRole('region', { name: 'Demo room' }), 'the phone has no bar').toHaveCount(0);
  const figure = (words: string) => page.locator('.fig').filter({ hasText: words });
  await expect(figure('round trip')).toContainText(/\d+(\.\d)? \/ \d+(\.\d)? ms/);
  await expect(figure('steps since wake-up')).toContainText(/\d/);
  expect(await violations(page, {}, { exclude: ['iframe'] })).toEqual([]);
  // On large screens both devices are completely visible, side by side, and fill most of the screen.
  for (const [width, height] of [[1_920, 1_080], [3_840, 2_160]] as const) {
    await page.setViewportSize({ width, height });
    const frames = page.locator('iframe');
    await expect(frames).toHaveCount(2);
    for (const frame of await frames.all()) await expect(frame, `${width}`).toBeInViewport({ ratio: 1 });
    const boxes = await Promise.all((await frames.all()).map(async (frame) => (await frame.boundingBox())!));
    expect(boxes[0]!.x + boxes[0]!.width, `${width}`).toBeLessThanOrEqual(boxes[1]!.x);
    expect(boxes.reduce((sum, box) => sum + box.width * box.height, 0), `${width}`).toBeGreaterThan(0.4 * width * height);
  }
});

test('on a phone the whole stage is in view @night', async ({ company }) => {
  const { page, base } = await company.come({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, outage: true });
  await page.goto(`${base}/demo/stage`);
  await expect(log(page, 2)).toBeVisible({ timeout: 30_000 });
  for (const part of [page.locator('.stage-top'), page.locator('.stage-edge')]) await expect(part).toBeInViewport({ ratio: 0.9 });
});

test('what is simulated says so; a line that is cut keeps what was written, and brings it when it is back @night', async ({ company }) => {
  const { page } = await open(company);
  await page.getByRole('button', { name: 'Simulate' }).click();
  const second = page.getByRole('group', { name: 'Device 2' });
  await second.getByRole('slider', { name: 'Latency' }).fill('400');
  await expect(page.getByText('SIMULATED: +400 ms')).toBeVisible();
  await second.getByRole('button', { name: 'Cut the connection' }).click();
  const line = marker();
  await say(page, 2, line);
  await expect(row(page, 2, line)).toContainText('Queued');
  await expect(row(page, 1, line)).toHaveCount(0);
  await second.getByRole('button', { name: 'Cut the connection' }).click();
  await expect(row(page, 1, line)).toHaveCount(1, { timeout: 40_000 });
  await expect(row(page, 2, line)).toHaveCount(1);
  await second.getByRole('button', { name: 'Restart the device' }).click();
  await expect(row(page, 2, line)).toHaveCount(1, { timeout: 40_000 });
});

test('a line that loses half of what passes, and one that takes its time, say so; whatever is said arrives once and in its order @night', async ({ company }) => {
  const { page } = await open(company, undefined, stoppableTime);
  await page.getByRole('button', { name: 'Simulate' }).click();
  const [loss, latency] = ['Loss', 'Latency'].map((name) => page.getByRole('group', { name: 'Device 2' }).getByRole('slider', { name }));
  const opened: string[] = [];
  page.on('websocket', (socket) => opened.push(new URL(socket.url()).pathname));
  await loss!.fill('50');
  await expect(page.getByText('SIMULATED: Loss 50 %')).toBeVisible();
  const lines = Array.from({ length: 6 }, () => marker());
  for (const [at, line] of lines.entries()) await say(page, at % 2 === 0 ? 2 : 1, line);
  // After a lost frame the device reconnects on another socket.
  const inRoom = () => opened.filter((path) => path.startsWith('/api/ws/room/')).length;
  await expect.poll(inRoom, { message: 'another socket', timeout: 40_000 }).toBeGreaterThan(0);
  await loss!.fill('0');
  await expect(page.getByRole('region', { name: 'Device 2' }).getByText('SIMULATED')).toBeHidden();
  const found = async (number: 1 | 2, of: string[]) => {
    const rows = await log(page, number).getByRole('listitem').allInnerTexts();
    return rows.flatMap((row) => of.filter((line) => row.includes(line)));
  };
  const [first, second] = [lines.filter((_, at) => at % 2 === 1), lines.filter((_, at) => at % 2 === 0)];
  for (const number of [1, 2] as const) {
    await expect.poll(async () => (await found(number, lines)).length, { message: `all of it at device ${number}`, timeout: 40_000 }).toBe(lines.length);
    for (const said of [first, second]) expect(await found(number, said)).toEqual(said);
  }
  expect(await found(1, lines), 'the same order for both').toEqual(await found(2, lines));

  // The delayed frames are still under way, while the device without delay keeps talking.
  await latency!.fill('2000');
  await expect(page.getByText('SIMULATED: +2000 ms')).toBeVisible();
  await expect(page.locator('.fig').filter({ hasText: 'SIMULATED: latency' })).toContainText('+0 / +2000 ms');
  await page.evaluate(() => stopTime());
  const [slow, ...quick] = Array.from({ length: 3 }, () => marker());
  await say(page, 2, slow!);
  for (const line of quick) {
    await say(page, 1, line);
    await expect(row(page, 1, line)).toContainText(/Sent|Delivered|Read/);
  }
  await expect(row(page, 2, slow!)).not.toContainText(/Sent|Delivered|Read/);
  await expect(row(page, 1, slow!), 'said first, on its way').toHaveCount(0);
  await expect(row(page, 2, quick[0]!), 'on its way back').toHaveCount(0);
  await page.evaluate(() => goOn());
  await expect(row(page, 2, slow!)).toContainText(/Sent|Delivered|Read/);
  for (const number of [1, 2] as const) {
    await expect(row(page, number, quick[1]!)).toBeVisible();
    const rows = await log(page, number).getByRole('listitem').allInnerTexts();
    expect(rows.slice(-3).map((text) => [...quick, slow!].findIndex((line) => text.includes(line))), `at device ${number}`).toEqual([0, 1, 2]);
  }
});

test('a rehearsal is timed, keys are named, and the devices are silent until somebody wants to hear them @night', async ({ company }) => {
  const { page } = await open(company, undefined, undefined, '?rehearse=1');
  const timer = page.getByRole('timer', { name: 'Rehearsal time' });
  await expect(timer).toHaveText(/^\d:\d\d$/);
  const began = await timer.textContent();
  // The stage names keys that are pressed on the stage or in a device, but no typed letters. A name shows only for a moment, so each check
  // starts before its press.
  const named = (keys: string) => expect(page.getByText(keys, { exact: true })).toBeVisible();
  await Promise.all([named('Ctrl + Shift + K'), page.keyboard.press('Control+Shift+k')]);
  const composer = device(page, 1).getByRole('textbox', { name: 'Message', exact: true });
  await Promise.all([named('Escape'), composer.press('Escape')]);
  await composer.press('w');
  await expect(page.getByText('Escape', { exact: true })).toBeHidden();
  await expect(page.getByText('W', { exact: true })).toHaveCount(0);

  // A page creates its sound output in a gesture, and a nudge has a sound.
  await say(page, 1, marker());
  const nudge = async (by: 1 | 2) => {
    await device(page, by).getByRole('button', { name: 'Nudge' }).click();
    await expect(log(page, by === 1 ? 2 : 1).getByRole('listitem').last()).toContainText('nudge');
  };
  await nudge(2);
  const [first, second] = [1, 2].map((number) => page.frame({ url: new RegExp(`/demo/device\\?as=${number}`) })!);
  expect(await first!.evaluate(() => 'sound' in window), 'a place for sounds').toBe(false);
  // A click in a device would not unlock its sound, so the device asks for none.
  for (const number of [1, 2] as const) await expect(device(page, number).getByText('Click anywhere to turn on sound')).toHaveCount(0);
  const sound = page.getByRole('button', { name: 'Sound' });
  await expect(sound).toHaveAttribute('aria-pressed', 'false');
  await sound.click();
  await expect(sound).toHaveAttribute('aria-pressed', 'true');
  for (const frame of [first!, second!]) await soundsOpen(frame);
  await nudge(1);
  await expect.poll(() => soundsStarted(second!)).toBeGreaterThan(0);
  await sound.click();
  await expect(sound).toHaveAttribute('aria-pressed', 'false');
  await expect(timer).not.toHaveText(began!);
});

test('the plug is pulled while five voices talk: nothing is lost, doubled or out of order, and the log says the same @night', async ({ company }) => {
  const own = await Server.start({ vars: STORY_VARS });
  try {
    const shown = await open(company, own.base);
    const { page } = shown;
    const before = await eventsAfter(shown, 0);
    const pids = own.runtimePids();
    await page.getByRole('button', { name: 'Pull the plug' }).click();
    await page.getByRole('button', { name: 'Kill the server now' }).click();
    await expect(page.getByRole('log', { name: 'Events' })).toContainText('The server was killed', { timeout: 60_000 });
    await expect(page.getByText('No messages lost, duplicated or out of order.')).toBeVisible({ timeout: 90_000 });
    expect(own.runtimePids().some((pid) => pids.includes(pid)), 'the same process').toBe(false);

    const sent = await number(page, 'Sent (in the room’s log)');
    expect(sent).toBeGreaterThanOrEqual(16);
    for (const name of ['Received by reader 1', 'Received by reader 2']) expect(await number(page, name), name).toBe(sent);
    for (const name of ['Duplicates', 'Out of order']) expect(await number(page, name), name).toBe(0);
    // Another session reads the log. The log has no gap, and between the two ends of the proof it has the counted messages.
    const after = await eventsAfter(shown, before.at(-1)!.seq);
    expect(after.map(({ seq }) => seq)).toEqual(after.map((_, at) => before.at(-1)!.seq + 1 + at));
    const [from, through] = await Promise.all(['data-from', 'data-through'].map(async (name) => Number(await page.locator('#proof').getAttribute(name))));
    const counted = after.filter(({ seq }) => seq > from! && seq <= through!);
    expect(counted.length).toBe(sent);
    const voices = new Set(counted.map(({ senderId }) => senderId).filter((id) => id?.startsWith('act_')));
    expect(voices.size, 'voices').toBe(5);
    // Both devices have continued without help.
    const line = marker();
    await say(page, 1, line);
    await expect(row(page, 2, line)).toBeVisible({ timeout: 30_000 });
    await page.close();
  } finally {
    await own.stop();
  }
});

test('the stage that a presenter opens from the own page is of that room, locked or not, and may pull the plug @night', async ({ company }) => {
  const presenter = await begin(company, { outage: true });
  const locked = panel(presenter).getByRole('switch', { name: 'Lock the room' });
  await locked.click();
  await expect(locked).toHaveAttribute('aria-checked', 'true');
  const opened = presenter.context.waitForEvent('page');
  await panel(presenter).getByRole('link', { name: 'Open the stage' }).click();
  const stage = await opened;
  for (const number of [1, 2] as const) await expect(log(stage, number)).toBeVisible({ timeout: 30_000 });
  const shown = await code(presenter);
  await expect(stage.getByText(shown, { exact: true }).last()).toBeVisible();
  await expect.poll(() => photographed(stage.locator('#qr')), 'what a camera reads').toBe(`${presenter.base}/demo/join/${shown}`);
  await panel(presenter).getByRole('button', { name: 'Play Five voices at once' }).click();
  await expect(stage.getByRole('log', { name: 'Events' }).getByText('sent a message').first()).toBeVisible();
  await stage.getByRole('button', { name: 'Pull the plug' }).click();
  await expect(stage.getByRole('button', { name: 'Kill the server now' })).toBeVisible();
  // The end of the room is no outage: the stage says that the room has ended, and its sockets ask no more.
  await panel(presenter).getByRole('button', { name: 'End the room' }).click();
  await panel(presenter).getByRole('button', { name: 'End now' }).click();
  await expect(stage.getByRole('log', { name: 'Events' }).getByText('The room has ended')).toBeVisible();
  await expect(stage.locator('#door')).toHaveText('The room has ended');
  await expect(stage.getByText('The server is down')).toHaveCount(0);
  await stage.close();
});

test('where nothing can be pulled the stage says so @night', async ({ company }) => {
  const own = await Server.start({ vars: { ...STORY_VARS, PLUG_URL: '' } });
  try {
    const { page } = await open(company, own.base);
    await page.getByRole('button', { name: 'Pull the plug' }).click();
    await expect(page.getByText('There’s no plug to pull here:')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Kill the server now' })).toHaveCount(0);
    await page.close();
  } finally {
    await own.stop();
  }
});
