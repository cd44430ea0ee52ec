/** `worker.mjs SUBJECT KEYS admitted|refused MS` counts how many decisions of a subject fit into that time. */
import { SUBJECTS } from '../subjects.mjs'

const DAY = 86_400_000

const [name, keyCount, mode, ms] = process.argv.slice(2)
const { create, waits = false } = SUBJECTS[name]
// As much as is spent at most; with more, a token bucket would be full again, and gone, before it is asked again.
const plenty = keyCount === '1' ? 100_000_000 : 20_000
const decide = await create(mode === 'admitted' ? plenty : 1, DAY)

const keys = Array.from({ length: Number(keyCount) }, (_, i) => `client:${String(i).padStart(33, '0')}`)
shuffle(keys)

const decisions = waits ? decideLater : decideNow
// Every key is known before the first decision that counts, and has spent its 1 where it is to be refused.
for (const key of keys) await decide(key)
await decisions(Number(ms))
process.send(await decisions(Number(ms)))
process.disconnect()
process.exit()

/** Decisions a second. */
function decideNow(duration) {
  const started = performance.now()
  let elapsed = 0
  let count = 0
  for (let at = 0; elapsed < duration; elapsed = performance.now() - started) {
    for (const until = count + 1000; count < until; count++) {
      decide(keys[at])
      at = at + 1 === keys.length ? 0 : at + 1
    }
  }
  return (count / elapsed) * 1000
}

async function decideLater(duration) {
  const started = performance.now()
  let elapsed = 0
  let count = 0
  for (let at = 0; elapsed < duration; elapsed = performance.now() - started) {
    for (const until = count + 1000; count < until; count++) {
      await decide(keys[at])
      at = at + 1 === keys.length ? 0 : at + 1
    }
  }
  return (count / elapsed) * 1000
}

/** The same order in every run, and not the one in which the keys lie in memory. */
function shuffle(list) {
  let random = 1
  for (let i = list.length - 1; i > 0; i--) {
    random = (Math.imul(random, 1_103_515_245) + 12_345) >>> 0
    const other = Math.floor((random / 2 ** 32) * (i + 1))
    ;[list[i], list[other]] = [list[other], list[i]]
  }
}
