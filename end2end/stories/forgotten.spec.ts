// account.md 3 to 5: an address is confirmed and a lost password is replaced by links from the mailbox, without a script, or by a recovery
// code from the settings.

import { PASSWORD, passwordLogin } from '../harness/accounts.ts';
import { violations } from '../harness/clean.ts';
import { linkIn, newestMail, tokenIn } from '../harness/mail.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings, showSection } from '../harness/settings_dialog.ts';
import { signUp } from '../harness/sign_up.ts';

test.describe.configure({ mode: 'parallel' });

const NEXT = 'wednesday-harbour-lamp';

/** Types a new password and sends the form of the page. */
async function choose(person: Person, password: string): Promise<void> {
  await person.page.getByRole('textbox', { name: 'Password' }).fill(password);
  await person.button('Save and sign in').click();
}

const account = (person: Person) => person.page.getByRole('dialog', { name: 'Settings' }).getByRole('group', { name: 'Account' });

test('an address is confirmed by its mail, and a lost password is replaced by another, without a script', async ({ company }) => {
  const [mia, reader] = [await company.come({ outage: true }), await company.come({ javaScriptEnabled: false })];
  const { email } = await signUp(mia);
  const bar = mia.status(`Please confirm ${email}`);
  await expect(bar).toBeVisible();

  await reader.page.goto(linkIn(await newestMail(company.server, email)));
  await expect(reader.page.getByRole('textbox', { name: 'E-mail' })).toHaveValue(email);
  await reader.button('Confirm this address').click();
  await expect(reader.status('Your address is confirmed.')).toBeVisible();
  expect(new URL(reader.page.url()).search).toBe('?done=1');
  // The press came from a browser without a session of the account, so the sessions before it have ended, and the page leaves.
  await expect(mia.signInButton()).toBeVisible();

  await reader.page.goto(`${reader.base}/sign-in`);
  await reader.page.getByRole('link', { name: 'Forgot your password?' }).click();
  await reader.page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await reader.button('Send me a link').click();
  await expect(reader.status('we’ve sent it an e-mail')).toBeVisible();
  expect(reader.page.url()).not.toContain(encodeURIComponent(email));
  const mail = await newestMail(company.server, email, /\/reset\?token=/);
  const led: string[] = [];
  reader.page.on('request', (request) => led.push(request.headers()['referer'] ?? ''));
  await reader.page.goto(linkIn(mail));
  await choose(reader, 'password1234');
  // The link stays good, and the form has it still.
  await expect(reader.page.getByRole('alert')).toHaveText(/Choose a stronger password/);
  await choose(reader, NEXT);
  await expect(reader.contacts()).toBeVisible();
  expect(led.join(' ')).not.toContain(tokenIn(mail));

  expect((await passwordLogin(company.server.base, email)).status).toBe(401);
  expect((await passwordLogin(company.server.base, email, { password: NEXT })).status).toBe(200);
  await reader.page.goto(linkIn(mail));
  await expect(reader.page.getByText('This link was used or has expired.')).toBeVisible();
});

test('a recovery code lets its owner in again, once @night', async ({ company }) => {
  const [mia, reader] = [await company.come(), await company.come({ javaScriptEnabled: false })];
  const { email } = await signUp(mia);
  await mia.button('Settings').click();
  await expect(account(mia)).toContainText('No codes yet.');
  await account(mia).getByRole('button', { name: 'Create new codes' }).click();
  const codes = account(mia).getByRole('list', { name: 'Recovery codes' }).getByRole('listitem');
  await expect(codes).toHaveCount(10);
  await expect(account(mia)).toContainText('10 codes left');
  const code = await codes.first().innerText();

  const recover = async (password: string): Promise<void> => {
    await reader.page.goto(`${reader.base}/recover`);
    await reader.page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    // Case and blanks do not matter.
    await reader.page.getByRole('textbox', { name: 'Recovery code' }).fill(` ${code.toUpperCase()} `);
    await choose(reader, password);
  };
  // The session of the page ends with the new password, which the browser logs.
  await mia.mayBeRefused(async () => {
    await recover(NEXT);
    await expect(reader.contacts()).toBeVisible();
    await expect(mia.signInButton()).toBeVisible();
  });
  await recover('thursday-meadow-clock');
  await expect(reader.page.getByRole('alert')).toHaveText(/Wrong e-mail address or code/);
  expect((await passwordLogin(company.server.base, email, { password: NEXT })).status).toBe(200);
});

test('the owner changes the password in the settings, and signs out everywhere else @night', async ({ company }) => {
  const [mia, other] = [await company.come(), await company.come()];
  const { email } = await signUp(mia);
  const form = { email, password: PASSWORD };
  await other.signInWith(form);
  await openSettings(mia.page, 'Devices');
  const devices = mia.page.getByRole('group', { name: 'Devices' });
  await expect(devices.getByRole('listitem')).toHaveCount(2);
  await other.mayBeRefused(async () => {
    await devices.getByRole('button', { name: 'Sign out everywhere else' }).click();
    await expect(other.signInButton()).toBeVisible();
  });
  await expect(devices.getByRole('listitem')).toHaveCount(1);
  await showSection(mia.page, 'Account');

  const change = async (current: string): Promise<void> => {
    await account(mia).getByLabel('Current password').fill(current);
    await account(mia).getByLabel('New password').fill(NEXT);
    await account(mia).getByRole('button', { name: 'Save' }).click();
  };
  await account(mia).getByRole('button', { name: 'Change password' }).click();
  await mia.mayBeRefused(async () => {
    await change(NEXT);
    await expect(account(mia).getByRole('alert')).toHaveText('Wrong password.');
  });
  // The wrong field is marked, has the focus and is described by the refusal, until it is edited. Nothing is typed again that was right.
  const current = account(mia).getByLabel('Current password');
  await expect(current).toBeFocused();
  await expect(current).toHaveAttribute('aria-invalid', 'true');
  await expect(current).toHaveAccessibleDescription('Wrong password.');
  expect(await violations(mia.page)).toEqual([]);
  await mia.page.keyboard.press('End');
  await mia.page.keyboard.type('x');
  await expect(account(mia).getByRole('alert')).toHaveCount(0);
  await expect(current).not.toHaveAttribute('aria-invalid', /./);
  await expect(current).toHaveValue(`${NEXT}x`);
  await expect(account(mia).getByLabel('New password')).toHaveValue(NEXT);
  await change(PASSWORD);
  await expect(account(mia)).toContainText('Your password has been changed.');
  await expect(account(mia).getByRole('button', { name: 'Change password' })).toBeFocused();
  expect((await passwordLogin(company.server.base, email)).status).toBe(401);
});
