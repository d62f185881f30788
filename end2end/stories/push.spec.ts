// push.md, ux.md 2.1: notifications while no page is open. Chromium has no push service here. So `pushManager.subscribe` of the page
// returns a subscription at a stand-in, and the browser's developer tools deliver its messages to the service worker. Permission, storage,
// test message, display and press are real.

import type { Request, Worker } from '@playwright/test';
import { violations } from '../harness/clean.ts';
import { PushService, type Subscription } from '../harness/push_service.ts';
import { expect, holdBack, isComplete, STORY_VARS, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { openSettings, showSection } from '../harness/settings_dialog.ts';

const VARS = { ...STORY_VARS, VAPID_PRIVATE_KEY: 'q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94', VAPID_SUBJECT: 'mailto:owner@example.org', WEBHOOK_ALLOW_PRIVATE: '1', PUSH_SERVICES: '127.0.0.1' };

test.use({ serviceWorkers: 'allow' });

let [server, service]: [Server | undefined, PushService | undefined] = [undefined, undefined];
test.beforeAll(async () => {
  [server, service] = [await Server.start({ vars: VARS }), await PushService.start()];
});
test.afterAll(async () => {
  service?.close();
  await server?.stop();
});

/** Gives the page a push service: the stand-in. */
async function hasService(who: Person, browser = service!.browser()): Promise<string> {
  const { endpoint, keys, path } = browser;
  await who.page.addInitScript((given) => {
    let isOn = false;
    const subscription = { endpoint: given.endpoint, toJSON: () => ({ ...given, expirationTime: null }), unsubscribe: async () => !(isOn = false) };
    PushManager.prototype.subscribe = async () => ((isOn = true), subscription as unknown as PushSubscription);
    PushManager.prototype.getSubscription = async () => (isOn ? (subscription as unknown as PushSubscription) : null);
  }, { endpoint, keys });
  return path;
}

/**
 * Gives the service worker the same stand-in. A call that equals `stopAt` waits until `go`. `handed` lists the languages that the worker
 * has sent, and `works` counts its running tasks.
 */
async function workerOf(who: Person, { endpoint, keys }: Subscription): Promise<Worker> {
  await who.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const worker = who.context.serviceWorkers()[0]!;
  await worker.evaluate((given) => {
    const scope = globalThis as any;
    const { fetch } = scope;
    const { waitUntil } = scope.ExtendableEvent.prototype;
    const own = { endpoint: given.endpoint, toJSON: () => given, unsubscribe: async () => ((scope.now = null), true) };
    Object.assign(scope, { own, now: null, handed: [], works: 0 });
    scope.PushManager.prototype.getSubscription = async () => scope.now;
    scope.PushManager.prototype.subscribe = async () => (scope.now = own);
    scope.ExtendableEvent.prototype.waitUntil = function (this: Event, work: Promise<unknown>) {
      scope.works += 1;
      waitUntil.call(this, Promise.resolve(work).finally(() => (scope.works -= 1)));
    };
    scope.fetch = async (address: string, more?: RequestInit) => {
      const call = `${more?.method ?? 'GET'} ${address}`;
      if (call === scope.stopAt) {
        scope.stopAt = undefined;
        await new Promise<void>((resolve) => (scope.go = resolve));
      }
      if (call === 'POST /api/me/push') scope.handed.push(JSON.parse(String(more!.body)).language);
      return fetch(address, more);
    };
  }, { endpoint, keys });
  return worker;
}

/** Stops the worker at its next call of this name, and marks the browser as subscribed, as its page just did. */
const stopWorker = (worker: Worker, stopAt: string): Promise<void> =>
  worker.evaluate((stopAt) => {
    const scope = globalThis as any;
    Object.assign(scope, { stopAt, go: undefined, now: scope.own });
  }, stopAt);
const isStopped = (worker: Worker): Promise<boolean> => worker.evaluate(() => (globalThis as any).go !== undefined);
const works = (worker: Worker): Promise<number> => worker.evaluate(() => (globalThis as any).works);

/** Section of the settings in both languages of a story. */
const NOTIFICATIONS = /^(Notifications|Benachrichtigungen)$/;

const section = (who: Person, name = 'Push notifications') => who.page.getByRole('group', { name });

test('opted in, tried, with quiet hours and without names, by keyboard; off again', async ({ company }) => {
  const mia = await company.come({ base: server!.base, permissions: ['notifications'] });
  const path = await hasService(mia);
  await mia.signInAs('Mia');
  await openSettings(mia.page, 'Notifications');
  const here = section(mia).getByRole('switch', { name: 'Notify this browser' });
  await expect(here).not.toBeChecked();
  await here.focus();
  await mia.page.keyboard.press('Space');
  await expect(here).toBeChecked();
  await expect(section(mia).getByRole('list', { name: 'Browsers with notifications' })).toContainText('this device, none sent yet');

  await section(mia).getByRole('button', { name: 'Send a test notification' }).focus();
  await mia.page.keyboard.press('Enter');
  await expect(section(mia)).toContainText('works. A notification is on its way.');
  await service!.take(path, 1);
  await expect(section(mia).getByRole('list', { name: 'Browsers with notifications' })).toContainText('last sent');
  service!.statuses = [500];
  await section(mia).getByRole('button', { name: 'Send a test notification' }).press('Enter');
  await expect(section(mia)).toContainText('its push service returned an error (500).');
  service!.statuses = [403];
  await section(mia).getByRole('button', { name: 'Send a test notification' }).press('Enter');
  await expect(section(mia)).toContainText('needs to be renewed.');

  await section(mia).getByRole('switch', { name: 'Show names and message text' }).press('Space');
  await expect(section(mia).getByRole('switch', { name: 'Show names and message text' })).not.toBeChecked();
  await section(mia).getByRole('switch', { name: 'Quiet hours' }).press('Space');
  await expect(section(mia).getByLabel('From', { exact: true })).toHaveValue('22:00');
  await section(mia).getByLabel('To', { exact: true }).fill('06:30');
  await section(mia).getByLabel('To', { exact: true }).blur();
  await expect.poll(async () => (await (await mia.context.request.get(`${server!.base}/api/me/push`)).json()).data.quiet?.to).toBe('06:30');
  expect(await violations(mia.page, {}, { include: ['.push-settings'] })).toEqual([]);

  service!.statuses = [410];
  await section(mia).getByRole('button', { name: 'Send a test notification' }).press('Enter');
  await expect(here).not.toBeChecked();
  await here.press('Space');
  await expect(here).toBeChecked();
  await here.press('Space');
  await expect(here).not.toBeChecked();
  const { data } = await (await mia.context.request.get(`${server!.base}/api/me/push`)).json();
  expect([data.items.length, data.preview]).toEqual([0, false]);
});

test('in German; where the browser refuses, that is said @night', async ({ company }) => {
  const jonas = await company.come({ base: server!.base, locale: 'de-DE', viewport: { width: 360, height: 740 } });
  await jonas.page.addInitScript(() => {
    Notification.requestPermission = async () => 'denied';
    Object.defineProperty(Notification, 'permission', { get: () => 'denied' });
  });
  await jonas.page.goto(`${server!.base}/sign-in`);
  await jonas.choosePersona('Jonas');
  await jonas.button('Mitmachen').click();
  await jonas.isAlive();
  await jonas.button('Einstellungen').click();
  await showSection(jonas.page, 'Benachrichtigungen');
  const part = section(jonas, 'Push-Benachrichtigungen');
  await part.getByRole('switch', { name: 'Diesen Browser benachrichtigen' }).click();
  await expect(part.getByText('Dein Browser blockiert Benachrichtigungen von dieser Website. Erlaube sie in seinen Einstellungen.')).toBeVisible();
  await expect(part.getByRole('switch', { name: 'Diesen Browser benachrichtigen' })).not.toBeChecked();
  const overflow = await jonas.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overflow, 'scrolls sideways').toBeLessThanOrEqual(0);
});

