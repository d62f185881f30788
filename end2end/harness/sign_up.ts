// New accounts, and sign-in with a password, on the English sign-in page as people do it.

import { freshEmail, PASSWORD } from './accounts.ts';
import { freshName } from './ids.ts';
import type { Person } from './people.ts';

export interface Newcomer {
  email: string;
  name: string;
}

/** Fills the form of a new account, which the page shows already, and sends it. */
export async function sendNewAccount(person: Person, { email = freshEmail(), password = PASSWORD, name = freshName() } = {}): Promise<Newcomer> {
  await person.page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await person.page.getByLabel('Password', { exact: true }).fill(password);
  await person.page.getByRole('textbox', { name: 'Your name' }).fill(name);
  await person.button('Create account').click();
  return { email, name };
}

/** Makes an account and waits until its owner is inside. */
export async function signUp(person: Person): Promise<Newcomer> {
  await person.page.goto(`${person.base}/sign-in?form=new`);
  const newcomer = await sendNewAccount(person);
  await person.isHome();
  return newcomer;
}

/** Opens the sign-in page, fills the form for an address and a password, and sends it. */
export async function signInByPassword(person: Person, email: string, password = PASSWORD): Promise<void> {
  await person.page.goto(`${person.base}/sign-in`);
  await person.page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await person.page.getByLabel('Password', { exact: true }).fill(password);
  await person.signInButton().click();
}
