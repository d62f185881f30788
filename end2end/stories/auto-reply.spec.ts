// ux.md 2.13: while somebody is away, the open page answers direct messages, once an hour for each person, and says that it does.

import { marker } from '../harness/ids.ts';
import { expect, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';

async function setReply(person: Person, text: string): Promise<void> {
  const settings = await openSettings(person.page, 'Messages');
  const field = settings.getByRole('textbox', { name: 'Automatic reply while I’m away' });
  await field.fill(text);
  await field.press('Tab');
  await person.page.keyboard.press('Escape');
}

test('who is away answers once, and never another automatic answer; who is here answers nothing @night', async ({ company }) => {
  const [mia, kofi] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await kofi.signInAs('Kofi');
  const [away, lunch] = [`back at two ${marker()}`, `at lunch ${marker()}`];
  await setReply(mia, away);
  await setReply(kofi, lunch);
  await kofi.open('Mia');
  const first = marker();
  await kofi.say(first);
  await expect(mia.contact('Kofi').first()).toHaveAccessibleName(/unread/);
  await mia.setStatus('Away');
  await kofi.setStatus('Busy');

  const second = marker();
  await kofi.say(second);
  const answer = kofi.row('Mia', away);
  await expect(answer).toHaveCount(1);
  await expect(answer).toContainText(`Automatic reply: ${away}`);
  const third = marker();
  await kofi.say(third);
  // A message of a person after it shows that nothing else came in between.
  await mia.open('Kofi');
  const last = marker();
  await mia.say(last);
  await expect(kofi.row('Mia', last)).toHaveCount(1);
  await expect(answer).toHaveCount(1);
  // The text of the person is answered, the automatic answer before it was not.
  await expect(mia.row('Kofi', lunch)).toHaveCount(1);
  await expect(mia.row('Kofi', lunch)).toContainText('Automatic reply:');
});
