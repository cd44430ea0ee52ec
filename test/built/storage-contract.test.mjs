import { test } from 'node:test'
import { memoryStorage } from 'sluice'
import { storageContract } from 'sluice/testing'

for (const { name, skipped, run } of storageContract({ open: () => memoryStorage() })) {
  test(`memory storage: ${name}`, { skip: skipped ?? false }, run)
}
