// Stories 4, 5 and 6: the network fails, the server dies, the laptop sleeps. Nothing is lost, doubled or reordered.

import { marker } from '../harness/ids.ts';
import { isStored } from '../harness/browser_database.ts';
import { expect, renewal, test, type Person } from '../harness/people.ts';
import { Proxy } from '../harness/proxy.ts';
import { Server } from '../harness/server.ts';
import { guest, persona } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';

const LOST = 'Connection lost – trying again. Keep writing, nothing gets lost.';
const BACK = /Back online\./;

test('written while the network is away, kept across a reload, sent once and in order', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const away = await company.come({ base: proxy.base, outage: true });
  const friend = await company.come();
  await away.signInAs('Runa');
  await friend.signInAs('Zuri');
  await away.open('Zuri');
  await friend.open('Runa');
  await away.say('w0 before');
  await expect(friend.row('Runa', 'w0 before')).toHaveCount(1);

  proxy.set('sockets-cut');
  await expect(away.status(LOST)).toBeVisible();
  for (const text of ['w1 first', 'w2 second', 'w3 third']) {
    await away.say(text);
    await expect(away.row('Zuri', text)).toContainText('Queued');
  }
  await friend.say('w4 meanwhile');

  // The page is reloaded while its sockets are still cut, so queued messages come from the disk.
  await away.page.reload();
  await expect(away.contacts()).toBeVisible();
  await away.open('Zuri');
  for (const text of ['w1 first', 'w2 second', 'w3 third']) await expect(away.row('Zuri', text)).toContainText('Queued');
  await away.say('w5 after the reload');

  proxy.set('fine');
  await expect(away.row('Zuri', 'w5 after the reload')).toContainText(/Sent|Delivered|Read/, { timeout: 40_000 });
  const written = ['w1 first', 'w2 second', 'w3 third', 'w5 after the reload'];
  await expect(friend.row('Runa', 'w5 after the reload')).toHaveCount(1);
  const arrived = (await friend.found('Runa', /w[0-9] .*/)).map((text) => text.slice(0, 2));
  expect(arrived).toEqual(['w0', 'w4', 'w1', 'w2', 'w3', 'w5']);
  for (const text of written) await expect(away.row('Zuri', text)).toHaveCount(1);
  expect((await away.found('Zuri', /w[0-9] .*/)).map((text) => text.slice(0, 2))).toEqual(arrived);
  await proxy.stop();
});

/** Told to a page before its own scripts: its database opens once the story lets it, and at once on later pages. */
function slowDatabase(): void {
  if (sessionStorage.getItem('database-comes')) return;
  const comes = Promise.withResolvers<void>();
  const { open } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (...asked) {
    const request = open.apply(this, asked);
    const set = (tell: (event: Event) => void): void => {
      request.addEventListener('success', (event) => void comes.promise.then(() => tell(event)));
    };
    Object.defineProperty(request, 'onsuccess', { set });
    return request;
  };
  const letDatabaseCome = (): void => {
    sessionStorage.setItem('database-comes', 'yes');
    comes.resolve();
  };
  Object.assign(window, { letDatabaseCome });
}

test('what a page wrote before its database came is kept and sent once, behind what an earlier page left @night', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const late = await company.come({ base: proxy.base, outage: true });
  await late.signInAsGuest('Late Riser');
  await late.open('General');
  const [earlier, here] = [marker(), marker()];
  const found = () => late.found('General', new RegExp(`${earlier}|${here}`));
  proxy.set('sockets-cut');
  await expect(late.status(LOST)).toBeVisible();
  await late.say(earlier);
  await expect(late.row('General', earlier)).toContainText('Queued');

  // The next page waits for its database, and then continues without it.
  await late.page.addInitScript(slowDatabase);
  await late.page.reload();
  await expect(late.contacts()).toBeVisible();
  await late.open('General');
  await late.say(here);
  await expect(late.row('General', here)).toContainText('Queued');
  expect(await found()).toEqual([here]);
  await late.page.evaluate(() => (window as unknown as { letDatabaseCome: () => void }).letDatabaseCome());
  await expect.poll(found).toEqual([earlier, here]);

  await late.page.reload();
  await expect(late.contacts()).toBeVisible();
  await late.open('General');
  await expect.poll(found).toEqual([earlier, here]);
  await expect(late.row('General', here)).toContainText('Queued');
  proxy.set('fine');
  await expect(late.row('General', here)).toContainText(/Sent|Delivered|Read/, { timeout: 40_000 });
  expect(await found()).toEqual([earlier, here]);
  const stored = await storedTexts(late, 'general', server);
  expect(stored.filter((text) => [earlier, here].includes(text))).toEqual([earlier, here]);
  await proxy.stop();
});

