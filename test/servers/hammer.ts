/**
 * A process that decides batches of entries, each again and again, many at once, and prints how many of each batch's decisions were
 * allowed: `hammer.ts <uri> <options> <batches> <decisions of each>`, the middle two as JSON. It is ready when it prints that it is, and
 * begins when it is told to by a line of input.
 */
import { once } from 'node:events'
import type { Entry } from '../../src/storage/storage.ts'
import { openStorage } from '../../src/storage/uri.ts'

const AT_ONCE = 50

const [uri, options, batches, count] = process.argv.slice(2) as [string, string, string, string]
const storage = openStorage(uri, JSON.parse(options) as Record<string, unknown>)
await storage.ping()
console.log('ready')
await once(process.stdin, 'data')
for (const batch of JSON.parse(batches) as Entry[][]) {
  let allowed = 0
  for (let left = Number(count); left > 0; left -= AT_ONCE) {
    const results = await Promise.all(Array.from({ length: AT_ONCE }, () => storage.evaluate(batch)))
    allowed += results.filter((result) => result.allowed).length
  }
  console.log(allowed)
}
await storage.close()
