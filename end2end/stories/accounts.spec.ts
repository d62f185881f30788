// Story 12: an account is created, left and found again. The browser remembers it. The account survives the end of its session together
// with everything on the page, and it is signed out on another device.

import { PASSWORD, passwordLogin, sessionOf } from '../harness/accounts.ts';
import { freshName } from '../harness/ids.ts';
import { movableClock, pass } from '../harness/clock.ts';
import { expect, renewal, soundsStarted, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';
import { type Newcomer, sendNewAccount, signInByPassword } from '../harness/sign_up.ts';
import { Siteverify } from '../harness/siteverify.ts';
import { withWidget } from '../harness/widget.ts';

test.describe.configure({ mode: 'parallel' });

async function createAccount(person: Person, remember = false): Promise<Newcomer> {
  await person.page.goto(`${person.base}/sign-in`);
  await person.page.getByRole('link', { name: 'Create account' }).click();
  if (remember) await person.page.getByRole('checkbox', { name: 'Keep me signed in on this device' }).check();
  return sendNewAccount(person);
}

const dialogOf = (person: Person) => person.page.getByRole('dialog', { name: 'Sign in again' });

/** Signs in again in the dialog of a session that ends. */
async function signInAgain(person: Person, email: string): Promise<void> {
  const dialog = dialogOf(person);
  await dialog.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await dialog.getByRole('button', { name: 'Sign in again' }).click();
  await expect(dialog).toHaveCount(0);
}

/** Field of the password on a page with one form for it. */
const passwordOf = ({ page }: Person) => page.getByLabel('Password', { exact: true });

test('an account is made, left, and found again', async ({ company }) => {
  const person = await company.come();
  // A password is judged while it is written.
  await person.page.goto(`${person.base}/sign-in?form=new`);
  for (const [password, words] of [['abcabcabcabc', 'Choose a stronger password'], ['river-lamp-2', 'Several random words'], [PASSWORD, 'Looks strong.']] as const) {
    await passwordOf(person).fill(password);
    await expect(person.page.getByText(words)).toBeVisible();
  }
  const { email, name } = await createAccount(person);
  await person.isHome();
  await expect(person.page.getByRole('banner')).toContainText(name);
  await person.setStatus('Away');
  const own = async () => (await (await person.context.request.get(`${person.base}/api/me`)).json()).data.status;
  await expect.poll(own).toBe('away');
  await person.signOut();
  // The last status that was chosen on this device is offered to accounts as well.
  await expect(person.page.getByRole('combobox', { name: 'Show me as' })).toHaveValue('away');

  await signInByPassword(person, email, 'thursday-river-lamp');
  await expect(person.page.getByRole('alert')).toHaveText(/Wrong e-mail address or password/);
  expect(person.page.url()).not.toContain(encodeURIComponent(email));
  // The form has what was typed but the password, which can be seen this time.
  await expect(person.page.getByRole('textbox', { name: 'E-mail' })).toHaveValue(email);
  await expect(passwordOf(person)).toBeFocused();
  await expect(passwordOf(person)).toHaveAccessibleDescription(/Wrong e-mail address or password/);
  await passwordOf(person).fill(PASSWORD);
  await expect(person.page.getByRole('alert')).toHaveCount(0);
  await expect(passwordOf(person)).toHaveAccessibleDescription('');
  await person.page.getByRole('checkbox', { name: 'Show password' }).check();
  await expect(passwordOf(person)).toHaveAttribute('type', 'text');
  await person.signInButton().click();
  await person.isHome();
  await expect(person.page.getByRole('banner')).toContainText(name);
  await expect(person.myStatus()).toHaveAccessibleName(/Away/);
});

test('all of it without a script, and a sentence for what does not work', async ({ company }) => {
  const person = await company.come({ javaScriptEnabled: false });
  const { email } = await createAccount(person);
  await expect(person.contacts()).toBeVisible();

  const other = await company.come({ javaScriptEnabled: false, locale: 'en' });
  await other.page.goto(`${other.base}/sign-in?form=new`);
  const { name } = await sendNewAccount(other, { email });
  await expect(other.page.getByRole('alert')).toHaveText(/An account with this e-mail address already exists\. Type your password again, too\./);
  // A reload sends nothing again, and shows the same.
  for (const again of [false, true]) {
    if (again) await other.page.reload();
    const field = other.page.getByRole('textbox', { name: 'E-mail' });
    await expect(field).toHaveValue(email);
    await expect(field).toBeFocused();
    await expect(field).toHaveAttribute('aria-invalid', 'true');
    await expect(field).toHaveAccessibleDescription(/already exists/);
    await expect(other.page.getByRole('textbox', { name: 'Your name' })).toHaveValue(name);
    await expect(other.page.getByRole('checkbox', { name: 'Show password' })).toHaveCount(0);
  }
  await sendNewAccount(other, { password: 'password1234' });
  await expect(other.page.getByRole('alert')).toHaveText(/Choose a stronger password/);
  await signInByPassword(other, email);
  await expect(other.contacts()).toBeVisible();
});

test('whoever signs out without a connection is told that they may still be signed in, and signs out with one @night', async ({ company }) => {
  const person = await company.come({ outage: true });
  await createAccount(person, true);
  await person.isHome();
  await person.open('General');
  await person.composer().fill('half a thought');
  await person.context.setOffline(true);
  await person.pressSignOut();
  await expect(person.status('You may still be signed in')).toBeVisible();
  await expect(person.composer()).toHaveValue('half a thought');
  await person.context.setOffline(false);
  await person.signOut();
  await person.page.goto(`${person.base}/app`);
  await expect(person.signInButton()).toBeVisible();
});

test('signing out ends the session that the browser has, also one that began in another tab @night', async ({ company }) => {
  const person = await company.come();
  // That answer would set the cookie of the earlier session again.
  const renewed = renewal(person.page);
  const { email } = await createAccount(person, true);
  await person.isHome();
  await renewed;
  const asked: number[] = [];
  person.page.on('response', (answer) => answer.url().endsWith('/sf/sign_out') && asked.push(answer.status()));
  // The page hears that its session was replaced, and may ask who is here before the cookie of the new one has arrived. Then it signs out
  // with the CSRF token of the earlier session first, which is refused.
  await person.mayBeRefused(async () => {
    await person.beginSession({ email, password: PASSWORD });
    await person.signOut();
  });
  expect(asked.at(-1)).toBe(200);
  expect((await person.context.cookies()).filter(({ name }) => ['cfm', 'cfm-refresh'].includes(name))).toEqual([]);
  await person.page.goto(`${person.base}/app`);
  await expect(person.signInButton()).toBeVisible();
});

/** Counts the rows in all databases of this page. */
async function storedRows(): Promise<number> {
  const done = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  let rows = 0;
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name!));
    for (const store of database.objectStoreNames) rows += await done(database.transaction(store).objectStore(store).count());
    database.close();
  }
  return rows;
}

