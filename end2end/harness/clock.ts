// A clock of a page that stories put forward.

import type { Person } from './people.ts';

/** A clock that can be put forward. Timers run as ever: the page sees what it sees when a device has slept. */
export function movableClock(): void {
  const real = Date.now.bind(Date);
  Date.now = () => real() + Number(sessionStorage.getItem('ahead') ?? 0);
}

/** Puts the clock of somebody's page forward. */
export const pass = (person: Person, seconds: number): Promise<void> =>
  person.page.evaluate((ms) => sessionStorage.setItem('ahead', String(Number(sessionStorage.getItem('ahead') ?? 0) + ms)), seconds * 1_000);