test('muting is a level: called by name only, not at all, and everything again @night', async ({ company }) => {
  const rosa = await company.come({ base: server!.base, serviceWorkers: 'block' });
  await rosa.signInAs('Rosa');
  const { csrfToken } = (await (await rosa.context.request.get(`${server!.base}/api/auth/me`)).json()).data;
  const headers = { origin: server!.base, 'x-csrf-token': csrfToken };
  const made = await rosa.context.request.post(`${server!.base}/api/rooms`, { data: { name: 'Rowers', memberIds: [], visibility: 'private' }, headers });
  expect(made.status(), await made.text()).toBe(201);
  await rosa.open('Rowers');
  const levels = async () => (await (await rosa.context.request.get(`${server!.base}/api/me/push`)).json()).data.rooms.map((one: { level: string }) => one.level);
  await rosa.button('Conversation options').click();
  const mute = rosa.page.getByRole('combobox', { name: 'Mute' });
  await mute.selectOption({ label: 'Everything except mentions' });
  await expect.poll(levels).toEqual(['mentions']);
  await mute.selectOption('ever');
  await expect.poll(levels).toEqual(['none']);
  await mute.selectOption('never');
  await expect.poll(levels).toEqual([]);

  // The second choice is made while the first is still under way for long, and the second one holds.
  const isFirst = (request: Request) => request.postData()?.includes('none') === true;
  const first = await holdBack(rosa.page, '**/api/me/push/rooms/*', undefined, isFirst);
  let answers = 0;
  rosa.page.on('response', (answer) => (answers += Number(answer.url().includes('/api/me/push/rooms/'))));
  await mute.selectOption('ever');
  await mute.selectOption({ label: 'Everything except mentions' });
  await rosa.page.evaluate(async () => (await fetch('/api/config')).text());
  first.release();
  await expect.poll(() => answers).toBe(2);
  expect(await levels()).toEqual(['mentions']);
});

