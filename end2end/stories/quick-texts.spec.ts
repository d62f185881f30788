// ux.md 2.11: short texts of one's own, which the composer offers; those of an account are on all of its devices.

import { freshEmail, PASSWORD, register } from '../harness/accounts.ts';
import { judge } from '../harness/clean.ts';
import { marker } from '../harness/ids.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';

const dialog = (person: Person) => person.page.getByRole('dialog', { name: 'Quick texts' });
const fields = (person: Person) => dialog(person).getByRole('list', { name: 'Quick texts' }).getByRole('textbox');
const menu = (person: Person) => person.page.getByRole('menu', { name: 'Quick texts' });

async function openQuickTexts(person: Person): Promise<void> {
  const settings = await openSettings(person.page, 'Messages');
  await settings.getByRole('button', { name: 'Quick texts' }).click();
  await expect(dialog(person)).toBeVisible();
}

async function add(person: Person, text: string): Promise<void> {
  await dialog(person).getByRole('textbox', { name: 'New quick text' }).fill(text);
  await person.page.keyboard.press('Enter');
}

for (const viewport of [{ width: 1280, height: 800 }, { width: 320, height: 700 }]) {
  test(`quick texts are made in the settings and written at the caret, at ${viewport.width} px @night`, async ({ company }) => {
    const mia = await company.come({ viewport });
    await mia.signInAsGuest('Quick');
    await mia.open('General');
    await expect(mia.button('Quick texts')).toHaveCount(0);
    if (viewport.width < 600) await mia.button('Back to contacts').click();
    await openQuickTexts(mia);
    const [first, second] = [`on my way ${marker()}`, `see you ${marker()}`];
    await add(mia, first);
    await add(mia, '   ');
    await add(mia, second);
    await expect(fields(mia)).toHaveCount(2);
    await judge(mia, 'quick texts');
    await dialog(mia).getByRole('button', { name: `Move ${second} up` }).press('Enter');
    await expect(fields(mia).first()).toHaveValue(second);
    await fields(mia).last().fill(`${first}!`);
    await fields(mia).last().press('Tab');
    await mia.page.keyboard.press('Escape');
    await expect(dialog(mia)).toBeHidden();

    await mia.open('General');
    await mia.composer().fill('Well,');
    await mia.button('Quick texts').click();
    await expect(menu(mia).getByRole('menuitem')).toHaveText([second, `${first}!`, 'Edit quick texts…']);
    await judge(mia, 'menu of quick texts');
    await mia.page.keyboard.press('ArrowDown');
    await mia.page.keyboard.press('Enter');
    await expect(mia.composer()).toHaveValue(`Well, ${first}! `);
    await expect(mia.composer()).toBeFocused();

    await mia.button('Quick texts').click();
    await menu(mia).getByRole('menuitem', { name: 'Edit quick texts…' }).click();
    for (const text of [second, `${first}!`]) await dialog(mia).getByRole('button', { name: `Remove ${text}` }).click();
    await dialog(mia).getByRole('button', { name: 'Done' }).click();
    await expect(mia.button('Quick texts')).toHaveCount(0);
  });
}

test('quick texts of an account are on its other browser, in their order @night', async ({ company }) => {
  const [one, other] = [await company.come(), await company.come()];
  const email = freshEmail();
  expect((await register(one.base, { email })).status).toBeLessThan(300);
  await one.signInWith({ email, password: PASSWORD });
  await other.signInWith({ email, password: PASSWORD });
  await openQuickTexts(one);
  await openQuickTexts(other);
  const [first, second] = [marker(), marker()];
  await add(one, first);
  await add(one, second);
  await one.button(`Move ${second} up`).press('Enter');
  await expect(fields(other)).toHaveCount(2);
  await expect(fields(other).first()).toHaveValue(second);
  await other.button(`Remove ${second}`).press('Enter');
  await expect(fields(one)).toHaveCount(1);
  await expect(fields(one)).toHaveValue(first);
});
