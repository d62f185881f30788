// Story 28 (ux.md 2.5, 3.1; demo.md): a demo room without an account. A presenter begins it, others join with a phone by its QR
// code, a scene is played, and a visitor is removed. Then the room is reset and ended. No cookie is set.

import { photographed } from '../harness/camera.ts';
import { isClean } from '../harness/clean.ts';
import { marker } from '../harness/ids.ts';
import { expect, test, STORY_VARS, type Company, type Person, type PersonOptions } from '../harness/people.ts';
import { begin, code, panel, ROOM } from '../harness/presenter.ts';
import { Server } from '../harness/server.ts';
import { Siteverify } from '../harness/siteverify.ts';
import { withWidget } from '../harness/widget.ts';

const PHONE = { viewport: { width: 390, height: 800 }, isMobile: true, hasTouch: true };

/** Joins with a phone, under an own name or as the character that is offered. */
async function join(company: Company, address: string, name?: string, options: PersonOptions = {}): Promise<Person> {
  const guest = await company.come({ ...PHONE, ...options });
  await guest.page.goto(address);
  await expect(guest.page.getByRole('radio').first()).toBeVisible();
  if (name !== undefined) await guest.page.getByRole('textbox', { name: 'Name' }).fill(name);
  await guest.button('Join the room').click();
  await expect(guest.log(ROOM)).toBeVisible();
  return guest;
}

test('a room is begun, somebody comes by its QR code with a phone, and they talk; nobody is told apart by a cookie', async ({ company }) => {
  const presenter = await begin(company);
  const shown = await code(presenter);
  const address = `${presenter.base}/demo/join/${shown}`;
  const qr = panel(presenter).getByRole('img', { name: `QR code for ${address}` });
  await expect.poll(() => photographed(qr), 'what a camera reads').toBe(address);
  await expect(panel(presenter).getByText(address.replace('http://', ''))).toBeVisible();
  await isClean(presenter);

  const guest = await join(company, address, 'Kim');
  const line = marker();
  await guest.say(line);
  await expect(presenter.row(ROOM, line)).toBeVisible();
  await expect(presenter.row(ROOM, line)).toContainText('Kim');
  const answer = marker();
  await presenter.say(answer);
  await expect(guest.row(ROOM, answer)).toBeVisible();
  await guest.button('Nudge').click();
  await expect(presenter.log(ROOM)).toContainText('Kim nudged');
  await expect(panel(presenter).getByRole('listitem').filter({ hasText: 'Kim' })).toBeVisible();
  await expect(presenter.contact('Kim').first(), 'in the list, without a reload').toBeVisible();
  await isClean(guest);

  // After a reload the page still has the same person.
  await guest.page.reload();
  await expect(guest.row(ROOM, line)).toBeVisible();
  for (const { context } of [presenter, guest]) {
    expect((await context.cookies()).filter(({ name }) => !name.includes('look')), 'no session in a cookie').toEqual([]);
  }
});

test('a code is typed in any way; what is none is said so, and the pages are clean @night', async ({ company }) => {
  const presenter = await begin(company);
  const shown = await code(presenter);
  // The browser logs a refused name like a network failure.
  const guest = await company.come({ ...PHONE, outage: true });
  await guest.page.goto(`${guest.base}/demo`);
  await isClean(guest);
  await guest.page.getByRole('textbox', { name: 'Code' }).fill('12-34');
  await guest.button('Join').click();
  await expect(guest.page.getByText('That’s not a valid code.')).toBeVisible();
  await expect(guest.page.getByRole('textbox', { name: 'Code' })).toHaveValue('12-34');
  await expect(guest.page.getByRole('textbox', { name: 'Code' })).toBeFocused();
  await guest.page.getByRole('textbox', { name: 'Code' }).fill(` ${shown.replace('-', ' ').toLowerCase()} `);
  await guest.button('Join').click();
  await expect(guest.page).toHaveURL(new RegExp(`/demo/join/${shown}$`));
  await expect(guest.page.getByText(`Room ${shown}`)).toBeVisible();
  await isClean(guest);
  // A typed name takes the choice of a character back, and a character the typed name.
  const [name, chosen] = [guest.page.getByRole('textbox', { name: 'Name' }), guest.page.getByRole('radio', { checked: true })];
  await expect(chosen).toHaveCount(1);
  await name.fill('Kim');
  await expect(chosen).toHaveCount(0);
  // A refused name is marked, described and ready to be typed again.
  await name.fill('Moderation');
  await guest.button('Join the room').click();
  await expect(name).toHaveAttribute('aria-invalid', 'true');
  await expect(name).toBeFocused();
  await expect(name).toHaveAccessibleDescription('This name can’t be used, or someone already has it. Try another.');
  await guest.page.getByRole('radio').first().check();
  await expect(name).not.toHaveAttribute('aria-invalid');
  await expect(name).toHaveValue('');
  await expect(chosen).toHaveCount(1);
  // A character is chosen, as at the beginning, so one press is enough.
  await guest.button('Join the room').click();
  await expect(guest.log(ROOM)).toBeVisible();
});

