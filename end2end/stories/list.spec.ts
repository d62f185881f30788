// The contact list as the home page (ux.md 1.1, 1.2, 2.4) and story 12: automatic away, groups, order, heights, a thousand contacts, and
// keys.

import { violations } from '../harness/clean.ts';
import { movableClock, pass } from '../harness/clock.ts';
import { clipboardText, expect, holdBack, test, type Person } from '../harness/people.ts';
import { Proxy } from '../harness/proxy.ts';
import { FrameSocket } from '../harness/socket.ts';
import { ROUND } from '../harness/themes.ts';

const group = (person: Person, name: string | RegExp) => person.contacts().getByRole('treeitem', { name });
const dialog = (person: Person, name: string) => person.page.getByRole('dialog', { name });
const rows = (person: Person) => person.contacts().getByRole('group').getByRole('treeitem');

/** Waits for the heading of a group of people: that of those who are online is only there while somebody is. */
const isListed = (person: Person) => expect(group(person, /^(People \(\d+\/\d+\)|Offline \(\d+\))$/).first()).toBeVisible();

/** Returns the online members of the cast, as the server's cache of two seconds has them for a new page. */
async function here(person: Person): Promise<string[]> {
  const answer = await person.context.request.get(`${person.base}/api/auth/accounts`);
  const all: { displayName: string; status: string; kind: string }[] = (await answer.json()).data;
  return all.filter((one) => one.status !== 'offline' && one.kind !== 'bot').map((one) => one.displayName).sort();
}

/** Returns the names in the list from top to bottom, taken from the accessible names of the rows. */
async function names(person: Person): Promise<string[]> {
  const labels = await rows(person).evaluateAll((all) => all.map((one) => one.getAttribute('aria-label') ?? ''));
  return labels.map((label) => label.split(',')[0]!);
}

test('who does nothing for five minutes is away, and back with the first key; who is busy stays busy @night', async ({ company }) => {
  const [idle, friend] = [await company.come(), await company.come()];
  await idle.page.addInitScript(movableClock);
  await idle.signInAs('Theo');
  await friend.signInAs('Kofi');
  await isListed(idle);
  await idle.page.keyboard.press('Shift');
  const seen = friend.contact('Theo').first();
  await expect(seen).toHaveAccessibleName(/^Theo, Online/);

  await pass(idle, 310);
  await expect(seen).toHaveAccessibleName(/^Theo, Away/);
  await expect(idle.myStatus()).toHaveAccessibleName(/Away/);
  await idle.page.keyboard.press('Shift');
  await expect(seen).toHaveAccessibleName(/^Theo, Online/);
  await expect(idle.myStatus()).toHaveAccessibleName(/Online/);

  // A reload does not turn the automatic status into a chosen one.
  await pass(idle, 310);
  await expect(seen).toHaveAccessibleName(/^Theo, Away/);
  await idle.page.reload();
  await idle.isHome();
  await expect(seen).toHaveAccessibleName(/^Theo, Online/);

  await idle.setStatus('Busy');
  await expect(seen).toHaveAccessibleName(/^Theo, Busy/);
  await pass(idle, 600);
  await idle.page.keyboard.press('Shift');
  await idle.setStatus('Online');
  await expect(seen).toHaveAccessibleName(/^Theo, Online/);

  // The setting 0 switches the automatic status off.
  await idle.button('List options').click();
  await dialog(idle, 'List options').getByRole('spinbutton', { name: /^Set me to Away after/ }).fill('0');
  await dialog(idle, 'List options').getByRole('button', { name: 'Done' }).click();
  await pass(idle, 600);
  await idle.open('General');
  await expect(seen).toHaveAccessibleName(/^Theo, Online/);
});

