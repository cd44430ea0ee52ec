import type { Storage } from '../src/storage/storage.ts'
import { openStorage } from '../src/storage/uri.ts'

/** Where the cases of a run keep their state. No case sees what another has left. */
export interface CaseStorages {
  /** A storage for one limiter or one sequence, empty. */
  open(): Storage
  close(): Promise<void>
}

/** How a storage is used. */
export interface StorageUse {
  /** The client library. */
  readonly client?: string | undefined
  /** In a cluster: gives every limit a slot of its own, so that each decision with several limits is made in parts. */
  readonly isScattered?: boolean | undefined
}

/** Process memory, anew for each case; or the storage of an address, one for the whole run, in which each case has keys of its own. */
export function caseStorages(uri: string | undefined, { client, isScattered = false }: StorageUse = {}): CaseStorages {
  if (uri === undefined) return { open: () => openStorage('memory://'), close: async () => {} }
  const storage = openStorage(uri, client === undefined ? {} : { client })
  const run = `conformance-${process.pid}-${performance.timeOrigin}/`
  let count = 0
  return {
    open: () => withPrefix(storage, run + prefixOfCase((count += 1), isScattered)),
    close: async () => {
      await storage.reset(run)
      await storage.close()
    },
  }
}

/**
 * What the keys of a case begin with. It leaves them in the slots that they would have, or scatters them: the slot is made of what
 * stands behind the seventh `|`, and further ones move everything that tells limits apart there.
 */
export function prefixOfCase(number: number, isScattered: boolean): string {
  return `${number}/${isScattered ? '||||' : ''}`
}

function withPrefix(storage: Storage, prefix: string): Storage {
  return {
    name: storage.name,
    atomicity: storage.atomicity,
    evaluate: (entries, options) =>
      storage.evaluate(
        entries.map((entry) => ({ ...entry, key: prefix + entry.key })),
        options,
      ),
    forget: (keys) => storage.forget(keys.map((key) => prefix + key)),
    reset: (own) => storage.reset(prefix + own),
    ping: () => storage.ping(),
    // A case is over, not the run.
    close: () => undefined,
  }
}