test('a scene is played, paused, stepped and stopped; its people are marked @night', async ({ company }) => {
  const presenter = await begin(company);
  const guest = await join(company, `${presenter.base}/demo/join/${await code(presenter)}`, 'Sam');
  const side = panel(presenter);
  await side.getByRole('button', { name: 'Play Five voices at once' }).click();
  const line = 'Signal green, track four.';
  await expect(presenter.row(ROOM, line).first()).toBeVisible();
  // Everybody sees the mark, and not only the presenter.
  for (const who of [presenter, guest]) await expect(who.row(ROOM, line).first()).toContainText('scripted');
  await expect(side.getByText('scripted').first()).toBeVisible();
  await expect(presenter.page.locator('.rail-row').filter({ hasText: 'scripted' }).first(), 'in the list of members').toBeVisible();
  await side.getByRole('button', { name: 'Pause' }).click();
  await expect(side.getByRole('button', { name: 'Resume' })).toBeVisible();
  await side.getByRole('combobox', { name: 'Speed' }).selectOption('400');
  await side.getByRole('button', { name: 'Step' }).click();
  await side.getByRole('button', { name: 'Resume' }).click();
  await expect(presenter.row(ROOM, line).nth(1)).toBeVisible();
  await side.getByRole('button', { name: 'Stop', exact: true }).click();
  await expect(side.getByRole('group', { name: 'Five voices at once' })).toHaveCount(0);
});

test('a reset brings everybody back to the beginning, with the keys as well @night', async ({ company }) => {
  const presenter = await begin(company);
  const guest = await join(company, `${presenter.base}/demo/join/${await code(presenter)}`, 'Robin');
  for (const way of ['button', 'keys'] as const) {
    const line = marker();
    await guest.say(line);
    await expect(presenter.row(ROOM, line)).toBeVisible();
    const pressed = performance.now();
    if (way === 'button') await panel(presenter).getByRole('button', { name: 'Reset the room' }).click();
    else for (let presses = 0; presses < 2; presses += 1) await presenter.page.keyboard.press('Alt+Shift+R');
    for (const who of [presenter, guest]) {
      await expect(who.log(ROOM).getByText('The presenter reset the room.')).toBeVisible();
      await expect(who.row(ROOM, line)).toHaveCount(0);
    }
    console.log(`from the press to a room that begins anew for both: ${((performance.now() - pressed) / 1_000).toFixed(1)} s`);
  }
  // The room still works after the reset.
  const after = marker();
  await guest.say(after);
  await expect(presenter.row(ROOM, after)).toBeVisible();
});

test('who is sent away is told, a full or locked room takes nobody, talk can be slowed down, and the end is the end for all @night', async ({ company }) => {
  // The page of a removed visitor checks the room once more, and the browser logs the refusal.
  const gone = { outage: true };
  const presenter = await begin(company, gone);
  const address = `${presenter.base}/demo/join/${await code(presenter)}`;
  const [guest, other] = [await join(company, address, 'Alex'), await join(company, address, 'Charlie', gone)];
  const side = panel(presenter);
  await guest.mayBeRefused(async () => {
    await side.getByRole('button', { name: 'Remove Alex' }).click();
    await expect(guest.page.getByText('The presenter removed you from the room.')).toBeVisible();
  });
  await isClean(guest);
  // The two people in the room reach the new limit.
  const cap = side.getByRole('spinbutton', { name: 'Maximum people' });
  await cap.fill('2');
  await cap.press('Tab');
  await expect(side.getByText('2 of 2')).toBeVisible();
  await guest.page.goto(address);
  await expect(guest.page.getByRole('alert').getByText('The room is full.')).toBeVisible();
  await cap.fill('9');
  await cap.press('Tab');
  await expect(side.getByText('2 of 9')).toBeVisible();

  // A message that comes too soon is not refused; it waits for its turn.
  const slow = side.getByRole('switch', { name: 'Slow mode (1 message per 3 s)' });
  await slow.click();
  await expect(slow).toHaveAttribute('aria-checked', 'true');
  const [first, second] = [marker(), marker()];
  await other.say(first);
  await other.say(second);
  await expect(presenter.row(ROOM, first)).toBeVisible();
  await expect(other.row(ROOM, second)).toContainText('Queued');
  await expect(presenter.row(ROOM, second)).toBeVisible();

  await side.getByRole('switch', { name: 'Lock the room' }).click();
  await expect(side.getByRole('switch', { name: 'Lock the room' })).toHaveAttribute('aria-checked', 'true');
  await guest.page.goto(address);
  await expect(guest.page.getByRole('alert').getByText('The room is locked.')).toBeVisible();

  await other.mayBeRefused(async () => {
    await presenter.mayBeRefused(async () => {
      await side.getByRole('button', { name: 'End the room' }).click();
      await side.getByRole('button', { name: 'End now' }).click();
      for (const who of [presenter, other]) {
        await expect(who.page.getByText('The room has ended, and everything in it has been deleted.')).toBeVisible();
      }
    });
  });
});

