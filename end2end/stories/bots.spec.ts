// Story of bots on the page: a bot answers, another one has used up its answers for today, and a third one cannot be reached.

import { violations } from '../harness/clean.ts';
import { uuidv7 } from '../harness/ids.ts';
import { Model } from '../harness/model.ts';
import { expect, STORY_VARS, test, type Person } from '../harness/people.ts';
import { Server } from '../harness/server.ts';
import { withinOneDay } from '../harness/wait.ts';

async function isClean({ page }: Person): Promise<void> {
  expect(await violations(page)).toEqual([]);
}

test('a program stands in the list as one, writes, and answers with a mark; in a room it is called by its name @night', async ({ company }) => {
  const one = await company.come();
  await one.signInAsGuest('Ada');
  const group = one.contacts().getByRole('tree', { name: 'Bots' });
  await expect(group.getByRole('treeitem', { name: /, Bot, / })).toHaveCount(4);
  await expect(one.contact('Nova'), 'once in the whole list').toHaveCount(1);
  await expect(one.contact('Nova')).toHaveAccessibleName('Nova, Bot, counting stars, listening anyway');

  await one.open('Nova');
  await one.say('how are you?');
  await expect(one.status('Nova is typing…')).toBeVisible();
  const answer = one.row('Nova', 'Nova says');
  await expect(answer).toHaveCount(1);
  await expect(one.status('Nova is typing…')).toHaveCount(0);
  await expect(answer.getByText('Bot, scripted', { exact: true })).toBeVisible();
  await expect(one.row('Nova', 'Ada says').getByText(/^Bot/)).toHaveCount(0);
  await isClean(one);

  // The search finds the bot, and its group can be folded like any other.
  await one.page.getByRole('searchbox', { name: 'Search people and messages' }).fill('kite, nothing of it');
  await expect(group).toBeHidden();
  await one.page.getByRole('searchbox', { name: 'Search people and messages' }).fill('lexi');
  await expect(group.getByRole('treeitem', { name: /, Bot, / })).toHaveCount(1);
  await one.page.getByRole('searchbox', { name: 'Search people and messages' }).fill('');
  await group.getByRole('treeitem', { name: /^Bots/ }).click();
  await expect(one.contact('Pip')).toBeHidden();

  await one.open('Music');
  const marker = uuidv7().slice(-8);
  await one.say(`@pip what do you say to ${marker}?`);
  const called = one.row('Music', 'Pip says');
  await expect(called.last()).toContainText('Bot, scripted');
});

test('one that has answered enough for today sleeps: in the log, in the list, and over the log with the time when it wakes @night', async ({ company }) => {
  // Midnight would wake all bots again.
  await withinOneDay(async () => {
    const server = await Server.start({ vars: { ...STORY_VARS, BOT_DAILY_LIMIT: '1' } });
    const [one, other] = [await company.come({ base: server.base, timezoneId: 'Europe/Berlin' }), await company.come({ base: server.base })];
    try {
      await one.signInAsGuest('Ada');
      await other.signInAsGuest('Bob');
      await one.open('Nova');
      await expect(one.contact('Nova')).toHaveAccessibleName(/^Nova, Bot, (?!limit reached)/);
      await expect(one.page.getByText(/Nova has reached today’s limit/)).toHaveCount(0);
      await one.say('one');
      await expect(one.row('Nova', 'Nova says')).toHaveCount(1);
      await expect(one.row('Nova', /^Nova has reached today’s limit\./)).toHaveCount(0);
      await one.say('two');
      await expect(one.row('Nova', /^Nova has reached today’s limit\./)).toHaveCount(1);
      await expect(one.page.getByText(/^Nova has reached today’s limit and will be back at (01|02):00\.$/)).toBeVisible();
      for (const name of ['Nova', 'Vento', 'Lexi', 'Pip']) {
        await expect(one.contact(name)).toHaveAccessibleName(new RegExp(`^${name}, Bot, limit reached, `));
      }
      await isClean(one);

      // Another person sees the notice before writing anything.
      await other.open('Lexi');
      await expect(other.page.getByText(/^Lexi has reached today’s limit and will be back at /)).toBeVisible();
      await other.page.reload();
      await expect(other.contact('Lexi')).toHaveAccessibleName(/^Lexi, Bot, limit reached/);
    } finally {
      // Open pages would complain that their server is gone.
      for (const { context } of [one, other]) for (const page of context.pages()) await page.close();
      await server.stop();
    }
  });
});

test('one that cannot be asked says so, and is back by itself @night', async ({ company }) => {
  const model = await Model.start();
  const server = await Server.start({ vars: { ...STORY_VARS, AI_URL: model.url } });
  const one = await company.come({ base: server.base });
  try {
    await one.signInAsGuest('Ada');
    await one.open('Vento');
    await one.say('is the wind good?');
    const answer = one.row('Vento', model.words);
    await expect(answer).toHaveCount(1);
    await expect(answer.getByText('Bot', { exact: true })).toBeVisible();

    model.mood = 'error-500';
    for (let n = 1; n <= 5; n += 1) {
      const before = model.asked.length;
      await one.say(`and now? ${n}`);
      await expect.poll(() => model.asked.length).toBe(before + 1);
    }
    await expect(one.row('Vento', /^Vento isn’t available\./)).toHaveCount(1);
    await expect(one.page.getByText(/^Vento isn’t available right now\./)).toBeVisible({ timeout: 40_000 });
    await expect(one.contact('Vento')).toHaveAccessibleName(/^Vento, Bot, unavailable, /);
    await isClean(one);

    // The breaker allows a probe after a minute.
    model.mood = 'well';
    await expect(one.contact('Vento')).toHaveAccessibleName(/^Vento, Bot, (?!unavailable)/, { timeout: 100_000 });
    await expect(one.page.getByText(/^Vento isn’t available right now\./)).toBeHidden();
  } finally {
    for (const page of one.context.pages()) await page.close();
    await server.stop();
    await model.stop();
  }
});
