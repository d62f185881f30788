// Story 1: sign-in as a persona or a guest, with and without script. The session survives a reload.

import { expect, STORY_VARS, test } from '../harness/people.ts';
import { moment } from '../harness/wait.ts';

test('two people sign in as personas and see each other online', async ({ company }) => {
  const [mia, theo] = [await company.come(), await company.come()];
  await mia.page.goto(`${mia.base}/`);
  await expect(mia.page.getByRole('heading', { name: 'CF Messenger' })).toBeVisible();
  await mia.signInOnPage('Mia');
  await theo.signInOnPage('Theo');
  await expect(mia.contact('Theo').first()).toHaveAccessibleName(/^Theo, Online/);
  await expect(theo.contact('Mia').first()).toHaveAccessibleName(/^Mia, Online/);
  await expect(mia.myStatus()).toHaveAccessibleName(/Online/);

  await mia.setStatus('Busy');
  await expect(theo.contact('Mia').first()).toHaveAccessibleName(/^Mia, Busy/);

  await mia.page.reload();
  await mia.isHome();
  await expect(mia.myStatus()).toHaveAccessibleName(/Busy/);
  await expect(mia.signInButton()).toHaveCount(0);
  // Requests that are under way at sign-out are refused and cause a complaint.
  await mia.page.waitForLoadState('networkidle');

  await mia.signOut();
  await theo.showOffline();
  await expect(theo.contact('Mia').first()).toHaveAccessibleName(/^Mia, Offline/);
  await mia.page.goto(`${mia.base}/app`);
  await expect(mia.signInButton()).toBeVisible();
});

test('the status is chosen before anybody sees one come @night', async ({ company }) => {
  const [rosa, kofi] = [await company.come(), await company.come()];
  await rosa.signInOnPage('Rosa');
  await kofi.page.goto(`${kofi.base}/sign-in`);
  await kofi.choosePersona('Kofi');
  await kofi.page.getByRole('combobox', { name: 'Status' }).selectOption({ label: 'Busy' });
  await kofi.joinButton().click();
  await kofi.isHome();
  await expect(kofi.myStatus()).toHaveAccessibleName(/Busy/);
  await expect(rosa.contact('Kofi').first()).toHaveAccessibleName(/^Kofi, Busy/);
});

test('nobody scrolls for the form of accounts, in either language, at two widths @night', async ({ company }) => {
  const { page, base } = await company.come();
  for (const [language, width] of [['en', 1280], ['de', 1280], ['en', 1024]] as const) {
    await test.step(`${language} at ${width} px`, async () => {
      await page.setViewportSize({ width, height: 800 });
      await page.goto(`${base}/sign-in?lang=${language}`);
      await expect(page.locator('html')).toHaveAttribute('lang', language);
      const last = page.locator('a[href="/sign-in?form=new"]');
      await expect(last).toBeInViewport({ ratio: 1 });
      for (const field of ['input[name=email]', 'input[type=password]', 'input[name=displayName]', 'button[type=submit]']) {
        for (const one of await page.locator(field).all()) await expect(one).toBeInViewport({ ratio: 1 });
      }
      const scrolls = await page.locator('main section *').evaluateAll((all) => all.filter((one) => one.scrollHeight > one.clientHeight + 1 && /auto|scroll/.test(getComputedStyle(one).overflowY)).length);
      expect(scrolls).toBe(0);
      // A single form keeps its narrow width.
      await last.click();
      await expect(page.locator('form')).toHaveCount(1);
      expect((await page.locator('form').boundingBox())!.width).toBeLessThan(400);
    });
  }
});

test('the personal message reaches others @night', async ({ company }) => {
  const [kofi, rosa] = [await company.come(), await company.come()];
  await kofi.signInOnPage('Kofi');
  await rosa.signInOnPage('Rosa');
  const field = kofi.page.getByRole('textbox', { name: 'Personal message' });
  if (!(await field.isVisible())) await kofi.myStatus().click();
  await field.fill('rehearsal at eight :)');
  await field.press('Enter');
  await expect(rosa.contact('Kofi').first()).toHaveAccessibleName(/^Kofi, \w+, rehearsal at eight :\)/);
  // Emoticons in the message are drawn, also in a page that the server has rendered.
  const drawing = rosa.contacts().locator('li').filter({ hasText: 'rehearsal at eight' }).locator('img[alt=":)"]');
  await expect(drawing).toBeVisible();
  await rosa.page.reload();
  await rosa.isHome();
  await expect(drawing).toBeVisible();
});