test('the settings list all devices; one is signed out from afar @night', async ({ company }) => {
  const [desk, lost] = [await company.come(), await company.come()];
  const { email } = await createAccount(desk, true);
  await desk.isHome();
  await signInByPassword(lost, email);
  await lost.isHome();
  await lost.open('General');
  // Requests that are under way at the remote sign-out would be refused.
  await lost.page.waitForLoadState('networkidle');
  await expect.poll(() => lost.page.evaluate(storedRows), 'something is kept in the browser').toBeGreaterThan(0);
  await openSettings(desk.page, 'Devices');
  const devices = desk.page.getByRole('group', { name: 'Devices' });
  await expect(devices.getByRole('listitem')).toHaveCount(2);
  await expect(devices.getByText('this device')).toHaveCount(1);
  await devices.getByRole('listitem').getByRole('button', { name: /^Sign out / }).click();
  await expect(devices.getByRole('listitem')).toHaveCount(1);
  await expect(lost.signInButton()).toBeVisible();
  await expect.poll(() => lost.page.evaluate(storedRows), 'rows that are left of the person').toBe(0);
  const lists = ({ page }: Person) => page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith('cfm-list-u_')).length);
  expect([await lists(lost), await lists(desk)], 'the arrangement of the list').toEqual([0, 1]);
  expect(await desk.page.evaluate(storedRows), 'the other device keeps its own').toBeGreaterThan(0);
  await desk.page.keyboard.press('Escape');
  await desk.isHome();
  // Who was in a conversation is there again after the sign-in.
  await signInByPassword(lost, email);
  await expect(lost.log('General')).toBeVisible();
});