test('a device that wakes after a long sleep is not taken for somebody @night', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const [sleeper, friend] = [await company.come({ base: proxy.base, outage: true }), await company.come()];
  await sleeper.page.addInitScript(movableClock);
  // The device sleeps in the middle of a pause. So the regular check for activity runs long after the connection is back.
  await sleeper.page.addInitScript(() => {
    const { setTimeout } = window;
    const isLook = (ms?: number) => ms === 5_000;
    window.setTimeout = ((job: () => void, ms?: number) => setTimeout(job, isLook(ms) ? 3_600_000 : ms)) as typeof window.setTimeout;
  });
  const said: { idle?: boolean }[] = [];
  sleeper.page.on('websocket', (socket) => {
    const note = ({ payload }: { payload: string | Buffer }) => /"presence"/.test(String(payload)) && said.push(JSON.parse(String(payload)));
    if (socket.url().includes('/api/ws/presence')) socket.on('framesent', note);
  });
  await sleeper.signInAs('Rosa');
  await friend.signInAs('Kofi');
  await isListed(sleeper);
  const seen = friend.contact('Rosa').first();
  await expect(seen).toHaveAccessibleName(/^Rosa, Online/);

  // The other device is idle and the sleeping one is disconnected, so the person is away.
  const cookies = await sleeper.context.cookies(server.base);
  const headers = { cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; '), origin: server.base };
  const other = await FrameSocket.open(server.base, '/api/ws/presence', { headers, heartbeat: true });
  other.send({ type: 'presence', idle: true });
  await other.barrier();
  proxy.set('cut');
  await expect(seen).toHaveAccessibleName(/^Rosa, Away/);
  await pass(sleeper, 3_600);
  const from = said.length;
  proxy.set('fine');
  await expect.poll(() => said.length, { timeout: 40_000 }).toBeGreaterThan(from);
  expect(said.slice(from)).toEqual([{ type: 'presence', idle: true }]);
  await expect(sleeper.myStatus()).toHaveAccessibleName(/Away/);
  await expect(seen).toHaveAccessibleName(/^Rosa, Away/);

  await sleeper.page.keyboard.press('Shift');
  await expect(seen).toHaveAccessibleName(/^Rosa, Online/);
  other.terminate();
  await proxy.stop();
});

test('who was made away by an earlier release is here again after the update @night', async ({ company }) => {
  const [mia, friend] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await friend.signInAs('Kofi');
  await mia.setStatus('Away');
  const seen = friend.contact('Mia').first();
  await expect(seen).toHaveAccessibleName(/^Mia, Away/);
  // The earlier release stored the id of the person whom it had made away. Anybody else is away by choice.
  for (const [note, after] of [['user_999', 'Away'], ['user_7', 'Online']] as const) {
    await mia.page.evaluate((note) => localStorage.setItem('cfm-auto-away', note), note);
    await mia.page.reload();
    await mia.isHome();
    await expect.poll(() => mia.page.evaluate(() => localStorage.getItem('cfm-auto-away'))).toBeNull();
    await expect(mia.myStatus()).toHaveAccessibleName(new RegExp(after));
    await expect(seen).toHaveAccessibleName(new RegExp(`^Mia, ${after}`));
  }
});

test('favourites, groups, order and heights are arranged, and still so after a reload', async ({ company }) => {
  const [mia, jonas, aylin] = [await company.come(), await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await aylin.signInAs('Aylin');
  await jonas.setStatus('Busy');
  await isListed(mia);
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/^Jonas, Busy/);
  await expect(mia.contact('Aylin').first()).toHaveAccessibleName(/^Aylin, Online/);

  // A favourite is set by the menu of a row, a group from the conversation.
  const arrange = await mia.arrange('Jonas');
  await arrange.getByRole('checkbox', { name: 'Favourite' }).check();
  expect(await violations(mia.page)).toEqual([]);
  await arrange.getByRole('button', { name: 'Done' }).click();
  await expect(group(mia, 'Favourites (1/1)')).toBeVisible();
  await mia.open('Aylin');
  await mia.button('Options for Aylin').click();
  await mia.page.getByRole('menuitem', { name: 'Favourites and groups' }).click();
  await dialog(mia, 'Aylin').getByRole('textbox', { name: 'New contact group' }).fill('Work');
  await dialog(mia, 'Aylin').getByRole('button', { name: 'Add' }).click();
  await expect(dialog(mia, 'Aylin').getByRole('checkbox', { name: 'Work' })).toBeChecked();
  await dialog(mia, 'Aylin').getByRole('button', { name: 'Done' }).click();
  await expect(group(mia, 'Work (1/1)')).toBeVisible();
  expect((await names(mia)).slice(0, 2)).toEqual(['Jonas', 'Aylin']);

  // A contact who leaves still counts in the group, and moves to the offline contacts.
  await aylin.signOut();
  await expect(group(mia, 'Work (0/1)')).toBeVisible();
  await mia.showOffline();
  await expect(mia.contact('Aylin').first()).toHaveAccessibleName(/^Aylin, Offline/);

  await mia.button('List options').click();
  const options = dialog(mia, 'List options');
  await options.getByRole('radio', { name: 'Compact' }).check();
  await options.getByRole('radio', { name: 'Name' }).check();
  await options.getByRole('button', { name: 'Done' }).click();
  const height = () => rows(mia).first().evaluate((row) => row.getBoundingClientRect().height);
  await expect.poll(height).toBe(24);
  await group(mia, /^Offline/).click();
  await expect(mia.contact('Aylin')).toHaveCount(0);

  await mia.page.reload();
  await mia.isHome();
  await isListed(mia);
  await expect(group(mia, 'Favourites (1/1)')).toBeVisible();
  await expect(group(mia, /^Offline/)).toHaveAttribute('aria-expanded', 'false');
  await expect.poll(height).toBe(24);
  await mia.button('List options').click();
  await expect(dialog(mia, 'List options').getByRole('radio', { name: 'Name' })).toBeChecked();
  await dialog(mia, 'List options').getByRole('radio', { name: 'Large' }).check();
  await dialog(mia, 'List options').getByRole('button', { name: 'Done' }).click();
  await expect.poll(height).toBe(56);
});

