import type { Storage } from '../src/storage/storage.ts'
import { openStorage } from '../src/storage/uri.ts'

/** Where the cases of a run keep their state. No case sees what another has left. */
export interface CaseStorages {
  /** A storage for one limiter or one sequence, empty. */
  open(): Storage
  close(): Promise<void>
}

/** Process memory, anew for each case; or one storage, through a client library of choice, for the whole run, in which each case has keys of its own. */
export function caseStorages(uri: string | undefined, client?: string): CaseStorages {
  if (uri === undefined) return { open: () => openStorage('memory://'), close: async () => {} }
  const storage = openStorage(uri, client === undefined ? {} : { client })
  const run = `sluice|conformance-${process.pid}-${performance.timeOrigin}|`
  let count = 0
  return {
    open: () => withPrefix(storage, `${run}${(count += 1)}|`),
    close: async () => {
      await storage.reset(run)
      await storage.close()
    },
  }
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
