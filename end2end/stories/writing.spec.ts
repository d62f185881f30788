// Writing: the last message is edited or taken back by a key; words, code and quotes are formatted; commands are carried out.

import { readFile } from 'node:fs/promises';
import { account } from '../harness/accounts.ts';
import { marker } from '../harness/ids.ts';
import { action } from '../harness/message_actions.ts';
import { clipboardText, expect, holdBack, isComplete, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';
import { signInByPassword } from '../harness/sign_up.ts';

test('the key up in an empty field edits the last own message, Escape leaves it as it is', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come()];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  await farah.open('Kofi');
  await kofi.open('Farah');
  const [theirs, first, last] = [`theirs ${marker()}`, `first ${marker()}`, `last ${marker()}`];
  await kofi.say(theirs);
  await expect(farah.row('Kofi', theirs)).toHaveCount(1);
  // Without an own message the key leads into the log.
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
  // An edit that was cancelled leaves no draft.
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
    await (await action(row, 'Edit')).click();
    await expect(person.composer()).toHaveValue(said);
    await person.composer().press('End');
    await person.page.keyboard.type('!');
    await person.composer().press(ends);
    await expect(person.composer()).toHaveValue(half);
  }
  await expect(person.row('General', `${said}!`)).toContainText(/edited/);
  // The draft also keeps text that was typed right before the reload.
  for (const last of [`${half} again`, `${half}, and more`, '']) {
    await person.composer().fill(last);
    await person.page.reload();
    await person.isHome();
    await expect(person.composer()).toHaveValue(last);
  }
});

test('what is being written before the rest of the page is there is told once it is, and what was sent meanwhile is not @night', async ({ company }) => {
  const farah = await company.come({ serviceWorkers: 'block', restHeld: true });
  const rest = await holdBack(farah.page, /\/pkg\/[^/]*home[^/]*\.wasm$/);
  const saved: [string, string][] = [];
  farah.page.on('request', (request) => {
    const [, room] = /\/api\/me\/drafts\/(.+)$/.exec(request.url()) ?? [];
    if (room && request.method() === 'PUT') saved.push([room, request.postDataJSON().content]);
  });
  await farah.signInAs('Farah');
  await rest.asked;
  await farah.open('Music');
  await farah.say(`said ${marker()}`);
  await farah.open('General');
  const half = `half a thought ${marker()}`;
  await farah.composer().fill(half);
  expect(saved).toEqual([]);
  // The button that picks files comes with the rest; its place is there before.
  const place = (await farah.page.locator('.fmt-slot').boundingBox())!;
  expect(place.width).toBeGreaterThanOrEqual(28);
  rest.release();
  await expect.poll(async () => (await farah.button('Attach files').boundingBox())?.x).toBeCloseTo(place.x, 0);
  await expect.poll(() => saved).toContainEqual(['general', half]);
  expect(saved.map(([room]) => room)).not.toContain('music');
  await expect(farah.composer()).toHaveValue(half);
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
  await expect.poll(() => clipboardText(person.page)).toContain(`${mark} good :) (Y) bye`);
});

test('code and quotes are shown as such, nothing in code is changed, and no text becomes anything else @night', async ({ company }) => {
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
  await farah.say(`> he said ${block} :)\n> and so on\nso:\n\`\`\`\nif (a < b) {\n  c(:D);\n}\n\`\`\`\n**no** <b>bold</b> <img src=x onerror=alert(1)>`);
  const row = kofi.row('Farah', block);
  await expect(row.getByRole('blockquote')).toContainText(`he said ${block}`);
  await expect(row.getByRole('blockquote').getByRole('img', { name: 'smile :)' })).toBeVisible();
  await expect(row.getByText('if (a < b) {\n  c(:D);\n}', { exact: true })).toBeVisible();
  await expect(row).toContainText('**no** <b>bold</b> <img src=x onerror=alert(1)>');
  await expect(row.getByRole('img')).toHaveCount(1);

  await expect(farah.row('Kofi', block)).toContainText(/Sent|Delivered|Read/);
  // On the wire and in an edit the text stays as it was typed.
  await farah.composer().press('ArrowUp');
  await expect(farah.composer()).toHaveValue(new RegExp(`^> he said ${block} :\\)\\n> and so on\\nso:\\n\`\`\``));
});

test('the field one writes in is as high as one wants it, by keys and by pointer, also after a reload @night', async ({ company }) => {
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
  // A phone has no room for the handle.
  await mia.page.setViewportSize({ width: 390, height: 844 });
  await expect(edge).toBeHidden();
  await expect(mia.composer()).toBeInViewport({ ratio: 1 });
});

