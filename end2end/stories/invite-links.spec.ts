// Invite links: each opening of the dialog makes one, with its QR code. The list shows all of them and can withdraw them.

import type { Locator } from '@playwright/test';
import { PASSWORD, freshEmail } from '../harness/accounts.ts';
import { violations } from '../harness/clean.ts';
import { freshName } from '../harness/ids.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { signUp } from '../harness/sign_up.ts';

const hasNoFaults = async ({ page }: Person): Promise<void> => {
  expect(await violations(page)).toEqual([]);
};

test('a dialog makes one link, shows it whole with its QR code, and the list withdraws it @night', async ({ company }) => {
  const ada = await company.come();
  await signUp(ada);
  await ada.button('Add a contact').click();
  const dialog = ada.page.getByRole('dialog', { name: 'Add a contact' });
  const make = dialog.getByRole('button', { name: 'Create an invite link', exact: true });
  const link = dialog.getByRole('textbox', { name: 'Invite link' });
  const rows = dialog.getByRole('list', { name: 'My invite links' }).getByRole('listitem');
  await dialog.getByRole('checkbox', { name: 'Guests can use the link to chat with me' }).check();
  await make.click();
  await expect(link).toBeFocused();
  const url = await link.inputValue();
  expect(await link.evaluate((field: HTMLInputElement) => field.value.slice(field.selectionStart!, field.selectionEnd!))).toBe(url);
  await expect(make).toHaveCount(0);
  await expect(dialog.getByText('Your link is ready. It works once, for one week.')).toBeVisible();
  const code = dialog.getByRole('img', { name: 'QR code for this link' });
  await expect.poll(() => code.evaluate((image: HTMLImageElement) => image.complete && image.naturalWidth > 0)).toBe(true);
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('· Guests can use the link to chat with me');
  await hasNoFaults(ada);

  await rows.getByRole('button', { name: /^Revoke: For 1 person, until / }).click();
  await expect(rows).toHaveCount(0);
  await expect(link).toHaveCount(0);
  await expect(make).toBeFocused();
  expect((await ada.context.request.get(url)).status()).toBe(404);
});

test('a link into a group is made among its members, and stands in the list of all under its name @night', async ({ company }) => {
  const ada = await company.come();
  await signUp(ada);
  await ada.button('New group').click();
  const fresh = ada.page.getByRole('dialog', { name: 'New group' });
  await fresh.getByRole('textbox', { name: 'Group name' }).fill('Link crew');
  await fresh.getByRole('button', { name: 'Create group' }).click();
  await expect(ada.log('Link crew')).toBeVisible();
  await ada.button('Members').click();
  const members = ada.page.getByRole('dialog', { name: 'Members' });
  await members.getByRole('button', { name: 'Create an invite link', exact: true }).click();
  const url = await members.getByRole('textbox', { name: 'Invite link' }).inputValue();
  await expect(members.getByRole('list', { name: 'My invite links' }).getByRole('listitem')).toHaveCount(1);
  await hasNoFaults(ada);
  const shown = await (await ada.context.request.get(`${ada.base}/api/invites/${url.split('/').at(-1)}`)).json();
  expect(shown.data.room.name).toBe('Link crew');
  await members.getByRole('button', { name: 'Close' }).click();
  await ada.button('Add a contact').click();
  const dialog = ada.page.getByRole('dialog', { name: 'Add a contact' });
  await expect(dialog.getByRole('listitem').filter({ hasText: /^Link crew: For 1 person, until / })).toHaveCount(1);
});

test('guests have no link to give, and look for nobody by a handle @night', async ({ company }) => {
  const gus = await company.come();
  await gus.signInAsGuest('Gustave');
  await gus.button('Add a contact').click();
  const dialog = gus.page.getByRole('dialog', { name: 'Add a contact' });
  await dialog.getByRole('searchbox', { name: 'Name', exact: true }).fill('zzzz');
  await expect(dialog.getByRole('status')).toHaveText('No one called “zzzz”. Check the spelling, or look in a room’s member list.');
  await expect(dialog.getByRole('button', { name: 'Find' })).toHaveCount(0);
  await expect(dialog.getByRole('button', { name: 'Create an invite link' })).toHaveCount(0);
});

test('a handle is given up after a question, and what was typed stays whatever comes late @night', async ({ company }) => {
  const ada = await company.come({ serviceWorkers: 'block' });
  await signUp(ada);
  await ada.page.route('**/api/me/handle', async (route) => {
    if (route.request().method() === 'GET') await typed;
    await route.continue();
  });
  const typing = Promise.withResolvers<void>();
  const typed = typing.promise;
  const came = ada.page.waitForResponse('**/api/me/handle');
  await ada.myStatus().click();
  await ada.page.getByRole('menuitem', { name: 'My profile' }).click();
  const profile = ada.page.getByRole('dialog', { name: 'My profile' });
  const field = profile.getByRole('textbox', { name: 'Handle' });
  const handle = `h_${Date.now().toString(36)}`;
  await field.fill(handle);
  typing.resolve();
  await came;
  await expect(field).toHaveValue(handle);
  await profile.getByRole('button', { name: 'Save' }).click();
  await expect(profile.getByRole('status')).toHaveText('Saved.');
  await profile.getByRole('button', { name: 'Release this handle…' }).click();
  await expect(profile.getByText('People can’t find you by it any more.')).toBeVisible();
  await profile.getByRole('button', { name: 'Release' }).click();
  await expect(profile.getByRole('status')).toHaveText('Handle released.');
  await expect(field).toHaveValue('');
  await expect(profile.getByRole('button', { name: 'Release' })).toHaveCount(0);
  await hasNoFaults(ada);
});

