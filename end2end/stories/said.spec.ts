// Announcements of a screen reader (ux.md 2.3): each new message once, a nudge before everything else, and typing only on request.

import { expect, test, type Person } from '../harness/people.ts';
import { openSettings } from '../harness/settings_dialog.ts';

/** Listens like a screen reader from now on. Returns the announcements that contain these words, each with its manner: `polite: …`. */
async function listen(who: Person): Promise<(words: string) => Promise<string[]>> {
  await who.page.evaluate(() => {
    const said = ((window as unknown as { said: string[] }).said = [] as string[]);
    // Only a region that already existed announces its new content, and the content can silence itself.
    const how = (node: Node, target: Node) => {
      if (node instanceof Element && node.getAttribute('aria-live') === 'off') return 'off';
      const region = (target instanceof Element ? target : target.parentElement)?.closest('[aria-live], [role=status], [role=log], [role=alert]');
      return region ? (region.getAttribute('aria-live') ?? 'polite') : 'off';
    };
    new MutationObserver((changes) => {
      for (const { addedNodes, target } of changes)
        for (const node of addedNodes) {
          const words = node.textContent?.trim();
          if (words && how(node, target) !== 'off') said.push(`${how(node, target)}: ${words}`);
        }
    }).observe(document.body, { childList: true, subtree: true });
  });
  return (words) => who.page.evaluate((words) => (window as unknown as { said: string[] }).said.filter((one) => one.includes(words)), words);
}

test('what comes is said once, also the same again, and what was there before is not', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('General');
  await expect(mia.log('General')).toHaveAttribute('aria-live', 'polite');
  const said = await listen(mia);
  await jonas.open('Mia');
  await jonas.say('one');
  await expect.poll(() => said('Jonas')).toEqual(['polite: Message from Jonas']);
  await jonas.say('two');
  await expect.poll(() => said('Jonas')).toEqual(['polite: Message from Jonas', 'polite: Message from Jonas']);
});

test('a nudge is said at once and once, in the conversation in view as well, and other nudges take the place of its toast @night', async ({ company }) => {
  const [mia, jonas] = [await company.come(), await company.come()];
  await mia.signInAs('Mia');
  await jonas.signInAs('Jonas');
  await mia.open('Jonas');
  await jonas.open('Mia');
  await expect(mia.log('Jonas')).toHaveAttribute('aria-live', 'polite');
  const said = await listen(mia);
  await jonas.button('Nudge').click();
  await expect(mia.row('Jonas', 'Jonas nudged you.')).toHaveCount(1);
  await expect.poll(() => said('nudged you')).toEqual(['assertive: Jonas nudged you.']);
  await expect(jonas.row('Mia', 'You nudged Mia.')).not.toHaveAttribute('aria-live', 'off');

  // In another conversation the nudge is a toast, and the next one replaces it.
  await mia.open('General');
  const toasts = mia.page.getByRole('button', { name: /Jonas Nudged you\./ });
  await jonas.button('Nudge').click();
  await expect.poll(() => said('nudged you')).toHaveLength(2);
  await jonas.button('Nudge').click();
  await expect.poll(() => said('nudged you')).toHaveLength(3);
  await expect(toasts).toHaveCount(1);
});

test('who types is said where that is wanted, and only seen elsewhere @night', async ({ company }) => {
  const [writer, reader] = [await company.come(), await company.come()];
  await writer.signInAs('Zuri');
  await reader.signInAs('Jonas');
  await writer.open('Jonas');
  await reader.open('Zuri');
  // The message proves that both are in the room: a later visitor would not see the typing.
  await reader.say('what do you think?');
  await expect(writer.row('Jonas', 'what do you think?')).toHaveCount(1);
  await expect(reader.log('Zuri')).toHaveAttribute('aria-live', 'polite');
  const said = await listen(reader);
  const types = async (words: string) => {
    await writer.composer().pressSequentially('let me see');
    await expect(reader.status('Zuri is typing…')).toBeVisible();
    await writer.composer().fill(words);
    await writer.composer().press('Enter');
    await expect(reader.row('Zuri', words)).toHaveCount(1);
    await expect(reader.status('Zuri is typing…')).toHaveCount(0);
  };
  await types('unsaid');
  expect(await said('is typing')).toEqual([]);
  // The log announces each new message, independent of the setting for typing.
  expect(await said('unsaid')).toHaveLength(1);

  const settings = await openSettings(reader.page, 'Messages');
  await settings.getByRole('switch', { name: 'Announce who is typing' }).click();
  await reader.page.keyboard.press('Escape');
  await types('and said');
  expect(await said('is typing')).toEqual(['polite: Zuri is typing…']);
});