/** Returns the number of rows per database and object store of the page. */
const leftovers = ({ page }: Person): Promise<Record<string, Record<string, number>>> =>
  page.evaluate(async () => {
    const received: Record<string, Record<string, number>> = {};
    const done = <T>(asked: IDBRequest<T>) => new Promise<T>((resolve) => asked.addEventListener('success', () => resolve(asked.result)));
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name!));
      const count = (shelf: string) => done(database.transaction(shelf).objectStore(shelf).count());
      received[name!] = { pages: await count('pages'), drafts: await count('drafts') };
      database.close();
    }
    return received;
  });

/** Creates an account, lets its page store a conversation and a draft, and closes the page. */
async function closedPage(person: Person, remember: boolean): Promise<{ email: string; database: string }> {
  const { email } = await createAccount(person, remember);
  await person.isHome();
  await person.open('General');
  const words = freshName();
  await person.say(words);
  await expect(person.row('General', words)).toContainText('Sent');
  await person.composer().fill('not sent yet');
  const { data } = await (await person.context.request.get(`${person.base}/api/auth/me`)).json();
  const database = `cfm-${data.user.id}`;
  await expect.poll(async () => (await leftovers(person))[database]).toEqual({ pages: 1, drafts: 1 });
  await person.page.goto('about:blank');
  return { email, database };
}

test('a session that is ended elsewhere leaves nothing of a page that was closed, and nothing of others is lost', async ({ company, server }) => {
  for (const remember of [true, false]) {
    const person = await company.come({ outage: true });
    const { email, database } = await closedPage(person, remember);
    const elsewhere = sessionOf(server.base, await passwordLogin(server.base, email));
    const { items } = await elsewhere.api.ok('GET', '/api/me/sessions');
    await elsewhere.api.ok('DELETE', `/api/me/sessions/${items.find((item: { current: boolean }) => !item.current).id}`);
    // Another person uses this browser, too: the settings of the device and their unsent messages must stay.
    await person.page.goto(`${person.base}/privacy`);
    const keys = [...['list', 'answered', 'opens'].map((what) => database.replace('cfm-', `cfm-${what}-`)), 'cfm-list-u_somebody'];
    await person.page.evaluate(async (keys) => {
      for (const key of ['cfm-recent', ...keys]) localStorage.setItem(key, 'kept');
      const asked = indexedDB.open('cfm-u_somebody', 1);
      asked.onupgradeneeded = () => ['outbox', 'pages', 'drafts', 'marks'].forEach((shelf) => asked.result.createObjectStore(shelf));
      await new Promise((resolve) => (asked.onsuccess = resolve));
      const work = asked.result.transaction(['pages', 'drafts', 'marks'], 'readwrite');
      for (const shelf of ['pages', 'drafts']) work.objectStore(shelf).put('words', 'key');
      for (const key of ['name/grp_1', 'read/grp_1']) work.objectStore('marks').put('words', key);
      await new Promise((resolve) => (work.oncomplete = resolve));
      asked.result.close();
    }, keys);
    expect(Object.keys(await leftovers(person)).sort()).toEqual([database, 'cfm-u_somebody'].sort());

    await person.page.goto(`${person.base}/app`);
    await expect(person.signInButton()).toBeVisible();
    await expect.poll(() => leftovers(person)).toEqual({ 'cfm-u_somebody': { pages: 0, drafts: 1 } });
    const marks = await person.page.evaluate(async () => {
      const asked = indexedDB.open('cfm-u_somebody');
      await new Promise((resolve) => (asked.onsuccess = resolve));
      const keys = asked.result.transaction('marks').objectStore('marks').getAllKeys();
      await new Promise((resolve) => (keys.onsuccess = resolve));
      asked.result.close();
      return keys.result;
    });
    expect(marks, 'names of groups are gone').toEqual(['read/grp_1']);
    const left = await person.page.evaluate((keys) => keys.map((key) => localStorage.getItem(key)), ['cfm-boot', 'cfm-recent', ...keys]);
    expect(left).toEqual([null, 'kept', null, null, null, 'kept']);
  }
});