test('who is not here is folded away, but whoever waits is told of, whoever is looked for is found, and what one chose stays @night', async ({ company }) => {
  const [jonas, aylin, mia] = [await company.come(), await company.come(), await company.come()];
  await jonas.signInAs('Jonas');
  await aylin.signInAs('Aylin');
  await expect.poll(() => here(mia)).toEqual(['Aylin', 'Jonas']);
  await mia.signInAs('Mia');
  await isListed(mia);
  const offline = group(mia, /^Offline \(\d+\)/);
  await expect(offline).toHaveAttribute('aria-expanded', 'false');
  await expect(mia.contact('Theo')).toHaveCount(0);
  await expect(mia.contact('Jonas').first()).toBeVisible();

  // A contact who writes and leaves is not lost: the heading shows the unread number.
  await mia.open('General');
  await aylin.open('Mia');
  await aylin.say('bye, see you');
  await expect(mia.contact('Aylin').first()).toHaveAccessibleName(/1 unread/);
  await expect(aylin.row('Mia', 'bye, see you')).toContainText(/Sent|Delivered/);
  await aylin.signOut();
  await expect(mia.contact('Aylin')).toHaveCount(0);
  await expect(offline).toHaveAccessibleName(/^Offline \(\d+\), 1 unread$/);
  expect(await violations(mia.page)).toEqual([]);

  // The search shows folded contacts where they are; afterwards the list is as before.
  const box = mia.page.getByRole('searchbox', { name: 'Search people and messages' });
  await box.fill('the');
  await expect(mia.contact('Theo').first()).toHaveAccessibleName(/^Theo, Offline/);
  await expect(offline).toHaveAttribute('aria-expanded', 'true');
  await box.fill('');
  await expect(mia.contact('Theo')).toHaveCount(0);

  await offline.click();
  await expect(mia.contact('Aylin').first()).toHaveAccessibleName(/^Aylin, Offline.* 1 unread$/);
  await expect(offline, 'what can be seen needs no words').toHaveAccessibleName(/^Offline \(\d+\)$/);
  // The same holds in an arranged list, and after a reload.
  const arrange = await mia.arrange('Jonas');
  await arrange.getByRole('checkbox', { name: 'Favourite' }).check();
  await arrange.getByRole('button', { name: 'Done' }).click();
  await expect(group(mia, 'Favourites (1/1)')).toBeVisible();
  await expect(offline).toHaveAttribute('aria-expanded', 'true');
  await mia.page.reload();
  await mia.isHome();
  await expect(group(mia, 'Favourites (1/1)')).toBeVisible();
  await expect(offline).toHaveAttribute('aria-expanded', 'true');
  await offline.click();
  await expect(offline).toHaveAccessibleName(/^Offline \(\d+\), 1 unread$/);
  await box.fill('the');
  await expect(mia.contact('Theo').first()).toBeVisible();
  await box.fill('');
  await expect(mia.contact('Theo')).toHaveCount(0);
});

test('whoever comes when nobody is here sees the rooms first, and ways to begin @night', async ({ company }) => {
  const [guest, jonas] = [await company.come({ permissions: ['clipboard-read', 'clipboard-write'] }), await company.come()];
  await expect.poll(() => here(guest)).toEqual([]);
  await guest.signInAsGuest('First Here');
  await expect(group(guest, /^Offline \(\d+\)/)).toHaveAttribute('aria-expanded', 'false');
  await expect(group(guest, /^People/)).toHaveCount(0);
  const heads = () => guest.contacts().locator('[aria-expanded]:visible').allInnerTexts();
  expect((await heads())[0]).toMatch(/^Rooms/);
  const main = guest.page.getByRole('main');
  await main.getByRole('button', { name: 'Invite a friend' }).click();
  await expect(main.getByRole('status')).toHaveText('Link to General copied.');
  await expect.poll(() => clipboardText(guest.page)).toBe(`${guest.base}/app?room=general`);
  await main.getByRole('button', { name: 'Say hi in General' }).click();
  await expect(guest.log('General')).toBeVisible();

  await jonas.signInAs('Jonas');
  await expect(group(guest, /^People \(1\/\d+\)$/)).toBeVisible();
  expect((await heads())[0]).toMatch(/^People/);
});