interface Closable {
  /** Closes the databases of the page, as phones do while it is out of view. Returns how many were open. */
  closeDatabases(isHeld: boolean): number;
  /** Lets databases open that were asked for since `closeDatabases(true)`. */
  letDatabasesOpen(): void;
}

/** Told to a page before its own scripts. */
function closableDatabases(): void {
  const handles: IDBDatabase[] = [];
  let open: PromiseWithResolvers<void> | undefined;
  const { open: ask } = IDBFactory.prototype;
  IDBFactory.prototype.open = function (...asked) {
    const request = ask.apply(this, asked);
    request.addEventListener('success', () => handles.push(request.result));
    const opens = open?.promise;
    const set = (tell: (event: Event) => void): void => {
      request.addEventListener('success', (event) => void opens?.then(() => tell(event)));
    };
    if (opens) Object.defineProperty(request, 'onsuccess', { set });
    return request;
  };
  const closeDatabases = (isHeld: boolean): number => {
    if (isHeld) open = Promise.withResolvers<void>();
    const closed = handles.splice(0);
    for (const handle of closed) handle.close();
    return closed.length;
  };
  const letDatabasesOpen = (): void => {
    open?.resolve();
    open = undefined;
  };
  Object.assign(window, { closeDatabases, letDatabasesOpen });
}

async function closeDatabases({ page }: Person, isHeld = false): Promise<void> {
  const closed = await page.evaluate((isHeld) => (window as unknown as Closable).closeDatabases(isHeld), isHeld);
  expect(closed, 'open databases').toBeGreaterThan(0);
}

/** Brings a guest to General whose page can lose its databases, and cuts its sockets. */
async function cutOff(person: Person, proxy: Proxy, name: string): Promise<void> {
  await person.page.addInitScript(closableDatabases);
  await person.signInAsGuest(name);
  await person.open('General');
  proxy.set('sockets-cut');
  await expect(person.status(LOST)).toBeVisible();
}

/** Reloads the page while its sockets are cut, and lets them through: these texts were kept, and are sent once, in their order. */
async function sentAfterReload(person: Person, proxy: Proxy, server: Server, texts: string[]): Promise<void> {
  const found = () => person.found('General', new RegExp(texts.join('|')));
  await person.page.reload();
  await expect(person.contacts()).toBeVisible();
  await person.open('General');
  await expect.poll(found).toEqual(texts);
  for (const text of texts) await expect(person.row('General', text)).toContainText('Queued');
  proxy.set('fine');
  await expect(person.row('General', texts.at(-1)!)).toContainText(/Sent|Delivered|Read/, { timeout: 40_000 });
  expect(await found()).toEqual(texts);
  const stored = await storedTexts(person, 'general', server);
  expect(stored.filter((text) => texts.includes(text))).toEqual(texts);
}

test('what is written after the browser closed the database is kept all the same @night', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const writer = await company.come({ base: proxy.base, outage: true });
  await cutOff(writer, proxy, 'Pocket Phone');
  await closeDatabases(writer);
  const words = marker();
  await writer.say(words);
  await expect(writer.row('General', words)).toContainText('Queued');
  await isStored(writer, words);
  await sentAfterReload(writer, proxy, server, [words]);
  await proxy.stop();
});

test('what is written while a closed database opens again waits for it, in its order @night', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const writer = await company.come({ base: proxy.base, outage: true });
  await cutOff(writer, proxy, 'Slow Phone');
  await closeDatabases(writer, true);
  const texts = [marker(), marker()];
  for (const text of texts) {
    await writer.say(text);
    await expect(writer.row('General', text)).toContainText('Queued');
  }
  await writer.page.evaluate(() => (window as unknown as Closable).letDatabasesOpen());
  for (const text of texts) await isStored(writer, text);
  await sentAfterReload(writer, proxy, server, texts);
  await proxy.stop();
});

test('a database that another page deleted while it was closed here is not made anew @night', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const writer = await company.come({ base: proxy.base, outage: true });
  await cutOff(writer, proxy, 'Gone Guest');
  // A sign-out in another page deletes the database in this way. Requests of this page after the deletion began are answered later.
  const names = await writer.page.evaluate(async () => {
    const names = (await indexedDB.databases()).map(({ name }) => name!);
    (window as unknown as Closable).closeDatabases(false);
    const deleted = names.map((name) => new Promise((resolve) => indexedDB.deleteDatabase(name).addEventListener('success', resolve)));
    await Promise.all(deleted);
    return names;
  });
  expect(names).toHaveLength(1);
  await writer.say('left in memory alone');
  await expect(writer.row('General', 'left in memory alone')).toContainText('Queued');
  // This opening is answered after that of the page.
  const isThere = (name: string) =>
    new Promise<boolean>((resolve) => {
      const asked = indexedDB.open(name);
      asked.addEventListener('upgradeneeded', () => {
        asked.transaction!.abort();
        resolve(false);
      });
      asked.addEventListener('success', () => resolve(true));
    });
  expect(await writer.page.evaluate(isThere, names[0]!)).toBe(false);
  await proxy.stop();
});

