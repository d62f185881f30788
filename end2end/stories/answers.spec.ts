// Answers that overtake each other. A late answer is older than the state of the page, or belongs to an action that the person has left.
// The page shows, and acts on, the last request. The order itself is a law of `session/requests.rs`.

import type { Page, Request, Route } from '@playwright/test';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';
import { signUp } from '../harness/sign_up.ts';

type Fulfilled = Parameters<Route['fulfill']>[0];

/**
 * Lets the server answer a call at once but delivers the answer to the page only on `release`. `asked` resolves when the answer is there;
 * `release` resolves when the page has it. `answer` can replace the server's answer.
 */
async function holdAnswer(
  page: Page,
  method: string,
  address: RegExp,
  answer = async (route: Route): Promise<Fulfilled> => ({ response: await route.fetch() }),
) {
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const isMeant = (request: Request): boolean => request.method() === method && address.test(request.url());
  await page.route(address, async (route) => {
    if (!isMeant(route.request())) return route.fallback();
    const said = await answer(route);
    asked.resolve();
    await held.promise;
    await route.fulfill(said);
  });
  const release = async (): Promise<void> => {
    const came = page.waitForResponse((response) => isMeant(response.request()));
    held.resolve();
    await (await came).finished();
    await page.evaluate(() => new Promise((shown) => requestAnimationFrame(() => requestAnimationFrame(shown))));
  };
  return { asked: asked.promise, release };
}

/** Returns an answer in the server's envelope with these data. */
const enveloped = (data: object): Fulfilled => ({
  json: { success: true, data, meta: { timestamp: Date.now(), requestId: crypto.randomUUID() } },
});

const newGroup = (who: Person) => who.page.getByRole('dialog', { name: 'New group' });

async function makeGroup(who: Person, name: string): Promise<void> {
  await who.button('New group').click();
  await newGroup(who).getByRole('textbox', { name: 'Group name' }).fill(name);
  await newGroup(who).getByRole('button', { name: 'Create group' }).click();
  await expect(who.log(name)).toBeVisible();
}

async function groupsOf(who: Person): Promise<Map<string, string>> {
  const rooms = await (await who.context.request.get(`${who.base}/api/rooms?scope=mine`)).json();
  return new Map(rooms.data.items.map(({ name, id }: { name: string; id: string }) => [name, id]));
}

test('what comes of one group does not stand in the place of the one that is looked at since @night', async ({ company }) => {
  const lea = await company.come();
  await lea.signInAs('Lea');
  for (const name of ['Alpha crew', 'Beta crew']) await makeGroup(lea, name);
  await lea.open('Alpha crew');
  await lea.button('Members').click();
  const people = lea.page.getByRole('dialog', { name: 'Members' });
  const field = people.getByRole('textbox', { name: 'Group name' });
  await expect(field).toHaveValue('Alpha crew');
  const alpha = await holdAnswer(lea.page, 'GET', new RegExp(`/api/rooms/${(await groupsOf(lea)).get('Alpha crew')}$`));
  await field.fill('Alpha team');
  await people.getByRole('button', { name: 'Rename' }).click();
  await alpha.asked;
  await people.getByRole('button', { name: 'Close' }).click();

  await lea.open('Beta crew');
  await lea.button('Members').click();
  await expect(field).toHaveValue('Beta crew');
  await alpha.release();
  await expect(field).toHaveValue('Beta crew');
  await people.getByRole('button', { name: 'Close' }).click();
  await expect(lea.page.getByRole('complementary').getByRole('listitem').filter({ hasText: 'Lea' })).toBeVisible();
});

test('of two invitations the one that was accepted last is in view, and a dialog that was opened since stays @night', async ({ company }) => {
  const [nora, guest] = [await company.come(), await company.come()];
  await nora.signInAs('Nora');
  await guest.signInAsGuest('Wendelin');
  const me = await (await guest.context.request.get(`${guest.base}/api/auth/me`)).json();
  const own = await (await nora.context.request.get(`${nora.base}/api/auth/me`)).json();
  const headers = { origin: new URL(nora.base).origin, 'x-csrf-token': own.data.csrfToken };
  for (const name of ['First crew', 'Second crew']) await makeGroup(nora, name);
  const groups = await groupsOf(nora);
  for (const name of ['First crew', 'Second crew']) {
    const data = { userIds: [me.data.user.id] };
    const asked = await nora.context.request.post(`${nora.base}/api/rooms/${groups.get(name)}/members`, { headers, data });
    expect(asked.status()).toBe(200);
  }

  const first = await holdAnswer(guest.page, 'POST', new RegExp(`/api/rooms/${groups.get('First crew')}/members/me$`));
  await guest.button('Accept First crew').click();
  await first.asked;
  await guest.button('Accept Second crew').click();
  await expect(guest.log('Second crew')).toBeVisible();
  await guest.button('Find rooms').click();
  const box = guest.page.getByRole('dialog', { name: 'Find rooms' }).getByRole('searchbox', { name: 'Search rooms' });
  await box.fill('harb');
  await first.release();
  await expect(box).toHaveValue('harb');
  await expect(guest.log('Second crew')).toBeVisible();
  await guest.page.keyboard.press('Escape');
  await expect(guest.contact('First crew')).toBeVisible();
});