test('somebody is in several groups; groups are renamed and moved; a nickname wins, and the real name can be found @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await isListed(mia);
  await expect(mia.contact('Jonas').first()).toHaveAccessibleName(/^Jonas, Online/);
  const arrange = await mia.arrange('Jonas');
  for (const name of ['Work', 'Band']) {
    await arrange.getByRole('textbox', { name: 'New contact group' }).fill(name);
    await arrange.getByRole('button', { name: 'Add' }).click();
    await expect(arrange.getByRole('checkbox', { name })).toBeChecked();
  }
  await arrange.getByRole('textbox', { name: 'Nickname' }).fill('Captain');
  await arrange.getByRole('button', { name: 'Done' }).click();
  await expect(group(mia, 'Work (1/1)')).toBeVisible();
  await expect(group(mia, 'Band (1/1)')).toBeVisible();
  await expect(mia.contact('Captain')).toHaveCount(2);
  await expect(mia.contact('Jonas')).toHaveCount(0);

  // The nickname is used everywhere; the card and the search also know the real name.
  await jonas.open('Mia');
  await jonas.say('ahoy');
  await expect(mia.status(/Captain/)).toContainText('ahoy');
  await mia.open('Captain');
  await expect(mia.row('Captain', 'ahoy')).toContainText('Captain says');
  // Typing is reported every two seconds at most, and the last report was a moment ago.
  await jonas.composer().pressSequentially('more and more and more', { delay: 150 });
  await expect(mia.status('Captain is typing…')).toBeVisible();
  await mia.contact('Captain').first().focus();
  await mia.page.keyboard.press('Alt+Enter');
  await expect(mia.page.getByRole('dialog', { name: 'Card of Captain' })).toContainText('Goes by Jonas');
  await mia.page.keyboard.press('Escape');
  await mia.page.getByRole('searchbox', { name: 'Search people and messages' }).fill('jonas');
  await expect(mia.contact('Captain').first()).toBeVisible();
  await mia.page.getByRole('searchbox', { name: 'Search people and messages' }).fill('');

  const heads = async () => (await mia.contacts().getByRole('treeitem', { name: /^(Work|Band|Crew) / }).allInnerTexts()).map((head) => head.trim().split(/\s/)[0]);
  expect(await heads()).toEqual(['Work', 'Band']);
  await mia.button('List options').click();
  const options = dialog(mia, 'List options');
  await options.getByRole('textbox', { name: 'Name of Band' }).fill('Crew');
  await options.getByRole('textbox', { name: 'Name of Band' }).press('Enter');
  await options.getByRole('button', { name: 'Move Crew up' }).click();
  expect(await violations(mia.page)).toEqual([]);
  await options.getByRole('button', { name: 'Done' }).click();
  await expect.poll(heads).toEqual(['Crew', 'Work']);

  await mia.page.reload();
  await mia.isHome();
  await expect.poll(heads).toEqual(['Crew', 'Work']);
  await expect(mia.contact('Captain')).toHaveCount(2);
  const again = await mia.arrange('Captain');
  await again.getByRole('checkbox', { name: 'Work' }).uncheck();
  await again.getByRole('textbox', { name: 'Nickname' }).fill('');
  await again.getByRole('button', { name: 'Done' }).click();
  await expect(mia.contact('Jonas')).toHaveCount(1);
  await expect(group(mia, /^Work/)).toHaveCount(0);
});

test('what is typed about the list stays while somebody writes @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await isListed(mia);
  await jonas.open('Mia');
  const arrange = await mia.arrange('Jonas');
  const nickname = arrange.getByRole('textbox', { name: 'Nickname' });
  await nickname.pressSequentially('Cap');
  await jonas.say('are you there?');
  await expect(mia.page).toHaveTitle(/^\(1\) /);
  await mia.page.keyboard.type('tain');
  await expect(nickname).toHaveValue('Captain');
  await arrange.getByRole('button', { name: 'Done' }).click();
  await expect(mia.contact('Captain').first()).toBeVisible();
});

test('what is being written stands in the list, also after a reload', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Rosa');
  await person.open('Dario');
  await person.composer().fill('see you at');
  await person.open('General');
  const row = person.contacts().locator('li').filter({ hasText: 'Dario' });
  await expect(row).toContainText('Draft: see you at');
  await person.page.reload();
  await person.isHome();
  await expect(row).toContainText('Draft: see you at');
  await person.open('Dario');
  await expect(person.composer()).toHaveValue('see you at');
  await person.composer().fill('');
  await person.open('General');
  await expect(row).not.toContainText('Draft');
});

