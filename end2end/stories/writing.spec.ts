// What one writes, and what is made of it: the last message edited by a key, code and quotes.

import { marker } from '../harness/ids.ts';
import { expect, test } from '../harness/people.ts';

test('the key up in an empty field edits the last own message, Escape leaves it as it is', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come()];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  await farah.open('Kofi');
  await kofi.open('Farah');
  const [theirs, first, last] = [`theirs ${marker()}`, `first ${marker()}`, `last ${marker()}`];
  await kofi.say(theirs);
  await expect(farah.row('Kofi', theirs)).toHaveCount(1);
  // Nothing of one's own: the key leads into the log.
  await farah.composer().press('ArrowUp');
  await expect(farah.row('Kofi', theirs).last()).toBeFocused();

  await farah.say(first);
  await farah.say(last);
  await expect(farah.row('Kofi', last)).toContainText(/Sent|Delivered|Read/);
  await kofi.say('in between');
  await expect(farah.row('Kofi', 'in between')).toHaveCount(1);
  await farah.composer().press('ArrowUp');
  await expect(farah.composer()).toHaveValue(last);
  await expect(farah.status('Editing your message')).toBeVisible();
  await farah.composer().press('Escape');
  await expect(farah.status('Editing your message')).toHaveCount(0);
  await expect(farah.composer()).toHaveValue('');
  await expect(farah.composer()).toBeFocused();

  await farah.composer().press('ArrowUp');
  await farah.page.keyboard.type(', really');
  await farah.composer().press('Enter');
  for (const [who, partner] of [[farah, 'Kofi'], [kofi, 'Farah']] as const) {
    await expect(who.row(partner, `${last}, really`)).toContainText(/edited/);
    await expect(who.row(partner, first)).not.toContainText(/edited/);
  }
  // What was edited is no draft of the next message.
  await farah.composer().press('ArrowUp');
  await farah.page.keyboard.type(' and truly');
  await farah.composer().press('Escape');
  await farah.page.reload();
  await farah.isHome();
  await expect(farah.log('Kofi')).toBeVisible();
  await expect(farah.row('Kofi', `${last}, really`)).toHaveCount(1);
  await expect(farah.composer()).toHaveValue('');
});

test('what was being written is there again after an edit, whether it was sent or given up', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Drafter');
  await person.open('General');
  const [said, half] = [`said ${marker()}`, `half a thought ${marker()}`];
  await person.say(said);
  const row = person.row('General', said).first();
  await expect(row).toContainText(/Sent|Delivered|Read/);
  for (const ends of ['Escape', 'Enter']) {
    await person.composer().fill(half);
    await row.focus();
    await row.getByRole('group', { name: 'Message actions' }).getByRole('button', { name: 'Edit', exact: true }).click();
    await expect(person.composer()).toHaveValue(said);
    await person.composer().press('End');
    await person.page.keyboard.type('!');
    await person.composer().press(ends);
    await expect(person.composer()).toHaveValue(half);
  }
  await expect(person.row('General', `${said}!`)).toContainText(/edited/);
  // Also what was written only a moment before the page went.
  for (const last of [half, `${half}, and more`, '']) {
    await person.composer().fill(last);
    await person.page.reload();
    await person.isHome();
    await expect(person.composer()).toHaveValue(last);
  }
});

test('what is copied from a message are the keys that were typed', async ({ company }) => {
  const person = await company.come({ permissions: ['clipboard-read', 'clipboard-write'] });
  await person.signInAsGuest('Copier');
  await person.open('General');
  const mark = marker();
  await person.say(`${mark} good :) (Y) bye`);
  const row = person.row('General', mark).first();
  await expect(row.getByRole('img', { name: 'smile :)' })).toBeVisible();
  await row.evaluate((row) => getSelection()!.selectAllChildren(row));
  await person.page.keyboard.press('Control+c');
  await expect.poll(() => person.page.evaluate(() => navigator.clipboard.readText())).toContain(`${mark} good :) (Y) bye`);
});

test('code and quotes are shown as such, nothing in code is changed, and no text becomes anything else', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come()];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  await farah.open('Kofi');
  await kofi.open('Farah');
  const mark = marker();
  await farah.say(`${mark} try \`a :) http://example.org/x\` :)`);
  const line = kofi.row('Farah', mark);
  await expect(line.getByRole('code')).toHaveText('a :) http://example.org/x');
  await expect(line.getByRole('link')).toHaveCount(0);
  await expect(line.getByRole('img')).toHaveCount(1);
  await expect(line.getByRole('img', { name: 'smile :)' })).toBeVisible();

  const block = marker();
  await farah.say(`> he said ${block} :)\n> and so on\nso:\n\`\`\`\nif (a < b) {\n  c(:D);\n}\n\`\`\`\n*no* <b>bold</b> <img src=x onerror=alert(1)>`);
  const row = kofi.row('Farah', block);
  await expect(row.getByRole('blockquote')).toContainText(`he said ${block}`);
  await expect(row.getByRole('blockquote').getByRole('img', { name: 'smile :)' })).toBeVisible();
  await expect(row.getByText('if (a < b) {\n  c(:D);\n}', { exact: true })).toBeVisible();
  await expect(row).toContainText('*no* <b>bold</b> <img src=x onerror=alert(1)>');
  await expect(row.getByRole('img')).toHaveCount(1);

  await expect(farah.row('Kofi', block)).toContainText(/Sent|Delivered|Read/);
  // On the wire, and for whoever edits it, it stays as it was typed.
  await farah.composer().press('ArrowUp');
  await expect(farah.composer()).toHaveValue(new RegExp(`^> he said ${block} :\\)\\n> and so on\\nso:\\n\`\`\``));
});