test('the action Copy gives the text of a message as it was typed @night', async ({ company }) => {
  const person = await company.come({ permissions: ['clipboard-read', 'clipboard-write'] });
  await person.signInAsGuest('Copier');
  await person.open('General');
  const words = `${marker()} good :) \`and\` code`;
  await person.say(words);
  const row = person.row('General', words.slice(0, 16)).first();
  await expect(row).toContainText(/Sent|Delivered|Read/);
  await (await action(row, 'Copy')).click();
  await expect.poll(() => clipboardText(person.page)).toBe(words);
});

test('Send waits for something that can be sent, and too much says why it is not @night', async ({ company }) => {
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

  // The counter appears only near the limit.
  const counter = person.page.getByText(/^[\d,]+ \/ 2,048/);
  await person.composer().fill('x'.repeat(1_800));
  await expect(counter.first()).toHaveText(/^1,800 /);
  await person.composer().fill('x'.repeat(1_799));
  await expect(counter).toHaveCount(0);

  await person.composer().fill('x'.repeat(2_049));
  await expect(send).toBeDisabled();
  await expect(person.composer()).toHaveAttribute('aria-invalid', 'true');
  const why = person.status('Too long to send: 2,049 / 2,048 characters.');
  await expect(why).toHaveCount(1);
  await expect(why).toBeAttached();
  // Each press replaces the text by the same one, so that it is announced again.
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

test('what is too long to be said can go as a text file, but not into a message that is being changed @night', async ({ company }) => {
  const [runa, zuri] = [await company.come(), await company.come()];
  await runa.signInAs('Runa');
  await zuri.signInAs('Zuri');
  await runa.open('Zuri');
  await zuri.open('Runa');
  const [mark, file] = [marker(), runa.button('Send as a text file')];
  await runa.say(mark);
  await runa.composer().fill(`${'ä'.repeat(2_048)}`);
  await expect(file).toHaveCount(0);
  const poem = `${'ä'.repeat(2_048)}\n${mark}, and a last line`;
  await runa.composer().fill(poem);
  await file.press('Enter');
  const tray = runa.page.getByRole('group', { name: 'Attachments' });
  await expect(tray.getByRole('listitem')).toContainText('message.txt');
  await expect(runa.composer()).toBeFocused();
  await expect(runa.composer()).toHaveValue('');
  await runa.say('the whole of it');
  const link = zuri.row('Runa', 'the whole of it').getByRole('link', { name: /^message\.txt/ });
  await expect(link).toBeVisible();
  const written = zuri.page.waitForEvent('download');
  await link.click();
  expect(await readFile(await (await written).path(), 'utf8')).toBe(poem);

  await runa.composer().press('ArrowUp');
  await expect(runa.composer()).toHaveValue('the whole of it');
  await runa.composer().fill(poem);
  await expect(runa.status('Too long to send')).toHaveCount(1);
  await expect(file).toHaveCount(0);
});

test('what one begins to write goes on on another device, and is gone from both when it is sent @night', async ({ company, server }) => {
  const { email } = await account(server.base);
  const signIn = async (person: Person): Promise<void> => {
    await signInByPassword(person, email);
    await person.isHome();
  };
  const [desk, phone, late] = [await company.come(), await company.come(), await company.come()];
  for (const device of [desk, phone]) {
    await signIn(device);
    await device.open('General');
  }
  const begun = `begun ${marker()}`;
  await desk.composer().fill(begun);
  await expect(phone.composer()).toHaveValue(begun);
  // A later device has the draft in its list and in the conversation.
  await signIn(late);
  await expect(late.contact('General')).toHaveAccessibleDescription(`Draft: ${begun}`);
  await late.open('General');
  await expect(late.composer()).toHaveValue(begun);

  // A field that is being edited is not overwritten; untouched fields follow the draft.
  await phone.composer().press('End');
  await phone.page.keyboard.type(' and goes on');
  await expect(late.composer()).toHaveValue(`${begun} and goes on`);
  await expect(desk.composer()).toHaveValue(begun);
  await phone.composer().press('Enter');
  for (const device of [desk, phone, late]) {
    await expect(device.row('General', `${begun} and goes on`)).toHaveCount(1);
    await expect(device.composer()).toHaveValue('');
  }
  await late.page.reload();
  await expect(late.row('General', `${begun} and goes on`)).toHaveCount(1);
  await expect(late.composer()).toHaveValue('');
});

test('tabs of a browser write one draft, and it ends in both when one of them sends it', async ({ company }) => {
  const guest = await company.come();
  await guest.signInAsGuest('Two tabs');
  await guest.open('General');
  const other = await guest.context.newPage();
  await other.goto(`${guest.base}/app`);
  await isComplete(other);
  const there = other.getByRole('textbox', { name: 'Message', exact: true });
  const words = `half a thought ${marker()}`;
  await guest.composer().fill(words);
  await expect(there).toHaveValue(words);
  await there.press('Enter');
  await expect(guest.composer()).toHaveValue('');
  await expect(guest.row('General', words)).toHaveCount(1);
  await guest.page.reload();
  await guest.isHome();
  await expect(guest.composer()).toHaveValue('');
});

test('an emoticon from the picker is taken back by the keys that take back what was typed', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Undoer');
  await person.open('General');
  await person.composer().click();
  await person.page.keyboard.type('well');
  await person.button('Emoticons').click();
  await person.page.getByRole('dialog', { name: 'Emoticons' }).getByRole('button', { name: 'smile :)' }).click();
  await expect(person.composer()).toHaveValue('well :) ');
  await expect(person.composer()).toBeFocused();
  await person.page.keyboard.press('ControlOrMeta+z');
  await expect(person.composer()).toHaveValue('well');
});

test('the day turns at midnight on a page that stays open, and a clock that is ahead takes no action away @night', async ({ company }) => {
  const person = await company.come();
  const midnight = new Date();
  midnight.setHours(24, 0, 0, 0);
  // The clock of the test tool is not used, because its timers have ids that a wasm page cannot take.
  await person.page.addInitScript((aheadMs) => {
    const Real = Date;
    globalThis.Date = class extends Real {
      constructor(...parts: [] | [number]) {
        super(...(parts.length > 0 ? parts : [Real.now() + aheadMs]) as [number]);
      }
      static override now = () => Real.now() + aheadMs;
    } as DateConstructor;
  }, midnight.getTime() - 25_000 - Date.now());
  await person.signInAsGuest('Wakeful');
  await person.open('General');
  const words = marker();
  await person.say(words);
  const row = person.row('General', words);
  await expect(row).toContainText('Sent');
  // The device's clock is hours ahead. The age of a message follows the server's clock.
  await row.hover();
  await expect(row.getByRole('button', { name: 'Edit' })).toBeVisible();
  await expect(person.log('General')).toContainText('Today, ');
  await expect(person.log('General')).toContainText('Yesterday, ', { timeout: 60_000 });
  await expect(person.log('General')).not.toContainText('Today, ');
});

test('marks style words, commands are offered and carried out, and what was just sent can be taken back', async ({ company }) => {
  const [farah, kofi] = [await company.come(), await company.come()];
  await farah.signInAs('Farah');
  await kofi.signInAs('Kofi');
  await farah.open('Kofi');
  await kofi.open('Farah');
  const styled = marker();
  await farah.say(`${styled} *bold* _italic_ ~struck~ snake_case 2*3*4`);
  const line = kofi.row('Farah', styled);
  await expect(line.getByRole('strong')).toHaveText('bold');
  await expect(line.getByRole('emphasis')).toHaveText('italic');
  await expect(line.locator('s')).toHaveText('struck');
  await expect(line).toContainText('struck snake_case 2*3*4');

  // The focus stays in the composer, which names the chosen command.
  const commands = farah.page.getByRole('listbox', { name: 'Commands' }).getByRole('option');
  await farah.composer().pressSequentially('/n');
  await expect(commands).toHaveCount(2);
  await expect(commands.nth(0)).toHaveAttribute('aria-selected', 'true');
  await farah.composer().press('ArrowDown');
  await expect(commands.nth(1)).toHaveAttribute('aria-selected', 'true');
  await expect(farah.composer()).toHaveAttribute('aria-activedescendant', (await commands.nth(1).getAttribute('id'))!);
  await farah.composer().press('Escape');
  await expect(commands).toHaveCount(0);
  await expect(farah.composer()).toBeFocused();
  await farah.composer().fill('');
  await farah.composer().pressSequentially('/m');
  await expect(commands).toHaveCount(1);
  await farah.composer().press('Tab');
  await expect(farah.composer()).toHaveValue('/me ');
  const act = marker();
  await farah.page.keyboard.type(`waves ${act}`);
  await farah.composer().press('Enter');
  for (const [who, partner] of [[farah, 'Kofi'], [kofi, 'Farah']] as const) {
    await expect(who.row(partner, act)).toContainText(`* Farah waves ${act}`);
  }
  await farah.say('/etc');
  await expect(farah.status('There’s no command /etc.')).toBeVisible();
  await expect(farah.composer()).toHaveValue('/etc');
  const path = marker();
  await farah.say(`//etc ${path}`);
  await expect(kofi.row('Farah', path)).toContainText(`/etc ${path}`);

  const slip = `slip ${marker()}`;
  await farah.say(slip);
  await farah.composer().press('ControlOrMeta+z');
  await expect(farah.composer()).toHaveValue(slip);
  await expect(farah.row('Kofi', slip)).toHaveCount(0);
  await expect(farah.status('Message unsent.')).toBeAttached();
  await farah.composer().press('Enter');
  await expect(kofi.row('Farah', slip)).toHaveCount(1);
  await expect(kofi.row('Farah', path)).toHaveCount(1);
});

test('marks are shown instead of styles for who wants that, and a copied text has them in any case @night', async ({ company }) => {
  const person = await company.come({ permissions: ['clipboard-read', 'clipboard-write'] });
  await person.signInAsGuest('Marker');
  await person.open('General');
  const words = `${marker()} *bold* and ~struck~`;
  await person.say(words);
  const row = person.row('General', words.slice(0, words.indexOf(' '))).first();
  await expect(row).toContainText(/Sent|Delivered|Read/);
  await expect(row.getByRole('strong')).toHaveText('bold');
  await (await action(row, 'Copy')).click();
  await expect.poll(() => clipboardText(person.page)).toBe(words);
  // A quotation has the words without their marks.
  await (await action(row, 'Reply')).click();
  const answer = `answer ${marker()}`;
  await person.say(answer);
  const quote = person.row('General', answer).getByRole('button', { name: /bold and struck/ });
  await expect(quote).toBeVisible();

  const settings = await openSettings(person.page, 'Messages');
  await settings.getByRole('switch', { name: 'Show *bold*, _italic_ and ~strikethrough~' }).click();
  await settings.getByRole('button', { name: 'Done' }).click();
  await expect(row).toContainText('*bold* and ~struck~');
  await expect(row.getByRole('strong')).toHaveCount(0);
  await person.page.reload();
  await person.isHome();
  await expect(row).toContainText('*bold* and ~struck~');
});

test('a command does what its button does, and what is hidden can be shown again @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Commander');
  await person.open('General');
  await person.say('/away lunch');
  await expect(person.myStatus()).toHaveAccessibleName(/Away/);
  await expect(person.composer()).toHaveValue('');
  await person.say('/back');
  await expect(person.myStatus()).toHaveAccessibleName(/Online/);
  await person.say('/color red');
  await expect(person.composer()).toHaveAttribute('data-font', /c9/);
  await person.say('/color reddish');
  await expect(person.status('There’s no colour “reddish”.')).toBeVisible();
  await person.say('/np A Song');
  await expect(person.page.getByRole('textbox', { name: 'Personal message' })).toHaveValue('♫ A Song');
  const shrug = marker();
  await person.say(`/shrug ${shrug}`);
  await expect(person.row('General', shrug)).toContainText(`${shrug} ¯\\_(ツ)_/¯`);
  await person.say('/roll 2d6');
  await expect(person.row('General', /🎲 2d6: [1-6] \+ [1-6] = \d+/).last()).toContainText(/Sent|Delivered|Read/);
  await person.say('/roll 99d6');
  await expect(person.status('Use it like this: /roll [NdM]')).toBeVisible();
  await person.say('/invite Mia');
  await expect(person.status('You can’t invite this person to this conversation.')).toBeVisible();

  await person.say('/clear');
  await expect(person.row('General', shrug)).toHaveCount(0);
  await expect(person.status('Earlier messages are hidden')).toBeVisible();
  const after = marker();
  await person.say(after);
  await expect(person.row('General', after)).toContainText('Commander says');
  await person.button('Show them').click();
  await expect(person.row('General', shrug)).toHaveCount(1);
  await expect(person.button('Show them')).toHaveCount(0);
});

test('only the last message is taken back by a button, and a text that was begun meanwhile stays @night', async ({ company }) => {
  const person = await company.come();
  await person.signInAsGuest('Taker');
  await person.open('General');
  const [first, last, begun] = [`first ${marker()}`, `last ${marker()}`, `begun ${marker()}`];
  await person.say(first);
  await person.say(last);
  await person.composer().fill(begun);
  await person.button('Undo').click();
  await expect(person.composer()).toHaveValue(`${last}\n${begun}`);
  await expect(person.composer()).toBeFocused();
  await expect(person.row('General', last)).toHaveCount(0);
  await expect(person.row('General', first)).toHaveCount(1);
  await expect(person.button('Undo')).toHaveCount(0);
  // After a while the button is gone by itself.
  await person.composer().press('Enter');
  await expect(person.row('General', begun)).toHaveCount(1);
  await expect(person.button('Undo')).toBeVisible();
  await expect(person.button('Undo')).toHaveCount(0);
});
