import { test } from 'vitest'

/** A test of what we do on purpose where the recorded program does something else. `tag` is the name of that behaviour in the corpus. */
export function better(tag: string, sentence: string, run: () => Promise<void> | void): void {
  test(`${tag}: ${sentence}`, run)
}