test('a level that the server does not take is taken back, with words @night', async ({ company }) => {
  const emil = await company.come({ base: server!.base, outage: true, serviceWorkers: 'block' });
  await emil.signInAs('Emil');
  await emil.open('Jonas');
  const levels = async () => (await (await emil.context.request.get(`${server!.base}/api/me/push`)).json()).data.rooms.map((one: { level: string }) => one.level);
  await emil.button('Conversation options').click();
  const mute = emil.page.getByRole('combobox', { name: 'Mute' });
  const address = '**/api/me/push/rooms/*';
  await emil.page.route(address, (route) => route.abort());
  await mute.selectOption('ever');
  const unheard = emil.page.getByRole('status').getByText('We can’t reach the server right now. Nothing was changed.');
  await expect(unheard).toBeVisible();
  await expect(mute).toHaveValue('never');
  await emil.page.unroute(address);
  await mute.selectOption('ever');
  await expect.poll(levels).toEqual(['none']);
  await expect(mute).toHaveValue('ever');
  await expect(unheard).toBeHidden();

  const body = JSON.stringify({ success: false, error: { code: 'RATE_LIMITED', message: 'Too fast.', retryAfterMs: 4_000 } });
  await emil.page.route(address, (route) => route.fulfill({ status: 429, contentType: 'application/json', body }));
  await mute.selectOption('never');
  await expect(emil.page.getByRole('status').getByText('That was too fast. Try again in 4 seconds. Nothing was changed.')).toBeVisible();
  await expect(mute).toHaveValue('ever');
  expect(await levels()).toEqual(['none']);
  await emil.page.unroute(address);
  await mute.selectOption('never');
  await expect.poll(levels).toEqual([]);
});