test('all of it by keyboard alone, on a phone, in German @night', async ({ company }) => {
  // The browser logs a refused request like a network failure.
  const theo = await company.come({ locale: 'de-DE', viewport: { width: 390, height: 844 }, outage: true });
  const { page } = theo;
  const { keyboard } = page;
  const isWhole = async (dialog: Locator) => {
    await hasNoFaults(theo);
    const beyond = await dialog.evaluate((frame) => [...frame.querySelectorAll('*')].filter((one) => one.scrollWidth > one.clientWidth && getComputedStyle(one).overflowX !== 'visible' && one.tagName !== 'INPUT').map((one) => one.className));
    expect(beyond).toEqual([]);
  };
  await page.goto(`${theo.base}/sign-in?form=new`);
  await page.getByRole('textbox', { name: 'E-Mail' }).fill(freshEmail());
  await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
  await page.getByRole('textbox', { name: 'Dein Name' }).fill(freshName());
  await theo.button('Konto erstellen').press('Enter');
  await theo.isAlive();

  await page.getByRole('banner').getByRole('button', { name: /^Mein Status/ }).press('Enter');
  await page.getByRole('menuitem', { name: 'Mein Profil' }).press('Enter');
  const profile = page.getByRole('dialog', { name: 'Mein Profil' });
  const field = profile.getByRole('textbox', { name: 'Handle' });
  const take = async (wish: string, role: 'alert' | 'status', said: string) => {
    await field.focus();
    await keyboard.press('Control+a');
    await keyboard.type(wish);
    await keyboard.press('Enter');
    await expect(profile.getByRole(role).filter({ hasText: said })).toBeVisible();
  };
  await take('jonas', 'alert', 'Schon vergeben.');
  await expect(field).toHaveAccessibleDescription('Schon vergeben.');
  await isWhole(profile);
  await take(`h_${Date.now().toString(36)}`, 'status', 'Gespeichert.');
  const giveUp = profile.getByRole('button', { name: 'Freigeben' });
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  await expect(giveUp).toBeFocused();
  await keyboard.press('Enter');
  await expect(giveUp).toHaveAccessibleDescription(/^Dann findet dich damit niemand mehr\./);
  await expect(giveUp).toBeFocused();
  await isWhole(profile);
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(giveUp).toHaveAccessibleDescription('');
  await expect(giveUp).toBeFocused();
  await keyboard.press('Enter');
  await expect(giveUp).toHaveAccessibleDescription(/^Dann/);
  await expect(giveUp).toBeFocused();
  await keyboard.press('Enter');
  await expect(profile.getByRole('status')).toHaveText('Handle freigegeben.');
  await expect(field).toBeFocused();
  await keyboard.press('Escape');
  await expect(profile).toHaveCount(0);

  await theo.button('Menü').press('Enter');
  await theo.button('Kontakt hinzufügen').press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Kontakt hinzufügen' });
  await dialog.getByRole('searchbox', { name: 'Name oder Handle' }).focus();
  await keyboard.type('niemand_hier');
  await keyboard.press('Enter');
  await expect(dialog.getByRole('status')).toHaveText(/^Niemand hat den Namen oder das Handle „niemand_hier“\./);
  const make = dialog.getByRole('button', { name: 'Einladungslink erstellen', exact: true });
  await make.press('Enter');
  await expect(dialog.getByRole('textbox', { name: 'Einladungslink' })).toBeFocused();
  await expect(dialog.getByText('Dein Link ist fertig. Er gilt einmal, eine Woche lang.')).toBeVisible();
  await expect(dialog.getByRole('img', { name: 'QR-Code für diesen Link' })).toBeVisible();
  const rows = dialog.getByRole('list', { name: 'Meine Einladungslinks' }).getByRole('listitem');
  await expect(rows).toHaveCount(1);
  await isWhole(dialog);
  await keyboard.press('Tab');
  await expect(dialog.getByRole('button', { name: 'Kopieren' })).toBeFocused();
  await keyboard.press('Tab');
  await expect(rows.getByRole('button', { name: /^Widerrufen: Für 1 Person, bis / })).toBeFocused();
  await keyboard.press('Enter');
  await expect(rows).toHaveCount(0);
  await expect(make).toBeFocused();
});
