import type { Capability } from './harness.ts'
import type { Check, Expected, ShortSpec } from './stage.ts'

/** A case that needs no more than an app, requests, and what they are answered: one expected answer for each time it is sent. */
export interface Row {
  readonly name: string
  readonly needs?: readonly Capability[]
  readonly app: ShortSpec
  readonly requests: readonly (readonly [what: string, ...expected: Expected[]])[]
}

/** Makes cases of rows. */
export function table(rows: readonly Row[]): readonly Check[] {
  return rows.map(({ name, needs = [], app, requests }) => ({
    name,
    needs,
    async check(stage) {
      const built = await stage.open(app)
      for (const [what, ...expected] of requests) await built.expect(what, expected)
    },
  }))
}