/** Notes a subscription of `user` in the service worker, and lets the browser's developer tools bring messages. */
async function brought(who: Person, user: string) {
  await who.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const tools = await who.context.newCDPSession(who.page);
  const registration = new Promise<string>((resolve) => {
    tools.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL.startsWith(server!.base) && !isDeleted);
      if (own) resolve(own.registrationId);
    });
  });
  await tools.send('ServiceWorker.enable');
  const registrationId = await registration;
  // A person with the app in view gets a toast. On any other page the person gets a notification, as without an open page.
  await who.page.goto(`${server!.base}/developers`);
  const worker = who.context.serviceWorkers()[0]!;
  const id = crypto.randomUUID();
  await worker.evaluate(async (noted) => (await caches.open('cfm-push')).put('/push', new Response(JSON.stringify(noted))), { user, id, key: '', language: 'en' });
  // A query for notifications while one is being shown may make the browser forget it. So the test waits until the worker has finished.
  await worker.evaluate(() => {
    const scope = globalThis as unknown as { done: number; ExtendableEvent: { prototype: { waitUntil(work: Promise<unknown>): void } } };
    const { waitUntil } = scope.ExtendableEvent.prototype;
    scope.done = 0;
    scope.ExtendableEvent.prototype.waitUntil = function (this: Event, work: Promise<unknown>) {
      waitUntil.call(this, this.type === 'push' ? work.finally(() => (scope.done += 1)) : work);
    };
  });
  const done = () => worker.evaluate(() => (globalThis as unknown as { done: number }).done);
  const bring = async (message: unknown, isDeclarative = false) => {
    const before = await done();
    const sent = typeof message === 'string' ? message : JSON.stringify({ v: 1, to: id, ...(message as object) });
    // A browser that does not know the declarative form hands it to the worker as any other message.
    const data = isDeclarative ? `{"web_push":8030,"mutable":true,"notification":{"title":"CF Messenger","navigate":"${server!.base}/app","data":{"push":${sent}}}}` : sent;
    await tools.send('ServiceWorker.deliverPushMessage', { origin: server!.base, registrationId, data });
    await expect.poll(done).toBe(before + 1);
  };
  const shown = () =>
    who.page.evaluate(async () => {
      const all = await (await navigator.serviceWorker.ready).getNotifications();
      return all.map(({ title, body, tag }) => `${title}|${body}|${tag}`).sort();
    });
  return { worker, bring, shown };
}

test('words of an earlier person of this browser are not shown to the next one', async ({ company }) => {
  const walter = await company.come({ base: server!.base, permissions: ['notifications'] });
  await walter.signInAs('Walter');
  const { worker, bring, shown } = await brought(walter, 'user_8');
  const message = { type: 'message', roomId: 'late', seq: 1, title: 'Jonas', body: 'for Walter', unread: 1, lang: 'en' };
  await bring({ ...message, to: crypto.randomUUID() });
  expect(await shown(), 'of another subscription').toEqual([]);
  await bring({ ...message, to: undefined });
  await expect.poll(shown, 'without a recipient').toEqual(['CF Messenger|New message|late']);
  await bring(message);
  await expect.poll(shown).toEqual(['Jonas|for Walter|late']);

  const before = (await walter.context.cookies()).find(({ name }) => name === 'cfm')!.value;
  const data = { displayName: 'Next one', token: 'dev' };
  const signedIn = await walter.context.request.post(`${server!.base}/api/auth/login`, { data, headers: { origin: server!.base, 'x-requested-with': 'cookie' } });
  expect(signedIn.status()).toBe(200);
  await walter.page.goto(`${server!.base}/app`);
  await expect.poll(() => worker.evaluate(() => caches.has('cfm-push')), 'the page says who is here').toBe(false);
  await walter.page.goto(`${server!.base}/developers`);
  await expect.poll(shown).toEqual([]);
  await bring({ ...message, body: 'again for Walter' });
  expect(await shown()).toEqual([]);
  // The session of the persona goes on, and nobody else could play Walter.
  expect((await fetch(`${server!.base}/api/auth/logout`, { method: 'POST', headers: { authorization: `Bearer ${before}` } })).status).toBe(200);
});

