// Stories 9, 11 and 13: presence, typing, and unread messages.

import { expect, test, type Person } from '../harness/people.ts';
import { guest } from '../harness/session.ts';
import { FrameSocket } from '../harness/socket.ts';
import { stillClock, stop } from '../harness/still_clock.ts';
import { dayOf } from '../harness/wait.ts';

test('Appear offline is invisible on the page and on the wire, and can still write', async ({ company, server }) => {
  const [hidden, viewer] = [await company.come(), await company.come()];
  const wire = await FrameSocket.presence(server.base, await guest(server.base), { heartbeat: true });
  await wire.next('welcome');
  await hidden.signInAs('Walter');
  await viewer.signInAs('Samira');
  wire.send({ type: 'watch', userIds: ['user_8'] });
  await wire.next((frame) => frame.type === 'presence_update' && frame['status'] === 'online');
  await expect(viewer.contact('Walter').first()).toHaveAccessibleName(/^Walter, Online/);

  await hidden.setStatus('Appear offline');
  await viewer.showOffline();
  await expect(viewer.contact('Walter').first()).toHaveAccessibleName(/^Walter, Offline/);
  const update = await wire.next((frame) => frame.type === 'presence_update' && frame['userId'] === 'user_8');
  expect(update['status']).toBe('offline');

  await viewer.open('Walter');
  await hidden.open('Samira');
  await hidden.composer().pressSequentially('unseen typing');
  await hidden.composer().press('Enter');
  await expect(viewer.row('Walter', 'unseen typing')).toHaveCount(1);
  await expect(viewer.status(/is typing/)).toHaveCount(0);
  await expect(viewer.contact('Walter').first()).toHaveAccessibleName(/^Walter, Offline/);
  expect(JSON.stringify(wire.frames.filter((frame) => frame['userId'] === 'user_8').slice(-1))).not.toContain('appear');
  await wire.close();
});

test('typing appears, and expires by itself', async ({ company }) => {
  const [writer, reader] = [await company.come(), await company.come()];
  await reader.page.addInitScript(stillClock);
  await writer.signInAs('Zuri');
  await reader.signInAs('Jonas');
  await writer.open('Jonas');
  await reader.open('Zuri');
  // The message proves that both are in the room: a later visitor would not see the typing.
  await reader.say('what do you think?');
  await expect(writer.row('Jonas', 'what do you think?')).toHaveCount(1);
  await writer.composer().pressSequentially('let me think');
  await expect(reader.status('Zuri is typing…')).toBeVisible();
  await expect(reader.status('Zuri is typing…')).toHaveCount(0);
  // The reader's clock stands still from now on, so only the message can end the typing.
  await stop(reader);
  await writer.composer().pressSequentially(' again');
  await expect(reader.status('Zuri is typing…')).toBeVisible();
  await writer.composer().press('Enter');
  await expect(reader.row('Zuri', 'let me think again')).toHaveCount(1);
  await expect(reader.status('Zuri is typing…')).toHaveCount(0);
});

test('unread counts what was not looked at, and is not cleared in a tab without focus @night', async ({ company }) => {
  const [writer, reader] = [await company.come(), await company.come()];
  await writer.signInAs('Runa');
  await reader.signInAs('Sol');
  await writer.open('Sol');
  await reader.open('General');
  await writer.say('look here');
  await writer.say('and here');
  await expect(reader.contact('Runa').first()).toHaveAccessibleName(/, 2 unread$/);
  await reader.open('Runa');
  await expect(reader.contact('Runa').first()).not.toHaveAccessibleName(/unread/);

  await setFocus(reader, false);
  await writer.say('while you look elsewhere');
  await expect(reader.row('Runa', 'while you look elsewhere')).toHaveCount(1);
  await expect(reader.contact('Runa').first()).toHaveAccessibleName(/, 1 unread$/);
  await setFocus(reader, true);
  await expect(reader.contact('Runa').first()).not.toHaveAccessibleName(/unread/);
});

/** Simulates a tab that loses or gains attention. Playwright itself keeps every page focused. */
async function setFocus(person: Person, here: boolean): Promise<void> {
  await person.page.evaluate((attentive) => {
    document.hasFocus = () => attentive;
    Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => (attentive ? 'visible' : 'hidden') });
    Object.defineProperty(document, 'hidden', { configurable: true, get: () => !attentive });
    document.dispatchEvent(new Event('visibilitychange'));
    window.dispatchEvent(new Event(attentive ? 'focus' : 'blur'));
  }, here);
}

test('the line under a conversation tells when the last message came, and its whole date to pointer and keyboard @night', async ({ company }) => {
  const [writer, reader] = [await company.come(), await company.come()];
  await writer.signInAs('Zuri');
  await reader.signInAs('Jonas');
  await reader.open('Zuri');
  await writer.open('Jonas');
  await writer.say('mark the time');
  await expect(reader.row('Zuri', 'mark the time')).toHaveCount(1);
  const said = reader.row('Zuri', 'mark the time').getByRole('time');
  const time = /\d\d:\d\d/.exec((await said.textContent()) ?? '')![0];
  const at = new Date((await said.getAttribute('datetime'))!);
  const main = reader.page.getByRole('main');
  const whole = main.getByText(new RegExp(`^Last message received .* ${at.getFullYear()} at ${time}$`));
  const short = main.getByText(new RegExp(`^Last message received (today|yesterday) at ${time}$`));
  await expect(async () => expect(await short.textContent()).toBe(`Last message received ${dayOf(at)} at ${time}`)).toPass();
  await expect(short).toBeVisible();
  await expect(whole).toBeHidden();

  const line = main.getByRole('time').filter({ hasText: 'Last message received' });
  await line.hover();
  await expect(whole).toBeVisible();
  await expect(short).toBeHidden();
  await reader.composer().hover();
  await expect(short).toBeVisible();
  await line.focus();
  await expect(line).toBeFocused();
  await expect(whole).toBeVisible();
  // A changing time is no live region, so it is not announced.
  const speaks = await line.evaluate((element) => element.closest('[role="status"], [role="log"], [aria-live]:not([aria-live="off"])') !== null);
  expect(speaks).toBe(false);
});