test('what the presenter decides is not taken back by a look at the room from before @night', async ({ company }) => {
  const presenter = await begin(company);
  const locked = panel(presenter).getByRole('switch', { name: 'Lock the room' });
  const [opened, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let opens = 0;
  await presenter.page.route('**/demo/rooms/*/state', async (route) => {
    opens += 1;
    // Later requests get no answer, so they cannot correct the panel.
    if (opens > 1) return;
    const response = await route.fetch();
    opened.resolve();
    await held.promise;
    await route.fulfill({ response });
  });
  await opened.promise;
  await locked.click();
  await expect(locked).toHaveAttribute('aria-checked', 'true');
  const late = presenter.page.waitForResponse('**/demo/rooms/*/state');
  held.resolve();
  await (await late).finished();
  await presenter.page.evaluate(async () => (await fetch('/api/config')).text());
  expect(await locked.getAttribute('aria-checked')).toBe('true');
});

test('from a server that does not run to two people who talk: how long it takes is told @night', async ({ company }) => {
  const began = performance.now();
  const took = (since: number): string => `${((performance.now() - since) / 1_000).toFixed(1)} s`;
  const own = await Server.start({ vars: STORY_VARS });
  try {
    const presenter = await begin(company, { base: own.base });
    const address = `${own.base}/demo/join/${await code(presenter)}`;
    const scanned = performance.now();
    const guest = await join(company, address, undefined, { base: own.base });
    console.log(`from the QR code into the room: ${took(scanned)}`);
    const line = marker();
    await guest.say(line);
    await expect(presenter.row(ROOM, line)).toBeVisible();
    console.log(`from a cold start to the first message: ${took(began)}`);
    await guest.page.close();
    await presenter.page.close();
  } finally {
    await own.stop();
  }
});

test('whoever leaves is led out, and comes back to the door without a room @night', async ({ company }) => {
  const presenter = await begin(company);
  // The page of a leaving visitor may check the room once more, and the browser logs the refusal.
  const guest = await join(company, `${presenter.base}/demo/join/${await code(presenter)}`, 'Jo', { outage: true });
  await guest.mayBeRefused(async () => {
    await guest.page.getByRole('region', { name: 'Demo room' }).getByRole('button', { name: 'Leave' }).click();
    await expect(guest.page.getByText('You left the room.')).toBeVisible();
  });
  await guest.page.goto(`${guest.base}/demo/device`);
  await expect(guest.page.getByText('No demo room is open in this tab.')).toBeVisible();
});

test('where people are checked a room is started after that, and the stage sends there who has none @night', async ({ company }) => {
  const service = await Siteverify.start();
  const checks = { TURNSTILE_SECRET_KEY: 'secret', TURNSTILE_SITE_KEY: 'site', SITEVERIFY_URL: service.url };
  const server = await company.serve({ ...STORY_VARS, ...checks });
  try {
    const presenter = await company.come({ base: server.base, outage: true });
    await withWidget(presenter.page);
    await presenter.page.goto(`${server.base}/demo/stage`);
    await presenter.button('Start a room').click();
    await expect(presenter.page).toHaveURL(/\/demo\/stage\?room=[A-Z]{3}-\d{3}/);
    expect(service.asked.length).toBe(1);
  } finally {
    await service.stop();
  }
});