test('whom one has talked to last stands first, where the list is to be so @night', async ({ company }) => {
  const [mia, theo, sol] = [await company.come(), await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await theo.signInAs('Theo');
  await sol.signInAs('Sol');
  await isListed(mia);
  await mia.button('List options').click();
  await dialog(mia, 'List options').getByRole('radio', { name: 'Most recent' }).check();
  await dialog(mia, 'List options').getByRole('button', { name: 'Done' }).click();
  for (const who of [theo, sol, theo]) {
    await who.open('Mia');
    await who.say('me again');
    await expect.poll(async () => (await names(mia))[0]).toBe(who === theo ? 'Theo' : 'Sol');
  }
  await mia.page.reload();
  await mia.isHome();
  await isListed(mia);
  await expect.poll(async () => (await names(mia)).slice(0, 2)).toEqual(['Theo', 'Sol']);
});

test('Alt+Shift+T goes through the themes @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Nico');
  const root = person.page.locator('html');
  for (const theme of ROUND) {
    await person.page.keyboard.press('Alt+Shift+T');
    await expect(root).toHaveAttribute('data-theme', theme);
  }
});

test('whoever has the focus in the first list keeps it in the one that comes with its file', async ({ company }) => {
  const person = await company.come({ serviceWorkers: 'block' });
  const file = await holdBack(person.page, /\/pkg\/[^/]*list[^/]*\.wasm$/);
  await person.signInAs('Dario');
  await person.showOffline();
  await person.button('List options').click();
  await dialog(person, 'List options').getByRole('radio', { name: 'Compact' }).check();
  await dialog(person, 'List options').getByRole('button', { name: 'Done' }).click();
  await file.asked;
  const row = person.contact('Zuri');
  await expect(row).not.toHaveAttribute('aria-setsize');
  await row.focus();
  file.release();
  await expect(row).toHaveAttribute('aria-setsize', /\d/);
  await expect(row).toBeFocused();
  await person.page.keyboard.press('ArrowUp');
  await expect(row).not.toBeFocused();
  await expect(rows(person).and(person.page.locator(':focus'))).toHaveCount(1);
});

test('what was pressed and typed before the page lives is done when it does, in both languages', async ({ company }) => {
  // A service worker would answer instead of the route of the story.
  const [presser, typist] = [await company.come({ serviceWorkers: 'block' }), await company.come({ serviceWorkers: 'block' })];
  await presser.signInAs('Rosa');
  await typist.signInAs('Emil');
  // This conversation opens again with the page and would take the focus.
  await typist.open('Music');
  const room = (person: Person, name: string) => person.page.getByRole('treeitem', { name: new RegExp(`^${name}`) });
  const heading = (name: string, { page } = presser) => page.getByRole('main').getByRole('heading', { name });
  /** Opens a page whose program is held back, so that it becomes alive only later. */
  const begin = async (person: Person, language: string) => {
    await person.context.addCookies([{ name: 'cfm-look', value: `..${language}..`, url: person.base }]);
    const program = await holdBack(person.page, /\/pkg\/[^/]*\.wasm$/);
    await person.page.goto(`${person.base}/app`, { waitUntil: 'commit' });
    await program.asked;
    return program;
  };
  const pages = [['en', 'Search people and messages', 'General', 'Music'], ['de', 'Leute und Nachrichten suchen', 'Allgemein', 'Musik']] as const;
  for (const [language, search, general, music] of pages) {
    const pressed = await begin(presser, language);
    await room(presser, music).click();
    await room(presser, general).click();
    pressed.release();
    await expect(heading(general)).toBeVisible();
    await expect(heading(music)).toHaveCount(0);

    const typed = await begin(typist, language);
    const box = typist.page.getByRole('searchbox', { name: search });
    await box.pressSequentially(general.slice(0, 5));
    typed.release();
    await expect(room(typist, music)).toHaveCount(0);
    await expect(room(typist, general)).toBeVisible();
    await expect(heading(music, typist)).toBeVisible();
    await typist.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    await typist.page.keyboard.type(general.slice(5));
    await expect(box).toHaveValue(general);
    await expect(box).toBeFocused();
  }
});