test('what a service brings is shown, one for a conversation, and a press leads there', async ({ company }) => {
  const [walter, jonas] = [await company.come({ base: server!.base, permissions: ['notifications'] }), await company.come({ base: server!.base })];
  await walter.signInAs('Walter');
  await jonas.signInAs('Jonas');
  // A page closes the notifications of conversations in which nothing is unread.
  await jonas.open('Walter');
  await jonas.say('unread');
  await expect(walter.contact('Jonas').first()).toHaveAccessibleName(/1 unread/);
  const room = 'dm_user_1____user_8';
  const { worker, bring, shown } = await brought(walter, 'user_8');
  await bring({ type: 'message', roomId: room, seq: 1, title: 'Jonas', body: 'first', unread: 1, lang: 'en' });
  await expect.poll(shown).toEqual([`Jonas|first|${room}`]);
  await bring({ type: 'nudge', roomId: room, seq: 2, title: 'Jonas', unread: 2, lang: 'de' }, true);
  await expect.poll(shown).toEqual([`Jonas|Du wurdest angestupst|${room}`]);
  // Without words it names no message, so that an edit does not put words into it.
  const data = await worker.evaluate(async (tag) => {
    const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration };
    return (await registration.getNotifications({ tag })).map((one) => one.data);
  }, room);
  expect(data).toEqual([{ room, seq: undefined }]);
  await bring({ type: 'request', unread: 1, lang: 'en' });
  await expect.poll(shown).toEqual(['CF Messenger|Someone wants to add you as a contact|request', `Jonas|Du wurdest angestupst|${room}`]);
  await bring('not what was agreed');
  await expect.poll(shown).toEqual(['CF Messenger|New message|cfm', 'CF Messenger|Someone wants to add you as a contact|request', `Jonas|Du wurdest angestupst|${room}`]);

  /** Presses the notification of this conversation, as a browser would. */
  const press = () =>
    worker.evaluate(async (tag) => {
      const scope = globalThis as unknown as { registration: ServiceWorkerRegistration; dispatchEvent(event: Event): void };
      const [notification] = await scope.registration.getNotifications({ tag });
      const Press = (globalThis as unknown as { NotificationEvent: new (name: string, more: object) => Event }).NotificationEvent;
      scope.dispatchEvent(new Press('notificationclick', { notification }));
    }, room);
  const isLed = async () => {
    await expect(walter.log('Jonas')).toBeVisible();
    await expect.poll(async () => (await shown()).some((one) => one.endsWith(room))).toBe(false);
  };
  await walter.page.goto(`${server!.base}/app`);
  // The handler of presses arrives with the later part of the page.
  await isComplete(walter.page);
  await bring({ type: 'message', roomId: 'dm_user_2____user_8', seq: 1, title: 'Aylin', body: 'in view', unread: 1, lang: 'en' });
  await press();
  await isLed();
  expect((await shown()).filter((one) => one.includes('in view'))).toEqual([]);

  // Messages without text or with an unusable one.
  for (const nothing of ['null', '', '7', '[]', '{"title":null,"lang":"constructor"}']) {
    await walter.page.goto(`${server!.base}/developers`);
    await worker.evaluate(async () => {
      const { registration } = globalThis as unknown as { registration: ServiceWorkerRegistration };
      (await registration.getNotifications()).forEach((one) => one.close());
    });
    await expect.poll(shown).toEqual([]);
    await bring(nothing);
    await expect.poll(shown, nothing).toEqual(['CF Messenger|New message|cfm']);
  }

  // The page is loading and cannot hear the press yet.
  await bring({ type: 'message', roomId: room, seq: 3, title: 'Jonas', body: 'again', unread: 3, lang: 'en' });
  await expect.poll(shown).toContain(`Jonas|again|${room}`);
  await walter.page.goto(`${server!.base}/app`, { waitUntil: 'commit' });
  await press();
  await isLed();
  // The press leads only once; after a reload the page stays where it is.
  await walter.page.reload();
  await isComplete(walter.page);
  // Without an open page a press opens this address.
  await walter.page.goto(`${server!.base}/app?room=${room}`);
  await expect(walter.log('Jonas')).toBeVisible();
  await expect(walter.page).toHaveURL(`${server!.base}/app?room=${room}`);
});

