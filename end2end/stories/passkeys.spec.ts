// sign-in.md 7: sign-in with a passkey. The authenticator is Chromium's own, in software.

import type { CDPSession } from '@playwright/test';
import { account, PASSWORD } from '../harness/accounts.ts';
import { freshName } from '../harness/ids.ts';
import { expect, STORY_VARS, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { signUp } from '../harness/sign_up.ts';
import { moment } from '../harness/wait.ts';

/** Returns the address with a host name, because a passkey cannot belong to an IP address. */
const named = (base: string): string => base.replace('127.0.0.1', 'localhost');

interface Authenticator {
  cdp: CDPSession;
  authenticatorId: string;
}

/** Adds an authenticator that nobody touches. A sign-in page takes a passkey at any time: one that is always touched would sign in at once. */
async function authenticator({ context, page }: Person): Promise<Authenticator> {
  const cdp = await context.newCDPSession(page);
  await cdp.send('WebAuthn.enable');
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: false } as const;
  return { cdp, ...(await cdp.send('WebAuthn.addVirtualAuthenticator', { options })) };
}

/** Touches the authenticator for whatever asks it until `act` is done. */
async function touching({ cdp, authenticatorId }: Authenticator, act: () => Promise<unknown>): Promise<void> {
  const touch = (enabled: boolean) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled });
  await touch(true);
  await act();
  await touch(false);
}

const credentials = async ({ cdp, authenticatorId }: Authenticator) => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials;

const settings = (person: Person) => person.page.getByRole('dialog', { name: 'Settings' });
const passkeys = (person: Person) => settings(person).getByRole('group', { name: 'Passkeys' });

/** Adds a passkey in the open settings. */
const add = (person: Person, key: Authenticator): Promise<void> =>
  touching(key, async () => {
    await passkeys(person).getByRole('button', { name: 'Add a passkey' }).press('Enter');
    await expect(passkeys(person).getByRole('listitem')).toHaveCount(1);
  });

async function openSettings(person: Person): Promise<void> {
  await person.button('Settings').click();
  await expect(passkeys(person).getByRole('button', { name: 'Add a passkey' })).toBeVisible();
}

test('a passkey is added, signs in, is renamed and removed, all by keyboard', async ({ company }) => {
  const mia = await company.come({ base: named(company.server.base) });
  const key = await authenticator(mia);
  await signUp(mia);
  await openSettings(mia);
  const { keyboard } = mia.page;
  await add(mia, key);
  const rows = passkeys(mia).getByRole('listitem');
  await expect(rows).toContainText(/Chrome on Linux.*Added/);
  const [made, ...more] = await credentials(key);
  expect(more).toEqual([]);

  // The browser does not ask the same authenticator twice.
  await touching(key, async () => {
    await passkeys(mia).getByRole('button', { name: 'Add a passkey' }).press('Enter');
    await expect(passkeys(mia).getByRole('alert')).toContainText('No passkey was created.');
  });

  await passkeys(mia).getByRole('button', { name: 'Rename “Chrome on Linux”' }).press('Enter');
  const field = passkeys(mia).getByRole('textbox', { name: 'Passkey name' });
  await expect(field).toBeFocused();
  await field.fill('Mia’s desk');
  await field.press('Enter');
  await expect(passkeys(mia).getByRole('button', { name: 'Rename “Mia’s desk”' })).toBeFocused();
  await keyboard.press('Escape');

  await mia.signOut();
  const way = mia.button('Use a passkey');
  await touching(key, async () => {
    await way.focus();
    await keyboard.press('Enter');
    await mia.isHome();
  });
  await openSettings(mia);
  await expect(rows).toContainText(/Mia’s desk.*last used/);
  await keyboard.press('Escape');

  // The browser offers it in the field of the address as well; the authenticator of the test takes the offer at once.
  await mia.signOut();
  await expect(mia.page.getByRole('textbox', { name: 'E-mail' })).toHaveAttribute('autocomplete', 'username webauthn');
  await touching(key, async () => {
    await mia.page.reload({ waitUntil: 'commit' });
    await mia.isHome();
  });

  // The browser hears of another name of the account.
  const name = freshName();
  await mia.myStatus().click();
  await mia.page.getByRole('menuitem', { name: 'My profile' }).click();
  await mia.page.getByRole('textbox', { name: 'Display name' }).fill(name);
  await mia.page.getByRole('dialog', { name: 'My profile' }).getByRole('button', { name: 'Done' }).click();
  await expect.poll(async () => (await credentials(key))[0]?.userDisplayName).toBe(name);
  await openSettings(mia);

  await passkeys(mia).getByRole('button', { name: 'Remove “Mia’s desk”' }).press('Enter');
  await expect(passkeys(mia)).toContainText('You won’t be able to sign in with it any more.');
  // The focus moves in the next frame, so a press before that would hit another button.
  await expect(passkeys(mia).getByRole('button', { name: 'Remove', exact: true })).toBeFocused();
  await passkeys(mia).getByRole('button', { name: 'Cancel' }).press('Enter');
  await expect(passkeys(mia).getByRole('button', { name: 'Rename “Mia’s desk”' })).toBeFocused();
  await passkeys(mia).getByRole('button', { name: 'Remove “Mia’s desk”' }).press('Enter');
  await expect(passkeys(mia).getByRole('button', { name: 'Remove', exact: true })).toBeFocused();
  await keyboard.press('Enter');
  await expect(rows).toHaveCount(0);
  await expect(passkeys(mia).getByRole('button', { name: 'Add a passkey' })).toBeFocused();
  await keyboard.press('Escape');

  // The authenticator has removed its half of the passkey, too. Where it was not there to hear of that, it does so at the next try.
  await expect.poll(() => credentials(key)).toEqual([]);
  await mia.signOut();
  await key.cdp.send('WebAuthn.addCredential', { authenticatorId: key.authenticatorId, credential: made! });
  await mia.mayBeRefused(() =>
    touching(key, async () => {
      await way.click();
      await expect(mia.page.getByRole('alert')).toContainText('This passkey doesn’t match any account.');
    }));
  expect(await credentials(key)).toEqual([]);
});

