// Stories 7 and 8: nudges and winks are seen and felt, limited, and quiet on request.

import { movableClock, pass } from '../harness/clock.ts';
import { marker, uuidv7 } from '../harness/ids.ts';
import { limits } from '../harness/limits.ts';
import { expect, soundsOpen, soundsStarted, test, type Person } from '../harness/people.ts';
import { guest } from '../harness/session.ts';
import { showSection } from '../harness/settings_dialog.ts';
import { FrameSocket } from '../harness/socket.ts';
import { go, pass as passTime, stillClock, stop } from '../harness/still_clock.ts';
import { WINKS } from '../harness/winks.ts';

/** Animation of a nudge on the part of the page around the log. Rows that slide in do not count. */
interface Stir {
  moves: boolean;
  times: number;
}

/** Records nudges from now on. Events are counted, because a busy machine may never draw the animation. */
async function watch(person: Person): Promise<() => Promise<Stir[]>> {
  await person.page.evaluate(() => {
    const stirs = ((window as unknown as { stirs: Stir[] }).stirs = [] as Stir[]);
    document.addEventListener('animationstart', ({ target, animationName }) => {
      if (!(target instanceof Element) || !target.contains(document.querySelector('[role=log]'))) return;
      const isIt = (one: Animation) => (one as CSSAnimation).animationName === animationName && (one.effect as KeyframeEffect).target === target;
      const effects = target.getAnimations({ subtree: true }).filter(isIt).map((one) => one.effect as KeyframeEffect);
      const moves = effects.some((effect) => effect.getKeyframes().some((frame) => 'transform' in frame || 'translate' in frame || 'rotate' in frame));
      // The animation may have ended already.
      stirs.push({ moves, times: effects[0]?.getTiming().iterations ?? 0 });
    });
  });
  return () =>
    person.page.evaluate(async () => {
      for (let frames = 0; frames < 2; frames += 1) await new Promise((drawn) => requestAnimationFrame(drawn));
      return (window as unknown as { stirs: Stir[] }).stirs;
    });
}

/** Waits until the other person's socket is open, so that the next event arrives live and not as history. */
async function isLive(sender: Person, to: string): Promise<void> {
  const word = marker();
  await sender.say(word);
  await expect(sender.row(to, word)).toContainText(/Delivered|Read/);
}

const sounds = (person: Person): Promise<number> => soundsStarted(person.page);

test('a nudge shakes and sounds, leaves a line on both sides, and cools down in words', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come()];
  await sender.page.addInitScript(stillClock);
  await sender.signInAs('Kofi');
  await target.signInAs('Tess');
  await sender.open('Tess');
  await target.open('Kofi');
  await isLive(sender, 'Tess');
  await soundsOpen(target.page);
  const before = await sounds(target);
  const stirred = await watch(target);
  await sender.button('Nudge').click();
  await expect(target.row('Kofi', 'Kofi nudged you.')).toHaveCount(1);
  await expect(sender.row('Tess', 'You nudged Tess.')).toHaveCount(1);
  await expect.poll(stirred, 'the window shakes').toEqual([{ moves: true, times: 1 }]);
  await expect.poll(() => sounds(target)).toBeGreaterThan(before);

  // These presses are more than the limit takes. Then the button is disabled and shows the remaining time.
  await stop(sender);
  const nudge = sender.page.getByRole('button', { name: /nudge/i }).first();
  const [nudges, seconds] = limits.nudge.split('/').map(Number) as [number, number];
  await nudge.evaluate((button: HTMLButtonElement, count) => {
    for (let presses = 0; presses < count; presses += 1) button.click();
  }, nudges + 1);
  await expect(nudge).toBeDisabled();
  await expect(nudge).toHaveAccessibleName(/\d+ s/);
  await passTime(sender, seconds + 1);
  await expect(sender.button('Nudge')).toBeEnabled();
  await go(sender);
  // This message arrives behind all nudges.
  await isLive(sender, 'Tess');
  // Consecutive nudges share one line with their number.
  const lines = await target.found('Kofi', /Kofi nudged you(?: \d+ times)?\./);
  const felt = lines.map((line) => Number(/\d+/.exec(line)?.[0] ?? 1)).reduce((sum, count) => sum + count, 0) - 1;
  expect(felt).toBeGreaterThan(0);
  expect(felt).toBeLessThanOrEqual(nudges);
});

