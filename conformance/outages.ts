import { StorageError } from '../src/errors.ts'
import type { Entry, Storage } from '../src/storage/storage.ts'
import type { Outage } from './format.ts'

type Operation = NonNullable<Outage['ops']>[number]

/** A storage that fails while the scenario says so. Its data survives. `seconds` tells the time since the scenario's start. */
export function withOutages(storage: Storage, outages: readonly Outage[], seconds: () => number): Storage {
  const use = (operation: Operation): void => {
    const at = seconds()
    const isDown = outages.some(
      ({ from, to, ops }) => from <= at && at < to && (ops === undefined || ops.includes(operation)),
    )
    if (isDown)
      throw new StorageError('ERR_STORAGE_UNAVAILABLE', `${operation} fails in this scenario from its outage on`)
  }
  return {
    name: storage.name,
    atomicity: storage.atomicity,
    evaluate(entries, options) {
      use(entries.some(mayWrite) ? 'consume' : 'read')
      return storage.evaluate(entries, options)
    },
    forget(keys) {
      use('clear')
      return storage.forget(keys)
    },
    reset(prefix) {
      use('reset')
      return storage.reset(prefix)
    },
    ping() {
      use('check')
      return storage.ping()
    },
    close: () => storage.close(),
  }
}

function mayWrite(entry: Entry): boolean {
  return entry.role !== 'peek'
}