test('a group is made once, and closes no dialog in which the next one is begun @night', async ({ company }) => {
  const rosa = await company.come();
  await rosa.signInAs('Rosa');
  const made = await holdAnswer(rosa.page, 'POST', /\/api\/rooms$/);
  await rosa.button('New group').click();
  const name = newGroup(rosa).getByRole('textbox', { name: 'Group name' });
  const create = newGroup(rosa).getByRole('button', { name: 'Create group' });
  await name.fill('Only crew');
  await create.click();
  await expect(create).toBeDisabled();
  await made.asked;
  await newGroup(rosa).getByRole('button', { name: 'Close' }).click();
  await rosa.button('New group').click();
  await name.fill('Next crew');
  await made.release();
  await expect(name).toHaveValue('Next crew');
  await expect(create).toBeEnabled();
  await create.click();
  await expect(rosa.log('Next crew')).toBeVisible();
  await expect(rosa.contact('Only crew')).toHaveCount(1);
});

test('rooms that are found are those of the last words @night', async ({ company }) => {
  const guest = await company.come();
  await guest.signInAsGuest('Ottoline');
  const found = async (route: Route): Promise<Fulfilled> => {
    const name = `Words ${new URL(route.request().url()).searchParams.get('q')}`;
    const room = { id: 'grp_0000000000000', type: 'group', name, topic: '', visibility: 'public', memberCount: 2, lastSeq: 0, lastReadSeq: 0, unread: 0 };
    return enveloped({ items: [room], next: null, more: false });
  };
  await guest.page.route(/\/api\/rooms\?scope=public&/, async (route) => route.fulfill(await found(route)));
  const older = await holdAnswer(guest.page, 'GET', /\/api\/rooms\?scope=public&.*q=(?:%61|a)(?:&|$)/, found);
  await guest.button('Find rooms').click();
  const find = guest.page.getByRole('dialog', { name: 'Find rooms' });
  const box = find.getByRole('searchbox', { name: 'Search rooms' });
  await box.fill('a');
  await older.asked;
  await box.fill('ab');
  await expect(find.getByRole('button', { name: /^Words ab,/ })).toBeVisible();
  await older.release();
  await expect(find.getByRole('button', { name: /^Words ab,/ })).toBeVisible();
  await expect(find.getByRole('button', { name: /^Words a,/ })).toHaveCount(0);
});

test('settings that were asked for before one was changed do not take the change back @night', async ({ company }) => {
  const guest = await company.come();
  await guest.signInAsGuest('Ottilie');
  const settings = guest.page.getByRole('dialog', { name: 'Settings' });
  const receipts = settings.getByRole('switch', { name: 'Read receipts' });
  await openSettings(guest.page, 'Privacy');
  await expect(receipts).toBeChecked();
  await settings.getByRole('button', { name: 'Done' }).click();

  const older = await holdAnswer(guest.page, 'GET', /\/api\/me\/settings$/);
  await openSettings(guest.page, 'Privacy');
  await older.asked;
  await receipts.click();
  await expect(receipts).not.toBeChecked();
  await older.release();
  await expect(receipts).not.toBeChecked();
});

test('a passkey that is renamed closes no form in which another one is @night', async ({ company }) => {
  const mia = await company.come();
  await signUp(mia);
  // These passkeys exist only in the answers of the test, because a browser makes only one passkey per account.
  const names = new Map([['one', 'Desk'], ['two', 'Phone']]);
  const items = () => [...names].map(([id, name]) => ({ id, name, createdAt: 1, lastUsedAt: null }));
  await mia.page.route(/\/api\/auth\/passkey$/, (route) => route.fulfill(enveloped({ items: items() })));
  const saved = await holdAnswer(mia.page, 'PATCH', /\/api\/auth\/passkey\/one$/, async () => {
    names.set('one', 'Table');
    return enveloped({});
  });
  await mia.button('Settings').click();
  const passkeys = mia.page.getByRole('dialog', { name: 'Settings' }).getByRole('group', { name: 'Passkeys' });
  const field = passkeys.getByRole('textbox', { name: 'Passkey name' });
  await passkeys.getByRole('button', { name: 'Rename “Desk”' }).click();
  await field.fill('Table');
  await field.press('Enter');
  await saved.asked;
  await passkeys.getByRole('button', { name: 'Rename “Phone”' }).click();
  await field.fill('Pocket');
  await saved.release();
  await expect(passkeys.getByRole('button', { name: 'Rename “Table”' })).toBeVisible();
  await expect(field).toHaveValue('Pocket');
});