test('another language, and another address that the browser gives, are handed over when the page is there @night', async ({ company }) => {
  const nora = await company.come({ base: server!.base, permissions: ['notifications'] });
  const [first, next] = [service!.browser(), service!.browser()];
  const path = await hasService(nora, first);
  await nora.signInAs('Nora');
  await nora.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const worker = nora.context.serviceWorkers()[0]!;
  const gives = (given: { endpoint: string; keys: object }) =>
    worker.evaluate((given) => {
      (globalThis as any).PushManager.prototype.getSubscription = async () => ({ endpoint: given.endpoint, toJSON: () => given });
    }, given);
  await gives(first);
  await openSettings(nora.page, 'Notifications');
  await section(nora).getByRole('switch', { name: 'Notify this browser' }).press('Space');
  await expect(section(nora).getByRole('switch', { name: 'Notify this browser' })).toBeChecked();
  const ids = async () => (await (await nora.context.request.get(`${server!.base}/api/me/push`)).json()).data.items.map((one: { id: string }) => one.id);
  const before = await ids();
  await showSection(nora.page, 'Appearance');
  await nora.page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await showSection(nora.page, 'Benachrichtigungen');
  const attempt = section(nora, 'Push-Benachrichtigungen').getByRole('button', { name: 'Testbenachrichtigung senden' });
  await expect(async () => {
    const count = service!.to(path).length;
    await attempt.click();
    expect((await service!.take(path, count + 1)).at(-1)!.message.lang).toBe('de');
  }).toPass();

  await gives(next);
  await nora.page.reload();
  await expect.poll(ids).not.toEqual(before);
  expect(await ids()).toHaveLength(1);
});

test('whoever switches it off is out, whatever the worker was handing over at that moment', async ({ company }) => {
  const lea = await company.come({ base: server!.base, permissions: ['notifications'] });
  const browser = service!.browser();
  await hasService(lea, browser);
  await lea.signInAs('Lea');
  const worker = await workerOf(lea, browser);
  await openSettings(lea.page);
  const here = lea.page.getByRole('switch', { name: /^(Notify this browser|Diesen Browser benachrichtigen)$/ });
  const language = lea.page.getByRole('combobox', { name: /^(Language|Sprache)$/ });
  const items = async () => (await (await lea.context.request.get(`${server!.base}/api/me/push`)).json()).data.items;
  // The worker stops before it subscribes, and then before it informs the server.
  for (const [stopAt, chosen] of [['GET /api/me/push', 'de'], ['POST /api/me/push', 'en']] as const) {
    await showSection(lea.page, NOTIFICATIONS);
    await here.press('Space');
    await expect(here).toBeChecked();
    await stopWorker(worker, stopAt);
    await showSection(lea.page, /^(Appearance|Darstellung)$/);
    await language.selectOption(chosen);
    await expect.poll(() => isStopped(worker)).toBe(true);
    await showSection(lea.page, NOTIFICATIONS);
    await here.press('Space');
    await expect(here).not.toBeChecked();
    await expect.poll(() => worker.evaluate(() => caches.has('cfm-push')), 'the worker knows').toBe(false);
    // The page has ended the subscription, which belongs to the browser and thus to the worker.
    await worker.evaluate(() => {
      const scope = globalThis as any;
      scope.now = null;
      scope.go();
    });
    await expect.poll(() => works(worker)).toBe(0);
    expect(await items(), `stopped at ${stopAt}`).toEqual([]);
    expect(await worker.evaluate(() => (globalThis as any).now), 'the subscription of the browser').toBeNull();
    await expect(here).not.toBeChecked();
  }
  expect(await worker.evaluate(() => (globalThis as any).handed)).toEqual(['en']);
});