test('a nudge is heard and felt where its conversation is not open, on a phone as well, and not by who takes none @night', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come({ viewport: { width: 390, height: 844 }, hasTouch: true })];
  await target.page.addInitScript(movableClock);
  await target.page.addInitScript(() => {
    const hums: unknown[] = [];
    Object.assign(window, { hums });
    navigator.vibrate = (pattern) => hums.push(pattern) > 0;
  });
  const hums = () => target.page.evaluate(() => (window as unknown as { hums: unknown[] }).hums);
  // These two have not nudged each other in another story a moment ago.
  await sender.signInAs('Samira');
  await target.signInAs('Nico');
  await sender.open('Nico');
  // Browsers allow sound only after a gesture, and changing the setting is one.
  const takeNudges = async (from: string) => {
    // The keyboard is used, because a toast may cover the button and stays while the mouse is on it.
    await target.button('Settings').press('Enter');
    await showSection(target.page, 'Privacy');
    const saved = target.page.waitForResponse((answer) => answer.url().endsWith('/api/me/settings') && answer.request().method() === 'PUT');
    await target.page.getByRole('dialog', { name: 'Settings' }).getByRole('combobox', { name: 'Who can nudge me' }).selectOption({ label: from });
    await saved;
    await target.page.keyboard.press('Escape');
  };
  await takeNudges('Contacts');
  await takeNudges('Everyone');
  await soundsOpen(target.page);
  const before = await sounds(target);
  await sender.button('Nudge').click();
  await expect(target.contact('Samira')).toHaveAccessibleName(/1 unread/);
  await expect.poll(() => sounds(target)).toBeGreaterThan(before);
  expect(await hums()).toEqual([[80, 40, 80]]);

  await takeNudges('No one');
  // One sender shakes a window every five seconds at most.
  await pass(target, 6);
  const then = await sounds(target);
  await sender.button('Nudge').click();
  await expect(target.contact('Samira')).toHaveAccessibleName(/2 unread/);
  expect(await sounds(target)).toBe(then);
  expect(await hums()).toHaveLength(1);
  await takeNudges('Everyone');
});

test('with reduced motion the frame pulses twice with a nudge and nothing moves @night', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come({ reducedMotion: 'reduce' })];
  await sender.signInAs('Kenji');
  await target.signInAs('Emil');
  await sender.open('Emil');
  await target.open('Kenji');
  await isLive(sender, 'Emil');
  const stirred = await watch(target);
  await sender.button('Nudge').click();
  await expect(target.row('Kenji', 'Kenji nudged you.')).toHaveCount(1);
  await expect.poll(stirred).toEqual([{ moves: false, times: 2 }]);
});

test('somebody who is busy is not shaken @night', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come()];
  await sender.signInAs('Kenji');
  await target.signInAs('Nora');
  await target.setStatus('Busy');
  await sender.open('Nora');
  await target.open('Kenji');
  await isLive(sender, 'Nora');
  const stirred = await watch(target);
  await sender.button('Nudge').click();
  await expect(target.row('Kenji', 'Kenji nudged you.')).toHaveCount(1);
  await isLive(sender, 'Nora');
  expect(await stirred()).toEqual([]);
});

test('a wink plays on both sides and can be skipped', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come()];
  await sender.signInAs('Theo');
  await target.signInAs('Rosa');
  await sender.open('Rosa');
  await target.open('Theo');
  await isLive(sender, 'Rosa');
  await sender.button('Winks').click();
  const picker = sender.page.getByRole('menu', { name: 'Winks' }).or(sender.page.getByRole('dialog', { name: 'Winks' }));
  await expect(picker).toBeVisible();
  const choices = picker.getByRole('menuitem').or(picker.getByRole('button')).filter({ hasNotText: /close/i });
  await expect(choices).toHaveCount(WINKS.length);
  await choices.first().click();
  await expect(target.button('Skip')).toBeVisible();
  await expect(sender.button('Skip')).toBeVisible();
  await expect(target.row('Theo', /Theo sent you “.+”\./)).toHaveCount(1);
  await target.button('Skip').click();
  await expect(target.button('Skip')).toHaveCount(0);
  // The sender watches the whole wink, which ends on its own.
  await expect(sender.button('Skip')).toHaveCount(0);
  // The wink is history now and does not play again.
  await target.page.reload();
  await target.isHome();
  await target.open('Theo');
  await expect(target.row('Theo', /Theo sent you “.+”\./)).toHaveCount(1);
  await expect(target.button('Skip')).toHaveCount(0);
});

