// Further actions on messages (ux.md 2.1): every reaction, the earlier texts of a message, forwarding, and bookmarks.

import type { Locator } from '@playwright/test';
import { judge } from '../harness/clean.ts';
import { marker } from '../harness/ids.ts';
import { action as actionOf, allActions } from '../harness/message_actions.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { showSection } from '../harness/settings_dialog.ts';

const dialog = (who: Person, name: string): Locator => who.page.getByRole('dialog', { name });

/** Returns an action of a message. */
const action = (who: Person, partner: string, text: string, name: string): Promise<Locator> => actionOf(who.row(partner, text).first(), name);

test('any emoticon and common emoji is a reaction, by keys as well @night', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come({ viewport: { width: 320, height: 700 } })];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  await farah.open('Kofi');
  await kofi.open('Farah');
  const words = marker();
  await farah.say(words);
  await expect(kofi.row('Farah', words)).toHaveCount(1);

  // The keyboard leads to the message, to its actions, to all reactions, and to one of them.
  await farah.composer().press('Shift+F6');
  await farah.page.keyboard.press('ArrowUp');
  await farah.page.keyboard.press('Shift+F10');
  await expect(farah.row('Kofi', words).getByRole('button', { name: 'React: Thumbs up' })).toBeFocused();
  await (await action(farah, 'Kofi', words, 'Add a reaction')).focus();
  await farah.page.keyboard.press('Enter');
  const all = dialog(farah, 'Add a reaction');
  await expect(all.getByRole('group', { name: 'Common' }).getByRole('button')).toHaveCount(8);
  for (const [group, count] of [['Faces', 28], ['Hands', 12], ['Things', 16], ['World', 9]] as const) {
    await expect(all.getByRole('group', { name: group }).getByRole('button')).toHaveCount(count);
  }
  await judge(farah, 'all reactions');
  await all.getByRole('button', { name: 'Fire' }).focus();
  await farah.page.keyboard.press('ArrowRight');
  await expect(all.getByRole('button', { name: 'Party popper' })).toBeFocused();
  await farah.page.keyboard.press('Enter');
  await expect(all).toBeHidden();
  await expect(farah.row('Kofi', words).first()).toBeFocused();
  await expect(kofi.row('Farah', words).getByRole('button', { name: 'Farah reacted with Party popper' })).toHaveText('🎉');

  // One of our drawings is the same reaction on both pages; the row of reactions offers to add another.
  await kofi.row('Farah', words).getByRole('button', { name: 'Add a reaction' }).first().click();
  await judge(kofi, 'all reactions on a phone');
  await dialog(kofi, 'Add a reaction').getByRole('button', { name: 'coffee', exact: true }).click();
  const coffee = farah.row('Kofi', words).getByRole('button', { name: 'Kofi reacted with coffee' });
  await expect(coffee.locator('img')).toHaveAttribute('src', /em-coffee$/);

  // A second press removes the reaction.
  await kofi.row('Farah', words).getByRole('button', { name: 'You reacted with coffee' }).click();
  await expect(coffee).toHaveCount(0);
});

test('a message takes twelve kinds of reactions; who comes later joins in @night', async ({ company }) => {
  const people = [await company.come(), await company.come(), await company.come()] as const;
  const [farah, kofi, rosa] = people;
  for (const [who, name] of [[farah, 'Farah'], [kofi, 'Kofi'], [rosa, 'Rosa']] as const) {
    await who.signInAs(name);
    await who.open('General');
  }
  const words = marker();
  await farah.say(words);
  const row = (who: Person) => who.row('General', words).first();
  const kinds = [['smile', 'grin', 'cool', 'cat'], ['dog', 'beer', 'cake', 'rose'], ['sun', 'moon', 'Fire', 'Rocket']];
  for (const [at, who] of people.entries()) {
    for (const name of kinds[at]!) {
      await row(who).focus();
      await row(who).getByRole('button', { name: 'Add a reaction' }).last().click();
      await dialog(who, 'Add a reaction').getByRole('button', { name, exact: true }).click();
      await expect(row(who).getByRole('button', { name: `You reacted with ${name}` })).toHaveCount(1);
    }
  }
  await expect(row(farah).getByRole('button', { name: /reacted with/ })).toHaveCount(12);
  await row(farah).focus();
  await row(farah).getByRole('button', { name: 'Add a reaction' }).last().click();
  const all = dialog(farah, 'Add a reaction');
  await expect(all.getByRole('button', { name: 'Heart', exact: true })).toBeDisabled();
  await all.getByRole('button', { name: 'sun', exact: true }).click();
  await expect(row(rosa).getByRole('button', { name: 'You, Farah reacted with sun' }).or(row(rosa).getByRole('button', { name: 'Farah, You reacted with sun' }))).toBeVisible();
});