test('the field one writes in is as high as one wants it, by keys and by pointer, also after a reload', async ({ company }) => {
  const mia = await company.come({ viewport: { width: 1280, height: 800 } });
  await mia.signInAs('Mia');
  await mia.open('General');
  const edge = mia.page.getByRole('separator', { name: 'Height of the message field' });
  const height = () => mia.composer().evaluate((field) => Math.round(field.getBoundingClientRect().height));
  await expect(edge).toHaveAttribute('aria-valuenow', '125');
  await expect(edge).toHaveAttribute('aria-orientation', 'horizontal');
  const usual = await height();
  await edge.focus();
  await mia.page.keyboard.press('ArrowUp');
  await expect(edge).toHaveAttribute('aria-valuenow', '137');
  await expect.poll(height).toBe(usual + 12);
  await mia.page.keyboard.press('Home');
  await expect.poll(height).toBe(usual);
  const box = (await edge.boundingBox())!;
  await mia.page.mouse.move(box.x + 200, box.y + box.height / 2);
  await mia.page.mouse.down();
  await mia.page.mouse.move(box.x + 200, box.y - 100, { steps: 4 });
  await mia.page.mouse.up();
  const chosen = Number(await edge.getAttribute('aria-valuenow'));
  expect(chosen).toBeGreaterThan(210);
  await expect.poll(height).toBeGreaterThan(usual + 80);
  await mia.page.mouse.move(box.x + 200, box.y + 20);
  await expect(edge, 'it was let go').toHaveAttribute('aria-valuenow', String(chosen));
  await mia.page.reload();
  await mia.isHome();
  await expect(edge).toHaveAttribute('aria-valuenow', String(chosen));
  await expect.poll(height).toBeGreaterThan(usual + 80);
  // A phone has no room for it.
  await mia.page.setViewportSize({ width: 390, height: 844 });
  await expect(edge).toBeHidden();
  await expect(mia.composer()).toBeInViewport({ ratio: 1 });
});

test('the action Copy gives the text of a message as it was typed', async ({ company }) => {
  const person = await company.come({ permissions: ['clipboard-read', 'clipboard-write'] });
  await person.signInAsGuest('Copier');
  await person.open('General');
  const words = `${marker()} good :) \`and\` code`;
  await person.say(words);
  const row = person.row('General', words.slice(0, 16)).first();
  await expect(row).toContainText(/Sent|Delivered|Read/);
  await row.focus();
  await row.getByRole('group', { name: 'Message actions' }).getByRole('button', { name: 'Copy', exact: true }).click();
  await expect.poll(() => person.page.evaluate(() => navigator.clipboard.readText())).toBe(words);
});

test('Send waits for something that can be sent, and too much says why it is not', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Talker');
  await person.open('General');
  const send = person.button('Send');
  await expect(send).toBeDisabled();
  await person.composer().fill('   ');
  await expect(send).toBeDisabled();
  await person.composer().fill('word');
  await expect(send).toBeEnabled();
  await expect(person.composer()).not.toHaveAttribute('aria-invalid', /./);

  await person.composer().fill('x'.repeat(2_049));
  await expect(send).toBeDisabled();
  await expect(person.composer()).toHaveAttribute('aria-invalid', 'true');
  const why = person.status('Too long to send: 2,049 / 2,048 characters.');
  await expect(why).toHaveCount(1);
  await expect(why).toBeAttached();
  // Each press says it again: a new text, the same words.
  const before = await why.evaluateHandle((why) => why.firstElementChild);
  await person.composer().press('Enter');
  await expect.poll(() => why.evaluate((why, before) => why.firstElementChild !== before, before)).toBe(true);
  await expect(person.composer()).toHaveValue('x'.repeat(2_049));

  await person.composer().fill(`${'x'.repeat(2_000)} ${marker()}`);
  await expect(why).toHaveCount(0);
  await expect(send).toBeEnabled();
  await send.click();
  await expect(person.composer()).toBeFocused();
  await expect(person.composer()).toHaveValue('');
  await expect(send).toBeDisabled();
});