test('of two winks at once the second waits its turn; where winks are not wanted they are lines, to be played by a press @night', async ({ company }) => {
  const { base } = company.server;
  const target = await company.come();
  await target.signInAsGuest('Winked');
  await target.open('General');
  const senders = await Promise.all(Array.from({ length: 4 }, async () => FrameSocket.joined(base, 'general', await guest(base))));
  const wink = async (winkId: string): Promise<void> => {
    const id = uuidv7();
    const socket = senders.pop()!;
    socket.send({ type: 'wink', id, winkId });
    await socket.answerTo(id);
  };
  const stage = (name: string) => target.page.getByRole('group', { name, exact: true });
  for (const one of ['cranes', 'cranes', 'robot']) await wink(one);
  await stage('Crane Flock').getByRole('button', { name: 'Skip' }).click();
  await expect(stage('Tin Robot'), 'the latest of those that waited').toBeVisible();
  await target.button('Skip').click();
  await expect(target.button('Skip')).toHaveCount(0);

  await target.button('Conversation options').click();
  const menu = target.page.getByRole('dialog', { name: 'Conversation options' });
  await menu.getByRole('switch', { name: 'Play winks' }).click();
  await expect(menu.getByRole('switch', { name: 'Play winks' })).not.toBeChecked();
  await target.page.keyboard.press('Escape');
  await wink('toast');
  const card = target.row('General', /“Toast Pop”/);
  await expect(card).toHaveCount(1);
  // The stage would appear together with the line.
  await expect(target.button('Skip')).toHaveCount(0);
  await card.getByRole('button', { name: 'Play again' }).click();
  await expect(stage('Toast Pop')).toBeVisible();
});

test('where nothing moves by itself a wink is a picture that says what it is, and its card says what it shows @night', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come({ reducedMotion: 'reduce' })];
  await sender.signInAs('Theo');
  await target.signInAs('Rosa');
  await sender.open('Rosa');
  await target.open('Theo');
  await isLive(sender, 'Rosa');
  await sender.button('Winks').click();
  await sender.page.getByRole('menuitem', { name: 'Crane Flock' }).click();
  const stage = target.page.getByRole('group', { name: 'Crane Flock', exact: true });
  await expect(stage.getByText('Theo sent you “Crane Flock”.', { exact: true })).toBeInViewport();
  await expect(sender.page.getByRole('group', { name: 'Crane Flock', exact: true }).getByText('You sent')).toHaveCount(0);
  await expect(target.row('Theo', 'Crane Flock').getByRole('img', { name: 'a flock of paper cranes' })).toBeVisible();
});

test('Escape closes a dialog before it skips the wink behind it @night', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come()];
  await sender.signInAs('Theo');
  await target.signInAs('Rosa');
  await sender.open('Rosa');
  await sender.button('Settings').click();
  const dialog = sender.page.getByRole('dialog', { name: 'Settings' });
  await expect(dialog).toBeVisible();
  await target.open('Theo');
  await target.button('Winks').click();
  const picker = target.page.getByRole('menu', { name: 'Winks' }).or(target.page.getByRole('dialog', { name: 'Winks' }));
  await picker.getByRole('menuitem').or(picker.getByRole('button')).first().click();
  await expect(sender.page.getByRole('button', { name: 'Skip', includeHidden: true })).toBeAttached();
  await sender.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
});

test('who switched motion and sounds off gets the line only @night', async ({ company }) => {
  const [sender, target] = [await company.come(), await company.come()];
  await sender.signInAs('Dario');
  await target.signInAs('Lea');
  await target.button('Settings').click();
  const dialog = target.page.getByRole('dialog', { name: 'Settings' });
  await dialog.getByRole('radiogroup', { name: 'Motion' }).getByRole('radio', { name: 'None' }).check({ force: true });
  await showSection(target.page, 'Sounds');
  await dialog.getByRole('switch', { name: 'Sounds' }).uncheck({ force: true });
  await target.page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await sender.open('Lea');
  await target.open('Dario');
  await isLive(sender, 'Lea');
  const before = await sounds(target);
  const stirred = await watch(target);
  await sender.button('Nudge').click();
  await expect(target.row('Dario', 'Dario nudged you.')).toHaveCount(1);
  await sender.button('Winks').click();
  const picker = sender.page.getByRole('menu', { name: 'Winks' }).or(sender.page.getByRole('dialog', { name: 'Winks' }));
  await picker.getByRole('menuitem').or(picker.getByRole('button')).first().click();
  await expect(target.row('Dario', /Dario sent you “.+”\./)).toHaveCount(1);
  await isLive(sender, 'Lea');
  expect(await stirred()).toEqual([]);
  await expect(target.button('Skip')).toHaveCount(0);
  expect(await sounds(target)).toBe(before);
});
