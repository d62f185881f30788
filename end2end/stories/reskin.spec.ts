// A new look needs only one file: with other values in style/tokens.css alone, every colour on the page changes.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, type Person } from '../harness/people.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const SHEETS = ['main', 'sign-in'];
/** Only colour of the new look; each token keeps its opacity. */
const [RED, GREEN, BLUE] = [18, 86, 52];

/** Builds the style sheets of the page with this colour in every token. */
function reskinned(): Map<string, string> {
  const folder = mkdtempSync(join(tmpdir(), 'cfm-style-'));
  try {
    cpSync(join(ROOT, 'style'), folder, { recursive: true });
    const tokens = join(folder, 'tokens.css');
    const text = readFileSync(tokens, 'utf8');
    const others = text
      .replace(/rgb\(\d+ \d+ \d+/g, `rgb(${RED} ${GREEN} ${BLUE}`)
      .replace(/#(?:[0-9a-f]{6}|[0-9a-f]{3})\b/gi, `rgb(${RED} ${GREEN} ${BLUE})`);
    expect(others).not.toBe(text);
    writeFileSync(tokens, others);
    const tool = join(ROOT, 'node_modules', '.bin', 'lightningcss');
    return new Map(SHEETS.map((name) => [name, execFileSync(tool, ['--bundle', join(folder, `${name}.css`)], { encoding: 'utf8' })]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the elements with any other colour. Drawings keep their own, and so do the small pictures of the other themes. */
async function strangers(person: Person): Promise<string[]> {
  return person.page.evaluate(([red, green, blue]) => {
    const found = new Set<string>();
    const one = new RegExp(`^rgba?\\(${red}, ${green}, ${blue}(, [0-9.]+)?\\)$`);
    const isOurs = (colour: string) => one.test(colour) || colour === 'rgba(0, 0, 0, 0)' || colour === 'transparent';
    const colours = (value: string) => value.match(/rgba?\([^)]*\)/g) ?? [];
    for (const element of document.body.querySelectorAll('*')) {
      if (!(element instanceof HTMLElement) || !element.checkVisibility() || element.closest('body [data-theme]')) continue;
      const style = getComputedStyle(element);
      const sides = ['top', 'right', 'bottom', 'left'].filter((side) => style.getPropertyValue(`border-${side}-width`) !== '0px');
      const values = [style.color, style.backgroundColor, ...sides.map((side) => style.getPropertyValue(`border-${side}-color`))];
      values.push(...colours(style.backgroundImage), ...colours(style.boxShadow), ...colours(style.textShadow));
      for (const value of values) if (!isOurs(value)) found.add(`${value} on ${element.tagName.toLowerCase()}.${element.className}`);
    }
    return [...found];
  }, [RED, GREEN, BLUE]);
}

// The later part of the page has style sheets of its own, which this test leaves out.
test('another tokens.css is another look, everywhere', async ({ company }) => {
  const sheets = reskinned();
  const mia = await company.come({ serviceWorkers: 'block' });
  for (const [name, css] of sheets) {
    await mia.context.route(new RegExp(`/pkg/${name}\\.([0-9a-f]+\\.)?css$`), (route) => route.fulfill({ contentType: 'text/css', body: css }));
  }
  await mia.page.goto(`${mia.base}/sign-in`);
  await expect(mia.signInButton()).toBeVisible();
  await expect.poll(() => strangers(mia), 'sign-in').toEqual([]);
  await mia.signInAs('Mia');
  await expect.poll(() => strangers(mia), 'list').toEqual([]);
  await mia.button('Settings').click();
  await expect(mia.page.getByRole('dialog', { name: 'Settings' })).toBeVisible();
  await expect.poll(() => strangers(mia), 'dialog').toEqual([]);
  await mia.page.keyboard.press('Escape');
  await mia.open('General');
  await mia.say('in another light');
  await expect(mia.row('General', 'in another light')).toContainText('Sent');
  await expect.poll(() => strangers(mia), 'conversation').toEqual([]);
});