test('a session whose time is over leaves its owner their own words, and nobody what was said @night', async ({ company }) => {
  const person = await company.come({ outage: true });
  const { email, database } = await closedPage(person, false);
  await person.context.clearCookies({ name: 'cfm' });
  await person.page.goto(`${person.base}/app`);
  await expect(person.signInButton()).toBeVisible();
  await expect.poll(() => leftovers(person)).toEqual({ [database]: { pages: 0, drafts: 1 } });
  await signInByPassword(person, email);
  await person.isHome();
  await expect(person.composer()).toHaveValue('not sent yet');
});

test('away by itself only when nothing is done on all devices; an action on any of them brings back @night', async ({ company }) => {
  const [desk, phone] = [await company.come(), await company.come()];
  for (const device of [desk, phone]) await device.page.addInitScript(movableClock);
  const received: string[] = [];
  desk.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => received.push(payload.toString())));
  const { email } = await createAccount(desk);
  await desk.isHome();
  await signInByPassword(phone, email);
  await phone.isHome();
  await phone.page.keyboard.press('Shift');
  await pass(desk, 310);
  // The page may say so more than once. A leap of time looks like sleep, after which the page replaces its socket and repeats the frame.
  await expect.poll(() => received.filter((frame) => frame.includes('"idle":true')).length).toBeGreaterThan(0);
  for (const device of [desk, phone]) await expect(device.myStatus()).toHaveAccessibleName(/Online/);

  await pass(phone, 310);
  for (const device of [desk, phone]) await expect(device.myStatus()).toHaveAccessibleName(/Away/);
  // The device that was idle first becomes active, and then the other one does.
  await desk.page.keyboard.press('Shift');
  for (const device of [desk, phone]) await expect(device.myStatus()).toHaveAccessibleName(/Online/);
  await pass(desk, 310);
  for (const device of [desk, phone]) await expect(device.myStatus()).toHaveAccessibleName(/Away/);
  await phone.page.keyboard.press('Shift');
  for (const device of [desk, phone]) await expect(device.myStatus()).toHaveAccessibleName(/Online/);
});

test('of two devices the one at which somebody is rings @night', async ({ company }) => {
  const [desk, phone, writer] = [await company.come(), await company.come(), await company.come()];
  for (const device of [desk, phone]) await device.page.addInitScript(movableClock);
  const received: string[] = [];
  desk.page.on('websocket', (socket) => socket.on('framesent', ({ payload }) => received.push(payload.toString())));
  const { email } = await createAccount(desk);
  await desk.isHome();
  await signInByPassword(phone, email);
  await phone.isHome();
  const count = (device: Person) => soundsStarted(device.page);
  for (const device of [desk, phone]) {
    await device.open('General');
    // Browsers unlock sound in a gesture; the greeting sound shows that it is unlocked.
    await expect.poll(() => count(device)).toBeGreaterThan(0);
    await device.open('Music');
  }
  await writer.signInAsGuest(freshName());
  await writer.open('General');

  await pass(desk, 310);
  await expect.poll(() => received.filter((frame) => frame.includes('"idle":true')).length).toBeGreaterThan(0);
  await desk.isHome();
  await phone.page.keyboard.press('Shift');
  await expect(desk.myStatus()).toHaveAccessibleName(/Online/);
  const before = { desk: await count(desk), phone: await count(phone) };
  await writer.say('anybody there?');
  for (const device of [desk, phone]) await expect(device.contact('General')).toHaveAccessibleName(/1 unread/);
  await expect.poll(() => count(phone)).toBeGreaterThan(before.phone);
  expect(await count(desk)).toBe(before.desk);

  // The person is active at both devices, so both make a sound.
  const from = received.length;
  await desk.page.keyboard.press('Shift');
  await expect.poll(() => received.slice(from).some((frame) => frame.includes('"idle":false'))).toBe(true);
  await writer.say('and now?');
  await expect.poll(() => count(desk)).toBeGreaterThan(before.desk);
});