test('a guest gives a name and is inside', async ({ company }) => {
  const guest = await company.come();
  await guest.page.goto(`${guest.base}/sign-in`);
  await guest.choosePersona('Mia');
  await guest.page.getByRole('textbox', { name: 'Your name' }).fill('Quiet Visitor');
  await expect(guest.page.getByRole('radio', { checked: true }), 'the name is the last choice').toHaveCount(0);
  await guest.joinButton().click();
  await guest.isHome();
  await expect(guest.page.getByRole('banner')).toContainText('Quiet Visitor');
  await guest.open('General');
  await guest.say('hello from a guest');
  await expect(guest.row('General', 'hello from a guest')).toHaveCount(1);
});

test('a persona that is in use says so and stays free to try again @night', async ({ company }) => {
  const [first, second] = [await company.come(), await company.come()];
  await first.signInOnPage('Emil');
  await second.page.goto(`${second.base}/sign-in`);
  await second.choosePersona('Emil');
  await second.joinButton().click();
  await expect(second.page.getByRole('alert')).toBeVisible();
  await expect(second.joinButton()).toBeEnabled();
  await second.choosePersona('Tess');
  await second.joinButton().click();
  await second.isHome();
});

test('signing in needs no script: a plain form post leads to the contact list', async ({ company }) => {
  const kenji = await company.come({ javaScriptEnabled: false });
  await kenji.page.goto(`${kenji.base}/sign-in`);
  await kenji.choosePersona('Kenji');
  await kenji.joinButton().click();
  await expect(kenji.contacts()).toBeVisible();
  await expect(kenji.page).toHaveURL(/\/app/);
  await expect(kenji.page.getByRole('banner')).toContainText('Kenji');
  // A failed attempt returns to the form with an explanation.
  const other = await company.come({ javaScriptEnabled: false });
  await other.page.goto(`${other.base}/sign-in`);
  await other.choosePersona('Kenji');
  await other.joinButton().click();
  await expect(other.joinButton()).toBeVisible();
  await expect(other.page.getByRole('alert')).toBeVisible();
});

test('the sign-in page is light: at most 6 requests and 60 KB', async ({ company }) => {
  const visitor = await company.come({ javaScriptEnabled: false });
  const sizes: Promise<number>[] = [];
  visitor.page.on('requestfinished', (request) => sizes.push(request.sizes().then((size) => size.responseBodySize + size.responseHeadersSize)));
  await visitor.page.goto(`${visitor.base}/sign-in`, { waitUntil: 'networkidle' });
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  expect(sizes.length).toBeLessThanOrEqual(6);
  expect(bytes).toBeLessThanOrEqual(60 * 1024);
});

test('the status that was chosen last on this device is offered again @night', async ({ company }) => {
  const person = await company.come();
  const offered = () => person.page.getByRole('combobox', { name: 'Status' });
  await person.page.goto(`${person.base}/sign-in`);
  await expect(offered()).toHaveValue('online');
  await offered().selectOption({ label: 'Appear offline' });
  await person.choosePersona('Emil');
  await person.joinButton().click();
  await person.isHome();
  await person.signOut();
  await expect(offered()).toHaveValue('appear_offline');
  await person.signInOnPage('Emil');
  await expect(person.myStatus()).toHaveAccessibleName(/Appear offline/);

  const saved = person.page.waitForResponse(/save_settings/);
  await person.setStatus('Busy');
  await saved;
  // The theme is stored in the same cookie.
  await person.button('Settings').click();
  const saving = person.page.waitForResponse(/save_settings/);
  await person.page.getByRole('dialog', { name: 'Settings' }).getByRole('radio', { name: 'Glass' }).check();
  await saving;
  await person.page.keyboard.press('Escape');
  await person.signOut();
  await expect(offered()).toHaveValue('busy');
  await expect(person.page.locator('html')).toHaveAttribute('data-theme', 'glass');
});

