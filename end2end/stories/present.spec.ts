// Stories 25 to 29 in one, step by step as "Present it" in the README tells them. The server has its default limits and variables.

import type { Locator } from '@playwright/test';
import { photographed } from '../harness/camera.ts';
import { marker } from '../harness/ids.ts';
import { expect, test, type Company, type Person } from '../harness/people.ts';
import { begin, code, panel, ROOM } from '../harness/presenter.ts';
import { Server } from '../harness/server.ts';
import { eventsAfter, figure, log, number, say, value } from '../harness/stage.ts';

const PHONE = { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true };

/** Opens the address of a QR code on a phone. */
async function scan(company: Company, base: string, address: string): Promise<Person> {
  const guest = await company.come({ ...PHONE, base, outage: true });
  await guest.page.goto(address);
  return guest;
}

// The service worker stores the demo without network.
test.use({ serviceWorkers: 'allow' });

/** Joins under this name, or without one as the preselected character. */
async function join(guest: Person, name?: string): Promise<void> {
  await expect(guest.page.getByRole('radio', { checked: true })).toBeVisible();
  if (name !== undefined) await guest.page.getByRole('textbox', { name: 'Name' }).fill(name);
  await guest.button('Join the room').click();
  await expect(guest.log(ROOM)).toBeVisible();
}

const cookies = async ({ context }: Person) => (await context.cookies()).filter(({ name }) => !name.includes('look'));

const ground = (element: Locator): Promise<string> => element.evaluate((element) => getComputedStyle(element).backgroundColor);

