// Stories 3 and 15: sending and receiving with true states, and a draft that survives a reload.

import { atRest, expect, test } from '../harness/people.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { moment } from '../harness/wait.ts';

test('messages go both ways, once, in order, and end as Read', async ({ company }) => {
  const [lea, walter] = [await company.come(), await company.come()];
  await lea.signInAs('Lea');
  await walter.signInAs('Walter');
  await lea.open('Walter');
  await walter.open('Lea');
  const talk: [typeof lea, string, string][] = [
    [lea, 'Walter', 'one: ahoy'], [walter, 'Lea', 'two: good evening'], [lea, 'Walter', 'three: <b>&amp;</b> "as typed"'], [walter, 'Lea', 'four: 😀'],
  ];
  for (const [who, partner, text] of talk) {
    await who.say(text);
    await expect(lea.row('Walter', text)).toHaveCount(1);
    await expect(walter.row('Lea', text)).toHaveCount(1);
    await expect(who.row(partner, text)).toContainText('Read');
    await expect(who.composer()).toHaveValue('');
  }
  const order = ['one', 'two', 'three', 'four'];
  expect(await lea.found('Walter', /one|two|three|four/)).toEqual(order);
  expect(await walter.found('Lea', /one|two|three|four/)).toEqual(order);
  await expect(walter.row('Lea', 'one: ahoy')).toContainText('Lea');

  // Shift+Enter inserts a new line; the button sends both lines.
  await lea.composer().fill('first line');
  await lea.composer().press('Shift+Enter');
  await lea.composer().pressSequentially('second line');
  await lea.button('Send').click();
  await expect(walter.row('Lea', /first line\s+second line/)).toHaveCount(1);

  // The history is still there after a reload.
  await walter.page.reload();
  await walter.isHome();
  await walter.open('Lea');
  await expect(walter.row('Lea', 'three: <b>&amp;</b> "as typed"')).toHaveCount(1);
});

test('own text is on the page at once, before the server has it', async ({ company }) => {
  const nora = await company.come();
  await nora.signInAs('Nora');
  await nora.open('General');
  await nora.composer().fill('instant hands');
  const isPainted = await nora.page.evaluate(() => {
    const log = document.querySelector('[role=log]')!;
    const field = document.activeElement as HTMLElement;
    field.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true, cancelable: true }));
    return new Promise<boolean>((resolve) => requestAnimationFrame(() => resolve(log.textContent!.includes('instant hands'))));
  });
  expect(isPainted, 'with the next frame').toBe(true);
});

test('a draft is kept per conversation across a reload', async ({ company }) => {
  const samira = await company.come();
  await samira.signInAs('Samira');
  await samira.open('General');
  await samira.composer().fill('half a thought');
  await samira.open('Music');
  await expect(samira.composer()).toHaveValue('');
  await samira.composer().fill('another one');
  await samira.open('General');
  await expect(samira.composer()).toHaveValue('half a thought');
  // A draft is kept even in a conversation without any message.
  await samira.open('Kenji');
  await samira.composer().fill('the first words ever');
  // The page saves a draft in every pause of 300 ms (ux.md 2.1), and this pause is under test.
  await moment(Date.now() + 400);
  await samira.page.reload();
  await samira.isHome();
  await samira.open('Kenji');
  await expect(samira.composer()).toHaveValue('the first words ever');
  await samira.composer().fill('');
  await samira.open('General');
  await expect(samira.composer()).toHaveValue('half a thought');
  await samira.open('Music');
  await expect(samira.composer()).toHaveValue('another one');
  await samira.composer().press('Enter');
  await expect(samira.row('Music', 'another one')).toHaveCount(1);
  await samira.page.reload();
  await samira.isHome();
  await samira.open('Music');
  await expect(samira.composer()).toHaveValue('');
});

test('history pages while scrolling up, without a jump @night', async ({ company, server }) => {
  const writers = await Promise.all(Array.from({ length: 26 }, () => guest(server.base)));
  const sockets = await Promise.all(writers.map((writer) => FrameSocket.joined(server.base, 'room', writer)));
  for (let n = 0; n < 10; n += 1) for (const [who, socket] of sockets.entries()) await socket.say(`page ${String(n * 26 + who).padStart(3, '0')}`);
  await Promise.all(sockets.map((socket) => socket.close()));

  const dario = await company.come();
  await dario.signInAs('Dario');
  await dario.open('Room');
  await expect(dario.row('Room', 'page 259')).toBeVisible();
  const log = dario.log('Room');
  await log.hover();
  await expect(async () => {
    await dario.page.mouse.wheel(0, -4_000);
    await expect(dario.row('Room', 'page 000')).toBeAttached({ timeout: 300 });
  }).toPass({ timeout: 30_000 });
  // A new message arrives while the reader is far up, and the visible place stays.
  const late = await FrameSocket.joined(server.base, 'room', await guest(server.base));
  await expect(dario.row('Room', 'page 000')).toBeVisible();
  await atRest(dario.row('Room', 'page 000'));
  const before = await dario.row('Room', 'page 000').boundingBox();
  await late.say('down there');
  await late.close();
  await expect(dario.button(/^1 new/)).toBeVisible();
  expect(Math.abs((await dario.row('Room', 'page 000').boundingBox())!.y - before!.y)).toBeLessThan(3);
});
