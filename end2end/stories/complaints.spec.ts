// Complaints of docs/complaints.md that no other story covers: the pill about new messages below (13), fields that make a phone zoom (16),
// and the conversation that asks for attention (19).

import { atRest, expect, holdBack, test } from '../harness/people.ts';

test('who reads further up stays there; a pill with the number leads down and is gone @night', async ({ company }) => {
  const small = { viewport: { width: 1000, height: 500 } };
  const [writer, reader] = [await company.come(small), await company.come(small)];
  await writer.signInAs('Tess');
  await reader.signInAs('Kofi');
  await writer.open('Kofi');
  await reader.open('Tess');
  // Messages that arrive before the reader is in the conversation count as unread. The line that marks them would disappear later and move
  // the rows.
  await expect(reader.log('Tess').getByText(/No messages yet|This is the start of your conversation/)).toBeVisible();
  for (let n = 1; n <= 12; n += 1) await writer.say(`line ${n} of something long`);
  await expect(reader.row('Tess', 'line 12 of')).toBeInViewport();
  const log = reader.log('Tess');
  await log.hover();
  await reader.page.mouse.wheel(0, -4_000);
  await expect(reader.row('Tess', 'line 12 of')).not.toBeInViewport();
  const first = reader.row('Tess', 'line 1 of');
  await expect(first).toBeInViewport();
  // The scrolling by the wheel has to end at the top.
  await expect.poll(() => log.evaluate(({ scrollTop }) => scrollTop)).toBe(0);
  await atRest(first);
  const place = async () => (await first.boundingBox())!.y - (await log.boundingBox())!.y;
  const before = await place();
  for (const line of ['first below', 'second below', 'third below']) await writer.say(line);
  const pill = reader.button(/^3 new/);
  await expect(pill).toBeVisible();
  expect(Math.abs((await place()) - before)).toBeLessThan(3);
  // The conversation is open but its end is not in view, so the messages stay unread.
  await expect(reader.contact('Tess').first()).toHaveAccessibleName(/3 unread/);
  await pill.click();
  await expect(reader.row('Tess', 'third below')).toBeInViewport();
  await expect(pill).toHaveCount(0);
  await expect(reader.contact('Tess').first()).not.toHaveAccessibleName(/unread/);
});

test('on a phone every field has letters of 16 px or more, and one may zoom', async ({ company }) => {
  const person = await company.come({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  const small = () =>
    person.page.locator('input:visible, textarea:visible, select:visible').evaluateAll((fields) =>
      fields
        .filter((field) => !['radio', 'checkbox', 'range'].includes((field as HTMLInputElement).type))
        .filter((field) => parseFloat(getComputedStyle(field).fontSize) < 16)
        .map((field) => field.outerHTML.slice(0, 120)),
    );
  await person.page.goto(`${person.base}/sign-in`);
  expect.soft(await small(), 'sign-in').toEqual([]);
  await person.signInAs('Farah');
  expect.soft(await small(), 'list').toEqual([]);
  expect(await person.page.locator('meta[name=viewport]').getAttribute('content')).not.toMatch(/user-scalable|maximum-scale/);
  await person.button('Settings').click();
  await expect(person.page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  expect.soft(await small(), 'settings').toEqual([]);
  await person.page.keyboard.press('Escape');
  await person.open('General');
  expect.soft(await small(), 'conversation').toEqual([]);
});

test('the conversation that calls is the one that is marked, with its name and the number @night', async ({ company }) => {
  const [writer, reader] = [await company.come(), await company.come()];
  await writer.signInAs('Runa');
  await reader.signInAs('Sol');
  await reader.open('Runa');
  await reader.open('General');
  await writer.open('Sol');
  await writer.say('do you hear');
  await writer.say('it is urgent');
  const tabs = reader.page.getByRole('navigation', { name: 'Open conversations' }).getByRole('listitem');
  await expect(tabs.filter({ hasText: 'Runa' })).toHaveText(/Runa\s*2/);
  await expect(tabs.filter({ hasText: 'General' })).not.toHaveText(/\d/);
  // The tab pulses three times and then keeps its colour.
  await expect(tabs.filter({ hasText: 'Runa' })).toHaveAttribute('data-state', 'attention');
  await expect(tabs.filter({ hasText: 'Runa' })).toHaveCSS('animation-iteration-count', /^3\b/);
  await tabs.filter({ hasText: 'Runa' }).getByRole('button').first().click();
  await expect(tabs.filter({ hasText: 'Runa' })).not.toHaveAttribute('data-state', 'attention');
  await expect(tabs.filter({ hasText: 'Runa' })).not.toHaveText(/\d/);
  // A closed tab is gone, also after a reload, and the next one comes into view.
  await reader.button('Close Runa').click();
  await expect(tabs.filter({ hasText: 'Runa' })).toHaveCount(0);
  await expect(reader.log('General')).toBeVisible();
  await reader.page.reload();
  await reader.isHome();
  await expect(tabs.filter({ hasText: 'General' })).toHaveCount(1);
  await expect(tabs.filter({ hasText: 'Runa' })).toHaveCount(0);
});

test('what was said before the log of an open conversation is here is counted as unread @night', async ({ company }) => {
  const [writer, reader] = [await company.come(), await company.come({ serviceWorkers: 'block' })];
  await writer.signInAs('Nico');
  await reader.signInAs('Rosa');
  const log = await holdBack(reader.page, '**/api/rooms/dm');
  await reader.open('Nico');
  await log.asked;
  await reader.open('General');
  await writer.open('Rosa');
  await writer.say('do you hear');
  await writer.say('it is urgent');
  const tab = reader.page.getByRole('navigation', { name: 'Open conversations' }).getByRole('listitem').filter({ hasText: 'Nico' });
  await expect(tab).toHaveText(/Nico\s*2/);
  const line = reader.page.waitForEvent('websocket', (socket) => socket.url().includes('/api/ws/room/'));
  const brought = line.then((socket) => socket.waitForEvent('framereceived', ({ payload }) => payload.toString().includes('it is urgent')));
  log.release();
  await brought;
  await expect(tab).toHaveText(/Nico\s*2/);
  await tab.getByRole('button').first().click();
  await expect(reader.row('Nico', 'it is urgent')).toBeVisible();
  await expect(tab).not.toHaveText(/\d/);
});
