import { BY_HAND } from './adapter-contract/by-hand.ts'
import { CLIENTS } from './adapter-contract/clients.ts'
import { EXEMPTIONS } from './adapter-contract/exemptions.ts'
import { GROUP_LIMITS } from './adapter-contract/group-limits.ts'
import type { AdapterHarness } from './adapter-contract/harness.ts'
import { HEADERS } from './adapter-contract/headers.ts'
import { LATE_CHARGES } from './adapter-contract/late-charges.ts'
import { META_LIMITS } from './adapter-contract/meta-limits.ts'
import { METHODS } from './adapter-contract/methods.ts'
import { REFUSALS } from './adapter-contract/refusals.ts'
import { ROUTE_LIMITS } from './adapter-contract/route-limits.ts'
import { type Check, Stage } from './adapter-contract/stage.ts'
import { WHOLE_APPS } from './adapter-contract/whole-apps.ts'

/** One case: a sentence that is true of every adapter, and what makes sure of it. */
export interface AdapterContractCase {
  readonly name: string
  /** Why this framework is let off; undefined: it is not. */
  readonly skipped: string | undefined
  /** Rejects if the adapter breaks the contract. */
  run(): Promise<void>
}

const CHECKS: readonly Check[] = [
  ...ROUTE_LIMITS,
  ...META_LIMITS,
  ...GROUP_LIMITS,
  ...EXEMPTIONS,
  ...METHODS,
  ...HEADERS,
  ...REFUSALS,
  ...LATE_CHARGES,
  ...CLIENTS,
  ...BY_HAND,
  ...WHOLE_APPS,
]

/**
 * What a limiter means in every framework, as cases for any test runner: real requests to real servers, by virtual time.
 *
 * ```ts
 * for (const { name, skipped, run } of adapterContract(harness)) test.skipIf(skipped)(name, run)
 * ```
 */
export function adapterContract(harness: AdapterHarness): readonly AdapterContractCase[] {
  return CHECKS.map(({ name, needs = [], check }) => {
    const lacking = needs.find((capability) => harness.lacks?.[capability] !== undefined)
    return {
      name,
      skipped: lacking && `${lacking}: ${harness.lacks![lacking]}`,
      async run() {
        const stage = new Stage(harness)
        try {
          await check(stage)
        } finally {
          await stage.close()
        }
      },
    }
  })
}