test('what README tells a presenter to do can be done in that order, and is as it says @night', async ({ company }) => {
  test.setTimeout(300_000);
  // Step 1: the server of `cargo xtask serve`.
  const server = await Server.start();
  try {
    // Step 2: a room, and a visitor by its QR code.
    const presenter = await begin(company, { base: server.base, outage: true });
    const side = panel(presenter);
    const shown = await code(presenter);
    const address = `${server.base}/demo/join/${shown}`;
    await expect(side.getByText(address.replace('http://', ''))).toBeVisible();
    const qr = side.getByRole('img', { name: `QR code for ${address}` });
    await expect.poll(() => photographed(qr), 'what a camera reads').toBe(address);
    const guest = await scan(company, server.base, (await photographed(qr))!);
    await join(guest);
    const other = await scan(company, server.base, address);
    await join(other, 'Alex');
    const hello = marker();
    await guest.say(hello);
    for (const who of [presenter, other]) await expect(who.row(ROOM, hello)).toBeVisible();

    const locked = side.getByRole('switch', { name: 'Lock the room' });
    await locked.click();
    await expect(locked).toHaveAttribute('aria-checked', 'true');
    const late = await scan(company, server.base, address);
    await expect(late.page.getByRole('alert').getByText('The room is locked.')).toBeVisible();
    await late.page.close();

    await other.mayBeRefused(async () => {
      await side.getByRole('button', { name: 'Remove Alex' }).click();
      await expect(other.page.getByText('The presenter removed you from the room.')).toBeVisible();
    });
    await expect(side.getByRole('listitem').filter({ hasText: 'Alex' })).toHaveCount(0);
    await other.page.close();

    const slow = side.getByRole('switch', { name: 'Slow mode (1 message per 3 s)' });
    await slow.click();
    await expect(slow).toHaveAttribute('aria-checked', 'true');
    const hasty = [marker(), marker()];
    for (const line of hasty) await guest.say(line);
    for (const line of hasty) await expect(presenter.row(ROOM, line)).toBeVisible();
    const received = (await eventsAfter(presenter, 0)).filter(({ content }) => hasty.includes(content ?? ''));
    expect(received.map(({ content }) => content)).toEqual(hasty);
    expect(received[1]!.timestamp - received[0]!.timestamp, 'one message in three seconds').toBeGreaterThanOrEqual(3_000);
    await slow.click();
    await expect(slow).toHaveAttribute('aria-checked', 'false');

    // Step 3: a scene.
    await side.getByRole('button', { name: 'Play A night at the harbour' }).click();
    const scene = side.getByRole('group', { name: 'A night at the harbour' });
    const rows = (text: string | RegExp) => presenter.row(ROOM, text).filter({ hasText: 'scripted' });
    // The seed of the room mentions the harbour as well, but not "tonight".
    await expect(rows(/harbour tonight\?/i)).toBeVisible();
    await scene.getByRole('button', { name: 'Pause' }).click();
    await expect(scene.getByRole('button', { name: 'Resume' })).toBeVisible();
    // A step may be only an arrival or typing, so several steps come before the third line.
    const tunnel = rows('Still on the train.');
    await expect(async () => {
      await scene.getByRole('button', { name: 'Step' }).click();
      await expect(tunnel).toBeVisible({ timeout: 500 });
    }).toPass();
    await expect(scene.getByRole('button', { name: 'Resume' })).toBeVisible();
    await scene.getByRole('combobox', { name: 'Speed' }).selectOption('400');
    await scene.getByRole('button', { name: 'Resume' }).click();
    for (const who of [presenter, guest]) {
      await expect(who.row(ROOM, 'To the harbour!')).toContainText('scripted', { timeout: 40_000 });
      await expect(who.row(ROOM, 'Theo nudged')).toBeVisible();
      await expect(who.row(ROOM, /Kofi.*Lighthouse/s)).toBeVisible();
    }
    await expect(scene.getByText('finished')).toBeVisible();
    const pressed = performance.now();
    await side.getByRole('button', { name: 'Reset the room' }).click();
    for (const who of [presenter, guest]) {
      await expect(who.log(ROOM).getByText('The presenter reset the room.')).toBeVisible();
      await expect(who.row(ROOM, 'To the harbour!')).toHaveCount(0);
      await expect(who.row(ROOM, hello)).toHaveCount(0);
    }
    console.log(`from the press to a room that begins anew for both: ${((performance.now() - pressed) / 1_000).toFixed(1)} s`);

    // Step 4: the stage, in a room that nobody else enters.
    const opened = presenter.context.waitForEvent('page');
    await side.getByRole('link', { name: 'Open the stage' }).click();
    const stage = await opened;
    for (const number of [1, 2] as const) await expect(log(stage, number)).toBeVisible({ timeout: 30_000 });
    await expect(stage.getByText('Room locked')).toBeVisible();
    const line = marker();
    await say(stage, 2, line);
    for (const shown of [log(stage, 1), presenter.log(ROOM), guest.log(ROOM)]) {
      await expect(shown.getByRole('listitem').filter({ hasText: line })).toBeVisible();
    }
    await expect(stage.getByRole('log', { name: 'Events' }).getByText('sent a message').first()).toBeVisible();
    await expect(value(stage, 'round trip p50 / p95')).toHaveText(/^\d+(\.\d)? \/ \d+(\.\d)? ms$/);
    await expect(value(stage, 'sockets, kept while asleep')).toHaveText(/^\d+, \d+ kept$/);
    await expect(value(stage, 'steps since wake-up')).toHaveText(/^\d+$/);

    await stage.getByRole('button', { name: 'Simulate' }).click();
    const made = stage.getByRole('group', { name: 'Device 2' });
    const label = stage.getByRole('region', { name: 'Device 2' }).getByText(/^SIMULATED/);
    await expect(label).toBeHidden();
    await made.getByRole('slider', { name: 'Latency' }).fill('400');
    await expect(label).toHaveText('SIMULATED: +400 ms');
    await made.getByRole('slider', { name: 'Loss' }).fill('5');
    await made.getByRole('button', { name: 'Cut the connection' }).click();
    await expect(label).toHaveText('SIMULATED: +400 ms, Loss 5 %, connection cut');
    await expect(value(stage, 'SIMULATED: latency')).toHaveText('+0 / +400 ms');
    const plain = await ground(figure(stage, 'messages'));
    for (const tinted of [label, figure(stage, 'SIMULATED: latency')]) expect(await ground(tinted), 'tinted').not.toBe(plain);
    await made.getByRole('button', { name: 'Cut the connection' }).click();
    for (const name of ['Latency', 'Loss']) await made.getByRole('slider', { name }).fill('0');
    await expect(label).toBeHidden();

    // Step 5: the plug.
    const before = server.runtimePids();
    expect(before.length).toBeGreaterThan(0);
    await stage.getByRole('button', { name: 'Pull the plug' }).click();
    await stage.getByRole('button', { name: 'Kill the server now' }).click();
    await expect(stage.getByRole('log', { name: 'Events' })).toContainText('The server was killed', { timeout: 60_000 });
    await expect(stage.getByText('No messages lost, duplicated or out of order.')).toBeVisible({ timeout: 90_000 });
    expect(server.runtimePids().filter((pid) => before.includes(pid)), 'the process that was killed').toEqual([]);
    const sent = await number(stage, 'Sent (in the room’s log)');
    expect(sent).toBeGreaterThanOrEqual(16);
    for (const name of ['Received by reader 1', 'Received by reader 2']) expect(await number(stage, name), name).toBe(sent);
    for (const name of ['Duplicates', 'Out of order']) expect(await number(stage, name), name).toBe(0);
    // The log as another reader sees it equals the card's counts and has no gap.
    const [from, through] = await Promise.all(['data-from', 'data-through'].map(async (name) => Number(await stage.locator('#proof').getAttribute(name))));
    const counted = (await eventsAfter(guest, from!)).filter(({ seq }) => seq <= through!);
    expect(counted.map(({ seq }) => seq)).toEqual(Array.from({ length: sent }, (_, at) => from! + 1 + at));
    // Everybody reconnects without help.
    const after = marker();
    await guest.say(after);
    for (const shown of [presenter.log(ROOM), log(stage, 1), log(stage, 2)]) {
      await expect(shown.getByRole('listitem').filter({ hasText: after })).toBeVisible({ timeout: 30_000 });
    }
    for (const who of [presenter, guest]) expect(await cookies(who), 'nobody gets a cookie').toEqual([]);

    // Step 6: the same browser, with the messenger inside the page, and neither server nor network.
    const tab = await presenter.context.newPage();
    await tab.goto(`${server.base}/demo/offline`);
    await expect(tab.getByRole('status').filter({ hasText: 'Saved on this device' })).toBeVisible({ timeout: 30_000 });
    for (const page of [tab, stage, guest.page, presenter.page]) await page.close();
    await server.stop();
    await presenter.context.setOffline(true);
    const alone = await presenter.context.newPage();
    await alone.goto(`${server.base}/demo/offline`);
    await expect(alone).toHaveTitle(/^(\(\d+\) )?Offline demo – CF Messenger$/);
    await expect(alone.getByRole('region', { name: 'Offline demo' }).getByText('Offline demo')).toBeVisible({ timeout: 30_000 });
    const composer = alone.getByRole('textbox', { name: 'Message', exact: true });
    const last = marker();
    await composer.fill(last);
    await composer.press('Enter');
    const row = alone.getByRole('log', { name: `Conversation with ${ROOM}` }).getByRole('listitem').filter({ hasText: last });
    await expect(row).toContainText(/Sent|Delivered|Read/);
    await alone.close();
  } finally {
    await server.stop();
  }
});