test('a thousand contacts: few rows in the document, all of them by keys, and found at once', async ({ company }) => {
  // A service worker would answer instead of the route of the story.
  const person = await company.come({ serviceWorkers: 'block' });
  const named = (n: number) => `Contact ${String(n).padStart(4, '0')}`;
  const contact = (n: number) => ({
    // The id has no valid form, so the server makes no look-up.
    id: `C${n}`,
    displayName: named(n),
    avatarId: 'av_01',
    kind: 'user',
    relation: 'contact',
    status: n % 2 === 0 ? 'online' : 'offline',
    personalMessage: `number ${n}`,
    since: 1,
  });
  const items = Array.from({ length: 1_000 }, (_, n) => contact(n));
  await person.page.route(/\/api\/me\/contacts\b/, (route) =>
    route.fulfill({ json: { success: true, data: { items, next: null, more: false }, error: null, requestId: '0' } }),
  );
  await person.signInAs('Emil');
  await expect(group(person, /^People \(50\d\/10\d\d\)$/)).toBeVisible();
  await person.showOffline();
  // The complete list is loaded when its rows have their total number.
  await expect(rows(person).first()).toHaveAttribute('aria-setsize', /\d/);
  // The list grows until the unfolded rows are measured.
  let before = -1;
  await expect
    .poll(async () => {
      const height = await person.contacts().evaluate((list) => list.scrollHeight);
      const isStill = height === before;
      before = height;
      return isStill;
    })
    .toBe(true);
  const few = async () => expect(await rows(person).count()).toBeLessThan(130);
  await few();

  // End moves to the last row, which has the last position; the arrow keys continue from there.
  await group(person, /^People/).focus();
  await person.page.keyboard.press('End');
  const focused = person.page.locator(':focus');
  await expect(focused).toHaveAccessibleName(/^Zuri, Offline/);
  const place = () =>
    focused.evaluate((stop) => [stop.getAttribute('aria-posinset'), stop.getAttribute('aria-setsize')]);
  const [last, all] = await place();
  expect(last).toBe(all);
  expect(Number(all)).toBeGreaterThan(500);
  await few();
  for (let n = 0; n < 40; n += 1) await person.page.keyboard.press('ArrowUp');
  await expect.poll(place).toEqual([String(Number(all) - 40), all]);
  await few();
  await person.page.keyboard.press('ArrowDown');
  await expect.poll(place).toEqual([String(Number(all) - 39), all]);
  await person.page.keyboard.press('Home');
  await expect(focused).toHaveAccessibleName(/^People/);
  await person.page.keyboard.press('g');
  await expect(focused).toHaveAccessibleName(/^General/);

  // In every state of the document, exactly one row is a Tab stop.
  const stops = () => rows(person).evaluateAll((all) => all.filter((row) => (row as HTMLElement).tabIndex === 0).length);
  await expect.poll(stops).toBe(1);

  // Scrolling by hand fills the view at every place.
  for (const part of [0.3, 0.6, 0.9]) {
    await person.contacts().evaluate((list, at) => list.scrollTo(0, list.scrollHeight * at), part);
    await expect
      .poll(() =>
        person.contacts().evaluate((list) => {
          const view = list.getBoundingClientRect();
          const at = (y: number) => document.elementFromPoint(view.left + 60, view.top + y)?.closest('li, h2') !== null;
          return [10, view.height / 2, view.height - 10].every(at);
        }),
      )
      .toBe(true);
    await few();
    await expect.poll(stops).toBe(1);
  }

  await person.page.getByRole('searchbox', { name: 'Search people and messages' }).fill('contact 0777');
  await expect(rows(person)).toHaveCount(1);
  await expect(person.contact('Contact 0777')).toBeVisible();
});