test('a remembered browser begins a new session by itself, in every tab @night', async ({ company }) => {
  const server = await company.serve({ SESSION_TTL_S: '4', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' });
  const person = await company.come({ base: server.base, outage: true });
  const { name } = await createAccount(person, true);
  await person.isHome();
  // A later request would be cut off and cause a complaint.
  await person.page.waitForLoadState('networkidle');
  await person.page.goto('about:blank');
  const hasSession = async () => (await person.context.cookies()).some((cookie) => cookie.name === 'cfm');
  await expect.poll(hasSession).toBe(false);

  const second = await person.context.newPage();
  await Promise.all([person.page.goto(`${server.base}/`), second.goto(`${server.base}/app`)]);
  await person.isHome();
  await expect(person.page.getByRole('banner')).toContainText(name);
  await expect(second.getByRole('banner')).toContainText(name);
  for (const page of [person.page, second]) await page.waitForLoadState('networkidle');
  await second.close();
});

test('a session that ends asks to sign in again, and nothing on the page is lost @night', async ({ company }) => {
  // This session cannot be extended at all. The question comes a minute before its end, which is twenty seconds after the sign-in.
  const server = await company.serve({ SESSION_TTL_S: '80', SESSION_MAX_S: '80', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' });
  const person = await company.come({ base: server.base, outage: true });
  const { email } = await createAccount(person);
  await person.isHome();
  await person.open('General');
  await person.composer().fill('half a thought');
  const before = (await person.context.cookies()).find((cookie) => cookie.name === 'cfm')?.value;
  await expect(dialogOf(person)).toBeVisible({ timeout: 35_000 });
  await expect(dialogOf(person)).toContainText(/ends in \d+ s/);
  await signInAgain(person, email);
  expect((await person.context.cookies()).find((cookie) => cookie.name === 'cfm')?.value).not.toBe(before);
  await expect(person.composer()).toHaveValue('half a thought');
  await person.composer().press('Enter');
  await expect(person.row('General', 'half a thought')).toContainText('Sent');
});

test('a persona goes on with one press @night', async ({ company }) => {
  const server = await company.serve({ SESSION_TTL_S: '80', SESSION_MAX_S: '80', RATE_LOGIN: '0', RATE_REST: '0' });
  const person = await company.come({ base: server.base, outage: true });
  await person.signInAs('Zuri');
  await person.open('General');
  await person.composer().fill('still me');
  await expect(dialogOf(person)).toBeVisible({ timeout: 35_000 });
  await dialogOf(person).getByRole('button', { name: 'Sign in again' }).click();
  await expect(dialogOf(person)).toHaveCount(0);
  await person.composer().press('Enter');
  await expect(person.row('General', 'still me')).toContainText('Sent');
});

test('a call that finds no session any more asks to sign in again, and takes nothing from the page', async ({ company }) => {
  const person = await company.come({ outage: true });
  // The page extends its session when it opens, and that answer would set the cookie again.
  const hasMoreTime = person.page.waitForResponse(/\/api\/auth\/refresh$/);
  const { email } = await createAccount(person);
  await person.isHome();
  await person.open('General');
  await person.composer().fill('half a thought');
  await (await hasMoreTime).finished();
  await person.context.clearCookies({ name: 'cfm' });
  await person.button('Add a contact').click();
  const adding = person.page.getByRole('dialog', { name: 'Add a contact' });
  // The dialog requests the person's links, which fails without a session.
  await expect(dialogOf(person)).toContainText(/has ended/);
  await signInAgain(person, email);
  await person.page.keyboard.press('Escape');
  await expect(adding).toBeHidden();
  await expect(person.composer()).toHaveValue('half a thought');
  await person.composer().press('Enter');
  await expect(person.row('General', 'half a thought')).toContainText('Sent');
});

test('what was written while the session ended is sent once by the next one @night', async ({ company }) => {
  const endsAfterMs = 68_000;
  test.setTimeout(endsAfterMs + 90_000);
  const server = await company.serve({ SESSION_TTL_S: '68', SESSION_MAX_S: '68', RATE_LOGIN: '0', RATE_REGISTER: '0', RATE_REST: '0' });
  const person = await company.come({ base: server.base, outage: true });
  const { email } = await createAccount(person);
  await person.isHome();
  const endsMs = Date.now() + endsAfterMs;
  await person.open('General');
  await dialogOf(person).getByRole('button', { name: 'Later' }).click({ timeout: 30_000 });
  await person.context.setOffline(true);
  await person.say('written in between');
  await expect(person.row('General', 'written in between')).toContainText('Queued');
  await expect.poll(() => Date.now(), { timeout: endsAfterMs + 10_000 }).toBeGreaterThan(endsMs);
  await person.context.setOffline(false);
  await expect(dialogOf(person)).toContainText(/has ended/);
  await signInAgain(person, email);
  await expect(person.row('General', 'written in between')).toContainText('Sent');
  await expect(person.row('General', 'written in between')).toHaveCount(1);
});

test('where people are checked, the form opens when the check has passed, or has failed in sight', async ({ company }) => {
  const server = await company.serve({ TURNSTILE_SECRET_KEY: 'secret', TURNSTILE_SITE_KEY: 'site', RATE_LOGIN: '0', RATE_REST: '0' });
  const person = await company.come({ base: server.base, outage: true });
  const turnstile = 'https://challenges.cloudflare.com/**';
  await person.page.route(turnstile, (route) => route.fulfill({ contentType: 'text/javascript', body: '' }));
  await person.page.goto(`${server.base}/sign-in`);
  const buttons = person.page.locator('form [type=submit]');
  await expect(buttons).toHaveCount(2);
  for (const button of await buttons.all()) await expect(button).toBeDisabled();
  // The widget calls the function that its element names.
  await person.page.evaluate('callback0("token")');
  await expect(buttons.first()).toBeEnabled();
  await expect(buttons.last()).toBeDisabled();
  await person.page.evaluate('expiredCallback0()');
  await expect(buttons.first()).toBeDisabled();

  await person.page.route(turnstile, (route) => route.abort());
  await person.page.reload();
  const words = 'We couldn’t check that you’re human. Please try again.';
  await expect(person.page.getByRole('alert')).toHaveText([words, words]);
  for (const button of await buttons.all()) await expect(button).toBeEnabled();
});

test('where people are checked, the question has its own check @night', async ({ company }) => {
  const service = await Siteverify.start();
  const checks = { TURNSTILE_SECRET_KEY: 'secret', TURNSTILE_SITE_KEY: 'site', SITEVERIFY_URL: service.url };
  const server = await company.serve({ SESSION_TTL_S: '80', SESSION_MAX_S: '80', RATE_LOGIN: '0', RATE_REST: '0', ...checks });
  try {
    const person = await company.come({ base: server.base, outage: true });
    await withWidget(person.page);
    await person.signInOnPage('Runa');
    await expect(dialogOf(person)).toBeVisible({ timeout: 35_000 });
    await dialogOf(person).getByRole('button', { name: 'Sign in again' }).click();
    await expect(dialogOf(person)).toHaveCount(0);
    await person.isHome();
    expect(service.asked.length).toBe(2);
  } finally {
    await service.stop();
  }
});

test('a page that is only open keeps its cookie for longer than the cookie lives @night', async ({ company }) => {
  const server = await company.serve({ SESSION_TTL_S: '80', RATE_LOGIN: '0', RATE_REST: '0' });
  const person = await company.come({ base: server.base, outage: true });
  await person.signInAs('Kofi');
  const cookie = async () => (await person.context.cookies()).find((one) => one.name === 'cfm');
  const first = (await cookie())!;
  await expect.poll(async () => (await cookie())?.expires ?? 0, { timeout: 100_000 }).toBeGreaterThan(first.expires + 40);
  await person.page.reload();
  await person.isHome();
});

test('a guest whose visit has ended is told so and led to the sign-in page @night', async ({ company }) => {
  const server = await company.serve({ SESSION_TTL_S: '20', SESSION_MAX_S: '20', RATE_LOGIN: '0', RATE_REST: '0' });
  const person = await company.come({ base: server.base, outage: true });
  await person.signInAsGuest('Short Visitor');
  await expect(dialogOf(person)).toContainText('Your guest session has ended', { timeout: 40_000 });
  await expect(dialogOf(person).getByRole('button', { name: 'Sign in again' })).toHaveCount(0);
  await person.page.keyboard.press('Escape');
  await dialogOf(person).getByRole('button', { name: 'Go to the sign-in page' }).click();
  await expect(person.signInButton()).toBeVisible();
});