test('the status chosen before signing in holds whichever button is pressed; without a choice it is that of before @night', async ({ company }) => {
  const mia = await company.come({ base: named(company.server.base) });
  const key = await authenticator(mia);
  const { email } = await signUp(mia);
  await openSettings(mia);
  await add(mia, key);
  await mia.page.keyboard.press('Escape');
  const offered = () => mia.page.getByRole('combobox', { name: 'Show me as' });
  const byPassword = async () => {
    await mia.page.getByRole('textbox', { name: 'E-mail' }).fill(email);
    await mia.page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await mia.signInButton().click();
  };
  const byPasskey = () =>
    touching(key, async () => {
      await mia.button('Use a passkey').click();
      await mia.isHome();
    });
  let before = 'online';
  for (const [status, value, press] of [['Appear offline', 'appear_offline', byPasskey], ['Busy', 'busy', byPassword], ['Away', 'away', byPasskey]] as const) {
    await mia.signOut();
    await expect(offered()).toHaveValue(before);
    await offered().selectOption({ label: status });
    await press();
    await mia.isHome();
    await expect(mia.myStatus()).toHaveAccessibleName(new RegExp(status));
    before = value;
  }
  for (const press of [byPassword, byPasskey]) {
    await mia.signOut();
    // Without the cookie this device knows no earlier status.
    await mia.context.clearCookies({ name: 'cfm-look' });
    await mia.page.reload();
    await expect(offered()).toHaveValue('');
    await press();
    await mia.isHome();
    await expect(mia.myStatus()).toHaveAccessibleName(/Away/);
  }
});

test('a passkey on the way to an invite leads back to it @night', async ({ company }) => {
  const mia = await company.come({ base: named(company.server.base) });
  const key = await authenticator(mia);
  await signUp(mia);
  await openSettings(mia);
  await add(mia, key);
  await mia.page.keyboard.press('Escape');
  await mia.signOut();
  const ada = await account(company.server.base);
  const { code } = await ada.api.ok('POST', '/api/me/invites');
  await mia.page.goto(`${mia.base}/i/${code}`);
  await mia.page.getByRole('link', { name: 'Sign in' }).press('Enter');
  const accept = mia.page.getByRole('button', { name: 'Accept' });
  await touching(key, async () => {
    await mia.button('Use a passkey').press('Enter');
    await expect(accept).toBeVisible();
  });
  await accept.press('Enter');
  await mia.isHome();
  await mia.showOffline();
  await expect(mia.contact(ada.user.displayName)).toBeVisible();
});

test('in German, and where the browser knows no passkeys nothing is offered @night', async ({ company }) => {
  const theo = await company.come({ base: named(company.server.base), locale: 'de-DE' });
  await theo.page.goto(`${theo.base}/sign-in`);
  await expect(theo.button('Passkey verwenden')).toBeVisible();

  const old = await company.come({ base: named(company.server.base) });
  await old.context.addInitScript(() => delete (window as { PublicKeyCredential?: unknown }).PublicKeyCredential);
  await signUp(old);
  await old.button('Settings').click();
  await expect(passkeys(old)).toContainText('This browser doesn’t support passkeys.');
  await expect(passkeys(old).getByRole('button')).toHaveCount(0);
  await old.page.keyboard.press('Escape');
  await old.signOut();
  await expect(old.signInButton()).toBeVisible();
  await expect(old.button('Use a passkey')).toHaveCount(0);

  const plain = await company.come({ javaScriptEnabled: false });
  await plain.page.goto(`${plain.base}/sign-in`);
  await expect(plain.signInButton()).toBeVisible();
  await expect(plain.button('Use a passkey')).toHaveCount(0);
});

test('after a while a sign-in is asked for first, and the page stays @night', async ({ company }) => {
  const server = await Server.start({ vars: { ...STORY_VARS, REAUTH_S: '6' } });
  const mia = await company.come({ base: named(server.base) });
  const key = await authenticator(mia);
  const { email } = await signUp(mia);
  const signedInMs = Date.now();
  await openSettings(mia);
  await moment(signedInMs + 6_000);
  const again = mia.page.getByRole('dialog').filter({ hasText: 'For your security, sign in again first.' });
  await mia.mayBeRefused(async () => {
    await passkeys(mia).getByRole('button', { name: 'Add a passkey' }).click();
    await expect(again).toBeVisible();
  });
  await again.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await again.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await again.getByLabel('Password', { exact: true }).press('Enter');
  await expect(again).toBeHidden();
  await add(mia, key);
  await mia.context.close();
  await server.stop();
});

test('characters that everybody plays have no passkeys @night', async ({ company }) => {
  const lea = await company.come();
  await lea.signInAs('Lea');
  await lea.button('Settings').click();
  await expect(settings(lea)).toBeVisible();
  await expect(passkeys(lea)).toHaveCount(0);
});
