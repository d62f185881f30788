// Story of a bot of one's own: the owner of a group makes one, its program answers a command that the composer offers, and its token ends.

import { expect, test, type Person } from '../harness/people.ts';
import { FrameSocket } from '../harness/socket.ts';

const NAME = 'Harbour pilot';
const GROUP = 'Pilot house';

/** Opens the dialog of the open group and returns its section of bots. */
async function openBots(person: Person) {
  await person.button('Members').click();
  const dialog = person.page.getByRole('dialog', { name: 'Members' });
  const bots = dialog.getByRole('group', { name: 'Bots', exact: true });
  await expect(bots).toBeVisible();
  return { bots, close: () => dialog.getByRole('button', { name: 'Close' }).click() };
}

/** Makes a group in which the person is alone, and returns its id. */
async function makeGroup(person: Person): Promise<string> {
  await person.button('New group').click();
  const dialog = person.page.getByRole('dialog', { name: 'New group' });
  await dialog.getByRole('textbox', { name: 'Group name' }).fill(GROUP);
  await dialog.getByRole('button', { name: 'Create group' }).click();
  await expect(person.log(GROUP)).toBeVisible();
  const rooms = await (await person.context.request.get(`${person.base}/api/rooms?scope=mine`)).json();
  return rooms.data.items.find((one: { name: string }) => one.name === GROUP).id;
}

test('a bot of a group answers a command that the composer offers, until its token is revoked @night', async ({ company }) => {
  const owner = await company.come();
  await owner.signInAs('Lea');
  const room = await makeGroup(owner);

  const made = await openBots(owner);
  await made.bots.getByRole('textbox', { name: 'Bot name' }).fill(NAME);
  const lines = made.bots.getByRole('textbox', { name: 'Commands', exact: true });
  await lines.fill('\nnudge Takes a command of the page');
  await made.bots.getByRole('button', { name: 'Create bot' }).click();
  await expect(made.bots.getByRole('alert')).toContainText('Line 2 isn’t a valid command.');
  await expect(lines).toBeFocused();
  await expect(lines).toHaveAccessibleDescription(/^Line 2 isn’t a valid command\..+ One per line:/);
  await lines.fill('deploy Puts the new version online');
  await made.bots.getByRole('button', { name: 'Create bot' }).click();
  const token = made.bots.getByRole('textbox', { name: `Token of “${NAME}”` });
  await expect(token).toBeFocused();
  const secret = await token.inputValue();
  expect(secret.startsWith(`cfb_${room}.`)).toBe(true);
  await expect(made.bots.getByRole('listitem').filter({ hasText: NAME })).toContainText('reads, writes, /deploy');
  await made.close();

  // The program of the bot.
  const bot = await FrameSocket.joined(owner.base, room, { token: secret });
  const answered = (async () => {
    const call = await bot.next((frame) => frame['command']?.name === 'deploy');
    await bot.say(`Online: ${call['command'].args}`);
  })();

  const offered = owner.page.getByRole('listbox', { name: 'Commands' }).getByRole('option');
  await owner.composer().pressSequentially('/d');
  await expect(offered).toHaveText([`/deploy Puts the new version online (${NAME})`]);
  await expect(owner.composer()).toHaveAttribute('aria-activedescendant', (await offered.first().getAttribute('id'))!);
  await owner.composer().press('Tab');
  await expect(owner.composer()).toHaveValue('/deploy ');
  await owner.page.keyboard.type('main');
  await owner.composer().press('Enter');
  await expect(owner.composer()).toHaveValue('');
  await answered;
  await expect(owner.row(GROUP, '/deploy main')).toHaveCount(1);
  await expect(owner.row(GROUP, 'Online: main')).toHaveCount(1);
  await expect(owner.row(GROUP, 'Online: main')).toContainText('Integration');

  await owner.say('/depart');
  await expect(owner.status('There’s no command /depart.')).toBeVisible();
  await expect(owner.composer()).toHaveValue('/depart');
  await owner.composer().fill('');

  const changed = await openBots(owner);
  await expect(token).toHaveCount(0);
  const opener = changed.bots.getByRole('button', { name: `Commands of “${NAME}”` });
  await opener.click();
  const edited = changed.bots.getByRole('textbox', { name: `Commands of “${NAME}”` });
  await expect(edited).toBeFocused();
  await expect(edited).toHaveValue('deploy Puts the new version online');
  await edited.fill('status Says how it is');
  await changed.bots.getByRole('button', { name: 'Save' }).click();
  await expect(opener).toBeFocused();
  await expect(changed.bots.getByRole('listitem').filter({ hasText: NAME })).toContainText('/status');
  await changed.close();
  await owner.composer().pressSequentially('/st');
  await expect(offered).toHaveText([/^\/status/]);
  await owner.composer().fill('');

  const ended = await openBots(owner);
  await ended.bots.getByRole('button', { name: `Revoke “${NAME}”` }).click();
  const sure = ended.bots.getByRole('button', { name: 'Revoke', exact: true });
  await expect(sure).toBeFocused();
  await sure.press('Enter');
  await expect(ended.bots.getByRole('listitem').filter({ hasText: NAME })).toHaveCount(0);
  await bot.closedWith(4401);
  await ended.close();
  await owner.composer().pressSequentially('/s');
  await expect(offered).toHaveText([/^\/shrug/]);
});