test('the banner comes after 2 s, not before, and says when it is over @night', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const away = await company.come({ base: proxy.base, outage: true });
  await away.signInAs('Nico');
  await away.open('General');
  proxy.set('cut');
  const cutMs = Date.now();
  await expect(away.status(LOST)).toBeVisible();
  expect(Date.now() - cutMs).toBeGreaterThan(1_900);
  proxy.set('fine');
  await expect(away.status(BACK)).toBeVisible({ timeout: 40_000 });
  await expect(away.status(LOST)).toHaveCount(0);
  await proxy.stop();
});

test('whoever is back is told how much is new, in the conversation in view as well @night', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const away = await company.come({ base: proxy.base, outage: true });
  await away.signInAsGuest('Back');
  await away.open('Music');
  const speaker = await FrameSocket.joined(server.base, 'music', await guest(server.base));
  await speaker.say('seen before');
  await expect(away.row('Music', 'seen before').last()).toBeVisible();
  proxy.set('sockets-cut');
  await expect(away.status(LOST)).toBeVisible();
  for (const words of ['missed one', 'missed two', 'missed three']) await speaker.say(words);
  proxy.set('fine');
  await expect(away.status('Back online. 3 new.')).toBeVisible({ timeout: 40_000 });
  await speaker.close();
  await proxy.stop();
});

test('SIGKILL to the runtime in a burst of 200: all there once, in order, in the history and on both pages @night', async ({ company }) => {
  test.setTimeout(240_000);
  const TOTAL = 200;
  const own = await Server.start({ vars: { RATE_LOGIN: '0', RATE_CHAT: '0', RATE_FRAME: '0' } });
  try {
    const writer = await company.come({ base: own.base, outage: true });
    const reader = await company.come({ base: own.base, outage: true });
    await writer.signInAs('Mia');
    await reader.signInAs('Jonas');
    await writer.open('Jonas');
    await reader.open('Mia');
    let killed: Promise<void> | undefined;
    const texts = Array.from({ length: TOTAL }, (_, n) => `burst-${String(n).padStart(3, '0')}`);
    for (const [n, text] of texts.entries()) {
      await writer.say(text);
      if (n === 80) {
        await expect(reader.row('Mia', 'burst-040')).toHaveCount(1);
        // The kill is not awaited: the person keeps writing while the server dies and comes back.
        killed = own.killRuntime();
      }
    }
    await killed;
    await expect(writer.row('Jonas', texts.at(-1)!)).toContainText(/Sent|Delivered|Read/, { timeout: 60_000 });
    await expect(reader.row('Mia', texts.at(-1)!)).toHaveCount(1, { timeout: 60_000 });
    const stored = await storedTexts(writer, 'dm_user_1____user_7', own);
    expect(stored).toEqual(texts);
    await expect.poll(() => writer.found('Jonas', /burst-\d+/)).toEqual(texts);
    await expect.poll(() => reader.found('Mia', /burst-\d+/)).toEqual(texts);
    await expect(writer.log('Jonas').getByRole('listitem').filter({ hasText: /Queued|Not sent/ })).toHaveCount(0);
  } finally {
    await own.stop();
  }
});

test('a socket that is dead but still OPEN is replaced after sleep; what both wrote arrives once', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const sleeper = await company.come({ base: proxy.base, outage: true });
  const friend = await company.come();
  await sleeper.signInAs('Farah');
  await friend.signInAs('Sol');
  await sleeper.open('Sol');
  await friend.open('Farah');
  await friend.say('s0 before');
  await expect(sleeper.row('Sol', 's0 before')).toHaveCount(1);

  proxy.freezeSockets();
  const before = proxy.socketsOpened;
  await friend.say('s1 while asleep');
  await expect(friend.row('Farah', 's1 while asleep')).toContainText('Sent');
  await sleeper.say('s2 into the void');
  await wake(sleeper);
  await expect.poll(() => proxy.socketsOpened, { message: 'new sockets after waking' }).toBeGreaterThan(before);
  await expect(sleeper.row('Sol', 's1 while asleep')).toHaveCount(1);
  await expect(friend.row('Farah', 's2 into the void')).toHaveCount(1);
  await expect(sleeper.row('Sol', 's2 into the void')).toHaveCount(1);
  await expect(sleeper.row('Sol', 's2 into the void')).toContainText('Read');
  expect(await friend.found('Farah', /s[0-9]/)).toEqual(['s0', 's1', 's2']);
  await proxy.stop();
});

