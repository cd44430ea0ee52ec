import type { MaybePromise, Storage } from '../storage/storage.ts'
import { LAWS } from './storage-contract/laws.ts'
import { HOUSEKEEPING } from './storage-contract/housekeeping.ts'
import { RANDOM_BATCHES } from './storage-contract/random-batches.ts'
import { Subject } from './storage-contract/subject.ts'
import type { Check } from './storage-contract/subject.ts'
import { TIMELINES } from './storage-contract/timelines.ts'

/** What the contract needs to know of the storage under test. */
export interface StorageContractOptions {
  /** Makes the storage for one case. It is closed after the case. */
  open(): MaybePromise<Storage>
  /** What all keys begin with. Whatever is there at the beginning of a case is removed. `contract:` if left out. */
  readonly prefix?: string
  /** Cases that this storage cannot pass: the case's name, and why. */
  readonly skip?: Readonly<Record<string, string>>
}

/** One case: a sentence that is true of every storage, and what makes sure of it. */
export interface StorageContractCase {
  readonly name: string
  /** Why this storage is let off; undefined: it is not. */
  readonly skipped: string | undefined
  /** Rejects if the storage breaks the contract. */
  readonly run: () => Promise<void>
}

/**
 * The laws of `Storage`, by their numbers, as cases for any test runner. No case waits: each hands its own time to the storage.
 *
 * ```ts
 * for (const { name, run } of storageContract({ open: () => memoryStorage() })) test(name, run)
 * ```
 */
export function storageContract(options: StorageContractOptions): readonly StorageContractCase[] {
  const { prefix = 'contract:', skip = {} } = options
  const checks: readonly Check[] = [...LAWS, ...TIMELINES, ...HOUSEKEEPING, ...RANDOM_BATCHES]
  const unknown = Object.keys(skip).find((name) => !checks.some((check) => check.name === name))
  if (unknown !== undefined) throw new Error(`the storage contract has no case "${unknown}"`)
  return checks.map(({ name, check }) => ({
    name,
    skipped: skip[name],
    async run() {
      const storage = await options.open()
      try {
        await storage.reset(prefix)
        await check(new Subject(storage, prefix))
        await storage.reset(prefix)
      } finally {
        await storage.close()
      }
    },
  }))
}
