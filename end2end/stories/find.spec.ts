// Finding each other: by an exact handle, and by an invite link.

import { account } from '../harness/accounts.ts';
import { violations } from '../harness/clean.ts';
import { clipboardText, expect, test } from '../harness/people.ts';
import { sendNewAccount, signUp } from '../harness/sign_up.ts';

test('a handle is taken in the profile, and who knows it finds its owner @night', async ({ company }) => {
  // The browser logs a refused request like a network failure.
  const [ada, ben] = [await company.come({ outage: true }), await company.come()];
  const [{ name: adaName }, { name: benName }] = [await signUp(ada), await signUp(ben)];
  const handle = `a_${adaName.toLowerCase().replace(/[^a-z0-9]/g, '')}`.slice(0, 20);
  await ada.myStatus().click();
  await ada.page.getByRole('menuitem', { name: 'My profile' }).click();
  const profile = ada.page.getByRole('dialog', { name: 'My profile' });
  const take = async (wish: string, role: 'alert' | 'status', said: RegExp) => {
    await profile.getByRole('textbox', { name: 'Handle' }).fill(wish);
    await profile.getByRole('button', { name: 'Save' }).click();
    await expect(profile.getByRole(role)).toHaveText(said);
  };
  // "Done" saves a typed handle too, and the dialog stays if it is refused.
  await profile.getByRole('textbox', { name: 'Handle' }).fill('y');
  await profile.getByRole('button', { name: 'Done' }).click();
  await expect(profile.getByRole('alert')).toHaveText(/^3 to 20/);
  await take('x', 'alert', /^3 to 20/);
  await take('jonas', 'alert', /^Already taken/);
  await take(`@${handle.toUpperCase()}`, 'status', /^Saved/);
  await expect(profile.getByRole('textbox', { name: 'Handle' })).toHaveValue(handle);
  await take(`${handle}x`, 'alert', /^You can change it once a week, next on /);
  expect(await violations(ada.page)).toEqual([]);
  await profile.getByRole('button', { name: 'Done' }).click();

  await ben.button('Add a contact').click();
  const dialog = ben.page.getByRole('dialog', { name: 'Add a contact' });
  const find = async (text: string) => {
    await dialog.getByRole('searchbox', { name: 'Name or handle' }).fill(text);
    await dialog.getByRole('button', { name: 'Find' }).click();
  };
  const other = handle.slice(0, -1);
  await find(other);
  await expect(dialog.getByRole('status')).toHaveText(`No one has the name or handle “${other}”. Check the spelling, or create an invite link below.`);
  await find(`@${other}`);
  await expect(dialog.getByRole('status')).toHaveText('No one has this handle. Check the spelling, or create an invite link below.');
  await find(`@${handle}`);
  await expect(dialog.getByRole('status')).toHaveText('1 person found.');
  await dialog.getByRole('button', { name: `Add ${adaName}` }).click();
  await expect(dialog.getByRole('textbox', { name: 'Add a message (optional)' }), 'the focus stays in the dialog').toBeFocused();
  await dialog.getByRole('button', { name: 'Send request' }).click();
  await ada.contacts().getByRole('button', { name: `Accept ${benName}` }).click();
  await expect(ben.contact(adaName)).toHaveAccessibleName(new RegExp(`^${adaName}, Online`));
});

test('a link brings a stranger to an account, and both to each other', async ({ company }) => {
  const [ada, ben] = [await company.come({ permissions: ['clipboard-read', 'clipboard-write'] }), await company.come()];
  const { name: adaName } = await signUp(ada);
  await ada.button('Add a contact').click();
  const dialog = ada.page.getByRole('dialog', { name: 'Add a contact' });
  await dialog.getByRole('button', { name: 'Create an invite link' }).click();
  await dialog.getByRole('button', { name: 'Copy' }).click();
  const copied = () => clipboardText(ada.page);
  await expect.poll(copied).toMatch(/\/i\/[0-9A-Z]{16}$/);
  const link = await copied();
  await expect(dialog.getByRole('textbox', { name: 'Invite link' })).toHaveValue(link);
  await expect(dialog.getByText('Link copied.')).toHaveAttribute('aria-live', 'polite');
  expect(await violations(ada.page)).toEqual([]);

  await ben.page.goto(link);
  await expect(ben.page.getByRole('article')).toContainText(`${adaName} would like to add you as a contact.`);
  expect(await violations(ben.page)).toEqual([]);
  await expect(ben.page.getByRole('link', { name: 'Continue as a guest' }), 'guests cannot use this link').toHaveCount(0);
  await ben.page.getByRole('button', { name: `Create account and add ${adaName}` }).click();
  const { name: benName } = await sendNewAccount(ben);
  await ben.isHome();
  await expect(ben.log(adaName), 'the conversation with the inviting person').toBeVisible();
  await expect(ada.status(`${benName} joined with your link.`).first()).toBeVisible();
  await expect(ben.contact(adaName)).toHaveAccessibleName(new RegExp(`^${adaName}, Online`));
  await expect(ada.contact(benName)).toHaveAccessibleName(new RegExp(`^${benName}, Online`));
});

test('a link on another site leads a browser that is remembered to where it leads, an invite as well @night', async ({ company }) => {
  const ben = await company.come({ outage: true });
  const { page, context } = ben;
  await page.goto(`${ben.base}/sign-in?form=new`);
  await page.getByRole('checkbox', { name: 'Keep me signed in on this device' }).check();
  await sendNewAccount(ben);
  await ben.isHome();
  // A later request would be cut off and cause a complaint.
  await page.waitForLoadState('networkidle');
  const ada = await account(ben.base);
  const { code } = await ada.api.ok('POST', '/api/me/invites');
  const paths = ['/app', '/', `/i/${code}`];
  const links = paths.map((path) => `<a href="${ben.base}${path}">${path}</a>`).join(' ');
  await page.route('http://elsewhere.example/', (route) => route.fulfill({ body: links, contentType: 'text/html' }));
  for (const path of paths) {
    await context.clearCookies({ name: /^cfm(-again)?$/ });
    await page.goto('http://elsewhere.example/');
    await page.getByRole('link', { name: path, exact: true }).click();
    if (path.startsWith('/i/')) await page.getByRole('button', { name: 'Accept' }).press('Enter');
    await ben.isHome();
    // A later request would be cut off and cause a complaint.
    await page.waitForLoadState('networkidle');
  }
  await ben.showOffline();
  await expect(ben.contact(ada.user.displayName)).toBeVisible();
  expect((await context.cookies()).map((cookie) => cookie.name)).not.toContain('cfm-invite');
});