test('what a message said before can be read again, as far as this device or the log knows it @night', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come()];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  await farah.open('Kofi');
  await kofi.open('Farah');
  const [one, two, three] = [marker(), marker(), marker()];
  await farah.say(one);
  await expect(kofi.row('Farah', one)).toHaveCount(1);
  await expect(farah.row('Kofi', one)).toContainText(/Sent|Delivered|Read/);
  for (const next of [two, three]) {
    await farah.composer().press('ArrowUp');
    await farah.composer().fill(next);
    await farah.composer().press('Enter');
    await expect(kofi.row('Farah', next)).toContainText(/edited/);
  }
  await kofi.row('Farah', three).getByRole('button', { name: /^edited/ }).click();
  const texts = dialog(kofi, 'Edit history').getByRole('list', { name: 'Edit history' }).getByRole('listitem');
  await expect(texts).toHaveCount(2);
  await expect(texts.first()).toContainText(one);
  await expect(texts.last()).toContainText(two);
  await judge(kofi, 'earlier texts');
  await kofi.page.keyboard.press('Escape');
  await expect(kofi.row('Farah', three).first()).toBeFocused();

  // A new device has not seen the first text and says so. A deleted message shows no earlier text.
  const later = await company.come();
  await later.signInAsGuest('Later Guest');
  await farah.open('General');
  await farah.say(one);
  await expect(farah.row('General', one)).toContainText(/Sent|Delivered|Read/);
  await farah.composer().press('ArrowUp');
  await farah.composer().fill(`${two} here`);
  await farah.composer().press('Enter');
  await expect(farah.row('General', `${two} here`)).toContainText(/edited/);
  await later.open('General');
  await later.row('General', `${two} here`).getByRole('button', { name: /^edited/ }).click();
  await expect(dialog(later, 'Edit history')).toContainText('The original text isn’t available on this device.');
  await expect(dialog(later, 'Edit history').getByText('One moment…')).toHaveCount(0);
});

test('a message is sent on to somebody else, word for word @night', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come()];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  await farah.open('General');
  const mark = marker();
  const words = `for *everybody* ${mark} :)`;
  await farah.say(words);
  await expect(farah.row('General', mark)).toContainText(/Sent|Delivered|Read/);
  await (await action(farah, 'General', mark, 'Forward')).click();
  const to = dialog(farah, 'Forward to');
  await judge(farah, 'forward to');
  await to.getByRole('searchbox').fill('Kof');
  await farah.page.keyboard.press('ArrowDown');
  await expect(to.getByRole('button', { name: 'Kofi' })).toBeFocused();
  await farah.page.keyboard.press('Enter');
  await expect(to).toBeHidden();
  await expect(farah.log('Kofi')).toBeVisible();
  await expect(farah.row('Kofi', mark)).toContainText(/Sent|Delivered|Read/);
  await kofi.open('Farah');
  await expect(kofi.row('Farah', mark)).toHaveCount(1);
  await expect(kofi.row('Farah', mark).locator('strong')).toHaveText('everybody');
  await expect(kofi.row('Farah', mark).getByRole('img', { name: 'smile :)' })).toBeVisible();
});

for (const viewport of [{ width: 1280, height: 800 }, { width: 390, height: 844 }]) {
  test(`a message is kept, found again as it reads now, and let go at ${viewport.width} px @night`, async ({ company }) => {
    const [farah, kofi] = [await company.come({ viewport }), await company.come()];
    await farah.signInAs('Farah');
    await kofi.signInAs('Kofi');
    await kofi.open('Farah');
    await farah.open('Kofi');
    const [one, two] = [marker(), marker()];
    await kofi.say(one);
    await kofi.say(`gone ${two}`);
    for (const words of [one, two]) {
      await expect(farah.row('Kofi', words)).toHaveCount(1);
      const keep = await action(farah, 'Kofi', words, 'Save');
      await keep.click();
      await expect(keep).toHaveAttribute('aria-pressed', 'true');
    }
    await (await action(kofi, 'Farah', `gone ${two}`, 'Delete for everyone')).click();
    await expect(farah.row('Kofi', `gone ${two}`)).toHaveCount(0);
    await expect(kofi.row('Farah', `gone ${two}`)).toHaveCount(0);
    await kofi.composer().press('ArrowUp');
    await kofi.composer().fill(`${one} anew`);
    await kofi.composer().press('Enter');
    await expect(farah.row('Kofi', `${one} anew`)).toHaveCount(1);

    await farah.page.reload();
    // On a phone the open conversation covers the list.
    if (viewport.width < 600) await farah.button('Back to contacts').click();
    await farah.isHome();
    if (viewport.width < 600) {
      await farah.button('Menu').click();
    } else {
      await farah.open('Music');
      await farah.button('List options').click();
    }
    await farah.button('Saved messages').click();
    const kept = dialog(farah, 'Saved messages').getByRole('list', { name: 'Saved messages' });
    await expect(kept.getByRole('listitem')).toHaveCount(1);
    await expect(kept.getByRole('button', { name: `Kofi in Kofi: ${one} anew` })).toBeVisible();
    await judge(farah, 'kept messages');
    await kept.getByRole('button', { name: /^Kofi in Kofi:/ }).click();
    await expect(farah.row('Kofi', `${one} anew`).first()).toBeFocused();
    const keep = await action(farah, 'Kofi', `${one} anew`, 'Save');
    await expect(keep).toHaveAttribute('aria-pressed', 'true');
    await keep.click();
    await expect(keep).toHaveAttribute('aria-pressed', 'false');
  });
}