test('a status with an end goes by itself; earlier personal messages are offered again @night', async ({ company }) => {
  const [person, friend] = [await company.come(), await company.come()];
  await person.signInAs('Rosa');
  await friend.signInAs('Dario');
  const message = person.page.getByRole('textbox', { name: 'Personal message' });
  for (const text of ['first words', 'second words']) {
    await message.fill(text);
    await message.press('Enter');
    await expect(friend.contact('Rosa').first()).toHaveAccessibleName(new RegExp(text));
  }
  const open = async () => {
    await person.myStatus().click();
    await person.page.getByRole('menuitem', { name: 'Custom status…' }).click();
    return dialog(person, 'My status');
  };
  await (await open()).getByRole('button', { name: 'first words' }).click();
  await expect(friend.contact('Rosa').first()).toHaveAccessibleName(/first words/);

  const status = await open();
  await status.getByRole('radio', { name: 'Busy' }).check();
  expect(await violations(person.page)).toEqual([]);
  const until = await person.page.evaluate(() => {
    const soon = new Date(Date.now() + 65_000);
    return [soon.getHours(), soon.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
  });
  await status.getByLabel('Until').fill(until);
  await status.getByLabel('Status text').fill('exam week');
  await status.getByRole('button', { name: 'Done' }).click();
  await expect(friend.contact('Rosa').first()).toHaveAccessibleName('Rosa, Busy, exam week');
  // The person sees the same text as others. The status text ends with the status, and the earlier message returns.
  await expect(message).toHaveValue('exam week');
  await expect(friend.contact('Rosa').first()).toHaveAccessibleName('Rosa, Online, first words', { timeout: 75_000 });
  await expect(person.myStatus()).toHaveAccessibleName(/Online/);
  await expect(message).toHaveValue('first words');
});

test('words of a status need no end: they go with the next status, and outlive a reload until then @night', async ({ company }) => {
  const [person, friend] = [await company.come(), await company.come()];
  await person.signInAs('Rosa');
  await friend.signInAs('Dario');
  const message = person.page.getByRole('textbox', { name: 'Personal message' });
  await message.fill('what stays');
  await message.press('Enter');
  await expect(friend.contact('Rosa').first()).toHaveAccessibleName('Rosa, Online, what stays');
  await person.myStatus().click();
  await person.page.getByRole('menuitem', { name: 'Custom status…' }).click();
  const status = dialog(person, 'My status');
  await expect(status.getByRole('radio', { name: 'Online' })).toBeChecked();
  await status.getByLabel('Status text').fill('in the library');
  await status.getByLabel('Status text').press('Enter');
  await expect(friend.contact('Rosa').first()).toHaveAccessibleName('Rosa, Online, in the library');
  await person.page.reload();
  await expect(message).toHaveValue('in the library');
  await person.setStatus('Busy');
  await expect(friend.contact('Rosa').first()).toHaveAccessibleName('Rosa, Busy, what stays');
  await expect(message).toHaveValue('what stays');
});

test('a personal message that is being written outlives what else changes meanwhile @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Farah');
  const message = person.page.getByRole('textbox', { name: 'Personal message' });
  const elsewhere = await person.context.newPage();
  await elsewhere.goto(`${person.base}/app`);
  await elsewhere.getByRole('button', { name: /^My status/ }).click();
  await message.fill('half of what');
  await elsewhere.getByRole('menuitemradio', { name: 'Away' }).click();
  await expect(person.myStatus()).toHaveAccessibleName(/Away/);
  await expect(message).toHaveValue('half of what');
  await message.press('Enter');
  await expect(elsewhere.getByRole('textbox', { name: 'Personal message' })).toHaveValue('half of what');
});

test('what could not be kept takes back nothing but itself @night', async ({ company }) => {
  const mia = await company.come({ outage: true, serviceWorkers: 'block' });
  const saving = await holdBack(mia.page, '**/sf/save_profile', (route) => route.abort());
  await mia.signInAs('Lea');
  const message = mia.page.getByRole('textbox', { name: 'Personal message' });
  const before = await message.inputValue();
  await message.fill('never kept');
  await message.press('Enter');
  await saving.asked;
  await mia.setStatus('Busy');
  saving.release();
  await expect(message).toHaveValue(before);
  await expect(mia.myStatus()).toHaveAccessibleName(/Busy/);
});

test('of two personal messages that could both not be kept neither stays @night', async ({ company }) => {
  const sol = await company.come({ outage: true, serviceWorkers: 'block' });
  const saving = await holdBack(sol.page, '**/sf/save_profile', (route) => route.abort());
  await sol.signInAs('Sol');
  const message = sol.page.getByRole('textbox', { name: 'Personal message' });
  const before = await message.inputValue();
  await message.fill('never kept');
  await message.press('Enter');
  await saving.asked;
  await message.fill('nor this');
  await message.press('Enter');
  saving.release();
  await expect(message).toHaveValue(before);
});

test('a personal message is as long as the server takes it, counted in what people see as letters @night', async ({ company }) => {
  const [person, friend] = [await company.come(), await company.come()];
  await person.signInAs('Rosa');
  await friend.signInAs('Dario');
  const message = person.page.getByRole('textbox', { name: 'Personal message' });
  const write = async (text: string) => {
    await message.fill('');
    await message.focus();
    // The keyboard of a phone inserts text in this way, so the field itself must apply its limit.
    await person.page.keyboard.insertText(text);
  };
  await write('x'.repeat(150));
  await expect(message).toHaveValue('x'.repeat(140));
  // This emoji looks like one letter but has eleven units and 25 bytes: 22 of them have 550 of the allowed 560 bytes.
  const family = '👨‍👩‍👧‍👦';
  await write(family.repeat(22));
  await expect(message).toHaveValue(family.repeat(22));
  await person.page.keyboard.insertText('y'.repeat(30));
  await expect(message).toHaveValue(family.repeat(22) + 'y'.repeat(10));
  await message.press('Enter');
  await expect(friend.contact('Rosa').first()).toHaveAccessibleName(`Rosa, Online, ${family.repeat(22)}${'y'.repeat(10)}`);

  // In a full field nothing changes, and the caret stays.
  await write('x'.repeat(140));
  await message.press('Home');
  await person.page.keyboard.insertText('z');
  await expect(message).toHaveValue('x'.repeat(140));
  expect(await message.evaluate((field: HTMLInputElement) => field.selectionStart)).toBe(0);
});