test('signing out wipes what was queued; the next person on this browser sends nothing of it', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const first = await company.come({ base: proxy.base, outage: true });
  await first.signInAs('Aylin');
  await first.open('General');
  proxy.set('sockets-cut');
  await expect(first.status(LOST)).toBeVisible();
  await first.say('never to be sent');
  await expect(first.row('General', 'never to be sent')).toContainText('Queued');
  await first.signOut();
  proxy.set('fine');
  await first.signInAs('Jas');
  await first.open('General');
  await first.say('somebody else');
  await expect(first.row('General', 'somebody else')).toContainText('Sent');
  await expect(first.row('General', 'never to be sent')).toHaveCount(0);
  const viewer = await persona(server.base, 'user_13');
  const { messages } = await viewer.api.ok('GET', '/api/messages?roomId=general');
  expect(JSON.stringify(messages)).not.toContain('never to be sent');
  await viewer.api.ok('POST', '/api/auth/logout');
  await proxy.stop();
});

test('a page belongs to whom it was opened for: nothing of theirs is said by whoever signs in after them', async ({ company, server }) => {
  const proxy = await Proxy.start(server.port);
  const one = await company.come({ base: proxy.base, outage: true });
  // This tab was already at the sign-in page. The tab has another origin, so it cannot inform this page, but cookies are valid on every
  // port.
  const tab = await one.context.newPage();
  await tab.goto(`${server.base}/sign-in`);
  await one.signInAsGuest('Early Bird');
  await one.open('General');
  proxy.set('sockets-cut');
  await expect(one.status(LOST)).toBeVisible();
  const [mine, half] = [marker(), `half a thought ${marker()}`];
  await one.say(mine);
  await expect(one.row('General', mine)).toContainText('Queued');
  await one.composer().fill(half);
  await one.button('Settings').click();

  await tab.getByRole('textbox', { name: 'Your name' }).fill('Night Owl');
  const renewed = renewal(tab);
  await tab.getByRole('button', { name: 'Join', exact: true }).click();
  await expect(tab.getByRole('navigation', { name: 'Contacts' })).toBeVisible();
  await renewed;
  proxy.set('fine');
  const bar = one.status('You’re now signed in as Night Owl in this browser.');
  await expect(bar).toBeVisible({ timeout: 40_000 });
  // The page is not open to the person who uses the browser now.
  await expect(one.page.getByRole('dialog')).toHaveCount(0);
  await one.page.locator('.editor').focus();
  await one.page.keyboard.type(' of mine\n');
  await expect(one.page.locator('.editor')).toHaveValue(half);
  expect(one.openSockets('/api/ws/')).toBe(0);

  // A tab informs the others of its origin, so they stop before a request fails.
  await one.beginSession({ displayName: 'Third Party', status: 'online' });
  const third = await one.context.newPage();
  await third.goto(`${server.base}/app`);
  await expect(tab.getByRole('status').filter({ hasText: 'You’re now signed in as Third Party' })).toBeVisible();

  await one.mayBeRefused(() => bar.getByRole('button', { name: 'Continue as Night Owl' }).click());
  await expect(one.page.getByRole('banner')).toContainText('Third Party');
  await one.open('General');
  await expect(one.composer()).toHaveValue('');
  const stored = await storedTexts(one, 'general', server);
  expect(stored.filter((text) => text === mine || text.startsWith(half))).toEqual([]);
  await proxy.stop();
});

/** Simulates the opening of a laptop: the browser tells the page that it is visible and online again. */
async function wake(person: Person): Promise<void> {
  await person.page.evaluate(() => {
    const pretend = (state: string) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
      Object.defineProperty(document, 'hidden', { configurable: true, get: () => state === 'hidden' });
      document.dispatchEvent(new Event('visibilitychange'));
    };
    pretend('hidden');
    pretend('visible');
    window.dispatchEvent(new Event('online'));
  });
}

async function storedTexts(person: Person, room: string, server: Server): Promise<string[]> {
  const texts: string[] = [];
  for (let since = 0; ; ) {
    const answer = await person.context.request.get(`${server.base}/api/messages?roomId=${room}&since=${since}&limit=200`);
    const { data } = await answer.json();
    texts.push(...data.messages.map((event: { content?: string }) => event.content ?? ''));
    if (!data.more) return texts;
    since = data.next;
  }
}

test('a device that is wrong about its network says so and sends all the same', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Doubtful');
  await person.open('General');
  await person.page.evaluate(() => {
    Object.defineProperty(Navigator.prototype, 'onLine', { get: () => false });
    window.dispatchEvent(new Event('offline'));
  });
  const words = marker();
  await person.say(words);
  await expect(person.row('General', words)).toContainText('Sent');
});