test('of languages that are chosen one after the other the last one counts @night', async ({ company }) => {
  const dario = await company.come({ base: server!.base, permissions: ['notifications'] });
  const browser = service!.browser();
  const path = await hasService(dario, browser);
  await dario.signInAs('Dario');
  const worker = await workerOf(dario, browser);
  await openSettings(dario.page, 'Notifications');
  const here = section(dario).getByRole('switch', { name: 'Notify this browser' });
  await here.press('Space');
  await expect(here).toBeChecked();
  await stopWorker(worker, 'POST /api/me/push');
  await showSection(dario.page, 'Appearance');
  await dario.page.getByRole('combobox', { name: 'Language' }).selectOption('de');
  await expect.poll(() => isStopped(worker)).toBe(true);
  await dario.page.getByRole('combobox', { name: 'Sprache' }).selectOption('en');
  // The worker has received both choices.
  await expect.poll(() => works(worker)).toBe(2);
  await worker.evaluate(() => (globalThis as any).go());
  await expect.poll(() => works(worker)).toBe(0);
  expect(await worker.evaluate(() => (globalThis as any).handed)).toEqual(['de', 'en']);
  await showSection(dario.page, 'Notifications');
  await section(dario).getByRole('button', { name: 'Send a test notification' }).click();
  expect((await service!.take(path, 1)).at(-1)!.message.lang).toBe('en');
});

test('under another key of the deployment the browser subscribes again, by itself @night', async ({ company }) => {
  const theo = await company.come({ base: server!.base, permissions: ['notifications'], outage: true });
  const [first, next] = [service!.browser(), service!.browser()];
  await hasService(theo, first);
  await theo.signInAs('Theo');
  await theo.page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const worker = theo.context.serviceWorkers()[0]!;
  await worker.evaluate(([first, next]) => {
    const scope = globalThis as any;
    scope.did = [];
    const given = (one: any, name: string) => ({ endpoint: one.endpoint, toJSON: () => one, unsubscribe: async () => ((scope.now = null), scope.did.push(`ends ${name}`), true) });
    scope.now = given(first, 'first');
    scope.PushManager.prototype.getSubscription = async () => scope.now;
    scope.PushManager.prototype.subscribe = async ({ applicationServerKey }: { applicationServerKey: string }) => {
      scope.did.push(applicationServerKey);
      return (scope.now = given(next, 'next'));
    };
  }, [{ endpoint: first.endpoint, keys: first.keys }, { endpoint: next.endpoint, keys: next.keys }] as const);
  await openSettings(theo.page, 'Notifications');
  await section(theo).getByRole('switch', { name: 'Notify this browser' }).press('Space');
  await expect(section(theo).getByRole('switch', { name: 'Notify this browser' })).toBeChecked();
  const state = async () => (await (await theo.context.request.get(`${server!.base}/api/me/push`)).json()).data;
  const before = await state();

  await server!.kill9();
  server!.vars['VAPID_PRIVATE_KEY'] = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
  await server!.restart();
  // The page is not reloaded but reconnects after pauses that have grown longer.
  await expect.poll(async () => (await state()).items.map((one: { id: string }) => one.id), { timeout: 40_000 }).not.toEqual(before.items.map((one: { id: string }) => one.id));
  const now = await state();
  expect(now.publicKey).not.toBe(before.publicKey);
  expect([now.items.length, now.items[0].current]).toEqual([1, true]);
  expect(await worker.evaluate(() => (globalThis as any).did)).toEqual(['ends first', now.publicKey]);
  // The key is known now, so a further connection requests nothing.
  await theo.page.reload();
  await isComplete(theo.page);
  expect((await state()).items).toEqual(now.items);
  expect(await worker.evaluate(() => (globalThis as any).did.length)).toBe(2);
});