test('the search leads to somebody by keys, and keys say what they do @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAs('Nico');
  await isListed(person);
  await person.showOffline();
  const box = person.page.getByRole('searchbox', { name: 'Search people and messages' });
  const search = async () => {
    await person.page.keyboard.press('Control+k');
    await expect(box).toBeFocused();
    await expect(box).toHaveValue('');
    await person.page.keyboard.type('samira');
    await expect(person.status('Press Enter to open Samira.')).toBeVisible();
  };
  await search();
  await person.page.keyboard.press('ArrowDown');
  await expect(person.contact('Samira').first()).toBeFocused();
  await search();
  await person.page.keyboard.press('Enter');
  await expect(person.log('Samira')).toBeVisible();
  await expect(person.composer()).toBeFocused();
  await expect(box).toHaveValue('');

  await person.page.keyboard.press('?');
  await expect(dialog(person, 'Shortcuts'), 'in a text field it is a letter').toBeHidden();
  await person.contact('Samira').first().focus();
  await person.page.keyboard.press('?');
  await expect(dialog(person, 'Shortcuts')).toBeVisible();
  expect(await violations(person.page)).toEqual([]);
  await person.page.keyboard.press('Escape');
  await expect(dialog(person, 'Shortcuts')).toBeHidden();
  await expect(person.contact('Samira').first()).toBeFocused();

  await person.open('General');
  await person.page.keyboard.press('Alt+ArrowUp');
  await expect(person.log('Samira')).toBeVisible();
  await person.page.keyboard.press('F6');
  await expect(person.page.locator(':focus')).toBeVisible();
});

test('Alt+Shift with an arrow leads to what is unread, also where no tab is open yet @night', async ({ company }) => {
  const [reader, writer] = [await company.come(), await company.come()];
  await reader.signInAs('Runa');
  await writer.signInAs('Sol');
  await reader.open('Music');
  await reader.open('General');
  await writer.open('Runa');
  await writer.say('are you there?');
  await expect(reader.contact('Sol').first()).toHaveAccessibleName(/, \d+ unread$/);
  await expect(reader.page.getByRole('navigation', { name: 'Open conversations' }).getByRole('button', { name: 'Sol', exact: true })).toHaveCount(0);
  await reader.page.keyboard.press('Alt+Shift+ArrowDown');
  await expect(reader.log('Sol')).toBeVisible();
  await expect(reader.row('Sol', 'are you there?').first()).toBeVisible();
  await expect(reader.contact('Sol').first()).not.toHaveAccessibleName(/unread/);
  // Without unread messages the key does nothing.
  await reader.page.keyboard.press('Alt+Shift+ArrowUp');
  await expect(reader.log('Sol')).toBeVisible();
});

test('what waits is one number: in the list, the title, the icon and the badge of the app', async ({ company }) => {
  const [writer, reader] = [await company.come(), await company.come()];
  await reader.page.addInitScript(() => {
    const scope = window as unknown as { badge: number };
    scope.badge = 0;
    Object.assign(Navigator.prototype, {
      setAppBadge: (count: number) => Promise.resolve((scope.badge = count)),
      clearAppBadge: () => Promise.resolve((scope.badge = 0)),
    });
  });
  await writer.signInAs('Farah');
  await reader.signInAs('Jas');
  await writer.open('Jas');
  await reader.open('General');
  const badge = () => reader.page.evaluate(() => (window as unknown as { badge: number }).badge);
  const icon = () => reader.page.locator('link[rel~=icon]').getAttribute('href');
  await writer.say('one');
  await writer.say('two');
  await expect(reader.contact('Farah').first()).toHaveAccessibleName(/, 2 unread$/);
  await expect(reader.page).toHaveTitle(/^\(2\) /);
  await expect.poll(badge).toBe(2);
  await expect.poll(async () => decodeURIComponent((await icon())!)).toMatch(/^data:image\/svg\+xml,.*>2<\/text>/s);
  await reader.open('Farah');
  await expect(reader.page).toHaveTitle(/^[^(]/);
  await expect.poll(badge).toBe(0);
  await expect.poll(icon).toBe('/favicon.svg');
});
