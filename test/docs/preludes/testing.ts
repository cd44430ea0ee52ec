import { memoryStorage } from 'sluice'
import { adapterContract, type AdapterHarness, storageContract } from 'sluice/testing'

export { adapterContract, memoryStorage, storageContract }

export const harness: AdapterHarness = { name: 'nothing', build: () => Promise.reject(new Error('there is no app')) }

type Runner = (name: string, run: () => unknown) => void

/** The test runner of an example: it runs nothing. */
export const test: Runner & { skipIf(condition: unknown): Runner } = Object.assign(() => {}, { skipIf: () => () => {} })