test('no two buttons of the page have one name, in any language @night', async ({ company }) => {
  const { page, base } = await company.come();
  for (const [language, names] of [['en', ['Join', 'Sign in']], ['de', ['Mitmachen', 'Anmelden']], ['fr', ['Entrer', 'Se connecter']]] as const) {
    await page.goto(`${base}/sign-in?lang=${language}`);
    await expect(page.locator('button[type=submit]')).toHaveText([...names]);
  }
});

test('many people behind one address: the page waits with what was typed, and signs in by itself @night', async ({ company }) => {
  // The first window is never full, so nobody is blocked for a minute.
  const server = await company.serve({ ...STORY_VARS, RATE_LOGIN: '100/1,1/15' });
  const [first, second] = [await company.come({ base: server.base }), await company.come({ base: server.base, outage: true })];
  await second.page.goto(`${server.base}/sign-in`);
  const name = second.page.getByRole('textbox', { name: 'Your name' });
  await name.fill('Patient Visitor');
  await first.beginSession({ displayName: 'Quick Visitor' });
  await second.joinButton().click();
  await expect(second.status('Many people are signing in from your network')).toBeVisible();
  await expect(second.page.getByRole('timer')).toHaveText(/^\d+ s$/);
  await expect(second.joinButton()).toBeDisabled();
  await expect(name).toHaveValue('Patient Visitor');
  expect(new URL(second.page.url()).search).toBe('');
  await second.page.waitForURL(/\/app/, { timeout: 60_000 });
  await second.isHome();
  await expect(second.page.getByRole('banner')).toContainText('Patient Visitor');
});

test('the page gives up after five tries and says why, and the form is free again @night', async ({ company }) => {
  const visitor = await company.come();
  const { page } = visitor;
  // The server's answers to a form that waits a second each time.
  const tried: string[] = [];
  await page.route('**/sf/sign_in', async (route) => {
    tried.push(new URLSearchParams(route.request().postData()!).get('try')!);
    const location = `/sign-in?error=RATE_LIMITED&retry=1${tried.length < 5 ? '&wait=1' : ''}&try=${tried.length}`;
    await route.fulfill({ status: 200, contentType: 'application/json', headers: { location }, body: 'null' });
  });
  await page.goto(`${visitor.base}/sign-in`);
  await page.getByRole('textbox', { name: 'E-mail' }).fill('mia@example.org');
  await page.getByLabel('Password', { exact: true }).fill('tuesday-river-lamp');
  await visitor.signInButton().click();
  await expect(page.getByRole('alert')).toHaveText(/We tried five times/);
  expect(tried).toEqual(['', '1', '2', '3', '4']);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('tuesday-river-lamp');
  await expect(visitor.signInButton()).toBeEnabled();
});

test('without a script one press sends the form again after the wait @night', async ({ company }) => {
  const server = await company.serve({ ...STORY_VARS, RATE_LOGIN: '100/1,1/15' });
  const [first, second] = [await company.come({ base: server.base }), await company.come({ base: server.base, javaScriptEnabled: false })];
  await second.page.goto(`${server.base}/sign-in`);
  const name = second.page.getByRole('textbox', { name: 'Your name' });
  await name.fill('Patient Visitor');
  await first.beginSession({ displayName: 'Quick Visitor' });
  const again = second.joinButton();
  await again.click();
  const line = second.page.getByRole('alert');
  await expect(line).toHaveText(/Try again in \d+ s/);
  await expect(name).toHaveValue('Patient Visitor');
  const seconds = Number(/(\d+) s/.exec(await line.innerText())![1]);
  await moment(Date.now() + seconds * 1_000);
  await again.click();
  await expect(second.contacts()).toBeVisible();
  await expect(second.page.getByRole('banner')).toContainText('Patient Visitor');
});