test('all of it speaks German @night', async ({ company }) => {
  const farah = await company.come();
  await farah.page.goto(`${farah.base}/sign-in?lang=de`);
  await farah.choosePersona('Farah');
  await farah.button('Mitmachen').click();
  await farah.isAlive();
  await farah.page.getByRole('navigation', { name: 'Kontakte' }).getByRole('treeitem', { name: /^Allgemein/ }).click();
  const words = marker();
  await farah.page.getByRole('textbox', { name: 'Nachricht', exact: true }).fill(words);
  await farah.page.keyboard.press('Enter');
  const row = farah.page.getByRole('log').getByRole('listitem').filter({ hasText: words });
  await expect(row).toContainText(/Gesendet|Zugestellt|Gelesen/);
  await row.focus();
  await row.getByRole('button', { name: 'Reaktion hinzufügen' }).click();
  await dialog(farah, 'Reaktion hinzufügen').getByRole('button', { name: 'Kaffee', exact: true }).click();
  await expect(row.getByRole('button', { name: 'Mit „Kaffee“ reagiert: Du' })).toBeVisible();
  await (await allActions(row, 'de')).getByRole('button', { name: 'Weiterleiten', exact: true }).click();
  await expect(dialog(farah, 'Weiterleiten an')).toBeVisible();
  await farah.page.keyboard.press('Escape');
  await farah.button('Listenoptionen').click();
  await farah.button('Gespeicherte Nachrichten').click();
  await expect(dialog(farah, 'Gespeicherte Nachrichten')).toContainText('Keine gespeicherten Nachrichten.');
  await farah.page.keyboard.press('Escape');
  await farah.button('Einstellungen').click();
  await showSection(farah.page, 'Benachrichtigungen');
  await expect(dialog(farah, 'Einstellungen').getByRole('radiogroup', { name: 'Hinweise anzeigen' }).getByRole('radio', { name: '15 Sekunden' })).toBeVisible();
});

test('whoever has a nickname has it in what happened in a group, among its members and in what was found @night', async ({ company }) => {
  const [lea, walter] = [await company.come(), await company.come()];
  await lea.signInAs('Lea');
  await walter.signInAs('Walter');
  const arrange = await lea.arrange('Walter');
  await arrange.getByRole('textbox', { name: 'Nickname' }).fill('Captain');
  await arrange.getByRole('button', { name: 'Done' }).click();
  await expect(lea.contact('Captain').first()).toBeVisible();
  await lea.button('New group').click();
  const group = `Crew ${marker()}`;
  await dialog(lea, 'New group').getByRole('textbox', { name: 'Group name' }).fill(group);
  await dialog(lea, 'New group').getByRole('button', { name: 'Create group' }).click();
  await expect(lea.log(group)).toBeVisible();
  await lea.button('Invite').click();
  await dialog(lea, 'Invite people').getByRole('checkbox', { name: 'Captain' }).check();
  await dialog(lea, 'Invite people').getByRole('button', { name: 'Invite', exact: true }).click();
  await expect(lea.row(group, 'Lea added Captain.')).toHaveCount(1);
  await walter.open(group);
  await expect(walter.row(group, 'Lea added Walter.')).toHaveCount(1);
  const words = marker();
  await walter.say(words);
  await expect(lea.row(group, words)).toHaveCount(1);
  await lea.button('Members').click();
  await expect(dialog(lea, 'Members').getByRole('list', { name: 'Members' })).toContainText('Captain');
  await expect(dialog(lea, 'Members').getByRole('button', { name: 'Remove Captain' })).toBeVisible();
  await lea.page.keyboard.press('Escape');
  const box = lea.page.getByRole('searchbox', { name: 'Search people and messages' });
  await box.fill(words);
  await box.press('Enter');
  await expect(lea.contacts().getByRole('button', { name: `Captain in ${group}: ${words}` })).toBeVisible();
  await expect(lea.status(/^1 result in all \d+ conversations\.$/)).toBeVisible();
});
